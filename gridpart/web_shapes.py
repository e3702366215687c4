"""Outlines made small for a page: simplified with their neighbors, on a lattice of whole numbers.

Everything is in a projected CRS with meters. Nothing here knows what an outline stands for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["Lattice", "choose_lattice", "on_lattice", "simplify", "simplify_cover"]

Shapes = NDArray[np.object_]
Rings = list[list[int]]

FINEST_M = 0.1
STEPS_ACROSS = 200_000
"""Steps across the longer side of a district; a page is some thousand pixels wide."""
DETAIL_ACROSS = 8_000
"""Details across the same side that are kept: at eight times the whole view, one a pixel."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """Where whole numbers lie on the ground."""

    x: float
    y: float
    """Meters: the corner in the south-west, which is 0, 0."""
    step: float
    """Meters."""
    width: int
    height: int
    """Steps from that corner to the one in the north-east."""
    tolerance: float
    """Meters: how coarse outlines may become."""


def choose_lattice(bounds: Sequence[float]) -> Lattice:
    """Return the lattice for a district with these bounds: left, bottom, right, top.

    Examples
    --------
    >>> choose_lattice((500_000.0, 3_000_000.0, 508_000.0, 3_004_000.0))
    Lattice(x=500000.0, y=3000000.0, step=0.1, width=80000, height=40000, tolerance=1.0)
    """
    left, bottom, right, top = map(float, bounds)
    across = max(right - left, top - bottom, 1.0)
    step = max(FINEST_M, across / STEPS_ACROSS)
    width, height = (int(np.ceil((b - a) / step)) for a, b in ((left, right), (bottom, top)))
    return Lattice(left, bottom, step, width, height, round(across / DETAIL_ACROSS, 3))


def simplify_cover(shapes: Shapes, tolerance: float) -> Shapes:
    """Return polygons that share borders with fewer corners, still sharing them.

    Parameters
    ----------
    shapes : ndarray of Polygon or MultiPolygon, shape (n,)
        Without overlap; rows of another kind or without any ground come back as they are.
    tolerance : float
        Meters.

    Returns
    -------
    ndarray of Polygon or MultiPolygon, shape (n,)
    """
    found = np.array(shapes, dtype=object)
    areal = (shapely.get_dimensions(found) == 2) & ~shapely.is_empty(found)
    areal &= shapely.get_type_id(found) != shapely.GeometryType.GEOMETRYCOLLECTION
    if areal.any():
        found[areal] = shapely.coverage_simplify(found[areal], tolerance)
    return found


def simplify(shapes: Shapes, tolerance: float) -> Shapes:
    """Return lines, points and polygons that share no borders with fewer corners."""
    found: Shapes = shapely.simplify(np.array(shapes, dtype=object), tolerance)
    return found


def on_lattice(shapes: Shapes, lattice: Lattice) -> list[Rings]:
    """Return the rings, lines and points of each shape in steps of the lattice.

    Parameters
    ----------
    shapes : ndarray of shapely geometries, shape (n,)
    lattice : Lattice

    Returns
    -------
    list of list of list of int
        A list a shape, with one list for each ring, line or point: x and y of its first
        corner, then the way to each next one. Rings are not closed. Whatever is narrower
        than a step becomes one point, so that nothing vanishes.

    Examples
    --------
    >>> on_lattice(np.array([shapely.box(0, 0, 2, 1)]), Lattice(0, 0, 0.5, 4, 2, 1))
    [[[4, 0, 0, 2, -4, 0, 0, -2]]]
    """
    return [_on_lattice(shape, lattice) for shape in shapes]


def _on_lattice(shape: Any, lattice: Lattice) -> Rings:
    if shape is None or shape.is_empty:
        return []
    rings = []
    for part in shapely.get_parts(shape).tolist():
        kind = shapely.get_dimensions(part)
        pieces = shapely.get_rings(part).tolist() if kind == 2 else [part]
        rings += [_steps(piece, lattice, closed=kind == 2) for piece in pieces]
    least = 3 if shapely.get_dimensions(shape) == 2 else 1
    kept = [ring for ring in rings if len(ring) >= 2 * least]
    return kept or [ring[:2] for ring in rings[:1]]


def _steps(piece: Any, lattice: Lattice, *, closed: bool) -> list[int]:
    """Return one ring or line as its first corner and the steps from there."""
    places = shapely.get_coordinates(piece) - (lattice.x, lattice.y)
    corners = np.rint(places / lattice.step).astype(np.int64)
    moved = np.any(np.diff(corners, axis=0) != 0, axis=1)
    corners = corners[np.concatenate([[True], moved])]
    if closed and len(corners) > 1:
        corners = corners[:-1]
    steps: list[int] = np.diff(corners, axis=0, prepend=np.zeros((1, 2), np.int64)).ravel().tolist()
    return steps
