"""One plan in one GeoPackage, written and read back equal.

Beside the grids the file holds everything needed to judge, print or revise the plan.
Rows stand in the order of the plan's tables, and nothing in the file depends on when
or where it was written.
"""

import json
import sqlite3
import tomllib
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pyproj
import shapely

from gridpart import records
from gridpart.district import District
from gridpart.errors import DataError, RulesError, name_some
from gridpart.model import Note
from gridpart.plan import Plan
from gridpart.rules import parse_rules
from gridpart.schema import LAYERS, TEXT, empty_frame
from gridpart.sentences import parts_json, restored
from gridpart.topology import unwrap_single_parts

__all__ = ["CONTEXT", "plan_layers", "read_geopackage", "write_geopackage", "write_layers"]

CONTEXT = ("communities", "streets", "barriers", "crossings", "stations")
"""Layers of the district that go into the plan under their own names."""

INPUT = ("exclusive", "grids")
"""Layers of the district whose names the plan's own layers bear; kept as ``input_*``."""

PROPOSED = "proposed_stations"
"""Layer of places for new stations, where they were asked for."""

TABLES = ("breaches", "notes", "codes", "joins", "meta", "layer_styles")

KEPT = ("format", "district", "columns", "report")
"""Keys in ``meta`` that are the file's own."""

FORMAT = "gridpart plan 1"

EPOCH = "2000-01-01T00:00:00.000Z"
"""Stands for the time of writing, so that the same plan gives the same file."""

VERSION = "1.2"
"""Of GeoPackage; QGIS 3.22 has doubts about files of 1.4."""

Frames = dict[str, gpd.GeoDataFrame]


def plan_layers(plan: Plan) -> Frames:
    """Return the layers of a plan that a planner looks at, in the order of drawing lists."""
    district = plan.district
    context = {name: getattr(district, name) for name in CONTEXT}
    if plan.proposed is not None:
        context[PROPOSED] = plan.proposed
    return {
        **plan.layers,
        "exclusive": plan.exclusive,
        "units": plan.units,
        "cells": plan.cells,
        **context,
    }


def write_geopackage(plan: Plan, path: Path, styles: pd.DataFrame) -> None:
    """Write a plan to a new GeoPackage.

    Parameters
    ----------
    plan : Plan
    path : Path
        Of a file that is not there yet.
    styles : DataFrame
        The table ``layer_styles``, in which QGIS looks for default styles.
    """
    _refuse_taken_names(plan)
    layers = {**plan_layers(plan), **_input_layers(plan)}
    meta = {**plan.meta, **_own_meta(plan, layers)}
    tables = {
        "breaches": records.breach_table(plan.report.breaches),
        "notes": records.note_table(plan.notes),
        "codes": plan.codes,
        "meta": records.text_frame(("key", "value"), list(meta.items())),
        "layer_styles": styles,
    }
    if plan.district.joins is not None:
        tables["joins"] = plan.district.joins
    tables |= plan.tables
    write_layers(layers, tables, path)


def write_layers(
    layers: Mapping[str, gpd.GeoDataFrame], tables: Mapping[str, pd.DataFrame], path: Path
) -> None:
    """Write layers and tables to a new GeoPackage, the same bytes for the same content.

    Parameters
    ----------
    layers : mapping of str to GeoDataFrame
        At least one.
    tables : mapping of str to DataFrame
        Without geometry; ``layer_styles`` is where QGIS looks for default styles.
    path : Path
        Of a file that is not there yet.
    """
    loose = path.with_name(f"loose-{path.name}")
    for name, frame in layers.items():
        _write_layer(frame, loose, name, new=not loose.exists())
    for name, table in tables.items():
        key = "id" if name == "layer_styles" else "fid"
        stored = records.stored_frame(table)
        options = {"FID": key}
        pyogrio.write_dataframe(stored, loose, layer=name, driver="GPKG", layer_options=options)
    with closing(sqlite3.connect(loose)) as file:
        with file:
            file.execute("UPDATE gpkg_contents SET last_change = ?", (EPOCH,))
        # A copy knows nothing of how often its original was changed, which varies.
        file.execute("VACUUM INTO ?", (str(path),))
    loose.unlink()


