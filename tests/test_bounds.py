"""A bound is right when no plan is below it; a kernel when it agrees with its slow twin."""

import math
from dataclasses import replace

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import Delaunay
from strategies import cases, from_pairs, make_problem, path, seeds, with_ranges

from gridpart import _kernels_prices as kernels
from gridpart.arithmetic import EPSILON
from gridpart.model import Solution
from gridpart.objective import border, inertia, masses
from gridpart.shape import label_radius_m
from gridpart.solvers import Weights, border_bounds, bounds, solve
from gridpart.solvers.border_bounds import cut_bound
from gridpart.solvers.bounds import balance_bound, inertia_bound
from gridpart.solvers.exact import solve_exact

COMPILED = not numba.config.DISABLE_JIT
"""Without the compiler a map is smaller, or a test would take minutes."""

# --- slow twins -------------------------------------------------------------------------


def subsets(n_units):
    """Return every set of units as a row of True and False; the number is its binary form."""
    return (np.arange(2**n_units)[:, None] >> np.arange(n_units)) & 1 == 1


def keeps_ranges(problem, sets):
    """Return which sets keep the ranges as the judge reads them."""
    sums = sets @ problem.sizes
    slack = EPSILON * np.maximum(1.0, np.abs(sums))
    return ((sums <= problem.upper + slack) & (sums >= problem.lower - slack)).all(axis=1)


def least_of_plans(problem, cost):
    """Return the least sum of `cost` (one for each set) over all divisions, by their size.

    Sets may lie in pieces: what bounds these bounds every plan.
    """
    full = cost.size - 1
    best = {0: {0: 0.0}}
    for count in range(1, problem.n_units + 1):
        best[count] = {}
        for done, value in best[count - 1].items():
            left = full & ~done
            first, rest = left & -left, left & (left - 1)
            part = rest
            while left:
                grid = part | first
                total = value + cost[grid]
                if total < best[count].get(done | grid, math.inf):
                    best[count][done | grid] = total
                if part == 0:
                    break
                part = (part - 1) & rest
    return {count: done[full] for count, done in best.items() if full in done}


def least_inertia(problem):
    """Return the least inertia of plans that keep the ranges, inf where there is none."""
    mass = masses(problem.load)
    sets = subsets(problem.n_units)
    cost = np.array([set_inertia(problem.xy[own], mass[own]) for own in sets])
    least = least_of_plans(problem, np.where(keeps_ranges(problem, sets), cost, np.inf))
    counts = least if problem.n_grids is None else [problem.n_grids]
    return min((least.get(count, math.inf) for count in counts), default=math.inf)


def set_inertia(xy, mass):
    """Return the inertia of one set."""
    if not mass.size:
        return 0.0
    return float((mass * ((xy - np.average(xy, axis=0, weights=mass)) ** 2).sum(axis=1)).sum())


def cheapest_set(units, at, shift, span):
    """Return the cost of the cheapest set around a point and what it holds, by sorting."""
    loss = ((units.xy - at) ** 2).sum(axis=1) - units.price - shift
    held = np.zeros(loss.size)
    held[(units.size == 0) & (loss < 0)] = 1
    sized = np.flatnonzero(units.size > 0)
    ratio = loss[sized] * units.mass[sized] / units.size[sized]
    filled = 0.0
    for place in np.argsort(ratio, kind="stable"):
        unit = sized[place]
        end = span.upper if ratio[place] < 0 else span.lower
        held[unit] = min(1.0, max(0.0, end - filled) / units.size[unit])
        filled += held[unit] * units.size[unit]
    if filled < span.lower * (1 - 1e-12):
        return math.inf, held
    return float((held * units.mass * loss).sum()), held


# --- the kernels ------------------------------------------------------------------------


