"""Seeded cities to divide, and the samples of the repository, as plain arrays.

A city is the Voronoi diagram of clustered points inside an irregular outline. A river cuts
it in two: only bridges join cells across the water. Borders, areas and outer edges are
computed from the circumcenters of the Delaunay triangles, so that a city of a million cells
takes seconds and no polygon is ever made.

A cloud is clustered points with their Delaunay neighbors and nothing around them, in random
order: the kind of map on which the targets were set.
"""

import hashlib
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import Delaunay

SPACING_M = 100.0
"""Side of a square as large as a mean cell."""
RIVER_M = 150.0
BRIDGE_M = 20.0
BRIDGES_EVERY_M = 1500.0
BAND_M = 6 * SPACING_M
"""Points this near the outline are mirrored in it, which bounds their cells there."""
LONGEST_M = 6 * SPACING_M
"""Cap on one border, where cells are sparse."""
SHORTEST_M = 0.1
CAP = 0.8
"""Largest load of a unit, as a share of the mean grid, so that a valid plan can exist."""
SAMPLES = Path(__file__).parents[1] / "data" / "samples"


@dataclass(frozen=True, eq=False)
class Instance:
    """Units with contiguity in compressed sparse rows."""

    xy: np.ndarray
    load: np.ndarray
    """Whole numbers; in a city >= 1 and not yet capped."""
    indptr: np.ndarray
    indices: np.ndarray
    lengths: np.ndarray
    """Meters of common border."""
    area: np.ndarray
    outer: np.ndarray
    """Meters of border with no unit on the other side, or with one across the river."""

    @property
    def n_units(self):
        return self.load.size

    @property
    def n_edges(self):
        return self.indices.size // 2


@dataclass(frozen=True)
class Ground:
    """An outline around the origin, and a river through it."""

    radius_m: float
    waves: np.ndarray
    """A row of amplitude and phase for each frequency of the outline."""
    bend: tuple
    """Amplitude in meters, length in meters and phase of the river."""

    def rim(self, angle):
        """Return the distance of the outline from the origin."""
        frequency = np.arange(1, len(self.waves) + 1)[:, None]
        amplitude, phase = self.waves[:, :1], self.waves[:, 1:]
        swing = (amplitude * np.cos(frequency * np.ravel(angle) + phase)).sum(axis=0)
        return self.radius_m * (1 + swing)

    def beyond(self, xy):
        """Return how far points lie outside the outline; negative inside."""
        return np.hypot(*xy.T) - self.rim(np.arctan2(xy[:, 1], xy[:, 0]))

    def north_of_river(self, xy):
        """Return the distance from the middle of the river; negative south of it."""
        height, length, phase = self.bend
        return xy[:, 1] - height * np.sin(2 * np.pi * xy[:, 0] / length + phase)


def city(n_units, seed, *, river=True):
    """Return a city of `n_units` cells."""
    rng = np.random.default_rng([n_units, seed])
    ground = _ground(n_units, rng)
    xy = _points(n_units, ground, river, rng)
    load = _loads(n_units, rng)
    guards = _guards(xy, ground)
    points = np.vstack([xy, guards])
    heads, tails, ridges = _ridges(points)
    apart = np.hypot(*(points[heads] - points[tails]).T)
    area = _at_ends(heads, tails, ridges * apart / 4, len(points))[:n_units]
    keep = np.maximum(heads, tails) < n_units
    inner = np.flatnonzero(keep)
    keep[inner], ridges[inner] = _cross(
        xy, heads[inner], tails[inner], ridges[inner], ground, river
    )
    outer = _at_ends(heads, tails, np.where(keep, 0, ridges), len(points))[:n_units]
    graph = compressed(n_units, heads[keep], tails[keep], ridges[keep])
    return Instance(xy, load, *graph, area, outer)


def cloud(n_units, seed):
    """Return `n_units` clustered points in random order, neighbors wherever a triangle joins them.

    Long edges around the whole join what lies far apart, which no city has.
    """
    rng = np.random.default_rng([n_units, seed, 1])
    side = SPACING_M * np.sqrt(n_units)
    n_clusters = max(4, int(np.sqrt(n_units) / 4))
    centers = rng.uniform(0, side, (n_clusters, 2))
    spread = side / np.sqrt(n_clusters) * rng.lognormal(-1.5, 0.4, n_clusters)
    xy = np.empty((0, 2))
    while len(xy) < n_units:
        fresh = _clustered(rng.uniform(0, side, (n_units, 2)), centers, spread, rng)
        xy = _apart(np.round(np.vstack([xy, fresh]), 3))
    xy = xy[:n_units]
    heads, tails, ridges = _ridges(xy)
    area = _at_ends(heads, tails, ridges * np.hypot(*(xy[heads] - xy[tails]).T) / 4, n_units)
    graph = compressed(n_units, heads, tails, ridges)
    return Instance(xy, _loads(n_units, rng), *graph, area, np.zeros(n_units))


