"""Build the Helsinki sample: real buildings and walkways, synthetic people and communities.

Run from anywhere: ``python data/samples/helsinki/build.py``.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ["OGR_CURRENT_DATE"] = "2024-01-01T00:00:00.000Z"  # keeps the file byte-stable

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

HERE = Path(__file__).resolve().parent
CRS = "EPSG:3067"
SEED = 20240521
MM = 0.001
MARGIN_M = 5.0
"""The communities reach beyond what was drawn by this."""

INDOORS = ("steps", "corridor", "elevator")
"""Classes of walkways that part no communities, for they run through buildings."""
WIDE_M2 = 50_000.0
"""Blocks above this size (parks, tracks, water) are divided halfway between communities."""
SEEDS = {
    "HEL1": ("North", (386_000, 6_672_900)),
    "HEL2": ("Center", (385_750, 6_672_300)),
    "HEL3": ("East", (386_330, 6_672_150)),
    "HEL4": ("South", (385_950, 6_671_650)),
}
"""Name and middle of each community; a street block goes to the nearest."""

DWELT = 0.55
"""Share of the buildings of no stated kind in which somebody lives."""
M2_PER_HOUSEHOLD = 190.0
"""Gross floor area: most of these houses are offices and shops below."""
PER_STAIRWELL = 20
PEOPLE = 1.8
"""Mean size of a household."""

MENDED = (17426424, 19993762, 22954656, 123523931, 123586004)
"""Cut at the edge of the source so that they cross themselves: their area is not to be told."""
POINTLESS = (86941886, 88315241, 89967061)
"""Cut at the edge of the source to no area at all: left out."""
DRAWN_TWICE = (28775756, 89541314, 1319473, 234870674, 234871242, 234871779, 234872351,
               234872358, 234872359)  # fmt: skip
"""Towers, wings and domes that lie wholly inside the building they are part of: left out."""


def read_source() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return buildings and walkways as they are."""
    file = HERE / "source" / "helsinki_osm.gpkg"
    return gpd.read_file(file, layer="buildings"), gpd.read_file(file, layer="walkways")


