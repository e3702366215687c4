"""A kernel is right when it agrees with its slow twin on every small case."""

import gc
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numba
import numpy as np
import oracle
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numba.core import event
from strategies import (
    cases,
    energies,
    from_pairs,
    lattice,
    make_problem,
    path,
    places,
    seeds,
)  # fmt: skip

from gridpart import _kernels, _kernels_plans
from gridpart._compile import announce
from gridpart._kernels import SIZES, Energy
from gridpart.solvers.refine import make_instance, make_state, score

ALL_TERMS = Energy(
    temperature=0.5,
    range=2.0,
    even=0.4,
    inertia=0.01,
    balance=0.01,
    border=0.3,
    radius=2.0,
    max_radius_m=15.0,
    swap=0.3,
)


def prepared(case):
    """Return what the kernels take."""
    every = np.ones(case.problem.lower.size, bool)
    instance = make_instance(case.problem, case.n_grids, every)
    return instance, make_state(instance, case.labels, case.n_grids)


def annealed(instance, state, energy, n_proposals, seed, cap=200):
    """Anneal from a seed and return the number of moves."""
    random = np.array([seed * 2 + 1], np.uint64)
    heat = _kernels.heats(state, energy)
    return _kernels.anneal(instance, state, energy, heat, n_proposals, cap, random)


def tally(instance, state, energy=_kernels.IDLE, radius_breach=0.0, beat=np.inf):
    """Recompute a state from its labels; return its breach and its energy."""
    return _kernels.tally(instance, state, energy, radius_breach, beat)


# Kernels hold it without an entry from Python.
stays_contiguous = numba.njit(
    getattr(_kernels.stays_contiguous, "py_func", _kernels.stays_contiguous)
)


def stays(instance, state, unit, cap):
    """Return what the kernel says of a unit's grid without it."""
    return stays_contiguous(
        instance.graph.indptr, instance.graph.indices, state.labels, state.mark, state.queue,
        state.searches, unit, cap,
    )  # fmt: skip


def assert_consistent(instance, state):
    """Assert that a state is what its labels say: sums, border list, grids in one piece."""
    n_grids = state.members.size
    grids, count, border = oracle.tally(instance, state.labels, n_grids)
    n_border = int(state.n_border[0])
    listed = state.border[:n_border].tolist()
    assert state.grids == pytest.approx(grids, rel=1e-9, abs=1e-6)
    assert state.members.tolist() == count.tolist()
    assert sorted(listed) == sorted(border)
    assert [state.place[unit] for unit in listed] == list(range(n_border))
    assert (state.place >= 0).sum() == n_border
    assert set(state.labels.tolist()) == set(range(n_grids))
    assert oracle.in_one_piece(instance.graph, state.labels)


# --- one move ---------------------------------------------------------------------------


@given(case=cases(), data=st.data())
def test_stays_contiguous_agrees_with_oracle(case, data):
    instance, state = prepared(case)
    unit = data.draw(st.integers(0, case.labels.size - 1), label="unit")

    # Twice, because stamps of an earlier call must not count.
    for _ in range(2):
        compiled = stays(instance, state, unit, case.labels.size)

        assert compiled == oracle.stays_contiguous(case.problem.graph, case.labels, unit)


@given(case=cases(), data=st.data(), cap=st.integers(0, 6))
def test_a_capped_search_errs_on_the_safe_side(case, data, cap):
    instance, state = prepared(case)
    unit = data.draw(st.integers(0, case.labels.size - 1), label="unit")

    yes = stays(instance, state, unit, cap)

    assert not yes or oracle.stays_contiguous(case.problem.graph, case.labels, unit)


@given(case=cases(locks=True), energy=energies(), seed=seeds, n_proposals=st.integers(1, 100))
def test_changes_of_moves_add_up_to_the_difference_of_two_recomputations(
    case, energy, seed, n_proposals
):
    instance, state = prepared(case)
    before = oracle.full_energy(instance, energy, case.labels, state.anchors)

    annealed(instance, state, energy, n_proposals, seed)

    after = oracle.full_energy(instance, energy, state.labels, state.anchors)
    assert state.change[0] == pytest.approx(after - before, rel=1e-9, abs=1e-5)


@given(case=cases())
def test_tally_agrees_with_oracle(case):
    instance, state = prepared(case)
    state.grids[:] = 7.0

    tally(instance, state)

    _, _, border = oracle.tally(instance, case.labels, case.n_grids)
    assert state.anchors == pytest.approx(state.grids[:, :2])
    assert state.spread == pytest.approx(oracle.spread(instance, case.labels, case.n_grids))
    assert sorted(state.border[: state.n_border[0]].tolist()) == sorted(border)
    assert_consistent(instance, state)


