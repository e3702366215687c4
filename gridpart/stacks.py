"""Units that share one place: floors of one stairwell, and parts of a building given as a point.

They are drawn as slices of the ground of that place, so that grids cover their
community whoever lives above whom. But people leave by one door: all of them border
whatever that ground borders, and floors border the next ones.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely import STRtree

from gridpart.graph import EXACT_M, Borders, borders_of, by_pair
from gridpart.slices import long_axis, slice_shape

__all__ = ["Parts", "join_through", "read_parts", "share_ground"]

ROUNDING_M = 1e-6
"""A corner this near an outline lies on it."""

Geometries = NDArray[np.object_]
Numbers = NDArray[np.int64]
Pair = tuple[int, int]


class Parts(NamedTuple):
    """Which units are parts of a building, and of which of its places; shape (n_units,) each."""

    building: Numbers
    """Number of the building, -1 for a unit that is whole."""
    stairwell: Numbers
    """Number of the stairwell in its building, 0 where it is not known."""
    low: Numbers
    high: Numbers
    """First and last floor, 0 for all floors."""
    place: Numbers
    """The first unit at the same place: the unit itself, but for those that share one."""

    def stacks(self) -> Iterator[Numbers]:
        """Yield the units of each place that several share, by stairwell and floor."""
        for place in np.flatnonzero(np.bincount(self.place) > 1):
            units = np.flatnonzero(self.place == place)
            yield units[np.lexsort((self.low[units], self.stairwell[units]))]

    def of(self, units: Numbers) -> "Parts":
        """Return the same of some `units`, ascending, with every place whole or left out."""
        place = np.searchsorted(units, self.place[units])
        rows = (self.building[units], self.stairwell[units], self.low[units], self.high[units])
        return Parts(*rows, place)

    def stairwells(self) -> NDArray[np.int32]:
        """Return the number of the stairwell that each unit is, or is a band of floors in."""
        lone = (self.building < 0) | ((self.stairwell == 0) & (self.low == 0))
        whose = np.where(lone, np.arange(lone.size), -1 - self.building)
        pairs = np.column_stack([whose, np.where(lone, 0, self.stairwell)])
        _, number = np.unique(pairs, axis=0, return_inverse=True)
        return number.ravel().astype(np.int32)

    def meet(self, one: int, other: int) -> bool:
        """Return whether two parts of a building whose places are the same or touch are next."""
        if self.stairwell[one] == self.stairwell[other] and self.low[one] and self.low[other]:
            return bool(
                self.high[one] + 1 == self.low[other] or self.high[other] + 1 == self.low[one]
            )
        apart = abs(int(self.stairwell[one] - self.stairwell[other])) > 1
        if apart and self.place[one] == self.place[other]:
            return False
        if not (self.low[one] and self.low[other]):
            return True
        return bool(self.low[one] <= self.high[other] and self.low[other] <= self.high[one])


def read_parts(units: gpd.GeoDataFrame) -> Parts:
    """Return which of `units` are parts of a building.

    Parameters
    ----------
    units : GeoDataFrame
        ``parent_unit_id`` and, where there are any, ``stairwell``, ``floor_from`` and
        ``floor_to``. Parts share a place where their geometry is the same.
    """
    names = units["parent_unit_id"].to_numpy(object)
    known = {name: i for i, name in enumerate(dict.fromkeys(units["parent_unit_id"].dropna()))}
    building = np.array([known.get(name, -1) for name in names], dtype=np.int64)
    place = np.arange(len(units))
    first: dict[tuple[int, bytes], int] = {}
    shapes = units.geometry.to_numpy()
    for unit in np.flatnonzero(building >= 0):
        key = int(building[unit]), shapely.to_wkb(shapes[unit])
        place[unit] = first.setdefault(key, int(unit))
    low, high = _numbers(units, "floor_from"), _numbers(units, "floor_to")
    return Parts(building, _numbers(units, "stairwell"), low, high, place)


def _numbers(units: gpd.GeoDataFrame, column: str) -> Numbers:
    """Return a column of whole numbers, 0 where there is none."""
    if column not in units:
        return np.zeros(len(units), np.int64)
    numbers: Numbers = pd.to_numeric(units[column], errors="coerce").fillna(0).to_numpy(np.int64)
    return numbers


# --- ground ------------------------------------------------------------------------------


def share_ground(
    cells: Geometries, shapes: Geometries, parts: Parts, size: NDArray[np.float64]
) -> Geometries:
    """Return the cell of each unit where places that several share are sliced.

    Parameters
    ----------
    cells : ndarray of shapely polygons, shape (n_units,)
        The ground of each place at its first unit; missing for units inside a site.
    shapes : ndarray of shapely geometries, shape (n_units,)
        Footprints and points.
    parts : Parts
    size : ndarray of float64, shape (n_units,)
        Slices are in proportion to this, or alike where one of them has none.

    Returns
    -------
    ndarray of shapely polygons, shape (n_units,)
        Stairwells follow one another along the building and floors across it, so that
        floors of neighboring stairwells lie side by side. Cells next to a slice get its
        corners, so that all dissolve without a seam.
    """
    shared = cells.copy()
    tree = STRtree(cells)
    for units in parts.stacks():
        place = parts.place[units[0]]
        cell = shared[place]
        if cell is None:
            continue
        weight = size[units] if (size[units] > 0).all() else np.ones(units.size)
        shared[units] = _sliced(cell, parts.stairwell[units], weight, _axis(shapes, parts, units))
        near = np.isin(parts.place, tree.query(cells[place], predicate="intersects"))
        _give_corners(shared, cell, units, np.flatnonzero(near & (parts.place != place)))
    return shared


def _axis(shapes: Geometries, parts: Parts, units: Numbers) -> NDArray[np.float64] | None:
    """Return the direction in which the floors of one place follow one another, if it is known.

    Where a building has several places, its floors run along it from one to the next.
    """
    whole = np.flatnonzero(parts.building == parts.building[units[0]])
    outline = shapely.union_all(shapes[np.unique(parts.place[whole])])
    if shapely.get_dimensions(outline) < 2:
        return None
    axis = long_axis(outline)
    several = np.unique(parts.place[whole]).size > 1
    return np.array([-axis[1], axis[0]]) if several else axis


def _sliced(
    cell: shapely.Geometry,
    stairwell: Numbers,
    weight: NDArray[np.float64],
    axis: NDArray[np.float64] | None,
) -> list[shapely.Geometry]:
    """Return the slices of one cell, by stairwell and floor."""
    wells, first = np.unique(stairwell, return_index=True)
    totals = np.add.reduceat(weight, first)
    along = long_axis(cell)
    if wells.size > 1:
        axis = np.array([-along[1], along[0]])
    elif axis is None:
        axis = along
    slices: list[shapely.Geometry] = []
    grounds = slice_shape(cell, totals.tolist(), along)
    for ground, well in zip(grounds, wells, strict=True):
        slices += slice_shape(ground, weight[stairwell == well].tolist(), axis)
    return slices


def _give_corners(
    cells: Geometries, cell: shapely.Geometry, slices: Numbers, near: Numbers
) -> None:
    """Give the slices of a cell, and cells beside them, all corners that others have there.

    Cuts that end at one place from two sides differ by a rounding; they become one.
    """
    drawn = shapely.get_coordinates([cell, *cells[slices]])  # the cell's own come first
    places = cKDTree(drawn)
    first = np.array([min(same) for same in places.query_ball_tree(places, ROUNDING_M)])

    def moved(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        _, at = places.query(xy)
        spots: NDArray[np.float64] = drawn[first[at]]
        return spots

    cells[slices] = shapely.remove_repeated_points(shapely.transform(cells[slices], moved))
    corners = np.asarray(shapely.points(drawn[np.unique(first)]), dtype=object)
    tree = STRtree(corners)
    for unit in [*slices, *near]:
        outline = shapely.boundary(cells[unit])
        beside = tree.query(outline, predicate="dwithin", distance=ROUNDING_M)
        if beside.size:
            cells[unit] = shapely.snap(
                cells[unit], shapely.multipoints(corners[beside]), ROUNDING_M
            )


# --- contiguity --------------------------------------------------------------------------


def join_through(borders: Borders, parts: Parts) -> Borders:
    """Return `borders` as people cross them where units share a place.

    Parameters
    ----------
    borders : Borders
        As the slices of shared places are drawn.
    parts : Parts

    Returns
    -------
    Borders
        All units of a shared place border what one of them does, but in the next
        stairwell only floors at their own height. Slices side by side that are not next
        to each other in the building do not count. A pair that is not drawn side by
        side has no line and a length of 0.01 m.
    """
    stacks = {int(parts.place[units[0]]): units.tolist() for units in parts.stacks()}
    if not stacks:
        return borders
    drawn = by_pair(borders)
    joined = {pair: border for pair, border in drawn.items() if _counts(parts, *pair)}
    for pair in sorted(_through(drawn, parts, stacks)):
        if _counts(parts, *pair):
            joined.setdefault(pair, (None, EXACT_M))
    return borders_of(joined)


def _counts(parts: Parts, one: int, other: int) -> bool:
    """Return whether two units whose ground borders are next to each other."""
    same = parts.building[one] == parts.building[other] >= 0
    return not same or parts.meet(one, other)


def _through(
    drawn: Mapping[Pair, object], parts: Parts, stacks: Mapping[int, list[int]]
) -> Iterator[Pair]:
    """Yield every pair of units at one shared place, and at two places that border."""
    for units in stacks.values():
        yield from ((min(a, b), max(a, b)) for i, a in enumerate(units) for b in units[:i])
    places = {(int(parts.place[head]), int(parts.place[tail])) for head, tail in drawn}
    for one, other in places:
        if one != other and (one in stacks or other in stacks):
            for a in stacks.get(one, [one]):
                yield from ((min(a, b), max(a, b)) for b in stacks.get(other, [other]))
