"""A district whose outlines tile their ground, made from one that nearly does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridpart.coverage import USUAL, Tolerances
from gridpart.district import Survey
from gridpart.errors import DataError, name_some
from gridpart.findings import as_error
from gridpart.inspection import ground_of, tiled_blocks
from gridpart.mending import Deed, clip_outsiders, cut_overlaps, fill_gaps
from gridpart.schema import LAYERS, TEXT, row_names

__all__ = ["CHANGES", "Repair", "repair_district"]

ROUNDS = 6
"""What one repair uncovers the next one sees to; two rounds are usual."""

CHANGES = ("layer", "name", "what", "area_before_m2", "area_after_m2", "change_m2")

Geometries = NDArray[np.object_]
Logged = tuple[str, str, Deed]


@dataclass(frozen=True, slots=True, eq=False)
class Repair:
    """The layers of a district after a repair, and the account of it."""

    layers: Mapping[str, gpd.GeoDataFrame]
    """Every layer that has rows, in canonical form; rows as they were."""
    changes: pd.DataFrame
    """One row for each change of an outline: columns `CHANGES`."""
    totals: pd.DataFrame
    """One row a layer: the sum of its areas before and after, and how many outlines changed."""


def repair_district(survey: Survey, tolerances: Tolerances = USUAL) -> Repair:
    """Return the layers with faults of drawing mended, and every change of area.

    Outlines that crossed themselves are mended, overlaps in tolerance cut off the
    larger one, units that tile their community cut at its border, and seams and
    slivers added to the neighbor with the longest border. All else stays as it is.

    Parameters
    ----------
    survey : Survey
        Of usable data: without an error among its findings.
    tolerances : Tolerances
        Up to which width bare ground is a fault of drawing.

    Raises
    ------
    DataError
        If the data cannot be used, which overlaps beyond tolerance are a case of, or if
        a cut would leave less than half of an outline.
    """
    if survey.district is None:
        raise as_error(survey.findings, "the district: nothing is repaired")
    layers = {
        name: frame
        for name in LAYERS
        if len(frame := getattr(survey.district, name))
    }  # fmt: skip
    log: list[Logged] = []
    for name in ("communities", "exclusive"):
        if name in layers:
            mended, deeds = _mended(layers[name], name, None, tolerances)
            layers[name] = mended
            log += deeds
    units, deeds = _mended(layers["units"], "units", (survey, layers["communities"]), tolerances)
    layers["units"] = units
    log += deeds
    before = {name: getattr(survey.district, name) for name in layers}
    return Repair(layers, _changes(survey, log), _totals(survey, before, layers, log))


def _mended(
    frame: gpd.GeoDataFrame,
    name: Literal["communities", "units", "exclusive"],
    inside: tuple[Survey, gpd.GeoDataFrame] | None,
    tolerances: Tolerances,
) -> tuple[gpd.GeoDataFrame, list[Logged]]:
    """Return one layer mended, and what was done; `inside` holds units' communities."""
    shapes = frame.geometry.to_numpy().copy()
    names = row_names(LAYERS[name], frame)
    blocks = []
    if inside is not None:
        survey, communities = inside
        blocks = [b for b in tiled_blocks(survey, communities) if b.tiled]
    deeds: list[Deed] = []
    for _ in range(ROUNDS):
        done: list[Deed] = []
        for block in blocks:
            done += _in_rows(shapes, block.rows, *clip_outsiders(shapes[block.rows], block.area))
        shapes, cuts, refused = cut_overlaps(shapes, tolerances)
        if refused:
            raise _too_little([names[row] for row in refused], len(frame), name)
        done += cuts
        for block in blocks:
            filled = fill_gaps(shapes[block.rows], ground_of(block, shapes), tolerances)
            done += _in_rows(shapes, block.rows, *filled)
        if name == "communities":
            shapes, added = fill_gaps(shapes, None, tolerances)
            done += added
        if not done:
            break
        deeds += done
    geometry = gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs)
    return frame.set_geometry(geometry), [(name, names[deed.row], deed) for deed in deeds]


def _in_rows(
    shapes: Geometries, rows: NDArray[np.int64], mended: Geometries, deeds: Sequence[Deed]
) -> list[Deed]:
    """Put some polygons back among all, and return their deeds under the rows of all."""
    shapes[rows] = mended
    return [deed._replace(row=int(rows[deed.row])) for deed in deeds]


def _too_little(names: Sequence[str], total: int, name: str) -> DataError:
    layer = LAYERS[name]
    return DataError(
        f"{len(names)} of {total} {layer.rows} are covered by half and more by smaller ones.",
        found=name_some(names),
        wanted="overlaps of at most 1 m2 or 1 % that leave most of both outlines",
        fix="delete copies, or draw these outlines again",
    )


def _changes(survey: Survey, log: Sequence[Logged]) -> pd.DataFrame:
    """Return the table of changes: mended rings first, which the reading has done already."""
    rows: list[tuple[str, str, str, float, float]] = []
    for finding in survey.findings:
        if finding.kind == "repair" and finding.topic == "ring":
            for place in finding.places:
                after = float(shapely.area(place.geometry))
                before = after - (place.amount or 0.0)
                rows.append((finding.layer, place.names[0], "ring mended", before, after))
    rows += [(layer, name, d.what, d.before_m2, d.after_m2) for layer, name, d in log]
    columns = list(zip(*rows, strict=True)) or [()] * 5
    table = pd.DataFrame(
        {
            name: pd.Series(values, dtype=TEXT if at < 3 else np.float64)
            for at, (name, values) in enumerate(zip(CHANGES, columns, strict=False))
        }
    )
    return table.assign(change_m2=table["area_after_m2"] - table["area_before_m2"])


def _totals(
    survey: Survey,
    before: Mapping[str, gpd.GeoDataFrame],
    after: Mapping[str, gpd.GeoDataFrame],
    log: Sequence[Logged],
) -> pd.DataFrame:
    """Return the sum of areas of each layer that can change."""
    rings = {
        name: [place for finding in survey.findings for place in finding.places
               if (finding.kind, finding.topic, finding.layer) == ("repair", "ring", name)]
        for name in after
    }  # fmt: skip
    rows = []
    for name in ("communities", "units", "exclusive"):
        if name in after:
            changed = {n for layer, n, _ in log if layer == name}
            changed |= {place.names[0] for place in rings[name]}
            mended = sum(place.amount or 0.0 for place in rings[name])
            drawn = float(before[name].area.sum()) - mended
            rows.append(
                (name, len(after[name]), len(changed), drawn, float(after[name].area.sum()))
            )
    names = ("layer", "rows", "changed", "area_before_m2", "area_after_m2")
    table = pd.DataFrame(rows, columns=list(names)).astype({"layer": TEXT})
    return table.assign(change_m2=table["area_after_m2"] - table["area_before_m2"])
