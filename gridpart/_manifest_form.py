"""The form of a manifest: known keys, right kinds, files that are there.

Here a manifest is still the table that TOML was read into.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import pyproj
from pyproj.exceptions import CRSError

from gridpart import expressions, templates
from gridpart.datums import DATUMS
from gridpart.errors import near_names
from gridpart.schema import LAYERS

__all__ = ["Axes", "absolute", "check_form", "is_address"]

Axes = Literal["xy", "yx"]

_ADDRESS = re.compile(r"/vsi|[a-z][a-z0-9+.-]+:/", re.IGNORECASE)
""""C:/" has one letter only."""


def is_address(path: str) -> bool:
    """Return whether a path is the address of a server, or one inside an archive.

    Examples
    --------
    >>> is_address("postgresql://host/db"), is_address("/vsizip/a.zip"), is_address("C:/a.shp")
    (True, True, False)
    """
    return bool(_ADDRESS.match(path))


def absolute(path: str, folder: Path) -> str:
    """Return a path of a manifest in `folder` as an absolute one; addresses stay."""
    return path if is_address(path) else str((folder / path).absolute())


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value))


def _are_rows(value: Any) -> bool:
    rows = value if isinstance(value, list) else [value]
    return bool(rows) and all(type(row) is int and row >= 1 for row in rows)


def _is_encoding(value: Any) -> bool:
    try:
        return _is_text(value) and isinstance("".encode(value), bytes)
    except (LookupError, ValueError):
        return False


def _is_crs(value: Any) -> bool:
    try:
        return _is_text(value) and pyproj.CRS.from_user_input(value) is not None
    except CRSError:
        return False


_KINDS = {
    "text": (_is_text, "a text"),
    "texts": (_are_texts, "a list of texts"),
    "rows": (_are_rows, "a row of the sheet, from 1, or a list of them"),
    "encoding": (_is_encoding, "an encoding, such as utf-8 or gb18030"),
    "crs": (_is_crs, "an EPSG code such as EPSG:4490, or a PROJ string"),
    "datum": (lambda v: v in DATUMS, f"one of {', '.join(DATUMS)}"),
    "axes": (lambda v: v in get_args(Axes), "xy, or yx where coordinates are north first"),
    "table": (lambda v: isinstance(v, dict), "a table"),
    "tables": (
        lambda v: isinstance(v, list) and all(isinstance(t, dict) for t in v),
        "tables, each under [[units.join]]",
    ),
}

_SHEET = {"path": "text", "sheet": "text", "header": "rows", "encoding": "encoding"}
_TOP = {"name": "text", "crs": "crs", "datum": "datum"} | dict.fromkeys(LAYERS, "table")
_JOIN = _SHEET | {"units": "texts", "table": "texts", "columns": "table"}
_LAYER = _SHEET | {
    "layer": "text", "crs": "crs", "datum": "datum", "axes": "axes",
    "x": "text", "y": "text", "wkt": "text", "columns": "table",
}  # fmt: skip


def check_form(table: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Yield everything that is wrong with a manifest."""
    yield from _odd_keys(table, _TOP, "")
    for name in LAYERS:
        if isinstance(table.get(name), dict):
            yield from _layer_faults(name, table[name], folder)


def _odd_keys(table: Mapping[str, Any], known: Mapping[str, str], place: str) -> Iterator[str]:
    """Yield keys that are not known, and values of the wrong kind."""
    for key, value in table.items():
        if key not in known:
            yield f"{place}unknown key {key!r}; {near_names(key, known)}"
            continue
        is_right, wanted = _KINDS[known[key]]
        if not is_right(value):
            yield f"{place}{key} is {value!r}, wanted {wanted}"


