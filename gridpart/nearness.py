"""A hard radius in the search, by walks: the kernels know straight lines only.

What the search found is walked. Where somebody lives beyond the radius, the search is
repeated with a shorter one; and where the radius goes before the range, grids are split
until nobody does, and joined again where that breaks nothing.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gridpart import objective
from gridpart.access import reach_center
from gridpart.arithmetic import EPSILON
from gridpart.model import Ground, Level, Problem, Radius
from gridpart.problem import level_problem
from gridpart.shape import label_radius_m
from gridpart.solvers.construct import canonical

__all__ = ["beyond", "bound_by", "join_grids", "local_detour", "rank", "split_grids"]

MOST_DETOUR = 10.0
"""A detour beyond this is an oddity of one yard; no radius is shortened for more."""
SHORTER = 1.15
"""A radius that did not do is at least this much shorter the next time."""

Labels = NDArray[np.int32]
Units = NDArray[np.int64]
Split = Callable[[Units], Labels]


def bound_by(ground: Ground, level: Level) -> Radius | None:
    """Return the radius that the search has to keep by walks, None for none."""
    radius = level.radius
    if ground.walk is None or radius is None or not radius.hard or radius.origin == "station":
        return None
    return radius


def beyond(ground: Ground, level: Level, units: Units, labels: Labels) -> NDArray[np.float64]:
    """Return by how much of the radius the walks of each grid exceed it, shape (n_grids,).

    Each unit beyond counts 1 and its excess over the radius.
    """
    over = np.zeros(int(labels.max()) + 1)
    if (radius := bound_by(ground, level)) is None:
        return over
    for grid in range(over.size):
        walks = _walks(ground, radius, units[labels == grid])
        far = walks > radius.max_m * (1 + EPSILON)
        over[grid] = float((walks[far] / radius.max_m).sum())
    return over


def _walks(ground: Ground, radius: Radius, units: Units) -> NDArray[np.float64]:
    assert ground.walk is not None
    walk = ground.walk._replace(detour=radius.detour)
    return reach_center(walk, units, ground.load[units]).walk_m


def rank(ground: Ground, level: Level, units: Units, labels: Labels) -> tuple[float, float]:
    """Return how much a plan breaks range and radius, the one that goes first first."""
    problem = level_problem(ground, level, units)
    out = float(_out(problem, labels).sum())
    far = float(beyond(ground, level, units, labels).sum())
    first = level.radius is not None and level.radius.goes_first
    return (round(far, 6), round(out, 6)) if first else (round(out, 6), round(far, 6))


def _out(problem: Problem, labels: Labels) -> NDArray[np.float64]:
    """Return how far each grid is out of its ranges, each over its aim."""
    sums = objective.grid_sums(labels, problem.sizes, int(labels.max()) + 1)
    over = np.maximum(np.maximum(sums - problem.upper, problem.lower - sums), 0.0)
    return np.asarray((over / np.where(problem.aim > 0, problem.aim, 1.0)).sum(axis=1))


def local_detour(ground: Ground, level: Level, units: Units, labels: Labels) -> float:
    """Return the greatest ratio of walks to straight lines in grids beyond the radius."""
    radius = bound_by(ground, level)
    assert radius is not None
    straight = label_radius_m(labels, ground.xy[units], ground.load[units])
    far = np.flatnonzero(beyond(ground, level, units, labels) > 0)
    longest = np.array([_walks(ground, radius, units[labels == g]).max() for g in far])
    ratios = longest / np.maximum(straight[far], 1.0)
    return float(min(max(ratios.max(initial=0.0), SHORTER * radius.detour), MOST_DETOUR))


def split_grids(ground: Ground, level: Level, units: Units, labels: Labels, split: Split) -> Labels:
    """Return the plan with grids beyond the radius split in two as often as that helps.

    `split` divides units of the community into two grids, or leaves them one.
    """
    labels = labels.copy()
    waiting = np.flatnonzero(beyond(ground, level, units, labels) > 0).tolist()
    while waiting:
        own = np.flatnonzero(labels == waiting.pop())
        parts = split(units[own])
        if int(parts.max()) == 0:
            continue
        new = int(labels.max()) + 1
        old = int(labels[own[0]])
        labels[own[parts == 1]] = new
        over = beyond(ground, level, units[own], parts)
        waiting += [grid for grid, far in zip((old, new), over, strict=True) if far > 0]
    return canonical(labels)


def join_grids(ground: Ground, level: Level, units: Units, labels: Labels) -> Labels:
    """Return the plan with neighboring grids joined where ranges gain and no walk gets too long."""
    problem = level_problem(ground, level, units)
    while (pair := _best_pair(ground, level, problem, units, labels)) is not None:
        labels = canonical(np.where(labels == pair[1], pair[0], labels).astype(np.int32))
    return labels


def _best_pair(
    ground: Ground, level: Level, problem: Problem, units: Units, labels: Labels
) -> tuple[int, int] | None:
    """Return the two grids whose union gains most and keeps the radius, None for none."""
    heads, tails = labels[problem.graph.heads], labels[problem.graph.indices]
    pairs = np.unique(np.stack([heads, tails], axis=1)[heads < tails], axis=0)
    out = _out(problem, labels)
    gains = []
    for low, high in pairs:
        joined_units = np.isin(labels, (low, high))
        sums = problem.sizes[joined_units].sum(axis=0)
        over = np.maximum(np.maximum(sums - problem.upper, problem.lower - sums), 0.0)
        joined = float((over / np.where(problem.aim > 0, problem.aim, 1.0)).sum())
        gains.append(out[low] + out[high] - joined)
    over = beyond(ground, level, units, labels)
    for at in np.argsort(-np.array(gains), kind="stable"):
        if gains[at] <= EPSILON:
            return None
        low, high = int(pairs[at, 0]), int(pairs[at, 1])
        both = units[np.isin(labels, (low, high))]
        whole = np.zeros(both.size, np.int32)
        if beyond(ground, level, both, whole)[0] <= over[low] + over[high] + EPSILON:
            return low, high
    return None
