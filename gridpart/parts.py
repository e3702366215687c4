"""Cutting a building that no grid can hold: into stairwells, and those into floor bands.

A unit is an atom. Only where it alone exceeds a level's range, and the level allows
it, is it cut, and only as far as the range demands: its footprint into one slice a
stairwell, and a stairwell that is still too large into as few bands of whole floors as
fit. Counts are shared out in whole numbers that add up.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridpart.model import Level, Note, Range
from gridpart.sentences import Sentence, span
from gridpart.slices import slice_shape

__all__ = [
    "PART_COLUMNS",
    "cut_oversize",
    "share_by_floors",
    "share_out",
    "slice_footprint",
    "why_whole",
]

FINER = ("stairwell", "floor")
"""Values of ``split_to`` that allow a building to be cut, coarse to fine."""

PART_COLUMNS = ("parent_unit_id", "stairwell", "floor_from", "floor_to")
"""What tells a part of a building: null in units that are whole."""

Counts = NDArray[np.int64]


# --- sharing out -------------------------------------------------------------------------


def share_out(total: int, n_parts: int) -> Counts:
    """Return `n_parts` whole numbers as equal as can be that add up to `total`.

    Examples
    --------
    >>> share_out(7, 3)
    array([3, 2, 2])
    """
    return np.array([total // n_parts + (i < total % n_parts) for i in range(n_parts)])


def share_by_floors(total: int, floors: Sequence[int] | Counts) -> Counts:
    """Return whole numbers in proportion to `floors` that add up to `total`.

    Each is the sum of what its floors hold, whatever other floors are taken together:
    the first 12 floors of a house have the same count in every division of it.

    Examples
    --------
    >>> share_by_floors(150, [17, 16])
    array([77, 73])
    """
    ends = np.concatenate([[0], np.cumsum(floors)])
    below = (2 * total * ends + ends[-1]) // (2 * ends[-1])
    shares: Counts = np.diff(below)
    return shares


def _shared(value: float, share: Callable[[int], Counts]) -> list[float]:
    """Return a count shared out; what is not whole of it goes to the first part."""
    shares: list[float] = share(int(value)).tolist()
    rest = value - int(value)
    return [shares[0] + rest, *shares[1:]] if rest else shares


def slice_footprint(footprint: shapely.Geometry, n_parts: int) -> list[shapely.Geometry]:
    """Return `footprint` in `n_parts` slices of equal area from west to east.

    They are cut across its long axis, around a courtyard, or as else leaves each in one
    piece. A place without area is its own slice.

    Examples
    --------
    >>> [round(part.area, 6) for part in slice_footprint(shapely.box(0, 0, 30, 10), 3)]
    [100.0, 100.0, 100.0]
    """
    if shapely.get_dimensions(footprint) < 2:
        return [footprint] * n_parts
    return sorted(slice_shape(footprint, [1.0] * n_parts), key=_west_to_east)


def _west_to_east(shape: shapely.Geometry) -> tuple[float, float]:
    middle = shapely.centroid(shape)
    return round(float(shapely.get_x(middle)), 1), -round(float(shapely.get_y(middle)), 1)


# --- cutting -----------------------------------------------------------------------------


class Limit(NamedTuple):
    """The most that a grid of a level may hold of one measure."""

    level: Level
    bound: Range
    most: float

    @property
    def sentence(self) -> Sentence:
        """The limit with the first sentence of its clause."""
        first = self.bound.clause.split(". ")[0]
        told = {"level": self.level.id, "most": self.most, "measure": self.bound.measure}
        return (
            Sentence("limit_clause", **told, clause=first) if first else Sentence("limit", **told)
        )


@dataclass(frozen=True, slots=True)
class Part:
    """One stairwell of a building, a band of floors in one, or the whole building."""

    stairwell: int | None
    floors: tuple[int, int] | None
    """First and last floor, from 1 at the ground; None for all."""
    counts: dict[str, float]
    shape: shapely.Geometry

    def name(self, building: str, mark: str) -> str:
        """Return the id of the part as a unit."""
        name = building if self.stairwell is None else f"{building}{mark}{self.stairwell}"
        if self.floors is None:
            return name
        low, high = self.floors
        band = f"{low:02}" if low == high else f"{low:02}-{high:02}"
        return f"{name}{mark}F{band}"


def why_whole(split_to: str, stairwells: int, floors: int) -> str:
    """Return why a level cuts a unit no further, "" where it could.

    Parameters
    ----------
    split_to : str
        As the level has it.
    stairwells, floors : int
        Of the unit, 0 where nothing is known of them.

    Examples
    --------
    >>> why_whole("stairwell", 0, 33)
    'the column stairwells, by which it could be cut, is empty'
    >>> why_whole("floor", 1, 33)
    ''
    """
    if split_to not in FINER:
        return Sentence("cuts_nothing", split_to=split_to)
    if stairwells >= 2 or (split_to == "floor" and floors >= 2):
        return ""
    if split_to == "stairwell" and stairwells:
        return Sentence("one_stairwell")
    if floors and split_to == "floor":
        return Sentence("one_floor")
    if split_to == "floor" and not stairwells:
        return Sentence("no_stairwells_floors")
    column = "floors" if split_to == "floor" else "stairwells"
    return Sentence("column_empty", column=column)


def cut_oversize(
    units: gpd.GeoDataFrame, levels: Sequence[Level], counts: Iterable[str]
) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """Return `units` with those above a level's range cut, and what was cut.

    Parameters
    ----------
    units : GeoDataFrame
        With ``unit_id``, ``stairwells`` and ``floors``; footprints in a projected CRS.
    levels : sequence of Level
        A unit is cut when it exceeds a hard maximum of a level whose ``split_to`` is
        ``stairwell`` or ``floor``; a stairwell, when it exceeds one with ``floor``.
    counts : iterable of str
        Columns to share out; all others are copied to every part.

    Returns
    -------
    GeoDataFrame
        As `units`, with the columns `PART_COLUMNS`, null for units that are whole. Parts
        are named ``<unit_id>-1`` and on from the west, bands of floors by their floors:
        ``<unit_id>-1-F12-22``. The bands of a stairwell all have its footprint.
    tuple of Note
        One note of kind ``opened`` a building; an ``assumption`` on how counts are shared
        out; a ``warning`` that names what exceeds a grid and cannot be cut.
    """
    whole = units.assign(
        parent_unit_id=None,
        **{name: pd.array([pd.NA] * len(units), dtype="Int64") for name in PART_COLUMNS[1:]},
    )
    columns = [column for column in counts if column in units]
    limits = _limits(levels, columns)
    over = np.zeros(len(units), dtype=bool)
    for limit in limits:
        over |= (units[limit.bound.measure] > limit.most).to_numpy()
    parts = {
        at: _parts_of(whole.iloc[at], columns, limits) for at in map(int, np.flatnonzero(over))
    }
    cut = {at: own for at, own in parts.items() if len(own) > 1}
    mark = _free_mark(units["unit_id"], cut)
    pieces = [_rows(whole.iloc[[at]], own, mark) for at, own in cut.items()]
    told = [_cut_note(whole.iloc[at], own, limits) for at, own in cut.items()]
    uncut = [_kept(whole.iloc[at], limits) for at in parts if at not in cut]
    notes = [*told, *_assumed(told), *_warned(uncut)]
    kept = whole.drop(index=whole.index[list(cut)])
    joined = pd.concat([kept, *pieces]).sort_values("unit_id", ignore_index=True)
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=units.crs), tuple(notes)


def _limits(levels: Sequence[Level], columns: Sequence[str]) -> list[Limit]:
    """Return what may not be exceeded without being cut, the levels that cut finest last."""
    found = [
        Limit(level, bound, bound.max)
        for level in levels
        if level.split_to in FINER and not level.is_whole
        for bound in level.ranges
        if bound.max is not None and bound.hard and bound.measure in columns
    ]
    return sorted(found, key=lambda limit: FINER.index(limit.level.split_to))


def _free_mark(unit_ids: "pd.Series[Any]", cut: Mapping[int, Sequence[Part]]) -> str:
    """Return what joins a building's id to its parts' so that no part has the id of a unit."""
    taken, mark = {str(name) for name in unit_ids}, "-"
    while any(
        part.name(str(unit_ids.iloc[at]), mark) in taken for at, own in cut.items() for part in own
    ):
        mark += "-"
    return mark


def _known(value: Any) -> int:
    """Return a number of stairwells or floors, 0 where none is known."""
    number = pd.to_numeric(value, errors="coerce")
    return 0 if pd.isna(number) else max(0, int(number))


def _exceeded(counts: Mapping[str, float], limits: Sequence[Limit]) -> list[Limit]:
    return [limit for limit in limits if counts.get(limit.bound.measure, 0) > limit.most]


def _parts_of(unit: pd.Series, columns: Sequence[str], limits: Sequence[Limit]) -> list[Part]:
    """Return what a building that exceeds a limit is cut into; itself where nothing allows it."""
    counts = {c: unit[c] for c in columns if pd.notna(unit[c])}
    n_wells = _known(unit.get("stairwells"))
    wells = [Part(None, None, counts, unit["geometry"])]
    if n_wells >= 2:
        shares = {c: _shared(v, lambda n: share_out(n, n_wells)) for c, v in counts.items()}
        wells = [
            Part(i + 1, None, {c: share[i] for c, share in shares.items()}, shape)
            for i, shape in enumerate(slice_footprint(unit["geometry"], n_wells))
        ]
    by_floor = [limit for limit in limits if limit.level.split_to == "floor"]
    n_floors = _known(unit.get("floors"))
    return [part for well in wells for part in _bands(well, n_floors, by_floor)]


def _bands(well: Part, n_floors: int, limits: Sequence[Limit]) -> list[Part]:
    """Return a stairwell in as few bands of whole floors as keep the limits, or come nearest."""
    exceeded = _exceeded(well.counts, limits)
    if n_floors < 2 or not exceeded:
        return [well]

    def by_floors(value: float, floors: Counts) -> list[float]:
        return _shared(value, lambda n: share_by_floors(n, floors))

    best, least = np.array([n_floors]), np.inf
    for n_bands in range(1, n_floors + 1):
        floors = share_out(n_floors, n_bands)
        excess = sum(
            max(0.0, size / limit.most - 1)
            for limit in exceeded
            for size in by_floors(well.counts[limit.bound.measure], floors)
        )
        if excess < least:
            best, least = floors, excess
        if excess == 0:
            break
    shares = {c: by_floors(value, best) for c, value in well.counts.items()}
    tops = np.cumsum(best)
    return [
        Part(
            well.stairwell,
            (int(top - height + 1), int(top)),
            {c: share[i] for c, share in shares.items()},
            well.shape,
        )
        for i, (top, height) in enumerate(zip(tops, best, strict=True))
    ]


def _rows(unit: gpd.GeoDataFrame, parts: Sequence[Part], mark: str) -> gpd.GeoDataFrame:
    """Return the parts of the one row `unit` as rows."""
    name = str(unit["unit_id"].iloc[0])
    rows = unit.loc[unit.index.repeat(len(parts))].copy()
    rows["geometry"] = [part.shape for part in parts]
    rows["parent_unit_id"] = name
    rows["unit_id"] = [part.name(name, mark) for part in parts]
    if parts[0].stairwell is not None:
        rows["stairwells"] = 1
    bands = [part.floors or (None, None) for part in parts]
    numbers = {
        "stairwell": [part.stairwell for part in parts],
        "floor_from": [low for low, _ in bands],
        "floor_to": [high for _, high in bands],
    }
    for column, values in numbers.items():
        rows[column] = pd.array(values, dtype="Int64")
    for column in parts[0].counts:
        rows[column] = [part.counts[column] for part in parts]
    return rows


# --- telling -----------------------------------------------------------------------------


def _cut_note(unit: pd.Series, parts: Sequence[Part], limits: Sequence[Limit]) -> Note:
    """Return what one building was cut into, and by which clause."""
    limit = _exceeded({c: unit[c] for c in parts[0].counts}, limits)[-1]
    measure = limit.bound.measure
    wells = {part.stairwell for part in parts if part.stairwell is not None}
    bands = [part for part in parts if part.floors is not None]
    into = [Sentence("into_stairwells", n=len(wells))] if wells else []
    if bands:
        heights = [part.floors[1] - part.floors[0] + 1 for part in bands if part.floors]
        into.append(Sentence("into_bands", n=len(bands), floors=span(heights)))
    sizes = [part.counts[measure] for part in parts]
    told = {
        "unit": str(unit["unit_id"]), "held": (unit[measure], measure), "measure": measure,
        "limit": limit.sentence, "into": into, "sizes": span(sizes),
    }  # fmt: skip
    text = Sentence("cut", **told)
    if max(sizes) > limit.most:
        floors = 1 if bands else _known(unit.get("floors"))
        why = why_whole(limit.level.split_to, 1, floors)
        text = Sentence("cut_exceeds", **told, why=why)
    return Note("opened", text, (str(unit["unit_id"]),))


def _assumed(told: Sequence[Note]) -> Iterator[Note]:
    """Yield the note on how counts are shared out, where there is a cut building."""
    if told:
        yield Note(
            "assumption",
            Sentence("shared_out"),
            tuple(name for note in told for name in note.names),
        )


def _kept(unit: pd.Series, limits: Sequence[Limit]) -> tuple[str, str, str]:
    """Return the name of a unit, its count, and why it could not be cut."""
    counts = {limit.bound.measure: unit[limit.bound.measure] for limit in limits}
    limit = _exceeded(counts, limits)[-1]
    why = why_whole(
        limit.level.split_to, _known(unit.get("stairwells")), _known(unit.get("floors"))
    )
    measure = limit.bound.measure
    name = str(unit["unit_id"])
    return name, Sentence("unit_held", unit=name, held=(unit[measure], measure)), why


def _warned(kept: Sequence[tuple[str, str, str]]) -> Iterator[Note]:
    """Yield one note for each reason why units that exceed a grid are whole."""
    for why in dict.fromkeys(why for _, _, why in kept):
        own = [(name, shown) for name, shown, other in kept if other == why]
        key = "one_exceeds" if len(own) == 1 else "some_exceed"
        yield Note(
            "warning",
            Sentence(key, n=len(own), units=[shown for _, shown in own], why=why),
            tuple(name for name, _ in own),
        )
