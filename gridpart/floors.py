"""Which grids share a stairwell with others, floor by floor, and how their floors are told."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from gridpart.schema import is_missing
from gridpart.stacks import read_parts

__all__ = ["Floors", "floor_bands", "with_floors"]

MOST = 3
"""Stairwells named one by one in the name of a grid."""

Runs = tuple[tuple[int, int], ...]


class Floors(NamedTuple):
    """The floors of one grid in stairwells that it shares with others."""

    runs: Mapping[tuple[str, int], Runs]
    """Building and number of the stairwell (0: the only one) -> first and last floors."""
    alone: bool
    """Whether the grid holds nothing else."""


def floor_bands(labels: NDArray[np.int32], units: gpd.GeoDataFrame) -> dict[int, Floors]:
    """Return for each grid that shares a stairwell with another its floors there.

    Parameters
    ----------
    labels : ndarray of int32, shape (n_units,)
        Grid of each unit.
    units : GeoDataFrame
        ``parent_unit_id``, ``stairwell``, ``floor_from``, ``floor_to``; buildings are told
        by their ``name`` where they have one.
    """
    parts = read_parts(units)
    stairwell = parts.stairwells()
    shared = np.zeros(labels.size, np.bool_)
    for well in np.unique(stairwell[parts.low > 0]):
        own = stairwell == well
        shared |= own & (np.unique(labels[own]).size > 1)
    names = units["name"] if "name" in units else units["parent_unit_id"]
    buildings = names.astype(object).where(~names.map(is_missing), units["parent_unit_id"])
    found = {}
    for grid in np.unique(labels[shared]):
        members = np.flatnonzero(labels == grid)
        held: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for unit in members[shared[members]]:
            key = str(buildings.iloc[unit]), int(parts.stairwell[unit])
            held.setdefault(key, []).append((int(parts.low[unit]), int(parts.high[unit])))
        runs = {key: _merged(sorted(bands)) for key, bands in sorted(held.items())}
        found[int(grid)] = Floors(runs, bool(shared[members].all()))
    return found


def _merged(bands: Iterable[tuple[int, int]]) -> Runs:
    """Return bands of floors with those that follow one another as one."""
    runs: list[tuple[int, int]] = []
    for low, high in bands:
        if runs and runs[-1][1] + 1 == low:
            runs[-1] = runs[-1][0], high
        else:
            runs.append((low, high))
    return tuple(runs)


def with_floors(name: str, floors: Floors | None) -> tuple[str, str]:
    """Return the name of a grid with its floors, and a short label, in the name's language.

    Examples
    --------
    >>> with_floors("第2微网格", Floors({("3号楼", 1): ((12, 22),)}, alone=True))
    ('第2微网格（3号楼1单元12–22层）', '12–22层')
    >>> with_floors("Grid 2", Floors({("T1", 0): ((12, 22),)}, alone=False))
    ('Grid 2 (with T1 floors 12–22)', 'with T1 floors 12–22')
    """
    if floors is None:
        return name, ""
    lang = "zh" if any("\u4e00" <= c <= "\u9fff" for c in name) else "en"
    text = _told(floors, lang)
    runs = set(floors.runs.values())
    short = _span(runs.pop(), lang) if floors.alone and len(runs) == 1 else text
    return (f"{name}（{text}）" if lang == "zh" else f"{name} ({text})"), short


def _told(floors: Floors, lang: str) -> str:
    """Return the floors of a grid, stairwell by stairwell."""
    chinese = lang == "zh"
    told = []
    for (building, stairwell), own in floors.runs.items():
        gap = " " if building[-1:].isascii() else ""  # T1 and stairwell 2 are not T12
        well = (f"{stairwell}单元" if chinese else f"stairwell {stairwell} ") if stairwell else ""
        told.append(f"{building}{gap}{well}{_span(own, lang)}")
    comma, more = ("、", "等") if chinese else (", ", " and more")
    listed = comma.join(told[:MOST]) + (more if len(told) > MOST else "")
    return listed if floors.alone else f"含{listed}" if chinese else f"with {listed}"


def _span(runs: Runs, lang: str) -> str:
    comma = "、" if lang == "zh" else ", "
    spans = comma.join(f"{low}" if low == high else f"{low}–{high}" for low, high in runs)
    one = len(runs) == 1 and runs[0][0] == runs[0][1]
    return f"{spans}层" if lang == "zh" else f"floor{'' if one else 's'} {spans}"
