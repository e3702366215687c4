"""One level of any map: what is refused, and that nothing hangs or goes astray."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

import gridpart as gp


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
