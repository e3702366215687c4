"""Whatever the problem, a plan comes back that divides every unit into grids in one piece."""

from dataclasses import replace

import numpy as np
import oracle
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import (
    cases,
    disjoint,
    from_pairs,
    lattice,
    make_problem,
    path,
    places,
    seeds,
    triangulated,
)  # fmt: skip

from gridpart import objective
from gridpart.errors import InfeasibleError
from gridpart.solvers import Weights, construct_only, refine, solve
from gridpart.solvers.construct import bisected, canonical, grown
from gridpart.solvers.pieces import in_one_piece
from gridpart.solvers.refine import Schedule, Watch, anneal, repair, score
from gridpart.solvers.stop import Iterations, Seconds, Since, as_stop, seconds_left

WEIGHTS = Weights()
few = settings(max_examples=15)


def squares(columns, rows, seed=0, **changes):
    """Return a lattice with sizes 1 to 20 and no ranges."""
    graph, xy = lattice(columns, rows, 100.0)
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 20, graph.n_units, endpoint=True).astype(np.float64)
    return make_problem(graph, xy, rng, load=size, sizes=size[:, None], **changes)


def ranged(problem, lower, upper, aim=np.nan):
    """Return the problem with one range."""
    return replace(
        problem, lower=np.array([lower]), upper=np.array([upper]), aim=np.array([aim], float)
    )


def assert_plan(problem, found):
    """Assert that a solution is a plan: every unit in one grid, every grid in one piece."""
    assert found.labels.shape == (problem.n_units,)
    assert found.labels.dtype == np.int32
    assert set(found.labels.tolist()) == set(range(found.n_grids))
    assert oracle.in_one_piece(problem.graph, found.labels)
    assert found.labels.tolist() == canonical(found.labels).tolist()
    assert found.violation == pytest.approx(
        objective.violation(problem, found.labels, found.n_grids), abs=1e-8
    )


# --- laws -------------------------------------------------------------------------------


@given(case=cases(), seed=st.integers(0, 9))
@few
def test_a_plan_covers_every_unit_with_grids_in_one_piece(case, seed):
    found = solve(case.problem, weights=WEIGHTS, seed=seed, runs=1)

    assert_plan(case.problem, found)


@given(case=cases(), seed=st.integers(0, 9))
@few
def test_an_exact_number_of_grids_is_kept(case, seed):
    problem = replace(case.problem, n_grids=case.n_grids)

    found = solve(problem, weights=WEIGHTS, seed=seed, runs=1)

    assert_plan(problem, found)
    assert found.n_grids == case.n_grids


@given(case=cases(), seed=st.integers(0, 9))
@few
def test_the_same_seed_gives_the_same_plan(case, seed):
    first = solve(case.problem, weights=WEIGHTS, seed=seed, runs=2)
    again = solve(case.problem, weights=WEIGHTS, seed=seed, runs=2)

    assert first.labels.tolist() == again.labels.tolist()
    assert (first.objective, first.iterations) == (again.objective, again.iterations)


@given(case=cases(), seed=st.integers(0, 9))
@few
def test_a_plan_is_never_worse_than_the_one_given(case, seed):
    problem = replace(case.problem, n_grids=case.n_grids, start=case.labels)
    energy = objective.weigh(problem, WEIGHTS, bisected(problem, case.n_grids), case.n_grids)

    found = solve(problem, weights=WEIGHTS, seed=seed, runs=1)

    assert score(problem, energy, found.labels, case.n_grids) <= (
        score(problem, energy, case.labels, case.n_grids)[0],
        score(problem, energy, case.labels, case.n_grids)[1] * (1 + 1e-9) + 1e-9,
    )


def test_a_start_is_returned_as_it_is_when_there_is_no_time():
    problem = squares(6, 6, n_grids=4)
    best = solve(problem, weights=WEIGHTS, seed=3).labels

    again = solve(replace(problem, start=best), weights=WEIGHTS, stop=Iterations(1))

    assert again.labels.tolist() == best.tolist()


