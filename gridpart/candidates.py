"""What a folder holds that could be a layer or a table, read as it is."""

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart.coordinates import coordinate_columns, place_rows
from gridpart.drivers import PARTS, VECTOR
from gridpart.encodings import declared_encoding
from gridpart.errors import DataError
from gridpart.manifest import LayerSource
from gridpart.osm import OSM
from gridpart.reading import read_table
from gridpart.recognition import Guess
from gridpart.schema import LAYERS
from gridpart.sheets import read_sheet, sheet_names
from gridpart.sources import TABLES, Place, list_places

__all__ = ["Candidate", "Contents", "look_into"]

Kind = Literal["polygons", "lines", "points", "table"]

BOOKS = (".xlsx", ".xlsm", ".xls")
PLAN = "plan.gpkg"
"""What gridpart itself wrote."""

_KINDS: tuple[Kind, ...] = ("points", "lines", "polygons")
_KNOWN = (*VECTOR, *TABLES)


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One layer or table of one file."""

    path: str
    """Relative to the folder, with slashes."""
    shown: str
    """What messages call it."""
    names: tuple[str, ...]
    """Names that may say what it is: of the layer or sheet, the file and its folder."""
    kind: Kind
    frame: pd.DataFrame
    """A GeoDataFrame unless it is a table; its CRS is None where the file names none."""
    keys: dict[str, Guess]
    """Keys of the manifest that say how to read it, but for ``path``."""
    only: str | None = None
    """The layer that it is, where its format says."""
    rows: pd.DataFrame | None = None
    """All rows of a table with coordinates, of which `frame` has those that lie somewhere."""

    def table(self, layer: str) -> pd.DataFrame:
        """Return the rows by which columns of a layer are told."""
        if self.rows is not None and LAYERS[layer].placeless:
            return self.rows
        return self.frame

    @property
    def is_cut(self) -> bool:
        """Whether names of columns may have been cut to ten bytes."""
        return self.path.lower().endswith((".shp", ".zip"))

    @property
    def depth(self) -> int:
        """How many folders down it lies."""
        return self.path.count("/")

    @property
    def columns(self) -> list[str]:
        """Names of the columns but for the geometry."""
        return [str(c) for c in self.frame.columns if c != "geometry"]


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything in a folder."""

    candidates: tuple[Candidate, ...]
    skipped: dict[str, str] = field(default_factory=dict)
    """File -> why it was not read."""


def look_into(folder: Path) -> Contents:
    """Return every layer and table in a folder and in the folders in it.

    Files in deeper folders, hidden ones and plans are passed over.

    Raises
    ------
    DataError
        If there is no such folder, or nothing in it that could be read.
    """
    if not folder.is_dir():
        raise DataError(
            f"There is no folder {folder}.",
            found="a file" if folder.exists() else "nothing",
            wanted="the folder that holds the files of a district",
            fix="correct the path",
        )
    candidates: list[Candidate] = []
    skipped: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="gridpart-", ignore_cleanup_errors=True) as unpacked:
        for file in _files(folder):
            shown = file.relative_to(folder).as_posix()
            try:
                for place in list_places(file, Path(unpacked)):
                    candidates += _read(place, file, shown, folder, skipped)
            except DataError as error:
                skipped[shown] = f"{error.what} {error.found}"
    if not candidates:
        held = [p.name for p in folder.iterdir()]
        raise DataError(
            f"{folder.name} holds no layer and no table.",
            found="; ".join(f"{n}: {why}" for n, why in skipped.items())
            or f"{len(held)} other files",
            wanted=f"files that end in {' '.join(_KNOWN)}",
            fix="put the files of the district into the folder",
        )
    return Contents(tuple(candidates), skipped)


def _files(folder: Path) -> list[Path]:
    inner = [p for p in sorted(folder.iterdir()) if p.is_dir() and p.name[:1] not in "._"]
    files = [p for place in (folder, *inner) for p in sorted(place.iterdir()) if p.is_file()]
    return [
        file
        for file in files
        if file.suffix.lower() in _KNOWN
        and file.suffix.lower() not in PARTS
        and not file.name.startswith((".", "~$"))
        and file.name != PLAN
    ]


