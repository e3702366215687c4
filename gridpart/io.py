"""Read a district from files: formats, layers and encodings.

Drivers and their messages end here: whatever a file does wrong leaves as one
finding that names the file and the layer.
"""

import codecs
import re
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from gridpart.district import District, Survey, survey_layers
from gridpart.errors import DataError, name_some, near_names
from gridpart.findings import Finding, as_error, from_error, has_errors
from gridpart.schema import LAYERS

__all__ = ["check_district", "read_district", "survey_source"]

Outside = Literal["error", "list"]

VECTOR = (".gpkg", ".geojson", ".json", ".shp", ".zip", ".fgb", ".parquet")
TABLES = (".csv", ".xlsx", ".xls", ".toml")
SEVERAL = (".gpkg", ".zip")
"""Formats whose files hold layers with names of their own."""

REMOTE = re.compile(r"^(/vsi|[a-z][a-z0-9+.-]+:/)", re.IGNORECASE)

FAULTS = (RuntimeError, ValueError, OSError, shapely.errors.ShapelyError)
"""What pyogrio, pyproj and shapely raise on files that are not what they seem."""


@dataclass(frozen=True, slots=True)
class Source:
    """One layer in one file."""

    path: Path
    layer: str | None
    """Name inside the file, None where the file holds one layer only."""

    def __str__(self) -> str:
        """Return the file, and the layer where it holds several."""
        several = self.path.suffix.lower() in SEVERAL
        return f"{self.path.name} (layer {self.layer})" if several else self.path.name


def read_district(source: str | Path, *, outside: Outside = "error") -> District:
    """Return the district that a GeoPackage or a folder of files holds.

    Parameters
    ----------
    source : str or Path
        A GeoPackage with canonical layers, or a folder with files that hold them
        or are named by them, such as ``units.geojson``.
    outside : {"error", "list"}
        Whether units more than 20 m outside every community are an error, or are
        left out and listed in the notes.

    Returns
    -------
    District
        Its notes say what was repaired, moved, assumed and left out.

    Raises
    ------
    DataError
        One, for everything that keeps the data from being used.
    """
    survey = survey_source(source, outside=outside)
    if survey.district is None:
        raise as_error(survey.findings, _name(Path(source)))
    return survey.district


def check_district(source: str | Path, *, outside: Outside = "error") -> tuple[Finding, ...]:
    """Return everything found in the data: errors, repairs and warnings.

    Parameters
    ----------
    source, outside
        As in `read_district`, which raises exactly the errors found here.
    """
    return survey_source(source, outside=outside).findings


def survey_source(source: str | Path, *, outside: Outside = "error") -> Survey:
    """Return everything found in the data, and the layers as far as they can be used.

    Parameters
    ----------
    source, outside
        As in `read_district`.
    """
    try:
        path = _local_path(source)
        sources, others, findings = _find_layers(path)
    except DataError as error:
        return Survey({}, None, None, (from_error(error, ""),))
    layers = {}
    for name, place in sources.items():
        try:
            layers[name], found = _read_layer(place, name)
        except DataError as error:
            findings.append(from_error(error, name))
        else:
            findings += found
    if not layers and has_errors(findings):
        return Survey({}, None, None, tuple(findings))
    return survey_layers(layers, _name(path), outside=outside, others=others, findings=findings)


def _name(path: Path) -> str:
    """Return the name of a district: its folder's where the file is ``district.gpkg``."""
    path = path.absolute()
    if path.is_dir() or path.stem.lower() != "district":
        return path.stem if path.is_file() else path.name
    return path.parent.name


def _local_path(source: str | Path) -> Path:
    """Return the path of a local file or folder that exists."""
    text = str(source)
    if REMOTE.match(text):
        raise DataError(
            f"The path {text} is not local.",
            found="an address, or a path inside an archive",
            wanted="a GeoPackage or a folder on this computer",
            fix="download or unpack it first and pass the file",
        )
    path = Path(source)
    if not path.exists():
        beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(
            f"There is nothing at {path}.",
            found=near_names(path.name, beside) if beside else f"no folder {path.parent}",
            wanted="a GeoPackage, or a folder with one file per layer",
            fix="correct the path",
        )
    return path


