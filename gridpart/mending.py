"""Repairs of polygons that should tile the ground, each with its account of area.

Only areas change hands: what two polygons share, or what lies bare between them, goes
to one of them, cut on the 1 mm lattice. No corner is moved, and a polygon that takes
no part in a fault keeps its outline to the last bit.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gridpart.coverage import (
    GRID_M,
    USUAL,
    Tolerances,
    find_gaps,
    find_slivers,
    polygon_parts,
)
from gridpart.topology import area_tolerance, find_overlaps, round_coordinates

__all__ = ["Deed", "clip_outsiders", "cut_overlaps", "fill_gaps"]

LEAST_LEFT = 0.5
"""Share of a polygon that a cut must leave; a copy of a shed is no overlap of drawing."""

Geometries = NDArray[np.object_]


class Deed(NamedTuple):
    """What was done to one polygon."""

    row: int
    what: str
    before_m2: float
    after_m2: float


def cut_overlaps(
    polygons: Geometries, tolerances: Tolerances = USUAL
) -> tuple[Geometries, list[Deed], list[int]]:
    """Return the polygons without overlaps in tolerance: the larger of two gives way.

    Where this breaks slivers off the larger one, they go to the smaller.

    Parameters
    ----------
    polygons : ndarray of shapely geometries, shape (n,)
        Valid, on the 1 mm lattice; those without area overlap nothing.
    tolerances : Tolerances

    Returns
    -------
    polygons : ndarray of shapely geometries, shape (n,)
    deeds : list of Deed
    refused : list of int
        Rows of which too little would be left; nothing is cut from them.

    Examples
    --------
    >>> pair = np.array([shapely.box(0, 0, 10, 10), shapely.box(9.99, 0, 30, 10)])
    >>> mended, deeds, refused = cut_overlaps(pair)
    >>> mended[1].bounds, deeds[0].what
    ((10.0, 0.0, 30.0, 10.0), 'overlap cut off')
    """
    array, size = polygons.copy(), shapely.area(polygons)
    deeds, refused = [], set()
    pairs = find_overlaps(polygons)
    for left, right, beyond, common in zip(
        pairs.left.tolist(), pairs.right.tolist(), pairs.refused, pairs.shapes, strict=True
    ):
        if beyond or not polygon_parts(common).size:
            continue
        large, small = (left, right) if size[left] > size[right] else (right, left)
        parts = polygon_parts(shapely.difference(array[large], array[small], grid_size=GRID_M))
        if shapely.area(parts).sum() < LEAST_LEFT * size[large]:
            refused.add(large)
            continue
        kept, loose = _broken(parts, shapely.get_num_geometries(array[large]), tolerances)
        deeds.append(_deed(large, "overlap cut off", array, kept))
        if loose.size:
            grown = polygon_parts(shapely.union_all([array[small], *loose], grid_size=GRID_M))
            deeds.append(_deed(small, "sliver added", array, grown))
    return array, deeds, sorted(refused)


def _broken(
    parts: Geometries, n_before: int, tolerances: Tolerances
) -> tuple[Geometries, Geometries]:
    """Return the parts that stay, and slivers that a cut broke off."""
    if parts.size <= n_before:
        return parts, parts[:0]
    loose = find_slivers(parts, tolerances.gap_m)
    loose[np.argmax(shapely.area(parts))] = False
    return parts[~loose], parts[loose]


def clip_outsiders(polygons: Geometries, region: shapely.Geometry) -> tuple[Geometries, list[Deed]]:
    """Return the polygons without what little of them lies outside `region`.

    What is more than `area_tolerance` of a polygon stays.

    Examples
    --------
    >>> unit = np.array([shapely.box(0, 0, 10.02, 10)])
    >>> clip_outsiders(unit, shapely.box(0, 0, 10, 50))[0][0].bounds
    (0.0, 0.0, 10.0, 10.0)
    """
    array, deeds = polygons.copy(), []
    shapely.prepare(region)
    for row in np.flatnonzero(~shapely.covered_by(polygons, region)).tolist():
        out = polygon_parts(shapely.difference(array[row], region, grid_size=GRID_M))
        lost = shapely.area(out).sum()
        if 0 < lost <= area_tolerance(shapely.area(array[row])):
            parts = polygon_parts(shapely.intersection(array[row], region, grid_size=GRID_M))
            if shapely.area(parts).sum() >= LEAST_LEFT * shapely.area(array[row]):
                deeds.append(_deed(row, "cut at the border of its community", array, parts))
    return array, deeds


def fill_gaps(
    polygons: Geometries,
    region: shapely.Geometry | None = None,
    tolerances: Tolerances = USUAL,
) -> tuple[Geometries, list[Deed]]:
    """Return the polygons with seams and slivers between them added to a neighbor.

    Each stretch goes to the polygon that borders it; where several do, to the one with
    the longest border along the gap. Holes stay.

    Parameters
    ----------
    polygons, region, tolerances
        As in `find_gaps`.

    Examples
    --------
    >>> pair = np.array([shapely.box(0, 0, 9.98, 10), shapely.box(10, 0, 20, 10)])
    >>> fill_gaps(pair)[0][0].bounds
    (0.0, 0.0, 10.0, 10.0)
    """
    array = polygons.copy()
    deeds: list[Deed] = []
    for gap, kind, around in zip(*find_gaps(polygons, region, tolerances), strict=True):
        if kind == "hole" or not around:
            continue
        reach = (tolerances.snap_m if kind == "seam" else tolerances.gap_m) + 2 * GRID_M
        for row, pieces in _shared_out(gap, around, array, reach):
            grown = polygon_parts(shapely.union_all([array[row], *pieces], grid_size=GRID_M))
            deeds.append(_deed(row, f"{kind} added", array, grown))
    return array, deeds


def _shared_out(
    gap: shapely.Geometry, around: tuple[int, ...], polygons: Geometries, reach: float
) -> Iterator[tuple[int, Geometries]]:
    """Yield the pieces of a gap that go to each of its neighbors."""
    rest = np.array([gap], dtype=object)
    for row in around:
        near = shapely.buffer(polygons[row], reach, quad_segs=2)
        pieces = polygon_parts(shapely.intersection(rest, near, grid_size=GRID_M))
        pieces = pieces[[_merges(piece, polygons[row]) for piece in pieces]]
        if pieces.size:
            taken = shapely.union_all(pieces)
            rest = polygon_parts(shapely.difference(rest, taken, grid_size=GRID_M))
            yield row, pieces
    for piece in rest:
        takers = [row for row in around if _merges(piece, polygons[row])]
        if takers:
            yield takers[0], np.array([piece], dtype=object)


def _merges(piece: shapely.Geometry, polygon: shapely.Geometry) -> bool:
    """Return whether a piece of ground and a polygon have more than a corner in common."""
    both = polygon_parts(shapely.union_all([piece, polygon], grid_size=GRID_M))
    return both.size <= int(shapely.get_num_geometries(polygon))


def _deed(row: int, what: str, polygons: Geometries, parts: Geometries) -> Deed:
    """Put `parts` in the place of a polygon, and return the account of it."""
    before = float(shapely.area(polygons[row]))
    whole = parts[0] if parts.size == 1 else shapely.multipolygons(parts)
    plain = shapely.set_precision(whole, 0.0)  # or later overlays would snap, too
    polygons[row] = round_coordinates(np.array([plain], dtype=object))[0]
    return Deed(row, what, before, float(shapely.area(polygons[row])))