def _clustered(xy, centers, spread, rng):
    """Return the points, seven of ten of them moved into clusters."""
    near = np.flatnonzero(rng.random(len(xy)) < 0.7)
    of = rng.integers(0, len(centers), near.size)
    xy[near] = centers[of] + rng.normal(size=(near.size, 2)) * spread[of, None]
    return xy


def _loads(n_units, rng):
    """Return whole loads of which a few are large."""
    return np.maximum(1, np.rint(rng.lognormal(3.5, 0.8, n_units))).astype(np.int64)


def _apart(xy):
    """Return the first point in each square of one meter."""
    square = np.floor(xy).astype(np.int64) @ np.array([1 << 32, 1])
    return xy[np.sort(np.unique(square, return_index=True)[1])]


def _at_ends(heads, tails, values, size):
    """Return the sum at each point of the values of its pairs."""
    return np.bincount(heads, values, size) + np.bincount(tails, values, size)


def capped(load, n_grids):
    """Return loads of which none exceeds a share of the mean grid."""
    while load.max() > (most := max(1, int(CAP * load.sum() / n_grids))):
        load = np.minimum(load, most)
    return load


def compressed(n_units, heads, tails, lengths):
    """Return compressed sparse rows of pairs that are given once each."""
    rows, columns = np.concatenate([heads, tails]), np.concatenate([tails, heads])
    matrix = csr_array((np.tile(lengths, 2), (rows, columns)), shape=(n_units, n_units))
    matrix.sort_indices()
    return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data


def _ground(n_units, rng):
    radius = SPACING_M * np.sqrt(n_units / np.pi)
    amplitude = rng.uniform(0.3, 1.0, 6) * np.array([0.05, 0.12, 0.08, 0.05, 0.03, 0.03])
    waves = np.column_stack([amplitude, rng.uniform(0, 2 * np.pi, 6)])
    return Ground(radius, waves, (0.15 * radius, 1.2 * radius, rng.uniform(0, 2 * np.pi)))


def _points(n_units, ground, river, rng):
    """Return points on dry ground, seven of ten in clusters, no two within one meter square."""
    n_clusters = max(4, int(np.sqrt(n_units) / 4))
    reach = 1.4 * ground.radius_m
    centers = rng.uniform(-reach, reach, (4 * n_clusters, 2))
    centers = centers[ground.beyond(centers) < 0][:n_clusters]
    spread = ground.radius_m / np.sqrt(n_clusters) * rng.lognormal(-1.0, 0.4, len(centers))
    found = np.empty((0, 2))
    while len(found) < n_units:
        even = rng.uniform(-reach, reach, (2 * n_units, 2))
        xy = _clustered(even, centers, spread, rng)
        dry = ground.beyond(xy) < -2
        if river:
            dry &= np.abs(ground.north_of_river(xy)) > RIVER_M / 2
        found = _apart(np.round(np.vstack([found, xy[dry]]), 3))
    return found[_along_curve(found[:n_units])]


def _along_curve(xy):
    """Return the order of points along a Z-curve: maps are stored in some order of place."""
    square = ((xy - xy.min(axis=0)) / np.ptp(xy, axis=0) * 1023).astype(np.int64)
    key = np.zeros(len(xy), np.int64)
    for bit in range(10):
        key |= ((square >> bit & 1) << [2 * bit, 2 * bit + 1]).sum(axis=1)
    return np.argsort(key, kind="stable")