def _find_layers(path: Path) -> tuple[dict[str, Source], list[str], list[Finding]]:
    """Return the source of each canonical layer, other layers, and what is wrong."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    files = [file for file in files if file.is_file() and not file.name.startswith(".")]
    vector = [file for file in files if file.suffix.lower() in VECTOR]
    tables = [file for file in files if file.suffix.lower() in TABLES]
    if not vector and (tables or path.is_dir()):
        raise _nothing_to_read(path, files)
    claims: dict[str, list[Source]] = {}
    others = [f"{file.name} (a table)" for file in tables if file.stem.lower() in LAYERS]
    findings: list[Finding] = []
    for file in vector or files:
        try:
            for name, place in _offers(file, alone=path.is_file()):
                if name in LAYERS:
                    claims.setdefault(name, []).append(place)
                else:
                    others.append(name)
        except DataError as error:
            findings.append(from_error(error, file.stem))
    findings += [_rivals(name, places) for name, places in claims.items() if len(places) > 1]
    single = {name: places[0] for name, places in claims.items() if len(places) == 1}
    return single, others, findings


def _nothing_to_read(path: Path, files: list[Path]) -> DataError:
    tables = [file.name for file in files if file.suffix.lower() in TABLES]
    held = name_some(tables or [file.name for file in files]) or "an empty folder"
    return DataError(
        f"{path.name} holds no map layer.",
        found=f"{held}{'; tables without geometry are not read yet' if tables else ''}",
        wanted=f"district.gpkg, or files named by layer, as {' '.join(VECTOR)}",
        fix="add the map layers, for example export them from QGIS as one GeoPackage",
    )


def _rivals(name: str, places: list[Source]) -> Finding:
    return Finding(
        "error",
        name,
        f"{len(places)} files hold the layer {name!r}.",
        tuple(map(str, places)),
        " and ".join(map(str, places)),
        "one file for each layer",
        "move all but one out of the folder",
    )


def _offers(file: Path, *, alone: bool) -> list[tuple[str, Source]]:
    """Return the layers of one file, under canonical names where they have one."""
    stem = file.stem.lower()
    if file.suffix.lower() not in SEVERAL and not alone:
        if file.suffix.lower() == ".json" and stem not in LAYERS:
            return []  # settings of something else
        return [(stem if stem in LAYERS else file.stem, Source(file, None))]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            listed = [(str(name), kind) for name, kind in pyogrio.list_layers(file)]
    except FAULTS:
        if file.suffix.lower() == ".zip" and not (stem in LAYERS or alone):
            return []  # an archive of something else
        raise _unreadable(file) from None
    canonical = [name for name, _ in listed if name.lower() in LAYERS]
    if not canonical and len(listed) == 1 and stem in LAYERS:
        return [(stem, Source(file, listed[0][0]))]
    return [
        (name.lower() if name.lower() in LAYERS else name, Source(file, name))
        for name, kind in listed
        if name.lower() in LAYERS or kind is not None
    ]


def _unreadable(file: Path) -> DataError:
    found = "a file that no driver understands, or a damaged one"
    if file.suffix.lower() == ".shp":
        lost = [s for s in (".shx", ".dbf") if not _sidecar(file, s)]
        found = f"no {' and no '.join(lost)} beside it" if lost else found
    return DataError(
        f"{file.name} cannot be read as a map layer.",
        found=found,
        wanted=f"a vector file: {' '.join(VECTOR)}",
        fix="open it in QGIS to see what it is, and export it again as GeoPackage",
    )


def _sidecar(file: Path, suffix: str) -> Path | None:
    named = (file.with_suffix(s) for s in (suffix, suffix.upper()))
    return next((path for path in named if path.exists()), None)


def _read_layer(place: Source, name: str) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return one layer as a table with its CRS, None where the file names none."""
    suffix = place.path.suffix.lower()
    findings: list[Finding] = []
    encoded = suffix == ".shp" or (suffix == ".zip" and _holds_shapefile(place.path))
    frame = _read_frame(place, "ISO-8859-1" if encoded else None)
    if encoded:
        frame, findings = _decode(frame, place, name)
        frame = _restore_names(frame, name)
    if not isinstance(frame, gpd.GeoDataFrame):
        raise DataError(
            f"The layer {name!r} has no geometry.",
            found=f"a table without geometry in {place}",
            wanted=f"geometry of type {' or '.join(LAYERS[name].geometry)} in every row",
            fix="export the layer with its geometry",
        )
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    crs = frame.crs
    if crs is not None and (crs.is_engineering or crs.name.lower().startswith("undefined")):
        frame = frame.set_crs(None, allow_override=True)
    return frame, findings


