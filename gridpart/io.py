"""Read a district from files: the road from a source to checked layers.

Drivers and their messages end below: whatever a file does wrong leaves as one finding
that names the file and the layer.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pyproj
from pyproj.exceptions import CRSError

from gridpart.datums import Datum
from gridpart.district import District, Survey, survey_layers
from gridpart.errors import DataError, name_some, near_names
from gridpart.findings import Finding, as_error, from_error, has_errors
from gridpart.manifest import (
    MANIFEST,
    LayerSource,
    Manifest,
    is_address,
    read_manifest,
)
from gridpart.reading import read_place
from gridpart.schema import LAYERS
from gridpart.sources import locate_layers

__all__ = ["check_district", "read_district", "survey_source"]

Outside = Literal["error", "list"]


def read_district(
    source: str | Path | None,
    *,
    outside: Outside = "error",
    layers: Mapping[str, str | Path] | None = None,
    crs: str | None = None,
    datum: Datum | None = None,
    allow_remote: bool = False,
) -> District:
    """Return the district that a folder, a GeoPackage or a manifest describes.

    Parameters
    ----------
    source : str, Path or None
        A folder with files named by layer, such as ``units.geojson``, with or without
        ``district.toml``; the path of a manifest; a file with canonical layers; or None
        where `layers` names all that is needed.
    outside : {"error", "list"}
        Whether units more than 20 m outside every community are an error, or are
        left out and listed in the notes.
    layers : mapping of str to str or Path, optional
        Canonical layer -> the file to take instead of the source's. What the manifest
        says about the layer otherwise holds for that file.
    crs : str, optional
        CRS of layers whose files name none: an EPSG code or a PROJ string.
    datum : {"wgs84", "cgcs2000", "gcj02", "bd09"}, optional
        Datum of layers for which the manifest names none. The offset of the last two
        is removed.
    allow_remote : bool
        Whether addresses such as ``https://`` and ``/vsi`` paths may be followed. The
        address of a database, ``postgresql://``, always is.

    Returns
    -------
    District
        Its notes say what was repaired, moved, assumed and left out.

    Raises
    ------
    DataError
        One, for everything that keeps the data from being used.
    """
    given = _given(layers, crs, datum)
    survey = _survey(source, outside, given, allow_remote=allow_remote)
    if survey.district is None:
        raise as_error(survey.findings, _name(source, given))
    return survey.district


def check_district(
    source: str | Path | None,
    *,
    outside: Outside = "error",
    layers: Mapping[str, str | Path] | None = None,
    crs: str | None = None,
    datum: Datum | None = None,
    allow_remote: bool = False,
) -> tuple[Finding, ...]:
    """Return everything found in the data: errors, repairs and warnings.

    Parameters
    ----------
    source, outside, layers, crs, datum, allow_remote
        As in `read_district`, which raises exactly the errors found here.
    """
    given = _given(layers, crs, datum)
    return _survey(source, outside, given, allow_remote=allow_remote).findings


def survey_source(
    source: str | Path | None,
    *,
    outside: Outside = "error",
    layers: Mapping[str, str | Path] | None = None,
    crs: str | None = None,
    datum: Datum | None = None,
    allow_remote: bool = False,
) -> Survey:
    """Return everything found in the data, and the layers as far as they can be used.

    Parameters
    ----------
    source, outside, layers, crs, datum, allow_remote
        As in `read_district`.
    """
    given = _given(layers, crs, datum)
    return _survey(source, outside, given, allow_remote=allow_remote)


def _given(
    layers: Mapping[str, str | Path] | None, crs: str | None, datum: Datum | None
) -> Manifest:
    """Return what the caller says over and above the source, as a manifest."""
    named = layers or {}
    if odd := sorted(set(named) - set(LAYERS)):
        raise DataError(
            f"{len(odd)} layers are given that no district has.",
            found=f"{odd[0]!r}; {near_names(odd[0], LAYERS)}",
            wanted=f"layers {', '.join(LAYERS)}",
            fix="correct the name",
        )
    files = {
        name: str(path) if is_address(str(path)) else str(Path(path).absolute())
        for name, path in named.items()
    }
    return Manifest(None, crs, datum, {name: LayerSource(path) for name, path in files.items()})


def _survey(
    source: str | Path | None, outside: Outside, given: Manifest, *, allow_remote: bool
) -> Survey:
    try:
        _check_given(given)
        path = _existing(source)
        manifest = _merged(_manifest_of(path), given)
    except DataError as error:
        return Survey({}, None, None, (from_error(error, ""),))
    folder = path.parent if isinstance(path, Path) and path.suffix.lower() == ".toml" else path
    with tempfile.TemporaryDirectory(prefix="gridpart-", ignore_cleanup_errors=True) as unpacked:
        try:
            located = locate_layers(folder, manifest, Path(unpacked), allow_remote=allow_remote)
        except DataError as error:
            return Survey({}, None, None, (from_error(error, ""),))
        read, findings = {}, located.findings
        for name, place in located.places.items():
            try:
                read[name] = read_place(place, name, manifest)
                findings += read[name].findings
            except DataError as error:
                findings.append(from_error(error, name))
    if not read and has_errors(findings):
        return Survey({}, None, None, tuple(findings))
    name = manifest.name or _name(path, given)
    declared = {n: located.places[n].source.datum or manifest.datum for n in read}
    return survey_layers(
        {layer: reading.frame for layer, reading in read.items()},
        name,
        outside=outside,
        others=located.others,
        findings=findings,
        joins=read["units"].joins if "units" in read else None,
        datums={layer: datum for layer, datum in declared.items() if datum is not None},
    )


def _check_given(given: Manifest) -> None:
    """Refuse files that are not there, and a CRS that is none."""
    local = {n: Path(s.path) for n, s in given.layers.items() if not is_address(s.path)}
    if lost := [f"{name}: {path}" for name, path in local.items() if not path.exists()]:
        raise DataError(
            f"{len(lost)} of the files given for layers are not there.",
            found=name_some(lost),
            wanted="the path of a file for each layer given",
            fix="correct the path",
        )
    try:
        if given.crs is not None:
            pyproj.CRS.from_user_input(given.crs)
    except CRSError:
        raise DataError(
            "The coordinate system given is not known.",
            found=repr(given.crs),
            wanted="an EPSG code such as EPSG:4490, or a PROJ string",
            fix="correct it",
        ) from None


def _merged(manifest: Manifest, given: Manifest) -> Manifest:
    """Return a manifest in which what the caller says comes first."""
    layers = dict(manifest.layers)
    for name, source in given.layers.items():
        layers[name] = replace(layers[name], path=source.path) if name in layers else source
    return Manifest(manifest.name, given.crs or manifest.crs, given.datum or manifest.datum, layers)


def _manifest_of(path: Path | str | None) -> Manifest:
    """Return the manifest that a path is or holds, an empty one where there is none."""
    if not isinstance(path, Path):
        return Manifest()
    file = path if path.suffix.lower() == ".toml" else path / MANIFEST
    return read_manifest(file) if file.is_file() else Manifest()


def _name(source: str | Path | None, given: Manifest) -> str:
    """Return the name of a district: its folder's where the file is ``district.*``."""
    if source is None:
        first = next(iter(given.layers.values())).path
        return "the district" if is_address(first) else Path(first).parent.name
    if is_address(str(source)):
        return Path(str(source).split("?", maxsplit=1)[0]).stem
    path = Path(source).absolute()
    if path.is_dir() or path.stem.lower() != "district":
        return path.stem if path.is_file() else path.name
    return path.parent.name


def _existing(source: str | Path | None) -> Path | str | None:
    """Return the path of a file or folder that exists, or an address as it is."""
    if source is None or is_address(str(source)):
        return None if source is None else str(source)
    path = Path(source)
    try:
        if path.exists():
            if path.is_dir():
                list(path.iterdir())  # or it may not be looked into
            return path
        beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    except PermissionError:
        found = "no permission to look there"
    else:
        found = near_names(path.name, beside) if beside else f"no folder {path.parent}"
        found = "a link that leads nowhere" if path.is_symlink() else found
    raise DataError(
        f"There is nothing at {path}.",
        found=found,
        wanted="a GeoPackage, a folder with one file per layer, or a manifest",
        fix="correct the path",
    )
