"""How short the borders between grids can be at all: a lower bound, and a weak one."""

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree

from gridpart.arithmetic import EPSILON
from gridpart.model import Problem

__all__ = ["cut_bound"]

DENSE = 1_500
"""Up to this many units the spectrum of a graph is computed."""


def cut_bound(problem: Problem, n_grids: int) -> float:
    """Return what the cost of all borders between grids cannot be below.

    The better of two bounds. A plan cuts every spanning forest into a tree for each grid
    at least: the forest of dearest edges makes the most of that. And the spectrum of the
    graph holds for all parts of given sizes (Donath and Hoffman, 1973).
    """
    graph = problem.graph
    edges = np.flatnonzero(graph.heads < graph.indices)
    cost = problem.border_cost[edges]
    dear = np.argsort(-cost, kind="stable")
    heads, tails = graph.heads[edges[dear]], graph.indices[edges[dear]]
    # The least spanning forest by rank: ranks, unlike costs, are never 0.
    shape = (graph.n_units, graph.n_units)
    ranks = csr_array((np.arange(1.0, dear.size + 1), (heads, tails)), shape=shape)
    kept = minimum_spanning_tree(ranks).data.astype(np.int64) - 1
    pieces = graph.n_units - kept.size
    forest = float(np.sort(cost[dear[kept]])[: max(0, n_grids - pieces)].sum())
    return max(0.0, forest * (1 - EPSILON), spectral_bound(problem, n_grids))


def spectral_bound(problem: Problem, n_grids: int) -> float:
    """Return half the sum of the least eigenvalues, each times the size of a grid."""
    graph, bound = problem.graph, 0.0
    if graph.n_units > DENSE or not 1 < n_grids <= graph.n_units:
        return bound
    weights = np.zeros((graph.n_units, graph.n_units))
    weights[graph.heads, graph.indices] = problem.border_cost
    laplacian = np.diag(weights.sum(axis=1)) - weights
    for size, low, high in zip(problem.sizes.T, problem.lower, problem.upper, strict=True):
        if not (size > 0).all():
            continue
        total = float(size.sum())
        least = max(float(size.min()), low - 2 * EPSILON * max(1.0, abs(low)))
        room = total - n_grids * least
        most = min(high + 2 * EPSILON * max(1.0, abs(high)), least + room)
        if room < 0 or n_grids * most < total:
            continue
        scaled = laplacian / np.sqrt(size[:, None] * size)
        values = eigh(scaled, eigvals_only=True, subset_by_index=(0, n_grids - 1))
        values -= 1e-12 * np.abs(scaled).sum(axis=1).max()
        # As much as can be in grids with the least eigenvalues.
        above = np.clip(room - (most - least) * np.arange(n_grids), 0.0, most - least)
        bound = max(bound, float((values * (least + above)).sum()) / 2)
    return bound * (1 - EPSILON)