def _read_frame(place: Source, encoding: str | None) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if place.path.suffix.lower() == ".parquet":
                frame: pd.DataFrame = gpd.read_parquet(place.path)
            else:
                frame = pyogrio.read_dataframe(place.path, layer=place.layer, encoding=encoding)

        except ImportError:
            raise DataError(
                f"{place.path.name} needs the package pyarrow.",
                found="a Parquet file, and no pyarrow",
                wanted="pyarrow, or another format",
                fix="pip install pyarrow, or export the layer as GeoPackage",
            ) from None
        except FAULTS:
            raise _unreadable(place.path) from None
    return frame


def _decode(frame: pd.DataFrame, place: Source, name: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Return a table that was read byte by byte, with its text in the right encoding."""
    columns = [c for c in frame.columns if c != "geometry"]
    texts = [c for c in columns if any(isinstance(v, str) for v in frame[c])]
    raw = {*columns, *(v for c in texts for v in frame[c] if isinstance(v, str))}
    declared = _declared_encoding(place.path)
    for encoding in dict.fromkeys((declared or "utf-8", "utf-8", "gb18030")):
        try:
            known = {text: _decode_text(text, encoding) for text in raw}
        except UnicodeDecodeError:
            continue
        decoded = frame.assign(**{c: frame[c].map(known, na_action="ignore") for c in texts})
        decoded = decoded.rename(columns=known)
        if encoding in (declared, "utf-8"):
            return decoded, []
        what = f"{place.path.name} was read as GB18030, its text is not {declared or 'UTF-8'}."
        return decoded, [Finding("assumption", name, what)]
    raise DataError(
        f"The text in {place.path.name} is in no known encoding.",
        found="bytes that are neither UTF-8 nor GB18030",
        wanted="a .cpg file beside it that names the encoding",
        fix="add the .cpg file, or export the layer as GeoPackage",
    )


def _decode_text(text: str, encoding: str) -> str:
    """Decode bytes read as ISO-8859-1; a last character cut by a field's width is dropped."""
    return codecs.getincrementaldecoder(encoding)().decode(text.encode("iso-8859-1"))


def _declared_encoding(file: Path) -> str | None:
    """Return the encoding that the .cpg file beside a shapefile names."""
    if file.suffix.lower() == ".zip":
        with zipfile.ZipFile(file) as archive:
            named = [n for n in archive.namelist() if n.lower().endswith(".cpg")]
            text = archive.read(named[0]).decode("ascii", "ignore") if named else ""
    else:
        cpg = _sidecar(file, ".cpg")
        text = cpg.read_text("ascii", "ignore") if cpg else ""
    text = text.strip().lower().removeprefix("ansi").strip()
    text = {"936": "gbk", "65001": "utf-8"}.get(text, text)
    try:
        found = codecs.lookup(text).name
    except LookupError:
        return None
    return "gb18030" if found in ("gbk", "gb2312") else found


def _holds_shapefile(file: Path) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            return any(n.lower().endswith(".shp") for n in archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return False


def _restore_names(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the table with canonical names that a shapefile cut to ten characters."""
    cut = {c.name[:10]: c.name for c in LAYERS[name].columns if len(c.name) > 10}
    here = set(frame.columns)
    return frame.rename(columns={c: f for c, f in cut.items() if c in here and f not in here})
