"""Seamless cells: the ground that goes with each unit of a community.

Units that tile their community keep their own outlines. Buildings keep their footprints,
and with points are given the ground nearest to them inside the street block (the
enclosure) where they stand: enclosed tessellation after Fleischmann, Feliciotti and Kerr
(2022), doi:10.1111/gean.12302. ``docs/explanation/cells.md`` says how.
"""

import logging
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely import STRtree

from gridpart.claims import BARE_M2, Claims, area_inside, claim_ground, precedence
from gridpart.planar import (
    GRID_M,
    Sides,
    faces_between,
    locate,
    segments,
    shared_sides,
    straight_lines,
)
from gridpart.seams import sample_outlines, seams_between
from gridpart.sentences import Sentence

__all__ = ["build_cells", "tiles"]

logger = logging.getLogger(__name__)

TILE_SHARE = 0.95
"""Units that cover this share of their community tile it."""
BANK_M = 20.0
"""Ground inside a barrier is shared out among its banks in strips of this width."""

PLAIN_M = 0.1
"""Turns of a seam that stray from a straight line by less than this are left out."""

Geometries = NDArray[np.object_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class _Faces(NamedTuple):
    """Faces of a community, and what speaks for giving them to a unit."""

    shapes: Geometries
    owner: Integers
    """Shape (n_faces,): the unit that each goes to, -1 for none yet."""
    held_m2: Floats
    """Shape (n_faces,): how much of its owner stands there, in the owner's own block."""


def tiles(region: shapely.Geometry, units: ArrayLike) -> bool:
    """Return whether the units cover their region but for slivers.

    Examples
    --------
    >>> tiles(shapely.box(0, 0, 10, 10), [shapely.box(0, 0, 5, 10), shapely.box(5, 0, 10, 10)])
    True
    """
    inside = area_inside(region, np.asarray(units, dtype=object))
    return bool(inside.sum() >= TILE_SHARE * shapely.area(region))


def build_cells(
    region: shapely.Geometry,
    units: ArrayLike,
    *,
    streets: ArrayLike = (),
    barriers: ArrayLike = (),
) -> Geometries:
    """Return the cell of each unit; together they cover `region`.

    Parameters
    ----------
    region : shapely Polygon or MultiPolygon
        The community less its exclusive sites, in a projected CRS with meter units.
    units : array_like of shapely geometries, shape (n_units,)
        Footprints, points or tiling polygons; at least one. Footprints may touch,
        overlap, repeat and cross streets; ground under two goes to the smaller.
    streets : array_like of shapely lines
        Bound the enclosures. Tiling units keep their own outlines instead.
    barriers : array_like of shapely lines and polygons
        Bound the enclosures too. Ground without units goes to a unit on its own side
        of a barrier where there is one, and ground inside a barrier to its banks.

    Returns
    -------
    ndarray of shapely Polygon or MultiPolygon, shape (n_units,)
        One cell a unit, in one piece where the ground allows, and empty only where
        other units leave it no ground. An enclosure without units belongs to the cell
        with which it shares the longest border.

    Examples
    --------
    >>> houses = [shapely.box(10, 10, 20, 20), shapely.box(60, 10, 70, 20)]
    >>> cells = build_cells(shapely.box(0, 0, 80, 30), houses)
    >>> shapely.area(cells)
    array([1200., 1200.])
    """
    shapes = np.asarray(units, dtype=object)
    walls = np.asarray(barriers, dtype=object)
    region = shapely.set_precision(region, GRID_M)
    faces = None
    if tiles(region, shapes):
        faces = _tiled_faces(region, shapes)
        bare = np.setdiff1d(np.arange(shapes.size), faces.owner)
        if bare.size and (area_inside(region, shapes[bare]) < BARE_M2).all():
            logger.warning("%s", Sentence("tiles_lack"))
            faces = None
    if faces is None:
        faces = _enclosed_faces(region, shapes, np.asarray(streets, dtype=object), walls)
    owner = _gathered(faces, shapes, walls)
    order = np.argsort(owner, kind="stable")
    ends = np.searchsorted(owner[order], np.arange(shapes.size + 1))
    cells = np.empty(shapes.size, dtype=object)
    for unit in range(shapes.size):
        own = faces.shapes[order[ends[unit] : ends[unit + 1]]]
        cells[unit] = shapely.coverage_union_all(own)
    return cells


def _tiled_faces(region: shapely.Geometry, shapes: Geometries) -> _Faces:
    """Return the faces of the units' own outlines."""
    outlines = np.array([*shapely.boundary(shapes), shapely.boundary(region)], dtype=object)
    faces, middles = faces_between(outlines, region)
    owner = _holders(middles, shapes)
    return _Faces(faces, owner, shapely.area(faces))


def _holders(middles: Geometries, claims: Geometries) -> Integers:
    """Return which claim each point lies in, the smallest of several, -1 for none."""
    point, unit = STRtree(claims).query(middles, predicate="intersects")
    order = np.lexsort((precedence(claims)[unit], point))
    owner = np.full(middles.size, -1, np.int64)
    first = np.unique(point[order], return_index=True)[1]
    owner[point[order][first]] = unit[order][first]
    return owner


def _enclosed_faces(
    region: shapely.Geometry, shapes: Geometries, streets: Geometries, walls: Geometries
) -> _Faces:
    """Return faces between streets, footprints and the seams halfway between these."""
    border = shapely.boundary(region)
    lines = np.concatenate([streets, np.where(_areal(walls), shapely.boundary(walls), walls)])
    shapely.prepare(region)
    lines = lines[shapely.intersects(region, lines)]
    blocks, _ = faces_between(np.array([*lines, border], dtype=object), region)
    claims = claim_ground(region, shapes, blocks)
    home = claims.home
    seeds = _seeds(claims, blocks)
    seams = _seams(seeds, blocks, claims.shapes)
    held = claims.shapes[~shapely.is_missing(claims.shapes)]
    banks = _bank_seams(region, blocks, np.setdiff1d(np.arange(blocks.size), home), walls)
    linework = np.concatenate([shapely.boundary(blocks), shapely.boundary(held), seams, banks])
    faces, middles = faces_between(linework, region)
    block = locate(middles, blocks)
    owner = _holders(middles, claims.shapes)
    standing = np.where((owner >= 0) & (home[owner] == block), shapely.area(faces), 0.0)
    at = shapely.get_coordinates(middles)
    free = np.flatnonzero(owner < 0)
    by_block = _grouped(block[free])
    for number, (points, units) in seeds.items():
        mine = free[by_block.get(number, np.zeros(0, np.int64))]
        if mine.size:
            owner[mine] = units[cKDTree(points).query(at[mine])[1]]
    return _Faces(faces, owner, standing)


def _areal(shapes: Geometries) -> NDArray[np.bool_]:
    return np.asarray(shapely.get_dimensions(shapes) == 2)


def _grouped(numbers: Integers) -> dict[int, Integers]:
    """Return where each number stands."""
    order = np.argsort(numbers, kind="stable")
    found, first = np.unique(numbers[order], return_index=True)
    return dict(zip(found.tolist(), np.split(order, first[1:]), strict=True)) if found.size else {}


def _seeds(claims: Claims, blocks: Geometries) -> dict[int, tuple[Floats, Integers]]:
    """Return for each block points and whose they are: the ground nearest to one is its owner's."""
    areal = np.flatnonzero(~shapely.is_missing(claims.shapes) & ~claims.indoors)
    bare = np.flatnonzero(shapely.is_missing(claims.shapes))
    points, owner = sample_outlines(claims.shapes[areal])
    unit = areal[owner]
    across = np.flatnonzero(claims.across[unit])
    outside = ~shapely.intersects_xy(blocks[claims.home[unit[across]]], points[across])
    points, unit = np.delete(points, across[outside], axis=0), np.delete(unit, across[outside])
    points = np.vstack([points, shapely.get_coordinates(claims.places[bare])])
    unit = np.concatenate([unit, bare])
    seeds = {}
    for block, at in _grouped(claims.home[unit]).items():
        own, first = np.unique(points[at], axis=0, return_index=True)
        seeds[block] = own, unit[at][first]
    return seeds


def _seams(
    seeds: dict[int, tuple[Floats, Integers]], blocks: Geometries, claims: Geometries
) -> Geometries:
    """Return the seams of each block, cut to it, but for those under a footprint."""
    tree = STRtree(claims)
    found = [np.zeros(0, dtype=object)]
    for block, (points, unit) in seeds.items():
        if unit.min() < unit.max():
            seams = _inside(blocks[block], seams_between(points, unit, blocks[block]))
            under, _ = tree.query(seams, predicate="covered_by")
            found.append(_cut_to(blocks[block], np.delete(seams, np.unique(under))))
    return np.concatenate(found)


def _inside(block: shapely.Geometry, lines: Geometries) -> Geometries:
    """Return the lines of which a part at least is in `block`."""
    shapely.prepare(block)
    return np.asarray(lines[shapely.intersects(block, lines)], dtype=object)


def _cut_to(block: shapely.Geometry, seams: Geometries) -> Geometries:
    """Return the parts of `seams` inside `block`, joined and without their finest turns."""
    joined = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(seams)))
    plain = shapely.simplify(joined, PLAIN_M)
    whole = shapely.contains(block, plain)
    cut = shapely.intersection(shapely.multilinestrings(plain[~whole]), block)
    parts = shapely.get_parts(cut)
    return np.append(plain[whole], parts[shapely.get_dimensions(parts) == 1])


