"""From a small district to its plan: the laws hold, and every exception has its reason."""

import dataclasses
import logging

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from districts import CRS, build_district, place, square, table
from shapely import LineString

import gridpart as gp
from gridpart.errors import DataError
from gridpart.rules import load_rules
from gridpart.solvers.stop import Iterations

RULES = load_rules("qixian")
LEVELS = ("overall", "general", "micro")


def community(name, *shape, area_type="urban"):
    """Return a row of the communities' table."""
    return {
        "community_id": name,
        "name": name,
        "area_type": area_type,
        "geometry": shape[0] if len(shape) == 1 else square(*shape),
    }


def houses(columns, rows, households=20, west=0, south=0, prefix="U", **cells):
    """Return buildings in the middle of the squares of a lattice."""
    return [
        {
            "unit_id": f"{prefix}{i:02}{j:02}",
            "households": households,
            "population": 3 * households,
            "geometry": square(west + i + 0.3, south + j + 0.3, 0.4, 0.4),
            **cells,
        }
        for i in range(columns)
        for j in range(rows)
    ]


def district_of(communities, units, **layers):
    """Return a district of rows."""
    frames = {"communities": table(communities), "units": table(units)}
    frames |= {name: table(rows) for name, rows in layers.items()}
    district, findings = build_district(frames, "town")
    assert district is not None, [str(f) for f in findings]
    return district


def planned(communities, units, rules=RULES, seed=0, **layers):
    """Return the plan of a district after looking at its laws."""
    district = district_of(communities, units, **layers)
    plan = gp.partition(district, rules, seed=seed)
    assert_laws(plan)
    return plan


def assert_laws(plan):
    """Assert what every plan keeps, however hard the district, by geometry of its own."""
    district = plan.district
    for level in plan.levels:
        grids, codes = plan.grids(level), plan.units[f"{level}_code"]
        assert grids["grid_code"].is_unique
        assert set(codes.dropna()) <= set(grids["grid_code"])
        # Sums.
        counted = plan.units[codes.notna()]
        for measure in ("households", "population"):
            assert grids[measure].sum() == district.units[measure].sum() == counted[measure].sum()
        # Cover and overlap.
        for _, row in district.communities.iterrows():
            own = grids[grids["community_id"] == row["community_id"]].geometry
            sites = plan.exclusive[plan.exclusive["community_id"] == row["community_id"]].geometry
            pieces = [*own, *([] if level == "overall" else sites)]
            inside = plan.units["community_id"] == row["community_id"]
            if level == "overall" or codes[inside].notna().any():
                assert shapely.area(pieces).sum() == pytest.approx(row.geometry.area, rel=1e-6)
                whole = shapely.union_all(pieces)
                assert whole.symmetric_difference(row.geometry).area < 1e-6 * row.geometry.area
    # Nesting.
    for fine, coarse in (("micro", "general"), ("general", "overall")):
        outlines = plan.grids(coarse).set_index("grid_code").geometry
        for _, grid in plan.grids(fine).iterrows():
            assert grid["grid_code"].startswith(grid["parent_code"])
            inside = grid.geometry.intersection(outlines[grid["parent_code"]]).area
            assert inside == pytest.approx(grid.geometry.area, rel=1e-6)
    for check in plan.report.checks:
        assert check.ok, check
    assert gp.evaluate(plan).to_dict() == plan.report.to_dict()


def reasons(plan, level="micro"):
    """Return the reasons of hard breaches of one level."""
    return [b.reason for b in plan.report.breaches if b.level == level and b.hard]


PLAIN = ([community("C1", 0, 0, 8, 5), community("C2", 8, 0, 8, 5)],
         [*houses(8, 5), *houses(8, 5, 10, west=8, prefix="V")])  # fmt: skip


@pytest.fixture(scope="module")
def plain_plan():
    return planned(*PLAIN)


# --- laws -------------------------------------------------------------------------------


def test_a_plain_district_is_divided_in_range(plain_plan):
    assert not plain_plan.report.broken
    assert plain_plan.report.exceptions == ()
    assert [len(plain_plan.grids(level)) for level in LEVELS] == [2, 3, 24]
    assert plain_plan.grids("micro")["in_range"].all()
    assert plain_plan.meta["stopped_by"] == "budget"
    assert plain_plan.meta["seed"] == "0"