@given(case=cases(), energy=energies())
def test_soft_energy_agrees_with_oracle(case, energy):
    instance, state = prepared(case)

    _, compiled = tally(instance, state, energy)

    slow = oracle.soft_energy(instance, energy, case.labels, state.anchors)
    assert compiled == pytest.approx(slow, rel=1e-9, abs=1e-6)


@given(case=cases(), energy=energies(), radius_breach=st.sampled_from([0.0, 1.0, 7.5]))
def test_rating_is_what_plans_are_compared_by(case, energy, radius_breach):
    problem = replace(case.problem, max_radius_m=energy.max_radius_m, radius_breach=radius_breach)
    instance, state = prepared(case._replace(problem=problem))

    breach, value = tally(instance, state, energy, radius_breach)

    wanted = score(problem, energy, case.labels, case.n_grids)
    assert (breach, value) == pytest.approx(wanted, rel=1e-9, abs=1e-6)
    if breach > 0:
        assert tally(instance, state, energy, radius_breach, breach / 2)[1] == np.inf


# --- annealing --------------------------------------------------------------------------


@given(case=cases(locks=True), energy=energies(), seed=seeds, n_stages=st.integers(1, 5))
def test_cooling_in_one_call_is_annealing_stage_by_stage(case, energy, seed, n_stages):
    cold = 0.5 ** np.arange(n_stages)
    stages = np.stack([energy.temperature * cold, energy.range / cold, energy.even / cold], axis=1)
    rated = np.arange(n_stages) % 2 == 0
    instance, state = prepared(case)
    best, least = case.labels.copy(), np.full(2, np.inf)
    random = np.array([seed * 2 + 1], np.uint64)
    slow, again = prepared(case)[1], random.copy()
    met = [(np.inf, np.inf)]

    _kernels.cool(instance, state, energy, stages, rated, 40, 2.0, random, best, least)

    for (temperature, range_, even), compared in zip(stages.tolist(), rated, strict=True):
        now = energy._replace(
            temperature=temperature, range=range_, even=even, radius=energy.radius + 2.0 * range_
        )
        _kernels.anneal(instance, slow, now, _kernels.heats(slow, now), 40, 200, again)
        rating = tally(instance, slow, energy, 2.0)
        if compared:
            if rating < min(met):  # of equal plans the first is kept
                found = slow.labels.tolist()
            met.append(rating)
    assert state.labels.tolist() == slow.labels.tolist()
    assert least.tolist() == list(min(met))
    assert best.tolist() == found


@given(case=cases(locks=True), energy=energies(), seed=seeds)
def test_annealing_keeps_grids_whole_and_the_books_right(case, energy, seed):
    instance, state = prepared(case)

    annealed(instance, state, energy, 300, seed)

    assert_consistent(instance, state)


@given(case=cases(locks=True), energy=energies(), seed=seeds)
def test_annealing_leaves_locked_units_where_they_are(case, energy, seed):
    assume(case.problem.locked is not None)
    instance, state = prepared(case)

    annealed(instance, state, energy, 300, seed)

    held = case.problem.locked >= 0
    assert state.labels[held].tolist() == case.labels[held].tolist()


@given(case=cases(), energy=energies(temperature=1e-9), seed=seeds)
def test_cold_annealing_never_raises_the_energy(case, energy, seed):
    instance, state = prepared(case)
    before = oracle.full_energy(instance, energy, case.labels, state.anchors)

    annealed(instance, state, energy, 300, seed)

    after = oracle.full_energy(instance, energy, state.labels, state.anchors)
    assert after <= before + 1e-6 * max(1.0, abs(before))


@given(case=cases(), energy=energies(), seed=seeds)
def test_the_same_generator_gives_the_same_moves(case, energy, seed):
    labels, moves = [], []
    for _ in range(2):
        instance, state = prepared(case)
        moves.append(annealed(instance, state, energy, 200, seed))
        labels.append(state.labels.tolist())

    assert labels[0] == labels[1]
    assert moves[0] == moves[1]


@given(case=cases(), seed=seeds)
def test_swaps_alone_keep_the_number_of_units_in_every_grid(case, seed):
    instance, state = prepared(case)
    before = state.members.tolist()

    annealed(instance, state, ALL_TERMS._replace(swap=1.0, temperature=1e3), 300, seed)

    assert state.members.tolist() == before
    assert_consistent(instance, state)