def _read(
    place: Place, file: Path, shown: str, folder: Path, skipped: dict[str, str]
) -> list[Candidate]:
    """Return what one layer of a file is, or each sheet of a workbook."""
    suffix = file.suffix.lower()
    if suffix in OSM:
        return [
            replace(_as_candidate(place, name, shown, file, folder), only=name)
            for name in ("units", "streets")
        ]
    if suffix not in BOOKS:
        return [_as_candidate(place, "units", shown, file, folder)]
    found = []
    names = sheet_names(file)
    for sheet in names:
        try:
            found.append(_as_sheet(file, sheet, shown, folder, alone=len(names) == 1))
        except DataError as error:
            skipped[f"{shown} (sheet {sheet})"] = error.what
    return found


def _as_candidate(place: Place, name: str, shown: str, file: Path, folder: Path) -> Candidate:
    """Return a layer of a map file, or a CSV file."""
    if file.suffix.lower() in TABLES:
        return _as_sheet(file, None, shown, folder, alone=True)
    frame, findings = read_table(place, name)
    if not isinstance(frame, gpd.GeoDataFrame):
        raise DataError(
            f"{place.shown} has no geometry.", found="a table", wanted="a map layer",
            fix="save it as .csv or .xlsx to have it joined",
        )  # fmt: skip
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    frame = frame[~(frame.geometry.is_empty | frame.geometry.isna())]
    if frame.crs is not None and frame.crs.is_engineering:
        frame = frame.set_crs(None, allow_override=True)
    keys = {}
    inside = place.layer or (place.name if file.suffix.lower() == ".zip" else None)
    if inside is not None and file.suffix.lower() not in OSM:
        keys["layer"] = Guess(inside, "the layer in the file")
    if any("GB18030" in finding.what for finding in findings):
        says = declared_encoding(file) if file.suffix.lower() == ".shp" else None
        why = f"its text is not {says}" if says else "it names no encoding and is not in UTF-8"
        keys["encoding"] = Guess("gb18030", why)
    names = tuple(dict.fromkeys(n for n in (inside, file.stem) if n))
    names += (file.parent.name,) if file.parent != folder else ()
    called = shown if inside is None or inside == file.stem else f"{shown} (layer {inside})"
    return Candidate(shown, called, names, _kind(frame), frame, keys)


def _kind(frame: gpd.GeoDataFrame) -> Kind:
    dimensions = shapely.get_dimensions(frame.geometry.to_numpy())
    if not dimensions.size:
        return "table"
    return _KINDS[int(np.bincount(np.clip(dimensions, 0, 2)).argmax())]


def _as_sheet(file: Path, sheet: str | None, shown: str, folder: Path, *, alone: bool) -> Candidate:
    """Return a table, as points where it has coordinates."""
    read = read_sheet(file, sheet=sheet)
    keys: dict[str, Guess] = {}
    if sheet is not None and not alone:
        keys["sheet"] = Guess(sheet, "the sheet that holds it")
    if sheet is not None and read.header != (1,):
        rows = " and ".join(map(str, read.header))
        what = "row" if len(read.header) == 1 else "rows"
        keys["header"] = Guess(list(read.header), f"names of columns stand in {what} {rows}")
    if read.encoding not in (None, "utf-8", "utf-8-sig"):
        keys["encoding"] = Guess(read.encoding, "its text is not UTF-8")
    called = shown if alone or sheet is None else f"{shown} (sheet {sheet})"
    names = tuple(dict.fromkeys(n for n in (None if alone else sheet, file.stem) if n))
    names += (file.parent.name,) if file.parent != folder else ()
    plain = Candidate(shown, called, names, "table", read.frame, keys)
    columns = coordinate_columns([str(c) for c in read.frame.columns], LayerSource(str(file)))
    if not columns:
        return plain
    try:
        rest = read.frame.drop(columns=list(columns))
        placed = place_rows(rest, read.frame[list(columns)], "units", shown)
    except DataError:
        return plain
    placed = placed[~(placed.geometry.is_empty | placed.geometry.isna())]
    axes = ("wkt",) if len(columns) == 1 else ("x", "y")
    where = {key: Guess(c, "its name") for key, c in zip(axes, columns, strict=True)}
    return replace(plain, kind=_kind(placed), frame=placed, keys={**keys, **where}, rows=rest)
