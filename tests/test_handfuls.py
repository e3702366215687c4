"""Grids of a handful of units: never worse, in one piece, and the best where all are listed."""

from dataclasses import replace
from unittest.mock import patch

import numpy as np
import oracle
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import lattice, places, seeds

from gridpart import objective
from gridpart.model import Problem
from gridpart.solvers import handfuls
from gridpart.solvers.handfuls import least_out, less_out
from gridpart.solvers.refine import Watch
from gridpart.solvers.stop import Seconds


def problem_of(graph, xy, sizes, low=50.0, high=70.0):
    sizes = np.asarray(sizes, float)
    return Problem(
        graph=graph, xy=np.asarray(xy, float), load=sizes, sizes=sizes[:, None],
        lower=np.array([low]), upper=np.array([high]), aim=np.array([(low + high) / 2]),
        n_grids=None, border_cost=np.ones(graph.indices.size),
    )  # fmt: skip


def breach(problem, labels):
    sums = np.bincount(labels, problem.sizes[:, 0])
    return np.maximum(np.maximum(sums - problem.upper, problem.lower - sums), 0).sum()


@given(places(2, 7), seeds)
@settings(max_examples=60, deadline=None)
def test_the_plan_is_in_one_piece_and_the_best_there_is(place, seed):
    graph, xy = place
    assume(graph.n_units <= 7)
    sizes = np.random.default_rng(seed).choice([0, 12, 20, 33, 41, 47, 55, 75], graph.n_units)
    problem = problem_of(graph, xy, sizes)
    alone = np.arange(graph.n_units, dtype=np.int32)
    plans = [p for k in range(1, graph.n_units + 1) for p in oracle.partitions(graph, k)]
    least = min(breach(problem, np.array(p)) for p in plans)

    with patch.object(handfuls, "LINKS", 7):
        found = least_out(problem, alone, Watch())

    if found is None:
        # Where nothing is in range, all may count as what is too much for a set.
        assert least == breach(problem, alone) or least > 0
        return
    assert oracle.in_one_piece(graph, found)
    assert breach(problem, found) < breach(problem, alone)
    # What a set takes in beyond the range, or beside an oversize unit, joins it where it can.
    if (sizes <= 70).all() and least == 0:
        assert breach(problem, found) == 0


def test_lumps_find_the_partners_that_fit():
    graph, xy = lattice(4, 1)
    problem = problem_of(graph, xy, [40, 25, 25, 40])

    found = least_out(problem, np.array([0, 1, 1, 2], np.int32), Watch())

    assert found.tolist() == [0, 0, 1, 1]


def test_units_without_size_link_the_others_and_no_two_grids_at_once():
    graph, xy = lattice(3, 3)
    cross = [30, 40, 30, 25, 0, 25, 30, 40, 30]  # across the middle, 25 + 25 or 40 + 40

    found = least_out(problem_of(graph, xy, cross), np.arange(9, dtype=np.int32), Watch())

    assert oracle.in_one_piece(graph, found)
    assert breach(problem_of(graph, xy, cross), found) == 0


def pairings(graph, left):
    """Yield every division of units into pairs of neighbors."""
    if not left:
        yield []
        return
    first, *rest = left
    for other in rest:
        if other in graph.neighbors(first):
            for pairs in pairings(graph, [unit for unit in rest if unit != other]):
                yield [(first, other), *pairs]


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_of_plans_equally_good_the_compact_one_is_taken(seed):
    graph, _ = lattice(4, 2)
    gaps = np.random.default_rng(seed).integers(1, 30, (2, 4)).cumsum(axis=1)
    xy = np.column_stack([np.tile(gaps[0], 2), np.repeat(gaps[1, :2], 4)]).astype(float)
    problem = problem_of(graph, xy, [30] * 8)  # only pairs are in range
    spread = sorted(
        sum(((xy[a] - xy[b]) ** 2).sum() * 15 for a, b in pairs)
        for pairs in pairings(graph, list(range(8)))
    )

    assume(spread[0] < spread[-1])  # so that there is something to choose

    found = least_out(problem, np.repeat([0, 1], 4).astype(np.int32), Watch())

    assert breach(problem, found) == 0
    assert objective.inertia(found, xy, problem.load, 4) == pytest.approx(spread[0])


@given(st.sampled_from(["locked", "radius", "measures", "open"]))
def test_other_kinds_of_problems_are_left_alone(kind):
    graph, xy = lattice(4, 1)
    problem = problem_of(graph, xy, [40, 25, 25, 40])
    changes = {
        "locked": {"locked": np.full(4, -1, np.int32)},
        "radius": {"radius_breach": 1.0},
        "measures": {"sizes": np.ones((4, 2)), "lower": np.zeros(2), "upper": np.ones(2)},
        "open": {"upper": np.array([np.inf])},
    }[kind]

    other, labels = replace(problem, **changes), np.array([0, 1, 1, 2], np.int32)

    assert least_out(other, labels, Watch()) is None


@given(st.integers(12, 30), seeds)
@settings(max_examples=10, deadline=None)
def test_place_by_place_a_plan_only_gets_better(n_units, seed):
    graph, xy = lattice(6, n_units // 6)
    sizes = np.random.default_rng(seed).choice([0, 12, 20, 33, 41, 47], graph.n_units)
    problem = problem_of(graph, xy, sizes)
    rows = (np.arange(graph.n_units) // 2).astype(np.int32)

    found = less_out(problem, rows, Watch())

    if found is not None:
        assert oracle.in_one_piece(graph, found)
        assert breach(problem, found) < breach(problem, rows)
        assert sorted(set(found.tolist())) == list(range(found.max() + 1))


# --- stops ------------------------------------------------------------------------------


def rows_of_lumps():
    """Return a problem and a plan that both the whole map and its places can better."""
    graph, xy = lattice(6, 4)
    sizes = np.random.default_rng(1).choice([12, 20, 33, 41, 47], graph.n_units)
    return problem_of(graph, xy, sizes), (np.arange(graph.n_units) // 2).astype(np.int32)


def test_stopped_at_once_nothing_is_listed():
    problem, rows = rows_of_lumps()
    watch = Watch(stop=lambda *_: True)

    with patch.object(handfuls, "cheapest_cover") as choose:
        assert less_out(problem, rows, watch) is None

    assert not choose.called
    assert watch.why == "stop"


@pytest.mark.parametrize("interrupted", [False, True])
def test_stopped_on_the_way_the_plan_so_far_is_kept(interrupted):
    problem, rows = rows_of_lumps()
    listed = []

    def stop(*_):
        if listed and interrupted:
            raise KeyboardInterrupt
        return bool(listed)

    def halfway(part, labels, watch):
        listed.append(labels)
        return merged

    merged = np.maximum(rows - 1, 0).astype(np.int32)
    watch = Watch(stop=stop)
    with patch.object(handfuls, "least_out", halfway):
        found = less_out(problem, rows, watch)

    assert found is merged
    assert len(listed) == 1
    assert watch.why == ("interrupted" if interrupted else "stop")


def test_a_program_is_given_the_time_that_is_left():
    problem, rows = rows_of_lumps()

    with patch.object(handfuls, "cheapest_cover", wraps=handfuls.cheapest_cover) as choose:
        least_out(problem, rows, Watch(stop=Seconds(900.0)))
        least_out(problem, rows, Watch())

    timed, free = (call.kwargs["seconds"] for call in choose.call_args_list)
    assert 0 < timed <= 900
    assert free == np.inf
