"""Dividing one grid so that none of the new grids lies in a hole of another."""

from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from gridpart._kernels_plans import label_components
from gridpart.dividing import Task, divide_parent
from gridpart.holes import enclosed
from gridpart.model import Graph, Ground
from gridpart.nearness import rank
from gridpart.solvers.stop import Stop

__all__ = ["broken", "divide_open"]

AGAIN = 4
"""Divisions from other seeds where grids are enclosed."""

Labels = NDArray[np.int32]
Rank = tuple[float, ...]


def divide_open(task: Task, seed: np.random.SeedSequence, stop: Stop | None) -> tuple[Labels, str]:
    """Divide one parent, and again from other seeds while a grid lies in a hole of another.

    Ranges and radius go first: a division is taken for having fewer enclosed grids only
    where it breaks no more of them.
    """
    labels, why = divide_parent(task, seed, stop)
    if task.level.enclosed == "allow" or not _enclosed(task, labels):
        return labels, why
    best, labels = _opened(task, labels)
    for child in seed.spawn(AGAIN):
        if best[-1] == 0 or why != "budget":
            break
        found, why = divide_parent(task, child, stop)
        own, found = _opened(task, found)
        if own < best:
            best, labels = own, found
    return labels, why


def broken(task: Task, labels: Labels) -> Rank:
    """Return what a division breaks, and how many grids are enclosed where that matters."""
    within = [] if task.level.enclosed == "allow" else _enclosed(task, labels)
    return _rank(task, labels, within)


def _opened(task: Task, labels: Labels) -> tuple[Rank, Labels]:
    """Return a division with ways out of its holes where that breaks nothing, and its rank."""
    within = _enclosed(task, labels)
    best = _rank(task, labels, within)
    graph, _ = task.ground.graph.part(task.units)
    n_pieces = label_components(graph, labels).max()
    for inside, around in within:
        opened = labels.copy()
        opened[_way_out(task, graph, labels, inside, around)] = inside
        if label_components(graph, opened).max() > n_pieces:
            continue
        own = _rank(task, opened, _enclosed(task, opened))
        if own < best:
            best, labels = own, opened
    return best, labels


def _rank(task: Task, labels: Labels, within: list[tuple[int, int]]) -> Rank:
    """Return what a division breaks, and last how many grids are enclosed."""
    n_enclosed = len({inside for inside, _ in within})
    return (*rank(task.ground, task.level, task.units, labels), n_enclosed)


def _way_out(task: Task, graph: Graph, labels: Labels, inside: int, around: int) -> list[int]:
    """Return units of the grid around a hole that lead out of it, those with least load.

    Only units that nothing keeps together with others; none where there is no way.
    """
    free = _is_alone(task.ground)[task.units] & (labels == around)
    _, out = _touching(task)
    out[np.unique(graph.heads[~np.isin(labels[graph.indices], (inside, around))])] = True
    heads, tails = graph.heads, graph.indices
    usable = (free | (labels == inside))[heads] & free[tails]
    ways: nx.DiGraph[int] = nx.DiGraph()
    cost = task.ground.load[task.units] + 1e-6 * max(1.0, float(task.ground.load.max()))
    ways.add_weighted_edges_from(
        zip(heads[usable].tolist(), tails[usable].tolist(), cost[tails[usable]].tolist(),
            strict=True)
    )  # fmt: skip
    starts = {unit for unit in np.flatnonzero(labels == inside).tolist() if unit in ways}
    if not starts:
        return []
    found: Any = nx.multi_source_dijkstra(ways, starts)
    length, path = found
    ends = [unit for unit in np.flatnonzero(free & out).tolist() if unit in length]
    if not ends:
        return []
    way = path[min(ends, key=lambda unit: (length[unit], unit))]
    return [unit for unit in way if labels[unit] == around]


def _is_alone(ground: Ground) -> NDArray[np.bool_]:
    """Return which units are kept together with no other."""
    alone = (ground.compound < 0) & (ground.host < 0)
    alone &= np.bincount(ground.building)[ground.building] == 1
    alone[ground.host[ground.host >= 0]] = False
    return alone


def _enclosed(task: Task, labels: Labels) -> list[tuple[int, int]]:
    """Return which grids of a parent lie in a hole of which other."""
    pairs, is_open = _touching(task)
    return enclosed(labels, pairs, is_open)


def _touching(task: Task) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return which units of a parent touch each other, and which what lies outside it.

    Where the ground is not known, no two touch and all are open.
    """
    beside, rim = task.ground.beside, task.ground.rim
    if beside is None or rim is None:
        return np.empty((0, 2), np.int32), np.ones(task.units.size, np.bool_)
    place = np.full(task.ground.n_units, -1, np.int32)
    place[task.units] = np.arange(task.units.size)
    ends = place[beside]
    within = ends >= 0
    leaving = within.any(axis=1) & ~within.all(axis=1)
    is_open = rim[task.units]
    is_open[ends[leaving].max(axis=1)] = True
    return ends[within.all(axis=1)], is_open
