"""``gridpart check``: look at a source, show the findings on a map, write it repaired."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart.coverage import USUAL, Tolerances
from gridpart.datums import Datum
from gridpart.district import Survey
from gridpart.errors import DataError
from gridpart.findings import Finding, Place
from gridpart.geopackage import write_layers
from gridpart.inspection import inspect
from gridpart.io import survey_source
from gridpart.outfile import check_file, write_whole
from gridpart.qgis import RED, Label, Rule, Symbol, style_qml, style_table
from gridpart.repair import Repair, repair_district
from gridpart.schema import LAYERS, TEXT, row_names

__all__ = ["check_outputs", "examine", "repair_source", "write_findings"]

SUFFIX = ".gpkg"

DRAWN = {0: "findings_points", 1: "findings_lines", 2: "findings_areas"}
"""Layer of the findings for each dimension: QGIS styles one kind of geometry a layer."""

COLUMNS = ("kind", "topic", "layer", "names", "text", "message", "fix")


def examine(
    source: str | Path | None,
    *,
    outside: Literal["error", "list"] = "error",
    layers: Mapping[str, str | Path] | None = None,
    crs: str | None = None,
    datum: Datum | None = None,
    allow_remote: bool = False,
    tolerances: Tolerances = USUAL,
) -> Survey:
    """Return everything found in a source, with what only a check looks for.

    Parameters
    ----------
    source, outside, layers, crs, datum, allow_remote
        As in `gridpart.read_district`.
    tolerances : Tolerances
        What tells seams, slivers and holes apart.

    Examples
    --------
    >>> from gridpart.soundness import examine
    >>> examine("nowhere").findings[0].what
    'There is nothing at nowhere.'
    """
    survey = survey_source(
        source, outside=outside, layers=layers, crs=crs, datum=datum, allow_remote=allow_remote
    )
    return inspect(survey, tolerances)


def check_outputs(
    inputs: Iterable[str | Path], *paths: Path | None, overwrite: bool = False
) -> None:
    """Refuse files that could not be written, or would be read as part of the input.

    To be called before the work; paths that are None are passed over.

    Raises
    ------
    DataError
        For the first one that cannot stay.
    """
    origins = {}
    for source in map(Path, inputs):
        held = source.parent if source.suffix.lower() == ".toml" else source
        origins[held.resolve()] = source
    for path in paths:
        if path is None:
            continue
        target = check_file(path, SUFFIX, overwrite=overwrite).resolve()
        if touched := origins.keys() & {target, target.parent}:
            raise DataError(
                f"{path} would lie in the source.",
                found=f"{path} and the source {origins[min(touched)]}",
                wanted="a file outside the source, which stays as it is",
                fix="choose a place beside it",
            )


# --- findings on a map -----------------------------------------------------------------


def write_findings(survey: Survey, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write every place where something was found to a GeoPackage, styled red, and return its path.

    There is a layer for each kind of geometry, ``findings_areas``, ``findings_lines`` and
    ``findings_points``, and a table ``findings`` that lists what has no place, too.

    Raises
    ------
    DataError
        If the file is there already, is not named ``.gpkg`` or cannot be written.
    """
    target = check_file(path, SUFFIX, overwrite=overwrite)
    places = gpd.GeoDataFrame(_drawn(survey), columns=[*COLUMNS, "geometry"], crs=survey.crs)
    places = places.astype(dict.fromkeys(COLUMNS, TEXT))
    dimension = shapely.get_dimensions(places.geometry.to_numpy())
    layers = {
        DRAWN[d]: places[dimension == d].reset_index(drop=True) for d in np.unique(dimension)
    } or {DRAWN[2]: places}  # fmt: skip
    rows = [(f.kind, f.topic, f.layer, ", ".join(f.names), f.found, f.what, f.fix)
            for f in survey.findings]  # fmt: skip
    tables = {
        "findings": pd.DataFrame(rows, columns=list(COLUMNS)).astype(TEXT),
        "layer_styles": style_table([_style(name) for name in layers]),
    }
    write_whole(target, partial(write_layers, layers, tables))
    return target


def _drawn(survey: Survey) -> list[tuple[object, ...]]:
    """Return a row for each place: the overlap or gap, or the outline of what is named."""
    rows: list[tuple[object, ...]] = []
    for finding in survey.findings:
        for place in finding.places or _outlines(survey, finding):
            if place.geometry is not None and not shapely.is_empty(place.geometry):
                rows.append(
                    (finding.kind, finding.topic, finding.layer, ", ".join(place.names),
                     place.text, finding.what, finding.fix, place.geometry)
                )  # fmt: skip
    return rows


def _outlines(survey: Survey, finding: Finding) -> Sequence[Place]:
    """Return the outlines of the rows that a finding names, where they are known."""
    frame = survey.layers.get(finding.layer)
    if frame is None or not finding.names:
        return ()
    wanted = set(finding.names)
    names = row_names(LAYERS[finding.layer], frame)
    return [
        Place((name,), shape, "")
        for name, shape in zip(names, frame.geometry, strict=True)
        if name in wanted
    ]


def _style(layer: str) -> tuple[str, str, str]:
    """Return the default style of a layer of findings: errors filled, the others outlined."""
    dimension = next(d for d, name in DRAWN.items() if name == layer)
    rules = (
        Rule(Symbol(f"{RED},150", f"{RED},255", 1.0, size=3.6), "error", "\"kind\" = 'error'"),
        Rule(Symbol(f"{RED},40", f"{RED},255", 0.6, size=2.6), "warning", "ELSE"),
    )
    label = Label('"topic" || \' \' || "text"', 7, 5_000, RED)
    return layer, "findings", style_qml(rules, label, dimension)


# --- repair ----------------------------------------------------------------------------


def repair_source(
    survey: Survey,
    path: str | Path,
    *,
    tolerances: Tolerances = USUAL,
    overwrite: bool = False,
) -> Repair:
    """Write the district of a survey, repaired, to one GeoPackage, and return the account.

    The file holds the canonical layers in the working CRS, and the tables ``changes`` and
    ``totals``. It is written whole or not at all.

    Raises
    ------
    DataError
        If the data cannot be used, or the file cannot be written.
    """
    target = check_file(path, SUFFIX, overwrite=overwrite)
    repair = repair_district(survey, tolerances)
    tables = {"changes": repair.changes, "totals": repair.totals}
    write_whole(target, partial(write_layers, repair.layers, tables))
    return repair
