"""Where layers lie: repairs, overlaps, and the community of each unit and site.

Everything here stands in the working CRS. Each function returns the findings, and its
table where the check changes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridpart.coverage import is_noise
from gridpart.errors import near_names
from gridpart.findings import Finding, Place, with_places
from gridpart.privacy import veil
from gridpart.schema import LAYERS, MEASURES, TEXT, Layer, refuse_rows, row_names, tell_rows
from gridpart.sentences import Sentence
from gridpart.topology import (
    area_outside,
    area_tolerance,
    find_containing,
    find_nearest,
    find_overlaps,
    inner_points,
    repair_polygons,
    round_coordinates,
)

__all__ = ["check_overlaps", "locate_sites", "locate_units", "repair_layer"]

REACH_M = 20.0
"""How far a unit may lie outside every community and still go to the nearest."""

SITE_SHARE = 0.99
"""Share of an exclusive site's area that one community must hold."""

SLIVER_M2 = 0.05
"""Overlaps up to this come from rounding to 1 mm along a border of 100 m: not told."""

UNITS = LAYERS["units"]
SITES = LAYERS["exclusive"]

Names = NDArray[np.object_]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


def repair_layer(layer: Layer, frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the layer with coordinates rounded to 1 mm and its polygons valid.

    Polygons that no repair keeps within tolerance are left out; each is an error.
    """
    given = frame.geometry.to_numpy()
    areal = np.isin(frame.geom_type, ("Polygon", "MultiPolygon"))
    if not areal.any():
        return _with_geometry(frame, round_coordinates(given)), []
    repairs = repair_polygons(given[areal])
    geometry = round_coordinates(given)
    geometry[areal] = repairs.polygons
    names, change = _names(layer, frame)[areal], repairs.change_m2
    findings = []
    if (mended := repairs.repaired & ~repairs.refused).any():
        deed = Sentence("crossed_themselves")
        changed = (
            Sentence("changed_by", name=names[i], m2=f"{change[i]:.2f}")
            for i in np.flatnonzero(mended)
        )
        told = tell_rows("repair", layer, tuple(names[mended]), len(frame), deed, changed)
        signed = shapely.area(repairs.polygons) - shapely.area(given[areal])
        places = (
            Place((names[i],), repairs.polygons[i], f"{signed[i]:+.2f} m2", float(signed[i]))
            for i in np.flatnonzero(mended)
        )
        findings.append(with_places(told, "ring", places))
    if repairs.refused.any():
        fault = "cross themselves or enclose no area"
        wanted = "outlines that do not cross themselves, or by at most 1 m2 or 1 % of the area"
        remedy = (wanted, "draw these outlines again")
        refused = repairs.refused
        shown = (
            f"{names[i]} (mending would change {change[i]:.0f} m2)" for i in np.flatnonzero(refused)
        )
        told = refuse_rows(layer, tuple(names[refused]), len(frame), fault, remedy, shown)
        drawn = zip(names[refused], given[areal][refused], strict=True)
        findings.append(with_places(told, "ring", (Place((n,), g, "as drawn") for n, g in drawn)))
    kept = np.ones(len(frame), dtype=bool)
    kept[areal] = ~repairs.refused
    return _with_geometry(frame, geometry)[kept].reset_index(drop=True), findings


def _with_geometry(frame: gpd.GeoDataFrame, geometry: Names) -> gpd.GeoDataFrame:
    return frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=frame.crs))


def _names(layer: Layer, frame: gpd.GeoDataFrame) -> Names:
    return np.array(row_names(layer, frame), dtype=object)


def check_overlaps(layer: Layer, frame: gpd.GeoDataFrame) -> list[Finding]:
    """Return which rows of one layer share area, beyond tolerance and within it.

    Points share no area; those at one place are told, as no border can part them.
    """
    pairs = find_overlaps(frame.geometry.to_numpy())
    names = _names(layer, frame)
    places = [
        Place((names[i], names[j]), shape, f"{m2:.2f} m2", float(m2))
        for i, j, m2, shape in zip(*pairs[:3], pairs.shapes, strict=True)
    ]
    both = np.column_stack([pairs.left, pairs.right])
    slight = ~pairs.refused & (pairs.area_m2 > SLIVER_M2) & ~is_noise(pairs.shapes)
    findings = _shared_places(layer, frame, names)
    if pairs.refused.any():
        concerned = tuple(dict.fromkeys(names[both[pairs.refused].ravel()]))
        wanted = "overlaps of at most 1 m2 or 1 % of the smaller one"
        remedy = (wanted, "cut the common area from one of the two, or delete copies")
        fault = "overlap each other"
        drawn, shown = _shown(places, pairs.refused)
        told = refuse_rows(layer, concerned, len(frame), fault, remedy, shown)
        findings.append(with_places(told, "overlap", drawn))
    if slight.any():
        concerned = tuple(dict.fromkeys(names[both[slight].ravel()]))
        deed = Sentence("slight_overlap")
        drawn, shown = _shown(places, slight)
        told = tell_rows("warning", layer, concerned, len(frame), deed, shown)
        findings.append(with_places(told, "overlap", drawn))
    return findings


def _shown(places: Sequence[Place], chosen: Mask) -> tuple[list[Place], list[Sentence]]:
    """Return the overlaps chosen, and how each is printed."""
    drawn = [places[at] for at in np.flatnonzero(chosen).tolist()]
    shown = [
        Sentence("pair_overlaps", one=place.names[0], other=place.names[1], m2=place.text)
        for place in drawn
    ]
    return drawn, shown


def _shared_places(layer: Layer, frame: gpd.GeoDataFrame, names: Names) -> list[Finding]:
    points = (frame.geom_type == "Point").to_numpy()
    shared = frame.geometry[points].to_wkb().duplicated(keep=False).to_numpy()
    if not shared.any():
        return []
    together = tuple(names[points][shared])
    deed = Sentence("points_share")
    return [with_places(tell_rows("warning", layer, together, len(frame), deed), "copy")]


def locate_units(
    units: gpd.GeoDataFrame,
    communities: gpd.GeoDataFrame,
    *,
    outside: Literal["error", "list"] = "error",
    remedy: str = "",
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the units with the community of each, and the findings.

    A stated community holds where the unit lies at most 20 m from it. The others go
    to the community that holds a point inside them, else to the nearest within 20 m.

    Parameters
    ----------
    units, communities : GeoDataFrame
        Canonical layers in the working CRS, valid geometries.
    outside : {"error", "list"}
        Whether units farther out are an error, or are listed and left out.
    remedy : str
        What to do first where units lie far from their community.
    """
    ids, names = communities["community_id"].to_numpy(), _names(UNITS, units)
    geometry, areas = units.geometry.to_numpy(), communities.geometry.to_numpy()
    holding = find_containing(inner_points(geometry), areas)
    by_place, distance = holding.copy(), np.zeros(len(units))
    astray = holding < 0
    by_place[astray], distance[astray] = find_nearest(geometry[astray], areas)
    stated = pd.Index(ids).get_indexer(units["community_id"]).astype(np.int64)
    given = units["community_id"].notna().to_numpy()
    far = distance > REACH_M
    moved = ~given & astray & ~far
    rows = np.where(stated >= 0, stated, by_place)
    known = np.flatnonzero((stated >= 0) & ~far)
    apart = np.zeros(len(units))
    apart[known] = units.geometry.iloc[known].distance(
        communities.geometry.iloc[stated[known]], align=False
    )
    near = ~far & (apart <= REACH_M)
    astray_findings = [
        *_far_units(units, far, names, distance, outside),
        *_misplaced_units(names, ids, stated, apart),
    ]
    findings = [
        *_unknown_communities(units, given & (stated < 0), names, ids),
        *(
            replace(f, fix=f"{remedy}; else {f.fix}") if remedy and f.fix else f
            for f in astray_findings
        ),
        *_stray_units(names, ids, stated, by_place, near),
        *_moved_units(names, ids, by_place, moved),
        *_straddling_units(geometry, areas, rows, names, near & ~moved),
    ]
    located = units.assign(community_id=pd.Series(ids[rows], index=units.index, dtype=TEXT))
    return located[~far].reset_index(drop=True), findings


def _unknown_communities(
    units: gpd.GeoDataFrame, unknown: Mask, names: Names, ids: Names
) -> list[Finding]:
    if not unknown.any():
        return []
    stated = units["community_id"].to_numpy()[unknown]
    shown = (f"{veil(c)!r} (unit {n})" for c, n in zip(stated, names[unknown], strict=True))
    wanted = f"a community_id of the layer 'communities'; {near_names(stated[0], ids)}"
    remedy = (wanted, "correct community_id, or leave it empty to go by location")
    fault = "name a community that does not exist"
    return [refuse_rows(UNITS, tuple(names[unknown]), len(units), fault, remedy, shown)]


def _far_units(
    units: gpd.GeoDataFrame,
    far: Mask,
    names: Names,
    distance: NDArray[np.float64],
    outside: Literal["error", "list"],
) -> list[Finding]:
    if not far.any():
        return []
    concerned = tuple(names[far])
    rows = np.flatnonzero(far).tolist()
    shown = [f"{names[i]} ({distance[i]:.0f} m)" for i in rows]
    drawn = [Place((names[i],), units.geometry.iloc[i], f"{distance[i]:.0f} m off") for i in rows]
    if outside == "list":
        lost = [
            Sentence("checked_sum", total=str(units.loc[far, m].sum()), measure=m)
            for m in MEASURES
            if m in units.columns
        ]
        deed = Sentence("outside_left", lost=lost)
        told = tell_rows("warning", UNITS, concerned, len(units), deed, shown)
        return [with_places(told, "outside", drawn)]
    fault = f"lie more than {REACH_M:.0f} m outside every community"
    wanted = f"every unit inside a community or at most {REACH_M:.0f} m from one"
    fix = "check the CRS of both layers, add the community, or pass outside='list'"
    told = refuse_rows(UNITS, concerned, len(units), fault, (wanted, fix), shown)
    return [with_places(told, "outside", drawn)]


def _misplaced_units(
    names: Names, ids: Names, stated: Rows, apart: NDArray[np.float64]
) -> list[Finding]:
    """Return an error for the units far from the community that they state."""
    if not (wrong := apart > REACH_M).any():
        return []
    shown = (f"{names[i]} ({apart[i]:.0f} m from {ids[stated[i]]})" for i in np.flatnonzero(wrong))
    fault = f"lie more than {REACH_M:.0f} m from the community they state"
    wanted = f"every unit at most {REACH_M:.0f} m from its community"
    remedy = (wanted, "correct community_id, or leave it empty to go by location")
    return [refuse_rows(UNITS, tuple(names[wrong]), len(names), fault, remedy, shown)]


def _stray_units(
    names: Names, ids: Names, stated: Rows, by_place: Rows, near: Mask
) -> list[Finding]:
    """Return a warning for the units just across the border of the community they state."""
    if not (across := near & (stated >= 0) & (stated != by_place)).any():
        return []
    shown = (
        Sentence("states_nearer", name=names[i], stated=ids[stated[i]], nearer=ids[by_place[i]])
        for i in np.flatnonzero(across)
    )
    deed = Sentence("just_outside")
    return [tell_rows("warning", UNITS, tuple(names[across]), len(names), deed, shown)]


def _moved_units(names: Names, ids: Names, by_place: Rows, moved: Mask) -> list[Finding]:
    if not moved.any():
        return []
    shown = (
        Sentence("went_to", name=names[i], community=ids[by_place[i]])
        for i in np.flatnonzero(moved)
    )
    deed = Sentence("went_nearest")
    return [tell_rows("moved", UNITS, tuple(names[moved]), len(names), deed, shown)]


def _straddling_units(
    geometry: Names, areas: Names, rows: Rows, names: Names, near: Mask
) -> list[Finding]:
    """Return a warning for the units with area in another community than their own."""
    outside_m2 = area_outside(geometry, areas, rows)
    wide = near & (outside_m2 > area_tolerance(shapely.area(geometry)))
    if not wide.any():
        return []
    shown = (f"{names[i]} ({outside_m2[i]:.0f} m2)" for i in np.flatnonzero(wide))
    deed = Sentence("reach_out")
    told = tell_rows("warning", UNITS, tuple(names[wide]), len(names), deed, shown)
    places = (
        Place(
            (names[i],), shapely.difference(geometry[i], areas[rows[i]]), f"{outside_m2[i]:.0f} m2"
        )
        for i in np.flatnonzero(wide)
    )
    return [with_places(told, "across", places)]


def locate_sites(
    sites: gpd.GeoDataFrame, communities: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the exclusive sites with the community that holds each, and the findings."""
    if sites.empty:
        return sites, []
    ids, areas = communities["community_id"].to_numpy(), communities.geometry.to_numpy()
    geometry, own = sites.geometry.to_numpy(), sites.geometry.area.to_numpy()
    names, stated = _names(SITES, sites), sites["community_id"].to_numpy()
    share = np.column_stack(
        [1 - area_outside(geometry, areas, np.full(len(sites), c)) / own for c in range(len(ids))]
    )
    best, held = share.argmax(axis=1), share.max(axis=1)
    torn = held < SITE_SHARE
    other = sites["community_id"].notna().to_numpy() & (stated != ids[best]) & ~torn
    findings = [
        *_torn_sites(names, ids, best, held),
        *_stray_sites(names, stated, ids[best], other),
    ]
    located = sites.assign(community_id=pd.Series(ids[best], index=sites.index, dtype=TEXT))
    return located, findings


def _torn_sites(
    names: Names, ids: Names, best: Rows, held: NDArray[np.float64]
) -> Iterable[Finding]:
    torn = np.flatnonzero(held < SITE_SHARE)
    if torn.size:
        shown = (f"{names[i]} ({held[i]:.0%} in {ids[best[i]]})" for i in torn)
        wanted = f"{SITE_SHARE:.0%} of the area of each site in one community"
        remedy = (wanted, "cut the site at the border of the community, with an id for each part")
        fault = "do not lie inside one community"
        yield refuse_rows(SITES, tuple(names[torn]), len(names), fault, remedy, shown)


def _stray_sites(names: Names, stated: Names, holder: Names, other: Mask) -> Iterable[Finding]:
    if other.any():
        shown = (
            f"{names[i]} (states {stated[i]}, lies in {holder[i]})" for i in np.flatnonzero(other)
        )
        wanted = "the community that holds the site, or no community_id"
        remedy = (wanted, "correct community_id, or leave it empty to go by location")
        fault = "lie outside the community they state"
        yield refuse_rows(SITES, tuple(names[other]), len(names), fault, remedy, shown)
