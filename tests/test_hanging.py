"""A crowd is claimed only where every plan leaves some grid of it out of range."""

import geopandas as gpd
import networkx as nx
import numpy as np
import oracle
import shapely
from hypothesis import given
from hypothesis import strategies as st
from strategies import path, places, seeds

import gridpart as gp
from gridpart.solvers.hanging import crowd_at


def partitions(graph, units):
    """Yield all divisions of the units into contiguous grids."""
    if not units:
        yield []
        return
    first = min(units)
    near = oracle.neighbors(graph)
    for rest in oracle.contiguous_sets(graph, first):
        grid = set(rest)
        if grid <= units and oracle.is_whole(near, grid):
            for others in partitions(graph, units - grid):
                yield [grid, *others]


@given(place=places(min_units=2, max_units=7), seed=seeds, lower=st.integers(5, 30))
def test_a_crowd_is_out_of_range_in_every_plan(place, seed, lower):
    graph, _ = place
    size = np.random.default_rng(seed).integers(0, 20, graph.n_units).astype(float)
    upper = lower + lower // 3
    found = [crowd_at(graph, size, lower, upper, hub) for hub in range(graph.n_units)]

    for crowd in filter(None, found):
        own = {crowd.hub, *crowd.behind.tolist()}
        for plan in partitions(graph, set(range(graph.n_units))):
            sums = [size[sorted(grid)].sum() for grid in plan if grid & own]
            assert not all(lower <= total <= upper for total in sums)


def test_what_hangs_on_a_unit_counts_together():
    graph, _ = path(4)

    assert crowd_at(graph, np.array([3.0, 9, 3, 47]), 10, 13, 1) is None, "50 fill four grids"
    crowd = crowd_at(graph, np.array([3.0, 9, 3, 5]), 10, 13, 1)
    assert crowd is not None
    assert (crowd.behind.tolist(), crowd.least) == ([0, 2, 3], 20)


def test_what_is_left_beside_whole_grids_counts():
    graph, _ = path(5)

    crowd = crowd_at(graph, np.array([9.0, 8, 6, 3, 3]), 10, 12, 2)

    assert crowd is not None, "17 leave 5 beside one grid, 6 are too little for one"
    assert (crowd.behind.tolist(), crowd.least) == ([0, 1, 3, 4], 6 + 5 + 6)


def test_a_crowd_is_the_reason_that_is_told():
    """Three dead ends on one unit, at the edge of a lattice."""
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(6, 6))
    graph.add_edges_from([(35, 36), (36, 37), (36, 38), (36, 39)])
    places_of = shapely.points(np.random.default_rng(0).random((40, 2)) * 1000)
    units = gpd.GeoDataFrame({"hh": [10] * 36 + [10, 18, 18, 18]}, geometry=places_of)

    result = gp.regionalize(units, "hh", n_grids=7, bounds=(50, 62), graph=graph)

    told = [breach for breach in result.breaches if breach.reason == "arithmetic"]
    assert len(told) == 1
    assert all("behind unit 36" in str(breach) for breach in result.breaches)
    assert told[0].proven
    assert "behind unit 36 (37, 38, 39) fills no number of grids" in str(told[0])
    assert "makes 64 with that unit" in str(told[0])
