"""Seamless cells: the ground that goes with each unit of a community.

Units that tile their community keep their own outlines. Buildings and points are
given the ground nearest to them inside the street block (the enclosure) where they
stand, after the idea of enclosed tessellation: Fleischmann, Feliciotti and Kerr
(2022), *Geographical Analysis* 54(3), 661-678. All lines are noded on a 0.1 mm
grid, so that the cells cover the community without gap or overlap.
"""

import logging

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi, cKDTree
from shapely import STRtree

from gridpart.graph import Borders, cut_borders, shared_borders

__all__ = ["build_cells", "tiles"]

logger = logging.getLogger(__name__)

GRID_M = 0.0001
"""All cell corners lie on multiples of this."""
SAMPLE_M = 4.0
"""Distance between points sampled along a footprint's outline."""
SHRINK_M = 0.4
"""Footprints are drawn in by this, so that touching ones part in the middle."""
BARE_M2 = 1.0
"""Less of a unit than this inside its community makes it a point or an outsider."""
TILE_SHARE = 0.95
"""Units that cover this share of their community tile it."""

Geometries = NDArray[np.object_]


def tiles(region: shapely.Geometry, units: ArrayLike) -> bool:
    """Return whether the units cover their region but for slivers."""
    shapes = np.asarray(units, dtype=object)
    inside = shapely.intersection(shapes, region)
    return bool(shapely.area(inside).sum() >= TILE_SHARE * shapely.area(region))


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
        Footprints, points or tiling polygons; at least one.
    streets : array_like of shapely lines
        Bound the enclosures. Tiling units keep their own outlines instead.
    barriers : array_like of shapely lines and polygons
        Bound the enclosures too; ground without units goes to a unit on its own
        side of a barrier where there is one.

    Returns
    -------
    ndarray of shapely Polygon or MultiPolygon, shape (n_units,)
        One cell a unit, in one piece where the ground allows. Enclosures without
        units belong to the cell with which they share the longest border.
    """
    shapes = np.asarray(units, dtype=object)
    walls = np.asarray(barriers, dtype=object)
    region = shapely.set_precision(region, GRID_M)
    owner = None
    if tiles(region, shapes):
        faces, owner = _tiled_faces(region, shapes)
        bare = np.setdiff1d(np.arange(shapes.size), owner)
        if bare.size and (shapely.area(shapely.intersection(shapes[bare], region)) < BARE_M2).all():
            logger.warning("points or outsiders among units that tile: ground goes to the nearest")
            owner = None
    if owner is None:
        lines = np.append(np.asarray(streets, dtype=object), _outlines(walls))
        faces, owner = _enclosed_faces(region, shapes, lines)
    owner = _gathered(faces, owner, shapes, walls)
    cells = np.empty(shapes.size, dtype=object)
    for unit in range(shapes.size):
        cells[unit] = shapely.coverage_union_all(faces[owner == unit])
    return cells


def _faces(linework: Geometries, region: shapely.Geometry) -> Geometries:
    """Return the faces of noded `linework` that lie in `region`."""
    noded = shapely.union_all(linework, grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    shapely.prepare(region)
    return faces[shapely.contains(region, shapely.point_on_surface(faces))]


def _tiled_faces(
    region: shapely.Geometry, shapes: Geometries
) -> tuple[Geometries, NDArray[np.int64]]:
    """Return faces of the units' own outlines, and which unit each belongs to (-1: a gap)."""
    outlines = np.array([*shapely.boundary(shapes), shapely.boundary(region)], dtype=object)
    faces = _faces(outlines, region)
    inside, unit = STRtree(shapes).query(shapely.point_on_surface(faces), predicate="intersects")
    owner = np.full(faces.size, shapes.size, np.int64)
    np.minimum.at(owner, inside, unit)
    return faces, np.where(owner < shapes.size, owner, -1)


def _enclosed_faces(
    region: shapely.Geometry, shapes: Geometries, lines: Geometries
) -> tuple[Geometries, NDArray[np.int64]]:
    """Return faces between streets and footprints, and the unit nearest to each in its block."""
    border = shapely.boundary(region)
    cuts = shapely.intersection(lines, region) if lines.size else lines
    blocks = _faces(np.array([*cuts, border], dtype=object), region)
    home = _home_block(blocks, shapes)
    linework: list[shapely.Geometry] = [shapely.boundary(block) for block in blocks]
    samples: dict[int, tuple[NDArray[np.float64], NDArray[np.int64]]] = {}
    for block in np.unique(home):
        inside = np.flatnonzero(home == block)
        points, owner = _samples(shapes[inside], blocks[block])
        samples[int(block)] = points, inside[owner]
        if inside.size > 1:
            seams = shapely.intersection(_seams(points, owner, blocks[block]), blocks[block])
            linework.extend(seams[~shapely.is_empty(seams)])
    faces = _faces(np.array(linework, dtype=object), region)
    middle = shapely.point_on_surface(faces)
    block_of = STRtree(blocks).nearest(middle)
    owner = np.full(faces.size, -1, np.int64)
    at = np.column_stack([shapely.get_x(middle), shapely.get_y(middle)])
    for block, (points, units) in samples.items():
        mine = np.flatnonzero(block_of == block)
        if mine.size:
            _, nearest = cKDTree(points).query(at[mine])
            owner[mine] = units[nearest]
    return faces, owner


