"""Where polygons that should tile the ground do not: gaps, seams, slivers and copies.

Every function maps arrays to arrays, as in `topology`. `shapely.coverage_is_valid` and
`coverage_clean` look at the noding of edges: they pass real holes, refuse T-junctions,
which are sound ground here, and move corners of polygons that are right. So gaps are
found as areas, and areas are all that changes hands.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "GRID_M",
    "USUAL",
    "Gaps",
    "Tolerances",
    "find_copies",
    "find_gaps",
    "find_slivers",
    "is_noise",
    "polygon_parts",
]

GRID_M = 0.001
"""Everything is cut on this lattice, on which all coordinates stand."""
NOISE_M = 0.00075
"""A mean width below this comes from rounding corners to 1 mm."""
MITRE = 20.0
"""Corners down to 6 degrees come back from a buffer there and back."""
EDGE_M = 0.002
"""An outline this near a gap borders it."""

Geometries = NDArray[np.object_]
Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]


class Tolerances(NamedTuple):
    """Up to which width something between two outlines is a fault of drawing, in meters."""

    snap_m: float = 0.05
    """Borders nearer than this are meant to be one: a seam."""
    gap_m: float = 1.0
    """Ground narrower than this belongs to a neighbor: a sliver. Wider ground is a hole."""


USUAL = Tolerances()


class Gaps(NamedTuple):
    """Ground that no polygon covers."""

    shapes: Geometries
    """Shape (n_gaps,)."""
    kinds: NDArray[np.object_]
    """Shape (n_gaps,): ``seam``, ``sliver`` or ``hole``, by `Tolerances`."""
    around: tuple[tuple[int, ...], ...]
    """Shape (n_gaps,): rows of the polygons that border each, the longest border first."""


def is_noise(shapes: ArrayLike) -> Mask:
    """Return which areas are thinner than rounding to 1 mm can make them.

    Examples
    --------
    >>> is_noise([shapely.box(0, 0, 0.0005, 50), shapely.box(0, 0, 0.001, 50)])
    array([ True, False])
    """
    array = np.asarray(shapes, dtype=object)
    return np.asarray(2 * shapely.area(array) < NOISE_M * np.maximum(shapely.length(array), 1e-12))


def polygon_parts(shapes: Geometries | shapely.Geometry) -> Geometries:
    """Return the single polygons of which the geometries consist, without noise."""
    parts = shapely.get_parts(np.atleast_1d(np.asarray(shapes, dtype=object)))
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    kept: Geometries = parts[~is_noise(parts) & (shapely.area(parts) > 0)]
    return kept


def find_slivers(polygons: ArrayLike, width_m: float = USUAL.gap_m) -> Mask:
    """Return which polygons are nowhere wider than `width_m`; those without area are not.

    Examples
    --------
    >>> find_slivers([shapely.box(0, 0, 0.9, 50), shapely.box(0, 0, 1.1, 50)])
    array([ True, False])
    """
    array = np.asarray(polygons, dtype=object)
    area, length = shapely.area(array), shapely.length(array)
    thin = (area > 0) & (2 * area <= (width_m + GRID_M) * length)  # so it is, if a sliver
    thin[thin] = shapely.is_empty(shapely.buffer(array[thin], -(width_m + GRID_M) / 2))
    return np.asarray(thin)


def find_copies(polygons: ArrayLike) -> Rows:
    """Return for each geometry the first row with the same outline: its own if it is no copy.

    Examples
    --------
    >>> find_copies([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6), shapely.box(0, 0, 1, 1)])
    array([0, 1, 0])
    """
    array = np.asarray(polygons, dtype=object)
    keys = np.array(shapely.to_wkb(shapely.normalize(array)), dtype=object)
    first: dict[bytes, int] = {}
    return np.array([first.setdefault(key, row) for row, key in enumerate(keys)], dtype=np.int64)


def find_gaps(
    polygons: ArrayLike,
    region: shapely.Geometry | None = None,
    tolerances: Tolerances = USUAL,
) -> Gaps:
    """Return the ground between polygons that none of them covers.

    Parameters
    ----------
    polygons : array_like of shapely Polygon or MultiPolygon, shape (n,)
        Valid outlines in meters.
    region : shapely Polygon or MultiPolygon, optional
        What they should cover. Without it, gaps are what they enclose, and what is left
        open between two of them that run side by side nearer than `Tolerances.gap_m`.
    tolerances : Tolerances
        A hole with narrow arms is told apart from them.

    Examples
    --------
    >>> gaps = find_gaps([shapely.box(0, 0, 9.98, 10), shapely.box(10, 0, 20, 10)])
    >>> gaps.kinds.tolist(), round(gaps.shapes[0].area, 3), gaps.around[0]
    (['seam'], 0.2, (0, 1))
    """
    array = np.asarray(polygons, dtype=object)
    covered = shapely.union_all(array, grid_size=GRID_M)
    wanted = _closed(covered, tolerances.gap_m) if region is None else region
    open_ground = polygon_parts(shapely.difference(wanted, covered, grid_size=GRID_M))
    shapes = np.concatenate([open_ground[:0], *(_arms(g, tolerances) for g in open_ground)])
    around = _border_lengths(shapes, array)
    if region is None:
        enclosed = shapely.within(shapes, _filled(covered)).astype(bool)
        kept = enclosed | (np.array([len(near) for near in around], dtype=np.int64) > 1)
        shapes, around = shapes[kept], [around[at] for at in np.flatnonzero(kept).tolist()]
    kinds = np.full(shapes.size, "hole", dtype=object)
    kinds[find_slivers(shapes, tolerances.gap_m)] = "sliver"
    kinds[find_slivers(shapes, tolerances.snap_m)] = "seam"
    return Gaps(shapes, kinds, tuple(tuple(_longest_first(near)) for near in around))


def _border_lengths(shapes: Geometries, polygons: Geometries) -> list[dict[int, float]]:
    """Return for each shape the polygons that border it, and for how many meters."""
    found: list[dict[int, float]] = [{} for _ in shapes]
    tree = shapely.STRtree(polygons)
    at, row = tree.query(shapes, predicate="dwithin", distance=EDGE_M)
    thick = shapely.buffer(polygons[row], EDGE_M, join_style="mitre")
    lengths = shapely.length(shapely.intersection(shapely.boundary(shapes[at]), thick))
    for shape, polygon, length in zip(at.tolist(), row.tolist(), lengths.tolist(), strict=True):
        if length > 4 * EDGE_M:  # more than a common corner
            found[shape][polygon] = round(length, 2)
    return found


def _longest_first(borders: dict[int, float]) -> Sequence[int]:
    """Return the rows in order of their borders, ties by row."""
    return sorted(borders, key=lambda row: (-borders[row], row))


def _closed(covered: shapely.Geometry, gap_m: float) -> shapely.Geometry:
    """Return the ground with everything enclosed, and with clefts narrower than `gap_m`."""
    half = gap_m / 2
    wide = shapely.buffer(covered, half, join_style="mitre", mitre_limit=MITRE)
    back = shapely.buffer(wide, -half, join_style="mitre", mitre_limit=MITRE)
    return shapely.union_all([back, _filled(covered)], grid_size=GRID_M)


def _filled(covered: shapely.Geometry) -> shapely.Geometry:
    """Return the ground without its holes."""
    shells = shapely.get_exterior_ring(shapely.get_parts([covered]))
    return shapely.union_all(shapely.polygons(shells))


def _arms(gap: shapely.Geometry, tolerances: Tolerances) -> Geometries:
    """Return a hole and its narrow arms each alone; anything else as it is."""
    half = (tolerances.gap_m + GRID_M) / 2
    core = shapely.buffer(gap, -half, join_style="mitre", mitre_limit=MITRE)
    if shapely.is_empty(core):
        return np.array([gap], dtype=object)
    back = shapely.buffer(core, half, join_style="mitre", mitre_limit=MITRE)
    hole = polygon_parts(shapely.intersection(back, gap, grid_size=GRID_M))
    rest = shapely.difference(gap, shapely.union_all(hole), grid_size=GRID_M)
    arms = polygon_parts(rest)
    if not arms.size:
        return np.array([gap], dtype=object)
    return np.concatenate([hole, arms])
