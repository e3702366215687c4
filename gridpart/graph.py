"""Contiguity between polygons: who borders whom, for how many meters.

Rook contiguity on real data: T-junctions count, gaps up to 5 cm are bridged, a
common point does not count. Barriers cut it and crossings restore it.
"""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import STRtree

from gridpart.model import Graph

__all__ = ["Borders", "build_graph", "cut_borders", "graph_from_pairs", "shared_borders"]

GAP_M = 0.05
"""Widest gap between two polygons that still counts as a common border."""
TOUCH_M = 0.5
"""A border found only by bridging must be longer, or a common corner would count."""
EXACT_M = 0.01
"""Shortest border of exactly noded polygons."""
ROUNDING_M = 0.0005
"""Half of the millimeter to which coordinates are rounded."""
BARRIER_M = 1.0
"""A border this near a barrier lies on it."""
CROSSING_M = 2.0
"""Cells this near a crossing, and the nearest on either side, are joined by it."""
REACH_M = 250.0
"""How far a crossing looks for the two sides of its barrier."""

Geometries = NDArray[np.object_]
Rows = NDArray[np.int64]
Lengths = NDArray[np.float64]


class Borders(NamedTuple):
    """Common borders of pairs of polygons, each pair once with head < tail."""

    heads: NDArray[np.int32]
    tails: NDArray[np.int32]
    lines: Geometries
    """The common line, in the CRS of the polygons; missing for a crossing."""
    lengths: NDArray[np.float64]
    """Meters."""


Pairs = dict[tuple[int, int], tuple[shapely.Geometry | None, float]]
"""Line and length of a border by its pair of polygons, the first before the second."""


def shared_borders(polygons: ArrayLike, *, gap_m: float = GAP_M) -> Borders:
    """Return every common border between `polygons`.

    Exactly noded borders are measured as they are. Where a polygon's outline is
    not used up by them, as at T-junctions rounded to the millimeter and at narrow
    gaps, the part of it within `gap_m` of the neighbor counts.

    Parameters
    ----------
    polygons : array_like of shapely Polygon or MultiPolygon, shape (n_units,)
        In a projected CRS with meter units.
    gap_m : float
        Widest gap to bridge.

    Examples
    --------
    >>> borders = shared_borders([shapely.box(0, 0, 1, 2), shapely.box(1, 0, 2, 1)])
    >>> borders.heads, borders.tails, borders.lengths
    (array([0], dtype=int32), array([1], dtype=int32), array([1.]))
    """
    shapes = np.asarray(polygons, dtype=object)
    gap_m += ROUNDING_M
    heads, tails, lines, lengths = _noded_borders(shapes)
    outlines = shapely.boundary(shapes)
    whole = shapely.length(outlines)
    used = _at_both(heads, tails, lengths, shapes.size)
    unclear = np.flatnonzero(np.abs(whole - used) > EXACT_M)  # in part, or twice: overlaps
    at = _near_pairs(shapes, unclear, gap_m)
    drawn = shapely.intersection(outlines[at[0]], outlines[at[1]])
    heads, tails, lines = _merged((heads, tails, lines), (*at, drawn))
    lengths = shapely.length(lines)
    loose = whole - _at_both(heads, tails, lengths, shapes.size) > EXACT_M
    pairs = np.flatnonzero(loose[heads] & loose[tails])
    bridged = _bridged(shapes, outlines, heads[pairs], tails[pairs], gap_m)
    reach = shapely.length(bridged)
    beyond = 2 * gap_m + EXACT_M  # at either end, a bridge reaches around the corner
    better = reach > np.maximum(TOUCH_M, lengths[pairs] + beyond)
    lines[pairs[better]], lengths[pairs[better]] = bridged[better], reach[better]
    keep = lengths > EXACT_M
    return Borders(
        heads[keep].astype(np.int32),
        tails[keep].astype(np.int32),
        lines[keep],
        np.round(lengths[keep], 2),
    )


def _at_both(heads: Rows, tails: Rows, lengths: Lengths, n_units: int) -> Lengths:
    """Return for each unit the sum of the lengths of its pairs."""
    total = np.bincount(heads, lengths, n_units) + np.bincount(tails, lengths, n_units)
    return total.astype(np.float64)


