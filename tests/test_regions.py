"""One level of any map: what is refused, and that nothing hangs or goes astray."""

import time

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.affinity

import gridpart as gp
from bench.small_cases import N_GRIDS, small_case
from gridpart import regions
from gridpart.shape import label_radius_m
from gridpart.solvers.stop import Iterations


def town(nx_=6, ny=6, load=10):
    shapes = [shapely.box(x, y, x + 100, y + 100)
              for x in range(0, 100 * nx_, 100) for y in range(0, 100 * ny, 100)]  # fmt: skip
    return gpd.GeoDataFrame({"hh": load}, geometry=shapes, index=range(nx_ * ny))


def test_row_order_changes_no_label():
    units = town()
    units["hh"] = np.arange(36) % 7 + 5
    shuffled = units.sample(frac=1, random_state=3)

    here = gp.regionalize(units, "hh", n_grids=5, tolerance=0.2)
    there = gp.regionalize(shuffled, "hh", n_grids=5, tolerance=0.2)

    assert here.feasible
    pd.testing.assert_series_equal(here.labels, there.labels.reindex(units.index))


def test_a_repeated_index_is_refused_by_name():
    units = pd.concat([town().iloc[:20], town().iloc[10:30]])

    with pytest.raises(gp.DataError, match="10, 11, 12, 13, 14 and 5 more"):
        gp.regionalize(units, "hh", n_grids=3)


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"objective": "inertias"}, "did you mean 'inertia'"),
        ({"n_grids": 2.5}, "whole number"),
        ({"n_grids": True}, "whole number"),
        ({"n_grids": float("nan")}, "whole number"),
        ({"stop": float("nan")}, "seconds"),
        ({"stop": -1.0}, "seconds"),
        ({"tolerance": -0.1}, "tolerance"),
        ({"tolerance": float("nan")}, "tolerance"),
        ({"max_radius_m": -50}, "max_radius_m"),
        ({"bounds": (-5, -1)}, "range"),
        ({"bounds": (10, 90), "tolerance": 0.1}, "not both"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong, what):
    with pytest.raises(ValueError, match=what):
        gp.regionalize(town(), "hh", **{"n_grids": 4, **wrong})


def test_a_whole_number_of_grids_may_be_a_float():
    assert gp.regionalize(town(), "hh", n_grids=4.0).n_grids == 4


def test_loads_that_cannot_be_used_are_named():
    units = town()
    units.loc[7, "hh"] = -3

    with pytest.raises(gp.DataError, match=r"-3 \(7\)"):
        gp.regionalize(units, "hh", n_grids=4)


def test_a_number_that_no_plan_has_is_infeasible():
    with pytest.raises(gp.InfeasibleError, match="36 units in 1 pieces"):
        gp.regionalize(town(), "hh", n_grids=37)


def test_a_tight_range_that_cannot_be_kept_ends_with_breaches():
    units = town(12, 12)
    units["hh"] = np.arange(144) % 35 + 5

    result = gp.regionalize(units, "hh", n_grids=5, tolerance=0.0001)

    assert result.n_grids == 5
    assert result.feasible == (not result.breaches)


def test_locked_units_share_a_grid_and_a_start_is_never_made_worse():
    units = town()
    locked = pd.Series({0: "a", 1: "a", 35: "b"})
    start = pd.Series(np.repeat([0, 1, 2, 3], 9), index=units.index)

    kept = gp.regionalize(units, "hh", n_grids=4, tolerance=0.3, locked=locked)
    warm = gp.regionalize(units, "hh", n_grids=4, start=start, tolerance=0.05)

    assert kept.labels[0] == kept.labels[1] != kept.labels[35]
    assert warm.feasible


def test_graphs_of_other_libraries_say_the_same():
    units = town()
    borders = gp.build_graph(units.geometry.to_numpy())
    links = nx.Graph(
        (int(a), int(b), {"length": 100.0})
        for a, b in zip(borders.heads, borders.indices, strict=True)
    )
    points = units.set_geometry(units.geometry.centroid)

    own = gp.regionalize(units, "hh", n_grids=4, tolerance=0.05)
    given = gp.regionalize(points, "hh", n_grids=4, tolerance=0.05, graph=links)

    pd.testing.assert_series_equal(own.labels, given.labels)


def test_a_graph_without_some_units_names_them():
    with pytest.raises(gp.DataError, match=r"36 of 36 units are not in the graph"):
        gp.regionalize(town(), "hh", n_grids=4, graph=nx.path_graph(["a", "b"]))


def test_most_grids_over_a_threshold_reach_the_bound():
    result = gp.regionalize(town(), "hh", bounds=(40, None), objective="max_grids")

    assert (result.n_grids, result.bound, result.feasible) == (9, 9.0, True)


