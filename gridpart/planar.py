"""Planar partitions: lines noded on one lattice, the faces between them, the sides they share.

All corners lie on multiples of `GRID_M`, so that faces cover their region without gap or
overlap and two neighbors have the very same corners. Every function takes about as long
as there are corners, whatever the largest face.
"""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

__all__ = [
    "GRID_M",
    "Sides",
    "faces_between",
    "locate",
    "segments",
    "shared_sides",
    "straight_lines",
]

GRID_M = 0.0001
"""All corners lie on multiples of this."""

Geometries = NDArray[np.object_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Sides(NamedTuple):
    """Straight pieces of the common border of two faces."""

    heads: Integers
    tails: Integers
    """Shape (n_sides,): the two faces, ``head < tail``."""
    lengths: Floats
    """Shape (n_sides,): meters."""
    middles: Geometries
    """Shape (n_sides,): the point halfway along each."""


def faces_between(lines: Geometries, region: shapely.Geometry) -> tuple[Geometries, Geometries]:
    """Return the faces of `lines` that lie in `region`, and a point inside each.

    Parameters
    ----------
    lines : ndarray of shapely lines, shape (n_lines,)
        In meters; they may cross each other anywhere. The outline of `region` is
        one of them, or no face is bounded by it.
    region : shapely Polygon or MultiPolygon

    Returns
    -------
    faces : ndarray of shapely Polygon, shape (n_faces,)
        From west to east, whatever the order of `lines`. Dead ends bound nothing.
    points : ndarray of shapely Point, shape (n_faces,)

    Examples
    --------
    >>> square = shapely.box(0, 0, 2, 2)
    >>> lines = [square.boundary, shapely.LineString([(1, -1), (1, 3)])]
    >>> faces, _ = faces_between(np.array(lines), square)
    >>> shapely.area(faces)
    array([2., 2.])
    """
    noded = shapely.union_all(lines, grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize([noded]))
    points = shapely.point_on_surface(faces)
    shapely.prepare(region)
    inside = shapely.contains(region, points)
    faces, points = faces[inside], points[inside]
    order = np.lexsort((shapely.get_y(points), shapely.get_x(points)))
    return faces[order], points[order]


def locate(points: Geometries, faces: Geometries) -> Integers:
    """Return the face that each point lies in, the first of several, or else the nearest.

    Examples
    --------
    >>> locate(np.array([shapely.Point(5, 1)]), np.array([shapely.box(0, 0, 2, 2)]))
    array([0])
    """
    tree = STRtree(faces)
    shapely.prepare(faces)
    point, face = tree.query(points)
    # The face goes first: only the first geometry of a predicate uses its index.
    held = shapely.intersects(faces[face], points[point])
    found = np.full(points.size, faces.size, np.int64)
    np.minimum.at(found, point[held], face[held])
    lost = np.flatnonzero(found == faces.size)
    if lost.size:
        point, face = tree.query_nearest(points[lost])
        np.minimum.at(found, lost[point], face)
    return found


def segments(shapes: Geometries) -> tuple[Floats, Floats, Integers]:
    """Return where each straight piece of the lines or outlines begins and ends, and whose it is.

    Examples
    --------
    >>> starts, ends, shape = segments(np.array([shapely.LineString([(0, 0), (1, 0), (1, 1)])]))
    >>> starts.tolist(), ends.tolist(), shape.tolist()
    ([[0.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [1.0, 1.0]], [0, 0])
    """
    areal = shapely.get_dimensions(shapes) == 2
    outlines = np.where(areal, shapely.boundary(shapes), shapes)
    lines, shape = shapely.get_parts(outlines, return_index=True)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    joined = line[1:] == line[:-1]
    return xy[:-1][joined], xy[1:][joined], shape[line[:-1][joined]].astype(np.int64)


def straight_lines(starts: Floats, ends: Floats) -> Geometries:
    """Return the lines from each start to its end, both of shape (n, 2).

    Examples
    --------
    >>> straight_lines(np.array([[0.0, 0.0]]), np.array([[3.0, 0.0]]))[0].length
    3.0
    """
    return np.asarray(shapely.linestrings(np.stack([starts, ends], axis=1)), dtype=object)


def shared_sides(faces: Geometries) -> Sides:
    """Return every side that two of the noded `faces` have in common.

    Unlike ``graph.shared_borders`` this needs faces with the very same corners.

    Examples
    --------
    >>> sides = shared_sides(np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]))
    >>> sides.heads, sides.tails, sides.lengths
    (array([0]), array([1]), array([1.]))
    """
    starts, ends, face = segments(faces)
    n_corners, corner = _numbered_corners(np.concatenate([starts, ends]))
    one, other = corner[: len(starts)], corner[len(starts) :]
    side = np.minimum(one, other) * n_corners + np.maximum(one, other)
    order = np.lexsort((face, side))
    twice = np.flatnonzero(side[order][1:] == side[order][:-1])
    at, mate = order[twice], order[twice + 1]
    return Sides(
        face[at],
        face[mate],
        np.hypot(*(ends[at] - starts[at]).T),
        np.asarray(shapely.points((starts[at] + ends[at]) / 2), dtype=object),
    )


def _numbered_corners(xy: Floats) -> tuple[int, Integers]:
    """Return how many different corners there are, and the number of each."""
    steps = np.round((xy - xy.min(axis=0)) / GRID_M).astype(np.int64)
    found, number = np.unique(
        steps[:, 0] * (steps[:, 1].max() + 1) + steps[:, 1], return_inverse=True
    )
    return found.size, number.ravel().astype(np.int64)
