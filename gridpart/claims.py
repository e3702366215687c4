"""What each unit of a community claims before ground is shared out: its footprint, in a block.

Footprints come as they are: twice, under one another, across streets, half outside.
Afterwards every unit has either a footprint of which some ground shows, or a place.
"""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from gridpart.planar import GRID_M, locate, segments, straight_lines
from gridpart.slices import slice_shape

__all__ = ["BARE_M2", "Claims", "area_inside", "claim_ground", "precedence"]

BARE_M2 = 1.0
"""Less of a unit than this inside its community makes it a point or an outsider."""
BARE_SHARE = 0.5
"""A unit smaller than that is one only if it shows less than this share of itself."""
SPREAD_M = 0.25
"""Points at one place move out to a circle of this radius."""
ROOM_M = 0.5
"""A place inside a footprint keeps this radius for itself."""

Geometries = NDArray[np.object_]
Integers = NDArray[np.int64]


class Claims(NamedTuple):
    """What each unit claims, arrays of shape (n_units,)."""

    shapes: Geometries
    """Footprint, or the room kept for a place under one; missing for a place in the open."""
    places: Geometries
    """Point inside the unit, or next to it where it stands outside."""
    home: Integers
    """The block that holds most of the unit."""
    across: NDArray[np.bool_]
    """The footprint reaches into another block, or outside."""
    indoors: NDArray[np.bool_]
    """The unit is a place under the footprint of another."""


def area_inside(region: shapely.Geometry, shapes: Geometries) -> NDArray[np.float64]:
    """Return how much of each shape lies in `region`, in square meters.

    Examples
    --------
    >>> area_inside(shapely.box(0, 0, 4, 4), np.array([shapely.box(3, 0, 5, 1)]))
    array([1.])
    """
    shapely.prepare(region)
    area: NDArray[np.float64] = shapely.area(shapes)
    cut = ~shapely.contains(region, shapes)
    area[cut] = shapely.area(shapely.intersection(shapes[cut], region))
    return area


def precedence(shapes: Geometries) -> Integers:
    """Return the rank of each shape where several lie on the same ground: smaller ones first.

    Equals go from west to east, whatever their order. Missing shapes come last.

    Examples
    --------
    >>> precedence(np.array([shapely.box(0, 0, 3, 3), shapely.box(5, 0, 6, 1)]))
    array([1, 0])
    """
    middles = shapely.centroid(shapes)
    x, y = np.round(shapely.get_x(middles), 3), np.round(shapely.get_y(middles), 3)
    order = np.lexsort((y, x, np.round(shapely.area(shapes), 2)))
    rank = np.empty(shapes.size, np.int64)
    rank[order] = np.arange(shapes.size)
    return rank


def claim_ground(region: shapely.Geometry, shapes: Geometries, blocks: Geometries) -> Claims:
    """Return what each unit claims, and the block where it stands.

    Parameters
    ----------
    region : shapely Polygon or MultiPolygon
    shapes : ndarray of shapely geometries, shape (n_units,)
        Polygons and points, in meters.
    blocks : ndarray of shapely Polygon, shape (n_blocks,)
        They cover `region`.

    Returns
    -------
    Claims
        Equal footprints are sliced, one slice a unit. A unit of which others leave
        nothing to be seen becomes a place.

    Examples
    --------
    >>> yard = shapely.box(0, 0, 9, 9)
    >>> claims = claim_ground(yard, np.array([shapely.box(1, 1, 5, 5)] * 2), np.array([yard]))
    >>> shapely.area(claims.shapes)
    array([8., 8.])
    """
    footprints = _twins_sliced(shapes)
    bare = _is_bare(area_inside(region, footprints), footprints)
    bare |= _is_bare(_visible_m2(footprints, ~bare), footprints)
    places = shapely.point_on_surface(footprints)
    lost = np.flatnonzero(~shapely.intersects(region, places))
    lines = shapely.shortest_line(region, footprints[lost])
    places[lost] = shapely.get_point(lines, 0)
    claimed = footprints.copy()
    claimed[bare] = None
    home = locate(places, blocks)
    home, across = _most_of(claimed, home, blocks)
    at = np.flatnonzero(bare)
    places[at], radius = _spread(places[at], blocks[home[at]])
    under, _ = STRtree(claimed).query(places[at], predicate="intersects")
    under = np.unique(under)
    indoors = np.zeros(shapes.size, dtype=bool)
    indoors[at[under]] = True
    claimed[at[under]] = shapely.buffer(places[at[under]], radius[under])
    return Claims(claimed, places, home, across, indoors)


def _is_bare(shown_m2: NDArray[np.float64], shapes: Geometries) -> NDArray[np.bool_]:
    """Return which units show too little of themselves to be told by it."""
    return np.asarray(shown_m2 < np.minimum(BARE_M2, BARE_SHARE * shapely.area(shapes) + 1e-9))


