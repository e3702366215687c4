"""Who borders whom on the map, barriers or not, and which grids lie in a hole of another."""

from itertools import pairwise

import networkx as nx
import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["beside_sites", "enclosed", "on_rim"]

TOUCH_M = 0.05
"""Ground this near a line lies at it."""

Geometries = NDArray[np.object_]
Pairs = NDArray[np.int32]


def on_rim(cells: Geometries, region: shapely.Geometry) -> NDArray[np.bool_]:
    """Return which cells lie at the outer border of a region, whatever holes it has."""
    rim = shapely.union_all(shapely.get_exterior_ring(shapely.get_parts(region)))
    return np.asarray(shapely.dwithin(cells, rim, TOUCH_M))


def beside_sites(cells: Geometries, region: shapely.Geometry) -> Pairs:
    """Return pairs of cells that chain those around each hole of a region, shape (n_pairs, 2).

    A hole is an exclusive site, which belongs to no cell.
    """
    rings = [
        shapely.get_interior_ring(part, at)
        for part in shapely.get_parts(region)
        for at in range(shapely.get_num_interior_rings(part))
    ]
    tree = shapely.STRtree(cells)
    around = (np.sort(tree.query(ring, "dwithin", distance=TOUCH_M)) for ring in rings)
    pairs = [pair for cells_there in around for pair in pairwise(cells_there.tolist())]
    return np.array(pairs, np.int32).reshape(-1, 2)


def enclosed(
    labels: NDArray[np.int32], beside: Pairs, open_units: NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """Return each grid that lies in a hole of another, with the other.

    Parameters
    ----------
    labels : ndarray of int32, shape (n_units,)
    beside : ndarray of int32, shape (n_pairs, 2)
        Units that touch, barriers between them or not.
    open_units : ndarray of bool, shape (n_units,)
        Units that touch what lies outside.

    Examples
    --------
    A row of three grids, of which the first alone touches the outside:

    >>> labels = np.array([0, 1, 2], np.int32)
    >>> enclosed(labels, np.array([[0, 1], [1, 2]], np.int32), np.array([True, False, False]))
    [(1, 0), (2, 0), (2, 1)]
    """
    outside = -1
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from([outside, *np.unique(labels).tolist()])
    graph.add_edges_from(np.unique(labels[beside], axis=0).tolist())
    graph.add_edges_from((outside, grid) for grid in np.unique(labels[open_units]).tolist())
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    found = []
    reached = nx.node_connected_component(graph, outside)
    for around in set(nx.articulation_points(graph)) & reached - {outside}:
        left = nx.node_connected_component(nx.restricted_view(graph, [around], []), outside)
        found += [(grid, around) for grid in reached - left - {around}]
    return sorted(found)
