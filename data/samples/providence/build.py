"""Build the Providence sample: real census blocks, wards as communities.

Run from anywhere: ``python data/samples/providence/build.py``.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ["OGR_CURRENT_DATE"] = "2024-01-01T00:00:00.000Z"  # keeps the file byte-stable

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely

HERE = Path(__file__).resolve().parent
CRS = "EPSG:32619"


def read_source() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return blocks and wards in the projected CRS."""
    blocks = gpd.read_file(HERE / "source" / "providence_blocks.zip").to_crs(CRS)
    wards = gpd.read_file(HERE / "source" / "providence_wards.zip").to_crs(CRS)
    return blocks, wards


def make_communities(wards: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Turn wards into communities W01 to W15."""
    number = wards["id"].astype(int)
    columns = {
        "community_id": [f"W{n:02d}" for n in number],
        "name": [f"Ward {n}" for n in number],
        "area_type": "urban",
    }
    frame = gpd.GeoDataFrame(columns, geometry=wards.geometry.values, crs=CRS)
    return frame.sort_values("community_id", ignore_index=True)


def make_units(blocks: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Turn census blocks into units."""
    columns = {
        "unit_id": blocks["GEOID10"].astype(str),
        "community_id": [f"W{int(n):02d}" for n in blocks["WARD"]],
        "kind": "block",
        "name": blocks["NAME10"].astype(str),
        "population": blocks["TOTPOP"].astype("int32"),
    }
    frame = gpd.GeoDataFrame(columns, geometry=blocks.geometry.values, crs=CRS)
    return frame.sort_values("unit_id", ignore_index=True)


def rook_components(units: gpd.GeoDataFrame) -> list[list[int]]:
    """Return the rook-connected groups of blocks (shared edge, not a mere corner)."""
    shapes = units.geometry.to_numpy()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = left < right
    left, right = left[pairs], right[pairs]
    shared = shapely.length(shapely.intersection(shapes[left], shapes[right])) > 0
    graph: nx.Graph = nx.Graph()
    graph.add_nodes_from(range(len(units)))
    graph.add_edges_from(zip(left[shared].tolist(), right[shared].tolist(), strict=True))
    return sorted((sorted(part) for part in nx.connected_components(graph)), key=len)


def check(communities: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> None:
    """Verify the facts the README states."""
    population = units["population"]
    assert len(units) == 3014
    assert units["unit_id"].is_unique
    assert int(population.sum()) == 178_040
    assert int((population == 0).sum()) == 919
    assert int((population > 250).sum()) == 70
    assert int((population > 1250).sum()) == 2
    assert len(communities) == 15
    assert shapely.coverage_is_valid(units.geometry.to_numpy())
    assert shapely.coverage_is_valid(communities.geometry.to_numpy())
    wards = communities.set_index("community_id").geometry
    for ward, group in units.groupby("community_id"):
        dissolved = shapely.union_all(group.geometry.to_numpy())
        assert dissolved.symmetric_difference(wards[ward]).area < 1e-6, ward
        outside = shapely.area(shapely.difference(group.geometry.to_numpy(), wards[ward]))
        assert np.all(outside < 1e-6), ward


def describe(communities: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> None:
    """Print the figures for the README."""
    for ward, group in units.groupby("community_id"):
        parts = rook_components(group.reset_index(drop=True))
        sizes = [len(part) for part in parts]
        print(ward, len(group), int(group["population"].sum()), "rook components:", sizes)
        for part in parts[:-1]:
            print("   cut off:", group["unit_id"].iloc[part].tolist())
    for frame, column in ((communities, "community_id"), (units, "unit_id")):
        multi = frame[shapely.get_num_geometries(frame.geometry.to_numpy()) > 1]
        print("multipart:", multi[column].tolist())


def main() -> None:
    """Build, check and write the sample."""
    blocks, wards = read_source()
    communities, units = make_communities(wards), make_units(blocks)
    check(communities, units)
    target = HERE / "district.gpkg"
    target.unlink(missing_ok=True)
    communities.to_file(target, layer="communities", driver="GPKG", engine="pyogrio")
    units.to_file(target, layer="units", driver="GPKG", engine="pyogrio")
    describe(communities, units)


if __name__ == "__main__":
    main()
