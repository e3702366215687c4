"""Cutting a building that no grid can hold into its stairwells.

A unit is an atom. Only where it alone exceeds a level's range, and the level
allows it, is its footprint sliced along its long axis, one slice a stairwell, and
its counts shared out in whole numbers that add up.
"""

from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridpart.model import Level, Note

__all__ = ["cut_oversize", "share_out", "slice_footprint"]

FINER = ("stairwell", "floor")
"""Values of ``split_to`` that allow a building to be cut."""


def share_out(total: int, n_parts: int) -> NDArray[np.int64]:
    """Return `n_parts` whole numbers as equal as can be that add up to `total`.

    Examples
    --------
    >>> share_out(7, 3)
    array([3, 2, 2])
    """
    return np.array([total // n_parts + (i < total % n_parts) for i in range(n_parts)])


def slice_footprint(footprint: shapely.Geometry, n_parts: int) -> list[shapely.Geometry]:
    """Return `footprint` in `n_parts` slices of equal length across its long axis.

    Examples
    --------
    >>> [part.area for part in slice_footprint(shapely.box(0, 0, 30, 10), 3)]
    [100.0, 100.0, 100.0]
    """
    if shapely.get_dimensions(footprint) < 2:
        return [footprint] * n_parts
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(footprint))
    first, second = corners[1] - corners[0], corners[2] - corners[1]
    along, across = (first, second) if np.hypot(*first) >= np.hypot(*second) else (second, -first)
    base = corners[0] if along is first else corners[1]
    slices: list[shapely.Geometry] = []
    for i in range(n_parts):
        # Slabs reach out beyond the footprint: edges that all but coincide make GEOS lose slices.
        low = base + along * (i / n_parts if i else -1)
        high = base + along * ((i + 1) / n_parts if i + 1 < n_parts else 2)
        slab = shapely.Polygon([low - across, high - across, high + 2 * across, low + 2 * across])
        slices.append(shapely.intersection(footprint, slab))
    return slices


def cut_oversize(
    units: gpd.GeoDataFrame, levels: Sequence[Level], counts: Iterable[str]
) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """Return `units` with those above a level's range cut into stairwells, and what was cut.

    Parameters
    ----------
    units : GeoDataFrame
        With ``unit_id`` and ``stairwells``; footprints in a projected CRS.
    levels : sequence of Level
        A unit is cut when it exceeds the maximum of a level whose ``split_to`` allows it.
    counts : iterable of str
        Columns to share out; all others are copied to every part.

    Returns
    -------
    GeoDataFrame
        As `units`, with a column ``parent_unit_id``, null for units that are whole.
        Parts are named ``<unit_id>-1`` and on from the west.
    tuple of Note
        One note of kind ``opened`` a building.
    """
    whole = units.assign(parent_unit_id=None)
    over = np.zeros(len(units), dtype=bool)
    for level in levels:
        if level.split_to in FINER:
            for bound in level.ranges:
                if bound.max is not None and bound.hard and bound.measure in units:
                    over |= (units[bound.measure] > bound.max).to_numpy()
    stairwells = pd.to_numeric(units["stairwells"], errors="coerce").fillna(1)
    cut = np.flatnonzero(over & (stairwells >= 2).to_numpy())
    if not cut.size:
        return whole, ()
    columns = [column for column in counts if column in units]
    pieces = [_parts(whole.iloc[[at]], int(stairwells.iloc[at]), columns) for at in cut]
    names, measure = units["unit_id"].iloc[cut], columns[0]
    notes = tuple(
        Note(
            "opened",
            f"Building {name} ({count} {measure}) exceeds a grid alone and was cut into its "
            f"{n_parts} stairwells.",
            (str(name),),
        )
        for name, count, n_parts in zip(
            names, units[measure].iloc[cut], stairwells.iloc[cut].astype(int), strict=True
        )
    )
    kept = whole.drop(index=whole.index[cut])
    joined = pd.concat([kept, *pieces]).sort_values("unit_id", ignore_index=True)
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=units.crs), notes


def _parts(unit: gpd.GeoDataFrame, n_parts: int, columns: Sequence[str]) -> gpd.GeoDataFrame:
    """Return the stairwells of the one row `unit`, from west to east, then north to south."""
    parts = unit.loc[unit.index.repeat(n_parts)].copy()
    slices = slice_footprint(unit.geometry.iloc[0], n_parts)
    slices.sort(key=_west_to_east)
    name = str(unit["unit_id"].iloc[0])
    parts["geometry"] = slices
    parts["parent_unit_id"] = name
    parts["unit_id"] = [f"{name}-{i + 1}" for i in range(n_parts)]
    parts["stairwells"] = 1
    for column in columns:
        value = unit[column].iloc[0]
        if pd.notna(value):
            parts[column] = share_out(int(value), n_parts)
    return parts


def _west_to_east(shape: shapely.Geometry) -> tuple[float, float]:
    middle = shapely.centroid(shape)
    return round(float(shapely.get_x(middle)), 1), -round(float(shapely.get_y(middle)), 1)
