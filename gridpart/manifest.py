"""The manifest ``district.toml``: which files hold the layers, and how to read them.

It is read into frozen values, and every fault in it is reported together. Nothing but
the manifest itself is opened here.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gridpart._manifest_form import Axes, absolute, check_form, is_address
from gridpart.datums import Datum
from gridpart.errors import DataError
from gridpart.schema import LAYERS

__all__ = [
    "MANIFEST",
    "Constant",
    "Expression",
    "LayerSource",
    "Manifest",
    "Mapped",
    "TableSource",
    "Template",
    "is_address",
    "parse_manifest",
    "read_manifest",
]

MANIFEST = "district.toml"
"""Name of the manifest in the folder that it describes."""


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value in every row."""

    value: str | int | float | bool


@dataclass(frozen=True, slots=True)
class Expression:
    """Arithmetic over source columns; see ``gridpart.expressions``."""

    text: str


@dataclass(frozen=True, slots=True)
class Template:
    """Text put together from source columns; see ``gridpart.templates``."""

    text: str


Mapped = str | Constant | Expression | Template
"""Where a column comes from: a source column, a constant, an expression or a template."""


@dataclass(frozen=True, slots=True)
class TableSource:
    """A table that is joined onto the units."""

    path: str
    """Absolute, or the address of a server."""
    units: tuple[str, ...]
    """Source columns of the layer that name a unit, or templates of them."""
    table: tuple[str, ...]
    """The columns of the table that hold the same, in the same order."""
    columns: Mapping[str, str]
    """Canonical column -> column of the table."""
    sheet: str | None = None
    header: tuple[int, ...] | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class LayerSource:
    """One layer: where it is and how to read it."""

    path: str
    """Absolute, or the address of a server."""
    layer: str | None = None
    """Name inside a file or a database that holds several."""
    sheet: str | None = None
    header: tuple[int, ...] | None = None
    """Rows of a sheet, from 1, that hold the names of columns."""
    encoding: str | None = None
    crs: str | None = None
    """Overrides what the file says."""
    datum: Datum | None = None
    axes: Axes = "xy"
    """``yx``: coordinates are stored north first."""
    x: str | None = None
    y: str | None = None
    wkt: str | None = None
    columns: Mapping[str, Mapped] = field(default_factory=dict)
    """Canonical column -> where it comes from."""
    join: tuple[TableSource, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``district.toml`` says; without one, nothing."""

    name: str | None = None
    crs: str | None = None
    """For layers whose files name none."""
    datum: Datum | None = None
    """For layers that name none."""
    layers: Mapping[str, LayerSource] = field(default_factory=dict)


def read_manifest(path: Path) -> Manifest:
    """Return what a manifest says; its paths are relative to its folder.

    Raises
    ------
    DataError
        If it is no TOML, or for everything in it that makes no sense.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, RecursionError) as error:
        raise DataError(
            f"The manifest {path.name} cannot be read.",
            found="text that is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error),
            wanted="a TOML file in UTF-8, in which no key stands twice",
            fix="correct that line; texts stand in quotation marks",
        ) from None
    return parse_manifest(table, path.parent, path.name)


def parse_manifest(table: Mapping[str, Any], folder: Path, title: str = MANIFEST) -> Manifest:
    """Return what the table of a manifest says.

    Parameters
    ----------
    table : mapping
        As ``tomllib`` reads it.
    folder : Path
        What its paths are relative to.
    title : str
        Name of the manifest, for messages.

    Raises
    ------
    DataError
        For everything in it that makes no sense: unknown keys, missing files, values of
        the wrong kind, a column mapped twice, expressions that are no arithmetic.

    Examples
    --------
    >>> table = {"crs": "EPSG:4490", "units": {"path": "postgresql://host/db", "axis": "yx"}}
    >>> parse_manifest(table, Path("."))
    Traceback (most recent call last):
    gridpart.errors.DataError: 1 thing is wrong with the manifest district.toml.
      found:  units: unknown key 'axis'; did you mean 'axes'?
      wanted: keys and values as docs/reference/manifest.md lists them
      fix:    correct the manifest
    """
    faults = list(check_form(table, folder))
    if faults:
        several = "things are" if len(faults) > 1 else "thing is"
        raise DataError(
            f"{len(faults)} {several} wrong with the manifest {title}.",
            found="\n          ".join(faults),
            wanted="keys and values as docs/reference/manifest.md lists them",
            fix="correct the manifest",
        )
    return Manifest(
        name=table.get("name"),
        crs=table.get("crs"),
        datum=table.get("datum"),
        layers={name: _layer(table[name], folder) for name in LAYERS if name in table},
    )


def _layer(table: Mapping[str, Any], folder: Path) -> LayerSource:
    """Return one layer of a checked manifest."""
    plain = ("layer", "sheet", "encoding", "crs", "datum", "x", "y", "wkt")
    return LayerSource(
        path=absolute(table["path"], folder),
        header=_header(table),
        axes=table.get("axes", "xy"),
        columns={name: _mapped(value) for name, value in table.get("columns", {}).items()},
        join=tuple(_table(join, folder) for join in table.get("join", ())),
        **{key: table[key] for key in plain if key in table},
    )


def _table(table: Mapping[str, Any], folder: Path) -> TableSource:
    """Return one joined table of a checked manifest."""
    return TableSource(
        path=absolute(table["path"], folder),
        units=tuple(table["units"]),
        table=tuple(table["table"]),
        columns=dict(table["columns"]),
        sheet=table.get("sheet"),
        header=_header(table),
        encoding=table.get("encoding"),
    )


def _header(table: Mapping[str, Any]) -> tuple[int, ...] | None:
    given = table.get("header")
    return None if given is None else tuple([given] if isinstance(given, int) else given)


def _mapped(value: Any) -> Mapped:
    if isinstance(value, str):
        return value
    if "constant" in value:
        return Constant(value["constant"])
    return Template(value["text"]) if "text" in value else Expression(value["expression"])