@pytest.mark.parametrize("shuffle", [1, 2])
def test_the_order_of_rows_does_not_matter(plain_plan, shuffle):
    communities, units = (table(rows).sample(frac=1, random_state=shuffle) for rows in PLAIN)
    district, _ = build_district({"units": units, "communities": communities}, "town")

    again = gp.partition(district, RULES, seed=0)

    pd.testing.assert_frame_equal(again.units, plain_plan.units)
    for level in LEVELS:
        pd.testing.assert_frame_equal(again.grids(level), plain_plan.grids(level))


def test_workers_change_nothing_but_the_time(plain_plan):
    again = gp.partition(plain_plan.district, RULES, seed=0, workers=2)

    pd.testing.assert_frame_equal(again.units, plain_plan.units)


def test_a_community_is_divided_as_if_it_were_alone(plain_plan):
    alone = planned(PLAIN[0][:1], houses(8, 5))

    both = plain_plan.units.set_index("unit_id")["micro_code"]
    by_itself = alone.units.set_index("unit_id")["micro_code"]
    assert by_itself.equals(both.reindex(by_itself.index))


def test_another_seed_gives_a_plan_too(plain_plan):
    other = gp.partition(plain_plan.district, RULES, seed=1)

    assert_laws(other)
    assert not other.report.broken
    assert other.meta["seed"] == "1"


def test_progress_counts_up_to_its_total(plain_plan):
    told = []

    gp.partition(plain_plan.district, RULES, progress=lambda *args: told.append(args))

    assert [done for done, _, _ in told] == [1, 2, 3, 4]
    assert {total for _, total, _ in told} == {4}
    assert told[0][2] == "cells of C1"


def test_the_library_prints_nothing(plain_plan, capsys):
    gp.partition(plain_plan.district, RULES, stop=Iterations(1))

    assert capsys.readouterr() == ("", "")


# --- barriers ---------------------------------------------------------------------------

RAILWAY = {"kind": "railway", "geometry": LineString([place(4, -1), place(4, 6)])}


def sides_of(plan, level):
    """Return for each grid which sides of the railway its units are on."""
    west = plan.units.geometry.centroid.x < 500_400
    return {code: set(own) for code, own in west.groupby(plan.units[f"{level}_code"])}


def test_no_grid_crosses_a_railway():
    # 400 households on either side.
    plan = planned([community("C1", 0, 0, 8, 5)], houses(8, 5), barriers=[RAILWAY])

    for level in ("general", "micro"):
        assert all(len(sides) == 1 for sides in sides_of(plan, level).values())
    assert not plan.report.broken
    assert plan.report.exceptions == ()


def test_too_few_beyond_a_railway_are_excused_and_a_crossing_takes_them_in():
    # 200 households on either side: neither makes a general grid.
    rows = [community("C1", 0, 0, 8, 5)], houses(8, 5, 10)

    parted = planned(*rows, barriers=[RAILWAY])
    joined = planned(
        *rows, barriers=[RAILWAY], crossings=[{"kind": "underpass", "geometry": place(4, 2.5)}]
    )

    assert reasons(parted, "general") == ["barrier", "barrier"]
    assert not parted.report.broken
    assert reasons(joined, "general") == []
    assert max(len(sides) for sides in sides_of(joined, "general").values()) == 2


# --- hard districts ---------------------------------------------------------------------


def test_an_empty_community_is_one_overall_grid():
    plan = planned([*PLAIN[0], community("C3", 16, 0, 4, 4)], PLAIN[1])

    assert reasons(plan, "overall") == ["community_empty"]
    assert not plan.report.broken
    assert "C3" in set(plan.grids("overall")["grid_code"])
    assert "C3" not in set(plan.grids("general")["community_id"])


def test_nobody_lives_there():
    plan = planned([community("C1", 0, 0, 4, 4)], houses(4, 4, 0))

    assert plan.units["micro_code"].notna().all()
    assert not plan.report.broken
    assert set(reasons(plan)) <= {"community_too_small"}


def test_a_community_too_small_for_a_grid_is_excused():
    plan = planned([community("C1", 0, 0, 4, 4)], houses(4, 4, 1))

    assert reasons(plan, "general") == reasons(plan) == ["community_too_small"]
    assert not plan.report.broken


def test_an_impossible_total_is_said_before_the_search(caplog):
    with caplog.at_level(logging.WARNING, "gridpart"):
        plan = planned([community("C1", 0, 0, 5, 5)], houses(5, 5, 22))

    assert reasons(plan, "general") == ["arithmetic"]
    assert not plan.report.broken
    assert "550 households: 1 grid holds at most 500, 2 grids need at least 600" in caplog.text
    (breach,) = plan.report.exceptions
    assert breach.value == 550
    assert "550" in str(breach)