def _home_block(blocks: Geometries, shapes: Geometries) -> NDArray[np.int64]:
    """Return the block that holds most of each unit, or the nearest one."""
    home = STRtree(blocks).nearest(shapely.point_on_surface(shapes)).astype(np.int64)
    unit, block = STRtree(blocks).query(shapes, predicate="intersects")
    share = shapely.area(shapely.intersection(shapes[unit], blocks[block]))
    order = np.lexsort((block, -share, unit))
    first = order[np.unique(unit[order], return_index=True)[1]]
    has_area = share[first] > 0
    home[unit[first][has_area]] = block[first][has_area]
    return home


def _samples(
    shapes: Geometries, block: shapely.Geometry
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return points along each footprint's outline inside its block, and whose they are."""
    points, owner = [], []
    for unit, shape in enumerate(shapes):
        inside = shapely.intersection(shape, block)
        if shapely.is_empty(inside):
            inside = shapely.get_point(shapely.shortest_line(block, shape), 0)
        drawn_in = shapely.buffer(inside, -SHRINK_M)
        outline = inside if shapely.is_empty(drawn_in) else drawn_in
        outline = shapely.segmentize(outline, SAMPLE_M)
        own = np.unique(np.round(shapely.get_coordinates(outline), 3), axis=0)
        points.append(own)
        owner.append(np.full(len(own), unit))
    return _spread(np.vstack(points)), np.concatenate(owner)


def _spread(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `points` with coinciding ones set on a small circle around their place."""
    _, first, count = np.unique(points, axis=0, return_inverse=True, return_counts=True)
    twice = count[first.ravel()] > 1
    if not twice.any():
        return points
    angle = 2 * np.pi * np.arange(len(points)) / len(points)
    offset = 0.25 * np.column_stack([np.cos(angle), np.sin(angle)])
    return points + np.where(twice[:, None], offset, 0.0)


def _seams(
    points: NDArray[np.float64], owner: NDArray[np.int64], block: shapely.Geometry
) -> Geometries:
    """Return the lines halfway between samples of different units."""
    west, south, east, north = shapely.bounds(block)
    reach = 4 * max(east - west, north - south, 1.0)
    corners = [[west - reach, south - reach], [west - reach, north + reach]]
    corners += [[east + reach, south - reach], [east + reach, north + reach]]
    diagram = Voronoi(np.vstack([points, corners]))
    whose = np.append(owner, [-1, -2, -3, -4])
    ends = np.array(diagram.ridge_vertices)
    sides = whose[diagram.ridge_points]
    between = (sides[:, 0] != sides[:, 1]) & (sides >= 0).all(axis=1) & (ends >= 0).all(axis=1)
    return np.asarray(shapely.linestrings(diagram.vertices[ends[between]]))


def _outlines(walls: Geometries) -> Geometries:
    """Return barriers as lines."""
    areal = shapely.get_dimensions(walls) == 2
    return np.where(areal, shapely.boundary(walls), walls)


def _gathered(
    faces: Geometries, owner: NDArray[np.int64], shapes: Geometries, walls: Geometries
) -> NDArray[np.int64]:
    """Return `owner` with stray pieces and empty faces joined to a neighbor by longest border.

    The piece of a cell nearest to its unit stays. A border on a barrier joins only
    what nothing else does; ground that borders nothing goes to the nearest face.
    """
    borders = shared_borders(faces)
    owner = _strays_loosened(faces, owner, shapes, borders)
    for passable in (cut_borders(borders, faces, walls, ()), borders):
        owner = _spread_owners(owner, passable)
    loose, kept = np.flatnonzero(owner < 0), np.flatnonzero(owner >= 0)
    owner[loose] = owner[kept[STRtree(faces[kept]).nearest(faces[loose])]]
    return owner


def _spread_owners(owner: NDArray[np.int64], borders: Borders) -> NDArray[np.int64]:
    """Return `owner` with every reachable -1 replaced, longest border first, ring by ring."""
    near = np.concatenate([borders.heads, borders.tails])
    far = np.concatenate([borders.tails, borders.heads])
    lengths = np.concatenate([borders.lengths, borders.lengths])
    owner = owner.copy()
    while True:
        at = np.flatnonzero((owner[near] < 0) & (owner[far] >= 0))
        if not at.size:
            return owner
        at = at[np.lexsort((owner[far[at]], -lengths[at], near[at]))]
        face, first = np.unique(near[at], return_index=True)
        owner[face] = owner[far[at[first]]]


def _strays_loosened(
    faces: Geometries,
    owner: NDArray[np.int64],
    shapes: Geometries,
    borders: Borders,
) -> NDArray[np.int64]:
    """Return `owner` with -1 for every piece of a cell but the one nearest to its unit."""
    heads, tails = borders.heads, borders.tails
    same = (owner[heads] == owner[tails]) & (owner[heads] >= 0)
    links = coo_array(
        (np.ones(int(same.sum())), (heads[same], tails[same])), shape=(faces.size, faces.size)
    )
    _, piece = connected_components(links, directed=False)
    owned = np.flatnonzero(owner >= 0)
    away = shapely.distance(faces[owned], shapely.point_on_surface(shapes[owner[owned]]))
    order = owned[np.lexsort((piece[owned], away, owner[owned]))]
    first = order[np.unique(owner[order], return_index=True)[1]]
    keeps = np.full(shapes.size, -1)
    keeps[owner[first]] = piece[first]
    loosened = owner.copy()
    loosened[owned[piece[owned] != keeps[owner[owned]]]] = -1
    return loosened
