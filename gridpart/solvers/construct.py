"""A first plan: every grid in one piece, about equal, whatever the ranges say."""

import heapq

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gridpart import _kernels_plans
from gridpart.errors import InfeasibleError
from gridpart.model import Graph, Problem
from gridpart.objective import masses

__all__ = ["bisected", "canonical", "grown"]


def bisected(problem: Problem, n_grids: int) -> NDArray[np.int32]:
    """Return labels by recursive coordinate bisection, mended to contiguous grids.

    The graph must be connected. Cuts follow the first measure, or the load where
    no range counts anything.
    """
    mass = masses(problem.load)
    size = problem.sizes[:, 0] if problem.sizes.shape[1] else problem.load
    if not size.sum() > 0:
        size = mass
    labels: NDArray[np.int32] = _kernels_plans.bisect(problem.xy, mass, size, n_grids)
    _kernels_plans.join_orphans(problem.graph, labels, mass, n_grids)
    return labels


def grown(problem: Problem, labels: NDArray[np.int32], n_grids: int) -> NDArray[np.int32]:
    """Return labels grown from the labels >= 0 given, which no unit loses.

    Pieces of one label are first tied together by shortest paths over free units;
    grids without a unit start at the free units farthest from every other grid;
    then the lightest grid takes the nearest free unit next to it, again and again.
    A label whose pieces cannot be tied stays in pieces; the caller judges that.
    """
    labels = _seeded(problem, labels, n_grids)
    size = problem.sizes[:, 0] if problem.sizes.shape[1] else problem.load
    total = np.bincount(labels[labels >= 0], weights=size[labels >= 0], minlength=n_grids)
    fringe: list[list[tuple[float, int]]] = [[] for _ in range(n_grids)]
    center = [problem.xy[labels == grid].mean(axis=0) for grid in range(n_grids)]
    for unit in np.flatnonzero(labels >= 0).tolist():
        _reach(problem, labels, unit, center, fringe)
    growing = [(float(total[grid]), grid) for grid in range(n_grids)]
    heapq.heapify(growing)
    while growing:
        weight, grid = heapq.heappop(growing)
        while fringe[grid] and labels[fringe[grid][0][1]] >= 0:
            heapq.heappop(fringe[grid])
        if fringe[grid]:
            unit = heapq.heappop(fringe[grid])[1]
            labels[unit] = grid
            _reach(problem, labels, unit, center, fringe)
            heapq.heappush(growing, (weight + float(size[unit]), grid))
    return labels


def _seeded(problem: Problem, given: NDArray[np.int32], n_grids: int) -> NDArray[np.int32]:
    """Return the labels given, each in one piece if it can be, with a unit for every grid."""
    labels = given.copy()
    for grid in range(n_grids):
        _tie(problem.graph, labels, grid)
    lacking = np.setdiff1d(np.arange(n_grids), labels)
    if (labels < 0).sum() < lacking.size:
        raise InfeasibleError(
            "The locked units and the ways between them leave no unit for some grids.",
            found=f"{n_grids - lacking.size} locked grids of {n_grids}",
            wanted="a free unit for every grid without a locked one",
            fix="ask for fewer grids or lock fewer units",
        )
    for grid in lacking:
        labels[_farthest_free(problem.xy, labels)] = grid
    return labels


def _reach(
    problem: Problem,
    labels: NDArray[np.int32],
    unit: int,
    center: list[NDArray[np.float64]],
    fringe: list[list[tuple[float, int]]],
) -> None:
    """Put the free neighbors of `unit` on the fringe of its grid, nearest first."""
    grid = int(labels[unit])
    for other in problem.graph.neighbors(unit):
        if labels[other] < 0:
            far = float(np.hypot(*(problem.xy[other] - center[grid])))
            heapq.heappush(fringe[grid], (far, int(other)))


def _tie(graph: Graph, labels: NDArray[np.int32], grid: int) -> None:
    """Join the pieces of `grid` by shortest paths over free units, in place."""
    while True:
        own = np.flatnonzero(labels == grid)
        if own.size < 2:
            return
        piece = _flood(graph, labels, int(own[0]))
        if len(piece) == own.size:
            return
        came_from = dict.fromkeys(piece, -1)
        queue = sorted(piece)
        target = -1
        for at in queue:
            if labels[at] == grid and came_from[at] >= 0:
                target = came_from[at]
                break
            for other in graph.neighbors(at).tolist():
                if other not in came_from and labels[other] in (grid, -1):
                    came_from[other] = at
                    queue.append(other)
        if target < 0:
            return
        while labels[target] != grid:
            labels[target] = grid
            target = came_from[target]


def _flood(graph: Graph, labels: NDArray[np.int32], root: int) -> set[int]:
    """Return the units of the root's label that are connected to it within the label."""
    piece, queue = {root}, [root]
    for at in queue:
        for other in graph.neighbors(at).tolist():
            if labels[other] == labels[root] and other not in piece:
                piece.add(other)
                queue.append(other)
    return piece


def _farthest_free(xy: NDArray[np.float64], labels: NDArray[np.int32]) -> int:
    """Return the free unit farthest from every labeled one, or from the middle if none is."""
    free = np.flatnonzero(labels < 0)
    taken = xy[labels >= 0]
    if not taken.size:
        taken = xy.mean(axis=0, keepdims=True)
    nearest, _ = cKDTree(taken).query(xy[free])
    return int(free[np.argmax(nearest)])


def canonical(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the same grids numbered in order of their first unit.

    Examples
    --------
    >>> canonical(np.array([2, 2, 0, 1], np.int32))
    array([0, 0, 1, 2], dtype=int32)
    """
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(first.size, np.int32)
    rank[np.argsort(first)] = np.arange(first.size, dtype=np.int32)
    return rank[inverse.ravel()]