def _bank_seams(
    region: shapely.Geometry, blocks: Geometries, empty: Integers, walls: Geometries
) -> Geometries:
    """Return lines that divide every empty block inside a barrier among its banks."""
    found = [np.zeros(0, dtype=object)]
    inside = shapely.point_on_surface(blocks[empty])
    wet, _ = STRtree(walls[_areal(walls)]).query(inside, predicate="intersects")
    outline = shapely.boundary(region)
    shapely.prepare(outline)
    for block in empty[np.unique(wet)]:
        lines = shapely.segmentize(shapely.boundary(blocks[block]), BANK_M)
        points = np.unique(shapely.get_coordinates(lines), axis=0)
        bank = ~shapely.dwithin(outline, shapely.points(points), 2 * GRID_M)
        if bank.sum() > 1:
            seams = _inside(
                blocks[block], seams_between(points[bank], np.arange(bank.sum()), blocks[block])
            )
            found.append(_cut_to(blocks[block], seams))
    return np.concatenate(found)


# --- every face to a unit -------------------------------------------------------------------


def _gathered(faces: _Faces, shapes: Geometries, walls: Geometries) -> Integers:
    """Return the owner of each face, with stray pieces and empty faces joined to a neighbor.

    The piece of a cell that holds most of its unit stays. A border on a barrier joins
    only what nothing else does; ground that borders nothing goes to the nearest face.
    """
    sides = shared_sides(faces.shapes)
    free = ~_on_walls(sides, walls)
    passable = Sides(sides.heads[free], sides.tails[free], sides.lengths[free], sides.middles[free])
    owner = _strays_loosened(faces, shapes, passable)
    for some in (passable, sides):
        owner = _spread_owners(owner, some)
    loose, kept = np.flatnonzero(owner < 0), np.flatnonzero(owner >= 0)
    owner[loose] = owner[kept[STRtree(faces.shapes[kept]).nearest(faces.shapes[loose])]]
    return owner