def make_communities(walkways: gpd.GeoDataFrame, bounds: np.ndarray) -> gpd.GeoDataFrame:
    """Return blocks between walkways, grouped by the nearest of four middles."""
    west, south, east, north = np.round(bounds + MARGIN_M * np.array([-1, -1, 1, 1]))
    frame = shapely.box(west, south, east, north)
    outdoors = walkways.geometry[~walkways["highway"].isin(INDOORS)].to_numpy()
    lines = shapely.union_all([*outdoors, frame.boundary], grid_size=MM)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    middles = np.array([middle for _, middle in SEEDS.values()])
    wide = faces[shapely.area(faces) > WIDE_M2]
    halfway = shapely.voronoi_polygons(
        shapely.multipoints(middles), extend_to=frame, only_edges=True
    )
    inside = [shapely.intersection(halfway, face) for face in wide]
    lines = shapely.union_all([lines, *inside], grid_size=MM)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    at = shapely.get_coordinates(shapely.centroid(faces))
    nearest = np.linalg.norm(at[:, None] - middles, axis=2).argmin(axis=1)
    nearest = join_islands(faces, nearest)
    shapes = [shapely.coverage_union_all(faces[nearest == i]) for i in range(len(SEEDS))]
    columns = {
        "community_id": list(SEEDS),
        "name": [name for name, _ in SEEDS.values()],
        "area_type": "urban",
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def join_islands(faces: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return the groups with what is apart from the rest of its own joined to its neighbors."""
    left, right = shapely.STRtree(faces).query(faces, predicate="intersects")
    shared = shapely.length(shapely.intersection(faces[left], faces[right]))
    links = [(a, b) for a, b, m in zip(left, right, shared, strict=True) if a < b and m > 0]
    group = group.copy()
    while True:
        same: nx.Graph = nx.Graph()
        same.add_nodes_from(range(len(faces)))
        same.add_edges_from((a, b) for a, b in links if group[a] == group[b])
        parts = sorted(nx.connected_components(same), key=len)
        if len(parts) == len(SEEDS):
            return group
        island = parts[0]
        beside = [b if a in island else a for a, b in links if (a in island) != (b in island)]
        group[list(island)] = group[min(beside)]


def make_units(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return buildings with synthetic floors, where none are tagged, and people."""
    rng = np.random.default_rng(SEED)
    out = buildings["osm_id"].isin(POINTLESS + DRAWN_TWICE)
    units = buildings[~out].sort_values("osm_id", ignore_index=True)
    mended = units["osm_id"].isin(MENDED)
    shapes = units.geometry.to_numpy().copy()
    shapes[mended] = shapely.make_valid(shapes[mended], method="structure", keep_collapsed=False)
    units = units.set_geometry(gpd.GeoSeries(shapes, crs=CRS))
    area = units.area.to_numpy()
    drawn = np.where(area > 250, rng.integers(4, 8, len(units)), rng.integers(1, 3, len(units)))
    tagged = np.ceil(pd.to_numeric(units["levels"], errors="coerce").to_numpy())
    floors = np.where(np.isnan(tagged), drawn, tagged).astype(np.int32)
    home = units["building"].isin(["apartments", "residential", "block"]).to_numpy()
    unknown = (units["building"] == "yes").to_numpy()
    home = home | (unknown & (rng.random(len(units)) < DWELT))
    spread = rng.uniform(0.8, 1.2, len(units))
    households = np.where(home, area * floors / M2_PER_HOUSEHOLD * spread, 0).round().astype(int)
    people = rng.poisson(households * (PEOPLE - 1)) + households
    columns = {
        "unit_id": [f"B{number}" for number in units["osm_id"]],
        "kind": units["building"].astype(str),
        "name": units["name"],
        "floors": floors,
        "stairwells": np.maximum(1, np.ceil(households / PER_STAIRWELL)).astype(np.int32),
        "households": households.astype(np.int32),
        "population": people.astype(np.int32),
    }
    return gpd.GeoDataFrame(columns, geometry=units.geometry.values, crs=CRS)


def make_streets(walkways: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return every line that is walked along."""
    lines = walkways.sort_values("osm_id", ignore_index=True)
    columns = {"class": lines["highway"].astype(str), "name": lines["name"]}
    return gpd.GeoDataFrame(columns, geometry=lines.geometry.values, crs=CRS)


def check(layers: dict[str, gpd.GeoDataFrame]) -> None:
    """Verify the facts the README states."""
    communities, units, streets = (layers[name] for name in ("communities", "units", "streets"))
    assert len(communities) == 4
    assert (communities.geom_type == "Polygon").all()
    assert shapely.coverage_is_valid(communities.geometry.to_numpy())
    assert (len(units), len(streets)) == (474, 2_321)
    assert units["unit_id"].is_unique
    assert int((~units.is_valid).sum()) == 4
    assert (units.geometry.make_valid().area > 0).all()
    everything = communities.union_all()
    assert units.geometry.make_valid().within(everything).all()
    assert (streets.within(everything)).all()


def describe(layers: dict[str, gpd.GeoDataFrame]) -> None:
    """Print the figures for the README."""
    units = layers["units"]
    points = units.geometry.make_valid().representative_point()
    for row in layers["communities"].itertuples():
        mine = units[points.within(row.geometry)]
        figures = [len(mine), int(mine["households"].sum()), int(mine["population"].sum())]
        print(row.community_id, row.name, round(row.geometry.area / 1e6, 2), *figures)
    print("all", len(units), int(units["households"].sum()), int(units["population"].sum()))
    print("largest", int(units["households"].max()), "empty", int((units["households"] == 0).sum()))


def main() -> None:
    """Build, check and write the sample."""
    buildings, walkways = read_source()
    bounds = shapely.total_bounds(
        np.concatenate([buildings.geometry.to_numpy(), walkways.geometry.to_numpy()])
    )
    layers = {
        "communities": make_communities(walkways, bounds),
        "units": make_units(buildings),
        "streets": make_streets(walkways),
    }
    check(layers)
    target = HERE / "district.gpkg"
    target.unlink(missing_ok=True)
    for name, frame in layers.items():
        frame.to_file(target, layer=name, driver="GPKG", engine="pyogrio")
    describe(layers)


if __name__ == "__main__":
    main()
