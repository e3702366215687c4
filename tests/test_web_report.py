"""The page of a plan: whole, small, safe whatever things are called, and usable in a browser."""

import dataclasses
import html.parser
import itertools
import json
import re
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import plans
import pytest
import shapely
from click.testing import CliRunner
from gridpart_cli.main import cli
from hypothesis import given
from hypothesis import strategies as st

from gridpart import export
from gridpart.errors import DataError
from gridpart.export import write_plan
from gridpart.sentences import Sentence
from gridpart.web_data import page_data, page_json
from gridpart.web_report import SCRIPTS, STYLES, page_html, write_report
from gridpart.web_rules import rule_rows, source_rows
from gridpart.web_shapes import choose_lattice, on_lattice, simplify_cover
from gridpart.web_words import PAGE

sys.path.insert(0, str(Path(__file__).parents[1]))  # bench is not installed

from bench.side_by_side import side_by_side

ODD = (
    "<script>window.hacked = 1</script>",
    "</script><img src=x onerror='window.hacked = 1'>",
    "a \"quoted\" & 'single' <!-- name",
    "line\none\r\ntwo",
    "\u202eright to left\u202c",
    "长" * 300,
    '=HYPERLINK("http://evil.example/")',
    "\u2028\u2029 {{data}} \\u003c",
)


@pytest.fixture(scope="module")
def plan():
    return plans.small_plan()


def renamed(plan, names):
    """Return the plan with other names of grids, units and the district."""
    layers = {
        level: table.assign(name=[names[i % len(names)] for i in range(len(table))])
        for level, table in plan.layers.items()
    }
    units = plan.units.assign(name=[names[i % len(names)] for i in range(len(plan.units))])
    district = dataclasses.replace(plan.district, name=names[0])
    notes = tuple(plans.Note("assumption", name) for name in names)
    return dataclasses.replace(plan, layers=layers, units=units, district=district, notes=notes)


def decoded(rings, step):
    """Return the corners that a browser makes of one outline, in meters from the origin."""
    return [np.cumsum(np.array(ring).reshape(-1, 2), axis=0) * step for ring in rings]


