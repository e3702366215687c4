"""The network that people walk on: streets joined, and cut where a barrier lies.

Streets are joined where they cross and where an end stops just short of another. A barrier
takes away what lies on it but for the streets at its crossings.
"""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

__all__ = ["NO_FOOT", "TINY_M", "WALL_M", "Streets", "build_streets"]

JOIN_M = 1.0
"""An end that stops this short of another street is meant to reach it."""
WALL_M = 1.0
"""A street this near a barrier lies on it."""
CROSSING_M = 15.0
"""A street passes a barrier this near a crossing."""
NO_FOOT = ("motorway", "motorway_link")
"""Classes of streets, in the words of OpenStreetMap, that nobody may walk on."""
TINY_M = 1e-6
"""Stands for no way at all, which a sparse matrix would forget."""

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Geometries = NDArray[np.object_]


class Streets(NamedTuple):
    """A walking network."""

    xy: Floats
    """Shape (n_nodes, 2), meters: where streets meet, bend between pieces or end."""
    lines: Geometries
    """Shape (n_edges,): from node to node."""
    ends: Rows
    """Shape (n_edges, 2): the two nodes of each."""
    matrix: csr_array
    """Shape (n_nodes, n_nodes), meters, both ways."""
    walls: shapely.Geometry
    """Everything that is no way at all."""


def build_streets(
    streets: ArrayLike, barriers: ArrayLike = (), crossings: ArrayLike = ()
) -> Streets:
    """Return the walking network of streets.

    Parameters
    ----------
    streets : array_like of shapely lines
        In a projected CRS in meters, motorways left out.
    barriers : array_like of shapely lines and polygons
        What nobody walks through.
    crossings : array_like of shapely points
        Where a street may pass a barrier.

    Examples
    --------
    >>> town = build_streets([shapely.LineString([(0, 0), (100, 0)]),
    ...                       shapely.LineString([(50, 0.5), (50, 80)])])
    >>> len(town.xy), town.matrix.shape
    (6, (6, 6))
    """
    lines = shapely.get_parts(np.asarray(streets, dtype=object).ravel())
    walls = np.asarray(barriers, dtype=object).ravel()
    core = shapely.union_all(walls)
    shapely.prepare(core)
    if lines.size:
        lines = np.concatenate([lines, _connectors(lines)])
    passable = _cut(lines, walls, np.asarray(crossings, dtype=object).ravel())
    pieces = shapely.get_parts(shapely.node(shapely.multilinestrings(passable)))
    pieces = pieces[shapely.length(pieces) > 0]
    tips = np.concatenate([_tip(pieces, 0), _tip(pieces, -1)])
    xy, at = np.unique(tips, axis=0, return_inverse=True)
    ends = at.reshape(2, -1).T.astype(np.int64)
    heads, tails, length = _joints(xy, core)
    rows = np.concatenate([ends[:, 0], heads])
    columns = np.concatenate([ends[:, 1], tails])
    meters = np.concatenate([shapely.length(pieces), length])
    matrix = _matrix(len(xy), rows, columns, meters)
    return Streets(xy, pieces, ends, matrix, core)


def _tip(lines: Geometries, which: int) -> Floats:
    """Return the first (0) or the last (-1) corner of each line."""
    points = shapely.get_point(lines, which)
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)]).reshape(-1, 2)


def _connectors(lines: Geometries) -> Geometries:
    """Return short lines from ends to streets that they almost reach, and a little beyond."""
    tips = np.concatenate([_tip(lines, 0), _tip(lines, -1)])
    ends = np.asarray(shapely.points(tips), dtype=object).reshape(-1)
    end, line = shapely.STRtree(lines).query(ends, predicate="dwithin", distance=JOIN_M)
    way = shapely.get_coordinates(shapely.shortest_line(ends[end], lines[line])).reshape(-1, 2, 2)
    step = way[:, 1] - way[:, 0]
    far = np.hypot(step[:, 0], step[:, 1])
    way, step, far = way[far > 0], step[far > 0], far[far > 0]
    way[:, 1] += step / far[:, None] * 0.01
    return np.asarray(shapely.linestrings(way), dtype=object)


def _cut(lines: Geometries, walls: Geometries, crossings: Geometries) -> Geometries:
    """Return what is left of the lines beside barriers, and at crossings over them."""
    if not walls.size or not lines.size:
        return lines
    thick = shapely.union_all(shapely.buffer(walls, WALL_M))
    shapely.prepare(thick)
    touched = shapely.intersects(thick, lines)
    outside = shapely.difference(lines[touched], thick)
    inside = shapely.get_parts(shapely.intersection(lines[touched], thick))
    inside = inside[shapely.length(inside) > 0]
    if crossings.size and inside.size:
        over = shapely.distance(inside, shapely.union_all(crossings)) <= CROSSING_M
        inside = inside[over]
    else:
        inside = inside[:0]
    parts = shapely.get_parts(np.concatenate([lines[~touched], outside, inside]))
    return np.asarray(parts[shapely.length(parts) > 0], dtype=object)


def _joints(xy: Floats, walls: shapely.Geometry) -> tuple[Rows, Rows, Floats]:
    """Return the pairs of nodes nearer than ``JOIN_M`` with no barrier between."""
    pairs = cKDTree(xy).query_pairs(JOIN_M, output_type="ndarray") if len(xy) else np.empty((0, 2))
    pairs = pairs.reshape(-1, 2).astype(np.int64)
    if len(pairs) and not shapely.is_empty(walls):
        pairs = pairs[~shapely.intersects(walls, shapely.linestrings(xy[pairs]))]
    step = xy[pairs[:, 0]] - xy[pairs[:, 1]]
    return pairs[:, 0], pairs[:, 1], np.hypot(step[:, 0], step[:, 1])


def _matrix(n_nodes: int, rows: Rows, columns: Rows, meters: Floats) -> csr_array:
    """Return lengths both ways; of two ways between the same nodes, the shorter."""
    heads, tails = np.concatenate([rows, columns]), np.concatenate([columns, rows])
    both = np.maximum(np.concatenate([meters, meters]), TINY_M)
    order = np.lexsort((both, tails, heads))
    heads, tails, both = heads[order], tails[order], both[order]
    new = np.ones(heads.size, dtype=bool)
    new[1:] = (heads[1:] != heads[:-1]) | (tails[1:] != tails[:-1])
    new &= heads != tails
    return csr_array((both[new], (heads[new], tails[new])), shape=(n_nodes, n_nodes))
