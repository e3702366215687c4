"""From frames to arrays: geometry ends here.

``build_ground`` turns one community into a ``Ground``; ``level_problem`` takes the
units of one parent and one level out of it; ``contract`` keeps whole what must stay
whole.
"""

from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridpart.cells import build_cells
from gridpart.errors import DataError, name_some
from gridpart.graph import Borders, cut_borders, graph_from_pairs, shared_borders
from gridpart.holes import beside_sites, on_rim
from gridpart.model import Ground, Level, Problem, Radius, Range
from gridpart.stacks import Parts, join_through, read_parts, share_ground

__all__ = ["Surroundings", "build_ground", "contract", "level_problem", "street_share"]

STREET_M = 1.5
"""A border this near a street's line runs along it."""
STREET_COST = 0.25
"""Cost of a meter of border on a street; one off the streets costs 1."""
INSIDE_COST = 3.0
"""Factor on the cost of a border inside a compound or a building."""

BEFORE_RANGE, AFTER_RANGE = 10.0, 0.01
"""What a unit beyond a hard radius, by as much again, counts beside a grid that is out of its
range by a whole mean grid, as the radius goes before the range or after it."""

Geometries = NDArray[np.object_]


class Surroundings(NamedTuple):
    """What lies around and between the units of one community."""

    streets: Geometries
    barriers: Geometries
    crossings: Geometries
    sites: Geometries
    """Exclusive sites, which belong to no cell."""
    inside: NDArray[np.int64]
    """Shape (n_units,): site that holds the unit, -1 for none."""


def build_ground(
    community_id: str,
    region: shapely.Geometry,
    units: gpd.GeoDataFrame,
    load: NDArray[np.float64],
    measures: Sequence[str],
    around: Surroundings,
) -> tuple[Ground, Geometries]:
    """Return one community as arrays, and the cell of each unit.

    Parameters
    ----------
    community_id : str
    region : shapely Polygon or MultiPolygon
        The community less its exclusive sites.
    units : GeoDataFrame
        Units to divide, in order of ``unit_id``, buildings already cut into parts.
    load : ndarray of float64, shape (n_units,)
    measures : sequence of str
        Columns that some level counts.
    around : Surroundings
        Units inside a site have no cell and share the grids of a unit beside it.

    Returns
    -------
    Ground
    ndarray of shapely geometries, shape (n_units,)
        Cells, missing for units inside a site.
    """
    shapes = units.geometry.to_numpy()
    outdoors = np.flatnonzero(around.inside < 0)
    sizes = np.column_stack([units[m].to_numpy(np.float64) for m in measures])
    parts = read_parts(units)
    cells = _grounds(region, units, parts, sizes[:, 0], around)
    polygons = cells[outdoors]
    touching = shared_borders(polygons)
    borders = cut_borders(touching, polygons, around.barriers, around.crossings)
    borders = join_through(borders, parts.of(outdoors))
    cost = borders.lengths * (1 - (1 - STREET_COST) * street_share(borders, around.streets))
    compound = _numbered(units["compound_id"].to_numpy())
    building = _numbered(units["parent_unit_id"].fillna(units["unit_id"]).to_numpy())
    heads, tails = outdoors[borders.heads], outdoors[borders.tails]
    inside = ((compound[heads] == compound[tails]) & (compound[heads] >= 0)) | (
        building[heads] == building[tails]
    )
    cost = cost * np.where(inside, INSIDE_COST, 1.0)
    host = _hosts(shapes, cells, sizes, around)
    guests = np.flatnonzero(host >= 0)
    heads = np.concatenate([heads, guests]).astype(np.int32)
    tails = np.concatenate([tails, host[guests]]).astype(np.int32)
    lengths = np.concatenate([borders.lengths, np.ones(guests.size)])
    cost = np.concatenate([cost, np.ones(guests.size)])
    low, high = np.minimum(heads, tails), np.maximum(heads, tails)
    graph = graph_from_pairs(len(units), low, high, lengths)
    costs = graph_from_pairs(len(units), low, high, cost)
    middle = shapely.centroid(shapes)
    beside = np.column_stack([touching.heads, touching.tails])
    rim = np.zeros(len(units), np.bool_)
    rim[outdoors] = on_rim(polygons, region)
    ground = Ground(
        community_id=community_id,
        unit_ids=tuple(units["unit_id"]),
        graph=graph,
        border_cost=costs.lengths,
        xy=np.round(np.column_stack([shapely.get_x(middle), shapely.get_y(middle)]), 3),
        load=np.ascontiguousarray(load, np.float64),
        measures=tuple(measures),
        sizes=sizes,
        compound=compound,
        building=building,
        stairwell=parts.stairwells(),
        host=host,
        beside=outdoors[np.concatenate([beside, beside_sites(polygons, region)])].astype(np.int32),
        rim=rim,
    )
    return ground, cells