def test_a_total_in_a_gap_takes_the_number_with_the_least_breach():
    units = town(2, 29)

    result = gp.regionalize(units, "hh", bounds=(300, 500))

    assert result.n_grids == 2
    assert {(b.reason, b.proven) for b in result.breaches} == {("arithmetic", True)}


# --- several ranges, proofs and bounds --------------------------------------------------


def uneven_town():
    units = town()
    rng = np.random.default_rng(4)
    units["hh"] = rng.integers(5, 15, 36)
    units["firms"] = rng.integers(0, 4, 36)
    return units


def test_several_measures_keep_their_ranges_at_once():
    units = uneven_town()
    ranges = {"hh": (60, 110), "firms": (5, 14)}

    result = gp.regionalize(units, "hh", n_grids=4, bounds=ranges)

    assert result.feasible
    for name, (low, high) in ranges.items():
        sums = units[name].groupby(result.labels).sum()
        assert sums.between(low, high).all()
    assert dict(result.kept) == ranges


def test_a_breach_names_the_measure_and_the_range_that_is_kept():
    units = uneven_town()
    units.loc[14, "firms"] = 40

    result = gp.regionalize(units, "hh", n_grids=4, bounds={"hh": (None, 120), "firms": (None, 30)})

    assert not result.feasible
    (breach,) = result.breaches
    assert breach.measure == "firms"
    assert "unit 14 alone has 40" in str(breach)
    held = units["firms"].groupby(result.labels).sum()
    assert result.kept["firms"] == (None, held.max())
    assert result.kept["hh"] == (None, 120)


def test_a_mapping_of_bounds_leaves_no_room_for_a_size():
    with pytest.raises(ValueError, match="leave size out"):
        gp.regionalize(town(), "hh", n_grids=4, bounds={"hh": (50, 100)}, size="hh")
    with pytest.raises(ValueError, match="counts nothing"):
        gp.regionalize(town(), "hh", n_grids=4, bounds={})


@pytest.mark.parametrize("objective", ["inertia", "balance", "cut_edges", "max_grids"])
def test_exact_is_no_worse_than_the_search_and_reaches_its_own_bound(objective):
    units = uneven_town().iloc[:16]
    asked = {"bounds": (25, 60)} if objective == "max_grids" else {"n_grids": 3, "tolerance": 0.3}

    found = gp.regionalize(units, "hh", objective=objective, **asked)
    exact = gp.regionalize(units, "hh", objective=objective, method="exact", **asked)

    sign = -1 if objective == "max_grids" else 1
    assert exact.feasible
    assert exact.stopped_by == "proof"
    assert exact.gap is None or exact.gap <= 1e-6
    assert sign * exact.objective <= sign * found.objective + 1e-9 * abs(found.objective)
    assert sign * found.bound <= sign * exact.objective + 1e-9 * abs(exact.objective)


def test_the_seconds_of_a_search_begin_with_the_call(monkeypatch):
    read, seen = regions.places_of, []

    def slow(units):
        time.sleep(0.05)
        return read(units)

    def stop(best, iterations, elapsed_s):
        seen.append((best, iterations, elapsed_s))
        return True

    monkeypatch.setattr(regions, "places_of", slow)
    gp.regionalize(town(6, 6), "hh", n_grids=4, stop=stop)

    assert seen[0][2] >= 0.05


@pytest.mark.parametrize("seed", [26, 61, 73])
def test_a_tiny_map_is_not_left_in_a_plan_that_no_single_move_leaves(seed):
    units, graph, tolerance = small_case(seed)
    asked = {"n_grids": N_GRIDS, "tolerance": tolerance, "graph": graph}

    found = gp.regionalize(units, "load", **asked)
    exact = gp.regionalize(units, "load", method="exact", **asked)

    assert found.objective <= 1.02 * exact.objective


def test_exact_is_refused_for_maps_that_it_would_never_end_on():
    with pytest.raises(ValueError, match="up to 200 units, not 225"):
        gp.regionalize(town(15, 15), "hh", n_grids=9, method="exact")


def test_a_proof_that_is_stopped_leaves_the_plan_and_a_bound():
    result = gp.regionalize(uneven_town(), "hh", n_grids=4, tolerance=0.3, method="exact", stop=0.2)

    assert result.feasible
    assert result.bound <= result.objective * (1 + 1e-9)


@pytest.mark.parametrize("objective", ["inertia", "balance", "cut_edges"])
def test_a_proof_that_hardly_began_still_has_a_bound(objective):
    units = town(6, 6, np.random.default_rng(5).integers(1, 30, 36))

    result = gp.regionalize(
        units, "hh", n_grids=4, tolerance=0.3, objective=objective, method="exact", stop=1e-9
    )

    assert result.stopped_by == "stop"
    assert 0 <= result.bound <= result.objective * (1 + 1e-9)
    assert result.gap <= 1


