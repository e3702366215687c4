"""What ends a search ends the programs after it, and the plan so far is kept."""

import numpy as np
import pytest
from grounds import make_ground
from strategies import lattice

from gridpart import dividing
from gridpart.dividing import Task, search
from gridpart.model import Level, Range
from gridpart.solvers import Weights, handfuls

MICRO = Level("micro", "微网格", "units", None, (Range("households", 50, 70, 60),))


@pytest.fixture(scope="module")
def lumps():
    """Return a task whose searched plan is out of range, and a program finds a better one."""
    graph, xy = lattice(8, 6)
    sizes = np.random.default_rng(2).choice([12, 20, 33, 41, 44, 47], graph.n_units)
    return Task(make_ground(graph, xy, sizes.tolist()), MICRO, np.arange(48), Weights())


def searched(task, stop=None):
    return search(task, np.random.SeedSequence(0), stop)


def out(task, labels):
    sums = np.bincount(labels, task.ground.sizes[:, 0])
    return np.maximum(np.maximum(sums - 70, 50 - sums), 0).sum()


@pytest.fixture(scope="module")
def unlisted(lumps):
    """Return the plan of the search without programs."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dividing, "less_out", lambda *_: None)
        labels, why = searched(lumps)
    assert (out(lumps, labels) > 0, why) == (True, "budget")
    return labels


def test_stopped_at_once_nothing_is_listed(lumps, monkeypatch):
    monkeypatch.setattr(dividing, "less_out", None)

    _, why = searched(lumps, lambda *_: True)

    assert why == "stop"


def test_stopped_before_the_programs_none_is_asked(lumps, unlisted, monkeypatch):
    late = []
    listing = dividing.less_out
    monkeypatch.setattr(dividing, "less_out", lambda *all_: late.append(1) or listing(*all_))
    monkeypatch.setattr(handfuls, "cheapest_cover", None)

    labels, why = searched(lumps, lambda *_: bool(late))

    assert (late, why) == ([1], "stop")
    assert labels.tolist() == unlisted.tolist()


def test_interrupted_in_a_program_the_searched_plan_is_kept(lumps, unlisted, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(handfuls, "cheapest_cover", interrupt)

    labels, why = searched(lumps)

    assert why == "interrupted"
    assert labels.tolist() == unlisted.tolist()


@pytest.mark.parametrize("interrupted", [False, True])
def test_stopped_after_a_program_its_plan_is_kept(lumps, unlisted, interrupted, monkeypatch):
    late = []
    listing = dividing.less_out

    def stop(*_):
        if late and interrupted:
            raise KeyboardInterrupt
        return bool(late)

    def then_late(*all_):
        found = listing(*all_)
        late.append(1)
        return found

    monkeypatch.setattr(dividing, "less_out", then_late)

    labels, why = searched(lumps, stop)

    assert why == ("interrupted" if interrupted else "stop")
    assert out(lumps, labels) < out(lumps, unlisted)