def test_a_start_that_is_no_plan_is_not_used():
    problem = squares(4, 4, n_grids=2)
    torn = np.arange(16, dtype=np.int32) % 2
    too_many = np.arange(16, dtype=np.int32) // 4

    for start in (torn, too_many):
        found = solve(replace(problem, start=start), weights=WEIGHTS, stop=Iterations(1))
        assert_plan(problem, found)
        assert found.n_grids == 2


@given(case=cases(), seed=seeds, share=st.sampled_from([0.1, 0.5, 1.0]))
@few
def test_locked_units_that_a_plan_can_join_share_its_grids(case, seed, share):
    # Whole grids of a plan are locked, so that the locks can be kept.
    rng = np.random.default_rng(seed)
    chosen = rng.random(case.n_grids) < share
    locked = np.where(chosen[case.labels], case.labels, -1).astype(np.int32)
    assume((locked >= 0).any())
    used = np.unique(locked[locked >= 0])
    locked[locked >= 0] = np.searchsorted(used, locked[locked >= 0])
    problem = replace(case.problem, n_grids=case.n_grids, locked=locked)

    found = solve(problem, weights=WEIGHTS, seed=seed, runs=1)

    assert_lock_kept(found.labels, locked)
    assert set(found.labels.tolist()) == set(range(found.n_grids))


def test_locked_grids_in_one_piece_take_no_free_unit():
    # A ring of four and one unit in its middle: the locked three are in one piece around the
    # free two, over which there is a shorter way between the ends.
    graph = from_pairs(5, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)])
    problem = make_problem(graph, np.eye(5)[:, :2] * 10, np.random.default_rng(0))
    locked = np.array([0, 0, 0, 0, -1], np.int32)

    found = solve(replace(problem, n_grids=2, locked=locked), weights=WEIGHTS)

    assert found.labels.tolist() == [0, 0, 0, 0, 1]


def test_locks_that_leave_no_unit_are_refused():
    problem = replace(squares(3, 1, n_grids=2), locked=np.array([0, -1, 0], np.int32))

    with pytest.raises(InfeasibleError, match="leave no unit"):
        solve(problem, weights=WEIGHTS)


def assert_lock_kept(labels, locked):
    """Assert that units locked together are together, and others apart."""
    pairs = {(int(a), int(b)) for a, b in zip(locked, labels, strict=True) if a >= 0}
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


def test_locks_in_pieces_are_tied_together():
    problem = squares(6, 4, n_grids=3)
    locked = np.full(24, -1, np.int32)
    locked[[0, 3]] = 0
    locked[23] = 1

    found = solve(replace(problem, locked=locked), weights=WEIGHTS)

    assert_plan(problem, found)
    assert found.n_grids == 3
    assert_lock_kept(found.labels, locked)


def test_locks_hold_when_the_number_of_grids_is_free():
    problem = ranged(squares(6, 6), 50, 120, 80)
    locked = np.full(36, -1, np.int32)
    locked[[0, 1, 6]] = 0
    locked[[34, 35]] = 1

    found = solve(replace(problem, locked=locked), weights=WEIGHTS)

    assert_plan(problem, found)
    assert found.violation == 0
    assert_lock_kept(found.labels, locked)


# --- the number of grids ----------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_a_free_number_of_grids_is_near_the_target_and_in_range(seed):
    problem = ranged(squares(8, 8, seed), 70, 130, 100)

    found = solve(problem, weights=WEIGHTS, seed=seed)

    assert_plan(problem, found)
    assert found.violation == 0
    assert found.n_grids == pytest.approx(problem.sizes.sum() / 100, abs=1)


def test_without_ranges_or_targets_everything_is_one_grid():
    problem = squares(3, 3)

    assert solve(problem, weights=WEIGHTS).n_grids == 1


