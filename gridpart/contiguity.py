"""Whether each grid is in one piece on the map, without any graph of units.

A grid's outline less the barriers falls into parts. Parts that hold none of its units
do not count. A unit that lies on both sides, a crossing, an exclusive site with residents
of the grid, or a building in which the grid has floors joins parts; what is still apart
breaks the rule, unless the community itself lies in pieces.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from gridpart.evidence import Evidence
from gridpart.laws import Check, Finding, broken_law
from gridpart.model import Breach
from gridpart.sentences import Sentence

__all__ = ["check_contiguity"]

BARRIER_M = 0.05
"""Half the width that a barrier drawn as a line is given."""
SHARE = 0.1
"""A unit with this share of its area in a part lies in it."""
NEAR_M = 30.0
"""Ground this near a crossing, or as much farther than the nearest on its side, is at it."""
REACH_M = 250.0
"""How far a crossing looks for the two sides of its barrier."""
BESIDE_M = 0.1
"""Ground this near an exclusive site lies beside it."""
APART_M = 1.0
"""A grid with residents inside a site may be this much farther from it than the nearest."""

Geometries = NDArray[np.object_]


def check_contiguity(evidence: Evidence, level: str) -> Finding:
    """Return whether each grid of a level is in one piece, and a breach for each that is not."""
    if evidence.is_whole(level):
        return Check("contiguity", level, True, Sentence("checked_whole")), []
    breaches: list[Breach] = []
    enclaves: list[str] = []
    grids = evidence.grids[level]
    for community, area in zip(
        evidence.communities["community_id"], evidence.communities.geometry, strict=True
    ):
        own = grids[grids["community_id"] == community]
        if own.empty:
            continue
        ground = _Ground.build(evidence, area)
        outlines = own.geometry.to_numpy()
        for code, outline in zip(own["grid_code"], outlines, strict=True):
            members = np.flatnonzero(evidence.codes[level] == code)
            groups = _groups(evidence, ground, outline, members)
            if len(groups) > 1 and _explained(evidence, area, groups):
                enclaves.append(str(code))
            elif len(groups) > 1:
                breaches.append(_in_pieces(evidence, level, str(code), groups))
            breaches += _far_guests(evidence, level, str(code), members, outline, outlines)
    counts = {"n": len(grids), "broken": len(breaches)}
    detail = (
        Sentence("checked_enclaves", **counts, codes=enclaves)
        if enclaves
        else Sentence("checked_pieces", **counts)
    )
    return Check("contiguity", level, not breaches, detail), breaches


@dataclass(frozen=True, eq=False)
class _Ground:
    """One community as barriers and crossings divide it."""

    area: shapely.Geometry
    sites: shapely.Geometry
    walls: Geometries
    """Barriers that reach into the community, as polygons."""
    crossings: Geometries

    @classmethod
    def build(cls, evidence: Evidence, area: shapely.Geometry) -> "_Ground":
        """Return the ground of one community."""
        walls = evidence.barriers[shapely.intersects(evidence.barriers, area)]
        lines = shapely.get_dimensions(walls) < 2
        walls[lines] = shapely.buffer(walls[lines], BARRIER_M, cap_style="flat")
        near = shapely.dwithin(evidence.crossings, area, REACH_M)
        sites = shapely.union_all(evidence.sites)
        return cls(area, sites, walls, evidence.crossings[near])

    @cached_property
    def wall(self) -> shapely.Geometry:
        """All barriers as one."""
        return shapely.union_all(self.walls)

    @cached_property
    def crossed(self) -> list[tuple[shapely.Geometry, list[tuple[shapely.Geometry, float]]]]:
        """Each crossing with the sides that it joins, and how near each has to be to it."""
        return [(crossing, self._sides(crossing)) for crossing in self.crossings]

    def _sides(self, crossing: shapely.Geometry) -> list[tuple[shapely.Geometry, float]]:
        around = shapely.intersection(self.area, shapely.buffer(crossing, REACH_M))
        land = shapely.get_parts(shapely.difference(around, self.wall))
        land = land[shapely.area(land) > 1]
        away = shapely.distance(land, crossing)
        order = np.argsort(away, kind="stable")
        sides = land[order][: max(2, int((away <= NEAR_M).sum()))]
        open_land = shapely.difference(sides, self.sites)  # a site at the bridgehead is no grid's
        return [
            (side, float(shapely.distance(free, crossing)) + NEAR_M)
            for side, free in zip(sides, open_land, strict=True)
            if not shapely.is_empty(free)
        ]


def _groups(
    evidence: Evidence,
    ground: _Ground,
    outline: shapely.Geometry,
    members: NDArray[np.int64],
) -> list[NDArray[np.int64]]:
    """Return the units of a grid outside sites, piece by piece, the greatest piece first."""
    parts = shapely.get_parts(shapely.difference(shapely.union_all([outline]), ground.wall))
    areal = members[evidence.inside[members] < 0]
    if len(parts) < 2 or not areal.size:
        return [areal]
    held = _holding(evidence.units.geometry.to_numpy()[areal], parts)
    pairs = [
        *(pair for row in held for pair in _chained(np.flatnonzero(row))),
        *_joined_by_sites(evidence, parts, members),
        *_joined_by_crossings(ground, parts),
        *_joined_by_buildings(evidence, ground, parts, areal),
    ]
    group = _united(len(parts), pairs)
    of_unit = group[held.argmax(axis=1)]
    found = [areal[of_unit == g] for g in np.unique(of_unit)]
    return sorted(found, key=lambda units: (-units.size, units[0]))


def _holding(shapes: Geometries, parts: Geometries) -> NDArray[np.bool_]:
    """Return which units lie in which parts, shape (n_units, n_parts); each in one at least."""
    shared = shapely.area(shapely.intersection(shapes[:, None], parts[None, :]))
    area = np.maximum(shapely.area(shapes), 1e-9)
    held = shared >= SHARE * area[:, None]
    for unit in np.flatnonzero(~held.any(axis=1)):
        place = shapely.point_on_surface(shapes[unit])
        held[unit, np.argmin(shapely.distance(parts, place))] = True
    return np.asarray(held)


def _chained(parts: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield pairs that join all of `parts`."""
    return zip(parts[:-1].tolist(), parts[1:].tolist(), strict=True)


