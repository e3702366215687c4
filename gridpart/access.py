"""How far people walk: along the streets, over crossings and never through a barrier.

A place reaches every street within ``REACH_M``, or else the nearest, and the way to it
counts; so does the straight line times a detour to a place as near. Farther off the streets,
and where their pieces do not meet, such a line is assumed to be the walk, and says so.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from gridpart.model import Walk
from gridpart.shape import label_centers
from gridpart.walkways import TINY_M, WALL_M, Streets

__all__ = [
    "Reach",
    "attach",
    "centers_within",
    "meeting_pieces",
    "reach_center",
    "walk_m",
]

REACH_M = 100.0
"""From a place people step out to any street this near; about a block."""
CHUNK = 256
"""Places whose walks are held at once."""
Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Geometries = NDArray[np.object_]


class Reach(NamedTuple):
    """How a group of places is reached."""

    walk_m: Floats
    """Shape (n_places,), meters."""
    place: tuple[float, float]
    """From where."""
    assumed: NDArray[np.bool_]
    """Shape (n_places,): by the straight line times the detour, at least in part."""


# --- places on it -----------------------------------------------------------------------


def attach(streets: Streets, xy: ArrayLike, detour: float) -> Walk:
    """Return places put on a walking network.

    Parameters
    ----------
    streets : Streets
    xy : array_like of float, shape (n_places, 2)
        Meters, in the CRS of the streets.
    detour : float
        What a straight line is multiplied by where no street is known.

    Examples
    --------
    >>> from gridpart.walkways import build_streets
    >>> town = build_streets([shapely.LineString([(0, 0), (100, 0)])])
    >>> walk = attach(town, [[10, 5], [90, -5]], detour=1.3)
    >>> float(walk_m(walk, [0], [1])[0][0, 0])
    90.0
    """
    places = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    owner, edge, is_far = _reached(streets, places)
    points, lines = shapely.points(places[owner]), streets.lines[edge]
    at = shapely.line_locate_point(lines, points)
    off = shapely.distance(lines, points)
    node = streets.ends[edge].ravel()
    rest = shapely.length(lines) - at
    cost = np.maximum(np.column_stack([off + at, off + rest]).ravel(), TINY_M)
    owners = np.repeat(owner, 2)
    order = np.lexsort((cost, node, owners))
    owners, node, cost = owners[order], node[order], cost[order]
    new = np.ones(owners.size, dtype=bool)
    new[1:] = (owners[1:] != owners[:-1]) | (node[1:] != node[:-1])
    counts = np.bincount(owners[new], minlength=len(places))
    snap = np.full(len(places), np.inf)
    np.minimum.at(snap, owner, off)
    return Walk(
        matrix=streets.matrix,
        node_xy=streets.xy,
        xy=places,
        first=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        node=node[new],
        cost=cost[new],
        legs=np.column_stack([owner, edge, at, off]).reshape(-1, 4).astype(np.float64),
        is_far=is_far,
        snap_m=snap,
        detour=detour,
        walls=streets.walls,
    )


def _reached(streets: Streets, places: Floats) -> tuple[Rows, Rows, NDArray[np.bool_]]:
    """Return which places reach which edges, and which places have none near."""
    points = np.asarray(shapely.points(places), dtype=object).reshape(-1)
    is_far = np.ones(len(places), dtype=bool)
    if not streets.lines.size:
        return np.empty(0, np.int64), np.empty(0, np.int64), is_far
    tree = shapely.STRtree(streets.lines)
    owner, edge = tree.query(points, predicate="dwithin", distance=REACH_M)
    is_open = _is_open(streets, points[owner], edge)
    owner, edge = owner[is_open], edge[is_open]
    is_far[owner] = False
    lone = np.flatnonzero(is_far)
    found = [(place, _nearest_open(streets, tree, points[place])) for place in lone]
    more = np.array([(p, e) for p, e in found if e >= 0], dtype=np.int64).reshape(-1, 2)
    return np.concatenate([owner, more[:, 0]]), np.concatenate([edge, more[:, 1]]), is_far


def _is_open(streets: Streets, points: Geometries, edge: Rows) -> NDArray[np.bool_]:
    """Return which ways from a point to an edge meet no barrier.

    Nor may they end where a barrier cuts a street, or the cut would open a short way there.
    """
    if shapely.is_empty(streets.walls):
        return np.ones(len(edge), dtype=bool)
    ways = shapely.shortest_line(points, streets.lines[edge])
    steps = shapely.get_point(ways, -1)
    cut = shapely.distance(streets.walls, steps) <= WALL_M + 0.01
    return ~(np.asarray(shapely.intersects(streets.walls, ways)) | cut)


def _nearest_open(streets: Streets, tree: shapely.STRtree, point: shapely.Geometry) -> int:
    """Return the nearest edge that no barrier keeps from a point, -1 for none."""
    radius = 4 * REACH_M
    most = float(shapely.distance(streets.lines, point).max()) + radius
    while True:
        near = np.sort(tree.query(point, predicate="dwithin", distance=radius))
        if near.size:
            near = near[_is_open(streets, np.full(near.size, point), near)]
        if near.size:
            return int(near[np.argmin(shapely.distance(streets.lines[near], point))])
        if radius > most:
            return -1
        radius *= 4


def meeting_pieces(walk: Walk) -> int:
    """Return in how many pieces the streets are that places reach, pieces that do not meet."""
    if not walk.node.size:
        return 0
    _, piece = connected_components(walk.matrix, directed=False)
    return int(np.unique(piece[walk.node]).size)


# --- walks ------------------------------------------------------------------------------


def walk_m(walk: Walk, sources: ArrayLike, targets: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """Return how far it is from places to places, and where that is assumed.

    Parameters
    ----------
    walk : Walk
    sources, targets : array_like of int, shapes (n,) and (m,)
        Places, by number.

    Returns
    -------
    ndarray of float64, shape (n, m)
        Meters, never less than the straight line, the same both ways.
    ndarray of bool, shape (n, m)
        Where the straight line times the detour stands in for streets.
    """
    one, other = (np.asarray(v, dtype=np.int64).ravel() for v in (sources, targets))
    by_street = _between(walk, one, other, _from_places(walk, one))
    by_street[one[:, None] == other[None, :]] = 0.0
    lone = walk.is_far[one][:, None] | walk.is_far[other][None, :]
    return _assume(walk, by_street, lone, walk.xy[one], walk.xy[other])


def _from_places(walk: Walk, places: Rows) -> Floats:
    """Return the ways by street from places to all nodes, shape (n_places, n_nodes)."""
    n_nodes, n_places = len(walk.node_xy), places.size
    if not n_nodes or not n_places:
        return np.full((n_places, n_nodes), np.inf)
    taken = _entries(walk, places)
    counts = walk.first[places + 1] - walk.first[places]
    indptr = np.concatenate([walk.matrix.indptr, walk.matrix.indptr[-1] + np.cumsum(counts)])
    indices = np.concatenate([walk.matrix.indices, walk.node[taken]])
    data = np.concatenate([walk.matrix.data, walk.cost[taken]])
    size = n_nodes + n_places
    out = csr_array((data, indices, indptr), shape=(size, size))
    # Only ways out of a place are there, so that nobody walks through another's yard.
    found = dijkstra(out, directed=True, indices=np.arange(n_nodes, size))
    return np.asarray(found[:, :n_nodes], dtype=np.float64)


def _entries(walk: Walk, places: Rows) -> Rows:
    """Return where the entries of places stand, place by place."""
    spans = [np.arange(walk.first[p], walk.first[p + 1]) for p in places]
    return np.concatenate(spans) if spans else np.empty(0, np.int64)


def _between(walk: Walk, sources: Rows, targets: Rows, from_sources: Floats) -> Floats:
    """Return the ways by street between places, given those to all nodes."""
    found = np.full((sources.size, targets.size), np.inf)
    counts = walk.first[targets + 1] - walk.first[targets]
    reached = np.flatnonzero(counts)
    if reached.size and sources.size:
        taken = _entries(walk, targets[reached])
        starts = np.concatenate([[0], np.cumsum(counts[reached])[:-1]])
        ways = from_sources[:, walk.node[taken]] + walk.cost[taken]
        found[:, reached] = np.minimum.reduceat(ways, starts, axis=1)
    for a, b, meters in _along_one_street(walk, sources, targets):
        found[a, b] = min(found[a, b], meters)
    return found


def _along_one_street(walk: Walk, sources: Rows, targets: Rows) -> Iterator[tuple[int, int, float]]:
    """Yield the ways between places that reach the same edge, without passing its ends."""
    row = {int(place): i for i, place in enumerate(sources)}
    column = {int(place): i for i, place in enumerate(targets)}
    owner, edge = walk.legs[:, 0].astype(np.int64), walk.legs[:, 1].astype(np.int64)
    ours = np.flatnonzero(np.isin(owner, sources))
    theirs: dict[int, list[int]] = {}
    for leg in np.flatnonzero(np.isin(owner, targets)):
        theirs.setdefault(int(edge[leg]), []).append(int(leg))
    for leg in ours:
        for other in theirs.get(int(edge[leg]), ()):
            along = abs(walk.legs[leg, 2] - walk.legs[other, 2])
            meters = float(along + walk.legs[leg, 3] + walk.legs[other, 3])
            yield row[int(owner[leg])], column[int(owner[other])], meters


def _assume(
    walk: Walk, by_street: Floats, lone: NDArray[np.bool_], one: Floats, other: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the ways with straight lines where streets are far or do not meet.

    Within a block people walk straight from door to door, as from a door to the street.
    """
    straight = np.hypot(*(one[:, None, :] - other[None, :, :]).transpose(2, 0, 1))
    hop = straight <= REACH_M
    straight = straight * walk.detour
    shorter = np.argwhere((lone | hop) & (straight < by_street))
    if len(shorter) and not shapely.is_empty(walk.walls):
        ends = np.stack([one[shorter[:, 0]], other[shorter[:, 1]]], axis=1)
        shorter = shorter[~shapely.intersects(walk.walls, shapely.linestrings(ends))]
    direct = np.zeros(straight.shape, dtype=bool)
    direct[shorter[:, 0], shorter[:, 1]] = True
    assumed = ~np.isfinite(by_street) | direct
    return np.where(assumed, straight, by_street), assumed & ~(direct & hop)