def _twins_sliced(shapes: Geometries) -> Geometries:
    """Return `shapes` with every polygon that comes n times cut into n slices."""
    form = shapely.to_wkb(shapely.normalize(shapes))
    _, group, count = np.unique(form, return_inverse=True, return_counts=True)
    twice = (count[group.ravel()] > 1) & (shapely.get_dimensions(shapes) == 2)
    sliced = shapes.copy()
    for number in np.unique(group.ravel()[twice]):
        twins = np.flatnonzero(group.ravel() == number)
        sliced[twins] = slice_shape(shapes[twins[0]], [1.0] * twins.size)
    return sliced


def _visible_m2(shapes: Geometries, counted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return how much of each shape no smaller one that counts lies upon."""
    area: NDArray[np.float64] = shapely.area(shapes)
    some = np.flatnonzero(counted)
    upper, lower = STRtree(shapes[some]).query(shapes[some], predicate="intersects")
    upper, lower = some[upper], some[lower]
    rank = precedence(shapes)
    above = rank[upper] < rank[lower]
    upper, lower = upper[above], lower[above]
    shared = shapely.area(shapely.intersection(shapes[upper], shapes[lower]))
    upper, lower = upper[shared > 0], lower[shared > 0]
    for unit in np.unique(lower):
        cover = shapely.union_all(shapes[upper[lower == unit]])
        area[unit] = shapely.area(shapely.difference(shapes[unit], cover))
    return area


def _most_of(
    shapes: Geometries, home: Integers, blocks: Geometries
) -> tuple[Integers, NDArray[np.bool_]]:
    """Return the block that holds most of each shape, and which shapes no block holds whole."""
    shapely.prepare(blocks)
    unit, block = STRtree(blocks).query(shapes)
    whole = shapely.contains(blocks[block], shapes[unit])
    home = home.copy()
    home[unit[whole]] = block[whole]
    across = ~shapely.is_missing(shapes)
    across[unit[whole]] = False
    parted = np.flatnonzero(across)
    pieces, whose = _pieces(shapes[parted], blocks)
    middles = shapely.point_on_surface(pieces)
    shapely.prepare(shapes)
    held = locate(middles, blocks)
    mine = shapely.contains(shapes[parted[whose]], middles)
    mine &= shapely.intersects(blocks[held], middles)  # not what stands outside
    pair = np.column_stack([whose[mine], held[mine]])
    pairs, which = np.unique(pair, axis=0, return_inverse=True)
    share = np.round(np.bincount(which.ravel(), shapely.area(pieces[mine])), 3)
    order = np.lexsort((-share, pairs[:, 0]))
    at, first = np.unique(pairs[order, 0], return_index=True)
    home[parted[at]] = pairs[order, 1][first]
    return home, across


def _pieces(shapes: Geometries, blocks: Geometries) -> tuple[Geometries, Integers]:
    """Return the faces that the outlines of blocks make of each shape and next to it, and whose."""
    starts, ends, _ = segments(blocks)
    sides = straight_lines(starts, ends)
    near, side = STRtree(sides).query(shapes, predicate="intersects")
    outlines = shapely.boundary(shapes)
    pieces = np.empty(shapes.size, dtype=object)
    ends_at = np.searchsorted(near, np.arange(shapes.size + 1))
    for at, outline in enumerate(outlines):
        cuts = sides[side[ends_at[at] : ends_at[at + 1]]]
        noded = shapely.union_all([outline, *cuts], grid_size=GRID_M)
        pieces[at] = shapely.polygonize(shapely.get_parts(noded))
    found, whose = shapely.get_parts(pieces, return_index=True)
    return found, whose.astype(np.int64)


def _spread(places: Geometries, blocks: Geometries) -> tuple[Geometries, NDArray[np.float64]]:
    """Return `places` with coinciding ones on a small circle, and the room that each has."""
    room = np.full(places.size, ROOM_M)
    spread = places.copy()
    xy = np.round(shapely.get_coordinates(places), 3)
    _, group, count = np.unique(xy, axis=0, return_inverse=True, return_counts=True)
    for number in np.flatnonzero(count > 1):
        same = np.flatnonzero(group.ravel() == number)
        inner = shapely.buffer(blocks[same[0]], -2 * SPREAD_M)
        if shapely.is_empty(inner):
            inner = shapely.point_on_surface(blocks[same[0]])
        middle = shapely.get_point(shapely.shortest_line(inner, places[same[0]]), 0)
        angle = 2 * np.pi * np.arange(same.size) / same.size
        offset = SPREAD_M * np.column_stack([np.cos(angle), np.sin(angle)])
        spread[same] = shapely.points(shapely.get_coordinates(middle) + offset)
        room[same] = 0.9 * SPREAD_M * np.sin(np.pi / same.size)
    return spread, room