def test_swaps_mend_what_single_moves_cannot():
    # Two pairs in a row of 4 hold 1 + 9 and 1 + 9, and both are to hold 10: no move of a
    # single unit helps, since grids of 1 and 3 units are as far out.
    graph, xy = lattice(4, 2)
    sizes = np.array([[9.0, 9, 1, 1, 9, 9, 1, 1]]).T
    problem = make_problem(
        graph, xy, np.random.default_rng(0), sizes=sizes, lower=np.array([20.0]),
        upper=np.array([20.0]), load=sizes[:, 0].copy(),
    )  # fmt: skip
    labels = np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int32)
    instance = make_instance(problem, 2)
    cold = Energy(1e-9, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, np.inf, 0.5)
    state = make_state(instance, labels, 2)

    annealed(instance, state, cold, 4_000, 0)

    assert state.grids[:, SIZES].tolist() == [20.0, 20.0]


def test_hot_annealing_moves_units():
    graph, xy = lattice(6, 6)
    problem = make_problem(graph, xy, np.random.default_rng(0))
    labels = np.repeat([0, 1], 18).astype(np.int32)
    instance = make_instance(problem, 2)
    state = make_state(instance, labels, 2)

    moved = annealed(instance, state, ALL_TERMS._replace(temperature=20.0), 500, 1)

    assert moved > 0
    assert (state.labels != labels).any()
    assert_consistent(instance, state)


@pytest.mark.parametrize(
    ("spread", "factor"), [(1e-9, _kernels.HOTTEST), (1e9, _kernels.COLDEST), (None, 1.0)]
)
def test_a_grid_is_as_hot_as_its_units_lie_apart_within_limits(spread, factor):
    """A spread of None is the grids' own, which is the same for both."""
    graph, xy = lattice(6, 6)
    problem = make_problem(graph, xy, np.random.default_rng(0), zeros=0.0)
    problem = replace(problem, load=np.ones(36))
    labels = np.repeat([0, 1], 18).astype(np.int32)
    instance = make_instance(problem, 2)
    own, even = (make_state(instance, labels, 2) for _ in range(2))
    spread = own.spread[0] if spread is None else spread

    annealed(instance, own, ALL_TERMS._replace(spread=spread), 300, 1)
    heat = factor * ALL_TERMS.temperature
    annealed(instance, even, ALL_TERMS._replace(temperature=heat), 300, 1)

    assert own.labels.tolist() == even.labels.tolist()


def test_annealing_one_grid_or_only_locked_units_does_nothing():
    graph, xy = lattice(3, 3)
    problem = make_problem(graph, xy, np.random.default_rng(0))
    instance = make_instance(problem, 1)
    state = make_state(instance, np.zeros(9, np.int32), 1)

    assert annealed(instance, state, ALL_TERMS, 100, 0) == 0
    assert_consistent(instance, state)


# --- two grids divided anew -------------------------------------------------------------


def recut(instance, members, side, seed, balance=0.0):
    """Divide two grids anew; return what the kernel says, the sides and the scratch."""
    side, place = side.copy(), np.full(instance.free.size, -1)
    random = np.array([2 * seed + 1], np.uint64)
    better = _kernels_plans.recut(instance, members, side, place, 5, balance, random)
    assert (place == -1).all()
    return better, side


def cost_of_sides(instance, members, side, balance=0.0):
    """Return the breach of two grids, and their inertia with the weighted squares of loads."""
    grids = {0: set(members[~side].tolist()), 1: set(members[side].tolist())}
    xy, mass, load = instance.units[:, :2], instance.units[:, 2], instance.units[:, 3]
    squares = sum(float(load[sorted(grid)].sum()) ** 2 for grid in grids.values())
    return oracle.excess(instance, grids), oracle.inertia(xy, mass, grids) + balance * squares


@given(case=cases(), seed=seeds, balance=st.sampled_from([0.0, 5.0]), data=st.data())
def test_recut_keeps_both_grids_whole_and_never_makes_them_worse(case, seed, balance, data):
    assume(case.n_grids > 1)
    instance, _ = prepared(case)
    graph = case.problem.graph
    ends = case.labels[graph.heads], case.labels[graph.indices]
    pairs = sorted(
        {(int(one), int(other)) for one, other in zip(*ends, strict=True) if one < other}
    )
    assume(pairs)
    one, other = data.draw(st.sampled_from(pairs), label="pair")
    members = np.flatnonzero((case.labels == one) | (case.labels == other))
    side = case.labels[members] == other

    better, after = recut(instance, members, side, seed, balance)

    near = oracle.neighbors(case.problem.graph)
    assert oracle.is_whole(near, members[after].tolist())
    assert oracle.is_whole(near, members[~after].tolist())
    before = cost_of_sides(instance, members, side, balance)
    now = cost_of_sides(instance, members, after, balance)
    assert better or (after == side).all()
    assert now[0] <= before[0] + 1e-6
    assert now[0] < before[0] - 1e-10 or now[1] <= before[1] * (1 + 1e-9)