def grown(n_units, seed, zeros=0.2):
    """Return a tree of units with prices, and memory to work in."""
    rng = np.random.default_rng(seed)
    xy = rng.random((n_units, 2)) * 10
    xy = xy[kernels.tree_order(xy)]
    mass = rng.lognormal(0, 1, n_units)
    size = np.where(rng.random(n_units) < zeros, 0.0, rng.choice([1.0, 2.0, 5.0], n_units))
    tree = kernels.grow_tree(xy, mass, size)
    kernels.raise_prices(tree, rng.normal(2, 4, n_units))
    return tree, kernels.make_scratch(n_units)


@st.composite
def spans(draw, total):
    """Draw a range of sizes; ends may be open, or out of reach."""
    lower = draw(st.sampled_from([-math.inf, 0.0, 0.3, 0.9, 1.0, 1.5])) * total
    width = draw(st.sampled_from([0.0, 0.2, math.inf])) * max(total, 1.0)
    return kernels.Span(lower, max(lower, 0.0) + width)


@given(n_units=st.integers(1, 70), seed=seeds, zeros=st.sampled_from([0, 0.3, 1]), data=st.data())
def test_cheapest_set_agrees_with_sorting(n_units, seed, zeros, data):
    tree, scratch = grown(n_units, seed, zeros)
    span = data.draw(spans(float(tree.size.sum())), label="span")
    at = data.draw(st.tuples(*[st.floats(-5, 15)] * 2), label="at")
    shift = data.draw(st.sampled_from([0.0, 3.0]), label="shift")
    point = np.array([at])

    found = kernels.visit(tree, scratch, point, shift, span)[0]

    cost, held = cheapest_set(tree, at, shift, span)
    assert found[0] == pytest.approx(cost, rel=1e-9, abs=1e-9)
    if math.isinf(cost):
        assert found.tolist() == [math.inf, math.inf, *at]
    elif held @ tree.mass > 1e-9:
        middle, true = around_its_center(tree, held)
        assert found[1:] == pytest.approx([true, *middle], rel=1e-6, abs=1e-6)
    if shift == 0:
        shares, _ = kernels.cover(tree, scratch, point, 1.0, span)
        assert shares == pytest.approx(held if math.isfinite(cost) else 0.0, abs=1e-9)


@given(n_units=st.integers(1, 40), seed=seeds, data=st.data())
def test_visit_and_cover_agree_with_sorting(n_units, seed, data):
    tree, scratch = grown(n_units, seed)
    span = data.draw(spans(float(tree.size.sum())), label="span")
    points = np.random.default_rng(seed).random((5, 2)) * 10
    warmth = data.draw(st.sampled_from([0.01, 1.0, 100.0]), label="warmth")

    found = kernels.visit(tree, scratch, points, 2.0, span)
    moved = points.copy()
    held, least = kernels.cover(tree, scratch, moved, warmth, span)

    costs, sets = [], []
    for point, row, middle in zip(points, found, moved, strict=True):
        cost, own = cheapest_set(tree, point, 2.0, span)
        assert row[0] == pytest.approx(cost, rel=1e-9, abs=1e-9)
        if own.any() and math.isfinite(cost):
            center, true = around_its_center(tree, own)
            assert row[1:] == pytest.approx([true, *center], rel=1e-6, abs=1e-6)
        cost, own = cheapest_set(tree, point, 0.0, span)
        if own @ tree.mass > 1e-9 and math.isfinite(cost):
            center, true = around_its_center(tree, own)
            assert middle == pytest.approx(center)
            costs.append(true)
            sets.append(own)
    if not sets:
        assert not held.any()
        assert not least.any()
        return
    costs, sets = np.array(costs), np.array(sets)
    weight = np.exp((costs.min() - costs) / warmth)
    assert held == pytest.approx(weight @ sets / weight.sum(), rel=1e-6, abs=1e-6)
    holds = sets > 1e-12  # what rounding leaves of a share is none
    cheapest = np.where(holds, costs[:, None], np.inf).min(axis=0)
    cheapest = np.minimum(cheapest, cheapest[np.isfinite(cheapest)].max())
    assert least == pytest.approx(cheapest, rel=1e-6, abs=1e-6)


