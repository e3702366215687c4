"""What holds a contiguity graph together: its pieces and its bottlenecks."""

from collections.abc import Iterator
from typing import NamedTuple, cast

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from gridpart.model import Graph

__all__ = ["Bottleneck", "find_bottlenecks", "find_pieces"]

Rows = NDArray[np.int64]


class Bottleneck(NamedTuple):
    """A unit through which others are joined to the rest."""

    unit: int
    n_units: int
    """Units that would be cut off without it."""
    weight: float
    """What they hold."""


def find_pieces(graph: Graph) -> Rows:
    """Return the piece that each unit is in, the pieces numbered from the largest.

    Examples
    --------
    >>> lone = Graph(np.array([0, 1, 2, 2]), np.array([1, 0], np.int32), np.ones(2))
    >>> find_pieces(lone)
    array([0, 0, 1])
    """
    groups = sorted(nx.connected_components(_network(graph)), key=lambda g: (-len(g), min(g)))
    piece = np.empty(graph.n_units, np.int64)
    for number, units in enumerate(groups):
        piece[list(units)] = number
    return piece


def find_bottlenecks(graph: Graph, weight: NDArray[np.float64]) -> list[Bottleneck]:
    """Return the units whose loss would part a piece, those that hold most first.

    What they hold is all that would be cut off from the heaviest part left.

    Parameters
    ----------
    graph : Graph
    weight : ndarray of float64, shape (n_units,)
        What each unit counts; ties go to the part with more units.

    Examples
    --------
    >>> chain = Graph(np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1], np.int32), np.ones(4))
    >>> find_bottlenecks(chain, np.array([5.0, 1.0, 9.0]))
    [Bottleneck(unit=1, n_units=1, weight=5.0)]
    """
    found = []
    for blocks in _pieces_of_blocks(_network(graph)):
        found += _in_piece(blocks, weight)
    return sorted(found, key=lambda b: (-b.weight, -b.n_units, b.unit))


def _network(graph: Graph) -> "nx.Graph[int]":
    net: nx.Graph[int] = nx.Graph()
    net.add_nodes_from(range(graph.n_units))
    net.add_edges_from(zip(graph.heads.tolist(), graph.indices.tolist(), strict=True))
    return net


def _pieces_of_blocks(net: "nx.Graph[int]") -> list[list[set[int]]]:
    """Return the biconnected blocks of each piece that has several."""
    piece_of = {unit: at for at, units in enumerate(nx.connected_components(net)) for unit in units}
    pieces: dict[int, list[set[int]]] = {}
    for block in cast("Iterator[set[int]]", nx.biconnected_components(net)):
        pieces.setdefault(piece_of[min(block)], []).append(block)
    return [blocks for blocks in pieces.values() if len(blocks) > 1]


def _in_piece(blocks: list[set[int]], weight: NDArray[np.float64]) -> list[Bottleneck]:
    """Return the bottlenecks of one piece from the tree of its blocks and cut units."""
    times: dict[int, int] = {}
    for block in blocks:
        for unit in block:
            times[unit] = times.get(unit, 0) + 1
    tree: nx.Graph[int] = nx.Graph()  # block i is node -1 - i
    own = {unit: (1, float(weight[unit])) for unit, n in times.items() if n > 1}
    for at, block in enumerate(blocks):
        inner = [unit for unit in block if times[unit] == 1]
        own[-1 - at] = (len(inner), float(weight[inner].sum()))
        tree.add_edges_from((-1 - at, unit) for unit in block if times[unit] > 1)
    total = (len(times), float(weight[list(times)].sum()))
    below, parents = dict(own), dict(nx.bfs_predecessors(tree, -1))
    for node in nx.dfs_postorder_nodes(tree, -1):
        if node in parents:
            up = parents[node]
            below[up] = (below[up][0] + below[node][0], below[up][1] + below[node][1])
    found = []
    for unit in (node for node in tree if node >= 0):
        sides = [below[b] for b in tree[unit] if parents.get(b) == unit]
        sides.append((total[0] - below[unit][0], total[1] - below[unit][1]))
        most = max(sides, key=lambda side: (side[1], side[0]))
        n_units = sum(n for n, _ in sides) - most[0]
        found.append(Bottleneck(unit, n_units, sum(w for _, w in sides) - most[1]))
    return found