@given(n_units=st.integers(2, 9), seed=seeds)
def test_recut_finds_the_best_cut_of_a_tree(n_units, seed):
    rng = np.random.default_rng(seed)
    graph = from_pairs(n_units, [(unit, int(rng.integers(unit))) for unit in range(1, n_units)])
    xy = rng.random((n_units, 2)) * 50
    problem = make_problem(graph, xy, rng, n_grids=2, zeros=0.0)
    half = problem.sizes[:, 0].sum() / 2
    problem = replace(problem, lower=np.array([half]), upper=np.array([half]))
    every = oracle.partitions(graph, 2)
    instance = make_instance(problem, 2)
    members = np.arange(n_units)

    _, side = recut(instance, members, every[rng.integers(len(every))] == 1, seed)

    costs = [cost_of_sides(instance, members, labels == 1) for labels in every]
    found = cost_of_sides(instance, members, side)
    assert found[0] == pytest.approx(min(costs)[0], abs=1e-9)
    least = min(inertia for breach, inertia in costs if breach <= found[0] + 1e-9)
    assert found[1] == pytest.approx(least, rel=1e-6)


# --- pieces and starts ------------------------------------------------------------------


@given(place=places(), seed=seeds, n_grids=st.integers(1, 5))
def test_label_components_agrees_with_oracle(place, seed, n_grids):
    graph, _ = place
    labels = np.random.default_rng(seed).integers(0, n_grids, graph.n_units).astype(np.int32)

    piece = _kernels_plans.label_components(graph, labels)

    assert piece.tolist() == oracle.label_components(graph, labels)


def _scattered(place, seed, n_grids):
    """Return labels that use every grid but are in pieces, and masses."""
    graph, _ = place
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_grids, graph.n_units).astype(np.int32)
    labels[rng.choice(graph.n_units, n_grids, replace=False)] = np.arange(n_grids)
    return graph, labels, rng.integers(1, 9, graph.n_units).astype(np.float64)


@given(place=places(min_units=5), seed=seeds, n_grids=st.integers(1, 5))
def test_join_orphans_agrees_with_oracle(place, seed, n_grids):
    graph, labels, mass = _scattered(place, seed, n_grids)
    slow = oracle.join_orphans(graph, labels, mass, n_grids)

    _kernels_plans.join_orphans(graph, labels, mass, n_grids)

    assert labels.tolist() == slow


@given(place=places(min_units=5), seed=seeds, n_grids=st.integers(1, 5))
def test_after_join_orphans_every_grid_is_whole_and_kept_its_heaviest_piece(place, seed, n_grids):
    graph, before, mass = _scattered(place, seed, n_grids)
    after = before.copy()

    _kernels_plans.join_orphans(graph, after, mass, n_grids)

    near = oracle.neighbors(graph)
    assert set(after.tolist()) == set(range(n_grids))
    assert oracle.in_one_piece(graph, after)
    for grid, units in oracle.members(before).items():
        weights = [mass[sorted(oracle.flood(near, units, unit))].sum() for unit in units]
        assert mass[(after == grid) & (before == grid)].sum() >= max(weights)


@given(place=places(), seed=seeds, data=st.data())
def test_bisect_uses_every_grid(place, seed, data):
    graph, xy = place
    rng = np.random.default_rng(seed)
    n_grids = data.draw(st.integers(1, graph.n_units), label="n_grids")
    mass = rng.integers(1, 9, graph.n_units).astype(np.float64)
    size = rng.integers(0, 9, graph.n_units).astype(np.float64)

    labels = _kernels_plans.bisect(np.asarray(xy, float), mass, size, n_grids)

    assert labels.dtype == np.int32
    assert set(labels.tolist()) == set(range(n_grids))


@given(place=places(), seed=seeds)
def test_one_cut_halves_the_size_as_nearly_as_units_allow(place, seed):
    graph, xy = place
    rng = np.random.default_rng(seed)
    mass = np.ones(graph.n_units)
    size = rng.integers(0, 9, graph.n_units).astype(np.float64)

    labels = _kernels_plans.bisect(np.asarray(xy, float), mass, size, 2)

    off = abs(size[labels == 0].sum() - size.sum() / 2)
    assert off <= size.max() / 2 or (labels == 1).sum() == 1