def _layer_faults(name: str, table: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Yield what is wrong with one layer and with the tables joined onto it."""
    known = _LAYER | ({"join": "tables"} if name == "units" else {})
    yield from _odd_keys(table, known, f"{name}: ")
    yield from _lost_file(table, folder, f"{name}: ")
    if ("x" in table) != ("y" in table):
        yield f"{name}: {'x without y' if 'x' in table else 'y without x'}"
    if "wkt" in table and "x" in table:
        yield f"{name}: both wkt and x, y; coordinates come from one of them"
    columns = table.get("columns")
    columns = columns if isinstance(columns, dict) else {}
    yield from _column_faults(name, columns)
    taken = dict.fromkeys(columns, "columns")
    joins = table.get("join") if "join" in known else None
    for n, join in enumerate(joins if isinstance(joins, list) else [], 1):
        if isinstance(join, dict):
            yield from _join_faults(name, join, folder, f"join {n}", taken)


def _lost_file(table: Mapping[str, Any], folder: Path, place: str) -> Iterator[str]:
    """Yield that no path is given, or that nothing is there."""
    path = table.get("path")
    if path is None:
        yield f"{place}no 'path'"
    if not _is_text(path):
        return
    assert isinstance(path, str)
    if is_address(path):
        return  # an address: whether there is anything is found by asking
    file = folder / path
    try:
        if not file.exists():
            beside = [p.name for p in file.parent.iterdir()] if file.parent.is_dir() else []
            yield f"{place}there is no file {path!r}" + (
                f"; {near_names(file.name, beside)}" if beside else ""
            )
    except OSError:
        yield f"{place}the file {path!r} cannot be looked at"


def _column_faults(name: str, columns: Mapping[str, Any]) -> Iterator[str]:
    """Yield columns that are nearly canonical, and sources that are none."""
    for column, value in columns.items():
        place = f"{name}, columns: "
        yield from _misspelled(name, column, columns, place)
        if isinstance(value, dict) and len(value) == 1:
            (kind, inner), *_ = value.items()
            yield from _derived_faults(f"{place}{column}: ", kind, inner)
        elif not _is_text(value):
            yield (
                f"{place}{column} is {value!r}, wanted a source column, "
                "{ constant = ... }, { expression = ... } or { text = ... }"
            )


def _misspelled(name: str, column: str, mapped: Mapping[str, Any], place: str) -> Iterator[str]:
    """Yield that a column is nearly but not quite a canonical one.

    Other columns pass: rule sets may count them, and weigh them as indicators.
    """
    canonical = [c.name for c in LAYERS[name].columns]
    if column in canonical:
        return
    hint = near_names(column, [c for c in canonical if c not in mapped])
    if hint.startswith("did"):
        yield f"{place}unknown column {column!r}; {hint}"


def _derived_faults(place: str, kind: str, inner: Any) -> Iterator[str]:
    """Yield what is wrong with a constant, an expression or a template."""
    parsers = {"expression": expressions.column_names, "text": templates.template_columns}
    if kind == "constant":
        if not isinstance(inner, str | int | float):
            yield f"{place}the constant {inner!r} is no text, number, true or false"
    elif kind in parsers:
        try:
            parsers[kind](inner if isinstance(inner, str) else "")
        except ValueError as error:
            yield f"{place}{kind} {inner!r}: {error}"
    else:
        yield f"{place}unknown key {kind!r}; {near_names(kind, ['constant', *parsers])}"


def _join_faults(
    name: str, join: Mapping[str, Any], folder: Path, title: str, taken: dict[str, str]
) -> Iterator[str]:
    """Yield what is wrong with one joined table; its columns are added to `taken`."""
    place = f"{name}, {title}: "
    yield from _odd_keys(join, _JOIN, place)
    yield from _lost_file(join, folder, place)
    if _is_text(join.get("path")) and is_address(join["path"]):
        yield f"{place}a joined table is a file on this computer, not {join['path'][:12]}..."
    yield from (f"{place}no {key!r}" for key in ("units", "table", "columns") if key not in join)
    units, table = join.get("units"), join.get("table")
    if _are_texts(units) and _are_texts(table) and len(units or ()) != len(table or ()):
        yield f"{place}units names {len(units or ())} columns and table {len(table or ())}"
    columns = join.get("columns")
    for column, value in (columns if isinstance(columns, dict) else {}).items():
        yield from _misspelled(name, column, columns or {}, place)
        if not _is_text(value):
            yield f"{place}{column} is {value!r}, wanted a column of the table"
        if column in taken:
            yield f"{name}: {column!r} is mapped twice, by {taken[column]} and by {title}"
        taken[column] = title
