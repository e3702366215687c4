"""A proof is right when looking at every plan says the same."""

import itertools
from dataclasses import replace

import exhaustive
import numba
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp
from strategies import cases, disjoint, from_pairs, make_problem, path, seeds, triangulated, weights

from gridpart import objective as terms
from gridpart._kernels_sets import Prices
from gridpart.solvers import Weights, exact, solve, walks
from gridpart.solvers.cases import KINDS, case_of, value_of
from gridpart.solvers.exact import solve_exact
from gridpart.solvers.pieces import in_one_piece
from gridpart.solvers.stop import Iterations, at_once
from gridpart.solvers.walks import Progress

OBJECTIVES = sorted(KINDS)
COMPILED = not numba.config.DISABLE_JIT
SEVERAL = 14 if COMPILED else 11
"""Most units of problems that are proven without looking at every plan."""


@st.composite
def small(draw, max_units=8):
    """Draw a problem that every plan of can be looked at: any rules, perhaps in pieces."""
    case = draw(cases(min_units=2, max_units=max_units, locks=True))
    problem = case.problem
    if draw(st.booleans()):
        problem = replace(problem, n_grids=case.n_grids)
    if draw(st.booleans()):
        problem = replace(problem, max_radius_m=draw(st.sampled_from([4.0, 8.0, 16.0])))
    return replace(problem, border_cost=problem.border_cost * draw(st.sampled_from([1.0, 0.3])))


def map_of(n_units, n_grids, seed, tolerance=0.1):
    """Return a problem on a planar map, its loads within `tolerance` of the mean grid."""
    rng = np.random.default_rng(seed)
    graph, xy = triangulated(n_units, rng, thinned=False)
    load = np.round(100 * rng.lognormal(0, 0.5, n_units))
    mean = load.sum() / n_grids
    return make_problem(
        graph, xy, rng, load=load, sizes=load[:, None], n_grids=n_grids,
        lower=np.array([(1 - tolerance) * mean]), upper=np.array([(1 + tolerance) * mean]),
    )  # fmt: skip


def assert_plan(problem, labels):
    """Assert that a plan keeps every rule."""
    n_grids = int(labels.max()) + 1
    grids = [set(np.flatnonzero(labels == grid).tolist()) for grid in range(n_grids)]
    assert problem.n_grids in (None, n_grids)
    assert in_one_piece(problem.graph, labels)
    assert all(exhaustive.is_grid(problem, units) for units in grids)


# --- the kernels ------------------------------------------------------------------------