def around_its_center(units, held):
    """Return the center of a set and its cost around that."""
    mass = held * units.mass
    center = np.average(units.xy, axis=0, weights=mass)
    return center, float((mass * (((units.xy - center) ** 2).sum(axis=1) - units.price)).sum())


# --- the inertia ------------------------------------------------------------------------


@st.composite
def tiny(draw):
    """Draw a problem of at most eight units, and labels that may break its ranges."""
    case = draw(cases(min_units=2, max_units=8))
    problem = case.problem
    rng = np.random.default_rng(draw(seeds))
    if draw(st.booleans()):  # one unit that outweighs the rest
        problem.load[0] = problem.load.sum() * 2 + 1
    if draw(st.booleans()) and problem.sizes.shape[1]:  # sizes are the load
        problem.sizes[:, 0] = problem.load
        problem = with_ranges(problem, case.n_grids, rng)
    if draw(st.booleans()):
        problem = replace(problem, n_grids=case.n_grids)
    return problem, rng.integers(0, case.n_grids, problem.n_units).astype(np.int32)


@given(drawn=tiny(), effort=st.sampled_from(["quick", "tight"]))
def test_no_plan_is_below_the_bound(drawn, effort):
    problem, labels = drawn

    bound = inertia_bound(problem, labels, effort=effort)

    assert 0 <= bound <= least_inertia(problem) * (1 + 1e-9)


@given(drawn=tiny(), seed=seeds)
def test_any_prices_prove_a_bound(drawn, seed):
    problem, labels = drawn
    market = bounds.open_market(problem, labels)
    if market is None:
        return
    scale = market.side**2 * np.random.default_rng(seed).choice([0.1, 1.0, 10.0])

    price = np.random.default_rng(seed).normal(scale, scale, problem.n_units)
    bound = bounds.value(market, price, 0.01).bound

    assert bound <= least_inertia(problem) * (1 + 1e-9)


def test_bound_of_one_grid_is_its_inertia():
    graph, xy = path(30)
    problem = make_problem(graph, xy, np.random.default_rng(0), n_grids=1)
    labels = np.zeros(30, np.int32)

    bound = inertia_bound(problem, labels)

    assert bound == pytest.approx(inertia(labels, xy, masses(problem.load), 1), rel=0.01)


