"""Dead ends: units that reach the rest of the map only through one unit, the hub.

What lies behind the hub, in one piece after the other, is divided into grids of its own but
for a part that shares the grid of the hub. ``n`` grids hold at most ``n U``, and at most
``T / L`` of them fit a piece that holds ``T``, so that the part is no smaller than
``T - floor(T / L) U``. If these parts and the hub are more than ``U`` together, some grid
among them is out of range in every plan.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridpart.arithmetic import EPSILON
from gridpart.model import Graph, Problem

__all__ = ["Crowd", "crowd_at", "crowds"]

NEARBY = 200
"""Units to look at for a way around a hub before walking all that lies behind it."""
MOST_UNITS = 2_000
"""Units to walk behind a unit before giving up."""


class Crowd(NamedTuple):
    """Units that fill no number of grids, and need more of one grid than it may hold."""

    hub: int
    """The unit through which the others reach the rest."""
    behind: NDArray[np.int64]
    """The others, ascending."""
    least: float
    """What the grid of the hub would hold at least."""


def crowd_at(
    graph: Graph, size: NDArray[np.float64], lower: float, upper: float, hub: int
) -> Crowd | None:
    """Return what lies behind `hub` if one grid cannot take what is left of it.

    None if it can, or if too much lies there to see all of it.
    """
    if _is_bypassed(graph, hub):
        return None
    behind: set[int] = set()
    seen = {hub}
    least = float(size[hub])
    for start in graph.neighbors(hub).tolist():
        if start in seen:
            continue
        reached, total, whole = _reached(graph, size, (lower, upper), hub, start)
        seen |= reached
        left = total - np.floor(total / lower * (1 + EPSILON)) * upper if whole else 0.0
        if left > 0:
            least += float(left)
            behind |= reached
    if not behind or least <= upper * (1 + EPSILON):
        return None
    return Crowd(hub, np.array(sorted(behind), np.int64), least)


def _is_bypassed(graph: Graph, hub: int) -> bool:
    """Return whether the neighbors of `hub` reach each other without it, not far from there."""
    wanted = set(graph.neighbors(hub).tolist())
    queue = sorted(wanted)[:1]
    reached = {hub, *queue}
    for at in queue:
        if wanted <= reached:
            return True
        if len(reached) > NEARBY:
            return False
        fresh = [other for other in graph.neighbors(at).tolist() if other not in reached]
        reached.update(fresh)
        queue.extend(fresh)
    return wanted <= reached


def _reached(
    graph: Graph, size: NDArray[np.float64], bounds: tuple[float, float], hub: int, start: int
) -> tuple[set[int], float, bool]:
    """Return what is reached from `start` without `hub`, what it holds, and whether it is all.

    The walk ends where some number of grids holds any total.
    """
    lower, upper = bounds
    enough = lower * np.ceil(lower / (upper - lower)) if upper > lower else np.inf
    reached, queue = {start}, [start]
    total = float(size[start])
    while queue:
        if total >= enough or len(reached) > MOST_UNITS:
            return reached, total, False
        for other in graph.neighbors(queue.pop()).tolist():
            if other != hub and other not in reached:
                reached.add(other)
                queue.append(other)
                total += float(size[other])
    return reached, total, True


def crowds(
    problem: Problem, m: int, labels: NDArray[np.int32], grids: Iterable[int]
) -> dict[int, Crowd]:
    """Return why some of `grids` are out of range in measure `m`: a crowd for each of these.

    A crowd says that one of the grids that touch it is out of range in every plan, so it
    stands for one of them, the first. No unit is in two crowds.
    """
    graph, size = problem.graph, problem.sizes[:, m]
    lower, upper = float(problem.lower[m]), float(problem.upper[m])
    taken: set[int] = set()
    known: dict[int, Crowd | None] = {}
    found: dict[int, Crowd] = {}
    if not np.isfinite(upper) or lower <= 0:
        return found
    for grid in grids:
        members = np.flatnonzero(labels == grid)
        hubs = {int(h) for u in members for h in graph.neighbors(int(u))} | set(members.tolist())
        for hub in sorted(hubs - taken):
            if hub not in known:
                known[hub] = crowd_at(graph, size, lower, upper, hub)
            crowd = known[hub]
            if crowd is None:
                continue
            units = {hub, *crowd.behind.tolist()}
            if not units.isdisjoint(members.tolist()) and units.isdisjoint(taken):
                found[grid] = crowd
                taken |= units
                break
    return found