def test_exact_proves_that_no_plan_keeps_the_range():
    units = town(4, 2)
    units["hh"] = [1, 9, 9, 9, 9, 9, 9, 9]

    result = gp.regionalize(units, "hh", n_grids=4, bounds=(18, 18), method="exact")

    assert result.stopped_by == "proof"
    assert not result.feasible


def test_the_gap_is_told():
    result = gp.regionalize(uneven_town(), "hh", n_grids=4, tolerance=0.2)

    assert 0 < result.bound <= result.objective
    assert result.gap == pytest.approx(1 - result.bound / result.objective)
    assert f"within {result.gap:.1%} of the best possible" in repr(result)


@pytest.mark.parametrize("objective", ["inertia", "balance", "cut_edges"])
@pytest.mark.parametrize("seed", range(4))
def test_a_plan_with_breaches_is_never_better_than_its_bound(objective, seed):
    units = town(8, 8, np.random.default_rng(seed).integers(1, 9, 64))
    units.loc[27, "hh"] = 200

    result = gp.regionalize(units, "hh", n_grids=4, tolerance=0.1, objective=objective)

    assert not result.feasible
    assert result.bound <= result.objective * (1 + 1e-9)
    assert result.gap > 0


def test_threads_change_no_label():
    alone = gp.regionalize(uneven_town(), "hh", n_grids=5, tolerance=0.2)
    shared = gp.regionalize(uneven_town(), "hh", n_grids=5, tolerance=0.2, workers=3)

    pd.testing.assert_series_equal(alone.labels, shared.labels)


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="did you mean 'exact'"):
        gp.regionalize(town(), "hh", n_grids=4, method="exac")


# --- a plan to begin from ---------------------------------------------------------------


def inertia_of(units, labels):
    xy = np.column_stack([units.centroid.x, units.centroid.y])
    total = 0.0
    for _, own in units["hh"].groupby(labels):
        at = units.index.get_indexer(own.index)
        center = np.average(xy[at], axis=0, weights=own)
        total += float((own.to_numpy() * ((xy[at] - center) ** 2).sum(axis=1)).sum())
    return total


@pytest.mark.parametrize("pieces", [1, 2])
@pytest.mark.parametrize("asked", [{"n_grids": 6}, {}])
def test_a_start_is_never_made_worse(pieces, asked):
    units = uneven_town()
    if pieces == 2:
        units.geometry = [
            shapely.affinity.translate(g, xoff=5000 if g.centroid.x > 300 else 0)
            for g in units.geometry
        ]
    bounds = (30, 90)
    start = gp.regionalize(units, "hh", n_grids=6, bounds=bounds, seed=1).labels + 7

    again = gp.regionalize(units, "hh", bounds=bounds, start=start, stop=Iterations(1), **asked)

    assert again.n_grids == 6
    assert again.feasible
    border = 0.15  # which weighs a little beside the inertia
    assert inertia_of(units, again.labels) <= inertia_of(units, start) * (1 + border)


def test_a_start_keeps_its_locks_under_any_number():
    units = uneven_town()
    start = gp.regionalize(units, "hh", n_grids=5, tolerance=0.3, seed=1).labels.map(
        "abcde".__getitem__
    )
    locked = start[start.isin(["d", "b"])].map({"d": 0, "b": 1})

    again = gp.regionalize(
        units, "hh", n_grids=5, tolerance=0.3, start=start, locked=locked, stop=Iterations(1)
    )

    for name in "bd":
        assert again.labels[start == name].nunique() == 1
    assert again.feasible


def test_a_start_that_breaks_a_lock_is_refused_by_name():
    units = town(4, 1)
    start = pd.Series([0, 0, 1, 1])

    with pytest.raises(gp.DataError, match="units 1, 2") as error:
        gp.regionalize(units, "hh", n_grids=2, start=start, locked=pd.Series({1: "x", 2: "x"}))
    assert "does not keep the locks" in str(error.value)


# --- a radius that has to be kept -------------------------------------------------------


def street(n=40):
    """Return a row of lots of 10 m with one household each."""
    lots = [shapely.box(10 * i, 0, 10 * i + 10, 10) for i in range(n)]
    return gpd.GeoDataFrame({"hh": 1}, geometry=lots, index=[f"L{i:02d}" for i in range(n)])


def test_a_radius_is_kept_where_a_range_alone_would_allow_longer_grids():
    units = town(12, 12, np.random.default_rng(0).integers(1, 40, 144))
    loose = gp.regionalize(units, "hh", n_grids=16, tolerance=0.15)
    radius = 0.95 * _radii(units, loose).max()

    kept = gp.regionalize(units, "hh", n_grids=16, tolerance=0.15, max_radius_m=radius)

    assert kept.feasible
    assert _radii(units, kept).max() <= radius
    assert kept.kept["radius_m"] == (None, radius)