def test_as_many_grids_as_units():
    problem = squares(3, 3, n_grids=9)

    assert solve(problem, weights=WEIGHTS).labels.tolist() == list(range(9))


def test_one_unit_is_one_grid():
    graph, xy = path(1)
    problem = make_problem(graph, xy, np.random.default_rng(0))

    found = solve(problem, weights=WEIGHTS)

    assert (found.labels.tolist(), found.n_grids) == ([0], 1)


# --- hard inputs ------------------------------------------------------------------------


@given(
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=4), seed=seeds, extra=st.integers(0, 5)
)
@few
def test_grids_never_cross_between_pieces_of_a_graph(sizes, seed, extra):
    graphs = [path(n)[0] for n in sizes]
    graph = disjoint(*graphs)
    piece = np.repeat(np.arange(len(sizes)), sizes)
    rng = np.random.default_rng(seed)
    xy = np.column_stack([np.arange(graph.n_units) * 10.0, piece * 50.0])
    n_grids = min(len(sizes) + extra, graph.n_units)
    problem = make_problem(graph, xy, rng, n_grids=n_grids)

    found = solve(problem, weights=WEIGHTS, seed=seed, runs=1)

    assert_plan(problem, found)
    assert found.n_grids == n_grids
    for grid in range(found.n_grids):
        assert np.unique(piece[found.labels == grid]).size == 1


def test_pieces_choose_their_own_number_of_grids():
    graph = disjoint(lattice(6, 6)[0], lattice(3, 6)[0])
    xy = np.concatenate([lattice(6, 6)[1], lattice(3, 6)[1] + 1000])
    size = np.full(54, 10.0)
    problem = make_problem(graph, xy, np.random.default_rng(0), load=size, sizes=size[:, None])

    found = solve(ranged(problem, 80, 100, 90), weights=WEIGHTS)

    assert found.violation == 0
    assert [np.unique(found.labels[:36]).size, np.unique(found.labels[36:]).size] == [4, 2]


def test_a_heavy_unit_stands_alone():
    problem = ranged(squares(6, 6), 60, 120, 90)
    problem.sizes[14, 0] = problem.load[14] = 300.0

    found = solve(problem, weights=WEIGHTS)

    assert (found.labels == found.labels[14]).sum() == 1
    sums = np.bincount(found.labels, problem.sizes[:, 0])
    assert ((sums >= 60) & (sums <= 120)).sum() == found.n_grids - 1


def test_units_without_load_or_size_are_divided_all_the_same():
    graph, xy = lattice(4, 4)
    problem = make_problem(graph, xy, np.random.default_rng(0), zeros=1.0, n_grids=4)

    found = solve(problem, weights=WEIGHTS)

    assert_plan(problem, found)
    assert found.n_grids == 4


def test_units_at_one_place_are_divided():
    graph, _ = lattice(4, 4)
    problem = make_problem(graph, np.zeros((16, 2)), np.random.default_rng(0), n_grids=3)

    found = solve(problem, weights=WEIGHTS)

    assert_plan(problem, found)
    assert found.n_grids == 3


def test_several_measures_are_kept_in_range_together():
    graph, xy = lattice(8, 8)
    rng = np.random.default_rng(5)
    sizes = rng.integers(1, 10, (64, 2)).astype(np.float64)
    mean = sizes.sum(axis=0) / 6
    problem = make_problem(
        graph, xy, rng, sizes=sizes, lower=mean * 0.85, upper=mean * 1.15, aim=mean, n_grids=6
    )

    found = solve(problem, weights=WEIGHTS)

    sums = objective.grid_sums(found.labels, sizes, 6)
    assert_plan(problem, found)
    assert ((sums >= mean * 0.85) & (sums <= mean * 1.15)).all()


def test_a_radius_is_kept_where_it_can_be():
    problem = replace(squares(10, 10, n_grids=4), max_radius_m=450.0)

    found = solve(problem, weights=WEIGHTS)

    assert objective.radius_excess(problem, found.labels, 4) == 0


