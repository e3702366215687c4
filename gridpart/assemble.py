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
from gridpart.coding import fields_of, free_codes, last_serial, own_serial
from gridpart.floors import floor_bands, with_floors
from gridpart.hierarchy import Division
from gridpart.model import COMMUNITIES, Level
from gridpart.rules import RuleSet
from gridpart.succession import Heritage, heirs

__all__ = ["GRID_COLUMNS", "Coded", "code_exclusive", "code_grids", "join_shares"]

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
    heritage: Heritage | None = None,
) -> Coded:
    """Return the grids of one community, coded, named and outlined.

    Parameters
    ----------
    community : mapping
        ``community_id``, ``name`` and ``area_type``.
    levels : sequence of Level
        Coarse to fine. A grid above the community is this community's share of it.
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
    heritage : Heritage, optional
        Codes of the plan in force: grids keep those they continue, and new grids get
        serials that were never given.
    """
    unit_codes: dict[str, NDArray[np.object_]] = {}
    tables: dict[str, pd.DataFrame] = {}
    serials: dict[str, dict[str, int]] = {}
    for level in levels:
        labels = division.labels[level.id]
        outlines = _outlines(labels, cells)
        parents = unit_codes[level.nests_in] if level.nests_in else None
        whole = level.is_whole
        if whole and sites.size:
            outlines = np.array([shapely.union_all([*outlines, *sites])], dtype=object)
        first = [int(np.flatnonzero(labels == grid)[0]) for grid in range(outlines.size)]
        parent_codes = [None if parents is None else parents[unit] for unit in first]
        above = [serials.get(str(code), {}) for code in parent_codes]
        given = _codes(level, outlines, above, (community, rules), (labels, heritage))
        floors = {} if units is None else floor_bands(labels, units)
        rows = []
        for grid, outline in enumerate(outlines):
            serial, code = given[grid]
            own = above[grid] | ({} if whole else {level.id: serial})
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
    sites: gpd.GeoDataFrame,
    community: Mapping[str, str],
    rules: RuleSet,
    parent_code: str,
    *,
    kept: Mapping[str, str] | None = None,
    taken: frozenset[str] = frozenset(),
) -> pd.DataFrame:
    """Return the exclusive grids of one community, numbered in the block set aside for them.

    Sites in `kept` (site to code) keep their code; others get one that is not in `taken`.
    """
    kept = {} if kept is None else kept
    middle = shapely.centroid(sites.geometry.to_numpy())
    order = serial_order(np.column_stack([shapely.get_x(middle), shapely.get_y(middle)]))
    parent = rules.codes.templates.get("exclusive", "{community_id}{general:3}")
    ids = [str(sites["exclusive_id"].iloc[int(at)]) for at in order]

    def write(serial: int) -> str:
        fields = fields_of(community, {level.id: serial for level in rules.levels})
        return format_code(parent, fields)

    new = free_codes(
        write, n=sum(site not in kept for site in ids), taken=taken.union(kept.values()),
        first=rules.codes.exclusive_from + 1, what=f"exclusive grids of {community['name']}",
    )  # fmt: skip
    fresh = iter(new)
    rows = []
    for site_id, at in zip(ids, order, strict=True):
        site = sites.iloc[int(at)]
        pattern = rules.names.get("exclusive", "{name}")
        rows.append(
            {
                "grid_code": kept[site_id] if site_id in kept else next(fresh)[1],
                "level": "exclusive",
                "name": pattern.format(name=site["name"], kind=site["kind"], **_called(community)),
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


def join_shares(tables: Sequence[pd.DataFrame], communities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return grids above communities, each put together from its share of every community.

    They lie in no community, are rural where all of their communities are, and have the
    column ``communities``, how many these are. Their outline is that of the communities, whose
    borders meet more exactly than those of grids drawn on either side.
    """
    ground = communities.set_index("community_id").geometry
    rows = []
    for _, own in pd.concat(tables, ignore_index=True).groupby("grid_code", sort=True):
        outline = shapely.union_all(ground.loc[own["community_id"]].to_numpy())
        rural = bool((own["area_type"] == "rural").all())
        rows.append(
            {
                **own.iloc[0].to_dict(),
                "community_id": "",
                "area_type": "rural" if rural else "urban",
                COMMUNITIES: len(own),
                "geometry": outline,
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


def _codes(
    level: Level,
    outlines: Geometries,
    above: Sequence[Mapping[str, int]],
    place: tuple[Mapping[str, str], RuleSet],
    plan: tuple[NDArray[np.int32], Heritage | None],
) -> list[tuple[int, str]]:
    """Return serial and code of every grid: the one it continues, or one never given.

    New grids are numbered among those of the same parent, from 1, where serials are free.
    """
    (community, rules), (labels, heritage) = place, plan
    template = rules.codes.templates[level.id]
    if level.is_whole:
        return [(0, format_code(template, fields_of(community, own))) for own in above]

    def serial_in(grid: int, code: str) -> int | None:
        own = own_serial(template, code, level.id, community, above[grid])
        return own if own is not None and own <= last_serial(rules.codes, level.id) else None

    taken: frozenset[str] = frozenset()
    given: dict[int, tuple[int, str]] = {}
    if heritage is not None and level.id in heritage.codes:
        kept = heirs(
            labels, heritage.codes[level.id], heritage.weight,
            lambda grid, code: serial_in(grid, code) is not None,
        )  # fmt: skip
        given = {grid: (serial_in(grid, code) or 0, code) for grid, code in kept.items()}
        taken = heritage.taken
    taken |= {code for _, code in given.values()}
    middle = shapely.centroid(outlines)
    xy = np.round(np.column_stack([shapely.get_x(middle), shapely.get_y(middle)]), 3)
    parents = np.array([str(sorted(own.items())) for own in above])
    for parent in np.unique(parents):
        own = np.array([g for g in np.flatnonzero(parents == parent) if g not in given], np.int64)
        up = above[int(np.flatnonzero(parents == parent)[0])]

        def write(serial: int, up: Mapping[str, int] = up) -> str:
            return format_code(template, fields_of(community, {**up, level.id: serial}))

        new = free_codes(
            write,
            n=own.size, taken=taken, last=last_serial(rules.codes, level.id),
            what=f"{level.id} grids of {community['name']}",
        )  # fmt: skip
        given |= dict(zip(own[serial_order(xy[own])].tolist(), new, strict=True))
    return [given[grid] for grid in range(outlines.size)]


def _name(
    rules: RuleSet, level: str, community: Mapping[str, str], serials: Mapping[str, int]
) -> str:
    """Return a grid's name by the rule set's pattern."""
    return rules.names[level].format(**_called(community), **serials)


def _called(community: Mapping[str, str]) -> dict[str, str]:
    """Return what a pattern of names may say of where a grid lies."""
    return {
        "community": community["name"],
        "community_id": community["community_id"],
        "street": community.get("street_name", ""),
        "street_id": community.get("street_id", ""),
        "district": community.get("district", ""),
    }