def _noded_borders(shapes: Geometries) -> tuple[Rows, Rows, Geometries, Lengths]:
    """Return the borders whose corners stand in both outlines, without any overlay.

    Equal segments are found by sorting: on ground that is noded throughout this is
    all there is, at a tenth of the time of intersecting outlines.
    """
    ends, unit = _segments(shapes)
    order = np.lexsort((unit, *ends.T[::-1]))
    ends, unit = ends[order], unit[order]
    same = (ends[1:] == ends[:-1]).all(axis=1)
    pairs = [(np.flatnonzero(same), 1)]
    while (last := pairs[-1])[0].size:  # segments of three units and more: overlaps
        at, step = last
        at = at[at + step < same.size]
        pairs.append((at[same[at + step]], step + 1))
    first = np.concatenate([at for at, _ in pairs])
    second = np.concatenate([at + step for at, step in pairs])
    apart = unit[first] != unit[second]
    first, second = first[apart], second[apart]
    heads, tails = unit[first], unit[second]
    order = np.lexsort((first, tails, heads))
    heads, tails, sides = heads[order], tails[order], ends[first[order]]
    fresh = np.ones(heads.size, dtype=bool)
    fresh[1:] = (heads[1:] != heads[:-1]) | (tails[1:] != tails[:-1])
    pair = np.cumsum(fresh) - 1
    drawn = shapely.linestrings(sides.reshape(-1, 2, 2))
    lines = shapely.multilinestrings(drawn, indices=pair) if drawn.size else drawn
    return heads[fresh], tails[fresh], lines, shapely.length(lines)


def _segments(shapes: Geometries) -> tuple[NDArray[np.float64], Rows]:
    """Return the segments of all outlines as x, y, x, y, and whose each one is.

    Each runs from its lesser end to its greater one, whichever way its ring does.
    """
    parts, unit = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[1:] == ring[:-1]
    start, end = xy[:-1][inside], xy[1:][inside]
    back = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    start[back], end[back] = end[back], start[back]
    return np.hstack([start, end]), unit[part][ring[1:][inside]]


def _near_pairs(shapes: Geometries, some: Rows, gap_m: float) -> tuple[Rows, Rows]:
    """Return the pairs within `gap_m` of which one or both are among `some`."""
    at, other = STRtree(shapes).query(shapes[some], predicate="dwithin", distance=gap_m)
    at = some[at]
    low, high = np.minimum(at, other), np.maximum(at, other)
    key = np.unique(low[low < high] * shapes.size + high[low < high])
    return key // max(1, shapes.size), key % max(1, shapes.size)


def _merged(
    old: tuple[Rows, Rows, Geometries], new: tuple[Rows, Rows, Geometries]
) -> tuple[Rows, Rows, Geometries]:
    """Return both lists of pairs as one in order; where both have a pair, the new line."""
    heads, tails, lines = (np.concatenate(both) for both in zip(new, old, strict=True))
    order = np.lexsort((tails, heads))  # stable: the new one stands first
    heads, tails, lines = heads[order], tails[order], lines[order]
    fresh = np.ones(heads.size, dtype=bool)
    fresh[1:] = (heads[1:] != heads[:-1]) | (tails[1:] != tails[:-1])
    return heads[fresh], tails[fresh], lines[fresh]


def _bridged(
    shapes: Geometries, outlines: Geometries, heads: Rows, tails: Rows, gap_m: float
) -> Geometries:
    """Return the part of an outline within `gap_m` of the other polygon: the shorter of the two."""
    thick = np.full(shapes.size, None, dtype=object)
    wanted = np.unique([heads, tails])
    thick[wanted] = shapely.buffer(shapes[wanted], gap_m, quad_segs=2)
    one = shapely.intersection(outlines[heads], thick[tails])
    other = shapely.intersection(outlines[tails], thick[heads])
    return np.where(shapely.length(other) < shapely.length(one), other, one)


def cut_borders(
    borders: Borders, polygons: ArrayLike, barriers: ArrayLike, crossings: ArrayLike
) -> Borders:
    """Return `borders` without those that lie on a barrier, and with those that crossings restore.

    Parameters
    ----------
    borders : Borders
        As ``shared_borders(polygons)`` found them.
    polygons : array_like of shapely polygons, shape (n_units,)
    barriers : array_like of shapely lines and polygons
        Rivers, railways, expressways, walls.
    crossings : array_like of shapely points
        Bridges, underpasses, level crossings.

    Returns
    -------
    Borders
        A border that lies on a barrier in part keeps the rest of its length. A pair
        joined by a crossing alone has no line and a length of 0.01 m.
    """
    shapes = np.asarray(polygons, dtype=object)
    walls = np.asarray(barriers, dtype=object)
    if not walls.size:
        return borders
    thick = shapely.union_all(shapely.buffer(walls, BARRIER_M, cap_style="flat"))
    shapely.prepare(thick)
    near = np.flatnonzero(shapely.intersects(thick, borders.lines))
    lines, lengths = borders.lines.copy(), borders.lengths.copy()
    lines[near] = shapely.difference(lines[near], thick)
    lengths[near] = np.round(shapely.length(lines[near]), 2)
    keep = lengths > EXACT_M
    taken = borders.lengths[near] - lengths[near] > EXACT_M
    keep[near] &= ~taken | (lengths[near] > TOUCH_M)
    pairs = by_pair(Borders(borders.heads[keep], borders.tails[keep], lines[keep], lengths[keep]))
    for pair in _crossed_pairs(shapes, walls, np.asarray(crossings, dtype=object)):
        pairs.setdefault(pair, (None, EXACT_M))
    return borders_of(pairs)


