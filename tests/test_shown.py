"""Plans and results show themselves in a notebook, with any name as text."""

import dataclasses
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import plans
import pytest
import shapely

import gridpart as gp
from gridpart.plot import SCREEN_DPI
from gridpart.web_report import page_html

HOSTILE = "<script>alert('1')</script> & \"two\"\nlines"


@pytest.fixture(scope="module")
def plan():
    return plans.small_plan()


def parsed(shown):
    """Return the tree of what a notebook gets; entities and tags have to be whole."""
    return ElementTree.fromstring(shown)


def test_plan_shows_its_levels(plan):
    tree = parsed(plan._repr_html_())
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in tree.iter("tr")}

    for level in plan.report.levels:
        shown = rows[f"{level.title} ({level.level})"]
        assert shown[:2] == [str(level.n_grids), str(level.n_in_range)]
    assert len(tree.findall("ul/li")) == min(9, len(plan.report.breaches))


def test_names_are_text(plan):
    named = dataclasses.replace(plan.district, name=HOSTILE)
    breach = dataclasses.replace(plan.report.breaches[0], message=HOSTILE)
    report = dataclasses.replace(plan.report, breaches=(breach,) * 12)
    tree = parsed(dataclasses.replace(plan, district=named, report=report)._repr_html_())

    assert {element.tag for element in tree.iter()}.isdisjoint({"script", "alert"})
    assert HOSTILE in "".join(tree.itertext())
    assert len(tree.findall("ul/li")) == 9
    assert tree.findall("ul/li")[-1].text == "4 more in the report"


def test_result_shows_its_breaches():
    boxes = [shapely.box(x, 0, x + 1, 1) for x in range(4)]
    names = ["<b>", "B", "C", "D"]
    units = gpd.GeoDataFrame(index=names, geometry=boxes)
    result = gp.regionalize(units, np.array([9, 1, 1, 1]), bounds=(1, 3), n_grids=2)
    tree = parsed(result._repr_html_())

    assert "2 grids of 4 units" in tree.find("p").text
    assert any("<b>" in item.text for item in tree.findall("ul/li"))


def test_plot_shows_and_saves_a_map(plan, tmp_path):
    drawing = plan.plot("micro", lang="en")
    drawing.save(tmp_path / "map.png")
    shown = drawing._repr_png_()

    assert shown.startswith(b"\x89PNG")
    width = int.from_bytes(shown[16:20], "big")
    assert width == pytest.approx(drawing.figure.get_figwidth() * SCREEN_DPI, abs=1)
    saved = (tmp_path / "map.png").read_bytes()
    assert int.from_bytes(saved[16:20], "big") > 2 * width


def test_plot_without_a_level_draws_the_one_above_the_finest(plan):
    title = plan.plot(lang="en").figure.texts[0].get_text()

    assert title == plan.plot("general", lang="en").figure.texts[0].get_text()
    assert title != plan.plot("micro", lang="en").figure.texts[0].get_text()


def test_explore_frames_the_page_apart_from_the_notebook(plan):
    page = plan.explore(lang="en")
    frame = parsed(page._repr_html_())

    assert (frame.tag, frame.get("sandbox")) == ("iframe", "allow-scripts allow-modals")
    assert frame.get("srcdoc").split() == page_html(plan, "en").split()
    assert len(repr(page)) < 40


@pytest.mark.system
def test_the_framed_page_answers(plan, tmp_path, browser):
    text = f"<!doctype html><meta charset=utf-8>{plan.explore(lang='en')._repr_html_()}"
    (tmp_path / "notebook.html").write_text(text, encoding="utf-8")
    page = browser.new_page()
    told = []
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto((tmp_path / "notebook.html").as_uri())
    frame = page.frame_locator("iframe")

    assert plan.district.name in frame.locator("h1").inner_text()
    frame.locator("#ledger tbody tr").first.wait_for()
    assert told == []
