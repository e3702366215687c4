"""Plans taken apart: the units of each grid, and which grids border each other."""

import numpy as np
from hypothesis import given
from strategies import cases, lattice

from gridpart.solvers.pieces import grid_links, grid_members


@given(case=cases())
def test_members_are_the_units_of_each_grid(case):
    members = grid_members(case.labels, case.n_grids)

    assert [m.tolist() for m in members] == [
        np.flatnonzero(case.labels == grid).tolist() for grid in range(case.n_grids)
    ]


@given(case=cases())
def test_grids_are_linked_where_a_unit_of_one_borders_a_unit_of_the_other(case):
    graph, labels = case.problem.graph, case.labels

    links = grid_links(graph, labels, case.n_grids).toarray()

    pairs = zip(labels[graph.heads].tolist(), labels[graph.indices].tolist(), strict=True)
    joined = {(one, other) for one, other in pairs if one != other}
    assert {(int(a), int(b)) for a, b in np.argwhere(links)} == joined


def test_grids_that_share_any_number_of_borders_are_linked():
    graph, _ = lattice(2, 256)
    labels = np.tile([0, 1], 256).astype(np.int32)  # a column each, 256 borders between them

    links = grid_links(graph, labels, 2)

    assert (links @ np.array([True, False])).tolist() == [False, True]
