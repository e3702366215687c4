"""What a level keeps whole, what it would let be cut, and why something is not cut."""

from collections.abc import Collection

import geopandas as gpd
import pandas as pd

from gridpart.model import Level, Range
from gridpart.parts import why_whole

__all__ = ["atom_names", "cuttable", "why_uncut"]


def atom_names(units: gpd.GeoDataFrame, level: Level) -> list[str]:
    """Return for each unit the name of what a level keeps together with it.

    Parameters
    ----------
    units : GeoDataFrame
        ``unit_id``, ``parent_unit_id``, ``stairwell``, ``floor_from`` and ``compound_id``.
    level : Level
    """
    atoms = units["unit_id"].astype(object)
    is_part = units["parent_unit_id"].notna()
    if level.split_to == "stairwell":
        is_band = is_part & units["floor_from"].notna()
        numbers = units["stairwell"].astype(object).map("{:.0f} ".format, na_action="ignore")
        whose = numbers.fillna("") + "of " + units["parent_unit_id"].astype(str)
        atoms = atoms.mask(is_band, "stairwell " + whose)
    if level.split_to in ("compound", "building"):
        atoms = atoms.mask(is_part, "building " + units["parent_unit_id"].astype(str))
    if level.split_to == "compound":
        in_compound = units["compound_id"].notna()
        atoms = atoms.mask(in_compound, "compound " + units["compound_id"].astype(str))
    return [str(atom) for atom in atoms]


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
