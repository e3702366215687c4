"""Canonical layers: which columns each has, and of what type.

Rows are named by what the owner knows them by, an id, a name or a place on the
map, and never by their position in a file.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import geopandas as gpd
import pandas as pd
import shapely

from gridpart.errors import name_some
from gridpart.findings import Finding, Kind

__all__ = [
    "LAYERS",
    "MEASURES",
    "TEXT",
    "Column",
    "Layer",
    "as_text",
    "empty_frame",
    "is_missing",
    "refuse_rows",
    "row_names",
    "tell_rows",
]

MEASURES = ("households", "population", "firms", "workers")
"""What a rule may count without naming a column of its own."""

TEXT = pd.Series([""]).dtype
"""The text type of the installed pandas: ``str`` from version 3, else ``object``."""


@dataclass(frozen=True, slots=True)
class Column:
    """One canonical column."""

    name: str
    type: Literal["id", "text", "choice", "count", "measure", "total", "date"] = "text"
    """A measure is a count that no row may lack, a total one that rows may lack; if absent,
    neither is added."""
    optional: bool = False
    """Whether another column is not added either where the data lack it."""
    needed: bool = False
    choices: tuple[str, ...] = ()
    spellings: Mapping[str, str] = field(default_factory=dict)
    """Other ways to write the choices, as in Chinese data."""
    default: str | None = None
    """Value of empty rows: a text, or the name of another column in braces."""

    @property
    def is_added(self) -> bool:
        """Whether a layer without the column gets an empty one."""
        return not self.optional and self.type not in ("measure", "total")


@dataclass(frozen=True, slots=True)
class Layer:
    """One canonical layer; the first column of type id names its rows."""

    name: str
    row: str
    rows: str
    """What one row, and several, are called in a message."""
    geometry: tuple[str, ...]
    """Geometry types that pass; a multi-part type only where parts may be apart."""
    columns: tuple[Column, ...]
    needed: bool = False
    key: str | None = None
    """The id that every row needs and no two share."""
    placeless: bool = False
    """Whether rows may have no geometry, as they name what they belong to."""


AREAL = ("Polygon", "MultiPolygon")
LINEAR = ("LineString", "LinearRing", "MultiLineString")
PUNCTUAL = ("Point", "MultiPoint")

AREA_TYPES = (
    dict.fromkeys(("城镇", "城市", "城区", "城", "镇区"), "urban")
    | dict.fromkeys(("乡村", "农村", "村", "乡"), "rural")
    | dict.fromkeys(("111", "112", "121", "122", "123"), "urban")
    | dict.fromkeys(("210", "220"), "rural")
)
"""The numbers are the urban and rural codes of the statistics of China (统计用城乡分类代码)."""

LAYERS: dict[str, Layer] = {
    layer.name: layer
    for layer in (
        Layer(
            "communities",
            "community",
            "communities",
            AREAL,
            (
                Column("community_id", "id", needed=True),
                Column("name", default="{community_id}"),
                Column(
                    "area_type",
                    "choice",
                    choices=("urban", "rural"),
                    spellings=AREA_TYPES,
                    default="urban",
                ),
                Column("households", "total"),
                Column("population", "total"),
                Column("street_id", "id", optional=True),
                Column("street_name", optional=True),
            ),
            needed=True,
            key="community_id",
        ),
        Layer(
            "units",
            "unit",
            "units",
            (*AREAL, "Point"),
            (
                Column("unit_id", "id", needed=True),
                Column("community_id", "id"),
                Column("compound_id", "id"),
                Column("kind"),
                Column("floors", "count"),
                Column("stairwells", "count"),
                Column("name"),
                *(Column(measure, "measure") for measure in MEASURES),
            ),
            needed=True,
            key="unit_id",
        ),
        Layer("streets", "street", "streets", LINEAR, (Column("class"), Column("name"))),
        Layer(
            "barriers", "barrier", "barriers", (*LINEAR, *AREAL), (Column("kind"), Column("name"))
        ),
        Layer("crossings", "crossing", "crossings", PUNCTUAL, (Column("kind"), Column("name"))),
        Layer(
            "exclusive",
            "exclusive site",
            "exclusive sites",
            AREAL,
            (
                Column("exclusive_id", "id", needed=True),
                Column("community_id", "id"),
                Column("kind"),
                Column("name"),
                Column("firms", "count"),
                Column("workers", "count"),
            ),
            key="exclusive_id",
        ),
        Layer("stations", "station", "stations", PUNCTUAL, (Column("kind"), Column("name"))),
        Layer(
            "grids",
            "grid",
            "grids",
            AREAL,
            (Column("level", "id", needed=True), Column("grid_code", "id"), Column("name")),
        ),
        Layer(
            "incidents",
            "incident",
            "incidents",
            PUNCTUAL,
            (
                Column("date", "date", needed=True),
                Column("unit_id", "id"),
                Column("kind"),
                Column("count", "count"),
            ),
            placeless=True,
        ),
    )
}
"""The layers of a district, in the order in which they are read."""


def is_missing(value: object) -> bool:
    """Return whether a cell holds nothing: null, or text without a character.

    Examples
    --------
    >>> is_missing(None), is_missing(float("nan")), is_missing("  "), is_missing(0)
    (True, True, True, False)
    """
    if isinstance(value, str):
        return not value.strip()
    return (
        value is None
        or value is pd.NA
        or value is pd.NaT
        or (isinstance(value, float) and math.isnan(value))
    )


def row_names(layer: Layer, frame: gpd.GeoDataFrame) -> list[str]:
    """Return what each row is called: its id, else its name, else its place."""
    columns = [c for c in (layer.key, "name") if c is not None and c in frame.columns]
    names = []
    for values, geometry in zip(
        zip(*(frame[c] for c in columns), strict=True) if columns else [()] * len(frame),
        frame.geometry,
        strict=True,
    ):
        known = next((as_text(v) for v in values if not is_missing(v)), None)
        names.append(known or _place(layer.row, geometry))
    return names


def _place(row: str, geometry: shapely.Geometry | None) -> str:
    if geometry is None or shapely.is_empty(geometry):
        return f"a {row} without name and place"
    left, bottom, right, top = shapely.bounds(geometry)
    x, y = (left + right) / 2, (bottom + top) / 2
    digits = 5 if max(abs(x), abs(y)) <= 360 else 0
    return f"the {row} at ({x:.{digits}f}, {y:.{digits}f})"


def as_text(value: object) -> str:
    """Return an id or a text; whole numbers lose the decimal point a null gave them."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def empty_frame(layer: Layer, crs: object) -> gpd.GeoDataFrame:
    """Return the layer without rows, with its canonical columns."""
    columns: dict[str, pd.Series] = {
        column.name: pd.Series([], dtype="Int64" if column.type == "count" else TEXT)
        for column in layer.columns
        if column.is_added
    }
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=crs), crs=crs)


