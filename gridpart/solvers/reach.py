"""Which units no grid in range can hold, whatever the rest of the plan.

A unit is stuck when no contiguous set of units around it adds up to the range: it
is too large, or cut off with too little. A grid with a stuck unit is out of range
in every plan, so the search need not go on for its sake.
"""

from bisect import bisect_left, insort
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridpart.model import Graph, Problem
from gridpart.objective import grid_sums, out_of_range
from gridpart.solvers.counts import far_apart

__all__ = ["Known", "avoidable", "first_stuck", "is_stuck", "partners"]

MOST_SETS = 2_000
"""Sets to look at before giving up on a proof."""
OPEN_QUESTIONS = 3
"""Proofs given up before no more are tried."""

EMPTY = np.empty(0)

Known = dict[tuple[int, int], bool | None]
"""``(measure, unit)`` -> whether the unit is stuck, None where that stayed open."""


def is_stuck(
    graph: Graph, size: NDArray[np.float64], lower: float, upper: float, unit: int
) -> bool | None:
    """Return whether no contiguous set with `unit` adds up to the range.

    None where too many sets would have to be seen.
    """
    if size[unit] > upper:
        return True
    total = _grown(graph, size, lower, upper, unit)
    if total <= upper:
        return total < lower
    near = _search(graph, size, (lower, upper), unit, most=1)
    if near.within:
        return False
    return True if near.proven else None


def _stuck(problem: Problem, m: int, unit: int, known: Known) -> bool:
    """Return whether a unit is proven stuck; where too much stayed open, no more is asked."""
    if (m, unit) not in known:
        if sum(1 for answer in known.values() if answer is None) >= OPEN_QUESTIONS:
            return False
        bounds = float(problem.lower[m]), float(problem.upper[m])
        known[m, unit] = is_stuck(problem.graph, problem.sizes[:, m], *bounds, unit)
    return known[m, unit] is True


def first_stuck(problem: Problem, members: NDArray[np.int64], known: Known) -> int | None:
    """Return a unit among `members` that is proven stuck in the first measure, if any is."""
    return next((int(u) for u in members if _stuck(problem, 0, int(u), known)), None)


def _grown(graph: Graph, size: NDArray[np.float64], lower: float, upper: float, unit: int) -> float:
    """Return the sum when the smallest neighbor joins until one of them leads into the range.

    Or until `lower` is passed, or none is left. Without an upper end the largest joins.
    """
    total = float(size[unit])
    seen = {unit}
    fringe: list[tuple[float, int]] = []  # ascending
    at = unit
    while total < lower:
        for other in graph.neighbors(at).tolist():
            if other not in seen:
                seen.add(other)
                insort(fringe, (float(size[other]), other))
        if not fringe:
            break
        last = bisect_left(fringe, (lower - total, -1))
        if last < len(fringe) and total + fringe[last][0] <= upper:
            return max(lower, total + fringe[last][0])
        step, at = fringe.pop(0 if upper < np.inf else -1)
        total += step
    return total


def partners(
    graph: Graph, size: NDArray[np.float64], lower: float, upper: float, unit: int
) -> list[frozenset[int]]:
    """Return a few contiguous sets with `unit` that add up to the range, small ones first.

    Where there is none, the set that comes nearest to the range.
    """
    near = _search(graph, size, (lower, upper), unit, most=6)
    found = near.within or [near.best]
    return sorted(found, key=lambda members: (len(members), sorted(members)))[:3]


class Nearby(NamedTuple):
    """What the contiguous sets around a unit add up to."""

    within: list[frozenset[int]]
    """Sets in range."""
    best: frozenset[int]
    """The set that comes nearest to the range."""
    least: float
    """How far it is out of range."""
    proven: bool
    """Whether all sets were seen that had to be."""


def _search(
    graph: Graph,
    size: NDArray[np.float64],
    bounds: tuple[float, float],
    unit: int,
    most: int,
) -> Nearby:
    """Return up to `most` sets in range that hold `unit`, and the nearest one.

    Sets grow by one unit with size at a time, never by an oversize one; units without
    size join them for free.
    """
    lower, upper = bounds
    within: list[frozenset[int]] = []
    first = frozenset([unit])
    best, least = first, np.inf
    budget = MOST_SETS
    stack, seen = [first], {first}
    while stack and len(within) < most and budget > 0:
        members = stack.pop()
        total = float(size[list(members)].sum())
        out = max(0.0, lower - total, total - upper)
        if out < least:
            best, least = members, out
        if out == 0:
            within.append(members)
        elif total < lower:
            budget -= 1
            for other, way in _around(graph, size, members):
                if size[other] <= upper and members | way not in seen:
                    seen.add(members | way)
                    stack.append(members | way)
    return Nearby(within, best, least, budget > 0)


def _around(
    graph: Graph, size: NDArray[np.float64], members: frozenset[int]
) -> list[tuple[int, frozenset[int]]]:
    """Return units with size next to `members`, each with the empty units on the way to it.

    The smallest comes last.
    """
    way: dict[int, frozenset[int]] = dict.fromkeys(members, frozenset())
    queue = list(members)
    found = []
    while queue:
        at = queue.pop()
        for other in graph.neighbors(at).tolist():
            if other not in way:
                way[other] = way[at] | {other}
                if size[other] > 0:
                    found.append((other, way[other]))
                else:
                    queue.append(other)
    return sorted(found, key=lambda item: (-size[item[0]], item[0]))


def avoidable(
    problem: Problem, labels: NDArray[np.int32], n_grids: int, known: Known
) -> NDArray[np.float64]:
    """Return how far each grid is out of range for no proven reason, shape (n_grids,).

    Amounts add up over measures in the measures' own units; a grid beyond a hard radius
    counts 1. A grid with a stuck unit
    counts 0; but where that unit is oversize, those count that need not have joined it.
    `known` remembers proofs.
    """
    amount = np.zeros(n_grids)
    if problem.radius_breach > 0 and len(far_apart(problem)) <= n_grids:
        unbound = replace(problem, sizes=problem.sizes[:, :0], lower=EMPTY, upper=EMPTY)
        amount += out_of_range(unbound, labels, n_grids)
    sums = grid_sums(labels, problem.sizes, n_grids)
    for m in range(problem.lower.size):
        bounds = float(problem.lower[m]), float(problem.upper[m])
        size = problem.sizes[:, m]
        out = np.maximum(0.0, np.maximum(sums[:, m] - bounds[1], bounds[0] - sums[:, m]))
        for grid in np.flatnonzero(out > 0):
            members = np.flatnonzero((labels == grid) & (size > 0)).tolist()
            if not any([_stuck(problem, m, unit, known) for unit in members]):
                amount[grid] += out[grid]
            elif sums[grid, m] > bounds[1] and size[members].max() > bounds[1]:
                amount[grid] += sum(_needless(problem.graph, size, bounds, u) for u in members)
    return amount


def _needless(
    graph: Graph, size: NDArray[np.float64], bounds: tuple[float, float], unit: int
) -> float:
    """Return what `unit` adds to a breach beside an oversize unit, less the least elsewhere."""
    if size[unit] > bounds[1]:
        return 0.0
    near = _search(graph, size, bounds, unit, most=1)
    return max(0.0, float(size[unit]) - near.least) if near.proven else 0.0
