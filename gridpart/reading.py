"""One layer from wherever it is, under canonical names and in its CRS."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from gridpart.coordinates import coordinate_columns, georeference, place_rows
from gridpart.drivers import no_geometry, patience, quiet_driver, read_vector
from gridpart.errors import DataError, name_some, near_names
from gridpart.findings import Finding, listed
from gridpart.manifest import Manifest, Mapped
from gridpart.mapping import join_tables, map_columns
from gridpart.osm import OSM, read_osm
from gridpart.postgis import is_database, read_postgis, without_password
from gridpart.recognition import recognize_columns
from gridpart.schema import LAYERS
from gridpart.sentences import Sentence
from gridpart.sheets import read_sheet
from gridpart.sources import TABLES, Place

__all__ = ["Reading", "read_place", "read_table"]

SHORTEST_CUT = 9
"""Bytes of a name that was cut to ten: the start of a character may have been dropped."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One layer as read."""

    frame: gpd.GeoDataFrame
    """Under canonical names, in its CRS, None where none is known."""
    findings: list[Finding]
    joins: pd.DataFrame | None
    """What became of each row of tables joined onto it, as in ``JoinResult.rows``."""


def read_place(place: Place, name: str, manifest: Manifest) -> Reading:
    """Return one layer under canonical names, in its CRS.

    Parameters
    ----------
    place : Place
        Where it is.
    name : str
        The canonical layer.
    manifest : Manifest
        For the CRS and the datum of layers that say nothing themselves.

    Raises
    ------
    DataError
        If it cannot be read, or lacks a column or a place for its rows.
    """
    frame, findings = read_table(place, name)
    source = place.source
    is_map = isinstance(frame, gpd.GeoDataFrame)
    if isinstance(frame, gpd.GeoDataFrame) and frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    columns = () if is_map else coordinate_columns([str(c) for c in frame.columns], source)
    lies_nowhere = LAYERS[name].placeless and not (is_map or columns)
    if not (is_map or lies_nowhere or (columns and set(columns) <= set(frame.columns))):
        raise _no_place(frame, name, place, columns)
    if is_map and (source.x or source.wkt) is not None:
        what = Sentence("place_unused", layer=name, file=place.shown)
        findings.append(Finding("warning", name, what))
    given = [str(column) for column in frame.columns if column != "geometry"]
    frame, joins, found = join_tables(frame, source.join)
    findings += found
    cells = pd.DataFrame(frame[list(columns)])
    mapped, found = _columns_of(frame, place, name)
    findings += found
    frame, found = map_columns(frame, mapped, LAYERS[name], place.shown)
    findings += found
    if Path(place.file).suffix.lower() == ".shp":
        _refuse_cut_names(given, frame, name, place.shown)
    if columns:
        plain = frame.drop(columns=[c for c in columns if c in frame.columns])
        frame = place_rows(plain, cells, name, place.shown)
        if (source.x or source.wkt) is None:
            what = Sentence("coordinates_in", layer=name, columns=list(map(repr, columns)))
            findings.append(Finding("assumption", name, what))
    if lies_nowhere:
        nowhere = gpd.GeoSeries([None] * len(frame), index=frame.index)
        return Reading(gpd.GeoDataFrame(frame, geometry=nowhere), findings, joins)
    placed, found = georeference(gpd.GeoDataFrame(frame), source, manifest, name)
    return Reading(placed, [*findings, *found], joins)


def _columns_of(
    frame: pd.DataFrame, place: Place, name: str
) -> tuple[Mapping[str, Mapped], list[Finding]]:
    """Return where the columns of a layer come from, and what was taken by its name.

    Records are what some other program exports, under its own headers: where the manifest
    says nothing of them, columns are taken by the names that such programs use.
    """
    declared = place.source.columns
    if declared or not LAYERS[name].placeless:
        return declared, []
    known = {column.name for column in LAYERS[name].columns} - {*map(str, frame.columns)}
    guessed = recognize_columns(name, frame).columns
    taken = {c: str(g.value) for c, g in guessed.items() if c in known and g.sureness == "sure"}
    if not taken:
        return {}, []
    told = listed(f"{theirs} ({ours})" for ours, theirs in taken.items())
    what = Sentence("columns_by_name", file=place.shown)
    return taken, [Finding("assumption", name, what, tuple(taken.values()), told)]


def _refuse_cut_names(given: list[str], frame: pd.DataFrame, name: str, shown: str) -> None:
    """Refuse a shapefile that lacks a column while every name may have been cut."""
    lacking = [c.name for c in LAYERS[name].columns if c.needed and c.name not in frame.columns]
    if not (lacking and given and all(len(column.encode()) >= SHORTEST_CUT for column in given)):
        return
    raise DataError(
        f"Every column name of {shown} fills the ten bytes of a shapefile and may be cut.",
        found=f"columns {name_some(given, most=20)}",
        wanted=f"columns {', '.join(lacking)}",
        fix="say in a manifest which column is which, or export the layer as GeoPackage",
    )


def _no_place(frame: pd.DataFrame, name: str, place: Place, columns: tuple[str, ...]) -> DataError:
    """Return the error that a table has neither geometry nor coordinates."""
    if columns:
        here = [str(column) for column in frame.columns]
        lacking = next(column for column in columns if column not in here)
        return DataError(
            f"{place.shown} has no column {lacking!r} with coordinates.",
            found=near_names(lacking, here),
            wanted="the columns that the manifest names",
            fix="correct x, y or wkt in the manifest",
        )
    if not isinstance(place.file, Path) or place.file.suffix.lower() not in TABLES:
        return no_geometry(name, place.shown)
    return DataError(
        f"The layer {name!r} has no coordinates.",
        found=f"{place.shown} with columns {name_some(map(str, frame.columns), most=12)}",
        wanted="columns lon and lat (经度, 纬度), x and y, or wkt",
        fix="name the columns as x and y in the manifest; "
        "a table without coordinates is joined onto the units there",
    )


def read_table(place: Place, name: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the rows of a layer as its source has them."""
    source, file = place.source, place.file
    if isinstance(file, str) and is_database(file):
        return read_postgis(file, place.layer, name)
    if isinstance(file, str):
        shown = without_password(file) if "://" in file else file
        with quiet_driver(shown), patience():
            return pyogrio.read_dataframe(file, layer=place.layer), []
    suffix = file.suffix.lower()
    if suffix in TABLES:
        sheet = read_sheet(file, sheet=source.sheet, header=source.header, encoding=source.encoding)
        return sheet.frame, [replace(finding, layer=name) for finding in sheet.findings]
    if suffix in OSM:
        return read_osm(file, place.layer, name, place.shown)
    return read_vector(file, place.layer, name, place.shown, encoding=source.encoding)
