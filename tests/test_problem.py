"""Frames become arrays that say the same, and what is joined keeps its sums and borders."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import oracle
import pytest
import shapely
from districts import CRS, square
from hypothesis import given
from shapely import LineString, box
from strategies import cases

from gridpart import objective
from gridpart.errors import DataError
from gridpart.graph import shared_borders
from gridpart.model import Level, Radius, Range
from gridpart.problem import (
    INSIDE_COST,
    STREET_COST,
    Surroundings,
    build_ground,
    contract,
    level_problem,
    street_share,
)

NOTHING = np.empty(0, dtype=object)


def row(n=4, **columns):
    """Return units side by side that tile their region."""
    given = {
        "unit_id": [f"U{i}" for i in range(n)],
        "parent_unit_id": [None] * n,
        "compound_id": [None] * n,
        "households": [10 * (i + 1) for i in range(n)],
        "firms": [1] * n,
        **columns,
    }
    return gpd.GeoDataFrame(given, geometry=[square(i, 0) for i in range(n)], crs=CRS)


def ground_of(units, region=None, sites=NOTHING, **around):
    """Return the ground and the cells of units, whose workload is a hundredth of a household."""
    surroundings = Surroundings(
        **{
            "streets": NOTHING, "barriers": NOTHING, "crossings": NOTHING,
            "sites": np.array(sites, dtype=object),
            "inside": np.full(len(units), -1),
            **{k: np.array(v, dtype=object) if k != "inside" else v for k, v in around.items()},
        }
    )  # fmt: skip
    region = units.union_all() if region is None else region
    load = units["households"].to_numpy() / 100
    return build_ground("C1", region, units, load, ["households", "firms"], surroundings)


# --- ground -----------------------------------------------------------------------------


def test_a_ground_says_what_the_frame_does():
    ground, cells = ground_of(row())

    assert ground.unit_ids == ("U0", "U1", "U2", "U3")
    assert ground.sizes.tolist() == [[10, 1], [20, 1], [30, 1], [40, 1]]
    assert ground.load.tolist() == [0.1, 0.2, 0.3, 0.4]
    assert ground.xy[1].tolist() == [500_150.0, 3_380_050.0]
    assert ground.graph.lengths.tolist() == [100] * 6
    assert ground.host.tolist() == [-1] * 4
    assert shapely.area(cells).tolist() == [10_000] * 4


def test_a_border_on_a_street_costs_less():
    street = LineString([shapely.Point(500_100, 3_380_000), shapely.Point(500_100, 3_380_050)])

    ground, _ = ground_of(row(), streets=[street])

    half = pytest.approx(100 - (1 - STREET_COST) * 50, abs=1.5)
    assert ground.border_cost[:2].tolist() == [half, half]
    assert ground.border_cost[2:].tolist() == [100] * 4


def test_a_border_inside_a_compound_or_a_building_costs_more():
    units = row(compound_id=["K", "K", None, None], parent_unit_id=[None, None, "T", "T"])

    ground, _ = ground_of(units)

    assert ground.border_cost.tolist() == [
        100 * INSIDE_COST, 100 * INSIDE_COST, 100, 100, 100 * INSIDE_COST, 100 * INSIDE_COST,
    ]  # fmt: skip
    assert ground.compound.tolist() == [0, 0, -1, -1]
    assert ground.building[2] == ground.building[3]
    assert np.unique(ground.building).size == 3


def test_a_barrier_parts_the_ground_and_a_crossing_mends_it():
    wall = LineString([(500_200, 3_379_000), (500_200, 3_381_000)])

    parted, _ = ground_of(row(), barriers=[wall])
    mended, _ = ground_of(row(), barriers=[wall], crossings=[shapely.Point(500_200, 3_380_050)])

    assert (parted.graph.n_edges, mended.graph.n_edges) == (2, 3)


def test_a_unit_inside_a_site_shares_the_grid_of_a_light_unit_beside_it():
    site = box(500_400, 3_380_000, 500_500, 3_380_100)
    units = row(5)
    region = units.geometry.iloc[:4].union_all()

    ground, cells = ground_of(units, region, sites=[site], inside=np.array([-1, -1, -1, -1, 0]))

    assert ground.host.tolist() == [-1, -1, -1, -1, 3]
    assert cells[4] is None
    assert ground.graph.neighbors(4).tolist() == [3]
    assert ground.sizes[4].tolist() == [50, 1]


def test_many_units_inside_a_site_spread_over_the_units_beside_it():
    site = square(0, 1, 4, 1)
    around = row(4, households=[10] * 4)
    inside = gpd.GeoDataFrame(
        {**{c: [None] * 4 for c in ("parent_unit_id", "compound_id")},
         "unit_id": [f"V{i}" for i in range(4)], "households": 40, "firms": 1},
        geometry=[square(1.4, 1.4, 0.1, 0.1)] * 4, crs=CRS,
    )  # fmt: skip
    units = gpd.GeoDataFrame(gpd.pd.concat([around, inside], ignore_index=True), crs=CRS)

    ground, _ = ground_of(
        units, around.union_all(), sites=[site], inside=np.array([-1] * 4 + [0] * 4)
    )

    assert set(ground.host[4:].tolist()) >= {0, 1, 2}


def test_a_unit_that_another_covers_is_refused():
    units = row(3)
    units.loc[2, "geometry"] = units.geometry.iloc[1]

    with pytest.raises(DataError, match="1 of 3 units have no ground") as caught:
        ground_of(units)

    assert "U2" in caught.value.found


def test_the_share_of_a_border_on_streets():
    borders = shared_borders([box(0, 0, 10, 40), box(10, 0, 20, 40)])
    near, far = LineString([(11, -5), (11, 30)]), LineString([(14, -5), (14, 50)])

    assert street_share(borders, np.array([near, far], object)) == pytest.approx([0.75], abs=0.04)
    assert street_share(borders, np.array([far], object)).tolist() == [0]
    assert street_share(borders, NOTHING).tolist() == [0]


# --- the problem of a level -------------------------------------------------------------


def test_a_level_binds_by_its_hard_ranges_only():
    level = Level(
        "micro", "", "units",
        ranges=(Range("firms", 1, None), Range("households", 30, 90, hard=False),
                Range("households", None, 100, target=50)),
        radius=Radius(500, detour=1.25),
    )  # fmt: skip
    ground, _ = ground_of(row())

    problem = level_problem(ground, level, np.array([1, 2, 3]))

    assert problem.sizes.tolist() == [[1, 20], [1, 30], [1, 40]]
    assert problem.lower.tolist() == [1, -np.inf]
    assert problem.upper.tolist() == [np.inf, 100]
    assert np.array_equal(problem.aim, [np.nan, 50], equal_nan=True)
    assert problem.max_radius_m == 400
    assert problem.n_units == 3
    assert problem.graph.n_edges == 2
    assert problem.xy.tolist() == ground.xy[1:].tolist()
    assert problem.load.tolist() == [0.2, 0.3, 0.4]


def test_a_level_without_ranges_or_radius_binds_nothing():
    ground, _ = ground_of(row())

    problem = level_problem(ground, Level("micro", "", "units"), np.arange(4))

    assert problem.sizes.shape == (4, 0)
    assert problem.max_radius_m == np.inf
    assert problem.n_grids is None


# --- contraction ------------------------------------------------------------------------


def contracted(case):
    """Return the problem with the grids of a plan as its units."""
    return contract(replace(case.problem, max_radius_m=50.0), case.labels)


@given(case=cases())
def test_contraction_keeps_sums(case):
    closed = contracted(case)

    assert closed.n_units == case.n_grids
    assert closed.load == pytest.approx(
        objective.grid_sums(case.labels, case.problem.load, case.n_grids)
    )
    assert closed.sizes.tolist() == (
        objective.grid_sums(case.labels, case.problem.sizes, case.n_grids).tolist()
    )
    assert (closed.lower is case.problem.lower, closed.max_radius_m) == (True, 50.0)


@given(case=cases())
def test_contraction_keeps_the_borders_between_groups_and_no_others(case):
    closed = contracted(case)

    alone = np.arange(case.n_grids, dtype=np.int32)
    assert objective.border(closed, alone) == objective.border(case.problem, case.labels)
    heads, tails = case.labels[case.problem.graph.heads], case.labels[case.problem.graph.indices]
    between = {(int(a), int(b)) for a, b in zip(heads, tails, strict=True) if a != b}
    assert between == {
        *zip(closed.graph.heads.tolist(), closed.graph.indices.tolist(), strict=True)
    }
    assert closed.graph.lengths.sum() == case.problem.graph.lengths[heads != tails].sum()


@given(case=cases())
def test_grids_of_groups_are_grids_of_units(case):
    closed = contracted(case)
    halves = (np.arange(case.n_grids) % 2).astype(np.int32)

    over_units = halves[case.labels]

    n_grids = int(halves.max()) + 1
    assert objective.border(closed, halves) == objective.border(case.problem, over_units)
    assert objective.grid_sums(halves, closed.sizes, n_grids).tolist() == (
        objective.grid_sums(over_units, case.problem.sizes, n_grids).tolist()
    )
    pieces = oracle.label_components(closed.graph, halves)
    expected = oracle.label_components(case.problem.graph, over_units)
    assert len(set(pieces)) == len(set(expected))


def test_a_group_lies_at_the_loaded_middle_of_its_units():
    ground, _ = ground_of(row(households=[10, 30, 0, 0]))
    problem = level_problem(ground, Level("micro", "", "units"), np.arange(4))

    closed = contract(problem, np.array([0, 0, 1, 1], np.int32))

    assert closed.xy[:, 0].tolist() == pytest.approx([500_125, 500_300])
