"""Where rows lie: points from columns, heights, axes, coordinate systems and datums."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from gridpart.datums import remove_offset
from gridpart.errors import DataError, name_some
from gridpart.findings import Finding
from gridpart.manifest import LayerSource, Manifest
from gridpart.schema import LAYERS, is_missing, row_names
from gridpart.sentences import Sentence

__all__ = ["coordinate_columns", "georeference", "place_rows"]

PAIRS = (
    ("lon", "lat"),
    ("lng", "lat"),
    ("long", "lat"),
    ("longitude", "latitude"),
    ("经度", "纬度"),
    ("x", "y"),
)
"""Names of columns, in lower case, that hold x and y."""

WKT = ("wkt", "the_geom", "geom", "geometry")

OFFSETS: dict[str, str] = {"gcj02": "GCJ-02", "bd09": "BD-09"}
"""Datums with an offset, as they are written."""

GEOGRAPHIC = {"wgs84": 4326, "cgcs2000": 4490, "gcj02": 4326, "bd09": 4326}
"""EPSG code of degrees in each datum, once its offset is removed."""


def coordinate_columns(columns: Sequence[str], source: LayerSource) -> tuple[str, ...]:
    """Return the columns of a table with its coordinates: x and y, or one of WKT, or none.

    Those that the manifest names come first, then names that everybody uses.

    Examples
    --------
    >>> coordinate_columns(["户数", "经度", "纬度"], LayerSource("a.csv"))
    ('经度', '纬度')
    """
    if source.wkt is not None:
        return (source.wkt,)
    if source.x is not None and source.y is not None:
        return (source.x, source.y)
    known = {column.strip().lower(): column for column in reversed(columns)}
    pair = next((pair for pair in PAIRS if set(pair) <= set(known)), ())
    if pair:
        return tuple(known[name] for name in pair)
    return tuple(known[name] for name in WKT if name in known)[:1]


def place_rows(frame: pd.DataFrame, cells: pd.DataFrame, name: str, shown: str) -> gpd.GeoDataFrame:
    """Return a table with geometry, in no CRS yet.

    Parameters
    ----------
    frame : DataFrame
        The table under canonical names.
    cells : DataFrame
        Its coordinates: one column of WKT, or x and y.
    name, shown : str
        Name of the canonical layer and of the file, for messages.

    Raises
    ------
    DataError
        If some coordinates are no numbers, or no WKT.
    """
    if cells.shape[1] == 1:
        texts = cells.iloc[:, 0]
        empty = np.array([is_missing(v) for v in texts], dtype=bool)
        shapes = shapely.from_wkt(
            [None if is_missing(v) else str(v) for v in texts], on_invalid="ignore"
        )
        bad = shapely.is_missing(shapes) & ~empty
    else:
        xy = cells.apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
        given = np.array([[not is_missing(v) for v in row] for row in cells.to_numpy(object)])
        given = given.reshape(-1, 2)
        usable = np.isfinite(xy).all(axis=1)
        bad = ~usable & given.any(axis=1)
        shapes = np.full(len(frame), None, dtype=object)
        shapes[usable] = shapely.points(xy[usable])
    placed = gpd.GeoDataFrame(frame, geometry=shapes)
    if bad.any():
        raise _no_numbers(placed, cells, bad, name, shown)
    return placed


def _no_numbers(
    placed: gpd.GeoDataFrame, cells: pd.DataFrame, bad: NDArray[np.bool_], name: str, shown: str
) -> DataError:
    layer = LAYERS[name]
    names = row_names(layer, placed[bad])
    values = cells[bad].astype(object).itertuples(index=False)
    told = (
        f"{', '.join(str(v)[:40] for v in row)} ({layer.row} {n})"
        for n, row in zip(names, values, strict=True)
    )
    return DataError(
        f"{int(bad.sum())} of {len(placed)} {layer.rows} in {shown} have no usable coordinates.",
        found=name_some(told),
        wanted=f"{' and '.join(map(repr, cells.columns))} as "
        + ("WKT" if cells.shape[1] == 1 else "decimal numbers"),
        fix="correct these cells; empty ones are told apart",
    )


def georeference(
    frame: gpd.GeoDataFrame, source: LayerSource, defaults: Manifest, name: str
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return a layer flat, x before y, without the offset of its datum, in its CRS.

    Parameters
    ----------
    frame : GeoDataFrame
        As read, with its geometry in ``geometry``.
    source : LayerSource
        What is declared for the layer.
    defaults : Manifest
        What is declared for layers that say nothing themselves.
    name : str
        The canonical layer, for messages.

    Returns
    -------
    GeoDataFrame
        In no CRS if neither the file nor a declaration names one.
    list of Finding
        What was dropped, assumed and removed.
    """
    findings = []
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object)
    deep = shapely.has_z(shapes)
    if deep.any():
        rows = Sentence(f"rows_{name}")
        what = Sentence("heights_lost", n=int(deep.sum()), total=len(frame), rows=rows)
        findings.append(Finding("assumption", name, what))
        shapes = shapely.force_2d(shapes)
    if source.axes == "yx":
        shapes = shapely.transform(shapes, lambda xy: xy[:, ::-1])
    datum = source.datum or defaults.datum
    crs, found = _choose_crs(frame.crs, shapes, source, defaults, name)
    findings += found
    if datum in OFFSETS and crs is not None and len(frame):
        shapes = remove_offset(shapes, crs, datum)
        what = Sentence("offset_removed", datum=OFFSETS[datum], layer=name)
        findings.append(Finding("assumption", name, what))
    placed = gpd.GeoSeries(shapes, index=frame.index, crs=crs)
    plain = pd.DataFrame(frame.drop(columns="geometry"))
    return gpd.GeoDataFrame(plain, geometry=placed, crs=crs), findings


def _choose_crs(
    found: pyproj.CRS | None,
    shapes: NDArray[np.object_],
    source: LayerSource,
    defaults: Manifest,
    name: str,
) -> tuple[pyproj.CRS | None, list[Finding]]:
    """Return the CRS of a layer: declared for it, of its file, declared for all, of its datum."""
    if found is not None and (found.is_engineering or found.name.lower().startswith("undefined")):
        found = None
    if source.crs is not None:
        declared = pyproj.CRS.from_user_input(source.crs)
        if found is None or found == declared:
            return declared, []
        told = {"layer": name, "crs": declared.name, "stated": found.name}
        what = Sentence("read_as_declared", **told)
        return declared, [Finding("assumption", name, what)]
    if found is not None:
        return found, []
    datum = source.datum or defaults.datum
    if defaults.crs is not None:
        crs = pyproj.CRS.from_user_input(defaults.crs)
    elif datum is not None and _like_degrees(shapes):
        crs = pyproj.CRS.from_epsg(GEOGRAPHIC[datum])
    else:
        return None, []
    what = Sentence("crs_declared", layer=name, crs=crs.name)
    return crs, [Finding("assumption", name, what)]


def _like_degrees(shapes: NDArray[np.object_]) -> bool:
    """Return whether coordinates can be longitude and latitude, in whatever order."""
    return bool(np.abs(shapely.total_bounds(shapes)).max() <= 180)
