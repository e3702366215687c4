"""Whoever reads Chinese meets no sentence in English, from the summary to the page."""

import dataclasses
import json
import re
import tomllib
from functools import cache

import click
import districts
import faulty
import geopandas as gpd
import hostile
import pytest
from click.testing import CliRunner
from gridpart_cli import options
from gridpart_cli.main import cli
from samples import SAMPLES
from shapely import Point, box
from subdistrict import write_subdistrict

import gridpart as gp
from gridpart import described
from gridpart._rule_chinese import with_chinese, without_chinese
from gridpart._rule_extends import extended
from gridpart.breach_words import breach_text
from gridpart.cells import build_cells
from gridpart.columns import drop_personal
from gridpart.datums import add_offset
from gridpart.district import Survey
from gridpart.finding_words import findings_text
from gridpart.inspection import inspect
from gridpart.ledger import ledger_sheets, write_ledger
from gridpart.records import breach_table, parse_report, report_json
from gridpart.report import summary_text
from gridpart.rules import load_rules, parse_rules, preset_names, rules_to_toml
from gridpart.schema import LAYERS
from gridpart.sentences import Sentence, parts_json, restored
from gridpart.sentences_en import ENGLISH as ENGLISH_PATTERNS
from gridpart.soundness import examine
from gridpart.telling import tell, titles_of
from gridpart.titles import BOUND_WORDS, told_value
from gridpart.web_data import page_data

ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ ,;:]+[A-Za-z]{2,})+")
"""Two words of English, one after the other."""

ADDRESS = re.compile(r"https?://\S+|[\w.-]+\.(?:gpkg|pdf|xlsx)")
NAMES = re.compile(r"EPSG:\d+ \([^)]*\)+|Gauss-Kruger|gridpart|Noto Sans CJK SC|seed")
"""Names of coordinate systems, programs and fonts, which stay as they are."""

COMMUNITIES = ("小桥社区", "白鹭社区", "新禾社区")
"""One whose total fits no number of grids, one with a unit too large, one with far walks."""

RULES = ("qixian", "yizhou", "xishan", "jinhai")


@cache
def corner_plan(rules):
    """Return the plan of three communities of the sample."""
    district = gp.read_district(SAMPLES / "hankou")
    communities = district.communities
    communities = communities[communities["name"].isin(COMMUNITIES)].reset_index(drop=True)
    own = district.units["community_id"].isin(communities["community_id"])
    corner = dataclasses.replace(
        district, communities=communities, units=district.units[own].reset_index(drop=True)
    )
    return gp.partition(corner, gp.load_rules(rules))


def english(text):
    """Return the English that a text holds."""
    return ENGLISH.findall(NAMES.sub("", ADDRESS.sub("", text)))


def test_english_is_found():
    assert english("依据：grids hold 300 households") == ["grids hold"]
    assert not english("见 plan.gpkg，EPSG:4547 (CGCS2000 / 3-degree)，B01-002 至 B01-003")


@pytest.mark.parametrize("rules", RULES)
def test_no_reason_is_told_in_english(rules):
    plan = corner_plan(rules)
    titles = titles_of(plan.rules)

    assert plan.report.breaches
    for breach in plan.report.breaches:
        assert isinstance(breach.message, Sentence)
        assert not english(breach_text(breach, "zh", titles))
    for check in plan.report.checks:
        assert isinstance(check.detail, Sentence)
        assert not english(tell(check.detail, "zh", titles))


def test_reasons_are_told_in_chinese_after_they_were_stored():
    report, titles = corner_plan("qixian").report, titles_of(corner_plan("qixian").rules)

    again = parse_report(report_json(report), breach_table(report.breaches))

    assert again == report
    for new, old in zip(again.breaches, report.breaches, strict=True):
        assert breach_text(new, "zh", titles) == breach_text(old, "zh", titles)
    for new, old in zip(again.checks, report.checks, strict=True):
        assert tell(new.detail, "zh", titles) == tell(old.detail, "zh", titles) != old.detail


def test_reports_of_before_parts_were_kept_are_read():
    report = corner_plan("qixian").report
    plain = json.loads(report_json(report))
    plain["checks"] = [{k: v for k, v in c.items() if k != "parts"} for c in plain["checks"]]

    again = parse_report(json.dumps(plain), breach_table(report.breaches).drop(columns="parts"))

    assert again == report
    assert not any(isinstance(breach.message, Sentence) for breach in again.breaches)
    assert all(not english(breach_text(breach, "zh", {})) for breach in again.breaches)


# --- all that a planner reads ----------------------------------------------------------