def triangulated_problem(n_units, n_grids, seed, tolerance=0.1):
    """Return a problem over scattered units, a plan of squares, and the inertia of the plan."""
    rng = np.random.default_rng(seed)
    xy = rng.random((n_units, 2)) * 1000
    problem = scattered(xy, n_grids, rng, tolerance)
    side = math.isqrt(n_grids)
    column, row = np.minimum(xy // (1000 / side), side - 1).astype(np.int32).T
    labels = column * side + row
    return problem, labels, inertia(labels, xy, masses(problem.load), n_grids)


def scattered(xy, n_grids, rng, tolerance=0.1):
    """Return a problem over units at these places, their loads within a range."""
    n_units = len(xy)
    triangles = Delaunay(xy).simplices
    pairs = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    graph = from_pairs(n_units, pairs.tolist())
    load = rng.integers(5, 30, n_units).astype(np.float64)
    mean = load.sum() / n_grids
    problem = make_problem(graph, xy, rng, n_grids=n_grids)
    return replace(
        problem,
        load=load,
        sizes=load[:, None].copy(),
        lower=np.array([mean * (1 - tolerance)]),
        upper=np.array([mean * (1 + tolerance)]),
    )


def test_bound_is_near_a_plan_of_squares():
    problem, labels, value = triangulated_problem(80 if COMPILED else 40, 4, seed=1)

    quick = inertia_bound(problem, labels)
    tight = inertia_bound(problem, labels, effort="tight")

    # Squares cost 5 % more than discs, and nobody has made them keep the range.
    assert 0.85 * value < quick <= tight


def test_row_order_changes_nothing():
    n_units = 40 if COMPILED else 20
    problem, labels, _ = triangulated_problem(n_units, 4, seed=2)
    order = np.random.default_rng(0).permutation(n_units)
    shuffled = replace(
        problem, xy=problem.xy[order], load=problem.load[order], sizes=problem.sizes[order]
    )

    bound = inertia_bound(problem, labels)

    # The graph plays no part in the bound.
    assert inertia_bound(shuffled, labels[order]) == pytest.approx(bound, rel=1e-9)


@pytest.mark.parametrize(("n_grids", "low", "high"), [(None, 0.6, 0.7), (4, 1.5, 2.0)])
def test_a_range_without_plans_has_no_bound(n_grids, low, high):
    problem, labels, _ = triangulated_problem(60, 4, seed=3)
    lower, upper = np.array([[low], [high]]) * problem.load.sum()

    never = replace(problem, n_grids=n_grids, lower=lower, upper=upper)

    assert inertia_bound(never, labels) == 0


def test_without_a_range_every_unit_may_stand_alone():
    problem, labels, _ = triangulated_problem(60, 4, seed=3)

    free = replace(problem, n_grids=None, lower=np.array([-np.inf]), upper=np.array([np.inf]))

    assert inertia_bound(free, labels) == 0


@pytest.mark.parametrize("far", [1e3, 1e9])
def test_far_outliers_and_shared_places_are_no_trouble(far):
    graph, xy = path(12)
    xy[6:] = xy[5]
    xy[0] = -far, far / 3
    problem = make_problem(graph, xy, np.random.default_rng(1), n_grids=3)
    labels = np.repeat(np.arange(3, dtype=np.int32), 4)

    assert 0 <= inertia_bound(problem, labels) <= inertia(labels, xy, masses(problem.load), 3)


@pytest.mark.skipif(not COMPILED, reason="minutes without the compiler")
@pytest.mark.parametrize("effort", ["quick", "tight"])
def test_dense_and_sparse_parts_of_a_map_share_a_bound(effort):
    rng = np.random.default_rng(8)
    town = rng.normal(500, 15, (210, 2))
    problem = scattered(np.concatenate([town, rng.random((90, 2)) * 1000]), 15, rng)
    labels = solve(problem, weights=Weights(border=0.0), seed=0, runs=2).labels
    mass = masses(problem.load)
    value = inertia(labels, problem.xy, mass, 15)

    of_grids = [set_inertia(problem.xy[labels == g], mass[labels == g]) for g in range(15)]
    assert max(of_grids) > 100 * min(of_grids)
    assert 0.9 * value < inertia_bound(problem, labels, effort=effort) < value


@pytest.mark.parametrize("seed", range(3 if COMPILED else 1))
def test_a_radius_only_widens_the_gap(seed):
    n_units = 24 if COMPILED else 18
    problem, labels, _ = triangulated_problem(n_units, 4, seed=seed, tolerance=0.3)
    free = solve_exact(problem, "inertia")
    far = label_radius_m(free.labels, problem.xy, masses(problem.load)).max()
    near = replace(problem, max_radius_m=0.95 * far, radius_breach=1.0)

    best = solve_exact(near, "inertia")
    bound = inertia_bound(near, labels)

    assert bound == inertia_bound(problem, labels)
    if best.status == "infeasible":
        return
    assert bound <= free.value < best.value
    assert label_radius_m(best.labels, near.xy, masses(near.load)).max() <= near.max_radius_m


def test_a_huge_map_is_only_leveled(monkeypatch):
    n_units, n_grids = (150, 9) if COMPILED else (60, 4)
    problem, labels, value = triangulated_problem(n_units, n_grids, seed=4)
    full = inertia_bound(problem, labels)
    monkeypatch.setattr(bounds, "HUGE", 50)

    assert 0.4 * value < inertia_bound(problem, labels) < full < value


def test_stop_ends_the_rounds_with_a_bound():
    problem, labels, value = triangulated_problem(150, 9, seed=5)
    asked = []

    def stop(best: Solution | None, rounds: int, elapsed_s: float) -> bool:
        asked.append((best, rounds, elapsed_s))
        return rounds >= 3

    bound = inertia_bound(problem, labels, effort="tight", stop=stop)

    assert 0 < bound < value
    assert [rounds for _, rounds, _ in asked] == [0, 1, 2, 3, 4]


def test_squares_beyond_the_limit_leave_a_weaker_bound(monkeypatch):
    problem, labels, _ = triangulated_problem(150, 9, seed=6)
    market = bounds.open_market(problem, labels)
    price = market.first_price
    full = bounds.value(market, price, 0.001).bound
    monkeypatch.setattr(bounds, "VISITS", 1)

    assert bounds.value(market, price, 0.001).bound < full


# --- balance and borders ----------------------------------------------------------------


@given(drawn=tiny(), whole=st.booleans(), n_grids=st.integers(1, 5))
def test_no_plan_is_below_the_balance_bound(drawn, whole, n_grids):
    problem, _ = drawn
    if not whole:
        problem = replace(problem, load=problem.load / 7)
    n_grids = min(n_grids, problem.n_units)
    mean = problem.load.sum() / n_grids
    if mean == 0:
        assert balance_bound(problem, n_grids) == 0
        return

    cost = (subsets(problem.n_units) @ problem.load / mean - 1) ** 2
    least = least_of_plans(problem, cost)[n_grids]

    assert 0 <= balance_bound(problem, n_grids) <= least * (1 + 1e-9) + 1e-15


@pytest.mark.parametrize(
    ("load", "n_grids", "grids"),
    [
        ([10, 1, 1, 1, 1], 3, [10, 2, 2]),
        ([3, 3, 3, 3, 3], 2, [9, 6]),  # in steps of three
        ([4, 4, 3], 2, [6, 5]),
        ([1, 1], 4, [1, 1, 0, 0]),
    ],
)
def test_balance_bound_is_what_water_would_do(load, n_grids, grids):
    graph, xy = path(len(load))
    problem = make_problem(graph, xy, np.random.default_rng(0))
    mean = sum(load) / n_grids

    bound = balance_bound(replace(problem, load=np.array(load, np.float64)), n_grids)

    assert bound == pytest.approx(sum((grid / mean - 1) ** 2 for grid in grids))


@given(case=cases(min_units=2, max_units=8), n_grids=st.integers(1, 5))
def test_no_plan_is_below_the_cut_bound(case, n_grids):
    problem = case.problem
    n_grids = min(n_grids, problem.n_units)
    sets = subsets(problem.n_units)
    heads, tails = problem.graph.heads, problem.graph.indices
    # Each border counts for both of its grids.
    leaving = sets[:, heads] & ~sets[:, tails]
    cost = np.where(keeps_ranges(problem, sets), leaving @ problem.border_cost / 2, np.inf)

    least = least_of_plans(problem, cost).get(n_grids, math.inf)

    assert 0 <= cut_bound(problem, n_grids) <= least * (1 + 1e-9)


def test_cut_bound_of_a_path_and_of_a_map():
    graph, xy = path(10)
    row = make_problem(graph, xy, np.random.default_rng(0), border_cost=graph.lengths / 10)
    problem, labels, _ = triangulated_problem(150, 9, seed=7)
    problem = replace(problem, border_cost=np.ones(problem.border_cost.size))

    assert cut_bound(row, 4) == pytest.approx(3)
    assert 0.25 * border(problem, labels) < cut_bound(problem, 9) < border(problem, labels)


def test_cut_bound_counts_pieces_and_spares_large_spectra(monkeypatch):
    two = from_pairs(6, [(0, 1), (1, 2), (3, 4), (4, 5)])
    problem = make_problem(two, np.zeros((6, 2)), np.random.default_rng(0))
    problem = replace(problem, border_cost=np.ones(8))
    monkeypatch.setattr(border_bounds, "DENSE", 5)

    assert [round(cut_bound(problem, n), 6) for n in (1, 2, 3, 6)] == [0, 0, 1, 4]
