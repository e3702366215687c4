"""Plans in the formats of other programs, and grids from other programs."""

import csv
import importlib
import json
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from gridpart.columns import drop_personal
from gridpart.errors import DataError, name_some
from gridpart.geopackage import plan_layers
from gridpart.plan import Plan
from gridpart.schema import LAYERS, TEXT
from gridpart.topology import unwrap_single_parts

__all__ = ["FORMATS", "field_names", "grid_lines", "read_grids", "write_format"]

logger = logging.getLogger(__name__)

SHORT_NAMES = {
    "parent_code": "parent_cod",
    "community_id": "comm_id",
    "compound_id": "compnd_id",
    "parent_unit_id": "parent_uid",
    "exclusive_id": "excl_id",
    "floor_bands": "floorbands",
    "polsby_popper": "polsby_pop",
    "population": "population",
    "stairwells": "stairwells",
    "general_code": "gen_code",
    "overall_code": "over_code",
    "building_age": "bldg_age",
    "no_property_mgmt": "no_propmgt",
    "elderly_alone": "eld_alone",
}
"""Short names that stay readable; other long names are cut."""

PARTS = {"Point": "", "LineString": "_lines", "Polygon": "_areas"}
"""Ends of file names where a layer holds several kinds of geometry."""

SHAPE_FIELD = 254
"""Bytes that a text field of a shapefile holds at most."""


def write_format(plan: Plan, name: str, folder: Path) -> None:
    """Write a plan in one of `FORMATS` into a folder that is not there yet.

    Raises
    ------
    DataError
        If the format needs a package that is not installed.
    """
    folder.mkdir()
    _WRITERS[name](plan, folder)


def grid_lines(plan: Plan) -> Iterator[str]:
    """Yield each grid of each level, then the exclusive ones, as a line of GeoJSON.

    Longitude and latitude in EPSG:4326 with 7 decimals, as RFC 7946 has it.
    """
    for table in (*plan.layers.values(), plan.exclusive):
        plain = _as_plain(table).to_crs(4326)
        shapes = shapely.orient_polygons(shapely.set_precision(plain.geometry.to_numpy(), 1e-7))
        rows = plain.drop(columns="geometry").astype(object)
        named = rows.where(rows.notna(), None).to_dict("records")
        for row, shape in zip(named, shapes, strict=True):
            feature = {
                "type": "Feature",
                "properties": {str(key): _scalar(value) for key, value in row.items()},
                "geometry": json.loads(shapely.to_geojson(shape)),
            }
            yield json.dumps(feature, ensure_ascii=False)


def _scalar(value: Any) -> Any:
    """Return a value as JSON knows it."""
    return value.item() if hasattr(value, "item") else value


def _write_geojson(plan: Plan, folder: Path) -> None:
    """Write one file a layer by RFC 7946: EPSG:4326, 7 decimals, right-hand rule."""
    for name, frame in plan_layers(plan).items():
        pyogrio.write_dataframe(
            _as_plain(frame).to_crs(4326),
            folder / f"{name}.geojson",
            driver="GeoJSON",
            layer=name,
            layer_options={"RFC7946": "YES", "COORDINATE_PRECISION": "7", "WRITE_NAME": "YES"},
        )


def _write_flatgeobuf(plan: Plan, folder: Path) -> None:
    """Write one file a layer, in the CRS of the plan, with an index for looking around."""
    for name, frame in plan_layers(plan).items():
        # The index rejects rows that lie nowhere; a layer without rows has none either.
        options = {"SPATIAL_INDEX": "YES" if len(frame) and not frame.is_empty.any() else "NO"}
        pyogrio.write_dataframe(
            _as_plain(frame),
            folder / f"{name}.fgb",
            driver="FlatGeobuf",
            geometry_type="Unknown",
            layer_options=options,
        )


def _write_parquet(plan: Plan, folder: Path) -> None:
    """Write one GeoParquet file a layer, in the CRS of the plan."""
    _package("pyarrow", "GeoParquet", "parquet")
    for name, frame in plan_layers(plan).items():
        _as_plain(frame).to_parquet(folder / f"{name}.parquet", index=False)


def _write_topojson(plan: Plan, folder: Path) -> None:
    """Write the grids of each level with their common borders once: EPSG:4326."""
    topojson = _package("topojson", "TopoJSON", "topojson")
    for name, table in {**plan.layers, "exclusive": plan.exclusive}.items():
        plain = _as_plain(table).to_crs(4326)
        shared = topojson.Topology(plain, object_name=name, prequantize=1e7, shared_coords=True)
        (folder / f"{name}.topojson").write_text(shared.to_json(), encoding="utf-8")