def _on_walls(sides: Sides, walls: Geometries) -> NDArray[np.bool_]:
    """Return which sides lie on a barrier, or on the edge of one."""
    on = np.zeros(sides.heads.size, dtype=bool)
    if walls.size:
        starts, ends, _ = segments(walls)
        pieces = straight_lines(starts, ends)
        near, _ = STRtree(pieces).query(sides.middles, predicate="dwithin", distance=4 * GRID_M)
        on[near] = True
    return on


def _spread_owners(owner: Integers, sides: Sides) -> Integers:
    """Return `owner` with every reachable -1 replaced, longest border first, ring by ring."""
    near = np.concatenate([sides.heads, sides.tails])
    far = np.concatenate([sides.tails, sides.heads])
    lengths = np.concatenate([sides.lengths, sides.lengths])
    owner = owner.copy()
    while True:
        open_side = owner[near] < 0
        near, far, lengths = near[open_side], far[open_side], lengths[open_side]
        at = np.flatnonzero(owner[far] >= 0)
        if not at.size:
            return owner
        pair = np.column_stack([near[at], owner[far[at]]])
        pairs, which = np.unique(pair, axis=0, return_inverse=True)
        shared = np.round(np.bincount(which.ravel(), lengths[at]), 3)
        order = np.lexsort((pairs[:, 1], -shared, pairs[:, 0]))
        face, first = np.unique(pairs[order, 0], return_index=True)
        owner[face] = pairs[order, 1][first]


def _strays_loosened(faces: _Faces, shapes: Geometries, sides: Sides) -> Integers:
    """Return the owners with -1 for every piece of a cell but the one that holds its unit."""
    owner, heads, tails = faces.owner, sides.heads, sides.tails
    same = (owner[heads] == owner[tails]) & (owner[heads] >= 0)
    n_faces = owner.size
    links = coo_array((np.ones(int(same.sum())), (heads[same], tails[same])), (n_faces, n_faces))
    _, piece = connected_components(links, directed=False)
    owned = np.flatnonzero(owner >= 0)
    held = np.round(np.bincount(piece, faces.held_m2, piece.max() + 1), 3)[piece[owned]]
    away = shapely.distance(faces.shapes[owned], shapely.point_on_surface(shapes[owner[owned]]))
    order = owned[np.lexsort((owned, away, -held, owner[owned]))]
    first = order[np.unique(owner[order], return_index=True)[1]]
    keeps = np.full(shapes.size, -1)
    keeps[owner[first]] = piece[first]
    loosened = owner.copy()
    loosened[owned[piece[owned] != keeps[owner[owned]]]] = -1
    return loosened
