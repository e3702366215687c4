"""How far residents walk to their grid's center or station, measured from the plan alone."""

from collections.abc import Iterable, Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridpart.access import attach, reach_center, walk_m
from gridpart.model import Level, Radius, Walk
from gridpart.walkways import NO_FOOT, Streets, build_streets

__all__ = [
    "ON_LINE_M",
    "WALK_COLUMNS",
    "WITHIN_M",
    "is_unwalked",
    "lay_walk",
    "measure_walks",
    "share_on_lines",
    "stands_from",
    "walk_between",
    "walk_of_units",
    "walking_streets",
]

WITHIN_M = (300, 500, 1000)
"""Walks of about 5, 10 and 15 minutes, as in planning norms for neighborhoods."""
WALK_COLUMNS = ("walk_max_m", "walk_mean_m", *(f"within_{m}_m" for m in WITHIN_M), "walk_from",
                "walk_by")  # fmt: skip
"""What a grid's row says of walks."""
ON_LINE_M = 5.0
"""A boundary this near a street or a barrier runs along it."""
EDGE_M = 0.5
"""A boundary this near that of a community is no internal one."""

Geometries = NDArray[np.object_]


def lay_walk(
    units: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame | None = None,
    barriers: gpd.GeoDataFrame | None = None,
    crossings: gpd.GeoDataFrame | None = None,
    stations: gpd.GeoDataFrame | None = None,
) -> Walk:
    """Return the units, and after them the stations, on the walking network.

    Parameters
    ----------
    units : GeoDataFrame
        A unit stands at its centroid.
    streets, barriers, crossings, stations : GeoDataFrame, optional
        In the projected CRS of `units`; streets whose ``class`` is a motorway are left out.
    """
    return walk_between(units, walking_streets(streets, barriers, crossings), stations)


def walking_streets(
    streets: gpd.GeoDataFrame | None,
    barriers: gpd.GeoDataFrame | None,
    crossings: gpd.GeoDataFrame | None,
) -> Streets:
    """Return the walking network of a district; motorways are left out."""
    lines = _shapes(streets)
    if streets is not None and "class" in streets and lines.size:
        lines = lines[~streets["class"].isin(NO_FOOT).to_numpy()]
    return build_streets(lines, _shapes(barriers), _shapes(crossings))


def walk_between(
    units: gpd.GeoDataFrame, streets: Streets, stations: gpd.GeoDataFrame | None = None
) -> Walk:
    """Return the units, and after them the stations, on a walking network."""
    middles = shapely.centroid(np.concatenate([_shapes(units), _shapes(stations)]))
    xy = np.column_stack([shapely.get_x(middles), shapely.get_y(middles)])
    return attach(streets, np.round(xy, 3), Radius(1.0).detour)


def _shapes(frame: gpd.GeoDataFrame | None) -> Geometries:
    if frame is None or frame.empty:
        return np.empty(0, dtype=object)
    return np.asarray(frame.geometry.to_numpy(), dtype=object)


def stands_from(radius: Radius | None, n_stations: int) -> str:
    """Return what walks of a level are measured from: ``station`` or ``center``."""
    wanted = radius is not None and radius.origin == "station"
    return "station" if wanted and n_stations else "center"


def walk_of_units(
    walk: Walk, places: NDArray[np.int64], load: NDArray[np.float64], n_units: int,
    radius: Radius | None,
) -> tuple[NDArray[np.float64], NDArray[np.bool_], str]:  # fmt: skip
    """Return how far each unit of one grid walks, what is assumed of it, and where to.

    Places from `n_units` on are stations. A level without a radius is measured from the
    grid's best center, with the usual detour.
    """
    walk = walk if radius is None else walk._replace(detour=radius.detour)
    stations = np.arange(n_units, len(walk.xy))
    origin = stands_from(radius, stations.size)
    if origin == "center":
        reach = reach_center(walk, places, load)
        return reach.walk_m, reach.assumed, origin
    ways, assumed = walk_m(walk, places, stations)
    nearest = ways.argmin(axis=1)[:, None]
    return (np.take_along_axis(ways, nearest, 1)[:, 0],
            np.take_along_axis(assumed, nearest, 1)[:, 0], origin)  # fmt: skip