def _joined_by_sites(
    evidence: Evidence, parts: Geometries, members: NDArray[np.int64]
) -> Iterator[tuple[int, int]]:
    """Yield the pairs of parts beside a site in which the grid has residents."""
    for site in np.unique(evidence.inside[members]):
        if site >= 0:
            beside = shapely.distance(parts, evidence.sites[site]) <= BESIDE_M
            yield from _chained(np.flatnonzero(beside))


def _joined_by_crossings(ground: _Ground, parts: Geometries) -> Iterator[tuple[int, int]]:
    """Yield the pairs of parts at a crossing, each on another side of the barrier."""
    for crossing, sides in ground.crossed:
        ends = []
        for side, limit in sides:
            here = shapely.intersection(parts, side)
            away = np.where(shapely.area(here) > 1, shapely.distance(here, crossing), np.inf)
            ends.append(np.flatnonzero(away <= limit).tolist())
        for at, some in enumerate(ends):
            yield from ((a, b) for others in ends[:at] for a in some for b in others)


def _joined_by_buildings(
    evidence: Evidence, ground: _Ground, parts: Geometries, units: NDArray[np.int64]
) -> Iterator[tuple[int, int]]:
    """Yield the pairs of parts beside a building in which the grid has floors.

    Floors are drawn as slices of the building's ground, but are entered by one door.
    """
    if evidence.cells is None:
        return
    places = evidence.places
    shared = np.bincount(places, minlength=places.size)[places[units]] > 1
    for place in np.unique(places[units[shared]]):
        slices = evidence.cells[(places == place) & ~shapely.is_missing(evidence.cells)]
        open_ground = shapely.difference(shapely.union_all(slices), ground.wall)
        pieces = shapely.get_parts(open_ground)
        door = shapely.point_on_surface(evidence.units.geometry.to_numpy()[place])
        piece = min(pieces, key=lambda p: float(shapely.distance(p, door)), default=None)
        if piece is not None:
            yield from _chained(np.flatnonzero(shapely.distance(parts, piece) <= BARRIER_M))


def _united(n_parts: int, pairs: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    """Return for each part the least part that it is joined with."""
    group = np.arange(n_parts)
    for one, other in pairs:
        low, high = sorted((group[one], group[other]))
        group[group == high] = low
    return group


def _explained(evidence: Evidence, area: shapely.Geometry, groups: list[NDArray[np.int64]]) -> bool:
    """Return whether each group of units lies in another part of its community."""
    parts = shapely.get_parts(shapely.union_all([area]))
    shapes = evidence.units.geometry.to_numpy()
    homes = []
    for units in groups:
        places = shapely.point_on_surface(shapes[units])
        homes.append(set(shapely.STRtree(parts).nearest(places).tolist()))
    together = set().union(*homes)
    return len(together) == sum(map(len, homes))


def _in_pieces(
    evidence: Evidence, level: str, code: str, groups: list[NDArray[np.int64]]
) -> Breach:
    names = evidence.units["unit_id"].to_numpy(dtype=object)
    apart = tuple(names[np.sort(np.concatenate(groups[1:]))])
    rest = names[groups[0]]
    message = Sentence("grid_in_pieces", grid=code, n=len(groups), apart=apart, rest=rest)
    return broken_law("contiguity", level, code, message, apart)


def _far_guests(
    evidence: Evidence,
    level: str,
    code: str,
    members: NDArray[np.int64],
    outline: shapely.Geometry,
    outlines: Geometries,
) -> Iterator[Breach]:
    """Yield a breach for each site with residents of a grid that does not adjoin it."""
    inside = evidence.inside[members]
    for site in np.unique(inside[inside >= 0]):
        shape = evidence.sites[site]
        nearest = float(shapely.distance(outlines, shape).min())
        if shapely.distance(outline, shape) > nearest + APART_M:
            guests = tuple(
                evidence.units["unit_id"].to_numpy(dtype=object)[members[inside == site]]
            )
            name = str(evidence.site_ids[site])
            message = Sentence("site_not_beside", grid=code, site=name, units=guests)
            yield broken_law("contiguity", level, code, message, guests)
