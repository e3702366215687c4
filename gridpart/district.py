"""The input bundle: every layer of a district in one CRS, checked and in order."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from gridpart.columns import conform_layer, missing_layers, missing_measures
from gridpart.crs import check_coordinates, check_extent, working_crs
from gridpart.datums import Datum
from gridpart.errors import DataError
from gridpart.estimates import estimable, estimate_residents
from gridpart.findings import Finding, as_note, from_error, has_errors, with_places
from gridpart.incidents import join_incidents, keep_canonical
from gridpart.mislabels import doubt_labels, suggest_crs
from gridpart.model import Note
from gridpart.relations import check_overlaps, locate_sites, locate_units, repair_layer
from gridpart.schema import (
    LAYERS,
    MEASURES,
    empty_frame,
    is_missing,
    refuse_rows,
    row_names,
    tell_rows,
)
from gridpart.sentences import Sentence
from gridpart.topology import is_finite

__all__ = ["District", "Survey", "survey_layers"]

Frames = dict[str, gpd.GeoDataFrame]


@dataclass(frozen=True, slots=True, eq=False)
class District:
    """The layers of one district in canonical form.

    Every layer stands in `crs` with coordinates rounded to 1 mm; one that the
    source lacks is an empty table with the canonical columns. Communities are in
    the order of ``community_id`` and units in that of ``unit_id``; every unit has
    the ``community_id`` of a community.
    """

    name: str
    communities: gpd.GeoDataFrame
    units: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame
    crossings: gpd.GeoDataFrame
    exclusive: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    grids: gpd.GeoDataFrame
    incidents: gpd.GeoDataFrame
    """Day, kind, ``count`` of reports and unit of each record, points where it has one;
    ``joined`` says how it met its unit. No plan keeps them."""
    crs: pyproj.CRS
    measures: tuple[str, ...]
    """Columns of `units` that count households, population, firms or workers."""
    notes: tuple[Note, ...]
    """Everything repaired, moved, assumed or left out."""
    source_hash: str
    """SHA-256 of the content; the order of rows and columns changes nothing."""
    estimated: tuple[str, ...] = ()
    """Measures that are spread from totals of communities and counted by nobody."""
    joins: pd.DataFrame | None = None
    """What became of each row of tables joined onto units, as in ``JoinResult.rows``."""

    def __repr__(self) -> str:
        """Return the district with its counts."""
        sizes = ", ".join(f"{len(getattr(self, layer))} {layer}" for layer in LAYERS)
        return f"District({self.name!r}, {sizes}, {len(self.notes)} notes)"


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """Everything found in the layers of a source, and what can be made of them."""

    layers: Mapping[str, gpd.GeoDataFrame]
    """The usable rows of each layer that is there, in `crs` where that is known."""
    crs: pyproj.CRS | None
    district: District | None
    """None where a finding is an error."""
    findings: tuple[Finding, ...]


def survey_layers(
    layers: Mapping[str, gpd.GeoDataFrame],
    name: str,
    *,
    outside: Literal["error", "list"] = "error",
    others: Sequence[str] = (),
    findings: Iterable[Finding] = (),
    datums: Mapping[str, Datum] | None = None,
    joins: pd.DataFrame | None = None,
) -> Survey:
    """Return all findings, the layers as far as they can be used, and the district if all can.

    Parameters
    ----------
    layers : mapping of str to GeoDataFrame
        Tables as read, under canonical layer names, each with its CRS.
    name : str
        Name of the district.
    outside : {"error", "list"}
        Whether units more than 20 m outside every community are an error, or are
        left out and listed.
    others : sequence of str
        Names of layers in the source that are not canonical, to hint at.
    findings : iterable of Finding
        What reading the source has found already.
    datums : mapping of str to str, optional
        Datum that each layer declares, of those that declare one; its offset has been
        removed from `layers` already.
    joins : DataFrame, optional
        ``JoinResult.rows`` of the tables that were joined onto the units.
    """
    log = list(findings)
    missing = missing_layers((*layers, *(f.layer for f in log if f.kind == "error")), others, name)
    log += missing
    frames, estimated, found = _conform(layers)
    log += found
    drawn, found = _with_usable_crs(frames)
    log += found
    crs, found = _choose_crs(drawn)
    log += found
    if crs is None:
        return Survey({}, None, None, tuple(log))
    frames, found = _project(drawn, crs)
    log += found
    for known, frame in frames.items():
        frames[known], found = repair_layer(LAYERS[known], frame)
        log += found
    for known in ("communities", "units", "exclusive"):
        if known in frames:
            frames[known] = _in_order(frames[known], known)
            log += check_overlaps(LAYERS[known], frames[known])
    if not has_errors(finding for finding in log if finding.layer == "communities"):
        doubts, remedy = doubt_labels(drawn, crs, datums or {})
        frames, found = _locate(frames, outside, remedy)
        log += [*doubts, *found]
    if estimated and not has_errors(log):
        frames["units"], found = estimate_residents(
            frames["units"], frames["communities"], estimated
        )
        log += found
    if has_errors(log):
        return Survey(frames, crs, None, tuple(log))
    district = replace(_bundle(frames, name, crs, log), estimated=estimated, joins=joins)
    return Survey(frames, crs, district, tuple(log))


def _conform(
    layers: Mapping[str, gpd.GeoDataFrame],
) -> tuple[Frames, tuple[str, ...], list[Finding]]:
    """Return the layers in canonical form, the measures to estimate, and the findings."""
    frames: Frames = {}
    log: list[Finding] = []
    for layer in (LAYERS[known] for known in LAYERS if known in layers):
        frames[layer.name], found = conform_layer(layer, _with_code(layers[layer.name]))
        log += found
    estimated = estimable(frames)
    if "units" in frames and not estimated:
        log += missing_measures(frames["units"])
    return frames, estimated, log


def _with_code(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the table with the EPSG form of its CRS, so that equal ones compare equal."""
    code = None if frame.crs is None else frame.crs.to_epsg()
    return frame if code is None else frame.set_crs(code, allow_override=True)