@given(n_grids=st.integers(1, 6), each=st.integers(1, 4), angle=st.floats(0, 3))
def test_equal_units_on_a_line_are_cut_into_equal_runs(n_grids, each, angle):
    along = np.arange(n_grids * each) * 10.0
    xy = np.column_stack([along * np.cos(angle), along * np.sin(angle)])
    ones = np.ones(along.size)

    labels = _kernels_plans.bisect(xy, ones, ones, n_grids)

    assert np.bincount(labels).tolist() == [each] * n_grids
    assert (np.diff(labels) != 0).sum() == n_grids - 1


def test_bisect_cuts_across_the_long_side():
    _, xy = lattice(8, 2)
    ones = np.ones(16)

    labels = _kernels_plans.bisect(xy, ones, ones, 2)

    assert len({(int(x > 35), int(grid)) for x, grid in zip(xy[:, 0], labels, strict=True)}) == 2


def test_bisect_takes_many_grids_and_units_at_one_place():
    xy = np.zeros((70, 2))
    ones = np.ones(70)

    labels = _kernels_plans.bisect(xy, ones, ones, 70)

    assert sorted(labels.tolist()) == list(range(70))


def test_join_orphans_leaves_out_what_no_grid_reaches():
    # Two separate pairs; one grid has its heaviest piece in the first, and none is left
    # for the second.
    graph = path(2)[0]
    two = graph.__class__(np.array([0, 1, 2, 3, 4]), np.array([1, 0, 3, 2], np.int32), np.ones(4))
    labels = np.array([0, 0, 0, 0], np.int32)

    _kernels_plans.join_orphans(two, labels, np.array([2.0, 2, 1, 1]), 1)

    assert labels.tolist() == [0, 0, -1, -1]
    assert oracle.join_orphans(two, np.zeros(4, int), np.array([2.0, 2, 1, 1]), 1) == [0, 0, -1, -1]


def test_metropolis_visits_plans_as_often_as_their_energy_says():
    # Four units in a row in two grids: three plans, each one proposal from the next.
    graph, xy = path(4)
    sizes = np.array([[1.0], [1.0], [1.0], [1.0]])
    problem = make_problem(
        graph, xy, np.random.default_rng(0), sizes=sizes, lower=np.array([2.0]),
        upper=np.array([2.0]), load=sizes[:, 0].copy(),
    )  # fmt: skip
    instance = make_instance(problem, 2)
    state = make_state(instance, np.array([0, 0, 1, 1], np.int32), 2)
    warm = Energy(1.0, 0.6, 0.0, 0.0, 0.0, 0.0, 0.0, np.inf, 0.0)
    random = np.array([1], np.uint64)
    visits = np.zeros(5)

    for _ in range(6_000):
        _kernels.anneal(instance, state, warm, _kernels.heats(state, warm), 1, 200, random)
        visits[state.members[0]] += 1

    # Grids of 1 and 3 units are out by 1 each, half a mean grid: 0.6 temperatures together.
    assert visits[2] / visits.sum() == pytest.approx(1 / (1 + 2 * np.exp(-0.6)), abs=0.03)


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
def test_compiled_code_is_kept_outside_the_package():
    folder = Path(_kernels.tally.stats.cache_path)

    assert not folder.is_relative_to(Path(_kernels.__file__).parent)
    assert not numba.config.CACHE_DIR or folder.is_relative_to(numba.config.CACHE_DIR)


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
@pytest.mark.parametrize(("module", "collects"), [("gridpart._kernels", False), ("own", True)])
def test_garbage_is_not_collected_while_a_kernel_of_ours_compiles(module, collects):
    def function(number):
        return number + 1

    class Listener(event.Listener):
        def on_start(self, _):
            seen.append(gc.isenabled())

        def on_end(self, _):
            pass

    seen, listener = [], Listener()
    function.__module__ = module
    event.register("numba:compile", listener)
    try:
        numba.njit(function)(1)
    finally:
        event.unregister("numba:compile", listener)

    assert seen[0] is collects
    assert gc.isenabled()


def test_compiling_is_announced_once_on_a_machine(tmp_path, caplog):
    def kernel():
        """Stand in for a compiled loop."""

    kernel.stats = SimpleNamespace(cache_path=tmp_path)
    announce(kernel)
    (tmp_path / "_kernels.kernel-12.py311.nbi").touch()
    announce(kernel)

    assert caplog.text.count("compiling the search") == 1
    announce(test_compiling_is_announced_once_on_a_machine)  # compiling is switched off
    assert caplog.text.count("compiling the search") == 1