def _refuse_taken_names(plan: Plan) -> None:
    """Refuse levels that bear the name of another layer in the file."""
    taken = {
        "exclusive", "units", "cells", *CONTEXT, *TABLES, *plan.tables, PROPOSED, "input_units",
    }  # fmt: skip
    if clash := sorted(taken.intersection(plan.layers)):
        raise RulesError(
            f"{len(clash)} levels bear the name of another layer of the plan.",
            found=name_some(clash),
            wanted=f"level ids other than {', '.join(sorted(taken))}",
            fix="give the level another id in the rule set",
        )


def _input_layers(plan: Plan) -> Frames:
    """Return what the district had and the plan's own layers don't show."""
    district = plan.district
    own = {f"input_{name}": getattr(district, name) for name in INPUT}
    return {**own, "input_units": district.units[~_unchanged(plan)]}


def _unchanged(plan: Plan) -> "pd.Series[Any]":
    """Return which of the district's units stand in the plan just as they are."""
    given = plan.district.units
    columns = list(given.columns)
    if not set(columns) <= set(plan.units.columns):
        return pd.Series(data=False, index=given.index)
    found = plan.units.drop_duplicates("unit_id").set_index("unit_id", drop=False)
    found = found.reindex(given["unit_id"])[columns].set_index(given.index)
    same: pd.Series[Any] = found["unit_id"].notna()
    for name in columns:
        if name == given.geometry.name:
            here, there = (shapely.to_wkb(f[name].to_numpy(object)) for f in (given, found))
            same &= pd.Series(here == there, index=given.index)
        else:
            alike = (given[name].astype(object) == found[name].astype(object)).fillna(False)
            same &= alike.astype(bool) | (given[name].isna() & found[name].isna())
    return same


def _own_meta(plan: Plan, layers: Mapping[str, gpd.GeoDataFrame]) -> dict[str, str]:
    """Return the file's own entries in ``meta``, all JSON but the format."""
    district = plan.district
    about = {
        "name": district.name,
        "crs": district.crs.to_string(),
        "measures": list(district.measures),
        "notes": [
            [note.kind, note.what, list(note.names), parts_json(note.what)]
            for note in district.notes
        ],
        "source_hash": district.source_hash,
        "estimated": list(district.estimated),
        "joined": district.joins is not None,
        "levels": list(plan.layers),
        "tables": list(plan.tables),
    }
    types = {name: records.column_types(frame) for name, frame in {**layers, **plan.tables}.items()}
    types |= {
        "codes": records.column_types(plan.codes),
        "input_units": records.column_types(district.units),
    }
    return {
        "format": FORMAT,
        "district": json.dumps(about, ensure_ascii=False),
        "columns": json.dumps(types, ensure_ascii=False),
        "report": records.report_json(plan.report),
    }


def _write_layer(frame: gpd.GeoDataFrame, path: Path, name: str, *, new: bool) -> None:
    """Write one layer; polygons and lines always as multi-part ones."""
    kind = _geometry_type(frame, name)
    pyogrio.write_dataframe(
        records.stored_frame(frame),
        path,
        layer=name,
        driver="GPKG",
        geometry_type=kind,
        promote_to_multi=kind.startswith("Multi"),
        dataset_options={"VERSION": VERSION} if new else None,
    )


def _geometry_type(frame: gpd.GeoDataFrame, name: str) -> str:
    """Return the type to declare: one for all rows, or Unknown where they differ in kind."""
    kinds = {kind.removeprefix("Multi") for kind in frame.geom_type.dropna()}
    kinds = {"LineString" if kind == "LinearRing" else kind for kind in kinds}
    if not kinds:
        spec = LAYERS.get(name.removeprefix("input_"))
        kinds = {spec.geometry[0]} if spec else {"Polygon"}
    if len(kinds) > 1:
        return "Unknown"
    kind = kinds.pop()
    several = kind != "Point" or "MultiPoint" in set(frame.geom_type)
    return f"Multi{kind}" if several else kind


# --- reading ---------------------------------------------------------------------------