def _with_usable_crs(frames: Frames) -> tuple[Frames, list[Finding]]:
    """Return the layers whose coordinates can be what their CRS says, and the findings."""
    usable: Frames = {}
    faults: dict[str, Finding] = {}
    for name, frame in frames.items():
        if frame.geometry.isna().all():
            usable[name] = frame
        elif frame.crs is None:
            wanted = "a CRS in every layer, such as EPSG:4547"
            fix = f"assign the CRS that {name} was drawn in, for example in QGIS"
            what = f"The layer {name!r} has no CRS."
            faults[name] = Finding("error", name, what, (name,), "no CRS", wanted, fix)
        else:
            try:
                check_coordinates(frame.crs, tuple(frame.total_bounds), name)
                usable[name] = frame
            except DataError as error:
                faults[name] = from_error(error, name)
    hints = ((fault, suggest_crs(name, frames, usable)) for name, fault in faults.items())
    return usable, [replace(fault, fix=hint) if hint else fault for fault, hint in hints]


def _choose_crs(frames: Frames) -> tuple[pyproj.CRS | None, list[Finding]]:
    """Return the working CRS for the first layer with rows, which is the communities'."""
    first = next((name for name, frame in frames.items() if frame.geometry.notna().any()), None)
    if first is None:
        return None, []
    given, bounds = frames[first].crs, tuple(frames[first].total_bounds)
    try:
        check_extent(given, bounds, first)
        return working_crs(given, bounds), []
    except DataError as error:
        return None, [from_error(error, first)]