def test_an_oversize_unit_stands_alone():
    units = houses(5, 4, 15)
    units[7] |= {"households": 130, "population": 390}

    plan = planned([community("C1", 0, 0, 5, 4)], units)

    (breach,) = plan.report.exceptions
    assert (breach.reason, breach.value, breach.units) == ("oversize_unit", 130, ("U0103",))
    assert not plan.report.broken


def test_an_oversize_unit_with_stairwells_is_cut():
    units = [dict(unit, stairwells=1) for unit in houses(5, 4, 15)]
    units[7] |= {"households": 130, "population": 391, "stairwells": 2}

    plan = planned([community("C1", 0, 0, 5, 4)], units)

    parts = plan.units[plan.units["parent_unit_id"] == "U0103"]
    assert parts["unit_id"].tolist() == ["U0103-1", "U0103-2"]
    assert parts["households"].tolist() == [65, 65]
    assert plan.report.exceptions == ()
    assert any(note.kind == "opened" and note.names == ("U0103",) for note in plan.notes)


def test_a_community_in_two_pieces_has_no_grid_in_both():
    region = shapely.MultiPolygon([square(0, 0, 5, 4), square(7, 0, 5, 4)])
    units = [*houses(5, 4), *houses(5, 4, west=7, prefix="V")]

    plan = planned([community("C1", region)], units)

    assert plan.report.exceptions == ()
    assert not plan.report.broken
    assert len(plan.grids("general")) == 2
    assert (plan.grids("micro").geometry.geom_type == "Polygon").all()


def test_an_island_too_small_for_a_grid_is_excused():
    region = shapely.MultiPolygon([square(0, 0, 5, 4), square(9, 0, 1, 1)])
    units = [*houses(5, 4), *houses(1, 1, 12, west=9, prefix="V")]

    plan = planned([community("C1", region)], units)

    assert not plan.report.broken
    assert set(reasons(plan)) == {"piece"}
    assert reasons(plan, "general") == ["piece"]


def test_units_at_one_place_and_units_that_are_points():
    units = [{**unit, "geometry": place(2.5, 2.5)} for unit in houses(2, 2)]
    units += [{**unit, "geometry": place(i % 4 + 0.5, 0.5)} for i, unit in
              enumerate(houses(4, 4, prefix="V"))]  # fmt: skip

    plan = planned([community("C1", 0, 0, 4, 4)], units)

    assert not plan.report.broken


def test_one_unit():
    plan = planned([community("C1", 0, 0, 4, 4)], houses(1, 1, 50))

    assert reasons(plan, "general") == ["community_too_small"]
    assert reasons(plan) == []


# --- sites ------------------------------------------------------------------------------

SITE = {"exclusive_id": "E1", "kind": "hospital", "name": "医院", "firms": 1, "workers": 300,
        "geometry": square(5, 0, 1, 4)}  # fmt: skip


def test_residents_of_a_site_are_counted_with_a_neighbor():
    staff = houses(1, 1, 30, west=5, south=2, prefix="S")
    units = [*houses(5, 4), *houses(1, 1, 0, west=5, prefix="T"), *staff]

    plan = planned([community("C1", 0, 0, 6, 4)], units, exclusive=[SITE])

    located = plan.units.set_index("unit_id")
    assert located.loc["S0000", "exclusive_id"] == "E1"
    assert pd.notna(located.loc["S0000", "micro_code"])
    assert pd.isna(located.loc["T0000", "micro_code"])
    assert plan.exclusive["workers"].tolist() == [300]
    assert plan.exclusive.geometry.iloc[0].area == pytest.approx(40_000)
    assert not plan.report.broken


def test_a_community_that_is_one_site_is_one_overall_grid():
    site = {**SITE, "geometry": square(8, 0, 4, 5)}

    plan = planned([PLAIN[0][0], community("C9", 8, 0, 4, 5)], houses(8, 5), exclusive=[site])

    assert len(plan.grids("exclusive")) == 1
    assert set(plan.grids("general")["community_id"]) == {"C1"}


def test_residents_whose_community_is_all_site_are_refused_by_name():
    units = [*houses(4, 5), *houses(2, 1, 30, west=9, prefix="S")]
    site = {**SITE, "geometry": square(8, 0, 4, 5)}
    both = [community("C1", 0, 0, 8, 5), community("C9", 8, 0, 4, 5)]

    with pytest.raises(DataError, match=r"C9[^$]*S0000, S0100 in sites E1"):
        planned(both, units, exclusive=[site])


# --- rules of other shapes --------------------------------------------------------------