def texts(value):
    """Yield every text in nested lists and mappings."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts(one)


def in_chinese(value):
    """Return page data with the Chinese alone where there are both languages."""
    if isinstance(value, dict):
        return {key: in_chinese(one) for key, one in value.items() if key != "en"}
    return [in_chinese(one) for one in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("rules", RULES)
def test_no_note_or_line_of_the_summary_is_in_english(rules):
    plan = corner_plan(rules)

    found = {line: english(line) for line in summary_text(plan, "zh").splitlines()}

    assert not {line: words for line, words in found.items() if words}
    titles = titles_of(plan.rules)
    assert not [note for note in plan.notes if english(tell(note.what, "zh", titles))]


@pytest.mark.parametrize("rules", RULES)
def test_no_cell_of_the_ledger_is_in_english(rules):
    for sheet in ledger_sheets(corner_plan(rules), "zh"):
        lines = [text for pair in sheet.above for text in pair]
        cells = [v for column in sheet.columns for v in column.values if isinstance(v, str)]
        assert not [text for text in (*lines, *cells) if english(text)], sheet.name


@pytest.mark.parametrize("rules", RULES)
def test_no_text_of_the_page_is_in_english(rules):
    data = page_data(corner_plan(rules), "zh")
    toml = data["rules"].pop("toml")
    for found in data["tables"].values():  # the page looks each value up
        pairs = zip(found["rows"], found.pop("zh"), strict=True)
        found["rows"] = [[zh.get(text, text) for text in column] for column, zh in pairs]

    assert "clause_zh" in toml
    assert not sorted({text for text in texts(in_chinese(data)) if english(text)})


@pytest.mark.parametrize("rules", [name for name in preset_names() if name != "providence"])
def test_every_clause_of_the_chinese_presets_is_told_in_chinese(rules):
    found = load_rules(rules)
    table = without_chinese(tomllib.loads(rules_to_toml(found)))

    assert with_chinese(table, found.chinese) == tomllib.loads(rules_to_toml(found))
    assert not [text for text in clauses(table) if english(found.chinese.get(text, text))]


def clauses(table):
    """Yield the clauses and titles of a rule file."""
    for key, value in table.items():
        if key in ("clause", "title"):
            yield value
        several = value if isinstance(value, list) else [value]
        for one in several:
            if isinstance(one, dict):
                yield from clauses(one)


def test_a_clause_that_takes_the_place_of_another_leaves_its_chinese_behind():
    below = {"level": [{"id": "micro", "clause": "old", "clause_zh": "旧"}]}
    files = {"below": below}
    above = {"extends": "below", "level": [{"id": "micro", "clause": "new"}]}

    whole, _ = extended(above, "above", files.__getitem__)

    assert whole["level"] == [{"id": "micro", "clause": "new"}]
    above["level"] = [{"id": "micro", "head": "组长"}]
    whole, _ = extended(above, "above", files.__getitem__)
    assert whole["level"] == [{"id": "micro", "clause": "old", "clause_zh": "旧", "head": "组长"}]


def test_chinese_without_a_clause_is_a_fault():
    table = tomllib.loads(rules_to_toml(load_rules("qixian")))
    del table["level"][0]["clause"]

    with pytest.raises(gp.RulesError, match="clause_zh without the clause"):
        parse_rules(table, "mine")


# --- and whoever reads English -----------------------------------------------------------


@pytest.mark.parametrize("level", ["overall", "general", "micro"])
def test_four_bounds_are_told_in_english(level):
    plan = corner_plan("qixian")
    names = {name for layer in ("communities", "streets", "barriers")
             for name in getattr(plan.district, layer)["name"].dropna()}  # fmt: skip
    names |= set(plan.grids(level)["name"])

    for text in plan.grids(level)["bounds_text"]:
        told = told_value("bounds_text", text, "en")
        sides = [side.partition(" ") for side in told.split("; ")]
        assert [side for side, _, _ in sides] == ["east", "south", "west", "north"]
        assert all(what in names or what.isascii() for _, _, what in sides), told
        assert told_value("bounds_text", text, "zh") == text


def test_every_word_of_the_bounds_has_an_english_one():
    assert {*described.KINDS.values(), described.NOBODY} == BOUND_WORDS.keys()
    assert told_value("bounds_text", "by hand", "en") == "by hand"


# --- what is found in the data -----------------------------------------------------------

LEFT = re.compile(r"CM \d+E|zone \d+|CGCS2000|WGS 84|--repair|gridpart check SOURCE")
"""Names of coordinate systems, and the command that mends outlines."""


def in_english(findings):
    """Return what of findings that are no errors is told in English to who reads Chinese."""
    told = [tell(text, "zh") for f in findings if f.kind != "error" for text in (f.text, f.fix)]
    return [text for text in told if english(LEFT.sub("", text))]


def test_findings_of_a_folder_with_a_ledger_are_told_in_chinese(tmp_path):
    folder = write_subdistrict(tmp_path / "sub")
    assert CliRunner().invoke(cli, ["init", str(folder)]).exit_code == 0

    findings = examine(folder).findings

    assert "房屋人口台账.xlsx" in findings_text(findings, "zh")
    assert len(findings) > 10
    assert not in_english(findings)
    assert all(str(f) == tell(f.text, "en") for f in findings)


@pytest.mark.parametrize("seed", range(4))
def test_findings_of_drawing_are_told_in_chinese(seed):
    layers = faulty.layers(seed)
    layers["units"].loc[0, "geometry"] = layers["units"].geometry[1]  # a copy
    _, told = districts.build_district(layers, "town")
    survey = inspect(Survey(layers, layers["units"].crs, None, told))

    assert any(f.topic for f in survey.findings)
    assert not in_english(survey.findings)


def test_findings_of_records_of_incidents_are_told_in_chinese():
    records = SAMPLES / "hankou" / "records" / "incidents_2025.csv"

    findings = examine(SAMPLES / "hankou", layers={"incidents": records}, crs="EPSG:4326").findings

    told = findings_text(findings, "zh")
    assert not in_english(findings)
    assert "按列名认定的列：" in told
    assert "没有单元编号且距各单元均超过 50 米（14 条）、没有单元编号且没有点位（12 条）" in told
    assert "no unit_id and farther than 50 m from every unit (14), no unit_id and no point" in (
        findings_text(findings, "en")
    )


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@pytest.mark.parametrize("moved", [("units",), ("units", "communities"), ("streets",)])
def test_a_likely_datum_is_told_in_chinese_with_its_evidence_and_what_to_declare(moved, datum):
    (told,) = doubts_of(moved, lambda frame: add_offset(frame.geometry, frame.crs, datum))

    assert tell(told.what, "zh") == f"图层 {'、'.join(moved)} 很可能采用 {datum}。"
    assert re.match(r"如此读入，\d+ 个单元中有 \d+% ", tell(told.found, "zh"))
    assert told.fix == f'declare datum = "{datum}" for {" and ".join(moved)} in district.toml'
    assert tell(told.fix, "zh") == (
        f'在 district.toml 中为 {"、".join(moved)} 声明 datum = "{datum}"'
    )
    assert restored(told.found, parts_json(told.found)) == told.found


def test_a_wrong_zone_is_told_in_chinese():
    (told,) = doubts_of(("units",), lambda frame: frame.geometry, "EPSG:4548")

    assert tell(told.what, "zh") == "图层 units 很可能采用 EPSG:4547。"
    assert tell(told.found, "zh").endswith("位于所属社区内，原为 0%（声明为 EPSG:4548）。")
    assert tell(told.fix, "zh").endswith('声明 crs = "EPSG:4547"（若不是西安 80 或北京 54 坐标系）')


def doubts_of(moved, shapes, crs=None):
    """Return the warnings of a sample with some layers elsewhere, which hold no English."""
    layers = {
        name: gpd.read_file(SAMPLES / "hankou" / "district.gpkg", layer=name)
        for name in ("communities", "streets", "units")
    }
    layers["units"] = layers["units"].iloc[::4].reset_index(drop=True)
    for name in moved:
        place = gpd.GeoSeries(shapes(layers[name].to_crs("EPSG:4547")), crs="EPSG:4547")
        layers[name] = layers[name].set_geometry(place, crs=None)
        if crs:
            layers[name] = layers[name].set_crs(crs, allow_override=True)
    _, findings = districts.build_district(layers, "hankou")
    assert not in_english(findings)
    return [f for f in findings if f.kind == "warning" and "probably" in f.what]


def test_columns_that_look_personal_are_told_in_chinese():
    values = {"备注": "找王姐 138 1234 5678", "户主": "x", "号": "11010519491231002X"}
    frame = faulty.layers(0)["units"].assign(**values)

    _, (told,) = drop_personal(LAYERS["units"], frame)

    assert not in_english([told])
    assert tell(told.found, "zh") == "备注（电话号码）、户主、号（身份证号）"
    assert told.found == "备注 (telephone numbers), 户主, 号 (ID numbers)"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_warnings_of_the_log_are_in_the_language_asked_for(tmp_path, lang):
    @click.command()
    @options.lang_opt
    @options.verbosity
    def work(lang):
        build_cells(box(0, 0, 300, 200), [box(0, 0, 290, 200), Point(300, 100)])
        write_ledger(hostile.hostile_plan(), tmp_path / "l.xlsx", lang)

    said = CliRunner().invoke(work, ["--lang", lang], catch_exceptions=False).stderr

    first, second = said.splitlines()
    if lang == "zh":
        assert first == "提示: 铺满地面的单元中夹有点位或界外单元：地面归最近的单元"
        assert re.fullmatch(r"提示: l\.xlsx：\d+ 个单元格去掉了.*个单元格因过长截断。", second)
    else:
        assert first.startswith("warning: points or outsiders among units that tile")
        assert re.fullmatch(r"warning: l\.xlsx: \d+ cells lost .* too long\.", second)


def test_a_check_speaks_the_language_asked_for():
    source = str(SAMPLES / "hankou")

    zh, en = (CliRunner().invoke(cli, ["check", source, "--lang", v]) for v in ("zh", "en"))

    assert zh.exit_code == en.exit_code == 0
    assert zh.stdout.endswith("数据可用。\n")
    assert en.stdout.endswith("The data can be used.\n")
    assert not english(zh.stdout)


def test_layers_are_called_in_sentences_as_elsewhere():
    assert {name: layer.rows for name, layer in LAYERS.items()} == {
        name: ENGLISH_PATTERNS[f"rows_{name}"] for name in LAYERS
    }