def by_pair(borders: Borders) -> Pairs:
    """Return the line and the length of each border by its pair of polygons."""
    return {
        (int(head), int(tail)): (line, float(length))
        for head, tail, line, length in zip(*borders, strict=True)
    }


def borders_of(pairs: Pairs) -> Borders:
    """Return borders that stand by pair as arrays, in the order of the pairs."""
    ordered = sorted(pairs)
    return Borders(
        np.array([head for head, _ in ordered], np.int32),
        np.array([tail for _, tail in ordered], np.int32),
        np.array([pairs[pair][0] for pair in ordered], dtype=object),
        np.array([pairs[pair][1] for pair in ordered], np.float64),
    )


def _crossed_pairs(
    shapes: Geometries, walls: Geometries, crossings: Geometries
) -> set[tuple[int, int]]:
    """Return the pairs of cells that a crossing joins, one on each side of its barrier."""
    pairs: set[tuple[int, int]] = set()
    if not shapes.size:
        return pairs
    tree, wall_tree = STRtree(shapes), STRtree(walls)
    for crossing in crossings:
        around = shapely.buffer(crossing, REACH_M)
        cells = np.sort(tree.query(around, predicate="intersects"))
        near_walls = walls[wall_tree.query(around, predicate="intersects")]
        if not cells.size or not near_walls.size:
            continue
        wall = shapely.union_all(shapely.buffer(near_walls, EXACT_M))
        local = shapely.intersection(shapes[cells], around)
        land = shapely.get_parts(shapely.difference(shapely.union_all(local), wall))
        sides = land[np.argsort(shapely.distance(land, crossing), kind="stable")][:2]
        ends = []
        for side in sides:
            inside = shapely.intersection(local, side)
            away = np.where(shapely.area(inside) > 1, shapely.distance(inside, crossing), np.inf)
            ends.append(cells[away <= max(CROSSING_M, away.min() + CROSSING_M)])
        if len(ends) == 2:
            pairs.update(
                (min(int(a), int(b)), max(int(a), int(b)))
                for a in ends[0]
                for b in ends[1]
                if a != b
            )
    return pairs


def graph_from_pairs(
    n_units: int,
    heads: NDArray[np.int32],
    tails: NDArray[np.int32],
    lengths: NDArray[np.float64],
) -> Graph:
    """Return the graph of pairs, each given once, in compressed sparse rows."""
    rows = np.concatenate([heads, tails])
    columns = np.concatenate([tails, heads])
    both = np.concatenate([lengths, lengths])
    order = np.lexsort((columns, rows))
    degree = np.bincount(rows, minlength=n_units)
    return Graph(
        indptr=np.concatenate([[0], np.cumsum(degree)]).astype(np.int64),
        indices=columns[order].astype(np.int32),
        lengths=both[order].astype(np.float64),
    )


def build_graph(
    polygons: ArrayLike,
    *,
    barriers: ArrayLike = (),
    crossings: ArrayLike = (),
    gap_m: float = GAP_M,
) -> Graph:
    """Return the contiguity graph of `polygons`, with border lengths in meters.

    Parameters
    ----------
    polygons : array_like of shapely Polygon or MultiPolygon, shape (n_units,)
        In a projected CRS with meter units.
    barriers : array_like of shapely geometries, optional
        Lines and polygons that cut contiguity.
    crossings : array_like of shapely points, optional
        Where contiguity across a barrier is restored.
    gap_m : float
        Widest gap to bridge.

    Examples
    --------
    >>> squares = [shapely.box(x, 0, x + 10, 10) for x in (0, 10, 20)]
    >>> build_graph(squares).n_edges
    2
    >>> build_graph(squares, barriers=[shapely.LineString([(10, -5), (10, 15)])]).n_edges
    1
    """
    shapes = np.asarray(polygons, dtype=object)
    borders = cut_borders(shared_borders(shapes, gap_m=gap_m), shapes, barriers, crossings)
    return graph_from_pairs(shapes.size, borders.heads, borders.tails, borders.lengths)
