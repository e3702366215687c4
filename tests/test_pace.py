"""A cooling that is given too little time ends cold rather than in the middle."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import instances
from gridpart import Graph, objective
from gridpart.model import Problem
from gridpart.objective import Weights
from gridpart.solvers import refine, restarts
from gridpart.solvers.construct import bisected
from gridpart.solvers.refine import Pace, Schedule, Watch, anneal
from gridpart.solvers.stop import Seconds, at_once


class Clock:
    """A clock that only moves when told to."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


@given(
    usual=st.integers(1, 10**6),
    rate=st.floats(1e3, 1e7),
    seconds=st.floats(0.0, 100.0),
    n_stages=st.integers(2, 81),
)
def test_all_stages_fit_into_the_time_as_far_as_the_least_allows(usual, rate, seconds, n_stages):
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refine, "time", clock)
        pace = Pace(usual, seconds, began=clock.now, last=clock.now)
        made = []
        for stage in range(n_stages):
            made.append(pace.proposals(n_stages - stage))
            clock.now += made[-1] / rate
    least = max(1, usual // refine.LEAST_SHARE)

    assert min(made) >= least
    assert max(made) <= usual
    assert made[0] == usual
    took = clock.now - 100.0
    assert took <= max(seconds, (usual + n_stages * least) / rate) * (1 + 1e-6)
    if n_stages * usual / rate <= refine.HASTE * seconds * 0.99 - n_stages / rate:
        assert min(made) >= usual - 1


def test_without_an_end_every_stage_makes_what_it_usually_makes():
    pace = Pace(123, math.inf)

    assert [pace.proposals(left) for left in (3, 2, 1)] == [123, 123, 123]


def city_problem(n_units, n_grids):
    city = instances.city(n_units, 5)
    load = instances.capped(city.load, n_grids).astype(float)
    mean = load.sum() / n_grids
    return Problem(
        graph=Graph(city.indptr, city.indices, city.lengths),
        xy=city.xy, load=load, sizes=load[:, None],
        lower=np.array([0.95 * mean]), upper=np.array([1.05 * mean]), aim=np.array([mean]),
        border_cost=city.lengths, n_grids=n_grids,
    )  # fmt: skip


def test_a_cooling_without_time_still_makes_every_stage_to_the_cold_end():
    problem = city_problem(600, 30)
    first = bisected(problem, 30)
    energy = objective.weigh(problem, Weights(), first, 30)
    schedule = Schedule(800)
    rng = np.random.default_rng(1)
    long, short = Watch(), Watch(stop=Seconds(3600.0))

    anneal(problem, energy, first, schedule, rng, long)
    found = anneal(problem, energy, first, schedule, np.random.default_rng(1), short, seconds=0.0)

    assert short.iterations < long.iterations / 10
    assert not short.stopped
    assert found.last_score[0] < 30 * 0.05


def test_a_search_that_was_stopped_asks_no_more_whether_another_start_is_worth_it(monkeypatch):
    problem = city_problem(300, 30)
    asked = []
    monkeypatch.setattr(restarts, "avoidable", lambda *given: asked.append(given) or np.ones(1))
    monkeypatch.setattr(restarts, "SMALL", 100)
    watch = Watch(stop=at_once)

    restarts.best_of(problem, 30, Weights(), np.random.SeedSequence(0), watch)

    assert watch.stopped
    assert not asked
