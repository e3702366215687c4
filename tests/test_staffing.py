"""Posts follow from the rules grid by grid, and heads share neighbors and nothing else."""

from dataclasses import replace
from functools import cache
from itertools import combinations

import districts
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from plans import assert_same_plan, no_map, small_plan

from gridpart import export
from gridpart.errors import DataError
from gridpart.export import read_plan, write_plan
from gridpart.report import summary_dict, summary_text
from gridpart.rules import Post, Staffing, load_rules
from gridpart.staffing import (
    STAFF_COLUMNS,
    neighbor_pairs,
    require_posts,
    shared_pairs,
    spread_number,
    staff_plan,
)


@cache
def drawn():
    """Return the small plan, made once."""
    return small_plan()


def staffed(*posts, plan=None, **staffing):
    """Return the small plan with these posts and no others."""
    plan = plan or drawn()
    rules = replace(plan.rules, staffing=Staffing(posts, **staffing))
    return staff_plan(replace(plan, rules=rules))


def needed(plan):
    return plan.tables["staffing"].set_index("grid_code")["needed"]


# --- how many -------------------------------------------------------------------------


@given(
    number=st.floats(0, 5, allow_nan=False),
    load=st.lists(st.floats(0, 1e4), max_size=30).map(np.array),
)
def test_a_number_spreads_to_its_total_and_heavier_grids_get_no_less(number, load):
    counts = spread_number(number, load)

    assert abs(counts.sum() - number * load.size) <= 0.5 + 1e-6
    assert counts.sum() == 0 or counts.max() - counts.min() <= 1
    for light, heavy in combinations(np.argsort(load, kind="stable"), 2):
        if load[heavy] > load[light]:
            assert counts[heavy] >= counts[light]


def test_the_numbers_of_qixian_give_its_published_staff():
    load = np.arange(328.0)

    assert spread_number(1.72, load).sum() == 564
    assert spread_number(0.825, np.arange(40.0)).sum() == 33


