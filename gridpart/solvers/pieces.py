"""Graphs in pieces, and the problem of some units alone."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gridpart import _kernels_plans
from gridpart.model import Graph, Problem

__all__ = ["component_members", "in_one_piece", "subproblem"]


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