def with_ranges(**changes):
    """Return the rules with every range of households changed."""

    def changed(level):
        ranges = tuple(dataclasses.replace(bound, **changes) for bound in level.ranges)
        return dataclasses.replace(level, ranges=ranges)

    return dataclasses.replace(
        RULES, levels=tuple(map(changed, RULES.levels)),
        rural_levels=tuple(map(changed, RULES.rural_levels)),
    )  # fmt: skip


def test_a_range_with_only_a_maximum_is_kept():
    plan = planned(*PLAIN, rules=with_ranges(min=None, target=None))

    assert not plan.report.broken
    assert plan.grids("micro")["households"].max() <= 100


def test_soft_ranges_still_choose_the_number_of_grids():
    plan = planned(*PLAIN, rules=with_ranges(hard=False))

    assert 8 <= len(plan.grids("micro")) <= 40


def test_a_total_near_the_upper_end_of_a_gap_is_divided_and_excused():
    plan = planned([community("C1", 0, 0, 29, 2)], houses(29, 2, 10))

    assert len(plan.grids("general")) == 2
    assert set(reasons(plan, "general")) == {"arithmetic"}
    assert not plan.report.broken


def test_indicators_that_a_shapefile_cut_short_are_used_and_told():
    cells = {i.column[:10]: 1 for i in RULES.difficulty.indicators}
    plan = planned([community("C1", 0, 0, 8, 5)], houses(8, 5, **cells))

    assert (plan.units["workload"] > plan.units["households"]).any()
    assert any("building_a" in str(note) for note in plan.notes)


def test_a_point_among_units_that_tile_gets_ground():
    tiles = [{**unit, "geometry": square(i // 5, i % 5)} for i, unit in enumerate(houses(8, 5))]
    tiles[7]["geometry"] = place(1.2, 2.3)

    plan = planned([community("C1", 0, 0, 8, 5)], tiles)

    assert set(plan.cells["unit_id"]) == set(plan.units["unit_id"])


# --- stops and refusals -----------------------------------------------------------------


def test_stopped_at_once_the_plan_is_whole_and_says_so():
    district = district_of(*PLAIN)

    plan = gp.partition(district, RULES, stop=0.0)

    assert_laws(plan)
    assert plan.meta["stopped_by"] == "stop"


@pytest.mark.parametrize("after", [1, 300])
def test_interrupted_the_plan_is_whole_and_says_so(after):
    calls = []

    def interrupt(*_):
        calls.append(1)
        if len(calls) == after:
            raise KeyboardInterrupt
        return False

    plan = gp.partition(district_of(*PLAIN), RULES, stop=interrupt)

    assert_laws(plan)
    assert plan.meta["stopped_by"] == "interrupted"


def test_a_measure_that_the_data_lack_is_named():
    units = [{k: v for k, v in u.items() if k != "households"} for u in houses(2, 2)]
    district = district_of([community("C1", 0, 0, 2, 2)], units)

    with pytest.raises(DataError, match="no column 'households'"):
        gp.partition(district, RULES)


def test_rules_for_other_measures_count_those():
    levels = tuple(
        dataclasses.replace(
            level,
            ranges=tuple(dataclasses.replace(r, measure="population", min=r.min * 3, max=r.max * 3,
                                             target=r.target * 3) for r in level.ranges),
        )
        for level in RULES.levels
    )  # fmt: skip
    rules = dataclasses.replace(RULES, measure="population", levels=levels, rural_levels=levels)

    plan = planned(*PLAIN, rules=rules)

    assert plan.grids("micro")["population"].between(90, 300).all()


# --- evaluate ---------------------------------------------------------------------------


def test_grids_drawn_by_others_are_judged_the_same(plain_plan):
    drawn = plain_plan.grids("micro")[["grid_code", "parent_code", "community_id", "geometry"]]

    report = gp.evaluate(
        gpd.GeoDataFrame(drawn.to_crs(4326)),
        district=plain_plan.district,
        rules=RULES,
        level="micro",
    )

    assert report.levels[-1].totals["households"] == 1_200
    assert report.levels[-1].n_in_range == 24
    assert not report.broken


@pytest.mark.parametrize("given", [{}, {"level": "micro"}, {"rules": RULES}])
def test_outlines_alone_cannot_be_judged(plain_plan, given):
    with pytest.raises(DataError, match="only with their district, rules and level"):
        gp.evaluate(plain_plan.grids("micro"), **given)


def test_places_are_in_the_crs_of_the_district(plain_plan):
    for level in (*LEVELS, "exclusive"):
        assert plain_plan.grids(level).crs == CRS
    assert np.isfinite(plain_plan.grids("micro")["radius_m"]).all()
