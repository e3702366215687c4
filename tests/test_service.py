"""Walks in plans: measured along streets, limited by rules, kept by the search or explained."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from districts import CRS, SOUTH, WEST, build_district, place, square, table

import gridpart as gp
from gridpart.described import bounds_texts
from gridpart.model import Range
from gridpart.rules import load_rules
from gridpart.service import share_on_lines
from gridpart.solvers.stop import Iterations

FIRST = ("nesting", "contiguity", "whole_units", "locks", "radius", "range")
LAST = ("nesting", "contiguity", "whole_units", "locks", "range", "radius")


def street(*places, **cells):
    """Return a row of a street through places on the lattice of 100 m."""
    return {"geometry": shapely.LineString([place(*p) for p in places]), **cells}


def village(**layers):
    """Return a rural community of 1,200 x 600 m: hamlets of 40 households along a comb of lanes.

    The lanes meet in the south only, so that neighbors across a lane's end walk far.
    """
    hamlets = [
        {
            "unit_id": f"H{i}{j}",
            "households": 40,
            "geometry": square(2 * i + 0.8, 2 * j + 0.8, 0.3, 0.3),
        }
        for i in range(6)
        for j in range(3)
    ]
    lanes = [street((2 * i + 1, 0.5), (2 * i + 1, 5.5)) for i in range(6)]
    frames = {
        "communities": table(
            [
                {
                    "community_id": "V",
                    "name": "V",
                    "area_type": "rural",
                    "geometry": square(0, 0, 12, 6),
                }
            ]
        ),
        "units": table(hamlets),
        "streets": table([*lanes, street((0, 0.5), (12, 0.5))]),
        **layers,
    }
    district, findings = build_district(frames, "village")
    assert district is not None, [str(f) for f in findings]
    return district


def rules(max_m, priority=LAST, *, hard=True, low=120, high=400, **radius):
    """Return qixian with another rural radius and range of general grids, without micro grids."""
    base = load_rules("qixian")
    overall, general, _ = base.rural_levels
    general = replace(
        general,
        ranges=(Range("households", low, high, clause="test"),),
        radius=replace(general.radius, max_m=max_m, hard=hard, **radius),
    )
    levels = (overall, general)
    return replace(
        base,
        levels=levels,
        rural_levels=levels,
        priority={"urban": LAST, "rural": priority},
        codes=replace(
            base.codes, templates={k: v for k, v in base.codes.templates.items() if k != "micro"}
        ),
        names={k: v for k, v in base.names.items() if k != "micro"},
        staffing=None,
    )


def planned(district, rule_set):
    return gp.partition(district, rule_set)


def broken(plan, rule):
    return [b for b in plan.report.breaches if b.rule == rule and b.level == "general"]


# --- measuring ----------------------------------------------------------------------------


def test_walks_of_a_grid_follow_its_streets_and_say_so():
    plan = planned(village(), rules(5000))

    overall = plan.grids("overall").iloc[0]
    summary = {level.level: level for level in plan.report.levels}["overall"]

    # From the middle of the southern street up the lane farthest away.
    assert overall["walk_max_m"] > 900
    assert overall["radius_m"] < 700
    assert (overall["walk_from"], overall["walk_by"]) == ("center", "streets")
    assert summary.radius_m == overall["walk_max_m"]
    assert summary.within["500"] == pytest.approx(overall["within_500_m"])
    assert 0 <= summary.within["300"] <= summary.within["500"] <= summary.within["1000"] <= 1


def test_without_streets_walks_are_straight_lines_and_noted_as_assumed():
    plan = planned(village(streets=table([street((0, 0), (0, 1))]).iloc[:0]), rules(5000))

    general = plan.grids("general")

    assert (general["walk_by"] == "straight").all()
    assert general["walk_max_m"].to_numpy() == pytest.approx(1.3 * general["radius_m"].to_numpy())
    assert any("1.3, an assumption" in note.what for note in plan.notes)


def test_a_radius_counts_at_its_level_as_much_as_its_weight_says():
    counts = np.random.default_rng(3).choice([1, 20, 120], 18).tolist()
    hamlets = [
        {
            "unit_id": f"H{i}{j}",
            "households": counts.pop(),
            "geometry": square(2 * i + 0.8, 2 * j + 0.8, 0.3, 0.3),
        }
        for i in range(6)
        for j in range(3)
    ]
    district = village(units=table(hamlets))

    def labels(at_level, of_all):
        rule_set = rules(300, hard=False, low=200, high=500, weight=at_level)
        rule_set = replace(rule_set, weights=replace(rule_set.weights, radius=of_all))
        return planned(district, rule_set).units["general_code"].tolist()

    assert labels(0.0, 100.0) == labels(1.0, 0.0)
    assert labels(100.0, 1.0) == labels(1.0, 100.0)
    assert labels(0.0, 100.0) != labels(1.0, 100.0)


def test_walks_from_stations_lead_to_the_nearest_whatever_the_grid():
    stations = table([{"geometry": place(1, 1)}, {"geometry": place(11, 1)}])
    plan = planned(village(stations=stations), rules(480, origin="station"))

    beyond = {unit for b in broken(plan, "radius") for unit in b.units}
    near = {"H00", "H01", "H02", "H10", "H50", "H51", "H52", "H40"}

    assert set(plan.grids("general")["walk_from"]) == {"station"}
    assert beyond == set(plan.units["unit_id"]) - near
    assert all(b.proven and "no division of grids" in b.message for b in broken(plan, "radius"))


def test_a_rule_that_wants_stations_where_there_are_none_takes_centers_and_says_so():
    plan = planned(village(), rules(5000, origin="station"))

    assert set(plan.grids("general")["walk_from"]) == {"center"}
    assert any("the district has none" in note.what for note in plan.notes)


# --- a radius in the search -----------------------------------------------------------------


def test_a_radius_before_the_range_holds_by_walks_for_every_unit():
    plan = planned(village(), rules(450, FIRST))

    assert plan.grids("general")["walk_max_m"].max() <= 450
    assert not broken(plan, "radius")
    assert planned(village(), rules(450, hard=False)).grids("general")["walk_max_m"].max() > 450


def test_a_radius_before_the_range_holds_however_soon_the_search_is_stopped():
    plan = gp.partition(village(), rules(450, FIRST), stop=Iterations(1))

    assert plan.meta["stopped_by"] == "stop"
    assert plan.grids("general")["walk_max_m"].max() <= 450


def test_a_range_that_the_radius_forbids_is_proven_and_names_who_is_alone():
    plan = planned(village(), rules(250, FIRST, low=160))

    short = broken(plan, "range")

    assert not broken(plan, "radius")
    assert short
    assert all((b.reason, b.proven) == ("radius", True) for b in short)
    assert all("the radius goes first" in b.message and b.units for b in short)
    assert not plan.report.broken


def test_a_radius_that_the_range_forbids_is_proven_and_names_who_is_too_far():
    plan = planned(village(), rules(250, LAST, low=160))

    far = broken(plan, "radius")

    assert not broken(plan, "range")
    assert far
    assert all(b.proven and b.units and "the range goes first" in b.message for b in far)


def test_a_unit_kept_whole_beyond_the_radius_is_named():
    district = village()
    joined = district.units.assign(
        compound_id=np.where(district.units["unit_id"] < "H2", "C", None)
    )
    plan = planned(replace(district, units=joined), rules(250, FIRST))

    (only,) = broken(plan, "radius")

    assert only.proven
    assert "compound C is kept whole" in only.message
    assert set(only.units) <= {"H00", "H01", "H02", "H10", "H11", "H12"}


@pytest.mark.slow
@pytest.mark.parametrize("max_m", [600, 800, 1000])
def test_radius_before_range_holds_in_the_villages_of_hankou(max_m):
    from samples import SAMPLES

    district, base = gp.read_district(SAMPLES / "hankou"), load_rules("qixian")
    own = set(
        district.communities.loc[district.communities["area_type"] == "rural", "community_id"]
    )
    layers = {
        name: getattr(district, name)[lambda f: f["community_id"].isin(own)].reset_index(drop=True)
        for name in ("communities", "units", "exclusive")
    }
    overall, general, micro = base.rural_levels
    general = replace(general, radius=replace(general.radius, max_m=max_m, hard=True))
    first = replace(
        base, rural_levels=(overall, general, micro), priority={"urban": LAST, "rural": FIRST}
    )

    plan = gp.partition(replace(district, **layers), first)

    walks = plan.grids("general").set_index("grid_code")["walk_max_m"]
    named = {b.grid for b in broken(plan, "radius") if b.units}
    assert set(walks.index[walks > max_m]) == named
    assert all(b.proven for b in broken(plan, "radius"))


# --- boundaries -----------------------------------------------------------------------------


def test_four_bounds_name_streets_then_barriers_then_neighbors():
    grids = gpd.GeoDataFrame(
        {"name": ["甲网格", "乙网格"], "community_id": ["C1", "C1"]},
        geometry=[square(0, 0, 2, 2), square(2, 0, 2, 2)],
        crs=CRS,
    )
    communities = table(
        [
            {"community_id": "C1", "name": "栖贤社区", "geometry": square(0, 0, 4, 2)},
            {"community_id": "C2", "name": "九龙社区", "geometry": square(0, 2, 4, 2)},
        ]
    )
    streets = table(
        [street((0.05, 0), (0.05, 2), name="兴隆街"), street((0, 0.1), (4, 0.1), name=None)]
    )
    barriers = table([{"kind": "river", "name": None, **street((0, 0), (4, 0))}])

    texts = bounds_texts(grids, communities, streets, barriers)

    assert texts == [
        "东至乙网格，南至河道，西至兴隆街，北至九龙社区",
        "东至辖区边界，南至河道，西至甲网格，北至九龙社区",
    ]


def test_every_grid_of_a_plan_has_four_bounds():
    plan = planned(village(), rules(450, FIRST))

    for level in plan.levels:
        assert (
            plan.grids(level)["bounds_text"].str.fullmatch("东至.+，南至.+，西至.+，北至.+").all()
        )


def test_boundaries_on_lines_are_counted_without_those_of_the_community():
    grids, whole = [square(0, 0, 1, 2), square(1, 0, 1, 2)], square(0, 0, 2, 2)
    line = shapely.LineString([(WEST + 103, SOUTH), (WEST + 103, SOUTH + 100)])

    assert share_on_lines(grids, [whole], []) == 0
    assert share_on_lines(grids, [whole], [line]) == pytest.approx(0.52, abs=0.01)
    assert share_on_lines([whole], [whole], [line]) is None
