"""How many grids, and how many of them in each piece of a graph."""

import math
from bisect import bisect_left, insort

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gridpart import _kernels_plans
from gridpart.arithmetic import EPSILON, choose_count, feasible_counts, least_breach
from gridpart.model import Problem
from gridpart.objective import mean_sizes
from gridpart.solvers.pieces import subproblem

__all__ = ["across", "apportion", "choose_n_grids", "far_apart", "least_violation"]


def oversize(problem: Problem) -> NDArray[np.bool_]:
    """Return which units alone exceed the range in some measure."""
    over = problem.sizes > problem.upper * (1 + EPSILON)
    return np.asarray(over.any(axis=1))


def choose_n_grids(problem: Problem) -> int:
    """Return the number of grids for a connected graph, from ranges and targets.

    A unit above the range stands alone; each piece that is left without those
    units is divided by its own total. The first measure with a target leads, and
    the others narrow the choice where they can.
    """
    if not problem.sizes.shape[1] or not problem.sizes.sum() > 0:
        return 1
    heavy = oversize(problem)
    piece = _kernels_plans.label_components(problem.graph, heavy.astype(np.int32))
    n_grids = int(heavy.sum())
    for p in np.unique(piece[~heavy]):
        sums = problem.sizes[(piece == p) & ~heavy].sum(axis=0)
        # A piece too small for a grid of its own goes to the heavy unit that cuts it off.
        n_grids += 0 if n_grids and (sums < problem.lower).any() else _count(problem, sums)
    if all(
        feasible_counts(float(total), float(lower), float(upper))
        for total, lower, upper in zip(
            problem.sizes.sum(axis=0), problem.lower, problem.upper, strict=True
        )
    ):
        n_grids = min(max(n_grids, _packed(problem)), _most_grids(problem))
    return max(1, min(n_grids, problem.n_units))


def _packed(problem: Problem) -> int:
    """Return how many grids hold the units of each measure when the largest are packed first.

    More than the arithmetic says where units are lumps: two of 11 fill a grid of at most
    30, not 2.7. First fit decreasing, without contiguity; 1 where no measure has an upper
    end.
    """
    most = 1
    for size, upper in zip(problem.sizes.T, problem.upper, strict=True):
        if not np.isfinite(upper):
            continue
        room: list[float] = []  # ascending
        for lump in np.sort(size[size > 0])[::-1]:
            at = bisect_left(room, float(lump) * (1 - EPSILON))
            left = float(upper) if at == len(room) else room.pop(at)
            insort(room, max(0.0, left - float(lump)))
        most = max(most, len(room))
    return most


def far_apart(problem: Problem) -> NDArray[np.int64]:
    """Return units no two of which fit into one radius: each needs a grid of its own.

    Units of one grid lie within the radius of its center, so at most two radii apart.
    Taken greedily from west to east; there may be more.
    """
    if not np.isfinite(problem.max_radius_m):
        return np.zeros(1, np.int64)
    reach = 2 * problem.max_radius_m * (1 + EPSILON)
    tree = cKDTree(problem.xy)
    free = np.ones(problem.n_units, bool)
    found = []
    for unit in np.lexsort((problem.xy[:, 1], problem.xy[:, 0])):
        if free[unit]:
            found.append(int(unit))
            free[tree.query_ball_point(problem.xy[unit], reach)] = False
    return np.array(found, np.int64)


def _most_grids(problem: Problem) -> int:
    """Return a number of grids that no plan in range exceeds.

    Every grid has a unit that reaches the minimum alone, or is made of smaller ones.
    """
    most = problem.n_units
    for size, lower in zip(problem.sizes.T, problem.lower, strict=True):
        if lower > 0:
            alone = size >= lower
            most = min(most, int(alone.sum()) + int(size[~alone].sum() * (1 + EPSILON) / lower))
    return most