def refuse_rows(
    layer: Layer,
    names: Collection[str],
    total: int,
    fault: str,
    remedy: tuple[str, str],
    shown: Iterable[str] | None = None,
) -> Finding:
    """Return the error that some rows of a layer are at fault.

    Parameters
    ----------
    layer : Layer
        Layer of the rows.
    names : collection of str
        What the rows at fault are called.
    total : int
        Number of rows in the layer.
    fault : str
        Goes on from "3 of 412 units".
    remedy : tuple of str
        What would pass, and the next thing to do.
    shown : iterable of str, optional
        What to print for each row instead of its name alone.

    Examples
    --------
    >>> finding = refuse_rows(LAYERS["units"], ["U7"], 9, "float", ("ground", "land them"))
    >>> str(finding)
    '1 of 9 units float. U7'
    """
    wanted, fix = remedy
    what = f"{len(names)} of {total} {layer.rows} {fault}."
    found = name_some(names if shown is None else shown)
    return Finding("error", layer.name, what, tuple(names), found, wanted, fix)


def tell_rows(
    kind: Kind,
    layer: Layer,
    names: Collection[str],
    total: int,
    deed: str,
    shown: Iterable[str] | None = None,
) -> Finding:
    """Return the finding that something was done or seen with some rows of a layer.

    Examples
    --------
    >>> str(tell_rows("moved", LAYERS["units"], ["U7"], 9, "went ashore"))
    '1 of 9 units went ashore: U7'
    """
    what = f"{len(names)} of {total} {layer.rows} {deed}:"
    return Finding(
        kind, layer.name, what, tuple(names), name_some(names if shown is None else shown)
    )