def _guards(xy, ground):
    """Return points outside that bound the cells along the outline."""
    beyond = ground.beyond(xy)
    near = xy[beyond > -BAND_M]
    depth = -beyond[beyond > -BAND_M]
    distance = np.hypot(*near.T)
    mirrored = near * ((distance + 2 * depth) / np.maximum(distance, 1e-9))[:, None]
    angle = np.linspace(0, 2 * np.pi, max(24, int(ground.radius_m / 50)), endpoint=False)
    ring = (ground.rim(angle) + BAND_M)[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.vstack([mirrored, ring])


def _ridges(points):
    """Return every pair of neighboring cells once, with the length of their common border."""
    mesh = Delaunay(points)
    corner = points[mesh.simplices]
    one, two = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    twice = 2 * (one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])
    far, near = (one**2).sum(axis=1), (two**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        center = corner[:, 0] + (
            np.column_stack(
                [two[:, 1] * far - one[:, 1] * near, one[:, 0] * near - two[:, 0] * far]
            )
            / twice[:, None]
        )
    found = []
    for opposite in range(3):
        other = mesh.neighbors[:, opposite]
        here = np.flatnonzero((other > np.arange(len(other))) | (other < 0))
        ends = np.delete(mesh.simplices[here], opposite, axis=1)
        length = np.hypot(*(center[here] - center[other[here]]).T)
        found.append((ends, np.where(other[here] < 0, LONGEST_M, length)))
    ends = np.vstack([pair for pair, _ in found])
    lengths = np.nan_to_num(np.concatenate([length for _, length in found]), nan=LONGEST_M)
    return ends[:, 0], ends[:, 1], np.clip(lengths, SHORTEST_M, LONGEST_M)


def _cross(xy, heads, tails, lengths, ground, river):
    """Return which borders stay once outline and river cut the rest, and lengths."""
    middle = (xy[heads] + xy[tails]) / 2
    keep = ground.beyond(middle) < 0
    if river:
        north = ground.north_of_river(xy) > 0
        over = north[heads] != north[tails]
        crossing = np.flatnonzero(over & keep)
        keep &= ~over
        n_bridges = max(3, round(2 * ground.radius_m / BRIDGES_EVERY_M))
        stations = ground.radius_m * np.linspace(-1, 1, n_bridges + 2)[1:-1]
        nearest = np.abs(middle[crossing, 0][:, None] - stations).argmin(axis=0)
        bridges = crossing[nearest]
        keep[bridges] = True
        lengths = lengths.copy()
        lengths[bridges] = np.minimum(lengths[bridges], BRIDGE_M)
    keep[_needed(xy, heads, tails, keep)] = True
    return keep, lengths


def _needed(xy, heads, tails, keep):
    """Return the shortest dropped pairs that join what the rest leaves apart."""
    n = len(xy)
    kept = coo_array((np.ones(keep.sum()), (heads[keep], tails[keep])), shape=(n, n))
    n_pieces, piece = connected_components(kept, directed=False)
    between = np.flatnonzero(piece[heads] != piece[tails])
    between = between[np.argsort(np.hypot(*(xy[heads[between]] - xy[tails[between]]).T))]
    ends = np.sort(np.column_stack([piece[heads[between]], piece[tails[between]]]), axis=1)
    pairs, first = np.unique(ends, axis=0, return_index=True)
    rank = coo_array((first + 1.0, (pairs[:, 0], pairs[:, 1])), shape=(n_pieces, n_pieces))
    tree = minimum_spanning_tree(rank.tocsr())
    return between[tree.data.astype(np.int64) - 1]


def sample(name):
    """Return a sample district as one problem, whatever its communities."""
    import geopandas as gpd

    from gridpart import build_graph

    file = SAMPLES / name / "district.gpkg"
    units = gpd.read_file(file, layer="units")
    if name == "hankou":
        shapes, cuts = _cells(file, units)
        units = units.set_geometry(gpd.GeoSeries(shapes, index=units.index, crs=units.crs))
    else:
        cuts = {}
    graph = build_graph(units.geometry.to_numpy(), **cuts)
    middle = units.centroid
    load = units["households" if "households" in units else "population"]
    inner = np.bincount(graph.heads, graph.lengths, len(units))
    return Instance(
        np.round(np.column_stack([middle.x, middle.y]), 3),
        load.fillna(0).to_numpy().astype(np.int64),
        graph.indptr,
        graph.indices,
        graph.lengths,
        units.area.to_numpy(),
        np.maximum(0, units.length.to_numpy() - inner),
    )


def _cells(file, units):
    """Return the ground of each building, and what cuts and joins it."""
    import geopandas as gpd

    from gridpart.cells import build_cells

    layers = ("streets", "barriers", "crossings")
    lines = {layer: gpd.read_file(file, layer=layer).geometry.to_numpy() for layer in layers}
    shapes = np.empty(len(units), dtype=object)
    for community in gpd.read_file(file, layer="communities").itertuples():
        inside = np.flatnonzero(units["community_id"] == community.community_id)
        shapes[inside] = build_cells(
            community.geometry,
            units.geometry.to_numpy()[inside],
            streets=lines["streets"],
            barriers=lines["barriers"],
        )
    return shapes, {layer: lines[layer] for layer in ("barriers", "crossings")}


def made_of(kind, n_units, seed):
    """Return a city, a field (a city without a river) or a cloud."""
    return cloud(n_units, seed) if kind == "cloud" else city(n_units, seed, river=kind == "city")


def cache_folder():
    """Return where instances are kept by default."""
    return Path(tempfile.gettempdir()) / "gridpart-bench"


def load(place, seed, folder=None):
    """Return ``"city-1000"``, ``"field-1000"``, ``"cloud-1000"`` or a sample, from the cache."""
    folder = Path(folder or cache_folder())
    kind, _, count = place.partition("-")
    mark = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    file = folder / (f"{place}-{seed}-{mark}.npz" if count else f"{place}-{mark}.npz")
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = made_of(kind, int(count), seed) if count else sample(place)
        unfinished = file.with_suffix(f".{os.getpid()}.npz")
        np.savez(unfinished, **asdict(made))
        unfinished.replace(file)
    with np.load(file) as arrays:
        return Instance(**arrays)