def test_balance_evens_out_the_load():
    problem = squares(10, 10, n_grids=5)

    def spread(weights):
        labels = solve(problem, weights=weights).labels
        return np.ptp(np.bincount(labels, problem.load))

    assert spread(Weights(balance=20.0)) < spread(Weights(balance=0.0))


def test_a_border_weight_makes_cheap_borders_dear_ones_rare():
    problem = squares(10, 10, n_grids=4)

    def cut(weight):
        labels = solve(problem, weights=Weights(border=weight)).labels
        return objective.border(problem, labels)

    assert cut(3.0) < cut(0.0)


# --- against every plan there is --------------------------------------------------------


def small_problem(kind, seed):
    """Return 4 to 8 units to be divided into 2 or 3 grids."""
    rng = np.random.default_rng(seed)
    n_units, n_grids = int(rng.integers(4, 9)), int(rng.integers(2, 4))
    if kind == "lattice":
        graph, xy = lattice(2, n_units // 2)
    else:
        graph, xy = triangulated(n_units, rng, kind == "tree")
    return make_problem(graph, xy, rng, n_grids=n_grids, zeros=0.0), rng


def missed(kind, judge, n_cases=40):
    """Return the cases whose plan is worse than the best of all plans."""
    found = []
    for seed in range(n_cases):
        problem, rng = small_problem(kind, seed)
        every = oracle.partitions(problem.graph, problem.n_grids)
        if not judge(problem, every, rng, seed):
            found.append(seed)
    return found


def finds_a_range_that_can_be_kept(problem, every, rng, seed):
    """Judge by a range that one plan, drawn from all of them, just keeps."""
    sums = np.bincount(every[rng.integers(len(every))], problem.sizes[:, 0])
    kept = solve(ranged(problem, sums.min(), sums.max()), weights=WEIGHTS, seed=seed)
    assert_plan(problem, replace(kept, violation=0.0))
    return kept.violation == 0


def finds_nearly_the_least_inertia(problem, every, rng, seed):
    mass = objective.masses(problem.load)
    n_grids = problem.n_grids
    best = min(objective.inertia(labels, problem.xy, mass, n_grids) for labels in every)
    found = solve(problem, weights=Weights(border=0.0), seed=seed)
    return objective.inertia(found.labels, problem.xy, mass, n_grids) <= best * 1.03 + 1e-6


def finds_nearly_the_least_breach(problem, every, rng, seed):
    narrow = ranged(problem, 20, 23)
    least = min(objective.violation(narrow, labels, problem.n_grids) for labels in every)
    found = solve(narrow, weights=WEIGHTS, seed=seed)
    assert found.violation >= least - 1e-6
    return found.violation <= least * 1.05 + 1e-6


@pytest.mark.parametrize("kind", ["lattice", "planar", "tree"])
def test_a_range_that_some_plan_keeps_is_kept(kind):
    assert len(missed(kind, finds_a_range_that_can_be_kept)) <= 1


@pytest.mark.parametrize("judge", [finds_nearly_the_least_inertia, finds_nearly_the_least_breach])
@pytest.mark.parametrize("kind", ["lattice", "planar", "tree"])
def test_small_problems_are_solved_as_well_as_by_trying_every_plan(kind, judge):
    assert len(missed(kind, judge)) <= 1


# --- when to stop -----------------------------------------------------------------------


def test_a_number_of_proposals_ends_the_search_and_repeats():
    problem = squares(10, 10, n_grids=5)

    first = solve(problem, weights=WEIGHTS, stop=Iterations(2_000), runs=None)
    again = solve(problem, weights=WEIGHTS, stop=Iterations(2_000), runs=None)

    assert first.stopped_by == "stop"
    assert 2_000 <= first.iterations < 10_000
    assert first.labels.tolist() == again.labels.tolist()
    assert_plan(problem, first)


def test_without_a_criterion_the_budget_ends_the_search():
    assert solve(squares(6, 6, n_grids=3), weights=WEIGHTS).stopped_by == "budget"


def test_a_criterion_sees_the_best_plan_the_work_and_the_time():
    seen = []

    def stop(best, iterations, elapsed_s):
        seen.append((best, iterations, elapsed_s))
        return len(seen) >= 200

    problem = squares(8, 8, n_grids=4)
    found = solve(problem, weights=WEIGHTS, stop=stop, runs=None)

    work = [iterations for _, iterations, _ in seen]
    times = [elapsed for *_, elapsed in seen]
    plans = [best for best, *_ in seen if best is not None]
    assert found.stopped_by == "stop"
    assert len(seen) == 200
    assert work == sorted(work)
    assert times == sorted(times)
    assert times[0] >= 0
    assert plans
    assert all(oracle.in_one_piece(problem.graph, best.labels) for best in plans[:3])


def test_seconds_and_iterations_answer_by_their_own_count():
    assert [Seconds(2.0)(None, 10**9, s) for s in (1.9, 2.0)] == [False, True]
    assert [Iterations(5)(None, n, 1e9) for n in (4, 5)] == [False, True]
    assert as_stop(None) is None
    assert as_stop(3) == Seconds(3.0)
    assert as_stop(Iterations(5)) == Iterations(5)


def test_only_a_criterion_with_a_clock_tells_the_time_left():
    assert seconds_left(Seconds(8.0), 5.0) == 3.0
    assert seconds_left(Seconds(8.0), 9.0) == 0.0
    assert seconds_left(Since(Seconds(8.0), -np.inf), 0.0) == 0.0
    assert seconds_left(Since(Iterations(8), 0.0), 5.0) == np.inf
    assert seconds_left(None, 5.0) == np.inf


def test_no_time_at_all_gives_a_plan():
    graph = disjoint(lattice(4, 4)[0], lattice(4, 4)[0])
    xy = np.concatenate([lattice(4, 4)[1], lattice(4, 4)[1] + 500])
    problem = ranged(make_problem(graph, xy, np.random.default_rng(0)), 30, 60, 45)

    found = solve(problem, weights=WEIGHTS, stop=Seconds(0.0))

    assert_plan(problem, found)
    assert found.stopped_by == "stop"


@pytest.mark.parametrize("after", [1, 40])
@pytest.mark.parametrize("locks", [False, True])
def test_an_interrupt_gives_a_plan_that_says_so(after, locks):
    calls = []

    def interrupt(best, iterations, elapsed_s):
        calls.append(iterations)
        if len(calls) == after:
            raise KeyboardInterrupt
        return False

    problem = squares(8, 8, n_grids=4)
    if locks:
        locked = np.full(64, -1, np.int32)
        locked[:3] = 1
        problem = replace(problem, locked=locked)

    found = solve(problem, weights=WEIGHTS, stop=interrupt, runs=None)

    assert found.stopped_by == "interrupted"
    assert found.n_grids == 4
    assert_plan(problem, found)


def test_an_interrupt_in_one_piece_of_a_graph_gives_a_plan_for_all():
    graph = disjoint(lattice(4, 4)[0], lattice(3, 3)[0])
    xy = np.concatenate([lattice(4, 4)[1], lattice(3, 3)[1] + 500])
    problem = make_problem(graph, xy, np.random.default_rng(0), n_grids=4)
    calls = []

    def interrupt(*_):
        calls.append(1)
        if len(calls) > 60:
            raise KeyboardInterrupt
        return False

    found = solve(problem, weights=WEIGHTS, stop=interrupt)

    assert found.stopped_by == "interrupted"
    assert_plan(problem, found)


# --- the parts --------------------------------------------------------------------------


@given(case=cases())
@few
def test_first_plans_are_in_one_piece(case):
    for labels in (bisected(case.problem, case.n_grids), construct_only(case.problem)):
        assert oracle.in_one_piece(case.problem.graph, labels)
        assert set(labels.tolist()) == set(range(labels.max() + 1))


@given(case=cases(), seed=seeds)
@few
def test_growing_loses_no_label_and_leaves_none_out(case, seed):
    given_labels = np.where(
        np.random.default_rng(seed).random(case.labels.size) < 0.3, case.labels, -1
    ).astype(np.int32)
    assume((given_labels < 0).sum() >= case.n_grids)

    labels = grown(case.problem, given_labels, case.n_grids)

    held = given_labels >= 0
    assert labels[held].tolist() == given_labels[held].tolist()
    assert set(labels.tolist()) == set(range(case.n_grids))


@given(case=cases(), seed=seeds)
@few
def test_one_cooling_is_never_worse_than_its_start(case, seed):
    energy = objective.weigh(case.problem, WEIGHTS, case.labels, case.n_grids)
    watch = Watch()

    found = anneal(
        case.problem, energy, case.labels, Schedule(100, 10), np.random.default_rng(seed), watch
    )
    labels, last = found.best, found.last

    assert oracle.in_one_piece(case.problem.graph, labels)
    assert oracle.in_one_piece(case.problem.graph, last)
    before = score(case.problem, energy, case.labels, case.n_grids)
    after = score(case.problem, energy, labels, case.n_grids)
    assert after <= before
    assert found.best_score == pytest.approx(after, rel=1e-9, abs=1e-9)
    assert found.last_score == pytest.approx(
        score(case.problem, energy, last, case.n_grids), rel=1e-9, abs=1e-9
    )
    assert watch.iterations >= 100 * case.labels.size * 0.5


@given(case=cases(), seed=seeds)
@few
def test_repair_never_adds_to_the_breach(case, seed):
    energy = objective.weigh(case.problem, WEIGHTS, case.labels, case.n_grids)
    rng = np.random.default_rng(seed)

    labels = repair(case.problem, energy, case.labels, 0.0, rng, Watch(), rounds=3)

    assert oracle.in_one_piece(case.problem.graph, labels)
    assert set(labels.tolist()) == set(range(case.n_grids))
    before = objective.violation(case.problem, case.labels, case.n_grids)
    assert objective.violation(case.problem, labels, case.n_grids) <= before + 1e-9


def test_long_stretches_between_two_looks_at_the_clock_are_cut(monkeypatch):
    problem = squares(4, 4)
    labels = np.repeat([0, 1], 8).astype(np.int32)
    energy = objective.weigh(problem, WEIGHTS, labels, 2)
    spent = []
    monkeypatch.setattr(refine, "SLICE", 7)
    monkeypatch.setattr(refine, "CALL", 7)
    monkeypatch.setattr(Watch, "spend", lambda _, n: spent.append(n))

    anneal(problem, energy, labels, Schedule(10, 2), np.random.default_rng(0), Watch())

    assert max(spent) == 7
    assert sum(spent) == 3 * 12 * 7  # stages of 80 proposals in slices of equal length


@given(place=places(), seed=seeds, n_grids=st.integers(1, 4))
@few
def test_in_one_piece_agrees_with_oracle(place, seed, n_grids):
    graph, _ = place
    labels = np.random.default_rng(seed).integers(0, n_grids, graph.n_units).astype(np.int32)

    assert in_one_piece(graph, labels) == oracle.in_one_piece(graph, labels)


@given(labels=st.lists(st.integers(0, 5), min_size=1, max_size=12))
def test_canonical_labels_are_the_same_grids_in_order_of_first_appearance(labels):
    renamed = canonical(np.array(labels, np.int32))

    first = [renamed.tolist().index(g) for g in range(int(renamed.max()) + 1)]
    assert first == sorted(first)
    assert {(a, b) for a, b in zip(labels, renamed, strict=True)} == {
        (a, renamed[labels.index(a)]) for a in labels
    }
