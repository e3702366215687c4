"""Graphs and plans taken apart: pieces, grids, and the problem of some units alone."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from gridpart import _kernels_plans
from gridpart.model import Graph, Problem

__all__ = [
    "alone",
    "component_members",
    "grid_links",
    "grid_members",
    "in_one_piece",
    "on_each",
    "subproblem",
]

Part = TypeVar("Part")


def component_members(graph: Graph) -> list[NDArray[np.int64]]:
    """Return the units of each connected piece of `graph`, in order of their first unit."""
    piece = _kernels_plans.label_components(graph, np.zeros(graph.n_units, np.int32))
    order = np.argsort(piece, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(piece[order])) + 1)


def in_one_piece(graph: Graph, labels: NDArray[np.int32]) -> bool:
    """Return whether every unit has a grid and every grid is contiguous."""
    piece = _kernels_plans.label_components(graph, labels)
    return bool((labels >= 0).all()) and int(piece.max()) + 1 == np.unique(labels).size


def subproblem(problem: Problem, units: NDArray[np.int64]) -> Problem:
    """Return the problem of `units` (ascending) alone; borders to the others are dropped."""
    graph, keep = problem.graph.part(units)
    return replace(
        problem,
        graph=graph,
        xy=np.ascontiguousarray(problem.xy[units]),
        load=problem.load[units],
        sizes=np.ascontiguousarray(problem.sizes[units]),
        border_cost=problem.border_cost[keep],
        locked=None if problem.locked is None else problem.locked[units],
        start=None if problem.start is None else problem.start[units],
    )


def alone(problem: Problem, units: NDArray[np.int64]) -> Problem:
    """Return the problem of one piece, the grids of its locks and of its start numbered from 0."""
    part = subproblem(problem, units)
    if part.start is not None:
        part = replace(part, start=np.unique(part.start, return_inverse=True)[1].astype(np.int32))
    if part.locked is not None:
        used = np.unique(part.locked[part.locked >= 0])
        numbers = np.where(part.locked >= 0, np.searchsorted(used, part.locked), -1)
        part = replace(part, locked=numbers.astype(np.int32))
    return part


def grid_members(labels: NDArray[np.int32], n_grids: int) -> list[NDArray[np.int64]]:
    """Return the units of each grid, ascending."""
    ends = np.cumsum(np.bincount(labels, minlength=n_grids))[:-1]
    return np.split(np.argsort(labels, kind="stable"), ends)


def grid_links(graph: Graph, labels: NDArray[np.int32], n_grids: int) -> sparse.csr_array:
    """Return which grids border each other, True at [grid, other]."""
    heads, tails = labels[graph.heads], labels[graph.indices]
    beside = heads != tails
    pairs = (heads[beside], tails[beside])
    return sparse.csr_array((np.ones(pairs[0].size, bool), pairs), shape=(n_grids, n_grids))


def on_each(
    settle: Callable[[Part, np.random.Generator], None],
    parts: Sequence[Part],
    seeds: Sequence[np.random.Generator],
    workers: int,
) -> None:
    """Settle parts that know nothing of each other, on as many threads as `workers` says."""
    if workers > 1:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(settle, parts, seeds))
    else:
        for part, own in zip(parts, seeds, strict=True):
            settle(part, own)