def _count(problem: Problem, sums: NDArray[np.float64]) -> int:
    """Return the number of grids for units that add up to `sums`."""
    led = np.flatnonzero(np.isfinite(problem.aim) & (sums > 0))
    if not led.size:
        return 1
    first = int(led[0])
    lower, upper = float(problem.lower[first]), float(problem.upper[first])
    wanted = choose_count(float(sums[first]), lower, upper, float(problem.aim[first]))
    low, high = 1, problem.n_units
    for m in range(sums.size):
        counts = feasible_counts(float(sums[m]), float(problem.lower[m]), float(problem.upper[m]))
        if counts:
            low, high = max(low, counts[0]), min(high, counts[-1])
    return min(max(wanted, low), high) if low <= high else wanted


def across(problem: Problem, n_grids: int) -> int | None:
    """Return the whole number on the other side of total over target, where ranges can hold it.

    The target lies between the two, so that either is a number of grids, and of posts, that
    the rules ask for. None where `n_grids` is neither, as a range or lumps made it, and where
    one of the two is a single grid, which is even whatever it holds.
    """
    sums = problem.sizes.sum(axis=0)
    led = np.flatnonzero(np.isfinite(problem.aim) & (sums > 0))
    if not led.size:
        return None
    wanted = float(sums[led[0]] / problem.aim[led[0]])
    pair = {math.floor(wanted * (1 + EPSILON)), math.ceil(wanted * (1 - EPSILON))}
    rest = sorted(pair - {n_grids})
    if n_grids not in pair or not rest or min(pair) < 2 or rest[0] > problem.n_units:
        return None
    return rest[0] if least_violation(problem, rest[0]) <= EPSILON else None


def least_violation(problem: Problem, n_grids: int) -> float:
    """Return a total breach that no plan with `n_grids` grids can beat, in mean grids.

    What oversize units exceed, and the larger of two: what the other units must leave
    over or short in the other grids, and what the pieces cut off by oversize units
    cost, each as a grid too small or as part of one already too large.
    """
    scale = mean_sizes(problem, n_grids)
    heavy = oversize(problem)
    piece = _kernels_plans.label_components(problem.graph, heavy.astype(np.int32))
    others = n_grids - int(heavy.sum())
    least = 0.0
    for m in range(scale.size):
        size, upper, lower = problem.sizes[:, m], problem.upper[m], problem.lower[m]
        alone = size > upper * (1 + EPSILON)
        over = float((size[alone] - upper).sum()) if alone.any() else 0.0
        rest = np.bincount(piece[~heavy], weights=size[~heavy])
        cut_off = rest[(rest > 0) & (rest < lower)] if over > 0 else np.zeros(0)
        stray = float(np.minimum(cut_off, lower - cut_off).sum())
        if alone.sum() == heavy.sum() and others > 0:
            gap = least_breach(float(size[~heavy].sum()), float(lower), float(upper), others)
        else:
            gap = max(
                0.0, least_breach(float(size.sum()), float(lower), float(upper), n_grids) - over
            )
        least += (over + max(gap, stray)) / float(scale[m])
    return least


def apportion(problem: Problem, members: list[NDArray[np.int64]], n_grids: int | None) -> list[int]:
    """Return the number of grids for each piece of a graph in pieces.

    Without `n_grids` each piece decides for itself. With it, grids are added or
    taken one by one where the total breach grows least, then where the mean grid
    stays nearest to the overall mean.
    """
    sums = [problem.sizes[units].sum(axis=0) for units in members]
    if n_grids is None:
        return [choose_n_grids(subproblem(problem, units)) for units in members]
    measure = problem.sizes if problem.sizes.shape[1] else problem.load[:, None]
    size = [float(measure[units, 0].sum()) for units in members]
    mean = sum(size) / n_grids
    counts = [1] * len(members)

    def cost(piece: int, count: int) -> tuple[float, float]:
        breach = sum(
            least_breach(float(s), float(lo), float(hi), count)
            for s, lo, hi in zip(sums[piece], problem.lower, problem.upper, strict=True)
        )
        return breach, (size[piece] / count - mean) ** 2 * count

    while sum(counts) < n_grids:
        open_ = [p for p, units in enumerate(members) if counts[p] < units.size]

        def gain(p: int) -> tuple[float, float, int]:
            now, then = cost(p, counts[p]), cost(p, counts[p] + 1)
            return then[0] - now[0], then[1] - now[1], p

        counts[min(open_, key=gain)] += 1
    return counts
