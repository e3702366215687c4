"""Charts show every grid once, breaches in red, and data as text; the same plan, the same bytes."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import plans
import pytest
from matplotlib.image import imread

from gridpart import charts
from gridpart.charts import draw_charts, level_loads, level_walks, limits_of, plot_charts
from gridpart.comparison import compare
from gridpart.comparison_charts import draw_comparison, plot_comparison

HOSTILE = "<script>$\\frac$\n=HYPERLINK(1)\u202e$x^$\x1b ก"


@pytest.fixture(scope="module")
def plan():
    return plans.small_plan()


def with_grids(plan, level, grids):
    return dataclasses.replace(plan, layers={**plan.layers, level: grids})


def with_many(plan, n):
    """Return the plan with `n` micro grids, some of them out of range, one of them far out."""
    one = plan.grids("micro").iloc[[1] * n].reset_index(drop=True)
    households = np.random.default_rng(0).integers(20, 110, n)
    households[-1] = 40_000
    table = one.assign(
        grid_code=[f"C1{i:05}" for i in range(n)],
        households=households,
        workload=households * 1.5,
        in_range=(households >= 30) & (households <= 100),
        walk_max_m=np.linspace(0, 900, n),
    )
    return with_grids(plan, "micro", table)


def texts(figure):
    return [t.get_text() for t in figure.findobj(match=lambda a: hasattr(a, "get_text"))]


def dots(axes):
    """Return the heights of the dots of a panel by color."""
    found = {}
    for line in axes.lines:
        if line.get_linestyle() == "None":
            found.setdefault(line.get_color(), []).extend(np.asarray(line.get_ydata()).tolist())
    return {color: sorted(heights) for color, heights in found.items()}


def is_red(path):
    image = np.round(imread(path)[:, :, :3] * 255).astype(int)
    return (image == (0xCC, 0x18, 0x1E)).all(axis=2).any()


# --- what is drawn -----------------------------------------------------------------------


def test_loads_are_the_grids_in_order(plan):
    loads = level_loads(with_many(plan, 50), "micro")
    grids = with_many(plan, 50).grids("micro").set_index("grid_code")

    assert loads.measure == "households"
    assert (np.diff(loads.values) >= 0).all()
    assert loads.values.tolist() == grids.loc[loads.codes, "households"].tolist()
    assert loads.kept.tolist() == grids.loc[loads.codes, "in_range"].tolist()
    assert (loads.ranges["urban"].min, loads.ranges["urban"].max) == (30, 100)


def test_a_level_without_range_shows_its_load(plan):
    assert level_loads(plan, "overall").measure == "workload"


def test_town_and_country_stand_apart_where_their_ranges_differ(plan):
    rural = plan.rules.rural_levels[1]
    wide = dataclasses.replace(rural, ranges=(dataclasses.replace(rural.ranges[0], max=900.0),))
    rules = dataclasses.replace(
        plan.rules, rural_levels=(plan.rules.rural_levels[0], wide, plan.rules.rural_levels[2])
    )

    loads = level_loads(dataclasses.replace(plan, rules=rules), "general")

    assert set(plan.grids("general")["area_type"]) == {"urban", "rural"}
    assert loads.areas.tolist() == ["urban"] * 2 + ["rural"] * 2
    assert set(level_loads(plan, "general").areas) == {"urban"}
    assert "rural" in texts(plot_charts(dataclasses.replace(plan, rules=rules), lang="en"))


def test_limits_follow_the_area_type(plan):
    rural = (plan.grids("general")["area_type"] == "rural").to_numpy()

    assert limits_of(plan, "general").tolist() == np.where(rural, 1500, 500).tolist()
    assert np.isinf(limits_of(plan, "micro")).all()


def test_without_walks_the_radius_is_shown(plan):
    values, along = level_walks(plan, "general")

    assert not along
    assert values.tolist() == plan.grids("general")["radius_m"].tolist()
    assert any("radius of each grid" in text for text in texts(plot_charts(plan, lang="en")))


def test_every_grid_is_a_dot_and_breaches_are_red_and_named(plan):
    many = with_many(plan, 60)
    grids = many.grids("micro")
    panel = plot_charts(many, lang="en").axes[6]
    out = grids[~grids["in_range"]]

    drawn = dots(panel)

    assert len(drawn[charts.DOT]) + len(drawn[charts.RED]) == 60
    low = out[out["households"] < 30]["households"]
    assert drawn[charts.RED][: len(low)] == sorted(low)
    listed = "\n".join(text.get_text() for text in panel.texts)
    assert f"{out['grid_code'].iloc[-1]}: 40,000" in listed
    assert max(drawn[charts.RED]) < panel.get_ylim()[1] == 250


def test_grids_beyond_the_radius_are_counted(plan):
    far = plan.grids("general").assign(walk_max_m=[499.0, 501.0, 1400.0, 1501.0])

    shown = texts(plot_charts(with_grids(plan, "general", far), lang="en"))

    assert "2 of 4 beyond the limit" in shown


# --- sheets ------------------------------------------------------------------------------


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_same_plan_gives_the_same_image(plan, tmp_path, lang):
    for name in ("a.png", "b.png"):
        draw_charts(plan, tmp_path / name, lang=lang)

    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert is_red(tmp_path / "a.png")


@pytest.mark.filterwarnings("error")
def test_five_thousand_grids_are_drawn(plan, tmp_path):
    draw_charts(with_many(plan, 5000), tmp_path / "many.png")

    assert (tmp_path / "many.png").stat().st_size < 300_000


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("rows", [0, 1])
def test_one_grid_none_and_no_load_are_drawn(plan, tmp_path, rows):
    layers = {
        level: table.iloc[:rows].assign(households=0, workload=0.0, radius_m=np.nan)
        for level, table in plan.layers.items()
    }
    bare = dataclasses.replace(plan, layers=layers)

    draw_charts(bare, tmp_path / "bare.png", lang="en")

    assert "no load" in texts(plot_charts(bare, lang="en"))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_hostile_names_are_text(plan, tmp_path, lang):
    district = dataclasses.replace(plan.district, name=HOSTILE)
    micro = plan.grids("micro").assign(grid_code=[HOSTILE + str(i) for i in range(8)])
    odd = dataclasses.replace(with_grids(plan, "micro", micro), district=district)
    named = {HOSTILE: odd, HOSTILE + " $": plans.with_meta(odd, seed="$^$")}

    draw_charts(odd, tmp_path / "charts.png", lang=lang)
    draw_comparison(compare(named), named, tmp_path / "sheet.png", lang=lang)

    assert any("<script>" in text and "\n" not in text for text in texts(plot_charts(odd)))


@pytest.mark.filterwarnings("error")
def test_without_a_chinese_font_charts_are_english(plan, tmp_path, no_chinese):
    draw_charts(plan, tmp_path / "charts.png", lang="zh")

    assert "share of the load" in texts(plot_charts(plan, lang="zh"))


def test_pyplot_is_not_loaded(plan):
    import sys

    before = "matplotlib.pyplot" in sys.modules
    plot_charts(plan)

    assert ("matplotlib.pyplot" in sys.modules) == before


# --- alternatives ------------------------------------------------------------------------


def moved(plan, n):
    """Return the plan with the general codes of its first units turned round."""
    units = plan.units.copy()
    at = units.index[:n]
    units.loc[at, "general_code"] = units.loc[at, "general_code"].map(
        lambda code: code[:-1] + {"1": "2", "2": "1"}[code[-1]]
    )
    return dataclasses.replace(plan, units=gpd.GeoDataFrame(units, crs=plan.units.crs))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_alternatives_stand_on_one_sheet(plan, tmp_path, lang):
    named = {"A": plan, "B": moved(plan, 3)}
    found = compare(named)

    for name in ("a.png", "b.png"):
        draw_comparison(found, named, tmp_path / name, lang=lang)
    figure = plot_comparison(found, named, lang="en")

    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert len(figure.axes) == 6  # only the general grids differ
    assert f"{found.moved['general'][0, 1]:,.0f}" in texts(figure)


def test_plans_that_no_other_beats_are_filled(plan):
    levels = tuple(
        dataclasses.replace(s, cv=0.3) if s.level == "general" else s for s in plan.report.levels
    )
    named = {"good": plan, "poor": plans.with_report(moved(plan, 3), levels=levels)}

    (trade,) = [
        axes
        for axes in plot_comparison(compare(named), named, lang="en").axes
        if axes.get_ylabel().startswith("compactness")
    ]

    faces = [line.get_markerfacecolor() for line in trade.lines]
    assert [face == "white" for face in faces] == [False, True]


@pytest.mark.filterwarnings("error")
def test_many_alternatives_and_equal_ones_are_drawn(plan, tmp_path):
    named = {f"a rather long name of a plan {i}": moved(plan, i % 3) for i in range(9)}

    draw_comparison(compare(named), named, tmp_path / "many.png")
    draw_comparison(compare({"A": plan, "B": plan}), {"A": plan, "B": plan}, tmp_path / "two.png")

    assert (tmp_path / "many.png").stat().st_size > (tmp_path / "two.png").stat().st_size


@pytest.mark.filterwarnings("error")
def test_a_level_that_one_plan_lacks_is_drawn_for_the_other(plan, tmp_path):
    layers = {name: table for name, table in plan.layers.items() if name != "micro"}
    named = {"A": plan, "B": dataclasses.replace(plan, layers=layers)}

    draw_comparison(compare(named), named, tmp_path / "sheet.png", lang="en")

    assert pd.notna(imread(tmp_path / "sheet.png")).all()
