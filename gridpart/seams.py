"""Seams: the lines halfway between one shape and the next, by way of points along outlines.

The points of an outline lie the closer together, the nearer another shape is. Between
points of two shapes the seam is an edge of their Voronoi diagram, which is taken from
the Delaunay triangulation of the points: the edge between the centers of the circles
around two neighboring triangles.
"""

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Delaunay
from shapely import STRtree

from gridpart.planar import segments, straight_lines

__all__ = ["sample_outlines", "seams_between"]

COARSE_M = 4.0
"""Distance between points along an outline with nothing near."""
FINE_M = 0.8
"""Distance between points where another shape is next to the outline."""
PER_GAP = 0.5
"""Distance between points for each meter of the gap: the seam wavers by 1/32 of the gap."""
TOUCH_M = 0.05
"""Outline this near another shape bounds no ground."""
FAR = 4.0
"""Points that bound every seam lie outside the ground by this many times its extent."""

Geometries = NDArray[np.object_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def sample_outlines(shapes: Geometries) -> tuple[Floats, Integers]:
    """Return points along the outlines of polygons, and whose they are.

    Parameters
    ----------
    shapes : ndarray of shapely Polygon or MultiPolygon, shape (n_shapes,)
        In meters; they may touch and overlap.

    Returns
    -------
    points : ndarray of float64, shape (n_points, 2)
        Every corner and points between them, but none where the outline touches
        another shape or lies inside it.
    owner : ndarray of int64, shape (n_points,)

    Examples
    --------
    >>> points, owner = sample_outlines(np.array([shapely.box(0, 0, 8, 8)]))
    >>> len(points), owner.tolist()
    (8, [0, 0, 0, 0, 0, 0, 0, 0])
    """
    tree = STRtree(shapes)
    starts, ends, owner = segments(shapes)
    starts, ends, whole = _cut(starts, ends, np.array(COARSE_M))
    owner = owner[whole]
    gap = _gaps(straight_lines(starts, ends), owner, shapes, tree)
    starts, _, whole = _cut(starts, ends, np.clip(PER_GAP * gap, FINE_M, COARSE_M))
    owner = owner[whole]
    near = np.flatnonzero(gap[whole] < TOUCH_M)
    points = shapely.points(starts[near])
    point, shape = tree.query(points, predicate="dwithin", distance=TOUCH_M)
    buried = np.zeros(owner.size, dtype=bool)
    buried[near[point[owner[near][point] != shape]]] = True
    return starts[~buried], owner[~buried]


def _cut(starts: Floats, ends: Floats, spacing: Floats) -> tuple[Floats, Floats, Integers]:
    """Return segments in equal pieces up to `spacing` long, and the segment of each piece."""
    length = np.hypot(*(ends - starts).T)
    n_pieces = np.maximum(1, np.ceil(length / spacing - 1e-9)).astype(np.int64)
    whole = np.repeat(np.arange(n_pieces.size), n_pieces)
    step = np.arange(whole.size) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)
    along = ((ends - starts) / n_pieces[:, None])[whole]
    low = starts[whole] + along * step[:, None]
    return low, low + along, whole


def _gaps(pieces: Geometries, owner: Integers, shapes: Geometries, tree: STRtree) -> Floats:
    """Return how far each piece of outline is from another shape, as far as that matters."""
    reach = COARSE_M / PER_GAP
    piece, shape = tree.query(pieces, predicate="dwithin", distance=reach)
    other = owner[piece] != shape
    piece, shape = piece[other], shape[other]
    gap = np.full(owner.size, reach)
    np.minimum.at(gap, piece, shapely.distance(pieces[piece], shapes[shape]))
    return gap


def seams_between(points: Floats, owner: Integers, ground: shapely.Geometry) -> Geometries:
    """Return the lines halfway between points of different owners.

    Parameters
    ----------
    points : ndarray of float64, shape (n_points, 2)
        All different, in meters.
    owner : ndarray of int64, shape (n_points,)
    ground : shapely geometry
        Near or around the points; no seam ends inside its bounds but at another one.

    Returns
    -------
    ndarray of shapely LineString, shape (n_seams,)
        Straight lines that reach out beyond the ground; the order of points does not matter.

    Examples
    --------
    >>> points, ground = np.array([[0.0, 0.0], [2.0, 0.0]]), shapely.box(-9, -9, 9, 9)
    >>> seams = seams_between(points, np.array([0, 1]), ground)
    >>> shapely.get_x(shapely.centroid(seams)).round(9).tolist()
    [1.0]
    """
    bounds = np.reshape(shapely.bounds(ground), (2, 2))
    low, high = np.minimum(bounds[0], points.min(axis=0)), np.maximum(bounds[1], points.max(axis=0))
    origin = np.round((low + high) / 2)
    order = np.lexsort(points.T)
    local, whose = points[order] - origin, owner[order]
    corners = np.array([[x, y] for x in (-1, 1) for y in (-1, 1)]) * FAR * (1 + (high - low).max())
    local = np.vstack([local, corners])
    whose = np.append(whose, np.full(4, -1))
    mesh = Delaunay(local)
    centers = _centers(local[mesh.simplices])
    one, corner = np.nonzero(mesh.neighbors > np.arange(len(mesh.neighbors))[:, None])
    other = mesh.neighbors[one, corner]
    left = mesh.simplices[one, (corner + 1) % 3]
    right = mesh.simplices[one, (corner + 2) % 3]
    between = (whose[left] != whose[right]) & (whose[left] >= 0) & (whose[right] >= 0)
    starts, ends = centers[one[between]], centers[other[between]]
    long = (starts != ends).any(axis=1)
    return straight_lines(starts[long] + origin, ends[long] + origin)


def _centers(triangles: Floats) -> Floats:
    """Return the center of the circle around each triangle, shape (n, 3, 2) to (n, 2)."""
    base = triangles[:, 0]
    b, c = triangles[:, 1] - base, triangles[:, 2] - base
    twice = 2 * (b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0])
    flat = np.abs(twice) < 1e-12 * np.maximum(1.0, (b**2 + c**2).sum(axis=1))
    b2, c2 = (b**2).sum(axis=1), (c**2).sum(axis=1)
    safe = np.where(flat, 1.0, twice)
    x = (c[:, 1] * b2 - b[:, 1] * c2) / safe
    y = (b[:, 0] * c2 - c[:, 0] * b2) / safe
    centers: Floats = base + np.column_stack([x, y])
    centers[flat] = triangles[flat].mean(axis=1)
    return centers
