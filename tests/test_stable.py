"""Near the plan in force: sums kept while units move, and what stability buys."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import cases, disjoint, lattice, make_problem, seeds, town

from gridpart import objective
from gridpart.arithmetic import EPSILON
from gridpart.solvers import Weights
from gridpart.solvers.pieces import in_one_piece
from gridpart.solvers.stable import _Cost, _Local, continued, moved_share, solve_near

few = settings(max_examples=8)
WEIGHTS = Weights(1.0, 3.0, 0.15, 1.0)


def roomy_town(seed):
    """Return 12 x 12 units to divide into about nine grids, with room in the range."""
    problem = town(seed, tolerance=0.5, n_grids=9)
    return replace(problem, n_grids=None, aim=problem.sizes.sum(axis=0) / 9)


def near(problem, home, stability, seed=0):
    mass = problem.sizes[:, 0] if problem.sizes.shape[1] else problem.load
    return solve_near(
        problem, home, mass, stability,
        weights=WEIGHTS, seed=np.random.SeedSequence(seed),
    )  # fmt: skip


@given(cases(min_units=3), st.sampled_from([np.inf, 12.0]), seeds)
def test_gains_of_moves_are_the_difference_of_the_whole(case, radius, seed):
    problem = replace(case.problem, max_radius_m=radius, radius_breach=0.5)
    rng = np.random.default_rng(seed)
    home = rng.integers(-1, case.n_grids, problem.n_units).astype(np.int32)
    cost = _Cost(problem, WEIGHTS, home, problem.load, 0.7)
    local = _Local(cost, case.labels)
    heirs = continued(case.labels, home, problem.load)

    def whole(labels):
        lives = home >= 0
        moved = problem.load[lives & (heirs[labels] != home)].sum() / cost.total
        energy = objective.energy_of(problem, local.energy, labels, case.n_grids)
        breach = objective.violation(problem, labels, case.n_grids)
        return breach, energy + cost.stability * moved * case.n_grids

    for unit in local.border_units()[:4]:
        old = case.labels[unit]
        for new in np.unique(case.labels[problem.graph.neighbors(unit)]):
            if new == old or (case.labels == old).sum() == 1:
                continue
            moved = case.labels.copy()
            moved[unit] = new
            breach, value = local._gain(int(unit), int(old), int(new))
            before, after = whole(case.labels), whole(moved)
            assert breach == pytest.approx(after[0] - before[0], abs=1e-7)
            assert value == pytest.approx(after[1] - before[1], rel=1e-6, abs=1e-6)


@few
@given(cases(min_units=4), st.sampled_from([0.05, 1.0]))
def test_grids_are_whole_and_no_further_out_of_range_than_without_a_past(case, stability):
    found = near(case.problem, case.labels, stability)
    free = near(case.problem, np.full_like(case.labels, -1), stability)

    assert in_one_piece(case.problem.graph, found.labels)
    assert found.n_grids == found.labels.max() + 1
    assert found.violation / found.n_grids <= free.violation / free.n_grids + EPSILON


@pytest.mark.parametrize("seed", [0])
def test_what_stability_buys(seed):
    problem = roomy_town(seed)
    old = near(problem, np.full(144, -1, np.int32), 0.0, seed=7)
    assert old.violation == 0
    mass = problem.sizes[:, 0]

    moved = [
        moved_share(near(problem, old.labels, s, seed).labels, old.labels, mass)
        for s in (1e-6, 5.0)
    ]

    assert moved[1] == 0
    assert moved[0] >= moved[1]


def test_a_grid_that_outgrew_its_range_is_mended_on_the_spot():
    problem = roomy_town(0)
    old = near(problem, np.full(144, -1, np.int32), 0.0, seed=7)
    sizes = problem.sizes.copy()
    grown = np.flatnonzero(old.labels == 0)
    sizes[grown] *= 2.2
    grown_problem = replace(problem, sizes=sizes, load=sizes[:, 0].copy())

    found = near(grown_problem, old.labels, 5.0)

    assert found.violation == pytest.approx(0)
    assert 0 < moved_share(found.labels, old.labels, sizes[:, 0]) < 0.15


def test_pieces_of_the_map_are_solved_alone():
    graph, _ = lattice(4, 3)
    both = disjoint(graph, graph)
    rng = np.random.default_rng(0)
    xy = rng.uniform(0, 100, (24, 2))
    size = np.full((24, 1), 5.0)
    problem = make_problem(both, xy, rng, sizes=size, lower=np.array([10.0]),
                           upper=np.array([30.0]), aim=np.array([20.0]))  # fmt: skip
    home = np.repeat(np.arange(6), 4).astype(np.int32)

    found = near(problem, home, 5.0)

    assert in_one_piece(both, found.labels)
    assert not set(found.labels[:12]) & set(found.labels[12:])


def test_each_old_grid_is_continued_once_by_the_grid_with_most_of_it():
    labels = np.array([0, 0, 1, 1, 2], np.int32)
    home = np.array([5, 5, 5, 6, -1], np.int32)

    assert continued(labels, home, np.array([4.0, 1, 3, 1, 9])).tolist() == [5, 6, -1]
