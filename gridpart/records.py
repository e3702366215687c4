"""Reports, notes and frame types as tables and JSON, and back without loss."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart.metrics import Check, LevelSummary, Report
from gridpart.model import Breach, Note
from gridpart.schema import TEXT
from gridpart.sentences import parts_json, restored

__all__ = [
    "breach_table",
    "column_types",
    "note_table",
    "parse_notes",
    "parse_report",
    "report_json",
    "restore_columns",
    "stored_frame",
    "text_frame",
]

BREACH_TYPES = {
    "grid_code": "text", "level": "text", "rule": "text", "clause": "text", "measure": "text",
    "value": "number", "min": "number", "max": "number", "reason": "text", "proven": "flag",
    "hard": "flag", "unit_ids": "text", "message": "text", "parts": "text",
    "alternative": "text", "alternative_parts": "text",
}  # fmt: skip
"""Columns of the table of breaches; ``unit_ids`` is a JSON list, ``parts`` what the message
is told by, ``alternative_parts`` what the alternative is."""

RESERVED = ("fid", "geom")
"""Column names that GeoPackage keeps for itself."""

DTYPES = {"text": TEXT, "number": np.dtype("float64"), "flag": np.dtype("bool")}


# --- breaches, notes and the report ----------------------------------------------------


def breach_table(breaches: Iterable[Breach]) -> pd.DataFrame:
    """Return one row for each breach."""
    rows = []
    for breach in breaches:
        row = {name: getattr(breach, name, None) for name in BREACH_TYPES}
        units = [unit.item() if hasattr(unit, "item") else unit for unit in breach.units]
        row |= {"grid_code": breach.grid, "unit_ids": json.dumps(units, ensure_ascii=False)}
        row |= {"message": str(breach.message), "parts": parts_json(breach.message)}
        row |= {
            "alternative": str(breach.alternative),
            "alternative_parts": parts_json(breach.alternative),
        }
        rows.append(row)
    return pd.DataFrame(
        {
            name: pd.Series([row[name] for row in rows], dtype=DTYPES[kind])
            for name, kind in BREACH_TYPES.items()
        }
    )


def _breach(row: Mapping[str, Any]) -> Breach:
    """Return the breach that a row of the table holds."""
    own = {name: row[name] or "" for name in ("level", "rule", "clause", "measure")}
    bounds = {name: None if row[name] is None else float(row[name]) for name in ("min", "max")}
    parts: dict[str, Any] = {
        **own,
        **bounds,
        "message": restored(row["message"] or "", row.get("parts") or ""),
        "grid": row["grid_code"] or "",
        "reason": row["reason"],
        "proven": bool(row["proven"]),
        "hard": bool(row["hard"]),
        "value": np.nan if row["value"] is None else float(row["value"]),
        "units": tuple(json.loads(row["unit_ids"])),
        "alternative": restored(row.get("alternative") or "", row.get("alternative_parts") or ""),
    }
    return Breach(**parts)


def _level(plain: Mapping[str, Any]) -> LevelSummary:
    """Return the summary that JSON holds; its null is a number that is none, or None."""
    nullable = {f.name for f in fields(LevelSummary) if f.default is None}
    parts: dict[str, Any] = {
        key: np.nan if v is None and key not in nullable else v for key, v in plain.items()
    }
    return LevelSummary(**parts)


def _check(plain: Mapping[str, Any]) -> Check:
    """Return the check that JSON holds."""
    own = {name: plain[name] for name in ("rule", "level", "ok")}
    return Check(**own, detail=restored(plain["detail"], plain.get("parts", "")))


def report_json(report: Report) -> str:
    """Return levels and checks as JSON; breaches have a table of their own."""
    plain = report.to_dict()
    checks = [
        {**check, "parts": parts_json(found.detail)}
        for check, found in zip(plain["checks"], report.checks, strict=True)
    ]
    return json.dumps({"levels": plain["levels"], "checks": checks}, ensure_ascii=False)


def parse_report(text: str, breaches: pd.DataFrame) -> Report:
    """Return the report that `report_json` and `breach_table` made."""
    plain = json.loads(text)
    rows: list[Any] = breaches.astype(object).where(breaches.notna(), None).to_dict("records")
    return Report(
        levels=tuple(map(_level, plain["levels"])),
        breaches=tuple(map(_breach, rows)),
        checks=tuple(map(_check, plain["checks"])),
    )


def note_table(notes: Iterable[Note]) -> pd.DataFrame:
    """Return one row for each note; ``names`` is a JSON list, ``parts`` what it is told by."""
    listed = [
        (n.kind, str(n.what), json.dumps(list(n.names), ensure_ascii=False), parts_json(n.what))
        for n in notes
    ]
    return text_frame(("kind", "what", "names", "parts"), listed)


def parse_notes(table: pd.DataFrame) -> tuple[Note, ...]:
    """Return the notes that `note_table` made a table of."""
    parts = table["parts"].fillna("") if "parts" in table else [""] * len(table)
    columns = (table["kind"], table["what"], table["names"], parts)
    return tuple(
        Note(kind, restored(what, told), tuple(json.loads(names)))
        for kind, what, names, told in zip(*columns, strict=True)
    )


def text_frame(columns: Iterable[str], rows: Iterable[tuple[str, ...]]) -> pd.DataFrame:
    """Return a table of text only, which keeps its columns without a row."""
    rows = list(rows)
    return pd.DataFrame(
        {name: pd.Series([row[i] for row in rows], dtype=TEXT) for i, name in enumerate(columns)}
    )


# --- frames as files hold them ---------------------------------------------------------


def column_types(frame: pd.DataFrame) -> list[list[str]]:
    """Return for each column its name, its name in the file and its type."""
    taken = {*RESERVED}
    listed = []
    for name in map(str, frame.columns):
        kind = str(frame[name].dtype)
        stored = name
        while kind != "geometry" and stored.lower() in taken:
            stored += "_"
        taken.add(stored.lower())
        listed.append([name, stored, kind])
    return listed


def stored_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame as it goes into a file: text typed as text, names that are free."""
    texts = {
        name: frame[name].map(str, na_action="ignore").astype(TEXT)
        for name in frame.columns
        if frame[name].dtype == object and not _has_numbers(frame[name])
    }
    stored = {name: kept for name, kept, _ in column_types(frame)}
    return frame.assign(**texts).rename(columns=stored).reset_index(drop=True)


def _has_numbers(column: "pd.Series[Any]") -> bool:
    """Return whether an untyped column holds numbers and nothing else."""
    kinds = {type(value) for value in column.dropna()}
    return bool(kinds) and kinds <= {int, float, bool}


def restore_columns(frame: pd.DataFrame, types: Iterable[Iterable[str]]) -> pd.DataFrame:
    """Return a frame read from a file with its columns as `column_types` found them."""
    columns: dict[str, Any] = {}
    geometry = None
    for name, stored, kind in types:
        if kind == "geometry":
            geometry = name
            columns[name] = frame[frame.geometry.name].array
        else:
            columns[name] = _typed(frame[stored], kind)
    if geometry is None:
        return pd.DataFrame(columns)
    restored: pd.DataFrame = gpd.GeoDataFrame(columns, geometry=geometry, crs=frame.crs)
    return restored


def _typed(column: "pd.Series[Any]", kind: str) -> "pd.Series[Any]":
    """Return a column with its type; untyped ones hold None where they hold nothing."""
    if kind == "object":
        loose = column.astype(object)
        return loose.where(loose.notna(), None)
    dtype: Any = TEXT if kind in ("str", "string") else kind
    return column.astype(dtype)
