"""Records of incidents: which unit each belongs to, and nothing else that they tell.

Of a record its day, kind, number of reports and place are kept. Remarks, names and
numbers of persons end here.
"""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridpart.findings import Finding, listed
from gridpart.naming import normalize_name
from gridpart.privacy import veil
from gridpart.schema import LAYERS, TEXT, is_missing
from gridpart.sentences import Sentence
from gridpart.topology import find_containing, find_nearest

__all__ = ["JOINED", "REACH_M", "join_incidents", "keep_canonical"]

REACH_M = 50.0
"""How far from the nearest unit an incident between units may lie; an assumption."""

JOINED = {
    "id": Sentence("by_id"),
    "name": Sentence("by_name"),
    "point": Sentence("by_point"),
    "near": Sentence("by_nearest", reach=f"{REACH_M:.0f}"),
}
"""Ways in which a record meets its unit, the first that does."""

CANONICAL = tuple(column.name for column in LAYERS["incidents"].columns)


def keep_canonical(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return records with what is needed of them alone, and which columns were left out."""
    others = [str(c) for c in frame.columns if c not in (*CANONICAL, "joined", "geometry")]
    frame = frame.drop(columns="joined", errors="ignore")
    if not others:
        return frame, []
    what = Sentence("incident_columns")
    told = Finding("assumption", "incidents", what, tuple(others), listed(others, 20))
    return frame.drop(columns=others), [told]


def join_incidents(
    incidents: gpd.GeoDataFrame, units: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the records with the unit of each, and how many met one and how.

    Parameters
    ----------
    incidents : GeoDataFrame
        ``date``, ``unit_id``, ``kind``, ``count`` and points in meters, any of them missing.
    units : GeoDataFrame
        ``unit_id``, perhaps ``name``, and geometry in the same CRS.

    Returns
    -------
    GeoDataFrame
        With ``unit_id`` of a unit or missing, ``count`` 1 where it was missing, and
        ``joined``: a key of `JOINED`, missing for a record that met no unit.
    list of Finding
        An error if no record met a unit.
    """
    ids = units["unit_id"].to_numpy(object)
    stated = incidents["unit_id"].to_numpy(object)
    row = np.full(len(incidents), -1, dtype=np.int64)
    how = np.full(len(incidents), None, dtype=object)
    for way, found in (
        ("id", _by_name(stated, ids)),
        ("name", _by_name(stated, _names(units), near=True)),
    ):
        new = (row < 0) & (found >= 0)
        row[new], how[new] = found[new], way
    points = incidents.geometry.to_numpy()
    open_rows = np.flatnonzero((row < 0) & incidents.geometry.notna().to_numpy())
    if open_rows.size:
        shapes = units.geometry.to_numpy()
        inside = find_containing(points[open_rows], shapes)
        nearest, distance = find_nearest(points[open_rows], shapes)
        near = (inside < 0) & (distance <= REACH_M)
        row[open_rows] = np.where(inside >= 0, inside, np.where(near, nearest, -1))
        how[open_rows[inside >= 0]] = "point"
        how[open_rows[near]] = "near"
    met = row >= 0
    unit = np.full(len(incidents), None, dtype=object)
    unit[met] = ids[row[met]]
    joined = incidents.assign(
        unit_id=pd.Series(unit, index=incidents.index, dtype=TEXT),
        count=incidents["count"].fillna(1).astype("Int64"),
        joined=pd.Series(how, index=incidents.index, dtype=TEXT),
    )
    return joined, [*_told(how), *_unmet(incidents, met)]


def _names(units: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return what each unit is called."""
    if "name" not in units:
        return np.full(len(units), None, dtype=object)
    names: NDArray[np.object_] = units["name"].to_numpy(object)
    return names


def _by_name(
    stated: NDArray[np.object_], known: NDArray[np.object_], *, near: bool = False
) -> NDArray[np.int64]:
    """Return the only row that bears each name, -1 for none or several."""

    def key(name: object) -> str:
        return "" if is_missing(name) else normalize_name(str(name)) if near else str(name)

    rows: dict[str, int] = {}
    for at, name in enumerate(map(key, known)):
        rows[name] = -1 if name in rows else at
    rows[""] = -1
    return np.array([rows.get(key(name), -1) for name in stated], dtype=np.int64)


def _told(how: Sequence[object] | NDArray[np.object_]) -> list[Finding]:
    """Return how many records met a unit in each way."""
    counts = {way: sum(h == way for h in how) for way in JOINED}
    ways = [Sentence("n_joined", n=n, way=JOINED[way]) for way, n in counts.items() if n]
    total = sum(counts.values())
    what = Sentence("incidents_joined", n=total, total=len(how), ways=ways)
    return [Finding("assumption", "incidents", what)] if total else []


def _unmet(incidents: gpd.GeoDataFrame, met: NDArray[np.bool_]) -> list[Finding]:
    """Return which records met no unit: a warning, or an error if none did."""
    if met.all():
        return []
    lost = incidents[~met]
    placed = lost.geometry.notna().to_numpy()
    reports = int(lost["count"].fillna(1).sum())
    reasons = [
        _reason(unit, is_placed=bool(p)) for unit, p in zip(lost["unit_id"], placed, strict=True)
    ]
    why = {reason: reasons.count(reason) for reason in sorted(set(reasons))}
    shown = listed(
        Sentence("reason_times", reason=reason, n=n) if n > 1 else reason
        for reason, n in why.items()
    )
    told = {"n": len(lost), "total": len(incidents), "reports": reports}
    if met.any():
        what = Sentence("incidents_unmet", **told)
        return [
            Finding("warning", "incidents", what, tuple(map(str, why)), shown, topic="incidents")
        ]
    wanted = f"a unit_id of the units, or a point in a unit or within {REACH_M:.0f} m of one"
    fix = "check unit_id, and the CRS and the datum of the points"
    what = Sentence("incidents_all_unmet", **told)
    return [Finding("error", "incidents", what, tuple(map(str, why)), shown, wanted, fix)]


def _reason(unit: object, *, is_placed: bool) -> str:
    """Return why a record met no unit, without its place."""
    named = (
        Sentence("no_unit_id")
        if is_missing(unit)
        else Sentence("no_such_unit", unit=repr(veil(str(unit))))
    )
    far = Sentence("far_off", reach=f"{REACH_M:.0f}") if is_placed else Sentence("no_point")
    return Sentence("both", parts=[named, far])