# --- the best center --------------------------------------------------------------------


def reach_center(walk: Walk, places: ArrayLike, weight: ArrayLike) -> Reach:
    """Return the walks of a group of places from the center that is best for them.

    The best is the place of the group, or the node of a street between them, from which
    the farthest is nearest; of equals the one with the least mean walk. Where no street is
    known at all, it is the weighted middle, and walks are straight lines times the detour.

    Parameters
    ----------
    walk : Walk
    places : array_like of int, shape (n,)
    weight : array_like of float, shape (n,)
        Such as households, >= 0.

    Examples
    --------
    >>> from gridpart.walkways import build_streets
    >>> town = build_streets([shapely.LineString([(0, 0), (60, 0), (100, 0)])])
    >>> walk = attach(town, [[0, 0], [45, 0], [100, 0]], detour=1.3)
    >>> reach_center(walk, [0, 1, 2], [1, 1, 1]).walk_m
    array([45.,  0., 55.])
    """
    group = np.asarray(places, dtype=np.int64).ravel()
    load = np.asarray(weight, dtype=np.float64).ravel()
    xy = walk.xy[group]
    if not len(walk.node_xy):
        middle = label_centers(np.zeros(group.size), xy, load)[0]
        straight = np.hypot(*(xy - middle).T) * walk.detour
        return Reach(straight, (float(middle[0]), float(middle[1])), np.ones(group.size, bool))
    low, high = xy.min(axis=0), xy.max(axis=0)
    nodes = np.flatnonzero(((walk.node_xy >= low) & (walk.node_xy <= high)).all(axis=1))
    sites = np.concatenate([xy, walk.node_xy[nodes]])
    far, total = np.zeros(len(sites)), np.zeros(len(sites))
    weights = load if load.sum() > 0 else np.ones(group.size)
    chunks = [slice(at, at + CHUNK) for at in range(0, group.size, CHUNK)]
    for some in chunks:
        ways, guessed = _to_sites(walk, group, some, nodes)
        far = np.maximum(far, ways.max(axis=0))
        total += (ways * weights[some, None]).sum(axis=0)
    best = int(np.lexsort((np.arange(len(sites)), np.round(total, 2), np.round(far, 2)))[0])
    place = float(sites[best, 0]), float(sites[best, 1])
    if len(chunks) == 1:
        return Reach(ways[:, best], place, guessed[:, best])
    parts = [_to_sites(walk, group, some, nodes) for some in chunks]
    meters = np.concatenate([ways[:, best] for ways, _ in parts])
    return Reach(meters, place, np.concatenate([guessed[:, best] for _, guessed in parts]))