def sets_found(case, prices, slice_of):
    """Return the reduced cost of each set that the walk finds, a slice at a time, by its units."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walks, "SLICE", slice_of)
        patch.setattr(walks, "ROOM", slice_of)
        found, complete = walks.find_sets(case.tables, prices, Progress(None))
    assert complete
    rows = walks.members(found.bits, case.order.size)
    units = [frozenset(case.order[row].tolist()) for row in rows]
    assert len(set(units)) == len(units)
    return dict(zip(units, found.reduced.tolist(), strict=True))


@given(problem=small(), objective=st.sampled_from(OBJECTIVES), seed=seeds, spread=weights)
def test_find_sets_agrees_with_oracle(problem, objective, seed, spread):
    problem = replace(problem, n_grids=problem.n_grids or 3)
    case = case_of(problem, objective, None)
    rng = np.random.default_rng(seed)
    price = spread * rng.normal(1.0, 1.0, problem.n_units)
    limit = rng.normal(0.0, 1.0, problem.n_units)
    prices = Prices(price, 0.5, limit, False, exact.ALL)
    sign = -1.0 if objective == "max_grids" else 1.0

    found = sets_found(case, prices, 1 + seed % 7)

    place = np.argsort(case.order)
    wanted = {}
    for units in exhaustive.connected_sets(problem):
        if exhaustive.is_grid(problem, units) and exhaustive.leaves_parts(problem, units):
            own = place[sorted(units)]
            cost = sign * exhaustive.set_cost(problem, objective, units) / case.scale
            reduced = cost - price[own].sum() - 0.5
            if reduced <= limit[own.min()]:
                wanted[units] = reduced
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9)


@given(n_units=st.integers(4, 10), objective=st.sampled_from(OBJECTIVES), seed=seeds)
def test_no_bound_cuts_off_the_cheapest_set_of_a_root(n_units, objective, seed):
    rng = np.random.default_rng(seed)
    problem = map_of(n_units, 2 + seed % 2, seed, tolerance=rng.choice([0.1, 0.3, 0.6]))
    case = case_of(problem, objective, None)
    # A unit's price is about its share of a grid's cost, as when prices are about right.
    price = rng.normal(1.0, 0.5, n_units) * problem.n_grids / n_units
    far = np.full(n_units, 1e3)
    every = sets_found(case, Prices(price, 0.0, far, False, exact.ALL), 1000)
    place = np.argsort(case.order)
    cheapest = far.copy()
    for units, reduced in every.items():
        root = place[sorted(units)].min()
        cheapest[root] = min(cheapest[root], reduced)

    tightened = far.copy()
    sets_found(case, Prices(price, 0.0, tightened, True, exact.ALL), 1000)
    at_limit = sets_found(case, Prices(price, 0.0, cheapest + 1e-10, False, exact.ALL), 1000)

    assert tightened == pytest.approx(cheapest)
    assert at_limit.keys() == {
        units
        for units, reduced in every.items()
        if reduced <= cheapest[place[sorted(units)].min()] + 1e-10
    }


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_bound_that_is_exact_cuts_nothing_off(objective):
    # Two triangles of equal sides and loads, far apart: one grid each, no other way.
    graph = from_pairs(6, [(0, 1), (0, 2), (1, 2), (2, 3), (3, 4), (3, 5), (4, 5)])
    corners = np.array([[0.0, 0.0], [0.0, 2.0], [3.0**0.5, 1.0]])
    xy = np.concatenate([corners, corners + 50.0])
    problem = make_problem(
        graph, xy, np.random.default_rng(0), load=np.ones(6), sizes=np.ones((6, 1)), n_grids=2,
        lower=np.array([3.0]), upper=np.array([3.0]),
    )  # fmt: skip
    case = case_of(problem, objective, None)
    sign = -1.0 if objective == "max_grids" else 1.0
    cost = sign * exhaustive.set_cost(problem, objective, {0, 1, 2}) / case.scale

    for price in (0.0, cost / 3):
        limit = np.full(6, cost - 3 * price + 1e-9)
        found = sets_found(case, Prices(np.full(6, price), 0.0, limit, False, exact.ALL), 1000)

        assert found.keys() >= {frozenset({0, 1, 2}), frozenset({3, 4, 5})}


@given(problem=small(), seed=seeds)
def test_find_cover_agrees_with_oracle(problem, seed):
    case = case_of(problem, "max_grids", None)
    n_units = problem.n_units
    prices = Prices(np.zeros(n_units), 0.0, np.ones(n_units), False, exact.ALL)
    found, _ = walks.find_sets(case.tables, prices, Progress(None))
    assume(found.n[0] > 0)
    reduced = np.random.default_rng(seed).normal(0.5, 1.0, found.n[0])
    rows = walks.members(found.bits, n_units)
    cost = {frozenset(np.flatnonzero(r).tolist()): c for r, c in zip(rows, reduced, strict=True)}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walks, "SLICE", 1)
        cover = walks.find_cover(
            case.tables, found._replace(reduced=reduced), 1e3, 0.0, Progress(None)
        )

    totals = [sum(cost[s] for s in plan) for plan in exhaustive.plans(problem, list(cost))]
    assert (cover is None) == (not totals)
    if totals:
        chosen = [frozenset(np.flatnonzero(row).tolist()) for row in cover]
        assert sum(cost[s] for s in chosen) == pytest.approx(min(totals))
        assert sum(len(s) for s in chosen) == len(frozenset().union(*chosen)) == n_units


# --- the proof --------------------------------------------------------------------------


@given(problem=small(), objective=st.sampled_from(OBJECTIVES))
def test_the_proof_agrees_with_looking_at_every_plan(problem, objective):
    proof = solve_exact(problem, objective)

    best = exhaustive.best_value(problem, objective)
    if best is None:
        assert proof.status == "infeasible"
        assert proof.labels is None
    else:
        assert proof.status == "optimal"
        assert proof.value == pytest.approx(best, rel=1e-9, abs=1e-9)
        assert proof.bound == proof.value
        assert_plan(problem, proof.labels)


@pytest.mark.parametrize(("n_units", "seed"), [(15, 0), (15, 1), (15, 2), (18, 33)])
@pytest.mark.parametrize("objective", ["inertia", "balance", "cut_edges"])
def test_the_proof_agrees_with_integer_programming_over_every_set(objective, n_units, seed):
    problem = map_of(n_units, 4, seed, tolerance=0.25)
    case = case_of(problem, objective, None)
    every = Prices(np.zeros(n_units), 0.0, np.full(n_units, 1e9), False, exact.ALL)
    found, _ = walks.find_sets(case.tables, every, Progress(None))
    rows = walks.members(found.bits, n_units).T.astype(float)
    counted = np.concatenate([rows, np.ones((1, rows.shape[1]))])
    wanted = np.append(np.ones(n_units), 4.0)

    proof = solve_exact(problem, objective)

    best = milp(
        found.cost,
        integrality=np.ones(found.cost.size),
        constraints=LinearConstraint(counted, wanted, wanted),
        options={"mip_rel_gap": 0.0},
    )
    assert (proof.status == "optimal") == best.success
    if best.success:
        assert proof.value / case.scale == pytest.approx(best.fun, rel=1e-5, abs=1e-5)


@given(problem=small(max_units=SEVERAL), objective=st.sampled_from(OBJECTIVES))
def test_a_start_changes_no_optimum(problem, objective):
    problem = replace(problem, n_grids=problem.n_grids or 3)
    alone = solve_exact(problem, objective)
    assume(alone.labels is not None)
    other = solve_exact(problem, "inertia")

    proof = solve_exact(problem, objective, start=other.labels)

    assert proof.status == "optimal"
    assert proof.value == pytest.approx(alone.value, rel=1e-9, abs=1e-9)
    assert_plan(problem, proof.labels)


@given(
    problem=small(max_units=SEVERAL), objective=st.sampled_from(OBJECTIVES), asked=st.integers(1, 9)
)
def test_a_stopped_proof_still_bounds_the_optimum(problem, objective, asked):
    problem = replace(problem, n_grids=problem.n_grids or 3)
    optimum = solve_exact(problem, objective)
    calls = iter(range(asked))

    proof = solve_exact(problem, objective, stop=lambda *_: next(calls, None) is None)

    if proof.status == "stopped" and optimum.labels is not None:
        slack = 1e-9 * (1 + abs(optimum.value))
        sign = -1 if objective == "max_grids" else 1
        assert sign * proof.bound <= sign * optimum.value + slack
        if proof.labels is not None:
            assert sign * proof.value >= sign * optimum.value - slack


def test_a_plan_that_breaks_a_rule_is_no_start():
    problem = map_of(12, 3, seed=1, tolerance=0.5)
    best = solve_exact(problem, "inertia").labels
    first, second = np.flatnonzero(best == best[0])[:2]
    locked = np.full(12, -1, np.int32)
    locked[[first, second]] = [0, 1]
    torn = replace(problem, locked=locked)
    striped = np.arange(12, dtype=np.int32) % 3

    for case, start in [(problem, striped), (torn, best), (replace(problem, n_grids=4), best)]:
        proof = solve_exact(case, "inertia", start=start)

        assert proof.status == "optimal"
        assert_plan(case, proof.labels)


def test_locked_units_keep_the_labels_that_are_numbers_of_grids():
    problem = map_of(14, 3, seed=2, tolerance=0.4)
    free = solve_exact(problem, "inertia").labels
    locked = np.full(14, -1, np.int32)
    locked[[0, 5]] = (free[[0, 5]] + 1) % 3

    proof = solve_exact(replace(problem, locked=locked), "inertia")

    assert proof.labels[[0, 5]].tolist() == locked[[0, 5]].tolist()


def test_pieces_of_a_graph_never_share_a_grid():
    graph = disjoint(path(4)[0], path(5)[0])
    rng = np.random.default_rng(0)
    problem = make_problem(graph, rng.random((9, 2)) * 50, rng, zeros=0.0, n_grids=3)

    proof = solve_exact(problem, "inertia")

    assert proof.value == pytest.approx(exhaustive.best_value(problem, "inertia"))
    assert not set(proof.labels[:4]) & set(proof.labels[4:])


def test_more_grids_than_units_have_no_plan():
    problem = replace(map_of(6, 2, seed=0, tolerance=1.0), n_grids=7)

    assert solve_exact(problem, "inertia").status == "infeasible"


def test_a_range_that_no_plan_keeps_is_proven_so():
    graph, xy = path(4)
    rng = np.random.default_rng(0)
    load = np.array([1.0, 3.0, 1.0, 3.0])
    problem = make_problem(
        graph, xy, rng, load=load, sizes=load[:, None], n_grids=2,
        lower=np.array([4.0]), upper=np.array([4.0]),
    )  # fmt: skip
    apart = replace(problem, load=load[[0, 2, 1, 3]], sizes=load[[0, 2, 1, 3]][:, None])

    assert solve_exact(problem, "balance").value == 0.0
    assert solve_exact(apart, "balance").status == "infeasible"


def test_what_only_fractions_of_sets_cover_is_proven_to_have_no_plan():
    # Pairs of units: every triangle has one too many, and two hubs can take only two of four.
    hubs, triangles = (0, 1), [(a, a + 1, a + 2) for a in range(2, 14, 3)]
    pairs = [pair for t in triangles for pair in itertools.combinations(t, 2)]
    pairs += [(hub, t[i]) for t in triangles for i, hub in enumerate(hubs)]
    rng = np.random.default_rng(0)
    problem = make_problem(
        from_pairs(14, pairs), rng.random((14, 2)) * 50, rng, sizes=np.ones((14, 1)),
        lower=np.array([2.0]), upper=np.array([2.0]),
    )  # fmt: skip

    assert solve_exact(problem, "inertia").status == "infeasible"


def test_a_set_may_have_more_units_than_a_word_has_bits():
    graph, xy = path(70)
    rng = np.random.default_rng(0)
    load = np.ones(70)
    problem = make_problem(
        graph, xy, rng, load=load, sizes=load[:, None], n_grids=2,
        lower=np.array([2.0]), upper=np.array([66.0]),
    )  # fmt: skip

    proof = solve_exact(problem, "inertia")

    assert proof.status == "optimal"
    assert np.bincount(proof.labels).tolist() == [35, 35]


def test_a_stop_among_the_numbers_of_grids_keeps_the_best_so_far():
    problem = replace(map_of(12, 3, seed=1), n_grids=None, load=np.arange(12.0) ** 3)
    best = solve_exact(problem, "balance")

    proof = solve_exact(problem, "balance", stop=Iterations(200))

    assert proof.status == "stopped"
    assert proof.bound == 0.0
    assert not proof.value < best.value


def test_the_criterion_is_asked_with_the_sets_looked_at():
    problem = map_of(30, 4, seed=3)
    start = solve(problem, weights=Weights(border=0.0), seed=0, runs=1).labels

    proof = solve_exact(problem, "inertia", start=start, stop=Iterations(2_000))
    nothing = solve_exact(problem, "inertia", start=start, stop=at_once)

    assert proof.status == nothing.status == "stopped"
    assert proof.bound <= proof.value
    assert np.unique(np.stack([proof.labels, start]), axis=1).shape[1] == 4


@pytest.mark.parametrize("most", [0, 10, 40])
def test_a_proof_given_up_for_too_many_sets_still_bounds(monkeypatch, most):
    problem = map_of(18, 4, seed=33, tolerance=0.25)
    optimum = solve_exact(problem, "inertia").value
    find_sets = walks.find_sets

    def find_few(tables, prices, progress):
        found, complete = find_sets(tables, prices, progress)
        few = prices.tighten or found.n[0] <= most
        return (found if few else None), complete

    monkeypatch.setattr(walks, "find_sets", find_few)

    proof = solve_exact(problem, "inertia")

    assert proof.status == "stopped"
    assert 0.9 * optimum < proof.bound <= optimum * (1 + 1e-9)


def test_a_linear_program_with_few_columns_ends_at_the_same_optimum(monkeypatch):
    problem = map_of(18, 4, seed=33, tolerance=0.25)
    optimum = solve_exact(problem, "inertia")
    monkeypatch.setattr(exact, "POOL", 40)

    assert solve_exact(problem, "inertia").value == pytest.approx(optimum.value)


def test_nothing_is_known_where_the_first_walk_is_given_up(monkeypatch):
    monkeypatch.setattr(walks, "MOST_SETS", 0)

    proof = solve_exact(map_of(12, 3, seed=1), "inertia")

    assert (proof.labels, proof.bound, proof.status) == (None, -np.inf, "stopped")


@pytest.mark.parametrize("objective", ["inertia", "cut_edges"])
def test_the_search_is_never_better_than_the_optimum(objective):
    problem = map_of(25, 4, seed=7)
    weights = Weights(compactness=float(objective == "inertia"), border=1.0)
    found = solve(problem, weights=weights, seed=0, runs=1)

    proof = solve_exact(problem, objective, start=found.labels)

    assert proof.status == "optimal"
    assert proof.value <= value_of(problem, objective, found.labels) * (1 + 1e-9)
    assert terms.violation(problem, proof.labels, 4) == 0


@pytest.mark.skipif(not COMPILED, reason="a minute without the compiler")
def test_forty_units_are_proven():
    problem = map_of(40, 5, seed=11)

    proof = solve_exact(problem, "inertia")

    assert proof.status == "optimal"
    assert_plan(problem, proof.labels)


@pytest.mark.slow
@pytest.mark.skipif(not COMPILED, reason="many minutes without the compiler")
@pytest.mark.parametrize("tolerance", [0.05, 0.25])
def test_sixty_units_are_proven(tolerance):
    problem = map_of(60, 6, seed=13, tolerance=tolerance)
    start = solve(problem, weights=Weights(border=0.0), seed=0).labels

    alone = solve_exact(problem, "inertia")
    proof = solve_exact(problem, "inertia", start=start)

    assert proof.status == alone.status == "optimal"
    assert proof.value == pytest.approx(alone.value, rel=1e-9)
    assert proof.value <= value_of(problem, "inertia", start) * (1 + 1e-9)
