"""Maps show every grid, neighbors in different colors, and no boxes for Chinese."""

import dataclasses

import numpy as np
import plans
import pytest
import shapely
from matplotlib.image import imread

from gridpart import drawing, fonts, map_labels, plot


@pytest.fixture(scope="module")
def plan():
    return plans.small_plan()


def colors_of(path):
    image = np.round(imread(path)[:, :, :3] * 255).astype(int)
    return set(np.unique(image @ (65536, 256, 1)).tolist())


def rgb(color):
    return int(color[1:], 16)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("level", ["overall", "general", "micro"])
def test_each_level_has_a_map(plan, tmp_path, level):
    plot.draw_level(plan, level, tmp_path / "map.png")

    assert len(colors_of(tmp_path / "map.png") & set(map(rgb, drawing.PALETTE))) >= 2


def test_grids_out_of_range_are_red(plan, tmp_path):
    plot.draw_level(plan, "micro", tmp_path / "micro.png")
    plot.draw_level(plan, "overall", tmp_path / "overall.png")

    assert rgb(plot.PALE_RED) in colors_of(tmp_path / "micro.png")
    assert rgb(plot.PALE_RED) not in colors_of(tmp_path / "overall.png")


def named_on(plan, level):
    """Return which communities are named on a map, each as often as it is."""
    axes = plot.plot_level(plan, level).figure.axes[0]
    names = set(plan.district.communities["name"])
    return sorted(text.get_text() for text in axes.texts if text.get_text() in names)


@pytest.mark.system
def test_communities_are_named_once_among_their_grids(plan):
    names = sorted(plan.district.communities["name"])

    assert named_on(plan, "general") == names
    assert named_on(plan, "micro") == []


@pytest.mark.system
def test_a_community_is_not_named_where_its_grids_are_too_small(plan):
    wide = plan.district.communities.assign(name="长得写不下的一个社区的名称" * 3)
    named = dataclasses.replace(plan, district=dataclasses.replace(plan.district, communities=wide))

    assert named_on(named, "general") == []


def test_same_plan_gives_the_same_image(plan, tmp_path):
    for name in ("a.png", "b.png"):
        plot.draw_level(plan, "general", tmp_path / name)

    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.filterwarnings("error")  # matplotlib warns of a character that becomes a box
def test_without_a_chinese_font_labels_are_english(plan, tmp_path, no_chinese):
    plot.draw_level(plan, "overall", tmp_path / "map.png")

    assert fonts.font_note("zh") is not None
    assert fonts.font_note("en") is None


@pytest.mark.system
def test_a_chinese_font_is_found():
    if fonts.chinese_font() is None:
        pytest.skip("no font with Chinese characters is installed")

    assert fonts.font_note("zh") is None


def test_neighbors_differ_in_color():
    lattice = np.array([shapely.box(i, j, i + 1, j + 1) for i in range(12) for j in range(12)])

    numbers = drawing.color_numbers(lattice)

    pairs = shapely.STRtree(lattice).query(lattice, predicate="touches").T
    assert all(numbers[i] != numbers[j] for i, j in pairs)


def test_plans_without_context_are_drawn(plan, tmp_path):
    names = ("streets", "barriers", "crossings", "stations")
    bare = {name: getattr(plan.district, name).iloc[:0] for name in names}
    district = plans.dataclasses.replace(plan.district, **bare)
    units = plan.units.set_geometry(plan.units.geometry.centroid)
    lone = plans.dataclasses.replace(
        plan, district=district, units=units, exclusive=plan.exclusive.iloc[:0]
    )

    plot.draw_level(lone, "general", tmp_path / "map.png", lang="en")

    assert (tmp_path / "map.png").stat().st_size > 1_000


def test_pyplot_is_not_loaded(plan, tmp_path):
    import sys

    before = "matplotlib.pyplot" in sys.modules
    plot.draw_level(plan, "general", tmp_path / "map.png")

    assert ("matplotlib.pyplot" in sys.modules) == before


def by_floors(plan, grids):
    """Return the plan with some micro grids as floors of a building."""
    micro = plan.grids("micro")
    micro = micro.assign(nonplanar=micro["grid_code"].isin(grids), floor_bands="")
    micro.loc[micro["nonplanar"], "floor_bands"] = "12–22层"
    return dataclasses.replace(plan, layers={**plan.layers, "micro": micro})


def test_floors_are_hatched_and_nothing_else_is(plan, tmp_path):
    codes = plan.grids("micro")["grid_code"]
    for name, grids in (("some", codes[2:4]), ("none", [])):
        plot.draw_level(by_floors(plan, grids), "micro", tmp_path / f"{name}.png")

    assert rgb(plot.FLOOR) in colors_of(tmp_path / "some.png")
    assert rgb(plot.FLOOR) not in colors_of(tmp_path / "none.png")


def test_floors_stand_below_the_serial(plan):
    texts = map_labels.Texts(None, "en")
    grids = by_floors(plan, plan.grids("micro")["grid_code"][:1]).grids("micro")

    assert map_labels._serials(grids, texts, by_name=False)[:2] == ["01\n12–22", "02"]


def test_what_looks_like_a_formula_is_text(plan, tmp_path):
    district = dataclasses.replace(plan.district, name="$\\frac$")
    named = plan.grids("overall").assign(name="$\\sqrt$")
    layers = {**plan.layers, "overall": named}

    odd = dataclasses.replace(plan, district=district, layers=layers)
    figure = plot.plot_level(odd, "overall", lang="en").figure
    plot.draw_level(odd, "overall", tmp_path / "map.png", lang="en")

    assert any("frac" in text.get_text() for text in figure.texts)
