"""Solve one level inside one parent: arrays in, labels out.

``solve`` decides how many grids, treats the pieces of a graph one by one, and
keeps the best of several annealed starts. It never raises for a hard problem: the
plan with the least breach comes back, and the referee says what it breaks.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gridpart import objective
from gridpart.arithmetic import EPSILON
from gridpart.model import Problem, Solution
from gridpart.objective import Weights
from gridpart.solvers.construct import canonical
from gridpart.solvers.counts import across, apportion, choose_n_grids, far_apart, least_violation
from gridpart.solvers.pieces import alone, component_members, subproblem
from gridpart.solvers.reach import Known, avoidable
from gridpart.solvers.refine import Watch
from gridpart.solvers.restarts import best_of, first_plan
from gridpart.solvers.stop import Stop

__all__ = ["Weights", "solve"]

REACH = 4
"""How far from the wanted number of grids to look for one that keeps every range."""
STRIDE, STRIDES = 1.3, 8
"""Growth, and how often, of the number of grids beyond that: for a radius, or where no range
speaks against it."""
EVENER = 0.05
"""What the coefficient of variation of the load has to fall for another number of grids."""


def solve(
    problem: Problem,
    *,
    weights: Weights,
    seed: int | np.random.SeedSequence = 0,
    stop: Stop | None = None,
    runs: int | None = 4,
    workers: int = 1,
    patient: bool = True,
) -> Solution:
    """Return the best plan found for `problem`.

    Parameters
    ----------
    problem : Problem
        Units as arrays; the graph may be in pieces, which never share a grid.
    weights : Weights
        Of the soft terms; the ranges always come first.
    seed : int or SeedSequence
        The only source of randomness.
    stop : callable, optional
        See ``gridpart.solvers.stop``.
    runs : int or None
        Starts to try; a large problem takes one. None goes on until `stop` says so.
    workers : int
        Threads that share the starts of a small problem; the plan does not depend on it.
    patient : bool
        Whether to go on for long where a few grids stay out of range.

    Returns
    -------
    Solution
        Labels 0..n_grids-1 in order of their first unit; every grid in one piece.
    """
    sequence = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
    members = component_members(problem.graph)
    watch = Watch(stop=stop, runs=runs, workers=workers, patient=patient)
    try:
        if len(members) == 1:
            return _solve_connected(problem, weights, sequence, watch)
        return _solve_pieces(problem, members, weights, sequence, watch)
    except KeyboardInterrupt:
        if watch.best is not None and watch.best.labels.size == problem.n_units:
            return replace(watch.best, stopped_by="interrupted")
        labels = construct_only(problem)
        n_grids = int(labels.max()) + 1
        return Solution(
            labels, n_grids, np.nan, objective.violation(problem, labels, n_grids), "interrupted"
        )


def construct_only(problem: Problem) -> NDArray[np.int32]:
    """Return a contiguous first plan, quickly and without a search."""
    members = component_members(problem.graph)
    labels = np.empty(problem.n_units, np.int32)
    offset = 0
    counts = apportion(problem, members, problem.n_grids)
    for units, count in zip(members, counts, strict=True):
        part = subproblem(problem, units)
        labels[units] = first_plan(part, count) + offset
        offset += count
    return canonical(labels)


def _solve_pieces(
    problem: Problem,
    members: list[NDArray[np.int64]],
    weights: Weights,
    sequence: np.random.SeedSequence,
    watch: Watch,
) -> Solution:
    """Solve each connected piece alone and number the grids through."""
    labels = np.empty(problem.n_units, np.int32)
    offset, value, proposals = 0, 0.0, 0
    counts = _counts_of_start(problem, members) or apportion(problem, members, problem.n_grids)
    for units, count, child in zip(members, counts, sequence.spawn(len(members)), strict=True):
        part = alone(problem, units)
        if problem.n_grids is not None:
            part = replace(part, n_grids=count)
        found = _solve_connected(part, weights, child, watch)
        labels[units] = found.labels + offset
        offset += found.n_grids
        value += found.objective
        proposals += found.iterations
    labels = canonical(labels)
    breach = objective.violation(problem, labels, offset)
    return Solution(labels, offset, value, breach, watch.why, proposals)


def _counts_of_start(problem: Problem, members: list[NDArray[np.int64]]) -> list[int] | None:
    """Return the grids of each piece in a given start that has as many as are asked for."""
    if problem.start is None:
        return None
    counts = [np.unique(problem.start[units]).size for units in members]
    return counts if problem.n_grids in (None, sum(counts)) else None


def _solve_connected(
    problem: Problem, weights: Weights, sequence: np.random.SeedSequence, watch: Watch
) -> Solution:
    """Solve a connected problem; without a given number of grids, near the wanted one.

    Where the balance leads, the number on the other side of total over target is tried too.
    """
    if problem.n_grids is not None:
        return best_of(problem, problem.n_grids, weights, sequence, watch)
    found = _near_wanted(problem, weights, sequence, watch)
    other = across(problem, found.n_grids) if _may_even(problem, weights) else None
    if other is None or watch.stopped:
        return found
    probe = best_of(problem, other, weights, sequence, watch, quick=True)
    if _amount(probe) > _amount(found) + EPSILON or watch.stopped:
        return found
    trial = best_of(replace(problem, start=probe.labels), other, weights, sequence, watch)
    evener = _variation(problem, trial) <= _variation(problem, found) - EVENER
    return trial if evener and _amount(trial) <= _amount(found) + EPSILON else found


def _may_even(problem: Problem, weights: Weights) -> bool:
    """Return whether the balance may choose the number: it leads, and no range counts the load."""
    if not objective.balance_leads(weights) or problem.radius_breach > 0:
        return False
    if problem.start is not None or problem.locked is not None:
        return False
    return not any(np.array_equal(size, problem.load) for size in problem.sizes.T)


def _variation(problem: Problem, solution: Solution) -> float:
    """Return the coefficient of variation of the load of grids."""
    load = objective.grid_sums(solution.labels, problem.load, solution.n_grids)
    return float(load.std() / load.mean()) if load.mean() > 0 else 0.0


def _near_wanted(
    problem: Problem, weights: Weights, sequence: np.random.SeedSequence, watch: Watch
) -> Solution:
    """Solve a connected problem with the wanted number of grids or one near it.

    Numbers are tried quickly from the wanted one, or a given start's, outward, until one
    keeps every range, or for two more once only breaches are left that no plan avoids.
    The best of them is then searched in earnest.
    """
    wanted = choose_n_grids(problem)
    if problem.start is not None:
        wanted = int(problem.start.max()) + 1
    fewest = 1 if problem.locked is None else int(problem.locked.max()) + 1
    if problem.radius_breach > 0:
        fewest = max(fewest, len(far_apart(problem)))
        wanted = max(wanted, fewest)
    counts = [n for n in _outward(problem, wanted) if fewest <= n <= problem.n_units] or [fewest]
    known: Known = {}
    floor = min(least_violation(problem, count) / count for count in counts)
    best: Solution | None = None
    spare = 2
    for count in counts:
        found = best_of(problem, count, weights, sequence, watch, quick=True)
        if best is None or _amount(found) < _amount(best) - EPSILON:
            best = found
        if watch.stopped or spare == 0 or _amount(best) <= floor + EPSILON:
            break
        if spare < 2 or not avoidable(problem, found.labels, found.n_grids, known).any():
            spare -= 1
    assert best is not None
    best = _merged(problem, best)
    nearer = [n for n in counts if abs(n - wanted) < abs(best.n_grids - wanted)]
    nearer = [n for n in nearer if (n - wanted) * (best.n_grids - wanted) >= 0]
    for count in [*nearer[-REACH:], best.n_grids]:
        start = best.labels if count == best.n_grids else None
        found = best_of(replace(problem, start=start), count, weights, sequence, watch)
        if watch.stopped or _amount(found) <= _amount(best) + EPSILON:
            return found if _amount(found) <= _amount(best) + EPSILON else best
    return best


def _outward(problem: Problem, wanted: int) -> list[int]:
    """Return numbers of grids to try, from the wanted one outward.

    Far more, too, where a radius asks for them or no range speaks against them.
    """
    near = [wanted + (step + 1) // 2 * (1 if step % 2 else -1) for step in range(2 * REACH + 1)]
    if problem.radius_breach == 0 and (problem.lower > 0).any():
        return near
    return near + [int((wanted + REACH) * STRIDE**step) for step in range(1, STRIDES + 1)]


def _merged(problem: Problem, found: Solution) -> Solution:
    """Return `found` with neighboring grids joined as long as that lowers the total breach."""
    labels, n_grids = found.labels, found.n_grids
    while n_grids > 1 and problem.locked is None and problem.radius_breach == 0:
        sums = objective.grid_sums(labels, problem.sizes, n_grids)
        heads, tails = labels[problem.graph.heads], labels[problem.graph.indices]
        pairs = np.unique(np.stack([heads, tails], axis=1)[heads < tails], axis=0)

        def breach(total: NDArray[np.float64]) -> NDArray[np.float64]:
            over = np.maximum(total - problem.upper, problem.lower - total)
            return np.asarray(np.maximum(over, 0.0).sum(axis=1))

        alone = breach(sums)
        gain = alone[pairs].sum(axis=1) - breach(sums[pairs[:, 0]] + sums[pairs[:, 1]])
        if not pairs.size or gain.max() <= EPSILON:
            break
        low, high = pairs[int(np.argmax(gain))]
        labels = canonical(np.where(labels == high, low, labels))
        n_grids -= 1
    if n_grids == found.n_grids:
        return found
    return replace(
        found,
        labels=labels,
        n_grids=n_grids,
        violation=objective.violation(problem, labels, n_grids),
    )


def _amount(solution: Solution) -> float:
    """Return the total breach on a scale that does not depend on the number of grids."""
    return solution.violation / solution.n_grids