def test_a_ratio_counts_each_begun_share():
    plan = staffed(Post("p", "岗", "micro", per=100, measure="households"))

    grids = plan.grids("micro").set_index("grid_code")["households"]
    assert needed(plan).to_dict() == {c: -(-h // 100) for c, h in grids.items()}


def test_hours_are_those_of_the_grids_units():
    plan = drawn()
    plan = replace(plan, units=plan.units.assign(hours=30.0))

    plan = staffed(Post("p", "岗", "general", hours_per_month=160), plan=plan)

    own = plan.units.groupby("general_code").size() * 30
    assert needed(plan).to_dict() == np.ceil(own / 160).astype(int).to_dict()


def test_hours_that_no_grid_has_are_said_and_count_none():
    plan = staffed(Post("p", "岗", "general", hours_per_month=160))

    assert needed(plan).sum() == 0
    assert any("no hours of general grids" in str(note) for note in plan.notes)


def test_posts_of_a_kind_of_site_are_for_that_kind():
    school = Post("s", "校", "exclusive", number=1, kinds=("school",))
    market = Post("m", "市", "exclusive", number=2, kinds=("market",))

    table = staffed(school, market).tables["staffing"]

    assert table["post"].tolist() == ["s"]


def test_a_column_that_a_post_counts_is_wanted_before_the_search():
    rules = load_rules("qixian")
    post = Post("guard", "岗", "micro", per=10, measure="couriers")
    rules = replace(rules, staffing=Staffing((post,)))

    with pytest.raises(DataError, match=r"'couriers'") as error:
        require_posts(drawn().district, rules)

    assert "guard" in error.value.found


# --- heads of two grids ---------------------------------------------------------------


def best_pairs(near, wanted):
    """Return how many disjoint pairs there can be, by trying all."""
    most = 0
    for size in range(1, wanted + 1):
        for chosen in combinations(near, size):
            if len({place for pair in chosen for place in pair}) == 2 * size:
                most = size
                break
    return most


@given(data=st.data(), n=st.integers(2, 7), wanted=st.integers(0, 3))
def test_as_many_pairs_are_found_as_there_can_be(data, n, wanted):
    every = list(combinations(range(n), 2))
    near = data.draw(st.lists(st.sampled_from(every), unique=True, max_size=9))
    load = np.array(data.draw(st.lists(st.integers(0, 90), min_size=n, max_size=n)), float)

    pairs = shared_pairs(n, near, load, wanted)

    assert len(pairs) == best_pairs(near, wanted)
    assert len({place for pair in pairs for place in pair}) == 2 * len(pairs)
    assert set(pairs) <= set(near)
    assert pairs == shared_pairs(n, near[::-1], load, wanted)


def test_neighbors_have_a_parent_and_a_border_but_no_barrier():
    grids = gpd.GeoDataFrame(
        {"parent_code": ["A", "A", "A", "B", "A"]},
        geometry=[districts.square(i, 0) for i in range(4)] + [districts.square(1, 1)],
        crs=districts.CRS,
    )
    wall = shapely.LineString([districts.place(2, -1), districts.place(2, 2)])
    barriers = districts.table([{"kind": "wall", "geometry": wall}])

    # 0|1 border, 1|2 are parted by the wall, 2|3 have no parent in common, 0 and 4 a corner.
    assert neighbor_pairs(grids, barriers) == [(0, 1), (1, 4)]
    assert neighbor_pairs(grids, barriers.iloc[:0]) == [(0, 1), (1, 2), (1, 4)]


def test_a_shared_head_is_needed_once_and_both_rows_say_with_whom():
    plan = staffed(Post("head", "长", "general", number=0.75, shared_by=2))
    table = plan.tables["staffing"].set_index("grid_code")

    assert table["needed"].sum() == 3
    shared = table[table["shared_with"] != ""]
    assert len(shared) == 2
    for code, row in shared.iterrows():
        assert table.loc[row["shared_with"], "shared_with"] == code
    assert shared["needed"].sum() == 1


def test_heads_that_find_no_neighbor_are_missed_aloud():
    plan = drawn()
    apart = plan.layers["micro"].iloc[[0, -1]].reset_index(drop=True)
    plan = replace(plan, layers={**plan.layers, "micro": apart})

    plan = staffed(Post("head", "长", "micro", number=0.5, shared_by=2), plan=plan)

    assert needed(plan).sum() == 2
    assert any("1 more are needed" in str(note) for note in plan.notes)


# --- rounds ---------------------------------------------------------------------------


def test_days_and_hours_follow_from_the_households():
    plan = staff_plan(drawn())
    sweep, table = plan.rules.staffing.sweep, plan.tables["sweep"]

    micro = table[table["level"] == "micro"]
    assert (table["days"] == (table["visits"] / 50).round(2)).all()
    assert (table["hours"] == (table["visits"] * sweep.minutes / 60).round(2)).all()
    assert set(table.loc[table["level"] != "micro", "verdict"]) == {""}
    for _, row in micro.iterrows():
        known = {"below": row.hours < 3, "within": 3 <= row.hours <= 5, "above": row.hours > 5}
        assert known[row.verdict]


# --- in the plan ----------------------------------------------------------------------


def test_without_staff_in_the_rules_a_plan_stays_as_it_is():
    plan = drawn()
    plan = replace(plan, rules=replace(plan.rules, staffing=None))

    assert staff_plan(plan) is plan
    assert summary_dict(plan)["staffing"] == {}


def test_a_table_without_a_row_keeps_its_columns():
    plan = drawn()
    plan = replace(plan, exclusive=plan.exclusive.iloc[:0])

    table = staffed(Post("s", "校", "exclusive", number=1), plan=plan).tables["staffing"]

    assert tuple(table.columns) == STAFF_COLUMNS


def test_tables_of_staff_are_written_and_read_back(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "draw_level", no_map)
    plan = staff_plan(drawn())

    again = read_plan(write_plan(plan, tmp_path / "out"))

    assert_same_plan(again, plan)
    for name in ("staffing", "sweep"):
        pd.testing.assert_frame_equal(again.tables[name], plan.tables[name])


@pytest.mark.parametrize(("lang", "post"), [("zh", "总网格长"), ("en", "overall_leader")])
def test_the_summary_tells_posts_and_rounds_in_both_languages(lang, post):
    plan = staff_plan(drawn())

    text = summary_text(plan, lang)
    found = summary_dict(plan)["staffing"]

    assert post in text
    assert "50" in text
    totals = plan.tables["staffing"].groupby("post")["needed"].sum()
    assert {own["post"]: own["needed"] for own in found["posts"]} == totals.to_dict()
    assert found["sweep"]["levels"]["micro"]["n_grids"] == len(plan.grids("micro"))
