"""From labels to coded grids: numbering, naming and drawing them.

Serials run west to east in rows from north to south inside the parent, so that
codes follow from where grids lie and not from the order in which they were found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridpart.codes import format_code, serial_order
from gridpart.floors import floor_bands, with_floors
from gridpart.hierarchy import Division
from gridpart.model import Level
from gridpart.rules import RuleSet

__all__ = ["GRID_COLUMNS", "Coded", "code_exclusive", "code_grids"]

GRID_COLUMNS = (
    "grid_code", "level", "name", "parent_code", "community_id", "area_type", "nonplanar",
    "floor_bands", "geometry",
)  # fmt: skip
"""What every grid has before it is measured."""

Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Coded:
    """The grids of one community with their codes."""

    unit_codes: Mapping[str, NDArray[np.object_]]
    """Level id -> code of each unit's grid, shape (n_units,)."""
    grids: Mapping[str, pd.DataFrame]
    """Level id -> a row of `GRID_COLUMNS` for each grid."""


def code_grids(
    community: Mapping[str, str],
    levels: Sequence[Level],
    rules: RuleSet,
    division: Division,
    cells: Geometries,
    sites: Geometries,
    *,
    units: gpd.GeoDataFrame | None = None,
) -> Coded:
    """Return the grids of one community, coded, named and outlined.

    Parameters
    ----------
    community : mapping
        ``community_id``, ``name`` and ``area_type``.
    levels : sequence of Level
        Coarse to fine.
    rules : RuleSet
        Templates and name patterns.
    division : Division
        Labels of every level.
    cells : ndarray of shapely geometries, shape (n_units,)
        Ground of each unit, missing for units inside a site.
    sites : ndarray of shapely geometries
        Exclusive sites, which only a grid made of the whole community includes.
    units : GeoDataFrame, optional
        With the columns of parts; a grid that shares a stairwell with another has the
        floors in its name.
    """
    unit_codes: dict[str, NDArray[np.object_]] = {}
    tables: dict[str, pd.DataFrame] = {}
    serials: dict[str, dict[str, int]] = {}
    for level in levels:
        labels = division.labels[level.id]
        outlines = _outlines(labels, cells)
        parents = unit_codes[level.nests_in] if level.nests_in else None
        whole = level.made_of in ("district", "community")
        if whole and sites.size:
            outlines = np.array([shapely.union_all([*outlines, *sites])], dtype=object)
        first = [int(np.flatnonzero(labels == grid)[0]) for grid in range(outlines.size)]
        parent_codes = [None if parents is None else parents[unit] for unit in first]
        numbers = _serials(outlines, parent_codes)
        floors = {} if units is None else floor_bands(labels, units)
        rows = []
        for grid, outline in enumerate(outlines):
            own = dict(serials.get(str(parent_codes[grid]), {}))
            if not whole:
                own[level.id] = numbers[grid]
            code = format_code(rules.codes.templates[level.id], _fields(community, own))
            serials[code] = own
            name, bands = with_floors(_name(rules, level.id, community, own), floors.get(grid))
            rows.append(
                {
                    "grid_code": code,
                    "level": level.id,
                    "name": name,
                    "parent_code": parent_codes[grid] or "",
                    "community_id": community["community_id"],
                    "area_type": community["area_type"],
                    "nonplanar": grid in floors,
                    "floor_bands": bands,
                    "geometry": outline,
                }
            )
        table = pd.DataFrame(rows)
        unit_codes[level.id] = table["grid_code"].to_numpy(object)[labels]
        tables[level.id] = table.sort_values("grid_code", ignore_index=True)
    return Coded(unit_codes, tables)


def code_exclusive(
    sites: gpd.GeoDataFrame, community: Mapping[str, str], rules: RuleSet, parent_code: str
) -> pd.DataFrame:
    """Return the exclusive grids of one community, numbered in the block set aside for them."""
    middle = shapely.centroid(sites.geometry.to_numpy())
    order = serial_order(np.column_stack([shapely.get_x(middle), shapely.get_y(middle)]))
    parent = rules.codes.templates.get("exclusive", "{community_id}{general:3}")
    rows = []
    for rank, at in enumerate(order):
        site = sites.iloc[int(at)]
        serial = rules.codes.exclusive_from + rank + 1
        fields = _fields(community, {level.id: serial for level in rules.levels})
        pattern = rules.names.get("exclusive", "{name}")
        rows.append(
            {
                "grid_code": format_code(parent, fields),
                "level": "exclusive",
                "name": pattern.format(name=site["name"], community=community["name"]),
                "parent_code": parent_code,
                "community_id": community["community_id"],
                "area_type": community["area_type"],
                "nonplanar": bool(site.get("nonplanar", False)),
                "floor_bands": site.get("floor_bands", ""),
                "exclusive_id": site["exclusive_id"],
                "kind": site["kind"],
                "geometry": site.geometry,
            }
        )
    return pd.DataFrame(rows)


def _outlines(labels: NDArray[np.int32], cells: Geometries) -> Geometries:
    """Return the dissolved cells of every grid."""
    outlines = np.empty(int(labels.max()) + 1, dtype=object)
    drawn = ~shapely.is_missing(cells)
    for grid in range(outlines.size):
        outlines[grid] = shapely.coverage_union_all(cells[drawn & (labels == grid)])
    return outlines


def _serials(outlines: Geometries, parent_codes: Sequence[str | None]) -> NDArray[np.int64]:
    """Return the serial of every grid among those of the same parent, from 1."""
    middle = shapely.centroid(outlines)
    xy = np.round(np.column_stack([shapely.get_x(middle), shapely.get_y(middle)]), 3)
    codes = np.array([str(code) for code in parent_codes])
    serials = np.zeros(outlines.size, np.int64)
    for parent in np.unique(codes):
        own = np.flatnonzero(codes == parent)
        serials[own[serial_order(xy[own])]] = np.arange(1, own.size + 1)
    return serials


def _fields(community: Mapping[str, str], serials: Mapping[str, int]) -> dict[str, object]:
    """Return what a template may name: the community's code, its parts, and the serials."""
    code = community["community_id"]
    fields: dict[str, object] = {"community_id": code, **serials}
    if len(code) == 12 and code.isdigit():
        fields |= {"county": int(code[:6]), "street": int(code[6:9]), "community": int(code[9:])}
    return fields


def _name(
    rules: RuleSet, level: str, community: Mapping[str, str], serials: Mapping[str, int]
) -> str:
    """Return a grid's name by the rule set's pattern."""
    return rules.names[level].format(community=community["name"], **serials)