class Page(html.parser.HTMLParser):
    """What stands in a page: tags with attributes, and the text of each script."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self._inside = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._inside = tag == "script"
        if self._inside:
            self.scripts.append("")

    def handle_endtag(self, _tag):
        self._inside = False

    def handle_data(self, data):
        if self._inside:
            self.scripts[-1] += data


# --- the data --------------------------------------------------------------------------


def test_sums_and_counts_are_those_of_the_plan(plan):
    data = page_data(plan)

    for level in data["levels"][:-1]:
        table = plan.layers[level["id"]]
        assert level["code"] == table["grid_code"].tolist()
        assert sum(level["values"]["households"]) == plan.district.units["households"].sum()
        assert level["values"]["workload"] == pytest.approx(table["workload"].tolist())
    micro = data["units"]["grids"]["micro"]
    codes = [data["levels"][2]["code"][i] for i in micro]
    assert codes == plan.units["micro_code"].tolist()


def test_levels_and_titles_come_from_the_rules(plan):
    levels = tuple(dataclasses.replace(v, title=f"Ebene {v.id}") for v in plan.rules.levels)
    rules = dataclasses.replace(plan.rules, levels=levels)
    levels = page_data(dataclasses.replace(plan, rules=rules))["levels"]

    assert [v["id"] for v in levels] == ["overall", "general", "micro", "exclusive"]
    assert levels[0]["title"] == {"zh": "Ebene overall", "en": "overall"}


def test_scripts_name_no_level():
    web = Path(export.__file__).parent / "web"
    ours = [(web / name).read_text(encoding="utf-8") for name in SCRIPTS if name != "leaflet.js"]

    assert [word for word in ("micro", "general", "overall") if any(word in t for t in ours)] == []
    assert [t for t in ours if "innerHTML" in t or "eval(" in t] == []


def test_every_breach_note_check_and_clause_is_there(plan):
    data = page_data(plan)

    assert [b["clause"]["en"] for b in data["breaches"]] == [b.clause for b in plan.report.breaches]
    assert plan.report.breaches[0].message in data["breaches"][0]["en"]
    assert sorted(n["what"]["en"] for n in data["notes"]) == sorted(n.what for n in plan.notes)
    assert data["notes"][0]["en"] == "assumed"
    assert len(data["checks"]) == len(plan.report.checks)
    stated = {r.clause for v in (*plan.rules.levels, *plan.rules.rural_levels) for r in v.ranges}
    stated |= {i.clause for i in plan.rules.difficulty.indicators}
    assert stated <= {row["clause"]["en"] for row in rule_rows(plan.rules)}


def test_alternatives_are_there_in_both_languages(plan):
    breach = dataclasses.replace(
        plan.report.breaches[0], alternative=Sentence("alt_most", held=(530, "households"))
    )
    data = page_data(plans.with_report(plan, breaches=(breach, plan.report.breaches[0])))

    assert data["breaches"][0]["alternative"] == {
        "zh": "将网格上限放宽至 530 户。", "en": "Let a grid hold up to 530 households.",
    }  # fmt: skip
    assert data["breaches"][1]["alternative"] == {"zh": "", "en": ""}


def test_only_addresses_of_the_web_become_links(plan):
    source = plan.rules.sources[1]
    bad = dataclasses.replace(source, url="javascript:alert(1)")
    rows = source_rows(dataclasses.replace(plan.rules, sources=(source, bad)))

    assert [row["is_link"] for row in rows] == [True, False]


def test_staffing_is_told_grid_by_grid(plan):
    @dataclasses.dataclass(frozen=True)
    class Staffed(type(plan)):
        tables: dict = dataclasses.field(default_factory=dict)

    staff = pd.DataFrame({"grid_code": ["C1001"], "level": ["general"], "post": ["leader"],
                          "needed": [1]})  # fmt: skip
    own = {f.name: getattr(plan, f.name) for f in dataclasses.fields(plan) if f.name != "tables"}
    tables = page_data(Staffed(**own, tables={"staffing": staff}))["tables"]

    assert tables["staffing"] == {
        "columns": ["post", "needed"], "grid": ["C1001"], "rows": [["leader"], ["1"]],
        "zh": [{}, {}],
    }  # fmt: skip


def test_a_plan_without_people_streets_or_sites(plan):
    bare = {
        level: table.drop(columns="households").assign(workload=np.nan)
        for level, table in plan.layers.items()
    }
    district = dataclasses.replace(
        plan.district, measures=(), streets=plan.district.streets.iloc[:0],
        units=plan.district.units.drop(columns="households"),
    )  # fmt: skip
    empty = dataclasses.replace(
        plan, district=district, layers=bare, exclusive=plan.exclusive.iloc[:0],
        units=plan.units.drop(columns="households").assign(workload=np.nan),
    )  # fmt: skip
    data = json.loads(page_json(page_data(empty)))

    assert data["levels"][-1]["code"] == []
    assert set(data["levels"][0]["values"]["workload"]) == {None}
    assert "households" not in {column["key"] for column in data["columns"]}


def test_both_languages_say_the_same_things():
    assert set(PAGE["zh"]) == set(PAGE["en"])
    places = {key: set(re.findall(r"{\w+}", text)) for key, text in PAGE["zh"].items()}
    assert places == {key: set(re.findall(r"{\w+}", text)) for key, text in PAGE["en"].items()}


def test_every_word_that_scripts_ask_for_is_there():
    web = Path(export.__file__).parent / "web"
    texts = [(web / name).read_text(encoding="utf-8") for name in SCRIPTS if name != "leaflet.js"]
    asked = {word for text in texts for word in re.findall(r'say\("(\w+)"', text)}

    assert asked - set(PAGE["en"]) == set()
    assert len(asked) > 60


# --- outlines --------------------------------------------------------------------------


def wavy_cover(seed, n=4):
    """Return polygons in n columns that share wavy borders of many corners, 100 m wide."""
    random = np.random.default_rng(seed)
    ys = np.linspace(0, 400, 81)
    lines = [np.column_stack([100 * k + random.normal(0, 3, 81), ys]) for k in range(n + 1)]
    pairs = itertools.pairwise(lines)
    return np.array([shapely.Polygon(np.concatenate([a, b[::-1]])) for a, b in pairs])


@given(st.integers(0, 10**6))
def test_neighbors_share_every_corner_of_a_simplified_border(seed):
    shapes = wavy_cover(seed)
    lattice = choose_lattice(shapely.total_bounds(shapes))
    found = on_lattice(simplify_cover(shapes, 20.0), lattice)
    outlines = [shapely.Polygon(decoded(rings, lattice.step)[0]) for rings in found]

    assert sum(map(shapely.get_num_coordinates, outlines)) < 400
    corners = [set(map(tuple, np.round(shapely.get_coordinates(s), 3).tolist())) for s in outlines]
    for one, other in itertools.pairwise(corners):
        assert len(one & other) >= 2
    overlap = sum(shapely.area(a & b) for a, b in itertools.pairwise(outlines))
    assert overlap == pytest.approx(0, abs=1e-6)
    whole = shapely.union_all(outlines)
    assert shapely.get_num_interior_rings(whole) == 0


@given(st.integers(0, 10**6))
def test_a_browser_reads_what_was_drawn_to_half_a_step(seed):
    shapes = wavy_cover(seed)
    lattice = choose_lattice(shapely.total_bounds(shapes))
    found = on_lattice(shapes, lattice)

    for rings, shape in zip(found, shapes, strict=True):
        read = shapely.Polygon(decoded(rings, lattice.step)[0] + (lattice.x, lattice.y))
        assert shapely.hausdorff_distance(read, shape) <= lattice.step


def test_holes_parts_points_and_slivers_stay():
    ring = shapely.box(0, 0, 30, 30) - shapely.box(10, 10, 20, 20)
    pair = shapely.MultiPolygon([shapely.box(40, 0, 50, 9), shapely.box(60, 0, 70, 9)])
    shapes = np.array([ring, pair, shapely.Point(5, 7), shapely.box(0, 0, 1e-3, 1e-3), None])
    found = on_lattice(shapes, choose_lattice((0, 0, 100, 100)))

    assert [len(rings) for rings in found] == [2, 2, 1, 1, 0]
    assert found[2] == [[50, 70]]


def test_outlines_become_coarser_when_there_are_many_corners(plan, monkeypatch):
    monkeypatch.setattr("gridpart.web_data.MOST_CORNERS", 10)
    usual = choose_lattice(plan.district.communities.total_bounds).tolerance

    assert page_data(plan)["lattice"]["tolerance"] > usual


# --- the file --------------------------------------------------------------------------


def test_names_stay_data_in_the_file(plan):
    page = Page(page_html(renamed(plan, ODD), "en"))

    data = json.loads(page.scripts[0])
    assert data["units"]["name"][: len(ODD)] == list(ODD)
    assert [tag for tag, _ in page.tags].count("script") == len(SCRIPTS) + 1
    assert [tag for tag, _ in page.tags if tag in ("img", "iframe", "object")] == []


@given(st.text())
def test_no_text_ends_the_data(text):
    told = page_json({"name": text})

    assert json.loads(told) == {"name": text}
    assert not set("<>&\u2028\u2029") & set(told)


def test_the_page_names_nothing_to_fetch_and_only_its_own_scripts(plan):
    page = Page(page_html(plan))
    policy = next(a["content"] for tag, a in page.tags if a.get("http-equiv"))

    assert "default-src 'none'" in policy
    assert policy.count("sha256-") == len(SCRIPTS) + len(STYLES)
    assert "unsafe" not in policy
    assert [a for _, a in page.tags if a.get("src")] == []
    assert [a["href"] for tag, a in page.tags if tag == "link"] == ["data:,"]


def test_the_file_is_whole_or_not_there(plan, tmp_path, monkeypatch):
    target = write_report(plan, tmp_path / "plan.html")
    first = target.read_bytes()
    with pytest.raises(DataError, match="exists"):
        write_report(plan, target)
    with pytest.raises(DataError, match="no name for this file"):
        write_report(plan, tmp_path / "plan.txt")

    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DataError, match="cannot be written"):
        write_report(plan, target, overwrite=True)
    assert target.read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == ["plan.html"]


def test_the_same_plan_gives_the_same_page(plan):
    assert page_html(plan, "en") == page_html(plans.small_plan(), "en")


def test_the_command_writes_the_page_of_a_folder(plan, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "draw_level", plans.no_map)
    folder = write_plan(plan, tmp_path / "plan")
    arguments = ["report", str(folder), "-o", str(tmp_path / "a.html"), "--lang", "en"]
    first, again = (CliRunner().invoke(cli, arguments) for _ in range(2))

    assert first.exit_code == 0, first.output
    assert (first.stdout, again.exit_code) == ("", 1)
    assert "exists" in again.stderr
    assert '<html lang="en">' in (tmp_path / "a.html").read_text(encoding="utf-8")
    over = [CliRunner().invoke(cli, [*arguments, "--overwrite", *q]) for q in ((), ("-q",))]
    assert [one.exit_code for one in over] == [0, 0]
    assert [one.stderr for one in over] == [f"Written to {tmp_path / 'a.html'}\n", ""]
    missing = CliRunner().invoke(cli, ["report", str(tmp_path), "-o", str(tmp_path / "b.html")])
    assert (missing.exit_code, (tmp_path / "b.html").exists()) == (1, False)


# --- in a browser ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def file(plan, tmp_path_factory):
    return write_report(plan, tmp_path_factory.mktemp("page") / "plan.html", lang="en")


@pytest.fixture
def visit(browser):
    """Open a file; afterwards nothing was complained about, and nothing asked for."""
    opened, told, asked = [], [], []

    def visit(file, **view):
        page = browser.new_page(viewport={"width": 1300, "height": 850, **view})
        page.set_default_timeout(10_000)
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: told.append(dialog.message))
        page.goto(file.as_uri())
        opened.append((page, file))
        return page

    yield visit
    assert told == []
    assert asked == [file.as_uri() for _, file in opened]
    for page, _ in opened:
        page.close()


def click_grid(page, i):
    """Click on the map where grid i of the level shown is widest."""
    at = page.evaluate(
        "i => { const s = spotsOf(state.level)[i];"
        " const p = map.latLngToContainerPoint([s.y * STEP, s.x * STEP]);"
        " const b = map.getContainer().getBoundingClientRect();"
        " return [b.x + p.x, b.y + p.y + 12]; }",
        i,
    )
    page.mouse.click(*at)


@pytest.mark.system
def test_a_click_shows_the_grid_on_sheet_and_in_ledger(visit, file, plan):
    page = visit(file)
    row = plan.layers["general"].iloc[2]
    click_grid(page, 2)

    sheet = page.locator("#detail")
    assert sheet.locator("code").inner_text() == row["grid_code"]
    assert sheet.locator("h2").inner_text() == row["name"]
    facts = dict(zip(sheet.locator("dt").all_inner_texts(), sheet.locator("dd").all_inner_texts(),
                     strict=True))  # fmt: skip
    assert facts["households"].startswith(f"{row['households']} range 300–500, target 400")
    assert f"grids inside ({2})" in sheet.inner_text()
    page.locator("#ledger tr[aria-current]").wait_for()
    assert page.locator("#ledger tr[aria-current] th").inner_text() == row["grid_code"]
    page.keyboard.press("Escape")
    assert sheet.locator("h2").count() == 0


@pytest.mark.system
def test_levels_colors_and_layers_switch(visit, file, plan):
    page = visit(file)
    page.locator("[data-level=micro]").click()
    assert page.locator("#ledger h2").inner_text() == "Ledger: micro"
    assert page.locator("#ledger tbody tr").count() == len(plan.layers["micro"])
    assert "lower end to target" in page.locator("#legend").inner_text()
    before = page.evaluate("gridLayers.get(2).shapes.map(s => s.options.fillColor)")
    page.locator("#column").select_option("workload")
    after = page.evaluate("gridLayers.get(2).shapes.map(s => s.options.fillColor)")
    assert before != after
    assert "workload" in page.locator("#legend").inner_text()
    page.locator("[data-layer=units]").check()
    assert page.evaluate("map.hasLayer(otherLayers.get('units'))")
    page.locator("[data-layer=units]").uncheck()
    assert not page.evaluate("map.hasLayer(otherLayers.get('units'))")


@pytest.mark.system
def test_breaches_are_told_on_map_sheet_and_list(visit, file, plan):
    page = visit(file)
    breach = plan.report.breaches[0]
    listed = page.locator("#breaches")
    assert breach.message in listed.inner_text()
    assert "proven unavoidable" in listed.inner_text()
    listed.get_by_role("button", name=breach.grid, exact=True).click()
    assert breach.message in page.locator("#detail .breaches").inner_text()
    assert page.evaluate("state.level") == 2
    assert "breaks a rule (1)" in page.locator("#legend").inner_text()


@pytest.mark.system
def test_the_ledger_sorts_both_ways_and_adds_up(visit, file, plan):
    page = visit(file)
    page.locator("[data-level=micro]").click()
    heads = page.locator("#ledger thead th").all_inner_texts()
    at = next(k for k, text in enumerate(heads) if text.startswith("households"))
    button = page.locator("#ledger thead th").nth(at).locator("button")

    def column():
        cells = page.locator(f"#ledger tbody td:nth-child({at + 1})").all_inner_texts()
        return [int(text.replace(",", "")) for text in cells]

    expected = sorted(plan.layers["micro"]["households"])
    button.click()
    assert column() == expected
    assert page.locator("#ledger thead th").nth(at).get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Enter")  # the heading keeps the focus
    assert column() == expected[::-1]
    total = page.locator("#ledger tfoot").locator("th, td").nth(at).inner_text()
    assert int(total.replace(",", "")) == sum(expected)


@pytest.mark.system
def test_search_finds_grids_and_units_by_keyboard(visit, file, plan):
    page = visit(file)
    unit = plan.units.iloc[9]
    page.locator("#query").focus()
    page.keyboard.type(unit["unit_id"].lower())
    assert unit["name"] in page.locator("#found").inner_text()
    page.keyboard.press("Enter")
    assert unit["unit_id"] in page.locator("#detail .unit").inner_text()
    assert page.locator("#detail code").inner_text() == unit["general_code"]
    page.locator("#query").fill("C100201")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert page.locator("#detail code").inner_text() == "C100201"
    page.locator("#query").fill("nowhere")
    assert page.locator("#told").inner_text() == "No grid or unit matches"


@pytest.mark.system
def test_everything_is_reached_by_keyboard(visit, file):
    page = visit(file)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "skip"
    page.keyboard.press("Enter")
    code = page.locator("#ledger tbody button").first
    code.focus()
    page.keyboard.press("Enter")
    assert page.locator("#detail code").inner_text() == "C1001"
    unnamed = page.evaluate(
        "[...document.querySelectorAll('button,select,input,svg[role=img],[role=region]')]"
        ".filter(e => !(e.textContent.trim() || e.ariaLabel || e.closest('label'))"
        " && e.id !== 'detail').length"
    )
    assert unnamed == 0


@pytest.mark.system
def test_the_language_switches_in_the_page(visit, file, plan):
    page = visit(file)
    click_grid(page, 0)
    page.locator("#language").click()

    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.title() == "hankou 网格划分方案"
    assert page.locator("#ledger h2").inner_text() == "台账: 一般网格"
    assert page.locator("#detail code").inner_text() == "C1001"
    page.locator("#language").click()
    assert page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.system
def test_the_gini_coefficient_is_right(visit, file, plan):
    loads = plan.layers["micro"]["workload"].to_numpy()
    pairs = np.abs(loads[:, None] - loads).sum()
    page = visit(file)

    found = page.evaluate("v => gini(v.sort((a, b) => a - b))", loads.tolist())
    assert found == pytest.approx(pairs / (2 * len(loads) ** 2 * loads.mean()))
    page.locator("[data-level=micro]").click()
    assert f"Gini coefficient {found:.3f}" in page.locator("#charts").inner_text()
    assert page.locator("#charts svg").count() == 3


@pytest.mark.system
def test_paper_has_a_map_and_every_row(visit, browser, tmp_path, plan):
    many = side_by_side(plan, 9)
    page = visit(write_report(many, tmp_path / "many.html", lang="en"))
    page.locator("[data-level=micro]").click()
    assert page.locator("#ledger tbody tr").count() == 50
    page.evaluate("window.addEventListener('beforeprint', () => window.printed ="
                  " ['#ledger tbody tr', '#paper svg > path'].map("
                  "name => document.querySelectorAll(name).length))")  # fmt: skip
    pdf = page.pdf(prefer_css_page_size=True)

    rows, paths = page.evaluate("window.printed")
    assert pdf.startswith(b"%PDF")
    assert rows == len(many.layers["micro"]) == 72
    assert paths > 72
    page.emulate_media(media="print")
    assert not page.locator("#map").is_visible()
    assert page.locator("#summary").is_visible()


@pytest.mark.system
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_odd_names_stay_text_everywhere(visit, plan, tmp_path, lang):
    odd = renamed(plan, ODD)
    page = visit(write_report(odd, tmp_path / "odd.html", lang=lang))
    click_grid(page, 1)
    name = page.locator("#detail h2").evaluate("node => node.textContent")
    assert name == odd.layers["general"]["name"].iloc[1]
    page.locator("#query").fill("<script>")
    assert ODD[0] in page.locator("#found").inner_text()
    page.keyboard.press("Enter")
    page.locator("[data-level=micro]").click()
    page.evaluate("drawPaper()")
    names = page.locator("#ledger tbody td:nth-child(2)").evaluate_all(
        "cells => cells.map(cell => cell.textContent)"
    )
    assert names == odd.layers["micro"]["name"].tolist()
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0


@pytest.mark.system
def test_one_grid_without_anything_else(visit, plan, tmp_path):
    whole = plan.layers["overall"].iloc[:1].drop(columns="households").assign(workload=np.nan)
    units = plan.units[plan.units["overall_code"] == whole["grid_code"].iloc[0]]
    none = {n: getattr(plan.district, n).iloc[:0] for n in ("streets", "barriers", "stations")}
    district = dataclasses.replace(plan.district, measures=(), **none)
    lone = plans.with_report(
        dataclasses.replace(
            plan, layers={"overall": whole}, exclusive=plan.exclusive.iloc[:0], notes=(),
            units=gpd.GeoDataFrame(units.drop(columns="households")), district=district,
        ),
        breaches=(), levels=plan.report.levels[:1],
    )  # fmt: skip
    page = visit(write_report(lone, tmp_path / "lone.html", lang="en"), width=420)
    click_grid(page, 0)

    assert page.locator("#detail h2").inner_text() == whole["name"].iloc[0]
    assert "There is nothing to draw." in page.locator("#charts").inner_text()
    assert "No rule is broken." in page.locator("#breaches").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 420


@pytest.mark.slow
@pytest.mark.system
def test_five_thousand_grids_are_a_small_file_that_answers(visit, plan, tmp_path):
    many = side_by_side(plan, 640)
    path = write_report(many, tmp_path / "many.html", lang="en")
    assert len(many.layers["micro"]) == 5120
    assert path.stat().st_size < 5_000_000
    page = visit(path)
    page.locator("[data-level=micro]").click()
    page.evaluate("choose({level: 2, i: 4999}, {zoom: true})")
    page.locator("#ledger tr[aria-current]").wait_for()

    assert page.locator("#detail code").inner_text() == many.layers["micro"]["grid_code"].iloc[4999]