def read_geopackage(path: Path) -> Plan:
    """Return the plan that `write_geopackage` wrote.

    Raises
    ------
    DataError
        If the file holds no plan.
    """
    meta = _read_meta(path)
    about, types = json.loads(meta["district"]), json.loads(meta["columns"])
    crs = pyproj.CRS.from_user_input(about["crs"])
    tables = about.get("tables", [])
    names = [name for name in types if name not in ("codes", "input_units", *tables)]
    frames = {name: _read_layer(path, name, types[name], crs) for name in names}
    layers = {name: frames[name] for name in about["levels"]}
    return Plan(
        district=_district(path, about, types, frames, crs),
        rules=parse_rules(tomllib.loads(meta["rules"]), str(path)),
        layers=layers,
        exclusive=frames["exclusive"],
        units=frames["units"],
        cells=frames["cells"],
        report=records.parse_report(meta["report"], pyogrio.read_dataframe(path, layer="breaches")),
        notes=records.parse_notes(pyogrio.read_dataframe(path, layer="notes")),
        codes=_read_table(path, "codes", types),
        meta={key: value for key, value in meta.items() if key not in KEPT},
        proposed=frames.get(PROPOSED),
        tables={name: _read_table(path, name, types) for name in tables},
    )


def _read_meta(path: Path) -> dict[str, str]:
    """Return the table ``meta`` of a plan."""
    try:
        table = pyogrio.read_dataframe(path, layer="meta")
        meta = dict(zip(table["key"], table["value"].fillna(""), strict=True))
        found = str(meta.get("format", "a table meta without a format"))
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError, KeyError):
        meta, found = {}, "nothing there" if not path.exists() else "a file without a plan inside"
    if found != FORMAT:
        raise DataError(
            f"{path} holds no plan.",
            found=found,
            wanted=f"plan.gpkg as `gridpart partition` writes it ({FORMAT})",
            fix="pass the folder or the plan.gpkg of a finished run; "
            "for another layer of grids add --district, --level and --rules",
        )
    return meta


def _read_table(path: Path, name: str, types: Mapping[str, list[list[str]]]) -> pd.DataFrame:
    """Return one table without geometry as it was before it was written."""
    return records.restore_columns(pyogrio.read_dataframe(path, layer=name), types[name])


def _read_layer(path: Path, name: str, types: list[list[str]], crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Return one layer as it was before it was written."""
    frame = pyogrio.read_dataframe(path, layer=name)
    single = unwrap_single_parts(frame.geometry.to_numpy())
    frame = frame.set_geometry(gpd.GeoSeries(single, index=frame.index))
    return records.restore_columns(frame.set_crs(crs, allow_override=True), types)


def _district(
    path: Path,
    about: Mapping[str, Any],
    types: Mapping[str, list[list[str]]],
    frames: Frames,
    crs: pyproj.CRS,
) -> District:
    """Return the district that the plan divides."""
    columns = types["input_units"]
    changed = _read_layer(path, "input_units", columns, crs)
    names = [name for name, _, _ in columns]
    units = changed
    if set(names) <= set(frames["units"].columns):
        kept = frames["units"][~frames["units"]["unit_id"].isin(changed["unit_id"])]
        if "parent_unit_id" in kept and "parent_unit_id" not in names:
            kept = kept[kept["parent_unit_id"].isna()]
        parts = [part for part in (kept[names], changed) if len(part)]
        units = gpd.GeoDataFrame(pd.concat(parts)) if parts else changed
        units = units.sort_values("unit_id", kind="stable", ignore_index=True)
        plain = [[name, name, kind] for name, _, kind in columns]
        units = records.restore_columns(units.set_crs(crs, allow_override=True), plain)
    return District(
        name=about["name"],
        units=units,
        **{name: frames[name] for name in CONTEXT},
        **{name: frames[f"input_{name}"] for name in INPUT},
        incidents=empty_frame(LAYERS["incidents"], crs),
        crs=crs,
        measures=tuple(about["measures"]),
        notes=tuple(
            Note(kind, restored(what, *parts), tuple(listed))
            for kind, what, listed, *parts in about["notes"]
        ),
        source_hash=about["source_hash"],
        estimated=tuple(about.get("estimated", ())),
        joins=_read_joins(path) if about.get("joined") else None,
    )


def _read_joins(path: Path) -> pd.DataFrame:
    """Return the list of rows joined, all text; what is empty is no null."""
    table: pd.DataFrame = pyogrio.read_dataframe(path, layer="joins")
    return table.fillna("").astype(TEXT)
