"""One map file to one table: formats, their drivers and what drivers leave unsaid.

Drivers look at content, not at names: a file named ``units.geojson`` may be a list of
other files to fetch. So the first bytes of a file must be those of its format before a
driver sees it. Whatever a driver raises leaves as one error that names the file.
"""

import logging
import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from gridpart import encodings
from gridpart.errors import DataError
from gridpart.findings import Finding
from gridpart.schema import LAYERS
from gridpart.sentences import Sentence

__all__ = [
    "ARCHIVES",
    "PARTS",
    "SEVERAL",
    "VECTOR",
    "layer_names",
    "no_geometry",
    "patience",
    "quiet_driver",
    "read_vector",
    "refuse_stranger",
    "unreadable",
]

ARCHIVES = (".zip", ".kmz")
SEVERAL = (".gpkg", ".kml", ".pbf", ".osm")
"""Formats whose files hold layers with names of their own."""

PARTS = (".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx")
"""What belongs to a shapefile."""

_HEAD = 4096
_MEASURED = (21, 23, 25, 28)
"""Types of shapefiles that hold x, y and a measure."""

_PATIENCE_S = {"GDAL_HTTP_CONNECTTIMEOUT": 10, "GDAL_HTTP_TIMEOUT": 120}

_KML_DRAWING = (
    "altitudeMode", "begin", "drawOrder", "end", "extrude", "icon",
    "tessellate", "timestamp", "visibility",
)  # fmt: skip
"""Columns that say how a KML file is drawn."""


_POINTERS = (b"<ogr", b"gdal_streamed_alg")
"""What lists of other files, and recipes for them, begin with; in lower case."""