def is_unwalked(level: Level) -> bool:
    """Return whether walks play no part: above communities, where no radius asks for them.

    To find the best center of a whole street takes the square of its units.
    """
    return level.is_joined and level.radius is None


def measure_walks(
    walk: Walk,
    codes: Sequence[object],
    levels: Mapping[str, Level],
    weight: NDArray[np.float64],
    load: NDArray[np.float64],
) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Return the walks of every grid of a level, and those of every unit.

    Parameters
    ----------
    walk : Walk
        As `lay_walk` returns it.
    codes : sequence of str, shape (n_units,)
        Grid of each unit; what is no key of `levels` is in none.
    levels : mapping of str to Level
        Grid code -> its level as it stands for its community.
    weight : ndarray of float64, shape (n_units,)
        Households, or what the rules count in their place: for means and shares.
    load : ndarray of float64, shape (n_units,)
        Workload, whose middle a center is where no street is known.

    Returns
    -------
    DataFrame
        By ``grid_code``: ``walk_max_m``; ``walk_mean_m`` and the shares ``within_300_m``,
        ``within_500_m`` and ``within_1000_m``, weighted; ``walk_from`` (``center``,
        ``station``) and ``walk_by`` (``streets``, ``straight``, ``mixed``). A grid without
        units has no walks, and none has where `is_unwalked`.
    ndarray of float64, shape (n_units,)
        Meters, nan for a unit in no grid.
    """
    own = np.array([str(code) for code in codes], dtype=object)
    members = pd.Series(np.arange(own.size)).groupby(own).indices
    each = np.full(own.size, np.nan)
    rows = []
    for code, level in levels.items():
        places = np.asarray(members.get(code, ()), dtype=np.int64)
        if not places.size or is_unwalked(level):
            rows.append((np.nan, np.nan, *[np.nan] * len(WITHIN_M), "center", ""))
            continue
        found, assumed, origin = walk_of_units(walk, places, load[places], own.size, level.radius)
        each[places] = found
        how = "straight" if assumed.all() else "mixed" if assumed.any() else "streets"
        rows.append((found.max(), *shares(found, weight[places]), origin, how))
    index = pd.Index(list(levels), name="grid_code", dtype=object)
    return pd.DataFrame(rows, columns=list(WALK_COLUMNS), index=index), each


def shares(walks: NDArray[np.float64], weight: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the weighted mean of walks, and the share within each of ``WITHIN_M``.

    Nothing where no walk is known.

    Examples
    --------
    >>> shares(np.array([100.0, 400.0]), np.array([3.0, 1.0]))
    (175.0, 0.75, 1.0, 1.0)
    """
    known = np.isfinite(walks)
    if not known.any():
        return ()
    walks, weight = walks[known], weight[known]
    weight = weight if weight.sum() > 0 else np.ones(walks.size)
    mean = float(np.average(walks, weights=weight))
    return mean, *(float(weight[walks <= m].sum() / weight.sum()) for m in WITHIN_M)


def share_on_lines(
    outlines: Iterable[shapely.Geometry],
    communities: Iterable[shapely.Geometry],
    lines: Iterable[shapely.Geometry],
) -> float | None:
    """Return the share of the boundary between grids that runs along streets and barriers.

    Borders of communities, which no plan chooses, don't count. None where grids have no
    other.

    Examples
    --------
    >>> grids = [shapely.box(0, 0, 50, 100), shapely.box(50, 0, 100, 100)]
    >>> street = shapely.LineString([(51, 0), (51, 60)])
    >>> round(share_on_lines(grids, [shapely.box(0, 0, 100, 100)], [street]), 2)
    0.65
    """
    edges = shapely.union_all(shapely.boundary(np.array([*communities, None], dtype=object)[:-1]))
    drawn = shapely.union_all(shapely.boundary(np.array([*outlines, None], dtype=object)[:-1]))
    inner = shapely.difference(drawn, shapely.buffer(edges, EDGE_M))
    if not (length := float(shapely.length(inner))):
        return None
    near = shapely.buffer(np.array([*lines, None], dtype=object)[:-1], ON_LINE_M)
    return float(shapely.length(shapely.intersection(inner, shapely.union_all(near))) / length)