def centers_within(walk: Walk, places: ArrayLike, limit_m: float) -> NDArray[np.bool_]:
    """Return which places lie within a walk of which possible centers.

    Parameters
    ----------
    walk : Walk
    places : array_like of int, shape (n,)
    limit_m : float

    Returns
    -------
    ndarray of bool, shape (n, n_centers)
        Centers are the places themselves and then every node of a street.
    """
    group = np.asarray(places, dtype=np.int64).ravel()
    nodes = np.arange(len(walk.node_xy))
    parts = [
        _to_sites(walk, group, slice(at, at + CHUNK), nodes)[0] <= limit_m
        for at in range(0, group.size, CHUNK)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, nodes.size), dtype=bool)


def _to_sites(
    walk: Walk, group: Rows, some: slice, nodes: Rows
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the walks of some places of a group to all of it and to nodes."""
    own = group[some]
    from_own = _from_places(walk, own)
    ways = np.column_stack([_between(walk, own, group, from_own), from_own[:, nodes]])
    ways[np.arange(own.size), np.arange(some.start, some.start + own.size)] = 0.0
    lone = np.repeat(walk.is_far[own][:, None], ways.shape[1], axis=1)
    lone[:, : group.size] |= walk.is_far[group][None, :]
    sites = np.concatenate([walk.xy[group], walk.node_xy[nodes]])
    return _assume(walk, ways, lone, walk.xy[own], sites)
