"""Exclusive sites made of units by the rules, and large ones split, before anything is divided.

Sites of the layer ``exclusive`` stay as they are drawn. Parts of a site are sites of their
own from here on: they have ids such as ``E02-1``, ground of their own, and counts that add
up to the site's.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridpart.cells import build_cells
from gridpart.district import District
from gridpart.errors import DataError, name_some, near_names
from gridpart.model import Note
from gridpart.parts import share_by_floors
from gridpart.rules import RuleSet, SiteRule, SplitRule
from gridpart.schema import TEXT, is_missing
from gridpart.sentences import Sentence, span
from gridpart.slices import long_axis, slice_shape
from gridpart.topology import find_containing, find_overlaps, inner_points

__all__ = ["carve_sites", "require_site_columns"]

COUNTED = ("firms", "workers")
"""What a site may state of itself."""

Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a site on its way."""

    shape: shapely.Geometry
    counts: dict[str, int]
    nonplanar: bool = False
    """Whether its ground stands for floors or shares of one building."""
    floors: str = ""


def require_site_columns(district: District, rules: RuleSet) -> None:
    """Refuse a district without the columns that the rules make sites by, before any search.

    Raises
    ------
    DataError
        Naming the columns.
    """
    columns = [str(c) for c in district.units.columns]
    wanted = {
        column: f"exclusive, from ({rule.kind})"
        for rule in rules.site_rules
        for column, least in (
            ("firms", rule.min_firms),
            ("workers", rule.min_workers),
            ("kind", 1 if rule.kinds else None),
        )
        if least is not None
    }
    missing = [column for column in wanted if column not in columns]
    if missing:
        raise DataError(
            f"The units have no column {', '.join(map(repr, missing))}, by which exclusive sites "
            "are made.",
            found="; ".join(f"{c}, {wanted[c]}: {near_names(c, columns)}" for c in missing),
            wanted="the columns named in the table exclusive of the rule set",
            fix="add or rename the column, or draw the sites into the layer exclusive",
        )


def carve_sites(district: District, rules: RuleSet) -> tuple[District, tuple[Note, ...]]:
    """Return the district with the sites that the rules make of its units, large ones split.

    Carving once more changes nothing.

    Parameters
    ----------
    district : District
    rules : RuleSet

    Returns
    -------
    District
        Whose layer ``exclusive`` has the new sites, and the columns ``nonplanar`` and
        ``floor_bands`` where sites were split.
    tuple of Note
        What became a site, what was split, and what could not be judged or split.

    Raises
    ------
    DataError
        If a unit that would be a site overlaps another site.
    """
    require_site_columns(district, rules)
    sites = district.exclusive
    notes: list[Note] = []
    if rules.site_rules:
        sites, notes = _with_units(district, rules.site_rules)
    if rules.split_rule is not None and len(sites):
        sites, told = _split(replace(district, exclusive=sites), rules.split_rule)
        notes += told
    return replace(district, exclusive=sites), tuple(notes)


# --- units that become sites --------------------------------------------------------------