def _package(name: str, format_title: str, extra: str) -> Any:
    """Return an optional package, or say how to get it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise DataError(
            f"{format_title} needs the package {name}.",
            found=f"no package {name} in this environment",
            wanted=f"gridpart with its extra {extra!r}",
            fix=f'python -m pip install "gridpart[{extra}]"',
        ) from None


def _write_shapefiles(plan: Plan, folder: Path) -> None:
    """Write one shapefile a layer and kind of geometry, and ``fields.csv`` on their fields.

    Field names are ASCII of at most 10 characters; text is UTF-8, and the .cpg file
    says so. The table gives the full name of each field.
    """
    entries = [("file", "field", "full_name", "type")]
    for name, frame in plan_layers(plan).items():
        short = field_names([str(c) for c in frame.columns if c != frame.geometry.name])
        parts = _by_kind(frame)
        for end, part in parts.items():
            file = f"{name}{end if len(parts) > 1 else ''}"
            _write_shapefile(_as_plain(part).rename(columns=short), folder / f"{file}.shp")
            entries += [(file, short[c], c, str(frame[c].dtype)) for c in short]
    with (folder / "fields.csv").open("w", encoding="utf-8-sig", newline="") as file_:
        csv.writer(file_).writerows(entries)


def field_names(columns: list[str]) -> dict[str, str]:
    """Return for each column an ASCII name of at most 10 characters, no two alike.

    Examples
    --------
    >>> field_names(["parent_code", "parent_codes", "户数"])
    {'parent_code': 'parent_cod', 'parent_codes': 'parent_c_1', '户数': 'field'}
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for column in columns:
        plain = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "" for c in column)
        plain = SHORT_NAMES.get(column, plain.strip("_") or "field")[:10]
        name, n = plain, 0
        while name.lower() in taken:
            n += 1
            name = f"{plain[: 9 - len(str(n))]}_{n}"
        taken.add(name.lower())
        names[column] = name
    return names


def _as_plain(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a frame of types that every format knows, geometry last."""
    columns = {}
    for name in frame.columns:
        if name == frame.geometry.name:
            continue
        column = frame[name]
        if column.dtype == object:
            column = column.map(str, na_action="ignore").astype(TEXT)
        columns[str(name)] = column
    shapes = gpd.GeoSeries(frame.geometry.array, index=frame.index, crs=frame.crs)
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=frame.crs, index=frame.index)


def _by_kind(frame: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Return the rows of each kind of geometry under the end of its file's name."""
    kinds = frame.geom_type.str.removeprefix("Multi").replace("LinearRing", "LineString")
    parts = {end: frame[kinds == kind] for kind, end in PARTS.items() if (kinds == kind).any()}
    return parts or {"": frame}


def _write_shapefile(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write one shapefile; text longer than a field holds is cut between characters."""
    for name in frame.columns.drop("geometry"):
        if pd.api.types.is_bool_dtype(frame[name]):
            frame[name] = frame[name].astype("int32")
        if not pd.api.types.is_numeric_dtype(frame[name]):
            frame[name] = frame[name].map(_cut, na_action="ignore")
    options = {} if len(frame) else {"geometry_type": "Polygon"}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*(width|CRS|precision).*")
        pyogrio.write_dataframe(
            frame, path, driver="ESRI Shapefile", layer_options={"ENCODING": "UTF-8"}, **options
        )


def _cut(text: str) -> str:
    return text.encode()[:SHAPE_FIELD].decode("utf-8", "ignore")


_WRITERS: Mapping[str, Callable[[Plan, Path], None]] = {
    "geojson": _write_geojson,
    "shp": _write_shapefiles,
    "parquet": _write_parquet,
    "fgb": _write_flatgeobuf,
    "topojson": _write_topojson,
}

FORMATS = tuple(_WRITERS)
"""What `write_plan` can write beside the GeoPackage."""


# --- grids from elsewhere --------------------------------------------------------------


def read_grids(path: Path, level: str) -> gpd.GeoDataFrame:
    """Return a layer of grid polygons that anyone has drawn.

    Parameters
    ----------
    path : Path
        A vector file. Of several layers the one named `level` is read, else ``grids``.
    level : str
        Id of the level; where the rows name theirs in ``level``, only those count.

    Raises
    ------
    DataError
        If there is no such file or layer, or a row has no polygon or no CRS.
    """
    try:
        names = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
        choice = next((n for n in (level, "grids") if n in names), names[0] if names else None)
        if choice is None or (len(names) > 1 and choice not in (level, "grids")):
            raise _no_grids(path, f"layers {name_some(names)}" if names else "no map layer")
        frame = pyogrio.read_dataframe(path, layer=choice)
    except (RuntimeError, ValueError, OSError) as error:
        if isinstance(error, DataError):
            raise
        raise _no_grids(path, "a file that no driver understands" if path.exists() else "nothing") \
            from None  # fmt: skip
    if "level" in frame.columns:
        frame = frame[frame["level"].astype(object) == level].reset_index(drop=True)
    shapes = unwrap_single_parts(frame.geometry.to_numpy())
    areal = shapely.get_dimensions(shapes) == 2
    if frame.crs is None or not len(frame) or not areal.all():
        found = f"{int(areal.sum())} polygons in {len(frame)} rows of {level!r}, CRS {frame.crs}"
        raise _no_grids(path, found)
    frame = frame.rename_geometry("geometry") if frame.geometry.name != "geometry" else frame
    frame, told = drop_personal(LAYERS["grids"], frame)
    for finding in told:
        logger.warning("%s", finding.text)
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))


def _no_grids(path: Path, found: str) -> DataError:
    return DataError(
        f"{path} holds no layer of grids.",
        found=found,
        wanted="one layer of grid polygons with a CRS, or one that is named by the level",
        fix="correct the path or --level, or export the grids as GeoPackage",
    )
