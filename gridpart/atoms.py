"""What a level keeps whole, what it would let be cut, and why something is not cut."""

from collections.abc import Collection
from typing import Any

import geopandas as gpd
import pandas as pd

from gridpart.model import Level, Range
from gridpart.parts import why_whole
from gridpart.sentences import Sentence

__all__ = ["atom_names", "cuttable", "why_uncut"]


def atom_names(units: gpd.GeoDataFrame, level: Level) -> list[str]:
    """Return for each unit the name of what a level keeps together with it.

    Parameters
    ----------
    units : GeoDataFrame
        ``unit_id``, ``parent_unit_id``, ``stairwell``, ``floor_from`` and ``compound_id``.
    level : Level
    """
    columns = ("unit_id", "parent_unit_id", "stairwell", "floor_from", "compound_id")
    rows = zip(*(units[name].to_list() for name in columns), strict=True)
    return [_atom_name(level.split_to, *row) for row in rows]


def _atom_name(
    split_to: str, unit: object, building: Any, stairwell: Any, floor: Any, compound: Any
) -> str:
    """Return the name of what is kept together with one unit; null where it has none."""
    if split_to == "compound" and not pd.isna(compound):
        return Sentence("compound_atom", name=str(compound))
    if split_to in ("compound", "building") and not pd.isna(building):
        return Sentence("building_atom", name=str(building))
    if split_to == "stairwell" and not (pd.isna(building) or pd.isna(floor)):
        if pd.isna(stairwell):
            return Sentence("stairwell_atom_only", name=str(building))
        return Sentence("stairwell_atom", number=f"{stairwell:.0f}", name=str(building))
    return str(unit)


def _left(units: gpd.GeoDataFrame) -> tuple[list[int], list[int]]:
    """Return how many stairwells and floors each unit may be cut into, 0 where it is unknown."""
    stairwells, floors = (
        pd.to_numeric(units[column], errors="coerce").fillna(0)
        if column in units
        else pd.Series(0, index=units.index)
        for column in ("stairwells", "floors")
    )
    stairwells = stairwells.mask(units["parent_unit_id"].notna(), 1)
    band = units["floor_to"] - units["floor_from"] + 1
    floors = pd.to_numeric(band, errors="coerce").fillna(floors)
    return stairwells.astype(int).to_list(), floors.astype(int).to_list()


def cuttable(units: gpd.GeoDataFrame, level: Level) -> list[bool]:
    """Return which units a level would let be cut, were they too large for a grid."""
    return [not why_whole(level.split_to, *left) for left in zip(*_left(units), strict=True)]


def why_uncut(
    units: gpd.GeoDataFrame, level: Level, bound: Range, names: Collection[object]
) -> str:
    """Return why the one unit named is not cut, "" for several and for one that fits a grid."""
    own = units[units["unit_id"].isin(list(names))]
    if len(own) != 1 or bound.max is None or not (own[bound.measure] > bound.max).all():
        return ""
    (stairwells,), (floors,) = _left(own)
    return why_whole(level.split_to, stairwells, floors)