def test_grids_are_added_until_the_radius_is_kept():
    units = street()

    result = gp.regionalize(units, "hh", bounds=(1, 20), max_radius_m=20)

    assert result.feasible
    assert result.n_grids >= 8
    assert _radii(units, result).max() <= 20


def test_a_radius_too_short_for_the_number_of_grids_is_proven_and_names_units():
    units = street()

    result = gp.regionalize(units, "hh", n_grids=4, max_radius_m=20)

    assert not result.feasible
    assert {(b.reason, b.proven) for b in result.breaches} == {("radius", True)}
    assert "8 units lie more than two radii from each other (L00, L05, L10" in str(
        result.breaches[0]
    )
    assert result.kept["radius_m"][1] == pytest.approx(_radii(units, result).max())


def _radii(units, result):
    middle = units.centroid
    xy = np.column_stack([middle.x, middle.y])
    return label_radius_m(result.labels.to_numpy(), xy, units["hh"].to_numpy(float))


# --- lumps ------------------------------------------------------------------------------


@pytest.mark.parametrize(("most", "n_grids"), [(20, 48), (30, 24), (50, 12)])
def test_the_number_of_grids_goes_by_lumps_not_by_the_total_alone(most, n_grids):
    units = street(48).assign(hh=11)

    result = gp.regionalize(units, "hh", bounds=(None, most))

    assert (result.n_grids, result.feasible) == (n_grids, True)


# --- the most grids ---------------------------------------------------------------------


def islands(*sizes, load=10):
    """Return rows of squares that nothing connects."""
    rows = [shapely.box(100 * i, 300 * r, 100 * i + 100, 300 * r + 100)
            for r, size in enumerate(sizes) for i in range(size)]  # fmt: skip
    return gpd.GeoDataFrame({"hh": load}, geometry=rows, index=range(sum(sizes)))


def test_an_island_too_small_for_a_grid_costs_no_grid_elsewhere():
    units = islands(12, 2, 8)

    result = gp.regionalize(units, "hh", bounds=(40, None), objective="max_grids")

    assert result.n_grids == 3 + 1 + 2 == result.bound
    assert [(breach.reason, breach.proven) for breach in result.breaches] == [("piece", True)]


def test_a_unit_above_the_range_costs_no_grid_elsewhere():
    units = town(10, 10)
    units.loc[44, "hh"] = 500

    result = gp.regionalize(units, "hh", bounds=(40, 60), objective="max_grids")

    assert result.n_grids >= 22
    assert [breach.reason for breach in result.breaches] == ["oversize_unit"]


def test_most_grids_keep_locks_in_every_piece():
    units = islands(9, 2, 6)
    locked = pd.Series({0: "a", 8: "b", 12: "c"})

    result = gp.regionalize(units, "hh", bounds=(30, None), objective="max_grids", locked=locked)

    assert result.n_grids == 3 + 1 + 2
    assert result.labels[0] != result.labels[8]


@pytest.mark.parametrize("objective", ["inertia", "cut_edges"])
def test_an_island_and_a_heavy_unit_leave_the_bound_for_the_others(objective):
    units = islands(20, 2, 15)
    units.loc[7, "hh"] = 300
    ask = {"bounds": (35, None), "objective": objective}

    result = gp.regionalize(units, "hh", **ask)
    capped = gp.regionalize(units, "hh", **{**ask, "bounds": (35, 90)})

    assert {breach.reason for breach in result.breaches} == {"piece"}
    assert {breach.reason for breach in capped.breaches} == {"piece", "oversize_unit"}
    for found in (result, capped):
        assert 0 < found.bound <= found.objective * (1 + 1e-9)
    assert result.gap < 0.5


def test_islands_that_ask_for_more_grids_are_named():
    units = islands(12, 1, 3)
    units.index = [f"B{i:02d}" for i in range(16)]

    with pytest.raises(gp.InfeasibleError, match=r"those of B12, B13 \(3 units\)") as error:
        gp.regionalize(units, "hh", n_grids=2)
    assert "wanted: 3 to 16 grids" in str(error.value)


def test_arithmetic_is_told_where_lumps_break_more_than_it_asks_for():
    units = islands(12, 1, 1, 1, load=[24, 1] * 6 + [20] * 3)

    result = gp.regionalize(units, "hh", bounds=(15, 30), n_grids=6)

    told = [str(breach) for breach in result.breaches]
    assert told
    assert all("3 grids share 150 in all, but together hold 45-90" in text for text in told)
