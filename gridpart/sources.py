"""Which file holds which layer: by the manifest, else by the names of files and layers."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyogrio

from gridpart.archives import unpack
from gridpart.drivers import (
    ARCHIVES,
    PARTS,
    SEVERAL,
    VECTOR,
    layer_names,
    patience,
    quiet_driver,
    unreadable,
)
from gridpart.errors import DataError, name_some, near_names
from gridpart.findings import Finding, from_error, listed
from gridpart.manifest import MANIFEST, LayerSource, Manifest, is_address
from gridpart.osm import OSM
from gridpart.postgis import is_database, without_password
from gridpart.schema import LAYERS
from gridpart.sentences import Sentence

__all__ = ["TABLES", "Located", "Place", "list_places", "locate_layers"]

TABLES = (".csv", ".tsv", ".xlsx", ".xlsm", ".xls")
"""Ends of the names of tables, in lower case."""


@dataclass(frozen=True, slots=True)
class Place:
    """One layer in one file, or behind one address."""

    source: LayerSource
    """What is declared for it."""
    name: str
    """What the file calls it."""
    file: Path | str
    """To be opened: perhaps unpacked from an archive; a text is an address."""
    layer: str | None
    """Name inside the file, None where the file holds one layer only."""
    shown: str
    """What it is called in messages."""
    is_map: bool = True
    """Whether it has geometry, as far as can be told without reading it."""


@dataclass(slots=True)
class Located:
    """What a source offers."""

    places: dict[str, Place] = field(default_factory=dict)
    """Canonical layer -> where it is."""
    others: list[str] = field(default_factory=list)
    """Layers that are not canonical."""
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Way:
    """How to get at files."""

    unpacked: Path
    """A folder for what archives hold."""
    allow_remote: bool = False


def locate_layers(
    path: Path | str | None, manifest: Manifest, unpacked: Path, *, allow_remote: bool = False
) -> Located:
    """Return where each canonical layer is, what else there is, and what is wrong.

    Parameters
    ----------
    path : Path, str or None
        A file, a folder, the address of a file, or nothing beside the manifest.
    manifest : Manifest
        Its layers come first; what it leaves out is found by name.
    unpacked : Path
        An empty folder, to unpack archives into.
    allow_remote : bool
        Whether addresses of files and paths inside archives may be followed.

    Raises
    ------
    DataError
        If `path` holds nothing that could be a layer.
    """
    way = Way(unpacked, allow_remote)
    located = Located()
    for name, source in manifest.layers.items():
        try:
            located.places[name] = _declared(name, source, way)
        except DataError as error:
            located.findings.append(from_error(error, name))
    files, taken = _used(manifest, located)
    claims: dict[str, list[Place]] = {}
    for file in _files(path, located, is_described=bool(manifest.layers)):
        whole = Path(file).resolve()
        if whole in files:
            continue
        try:
            for name, place in _offers(file, way, alone=not _is_folder(path)):
                if (whole, place.name) in taken:
                    continue
                if name in LAYERS:
                    claims.setdefault(name, []).append(place)
                else:
                    located.others.append(name)
        except DataError as error:
            located.findings.append(from_error(error, Path(file).stem))
    _settle(claims, manifest, located)
    return located


def list_places(file: Path, unpacked: Path) -> list[Place]:
    """Return every layer of a file on this computer, whatever it is called.

    Parameters
    ----------
    file : Path
        A map file, an archive or a table.
    unpacked : Path
        A folder, to unpack archives into.

    Raises
    ------
    DataError
        If the file is damaged, or not what its name says.
    """
    return _contents(LayerSource(str(file)), file, Way(unpacked))


def _used(manifest: Manifest, located: Located) -> tuple[set[Path], set[tuple[Path, str]]]:
    """Return the files that the manifest uses up, and the layers it takes of others."""
    files, taken = set(), set()
    for name, source in manifest.layers.items():
        files |= {Path(table.path).resolve() for table in source.join}
        if name in located.places:
            taken.add((Path(source.path).resolve(), located.places[name].name))
        else:
            files.add(Path(source.path).resolve())
    return files, taken


def _is_folder(path: Path | str | None) -> bool:
    return isinstance(path, Path) and path.is_dir()


def _settle(claims: dict[str, list[Place]], manifest: Manifest, located: Located) -> None:
    """Add the layers found by name to those of the manifest."""
    for name, places in claims.items():
        shown = tuple(place.shown for place in places)
        if name in manifest.layers:
            what = Sentence("files_unread", layer=name)
            located.findings.append(Finding("warning", name, what, shown, listed(shown)))
        elif len(places) > 1:
            located.findings.append(_rivals(name, shown))
        else:
            located.places[name] = places[0]


def _rivals(name: str, shown: tuple[str, ...]) -> Finding:
    return Finding(
        "error",
        name,
        f"{len(shown)} files hold the layer {name!r}.",
        shown,
        " and ".join(shown),
        "one file for each layer",
        "move all but one out of the folder, or name the right one in the manifest",
    )


def _files(path: Path | str | None, located: Located, *, is_described: bool) -> list[Path | str]:
    """Return the files to look into; what only looks like one is told."""
    if path is None:
        return []
    if not _is_folder(path):
        return [path]
    assert isinstance(path, Path)
    entries = sorted(p for p in path.iterdir() if not p.name.startswith((".", "~$")))
    files = [entry for entry in entries if entry.is_file()]
    wanted = [file for file in files if file.suffix.lower() in (*VECTOR, *TABLES)]
    for entry in entries:
        _tell_odd(entry, located)
    if not (wanted or is_described or located.findings):
        raise _nothing_to_read(path, files)
    return list(wanted)


def _tell_odd(entry: Path, located: Located) -> None:
    """Tell about a folder or a link in the place of a layer, and about unknown formats."""
    suffix, stem = entry.suffix.lower(), entry.stem.lower()
    if entry.is_file():
        known = (*VECTOR, *TABLES, *PARTS, ".toml", ".md", ".txt", ".xml", ".qmd", ".qml")
        if stem in LAYERS and suffix not in known:
            located.others.append(f"{entry.name} (a format that is not read)")
        return
    if suffix not in (*VECTOR, *TABLES):
        return
    if entry.is_dir() and stem not in LAYERS:
        located.others.append(f"{entry.name} (a folder)")
        return
    found = "a folder" if entry.is_dir() else "a link that leads nowhere"
    located.findings.append(from_error(unreadable(entry.name, found=found), stem))


def _nothing_to_read(path: Path, files: list[Path]) -> DataError:
    held = name_some(file.name for file in files) or "an empty folder"
    return DataError(
        f"{path.name} holds no map layer.",
        found=held,
        wanted=f"district.gpkg, files named by layer, as {' '.join(VECTOR)}, or {MANIFEST}",
        fix="add the map layers, for example export them from QGIS as one GeoPackage",
    )


def _offers(file: Path | str, way: Way, *, alone: bool) -> Iterator[tuple[str, Place]]:
    """Yield the layers of one file, under canonical names where they have one."""
    stem, suffix = _stem(file), Path(file).suffix.lower()
    if suffix == ".json" and stem.lower() not in LAYERS and not alone:
        return  # settings of something else
    try:
        places = _contents(LayerSource(str(file)), file, way)
    except DataError:
        if suffix in ARCHIVES and not (stem.lower() in LAYERS or alone):
            return  # an archive of something else
        raise
    canonical = [place for place in places if place.name.lower() in LAYERS]
    maps = [place for place in places if place.is_map]
    if not canonical and len(places) == 1 and stem.lower() in LAYERS:
        yield stem.lower(), places[0]
        return
    for place in places:
        if place in canonical:
            yield place.name.lower(), place
        elif place in maps:
            yield place.name, place
        elif suffix in TABLES:
            yield f"{Path(file).name} (a table)", place


def _declared(name: str, source: LayerSource, way: Way) -> Place:
    """Return the layer that a manifest, or the command line, declares."""
    if is_database(source.path):
        shown = f"{without_password(source.path)} ({source.layer or name})"
        return Place(source, name, source.path, source.layer, shown)
    address = is_address(source.path)
    places = _contents(source, source.path if address else Path(source.path), way)
    if source.layer is not None and Path(source.path).suffix.lower() not in OSM:
        meant = [place for place in places if place.name == source.layer]
    else:
        meant = [place for place in places if place.name.lower() == name] or places
    if len(meant) > 1:
        meant = [place for place in meant if place.is_map]
    if len(meant) == 1:
        return meant[0]
    names = [place.name for place in places]
    shown = without_password(source.path) if address else Path(source.path).name
    raise DataError(
        f"{shown} does not say by itself which layer holds the {name}.",
        found=near_names(source.layer, names) if source.layer else f"layers {name_some(names)}",
        wanted="one layer, or the name of the one meant",
        fix=f'write [{name}] layer = "..." into the manifest',
    )


def _contents(source: LayerSource, file: Path | str, way: Way) -> list[Place]:
    """Return every layer of one file or archive; files of one layer are not opened for it."""
    if isinstance(file, str):
        return _remote_contents(source, file, way)
    suffix = file.suffix.lower()
    if file.is_dir():
        raise unreadable(file.name, found="a folder")
    if suffix in ARCHIVES:
        return _archived(source, file, way)
    if suffix in SEVERAL and suffix not in OSM:
        return [
            Place(source, name, file, name, f"{file.name} (layer {name})", kind is not None)
            for name, kind in layer_names(file, file.name)
        ]
    if suffix not in (*VECTOR, *TABLES):
        raise unreadable(file.name)
    layer = source.layer if suffix in OSM else None
    return [Place(source, _stem(file), file, layer, file.name, suffix not in TABLES)]


def _archived(source: LayerSource, file: Path, way: Way) -> list[Place]:
    """Return every layer of the map files in an archive."""
    wanted = {*VECTOR, *PARTS, *TABLES} - set(ARCHIVES)
    folder = way.unpacked / f"{len(list(way.unpacked.iterdir()))}"
    folder.mkdir()
    loose = unpack(file, folder, wanted)
    places = []
    for inner in loose:
        if inner.suffix.lower() in PARTS:
            continue
        for place in _contents(source, inner, way):
            places.append(replace(place, shown=f"{file.name} ({place.shown})"))
    if not places:
        raise unreadable(file.name, found="an archive without a map file")
    return places


def _remote_contents(source: LayerSource, address: str, way: Way) -> list[Place]:
    """Return every layer behind the address of a file."""
    shown = without_password(address) if "://" in address else address
    if not way.allow_remote:
        raise DataError(
            f"The path {shown} is not local.",
            found="an address, or a path inside an archive",
            wanted="a file or a folder on this computer",
            fix="download or unpack it first and pass the file, or allow it with --allow-remote",
        )
    if Path(address.split("?", maxsplit=1)[0]).suffix.lower() in (*TABLES, *OSM, ".parquet"):
        raise unreadable(shown, found="a format that is read from this computer only")
    with quiet_driver(shown), patience():
        listed = [(str(name), kind) for name, kind in pyogrio.list_layers(address)]
    return [Place(source, name, address, name, shown, kind is not None) for name, kind in listed]


def _stem(file: Path | str) -> str:
    """Return what a file is named by: ``units`` for ``units.osm.pbf``."""
    return Path(file).stem.removesuffix(".osm")
