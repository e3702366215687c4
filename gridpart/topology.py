"""Checks and repairs of polygons, as arrays of geometries in meters.

Every function maps arrays to arrays and knows nothing of tables, names or files.
Coordinates stand on a lattice of 1 mm, so that float noise changes nothing above.
"""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Overlaps",
    "Repairs",
    "area_outside",
    "area_tolerance",
    "find_containing",
    "find_nearest",
    "find_overlaps",
    "inner_points",
    "is_finite",
    "repair_polygons",
    "round_coordinates",
    "unwrap_single_parts",
]

DECIMALS = 3
"""Digits kept after the point: coordinates are in meters, hence 1 mm."""

TOLERANCE_M2 = 1.0
TOLERANCE_SHARE = 0.01

Geometries = NDArray[np.object_]


class Repairs(NamedTuple):
    """What `repair_polygons` did to each polygon."""

    polygons: Geometries
    """Shape (n,): valid polygons where `refused` is false."""
    repaired: NDArray[np.bool_]
    """Shape (n,): the outline was not valid and now is."""
    refused: NDArray[np.bool_]
    """Shape (n,): no repair keeps the area within tolerance."""
    change_m2: NDArray[np.float64]
    """Shape (n,): area after less area before, as an amount >= 0."""


class Overlaps(NamedTuple):
    """Pairs of polygons that share area."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    """Shape (n_pairs,): row of each polygon, ``left < right``."""
    area_m2: NDArray[np.float64]
    """Shape (n_pairs,): area in common, > 0."""
    refused: NDArray[np.bool_]
    """Shape (n_pairs,): more than the tolerance of the smaller polygon."""
    shapes: Geometries
    """Shape (n_pairs,): what is in common."""


def area_tolerance(area_m2: ArrayLike) -> NDArray[np.float64]:
    """Return how much area a repair or an overlap may take, in square meters.

    This is the greater of 1 m2 and 1 % of the polygon.

    Examples
    --------
    >>> area_tolerance([20, 5000])
    array([ 1., 50.])
    """
    return np.maximum(TOLERANCE_M2, TOLERANCE_SHARE * np.asarray(area_m2, dtype=np.float64))


def is_finite(geometries: ArrayLike) -> NDArray[np.bool_]:
    """Return which geometries hold finite coordinates only.

    Examples
    --------
    >>> is_finite([shapely.Point(0, 1), shapely.Point(0, float("inf"))])
    array([ True, False])
    """
    array = np.asarray(geometries, dtype=object)
    xy, row = shapely.get_coordinates(array, return_index=True)
    finite = np.ones(array.size, dtype=bool)
    finite[row[~np.isfinite(xy).all(axis=1)]] = False
    return finite


def inner_points(geometries: ArrayLike) -> Geometries:
    """Return a point inside each geometry, a point itself where it is one.

    Examples
    --------
    >>> inner_points([shapely.box(0, 0, 4, 4)])[0].wkt
    'POINT (2 2)'
    """
    points: Geometries = shapely.point_on_surface(np.asarray(geometries, dtype=object))
    return points


def round_coordinates(geometries: ArrayLike) -> Geometries:
    """Return the geometries in two dimensions with coordinates rounded to 1 mm.

    Examples
    --------
    >>> round_coordinates([shapely.Point(0.12345, 7, 5)])[0].wkt
    'POINT (0.123 7)'
    """
    array = np.asarray(geometries, dtype=object)
    rounded: Geometries = shapely.transform(array, lambda xy: np.round(xy, DECIMALS))
    return rounded


def unwrap_single_parts(geometries: ArrayLike) -> Geometries:
    """Return the geometries with collections of one part as that part.

    Some formats make every polygon a multi-part one as soon as one of them is.

    Examples
    --------
    >>> unwrap_single_parts([shapely.MultiPoint([(1, 2)])])[0].wkt
    'POINT (1 2)'
    """
    array = np.array(geometries, dtype=object)  # a copy
    single = (shapely.get_type_id(array) >= shapely.GeometryType.MULTIPOINT) & (
        shapely.get_num_geometries(array) == 1
    )
    array[single] = shapely.get_geometry(array[single], 0)
    return array


def repair_polygons(polygons: ArrayLike) -> Repairs:
    """Return the polygons on the 1 mm lattice, with outlines that cross themselves mended.

    Valid polygons are only rounded. The others become the area that their rings
    enclose, without the lines and points that enclose none; the repair is refused
    where that changes the area by more than `area_tolerance`.

    Parameters
    ----------
    polygons : array_like of shapely Polygon or MultiPolygon, shape (n,)
        Outlines in meters with finite coordinates, none missing.

    Examples
    --------
    >>> spike = shapely.Polygon([(0, 0), (9, 0), (9, 9), (5, 9), (5, 12), (5, 9), (0, 9)])
    >>> repairs = repair_polygons([spike])
    >>> repairs.polygons[0].area, bool(repairs.repaired[0]), bool(repairs.refused[0])
    (81.0, True, False)
    """
    before = np.asarray(polygons, dtype=object)
    after = round_coordinates(before)
    repaired = ~shapely.is_valid(after)
    after[repaired] = [_mend(polygon) for polygon in after[repaired]]
    area = shapely.area(after)
    change = np.abs(area - shapely.area(before))
    refused = ~shapely.is_valid(after) | ~(area > 0)
    refused |= repaired & (change > area_tolerance(area))
    return Repairs(after, repaired, refused, change)


def _mend(polygon: shapely.Geometry) -> shapely.Geometry:
    """Return the area that the rings enclose, valid and on the lattice."""
    enclosed = shapely.make_valid(polygon, method="structure", keep_collapsed=False)
    on_lattice = shapely.set_precision(enclosed, 10.0**-DECIMALS)
    plain = shapely.set_precision(on_lattice, 0.0)  # or later overlays would snap, too
    parts = [p for p in shapely.get_parts([plain]) if p.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def find_overlaps(polygons: ArrayLike) -> Overlaps:
    """Return the pairs of polygons that share area, those in tolerance too.

    Parameters
    ----------
    polygons : array_like of shapely Polygon or MultiPolygon, shape (n,)
        Valid outlines in meters; geometries without area overlap nothing.

    Examples
    --------
    >>> pair = find_overlaps([shapely.box(0, 0, 10, 10), shapely.box(5, 0, 15, 10)])
    >>> pair.left, pair.right, pair.area_m2
    (array([0]), array([1]), array([50.]))
    """
    array = np.asarray(polygons, dtype=object)
    own = shapely.area(array)
    tree = shapely.STRtree(array)
    left, right = tree.query(array, predicate="intersects")
    near = (left < right) & (own[left] > 0) & (own[right] > 0)
    left, right = left[near], right[near]
    common = shapely.intersection(array[left], array[right])
    area = shapely.area(common)
    shared = np.flatnonzero(area > 0)
    shared = shared[np.lexsort((right[shared], left[shared]))]
    left, right, area = left[shared], right[shared], area[shared]
    refused = area > area_tolerance(np.minimum(own[left], own[right]))
    return Overlaps(left, right, area, refused, common[shared])


def find_containing(places: ArrayLike, areas: ArrayLike) -> NDArray[np.int64]:
    """Return the row of the area that each place lies in, -1 where there is none.

    A place on a border counts to the first of the areas that meet there.

    Examples
    --------
    >>> find_containing([shapely.Point(1, 1), shapely.Point(9, 9)], [shapely.box(0, 0, 2, 2)])
    array([ 0, -1])
    """
    points = np.asarray(places, dtype=object)
    tree = shapely.STRtree(np.asarray(areas, dtype=object))
    place, area = tree.query(points, predicate="intersects")
    none = np.iinfo(np.int64).max
    first = np.full(points.size, none, dtype=np.int64)
    np.minimum.at(first, place, area)
    return np.where(first == none, -1, first)


def find_nearest(
    geometries: ArrayLike, areas: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the row of the area nearest to each geometry, and the distance in meters.

    Where several areas are equally near, as when a geometry reaches into two, the
    one nearest to a point inside the geometry is taken, then the first.

    Examples
    --------
    >>> squares = [shapely.box(0, 0, 2, 2), shapely.box(8, 0, 10, 2)]
    >>> find_nearest([shapely.Point(7, 1)], squares)
    (array([1]), array([1.]))
    """
    array, targets = np.asarray(geometries, dtype=object), np.asarray(areas, dtype=object)
    tree = shapely.STRtree(targets)
    (row, area), distance = tree.query_nearest(array, return_distance=True, all_matches=True)
    inner = shapely.distance(inner_points(array)[row], targets[area])
    order = np.lexsort((area, inner, row))
    row, area, distance = row[order], area[order], distance[order]
    _, first = np.unique(row, return_index=True)
    return area[first].astype(np.int64), distance[first]


def area_outside(
    geometries: ArrayLike, areas: ArrayLike, rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the area of each geometry outside the area of its row, in square meters.

    Examples
    --------
    >>> area_outside([shapely.box(0, 0, 4, 4)], [shapely.box(0, 0, 2, 4)], np.array([0]))
    array([8.])
    """
    array, targets = np.asarray(geometries, dtype=object), np.asarray(areas, dtype=object)
    inside = shapely.area(shapely.intersection(array, targets[rows]))
    outside: NDArray[np.float64] = np.maximum(0.0, shapely.area(array) - inside)
    return outside
