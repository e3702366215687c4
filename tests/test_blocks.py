"""Large maps block by block: whole grids, nothing worse, the same whatever the threads."""

from dataclasses import replace

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from strategies import seeds, town

from gridpart import objective
from gridpart.objective import Weights
from gridpart.solvers import blocks, refine, restarts, solve
from gridpart.solvers.construct import bisected
from gridpart.solvers.refine import Schedule, Watch, room_around_mean, score, tightness

WEIGHTS = Weights(border=0.0)


@pytest.fixture
def small_blocks(monkeypatch):
    """Make 144 units a large map."""
    monkeypatch.setattr(blocks, "BLOCK_UNITS", 30)
    monkeypatch.setattr(blocks, "BLOCK_GRIDS", 4)
    monkeypatch.setattr(restarts, "LARGE", 100)
    monkeypatch.setattr(restarts, "SMALL", 100)


@given(seed=seeds)
@settings(max_examples=10)
def test_blocks_keep_grids_whole_and_make_nothing_worse(seed):
    problem = town(seed)
    first = bisected(problem, 24)
    energy = objective.weigh(problem, WEIGHTS, first, 24)
    rng = np.random.default_rng(seed)

    after = blocks.annealed_in_blocks(problem, energy, first, Schedule(100, 20), rng, Watch())

    assert oracle.in_one_piece(problem.graph, after)
    assert set(after.tolist()) == set(range(24))
    before = objective.violation(problem, first, 24)
    assert objective.violation(problem, after, 24) <= before + 1e-9


def test_a_block_that_gets_worse_stays_as_it_was(monkeypatch):
    problem = town()
    first = bisected(problem, 24)
    energy = objective.weigh(problem, WEIGHTS, first, 24)
    good = solve(problem, weights=WEIGHTS).labels
    monkeypatch.setattr(blocks, "anneal", bisected_anew)

    after = blocks.annealed_in_blocks(
        problem, energy, good, Schedule(10, 5), np.random.default_rng(0), Watch()
    )

    assert score(problem, energy, after, 24) <= score(problem, energy, good, 24)


def bisected_anew(part, energy, start, *_, seconds):
    """Return a cooling that ends in a plan without a search."""
    last = bisected(part, int(start.max()) + 1)
    return refine.Annealed(start, last, (0.0, 0.0), (0.0, 0.0))


@pytest.mark.usefixtures("small_blocks")
def test_a_large_map_is_the_same_whatever_the_threads():
    alone = solve(town(), weights=WEIGHTS, seed=4)
    shared = solve(town(), weights=WEIGHTS, seed=4, workers=3)

    assert alone.violation == 0
    assert oracle.in_one_piece(town().graph, alone.labels)
    assert alone.labels.tolist() == shared.labels.tolist()


@pytest.mark.usefixtures("small_blocks")
def test_a_large_map_with_a_range_that_none_keeps_ends():
    found = solve(town(tolerance=0.0), weights=WEIGHTS)

    assert found.violation > 0
    assert found.n_grids == 24
    assert oracle.in_one_piece(town().graph, found.labels)


def test_room_is_on_the_nearer_side_of_the_mean():
    problem = town()
    mean = problem.sizes.sum() / 24
    lopsided = replace(problem, lower=np.array([mean - 1]), upper=np.array([mean + 30]))
    open_ = replace(problem, lower=np.array([0.0]), upper=np.array([np.inf]))
    impossible = replace(problem, lower=np.array([mean + 1]), upper=np.array([np.inf]))

    assert room_around_mean(lopsided, 24) == pytest.approx(1)
    assert room_around_mean(open_, 24) == np.inf
    assert room_around_mean(impossible, 24) == 0


@pytest.mark.parametrize(("tolerance", "weight"), [(0.01, 1.0), (0.2, 0.05), (0.5, 0.0)])
def test_only_tight_ranges_keep_grids_even(tolerance, weight):
    # A mean unit is a sixth of a mean grid.
    assert tightness(town(tolerance=tolerance), 24).tolist() == [weight]