def _grounds(
    region: shapely.Geometry,
    units: gpd.GeoDataFrame,
    parts: Parts,
    size: NDArray[np.float64],
    around: Surroundings,
) -> Geometries:
    """Return the cell of each unit outside sites; units at one place share that of the place."""
    shapes = units.geometry.to_numpy()
    first = np.flatnonzero((around.inside < 0) & (parts.place == np.arange(len(units))))
    cells = np.full(len(units), None, dtype=object)
    cells[first] = build_cells(
        region, shapes[first], streets=around.streets, barriers=around.barriers
    )
    _refuse_groundless(units["unit_id"].to_numpy()[first], cells[first])
    return share_ground(cells, shapes, parts, size)


def street_share(borders: Borders, streets: Geometries) -> NDArray[np.float64]:
    """Return the share of each border that runs along a street, in [0, 1]."""
    share = np.zeros(borders.heads.size)
    drawn = np.flatnonzero(~shapely.is_missing(borders.lines) & (borders.lengths > 0))
    if not streets.size or not drawn.size:
        return share
    tree = shapely.STRtree(streets)
    border, street = tree.query(borders.lines[drawn], predicate="dwithin", distance=STREET_M)
    for at in np.unique(border):
        near = shapely.union_all(shapely.buffer(streets[street[border == at]], STREET_M))
        line = borders.lines[drawn[at]]
        share[drawn[at]] = shapely.length(shapely.intersection(line, near)) / shapely.length(line)
    return np.clip(share, 0.0, 1.0)


def _refuse_groundless(unit_ids: NDArray[np.object_], cells: Geometries) -> None:
    """Refuse units that got no ground because another one covers them."""
    bare = shapely.is_missing(cells) | shapely.is_empty(cells)
    if bare.any():
        raise DataError(
            f"{int(bare.sum())} of {bare.size} units have no ground of their own.",
            found=f"units under or inside another: {name_some(unit_ids[bare])}",
            wanted="footprints that do not cover one another",
            fix="move or merge these units",
        )


def _numbered(names: NDArray[np.object_]) -> NDArray[np.int32]:
    """Return the number of each name in sorted order, -1 for a missing one."""
    known = sorted({name for name in names if isinstance(name, str) and name})
    rank = {name: i for i, name in enumerate(known)}
    return np.array(
        [rank.get(name, -1) if isinstance(name, str) else -1 for name in names], np.int32
    )


def _hosts(
    shapes: Geometries, cells: Geometries, sizes: NDArray[np.float64], around: Surroundings
) -> NDArray[np.int32]:
    """Return the unit beside its site that each unit inside one joins: near, and light."""
    host = np.full(shapes.size, -1, np.int32)
    outdoors = np.flatnonzero(around.inside < 0)
    joined = sizes.copy()
    for unit in np.flatnonzero(around.inside >= 0):
        site = around.sites[around.inside[unit]]
        away = shapely.distance(cells[outdoors], site)
        beside = outdoors[away <= max(0.1, float(away.min()) + 0.1)]
        reach = shapely.distance(shapes[beside], shapes[unit])
        weight = joined[beside].sum(axis=1)
        light = weight <= np.median(weight)
        best = beside[light][np.argmin(reach[light])]
        host[unit] = best
        joined[best] += sizes[unit]
    return host


