"""How many grids, and how many in each piece of a graph."""

import math
from dataclasses import replace

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import disjoint, lattice, make_problem, path, places, seeds

from gridpart import objective
from gridpart.solvers.counts import apportion, choose_n_grids, least_violation, oversize
from gridpart.solvers.pieces import component_members, subproblem


def row(*sizes, lower=30.0, upper=100.0, aim=50.0):
    """Return units in a row with one measure."""
    graph, xy = path(len(sizes))
    size = np.array(sizes, np.float64)
    return make_problem(
        graph, xy, np.random.default_rng(0), load=size, sizes=size[:, None],
        lower=np.array([lower]), upper=np.array([upper]), aim=np.array([aim]),
    )  # fmt: skip


def in_pieces(*problems):
    """Return several problems as one whose graph is in pieces."""
    graph = disjoint(*(p.graph for p in problems))
    return replace(
        problems[0],
        graph=graph,
        xy=np.concatenate([p.xy for p in problems]),
        load=np.concatenate([p.load for p in problems]),
        sizes=np.concatenate([p.sizes for p in problems]),
        border_cost=np.ones(graph.indices.size),
    )


def test_the_target_leads():
    assert choose_n_grids(row(*[10] * 20)) == 4
    assert choose_n_grids(row(*[10] * 20, aim=90.0)) == 2


def test_a_heavy_unit_stands_alone_and_cuts_the_rest():
    # 150 alone, 50 to its left, 100 to its right.
    assert choose_n_grids(row(25, 25, 150, 50, 50)) == 1 + 1 + 2
    # 10 to its left is too small for a grid of its own.
    assert choose_n_grids(row(10, 150, 50, 50)) == 1 + 2
    assert oversize(row(10, 150, 100)).tolist() == [False, True, False]


def test_no_more_grids_than_units_that_can_fill_one():
    # 4 x 24 could be 2 grids of 48, but the 90 fills only one.
    assert choose_n_grids(row(90, 24, 24, 24, 24, aim=30.0)) == 4


def test_nothing_to_count_is_one_grid():
    empty = row(0, 0, 0)
    unmeasured = replace(
        empty, sizes=np.zeros((3, 0)), lower=np.empty(0), upper=np.empty(0), aim=np.empty(0)
    )
    untargeted = row(10, 10, lower=-math.inf, upper=math.inf, aim=math.nan)

    assert [choose_n_grids(p) for p in (empty, unmeasured, untargeted)] == [1, 1, 1]


def test_a_second_measure_narrows_the_choice():
    first = row(*[10.0] * 12)
    sizes = np.column_stack([first.sizes, np.full((12, 1), 5.0)])
    ends = {"lower": np.array([30.0, 25]), "upper": np.array([100.0, 40])}
    both = replace(first, sizes=sizes, aim=np.array([60.0, math.nan]), **ends)

    tight = replace(both, lower=np.array([30.0, 15.0]), upper=np.array([100.0, 20.0]))

    assert choose_n_grids(first) == 2
    assert choose_n_grids(both) == 2
    assert choose_n_grids(tight) == 3


@given(place=places(min_units=2, max_units=7), seed=seeds, n_grids=st.integers(1, 3))
@settings(max_examples=40)
def test_no_plan_beats_the_least_violation(place, seed, n_grids):
    graph, xy = place
    rng = np.random.default_rng(seed)
    problem = make_problem(
        graph, xy, rng, n_measures=2, lower=np.array([8.0, 5.0]), upper=np.array([18.0, 30.0])
    )

    least = least_violation(problem, n_grids)

    for labels in oracle.partitions(graph, n_grids):
        assert objective.violation(problem, labels, n_grids) >= least - 1e-6


def test_the_least_violation_counts_the_oversize_and_what_it_cuts_off():
    alone = row(150, 50)
    cut_off = row(10, 150, 50)

    assert least_violation(alone, 2) == pytest.approx(50 / 100)
    assert least_violation(cut_off, 2) == pytest.approx((50 + 10) / 105)
    assert least_violation(row(50, 50), 2) == 0
    assert least_violation(row(50, 50), 4) == pytest.approx(20 / 25)


def test_pieces_get_grids_in_proportion_to_what_they_hold():
    problem = in_pieces(row(*[10] * 20), row(*[10] * 10))
    members = component_members(problem.graph)

    assert apportion(problem, members, None) == [4, 2]
    assert apportion(problem, members, 6) == [4, 2]
    assert apportion(problem, members, 3) == [2, 1]


def test_no_piece_gets_more_grids_than_units():
    problem = in_pieces(row(100), row(*[10] * 9))

    assert apportion(problem, component_members(problem.graph), 10) == [1, 9]


@given(
    sizes=st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=6), min_size=1, max_size=4),
    extra=st.integers(0, 6),
)
def test_apportioned_counts_add_up(sizes, extra):
    problem = in_pieces(*(row(*s) for s in sizes))
    members = component_members(problem.graph)
    n_grids = min(len(members) + extra, problem.n_units)

    counts = apportion(problem, members, n_grids)

    assert sum(counts) == n_grids
    assert all(1 <= c <= units.size for c, units in zip(counts, members, strict=True))


def test_components_are_in_order_of_their_first_unit_and_subproblems_forget_the_rest():
    graph = disjoint(lattice(2, 1)[0], lattice(3, 1)[0])
    problem = make_problem(
        graph, np.zeros((5, 2)), np.random.default_rng(0),
        locked=np.array([0, -1, 1, -1, -1], np.int32), start=np.array([0, 0, 1, 1, 1], np.int32),
    )  # fmt: skip

    members = component_members(graph)
    part = subproblem(problem, members[1])

    assert [m.tolist() for m in members] == [[0, 1], [2, 3, 4]]
    assert part.graph.n_edges == 2
    assert part.locked.tolist() == [1, -1, -1]
    assert part.start.tolist() == [1, 1, 1]
    assert part.sizes.tolist() == problem.sizes[2:].tolist()
    assert part.border_cost.tolist() == problem.border_cost[2:].tolist()