def _project(frames: Frames, crs: pyproj.CRS) -> tuple[Frames, list[Finding]]:
    """Return all layers in the working CRS, and one finding per CRS that was left."""
    projected: Frames = {}
    sources: dict[str, list[str]] = {}
    findings = []
    for name, frame in frames.items():
        if frame.crs is None or frame.crs == crs:
            projected[name] = frame.set_crs(crs, allow_override=True)
            continue
        if not frame.empty:
            sources.setdefault(frame.crs.name, []).append(name)
        moved = frame.to_crs(crs)
        placed = is_finite(moved.geometry.to_numpy())
        if not placed.all():
            findings.append(_unplaced(name, frame, ~placed, suggest_crs(name, frames, frames)))
        projected[name] = moved[placed].reset_index(drop=True)
    findings += [
        Finding(
            "assumption",
            names[0],
            Sentence("projected", layers=names, source=source, crs=crs.name),
            tuple(names),
        )
        for source, names in sources.items()
    ]
    return projected, findings


def _unplaced(name: str, frame: gpd.GeoDataFrame, rows: NDArray[np.bool_], remedy: str) -> Finding:
    """Return the error that coordinates lie beyond the reach of their CRS."""
    layer, names = LAYERS[name], row_names(LAYERS[name], frame[rows])
    fault = f"lie where {frame.crs.name} reaches no place on Earth"
    wanted = "coordinates in the CRS that the layer declares"
    fix = remedy or "declare the CRS that the coordinates are in"
    return refuse_rows(layer, names, len(frame), fault, (wanted, fix))


def _locate(
    frames: Frames, outside: Literal["error", "list"], remedy: str
) -> tuple[Frames, list[Finding]]:
    """Return the layers with the community of each unit and site, and the findings."""
    located, findings = dict(frames), []
    communities = frames["communities"]
    several = communities[communities.geometry.count_geometries() > 1]
    if len(several):
        layer, deed = LAYERS["communities"], Sentence("in_parts")
        names = row_names(layer, several)
        told = tell_rows("warning", layer, names, len(communities), deed)
        findings.append(with_places(told, "multipart"))
    if "units" in frames and not frames["units"].empty:
        located["units"], found = locate_units(
            frames["units"], communities, outside=outside, remedy=remedy
        )
        findings += found
    if "incidents" in frames and not frames["incidents"].empty and "units" in located:
        kept, found = keep_canonical(frames["incidents"])
        findings += found
        located["incidents"], found = join_incidents(kept, located["units"])
        findings += found
    if "exclusive" in frames:
        located["exclusive"], found = locate_sites(frames["exclusive"], communities)
        findings += found
    return located, findings


def _bundle(frames: Frames, name: str, crs: pyproj.CRS, log: list[Finding]) -> District:
    complete = {
        known: _in_order(frames[known], known)
        if known in frames
        else empty_frame(LAYERS[known], crs)
        for known in LAYERS
    }
    notes = tuple(as_note(finding) for finding in log)
    return District(
        name=name,
        **complete,
        crs=crs,
        measures=tuple(m for m in MEASURES if m in complete["units"].columns),
        notes=notes,
        source_hash=_hash(complete, crs),
    )


def _in_order(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Return the rows by id, or by content where rows have none."""
    key = LAYERS[name].key
    if key is not None and key in frame.columns:
        return frame.sort_values(key, kind="stable", ignore_index=True)
    order = np.argsort(np.array(_row_texts(frame), dtype=object), kind="stable")
    return frame.iloc[order].reset_index(drop=True)


def _hash(frames: Frames, crs: pyproj.CRS) -> str:
    digest = hashlib.sha256(crs.to_string().encode())
    for name, frame in frames.items():
        for text in (name, *_row_texts(frame)):
            digest.update(text.encode())
            digest.update(b"\n")
    return digest.hexdigest()


def _row_texts(frame: gpd.GeoDataFrame) -> list[str]:
    """Return the content of each row as text, whatever the order of the columns."""
    columns = sorted(str(c) for c in frame.columns if c != "geometry")
    wkb = shapely.to_wkb(shapely.normalize(frame.geometry.to_numpy()), hex=True)
    cells = zip(wkb, *(map(_cell, frame[c]) for c in columns), strict=True)
    return [json.dumps(dict(zip(("", *columns), row, strict=True))) for row in cells]


def _cell(value: object) -> str | None:
    if is_missing(value):
        return None
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)