def level_problem(ground: Ground, level: Level, units: NDArray[np.int64]) -> Problem:
    """Return the problem of dividing `units` (ascending) into grids of `level`.

    The hard ranges bind; at a level without any, the soft ones are aimed at. The graph
    may be in pieces.
    """
    bounds = [bound for bound in level.ranges if bound.hard] or list(level.ranges)
    columns = [ground.measures.index(bound.measure) for bound in bounds]
    graph, keep = ground.graph.part(units)
    reach, breach = _radius(level.radius)
    return Problem(
        graph=graph,
        xy=np.ascontiguousarray(ground.xy[units]),
        load=ground.load[units],
        sizes=np.ascontiguousarray(ground.sizes[units][:, columns]),
        lower=np.array([-np.inf if b.min is None else b.min for b in bounds], np.float64),
        upper=np.array([np.inf if b.max is None else b.max for b in bounds], np.float64),
        aim=_aims(bounds),
        n_grids=None,
        border_cost=ground.border_cost[keep],
        max_radius_m=reach,
        radius_breach=breach,
    )


def _radius(radius: Radius | None) -> tuple[float, float]:
    """Return a radius as the search knows it, in a straight line, and what a breach counts.

    Walks to a station are the same in every plan.
    """
    if radius is None or radius.origin == "station":
        return np.inf, 0.0
    breach = (BEFORE_RANGE if radius.goes_first else AFTER_RANGE) if radius.hard else 0.0
    return radius.max_m / radius.detour, breach


def _aims(bounds: Sequence[Range]) -> NDArray[np.float64]:
    """Return the sum to aim at in each range; where none has one, its only end is aimed at."""
    aims = [bound.aim for bound in bounds]
    if all(aim is None for aim in aims):
        aims = [bound.min if bound.max is None else bound.max for bound in bounds]
    return np.array([np.nan if aim is None else aim for aim in aims], np.float64)


def contract(problem: Problem, groups: NDArray[np.int32]) -> Problem:
    """Return `problem` with every group of units as one unit.

    Parameters
    ----------
    problem : Problem
        Without locks or a start.
    groups : ndarray of int32, shape (n_units,)
        Group of each unit, 0..n_groups-1; each must be contiguous.

    Returns
    -------
    Problem
        A group lies at the load-weighted middle of its units; borders between two
        groups add up, borders inside one vanish.
    """
    n_groups = int(groups.max()) + 1
    mass = np.where(problem.load > 0, problem.load, 1e-9)
    total = np.bincount(groups, mass, n_groups)
    middle = [np.bincount(groups, mass * axis, n_groups) / total for axis in problem.xy.T]
    heads, tails = groups[problem.graph.heads], groups[problem.graph.indices]
    out = heads < tails
    key, inverse = np.unique(
        heads[out].astype(np.int64) * n_groups + tails[out], return_inverse=True
    )
    low, high = (key // n_groups).astype(np.int32), (key % n_groups).astype(np.int32)
    lengths = _summed(inverse, problem.graph.lengths[out], key.size)
    cost = _summed(inverse, problem.border_cost[out], key.size)
    sizes = [_summed(groups, s, n_groups) for s in problem.sizes.T]
    return Problem(
        graph=graph_from_pairs(n_groups, low, high, lengths),
        xy=np.column_stack(middle),
        load=_summed(groups, problem.load, n_groups),
        sizes=np.column_stack(sizes) if sizes else np.zeros((n_groups, 0)),
        lower=problem.lower,
        upper=problem.upper,
        aim=problem.aim,
        n_grids=problem.n_grids,
        border_cost=graph_from_pairs(n_groups, low, high, cost).lengths,
        max_radius_m=problem.max_radius_m,
        radius_breach=problem.radius_breach,
    )


def _summed(
    groups: NDArray[np.integer], values: NDArray[np.float64], n_groups: int
) -> NDArray[np.float64]:
    return np.bincount(groups, weights=values, minlength=n_groups).astype(np.float64)