def _is_json(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


_SIGNATURES: dict[str, Callable[[bytes], bool]] = {
    ".gpkg": lambda head: head.startswith(b"SQLite format 3\0"),
    ".geojson": _is_json,
    ".json": _is_json,
    ".shp": lambda head: head.startswith(b"\x00\x00\x27\x0a"),
    ".fgb": lambda head: head.startswith(b"fgb"),
    ".parquet": lambda head: head.startswith(b"PAR1"),
    ".kml": lambda head: b"<kml" in head,
    ".osm": lambda head: b"<osm" in head,
    ".pbf": lambda head: b"OSMHeader" in head[:64],
}

VECTOR = (*_SIGNATURES, *ARCHIVES)
"""Ends of the names of map files, in lower case."""


@contextmanager
def quiet_driver(shown: str) -> Iterator[None]:
    """Turn whatever a driver raises into one error, and keep its remarks off the screen.

    Nothing but the call of the driver belongs inside.
    """
    logger = logging.getLogger("pyogrio")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except DataError:
        raise
    except Exception:  # a damaged file may raise anything, from MemoryError to KeyError
        raise unreadable(shown) from None
    finally:
        logger.setLevel(level)


@contextmanager
def patience() -> Iterator[None]:
    """Wait for an answer from afar, but not forever."""
    before = {name: pyogrio.get_gdal_config_option(name) for name in _PATIENCE_S}
    pyogrio.set_gdal_config_options(_PATIENCE_S)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


def unreadable(shown: str, found: str = "") -> DataError:
    """Return the error that a file is no map file, or a damaged one."""
    return DataError(
        f"{shown} cannot be read as a map layer.",
        found=found or "a file that no driver understands, or a damaged one",
        wanted=f"a vector file: {' '.join(VECTOR)}",
        fix="open it in QGIS to see what it is, and export it again as GeoPackage",
    )


def no_geometry(name: str, shown: str) -> DataError:
    """Return the error that a layer is a table without geometry."""
    return DataError(
        f"The layer {name!r} has no geometry.",
        found=f"a table without geometry in {shown}",
        wanted=f"geometry of type {' or '.join(LAYERS[name].geometry)} in every row",
        fix="export the layer with its geometry",
    )


def refuse_stranger(file: Path, shown: str) -> None:
    """Refuse a file whose first bytes are not those of its format.

    Raises
    ------
    DataError
        If it may not be read, is another format, or ends before it says it does.
    """
    suffix = file.suffix.lower()
    try:
        with file.open("rb") as opened:
            head = opened.read(_HEAD)
    except OSError as error:
        denied = "no permission to read it" if isinstance(error, PermissionError) else ""
        raise unreadable(shown, found=denied or str(error)) from None
    if "!" in str(file.absolute()):
        raise unreadable(shown, found="a path with '!', which stands for an archive")
    is_known = _SIGNATURES.get(suffix)
    points_elsewhere = any(pointer in head.lower() for pointer in _POINTERS)
    if is_known is None or not is_known(head) or points_elsewhere:
        raise unreadable(shown)
    if suffix != ".shp":
        return
    if lost := [part for part in (".shx", ".dbf") if not encodings.sidecar(file, part)]:
        raise unreadable(shown, found=f"no {' and no '.join(lost)} beside it")
    if len(head) >= 100:
        stated, here = 2 * struct.unpack(">i", head[24:28])[0], file.stat().st_size
        if stated > here:
            raise unreadable(shown, found=f"{here} of the {stated} bytes that it says it has")


def layer_names(file: Path, shown: str) -> list[tuple[str, str | None]]:
    """Return the layers of a file, each with its type of geometry, None for a table."""
    refuse_stranger(file, shown)
    with quiet_driver(shown):
        return [(str(name), kind) for name, kind in pyogrio.list_layers(file)]


def read_vector(
    file: Path, layer: str | None, name: str, shown: str, *, encoding: str | None = None
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return a layer of a map file as a table, and what there is to say about it.

    Parameters
    ----------
    file : Path
        A local file, no archive.
    layer : str or None
        Name inside the file.
    name : str
        The canonical layer that it holds.
    shown : str
        What the file is called in messages.
    encoding : str or None
        Of its text, for a shapefile that names none or the wrong one.

    Raises
    ------
    DataError
        If it is not what its name says, damaged, or in no known encoding.
    """
    refuse_stranger(file, shown)
    suffix = file.suffix.lower()
    if suffix == ".parquet":
        return _read_parquet(file, name, shown), []
    if suffix == ".shp":
        return _read_shapefile(file, name, shown, encoding)
    with quiet_driver(shown):
        frame: pd.DataFrame = pyogrio.read_dataframe(file, layer=layer)
        stated = pyogrio.read_info(file, layer=layer)["features"] if suffix == ".fgb" else -1
        stores = suffix == ".gpkg" and isinstance(frame, gpd.GeoDataFrame)
        kinds, measured = _stored(file, layer) if stores else ("", False)
    if 0 <= stated != len(frame):
        raise unreadable(shown, found=f"{len(frame)} of the {stated} rows that it says it has")
    return (_plain_kml(frame) if suffix == ".kml" else frame), _flattened(
        kinds, name, measured=measured
    )


def _stored(file: Path, layer: str | None) -> tuple[str, bool]:
    """Return the types of geometry in a layer of a GeoPackage, and whether it has measures."""
    name = layer or str(pyogrio.list_layers(file)[0][0])
    in_sql = name.replace('"', '\\"')
    kinds = pyogrio.read_dataframe(
        file,
        sql=f'SELECT DISTINCT OGR_GEOMETRY FROM "{in_sql}"',
        sql_dialect="OGRSQL",
        read_geometry=False,
    )
    columns = pyogrio.read_dataframe(file, sql="SELECT table_name, m FROM gpkg_geometry_columns")
    measured = columns.loc[columns["table_name"] == name, "m"].eq(1).any()
    return " ".join(map(str, kinds.iloc[:, 0])), bool(measured)


def _flattened(kinds: str, name: str, *, measured: bool) -> list[Finding]:
    """Return what a driver did to the geometry of a layer without a word."""
    told = []
    if any(curved in kinds for curved in ("CURVE", "CIRCULAR", "SURFACE")):
        told.append(Sentence("curves_straight", layer=name))
    if measured:
        told.append(Sentence("measures_dropped", layer=name))
    return [Finding("assumption", name, what) for what in told]


def _read_parquet(file: Path, name: str, shown: str) -> pd.DataFrame:
    try:
        import pyarrow.parquet  # noqa: PLC0415 - an extra, and heavy
    except ImportError:
        raise DataError(
            f"{shown} needs the package pyarrow.",
            found="a Parquet file, and no pyarrow",
            wanted="pyarrow, or another format",
            fix="pip install gridpart[parquet], or export the layer as GeoPackage",
        ) from None
    with quiet_driver(shown):
        if b"geo" not in (pyarrow.parquet.read_schema(file).metadata or {}):
            raise no_geometry(name, shown)
        frame: pd.DataFrame = gpd.read_parquet(file)
    return frame


def _read_shapefile(
    file: Path, name: str, shown: str, encoding: str | None
) -> tuple[pd.DataFrame, list[Finding]]:
    with quiet_driver(shown):
        frame = pyogrio.read_dataframe(file, encoding="ISO-8859-1")
        declared = encoding or encodings.declared_encoding(file)
        with file.open("rb") as opened:
            kind = struct.unpack("<i", opened.read(36)[32:])[0]
    frame, findings = encodings.decode(
        frame, name, shown, declared=declared, strict=encoding is not None
    )
    findings += _flattened("", name, measured=kind in _MEASURED)
    return _restore_names(frame, name), findings


def _restore_names(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the table with canonical names that a shapefile cut to ten characters."""
    cut = {c.name[:10]: c.name for c in LAYERS[name].columns if len(c.name) > 10}
    here = set(frame.columns)
    return frame.rename(columns={c: f for c, f in cut.items() if c in here and f not in here})


def _plain_kml(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table without what only draws it, and with numbers where all are numbers."""
    frame = frame.drop(columns=[c for c in _KML_DRAWING if c in frame.columns])
    if "Name" in frame.columns and "name" not in frame.columns:
        frame = frame.rename(columns={"Name": "name"})
    columns = (c for layer in LAYERS.values() for c in layer.columns)
    counts = {c.name for c in columns if c.type in ("count", "measure")}
    for column in counts.intersection(frame.columns):
        numbers = pd.to_numeric(frame[column], errors="coerce")
        if numbers.notna().eq(frame[column].notna()).all():
            frame[column] = numbers
    return frame
