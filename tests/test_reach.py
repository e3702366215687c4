"""A unit is stuck exactly when no contiguous set around it adds up to the range."""

import numpy as np
import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import lattice, make_problem, path, places, seeds

from gridpart.solvers import reach
from gridpart.solvers.reach import avoidable, is_stuck, partners

small = places(min_units=2, max_units=8)


def sums_around(graph, size, unit):
    """Return the sums of all contiguous sets around a unit."""
    return [size[sorted(units)].sum() for units in oracle.contiguous_sets(graph, unit)]


@given(place=small, seed=seeds, lower=st.integers(1, 40), width=st.integers(0, 15))
def test_is_stuck_agrees_with_enumeration(place, seed, lower, width):
    graph, _ = place
    rng = np.random.default_rng(seed)
    size = np.where(rng.random(graph.n_units) < 0.3, 0, rng.integers(1, 25, graph.n_units))
    size = size.astype(np.float64)

    for unit in np.flatnonzero(size > 0):
        stuck = is_stuck(graph, size, lower, lower + width, int(unit))

        sums = sums_around(graph, size, unit)
        assert stuck == (not any(lower <= s <= lower + width for s in sums))


@given(place=small, seed=seeds, lower=st.integers(1, 40))
def test_partners_are_contiguous_and_in_range_wherever_a_set_is(place, seed, lower):
    graph, _ = place
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 25, graph.n_units).astype(np.float64)
    near = oracle.neighbors(graph)

    for unit in range(graph.n_units):
        found = partners(graph, size, lower, lower + 10, unit)

        assert 1 <= len(found) <= 3
        for members in found:
            assert unit in members
            assert oracle.is_whole(near, members)
        if not is_stuck(graph, size, lower, lower + 10, unit):
            assert all(lower <= size[sorted(members)].sum() <= lower + 10 for members in found)


def test_units_without_size_are_crossed_for_free():
    graph, _ = path(5)

    assert not is_stuck(graph, np.array([5.0, 0, 0, 0, 5.0]), 10, 12, 0)
    assert is_stuck(graph, np.array([5.0, 0, 0, 0, 4.0]), 10, 12, 0)


def test_a_proof_that_would_take_too_long_is_not_claimed(monkeypatch):
    graph, _ = lattice(5, 5)
    size = np.full(25, 2.0)

    monkeypatch.setattr(reach, "MOST_SETS", 20)

    assert not is_stuck(graph, size, 21, 21, 0)


def row(*sizes):
    """Return units in a row whose grids are to hold 30 to 100."""
    graph, xy = path(len(sizes))
    size = np.array(sizes, np.float64)
    return make_problem(
        graph, xy, np.random.default_rng(0), sizes=size[:, None],
        lower=np.array([30.0]), upper=np.array([100.0]), aim=np.array([50.0]),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sizes", "labels", "amount"),
    [
        # All in range.
        ([40, 40], [0, 1], [0, 0]),
        # 20 could have joined the next grid.
        ([20, 40], [0, 1], [10, 0]),
        # 130 alone exceeds the range: nothing to be done.
        ([130, 40], [0, 1], [0, 0]),
        # 40 need not have joined it.
        ([130, 40], [0, 0], [40]),
        # 10 had to join it or be 20 short alone; it could not be in range.
        ([10, 130, 40], [0, 0, 1], [0, 0]),
        # 20 is cut off by it, 10 out of range alone and 20 with it: 10 too many.
        ([20, 130, 40], [0, 0, 1], [10, 0]),
        # 120 in one grid that could be two.
        ([60, 60], [0, 0], [20]),
    ],
)
def test_what_is_avoidable(sizes, labels, amount):
    labels = np.array(labels, np.int32)

    found = avoidable(row(*sizes), labels, int(labels.max()) + 1, {})

    assert found.tolist() == amount


@given(place=small, seed=seeds, n_grids=st.integers(1, 3))
def test_nothing_is_avoidable_where_the_ranges_are_kept(place, seed, n_grids):
    graph, xy = place
    rng = np.random.default_rng(seed)
    problem = make_problem(
        graph, xy, rng, lower=np.array([10.0]), upper=np.array([25.0]), zeros=0.0
    )

    for labels in oracle.partitions(graph, min(n_grids, graph.n_units))[:20]:
        found = avoidable(problem, labels, int(labels.max()) + 1, {})

        sums = np.bincount(labels, problem.sizes[:, 0])
        assert (found >= 0).all()
        assert not found[(sums >= 10) & (sums <= 25)].any()


@given(place=small, seed=seeds)
def test_proofs_are_remembered_and_change_nothing(place, seed):
    graph, xy = place
    problem = make_problem(
        graph, xy, np.random.default_rng(seed), lower=np.array([10.0]), upper=np.array([25.0])
    )
    known = {}
    labels = np.zeros(graph.n_units, np.int32)

    first = avoidable(problem, labels, 1, known)

    assert avoidable(problem, labels, 1, known).tolist() == first.tolist()
    assert avoidable(problem, labels, 1, {}).tolist() == first.tolist()
