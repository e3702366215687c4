"""Places of a plan divided anew: whole grids, nothing worse, the same whatever the threads."""

from dataclasses import replace

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from strategies import seeds, town

from gridpart import objective
from gridpart.objective import Weights
from gridpart.solvers import restarts, rework, solve
from gridpart.solvers.construct import bisected
from gridpart.solvers.refine import Watch, score

WEIGHTS = Weights(border=0.1)


def reworked(problem, labels, seed, workers=1):
    energy = objective.weigh(problem, WEIGHTS, labels, 24)
    rng = np.random.default_rng(seed)
    after = rework.reworked(problem, energy, labels, 60, rng, Watch(workers=workers))
    return energy, after


@given(seed=seeds)
@settings(max_examples=15)
def test_grids_stay_whole_and_nothing_gets_worse(seed):
    problem = town(seed)
    first = bisected(problem, 24)

    energy, after = reworked(problem, first, seed)

    assert oracle.in_one_piece(problem.graph, after)
    assert set(after.tolist()) == set(range(24))
    assert score(problem, energy, after, 24) <= score(problem, energy, first, 24)


def test_a_pass_shortens_what_a_bisection_left_long():
    problem = town()
    first = bisected(problem, 24)

    energy, after = reworked(problem, first, 0)

    assert score(problem, energy, after, 24) < score(problem, energy, first, 24)


def test_the_plan_does_not_depend_on_the_threads():
    problem = town(3)
    first = bisected(problem, 24)

    _, alone = reworked(problem, first, 5)
    _, together = reworked(problem, first, 5, workers=3)

    assert (alone == together).all()


def test_locked_units_stay_where_they_are():
    problem = town(1)
    first = bisected(problem, 24)
    locked = np.full(144, -1, np.int32)
    locked[::7] = first[::7]

    _, after = reworked(replace(problem, locked=locked), first, 2)

    assert (after[::7] == first[::7]).all()


def test_neighborhoods_of_a_batch_share_no_grid_and_every_grid_has_its_turn(monkeypatch):
    problem = town(2)
    first = bisected(problem, 24)
    batches = []

    def watched(settle, batch, seeds, workers):
        batches.append(batch)

    monkeypatch.setattr(rework, "on_each", watched)
    reworked(problem, first, 0)

    for batch in batches:
        together = np.concatenate(batch)
        assert np.unique(together).size == together.size
    assert set(np.concatenate([m for batch in batches for m in batch]).tolist()) == set(range(24))


def test_a_search_without_end_passes_until_nothing_is_gained_and_starts_anew(monkeypatch):
    problem = town(4)
    starts = []
    one = restarts._one
    monkeypatch.setattr(restarts, "_one", lambda *given: starts.append(1) or one(*given))

    solve(problem, weights=WEIGHTS, runs=None, stop=lambda *_: len(starts) == 3)

    assert len(starts) == 3


@pytest.mark.parametrize("budget", [1, 3])
def test_more_passes_are_never_worse(monkeypatch, budget):
    problem = town(5)
    found = []
    for passes in (0, budget):
        monkeypatch.setattr(restarts, "PASSES", passes)
        found.append(solve(problem, weights=WEIGHTS, seed=1))

    few, many = ((s.violation, s.objective) for s in found)
    assert many <= few
