"""One shape cut into slices of given shares, each in one piece where the shape is.

Slices follow one another along a direction; around a courtyard they follow one another
around it, or those in the middle would lie in two wings. Neighboring slices share the
corners of their common border exactly, so that they dissolve without a seam.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["long_axis", "slice_shape"]

COURTYARD = 0.1
"""A hole with this share of the ground inside the outer walls makes a courtyard."""
UNEVEN = 0.01
"""Slices this far off their shares are tried across the shorter axis too."""
HALVINGS = 50
"""Steps of the search for a cut: the 2**50th part of a building is far below a micron."""

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]


def long_axis(shape: shapely.Geometry) -> Floats:
    """Return the direction of the longer side of a shape's smallest rectangle.

    Examples
    --------
    >>> long_axis(shapely.box(0, 0, 10, 30)).round(6) + 0.0
    array([ 0., -1.])
    """
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shape))
    if len(corners) < 5:  # no area, or all on one line
        return np.array([1.0, 0.0])
    sides = np.diff(corners[:3], axis=0)
    lengths = np.hypot(*sides.T)
    axis = sides[0] if lengths[0] >= lengths[1] else sides[1]
    # Turned to the east, else to the south: the order of slices follows from the ground.
    upright = abs(axis[0]) <= 1e-9 * lengths.max()
    flip = axis[1] > 0 if upright else axis[0] < 0
    unit: Floats = (-axis if flip else axis) / np.hypot(*axis)
    return unit


def slice_shape(
    shape: shapely.Geometry, shares: Sequence[float], along: Floats | None = None
) -> list[shapely.Geometry]:
    """Return `shape` in slices whose areas are in proportion to `shares`.

    Parameters
    ----------
    shape : shapely Polygon or MultiPolygon
        In a projected CRS.
    shares : sequence of float
        Greater than 0, one for each slice, in the order of the slices.
    along : ndarray of float64, shape (2,), optional
        Direction in which slices follow one another. By default the long axis or,
        where the shape encloses a courtyard, around that.

    Returns
    -------
    list of shapely Polygon or MultiPolygon
        Together they are the shape. Where a straight cut would leave a slice in two
        pieces, the smaller ones go to a neighbor, and shares are kept less well.

    Examples
    --------
    >>> [round(part.area, 6) for part in slice_shape(shapely.box(0, 0, 30, 10), [1, 2])]
    [100.0, 200.0]
    """
    if len(shares) == 1:
        return [shape]
    if along is not None:
        return _cut(shape, shares, _straight(shape, along))
    axis = long_axis(shape)
    if (yard := _courtyard(shape)) is not None:
        return _cut(shape, shares, _around(shape, axis, yard))
    slices = _cut(shape, shares, _straight(shape, axis))
    if (faults := _faults(slices, shares)) > (len(shares), UNEVEN):
        across = _cut(shape, shares, _straight(shape, np.array([-axis[1], axis[0]])))
        slices = across if _faults(across, shares) < faults else slices
    return slices


def _faults(slices: Sequence[shapely.Geometry], shares: Sequence[float]) -> tuple[int, float]:
    """Return in how many pieces slices are, and how far the worst is off its share."""
    area, share = shapely.area(slices), np.asarray(shares) / np.sum(shares)
    pieces = int(shapely.get_num_geometries(slices).sum())
    return pieces, float(np.abs(area / area.sum() / share - 1).max())


def _cut(
    shape: shapely.Geometry, shares: Sequence[float], sweep: "_Sweep"
) -> list[shapely.Geometry]:
    """Return the slices of a shape in the order of one sweep over it."""
    wanted = shapely.area(shape) * np.cumsum(shares)[:-1] / float(np.sum(shares))
    cuts = _places(shape, sweep, wanted)
    # Lines that end on an outline would miss it by a rounding; these reach beyond.
    lines = [sweep.line(cut) for cut in ([0.0, *cuts] if sweep.closed else cuts)]
    noded = shapely.union_all([shapely.boundary(shape), *lines])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    middle = shapely.point_on_surface(faces)
    inside = shapely.contains(shape, middle)
    at = sweep.place(shapely.get_coordinates(middle[inside]))
    faces = faces[inside]
    owner = _gathered(faces, np.searchsorted(cuts, at))
    return [shapely.coverage_union_all(faces[owner == i]) for i in range(len(shares))]


class _Sweep(NamedTuple):
    """One way to run over a shape, from 0 to 1."""

    before: Callable[[float], shapely.Geometry]
    """The part of the plane that lies before a place."""
    line: Callable[[float], shapely.Geometry]
    """The line at a place."""
    place: Callable[[Floats], Floats]
    """The place of each point, shape (n, 2) -> (n,)."""
    closed: bool
    """Whether the end meets the beginning."""


def _courtyard(shape: shapely.Geometry) -> shapely.Geometry | None:
    """Return the largest hole of a shape in one piece, None where there is none to speak of."""
    if shapely.get_num_geometries(shape) != 1:
        return None
    rings = shapely.get_rings(shapely.get_parts(shape)[0])
    outer, *holes = (shapely.Polygon(ring) for ring in rings)
    largest = max(holes, key=lambda hole: hole.area, default=None)
    return None if largest is None or largest.area < COURTYARD * outer.area else largest


def _straight(shape: shapely.Geometry, axis: Floats) -> _Sweep:
    """Return the sweep by straight lines across `axis`."""
    across = np.array([-axis[1], axis[0]])
    ends = shapely.get_coordinates(shape)
    base = ends.mean(axis=0)
    low, high = float(((ends - base) @ axis).min()), float(((ends - base) @ axis).max())
    reach = float(np.abs((ends - base) @ across).max()) + (high - low)

    def at(place: float, side: float) -> Floats:
        spot: Floats = base + (low + place * (high - low)) * axis + side * reach * across
        return spot

    def before(place: float) -> shapely.Geometry:
        return shapely.Polygon([at(-1, -1), at(place, -1), at(place, 1), at(-1, 1)])

    def line(place: float) -> shapely.Geometry:
        return shapely.LineString([at(place, -1), at(place, 1)])

    return _Sweep(before, line, lambda xy: ((xy - base) @ axis - low) / (high - low), False)


def _around(shape: shapely.Geometry, axis: Floats, yard: shapely.Geometry) -> _Sweep:
    """Return the sweep by a ray from the middle of a courtyard, from a corner of the outline."""
    center = shapely.get_coordinates(shapely.point_on_surface(yard))[0]
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shape))[:4] - center
    across = np.array([-axis[1], axis[0]])
    first = min(corners, key=lambda c: (round(float(c @ axis), 6), -round(float(c @ across), 6)))
    start = np.arctan2(first[1], first[0])
    reach = 2 * float(np.hypot(*(shapely.get_coordinates(shape) - center).T).max())

    def at(place: float) -> Floats:
        angle = start - 2 * np.pi * place  # clockwise, as one reads from west to east in the north
        spot: Floats = center + reach * np.array([np.cos(angle), np.sin(angle)])
        return spot

    def before(place: float) -> shapely.Geometry:
        fan = [at(place * step / 8) for step in range(9)]
        return shapely.Polygon([center, *fan])

    def line(place: float) -> shapely.Geometry:
        return shapely.LineString([center, at(place)])

    def place(xy: Floats) -> Floats:
        turned: Floats = (start - np.arctan2(*(xy - center).T[::-1])) % (2 * np.pi) / (2 * np.pi)
        return turned

    return _Sweep(before, line, place, True)


def _places(shape: shapely.Geometry, sweep: _Sweep, wanted: Floats) -> Floats:
    """Return the places before which the areas `wanted` lie, by halving."""
    low, high = np.zeros(wanted.size), np.ones(wanted.size)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        swept = np.array([sweep.before(place) for place in middle], dtype=object)
        short = shapely.area(shapely.intersection(swept, shape)) < wanted
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return (low + high) / 2


def _gathered(faces: Geometries, owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return `owner` with all but the largest face of each slice joined to a neighbor.

    A face goes where its border is longest; one that borders no other slice stays.
    """
    owner = owner.copy()
    area = shapely.area(faces)
    largest = {int(i): max(np.flatnonzero(owner == i), key=area.__getitem__) for i in set(owner)}
    settled = np.zeros(faces.size, np.bool_)
    settled[list(largest.values())] = True
    outlines = shapely.boundary(faces)
    while not settled.all():
        free, fixed = np.flatnonzero(~settled), np.flatnonzero(settled)
        shared = shapely.length(
            shapely.intersection(outlines[free][:, None], outlines[fixed][None, :])
        )
        best = np.unravel_index(int(shared.argmax()), shared.shape)
        if not shared[best] > 0:
            break
        owner[free[best[0]]] = owner[fixed[best[1]]]
        settled[free[best[0]]] = True
    return owner