def _with_units(
    district: District, site_rules: Sequence[SiteRule]
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Return the sites with those made of units, and which they are."""
    units, sites = district.units, district.exclusive
    free = find_containing(inner_points(units.geometry.to_numpy()), sites.geometry.to_numpy()) < 0
    kinds = np.full(len(units), "", dtype=object)
    notes = []
    for rule in site_rules:
        meets, unknown = _meets(units, rule)
        chosen = free & meets & (kinds == "")
        kinds[chosen] = rule.kind
        names = units.loc[chosen, "unit_id"].astype(str).tolist()
        if names:
            text = Sentence(
                "became_sites", n=len(names), kind=rule.kind, clause=rule.clause, units=names
            )
            notes.append(Note("exclusive", text, tuple(names)))
        if (doubt := free & unknown).any():
            doubtful = units.loc[doubt, "unit_id"].astype(str).tolist()
            text = Sentence("sites_unknown", n=len(doubtful), kind=rule.kind, units=doubtful)
            notes.append(Note("warning", text, tuple(doubtful)))
    chosen = np.asarray(kinds != "", dtype=bool)
    flat = chosen & (shapely.area(units.geometry.to_numpy()) == 0)
    if flat.any():
        names = units.loc[flat, "unit_id"].astype(str).tolist()
        text = Sentence("points_no_sites", n=len(names), units=names)
        notes.append(Note("warning", text, tuple(names)))
    chosen &= ~flat
    if not chosen.any():
        return sites, notes
    made = _as_sites(district, units[chosen], kinds[chosen])
    _refuse_overlaps(sites, made)
    joined = gpd.GeoDataFrame(pd.concat([sites, made], ignore_index=True), crs=district.crs)
    return joined.sort_values("exclusive_id", kind="stable", ignore_index=True), notes


def _meets(units: gpd.GeoDataFrame, rule: SiteRule) -> tuple[Flags, Flags]:
    """Return which units meet a rule, and of which it is not known."""
    meets = np.ones(len(units), dtype=bool)
    unknown = np.zeros(len(units), dtype=bool)
    if rule.kinds:
        meets &= units["kind"].isin(rule.kinds).to_numpy()
    for column, least in (("firms", rule.min_firms), ("workers", rule.min_workers)):
        if least is not None:
            meets &= (units[column].fillna(0) >= least).to_numpy(dtype=bool)
    if rule.min_floor_area_m2 is not None:
        area = _floor_area_m2(units)
        unknown = meets & np.isnan(area)
        meets &= np.nan_to_num(area) >= rule.min_floor_area_m2
    return meets, unknown


def _floor_area_m2(units: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the floor area of each unit, nan where it is not known."""
    area = np.full(len(units), np.nan)
    if "floors" in units:
        area = shapely.area(units.geometry.to_numpy()) * _numbers(units["floors"])
    if "floor_area_m2" in units:
        stated = _numbers(units["floor_area_m2"])
        area = np.where(np.isnan(stated), area, stated)
    return area


def _numbers(column: "pd.Series[Any]") -> NDArray[np.float64]:
    """Return a column as floats, nan where there is no number."""
    numbers: NDArray[np.float64] = pd.to_numeric(column, errors="coerce").to_numpy(
        np.float64, na_value=np.nan
    )
    return numbers


def _as_sites(
    district: District, units: gpd.GeoDataFrame, kinds: NDArray[np.object_]
) -> gpd.GeoDataFrame:
    """Return units as sites, cut to their community; firms and workers stay the units'."""
    ground = district.communities.set_index("community_id").geometry
    areas = ground.reindex(units["community_id"]).to_numpy()
    ids = units["unit_id"].astype(str)
    taken = set(district.exclusive["exclusive_id"].astype(str))
    names = units.get("name", ids)
    frame = gpd.GeoDataFrame(
        {
            "exclusive_id": [f"{name}-site" if name in taken else name for name in ids],
            "community_id": units["community_id"].to_numpy(object),
            "kind": kinds,
            "name": [i if is_missing(n) else str(n) for i, n in zip(ids, names, strict=True)],
        },
        geometry=shapely.intersection(units.geometry.to_numpy(), areas),
        crs=district.crs,
    )
    texts = ["exclusive_id", "community_id", "kind", "name"]
    frame[texts] = frame[texts].astype(TEXT)
    for measure in COUNTED:
        frame[measure] = pd.array([pd.NA] * len(frame), dtype="Int64")
    return frame


def _refuse_overlaps(sites: gpd.GeoDataFrame, made: gpd.GeoDataFrame) -> None:
    """Refuse units that would be sites and share ground with a site that was drawn."""
    names = [*sites["exclusive_id"], *made["exclusive_id"]]
    pairs = find_overlaps(np.concatenate([sites.geometry.to_numpy(), made.geometry.to_numpy()]))
    bad = pairs.refused & (pairs.left < len(sites)) & (pairs.right >= len(sites))
    if bad.any():
        shown = (
            f"unit {names[right]} with site {names[left]} ({area:.0f} m2)"
            for left, right, area in zip(
                pairs.left[bad], pairs.right[bad], pairs.area_m2[bad], strict=True
            )
        )
        raise DataError(
            f"{bad.sum()} units that would be exclusive sites overlap a site of the layer.",
            found=name_some(shown),
            wanted="sites without common ground",
            fix="draw the site around the whole unit, or beside it",
        )


# --- sites that are split -----------------------------------------------------------------


def _split(district: District, rule: SplitRule) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Return the sites with large ones in parts, and what was done."""
    sites, units = district.exclusive, district.units
    held = find_containing(inner_points(units.geometry.to_numpy()), sites.geometry.to_numpy())
    tables, notes = [], []
    for row in range(len(sites)):
        site, inside = sites.iloc[[row]], units[held == row]
        counts = {m: _stated(site, inside, m) for m in COUNTED}
        if rule.n_grids(counts[rule.measure]) == 1:
            tables.append(site)
            continue
        parts, told = _parts(site.geometry.iloc[0], inside, counts, rule)
        tables.append(_rows(site, parts) if len(parts) > 1 else site)
        notes.append(_split_note(site, parts, counts[rule.measure], rule, told))
    joined = pd.concat(tables, ignore_index=True)
    if "nonplanar" in joined:
        joined["nonplanar"] = joined["nonplanar"].astype("boolean").fillna(value=False).astype(bool)
        joined["floor_bands"] = joined["floor_bands"].fillna("").astype(TEXT)
    frame = gpd.GeoDataFrame(joined, geometry="geometry", crs=district.crs)
    return frame.sort_values("exclusive_id", kind="stable", ignore_index=True), notes


def _stated(site: gpd.GeoDataFrame, inside: gpd.GeoDataFrame, measure: str) -> int:
    """Return what a site counts: its own number, or else that of the units inside."""
    if measure in site and not is_missing(own := site[measure].iloc[0]):
        return int(own)
    return int(inside[measure].fillna(0).sum()) if measure in inside else 0


def _parts(
    shape: shapely.Geometry, inside: gpd.GeoDataFrame, counts: dict[str, int], rule: SplitRule
) -> tuple[list[Part], list[str]]:
    """Return the parts of a site that holds too much, and what kept any from being smaller."""
    parts, kept = [], []
    for ground, members, own in _by_building(shape, inside, counts, rule):
        found, why = [Part(ground, own)], ""
        if rule.n_grids(own[rule.measure]) > 1:
            if rule.by == "floor":
                found, why = _by_floor(ground, members, own, rule)
            elif rule.by == "firms":
                found = _slices(ground, own, [1] * rule.n_grids(own[rule.measure]))
            else:
                why = Sentence("one_building")
        parts += found
        kept += [why] if why else []
    return parts, kept


def _by_building(
    shape: shapely.Geometry, inside: gpd.GeoDataFrame, counts: dict[str, int], rule: SplitRule
) -> Iterator[tuple[shapely.Geometry, gpd.GeoDataFrame, dict[str, int]]]:
    """Yield groups of buildings that fit, one after the other along the site.

    Where the buildings inside don't say what they hold, the site counts as one.
    """
    held = inside[rule.measure].fillna(0).to_numpy(np.int64) if rule.measure in inside else []
    if len(inside) < 2 or not np.sum(held):
        yield shape, inside, counts
        return
    middles = shapely.centroid(inside.geometry.to_numpy())
    xy = np.column_stack([shapely.get_x(middles), shapely.get_y(middles)])
    order = np.argsort(np.round(xy @ long_axis(shape), 3), kind="stable")
    inside, own = inside.iloc[order], share_by_floors(counts[rule.measure], held[order])
    groups: list[list[int]] = [[]]
    for place, count in enumerate(own.tolist()):
        before = int(own[groups[-1]].sum()) if groups[-1] else 0
        if before and count and rule.n_grids(before + count) > 1:
            groups.append([])
        groups[-1].append(place)
    cells = build_cells(shape, inside.geometry.to_numpy())
    sums = np.array([own[group].sum() for group in groups])
    shared = {m: share_by_floors(n, sums) for m, n in counts.items()} | {rule.measure: sums}
    for place, group in enumerate(groups):
        ground = shapely.coverage_union_all(cells[group])
        yield ground, inside.iloc[group], {m: int(n[place]) for m, n in shared.items()}


def _by_floor(
    ground: shapely.Geometry, members: gpd.GeoDataFrame, counts: dict[str, int], rule: SplitRule
) -> tuple[list[Part], str]:
    """Return bands of whole floors, as few and as even as can be, or why there are none."""
    floors = members["floors"].dropna() if "floors" in members else pd.Series(dtype=float)
    if floors.empty:
        return [Part(ground, counts)], Sentence("floors_unknown")
    top = int(floors.max())
    most = math.inf if rule.max is None else rule.max
    n_bands = min(rule.n_grids(counts[rule.measure]), top)
    while n_bands < top and max(_bands(counts[rule.measure], top, n_bands)[1]) > most:
        n_bands += 1
    sizes, shares = _bands(counts[rule.measure], top, n_bands)
    parts = _slices(ground, counts, sizes.tolist())
    ends = np.cumsum(sizes)
    named = [
        replace(part, floors=f"{end - size + 1}–{end}层" if size > 1 else f"{end}层")
        for part, size, end in zip(parts, sizes.tolist(), ends.tolist(), strict=True)
    ]
    return named, Sentence("floor_holds_more") if max(shares) > most else ""


def _bands(total: int, top: int, n_bands: int) -> tuple[Counts, Counts]:
    """Return the floors of each band, and what each holds."""
    sizes = np.diff(np.rint(np.linspace(0, top, n_bands + 1))).astype(np.int64)
    return sizes, share_by_floors(total, sizes)


def _slices(ground: shapely.Geometry, counts: dict[str, int], weights: Sequence[int]) -> list[Part]:
    """Return parts whose ground stands for floors or shares, in proportion to `weights`."""
    shared = {m: share_by_floors(n, weights) for m, n in counts.items()}
    shapes = slice_shape(ground, [float(w) for w in weights])
    return [
        Part(shape, {m: int(n[k]) for m, n in shared.items()}, nonplanar=True)
        for k, shape in enumerate(shapes)
    ]


def _rows(site: gpd.GeoDataFrame, parts: Sequence[Part]) -> gpd.GeoDataFrame:
    """Return a site as the rows of its parts."""
    rows = site.loc[site.index.repeat(len(parts))].reset_index(drop=True)
    width, name = len(str(len(parts))), str(site["name"].iloc[0])
    marks = [part.floors or f"（{k}/{len(parts)}）" for k, part in enumerate(parts, 1)]
    rows["exclusive_id"] = [
        f"{site['exclusive_id'].iloc[0]}-{k:0{width}d}" for k in range(1, len(parts) + 1)
    ]
    rows["name"] = [f"{name}{mark}" for mark in marks]
    for measure in COUNTED:
        rows[measure] = pd.array([part.counts[measure] for part in parts], dtype="Int64")
    rows["nonplanar"] = [part.nonplanar for part in parts]
    rows["floor_bands"] = [part.floors for part in parts]
    rows[["exclusive_id", "name", "floor_bands"]] = rows[
        ["exclusive_id", "name", "floor_bands"]
    ].astype(TEXT)
    return rows.set_geometry(gpd.GeoSeries([part.shape for part in parts], crs=site.crs))


def _split_note(
    site: gpd.GeoDataFrame, parts: Sequence[Part], count: int, rule: SplitRule, kept: Sequence[str]
) -> Note:
    """Return what became of a site that holds too much."""
    name = str(site["exclusive_id"].iloc[0])
    told = {"name": name, "held": (count, rule.measure), "clause": rule.clause}
    if len(parts) == 1:
        return Note("warning", Sentence("site_stays", **told, why=kept), (name,))
    assumed = ""
    if any(part.floors for part in parts if part.nonplanar):
        assumed = Sentence("site_floors_even")
    elif any(part.nonplanar for part in parts):
        assumed = Sentence("site_shares_even", measure=rule.measure)
    text = Sentence(
        "site_split",
        **told,
        n=len(parts),
        sizes=span([part.counts[rule.measure] for part in parts]),
        assumed=assumed,
        kept=Sentence("site_too_large", why=list(dict.fromkeys(kept))) if kept else "",
    )
    return Note("exclusive", text, (name,))
