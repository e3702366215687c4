"""What a grid's row says beyond its sums: the walks inside it, and its four bounds (四至).

The bounds name, for each side, the street along it; else the river, railway or wall; else
the community next to it, or the grid.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridpart.district import District
from gridpart.rules import RuleSet
from gridpart.service import is_unwalked, lay_walk, measure_walks

__all__ = ["bounds_texts", "describe", "walked_layers"]

NEAR_M = 15.0
"""A line this near a side bounds it."""
STEP_M = 5.0
"""Distance of the places on an outline that are asked what lies there."""
OUTSIDE_M = 2.0
"""How far beyond a side its neighbor is looked for."""
ENOUGH = 0.25
"""Share of a side that a street, or else a barrier, has to bound to stand for it."""
SIDES = ("东", "南", "西", "北")
KINDS = {"river": "河道", "railway": "铁路", "expressway": "高速公路", "wall": "围墙"}
NOBODY = "辖区边界"

Layers = Mapping[str, gpd.GeoDataFrame]


def describe(
    layers: Layers, units: gpd.GeoDataFrame, district: District, rules: RuleSet
) -> dict[str, gpd.GeoDataFrame]:
    """Return the grids of every level with the columns of walks and ``bounds_text``."""
    walked = walked_layers(layers, units, district, rules)
    joined = {level.id for level in rules.levels if level.is_joined}
    return {
        name: _with_bounds(table, district, above=name in joined) for name, table in walked.items()
    }


def walked_layers(
    layers: Layers, units: gpd.GeoDataFrame, district: District, rules: RuleSet
) -> dict[str, gpd.GeoDataFrame]:
    """Return the grids of every level with the columns of ``service.WALK_COLUMNS``.

    Levels above the community that have no radius are not walked, and have none of them.

    Parameters
    ----------
    layers : mapping of str to GeoDataFrame
        Level id -> its grids with ``grid_code`` and ``area_type``.
    units : GeoDataFrame
        With ``<level>_code`` for each level.
    district : District
        For streets, barriers, crossings and stations.
    rules : RuleSet
        Says from where, and which detour a straight line stands for.
    """
    walk = lay_walk(
        units, district.streets, district.barriers, district.crossings, district.stations
    )
    measure = "households" if "households" in units else rules.measure
    weight = units[measure].fillna(0).to_numpy(np.float64)
    load = units["workload"].fillna(0).to_numpy(np.float64)
    found = {}
    for name, table in layers.items():
        stated = {
            str(code): next(v for v in rules.levels_for(str(area)) if v.id == name)
            for code, area in zip(table["grid_code"], table["area_type"], strict=True)
        }
        if any(v.id == name and is_unwalked(v) for v in rules.levels):
            found[name] = table.copy()
            continue
        codes = units[f"{name}_code"].fillna("").astype(str).tolist()
        walks, _ = measure_walks(walk, codes, stated, weight, load)
        wider = table.copy()
        for column in walks:
            wider.insert(len(wider.columns) - 1, column, walks[column].to_numpy())
        found[name] = wider
    return found


def _with_bounds(table: gpd.GeoDataFrame, district: District, *, above: bool) -> gpd.GeoDataFrame:
    # Next to a street lies a street, and only inside one a community.
    communities = district.communities.iloc[:0] if above else district.communities
    texts = bounds_texts(table, communities, district.streets, district.barriers)
    wider = table.copy()
    wider.insert(len(wider.columns) - 1, "bounds_text", texts)
    return wider


class _Around(NamedTuple):
    """One thing that may bound a side."""

    shapes: NDArray[np.object_]
    names: Sequence[str]
    within_m: float


def bounds_texts(
    grids: gpd.GeoDataFrame,
    communities: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    barriers: gpd.GeoDataFrame,
) -> list[str]:
    """Return what bounds each grid to the east, south, west and north, in Chinese.

    Parameters
    ----------
    grids : GeoDataFrame
        ``name``, ``community_id`` and the outline, in a projected CRS in meters.
    communities : GeoDataFrame
        ``community_id`` and ``name``.
    streets, barriers : GeoDataFrame
        ``name``, which may be empty, and ``kind`` of barriers.
    """
    named = streets[_texts(streets, "name") != ""]
    walls = np.where(
        _texts(barriers, "name") != "",
        _texts(barriers, "name"),
        [KINDS.get(kind, kind) for kind in _texts(barriers, "kind")],
    )
    around = (
        _Around(named.geometry.to_numpy(), _texts(named, "name").tolist(), NEAR_M),
        _Around(barriers.geometry.to_numpy(), walls.tolist(), NEAR_M),
    )
    neighbors = (
        _Around(communities.geometry.to_numpy(), _texts(communities, "name").tolist(), 0.0),
        _Around(grids.geometry.to_numpy(), _texts(grids, "name").tolist(), 0.0),
    )
    home = dict(zip(communities["community_id"], _texts(communities, "name"), strict=True))
    texts = []
    for row, outline in enumerate(grids.geometry):
        own = {str(grids["name"].iloc[row])}
        mine = {home.get(grids["community_id"].iloc[row], "")}
        sides = [
            _side(places, beyond, (around, neighbors), (mine, own))
            for places, beyond in _sides(outline)
        ]
        texts.append("，".join(f"{s}至{t}" for s, t in zip(SIDES, sides, strict=True)))
    return texts


def _texts(frame: gpd.GeoDataFrame, column: str) -> NDArray[np.object_]:
    """Return a column as texts, "" where there is none."""
    if column not in frame:
        return np.full(len(frame), "", dtype=object)
    return np.asarray(frame[column].fillna("").astype(str).to_numpy(object))


def _sides(outline: shapely.Geometry) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return places on the outer border that face east, south, west and north, and beyond them."""
    ring = shapely.get_exterior_ring(max(shapely.get_parts(outline), key=shapely.area))
    corners = shapely.get_coordinates(shapely.segmentize(ring, STEP_M))
    if not shapely.is_ccw(ring):
        corners = corners[::-1]
    step = np.diff(corners, axis=0)
    length = np.hypot(step[:, 0], step[:, 1])
    step, middle = step[length > 0], ((corners[1:] + corners[:-1]) / 2)[length > 0]
    length = length[length > 0]
    out = np.column_stack([step[:, 1], -step[:, 0]]) / length[:, None]
    facing = np.floor((np.degrees(np.arctan2(out[:, 1], out[:, 0])) + 45) % 360 / 90).astype(int)
    beyond = middle + OUTSIDE_M * out
    east, north, west, south = ((middle[facing == f], beyond[facing == f]) for f in range(4))
    return [east, south, west, north]


def _side(
    places: NDArray[np.float64],
    beyond: NDArray[np.float64],
    layers: tuple[tuple[_Around, ...], tuple[_Around, ...]],
    own: tuple[set[str], set[str]],
) -> str:
    """Return the name of what bounds one side for the most part."""
    for around in layers[0]:
        names = _met(around, places)
        if sum(names.values()) >= ENOUGH * len(places) and names:
            return _most(names)
    for around, self in zip(layers[1], own, strict=True):
        names = Counter({n: c for n, c in _met(around, beyond).items() if n and n not in self})
        if sum(names.values()) >= ENOUGH * len(places) and names:
            return _most(names)
    return NOBODY


def _most(names: Counter[str]) -> str:
    return min(names, key=lambda name: (-names[name], name))


def _met(around: _Around, places: NDArray[np.float64]) -> Counter[str]:
    """Return how often each name is the nearest to a place."""
    if not len(around.shapes) or not len(places):
        return Counter()
    tree = shapely.STRtree(around.shapes)
    points = shapely.points(places)
    if around.within_m:
        _, found = tree.query_nearest(points, max_distance=around.within_m, all_matches=False)
    else:
        _, found = tree.query(points, predicate="intersects")
    return Counter(around.names[at] for at in found)
