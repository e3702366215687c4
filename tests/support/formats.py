"""One layer in every format that can hold it, as other programs write it."""

import shutil
import tempfile
import zipfile
from pathlib import Path

import geopandas as gpd
import osmium
import pandas as pd
from districts import write_file
from osmium.osm.mutable import Node, Relation, Way

KEEPS_CRS = ("gpkg", "shp", "zip", "fgb", "parquet")
"""Formats that hold coordinates in any CRS; the others hold longitude and latitude, or
name no CRS."""

ALL = (*KEEPS_CRS, "geojson", "kml", "kmz", "csv", "tsv", "xlsx")


def save(frame, path):
    """Write a layer in the format that the end of the path names, and return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv", ".xlsx"):
        return _save_table(frame, path)
    if suffix in (".zip", ".kmz"):
        with tempfile.TemporaryDirectory() as folder:
            inner = Path(folder) / f"{path.stem}{'.shp' if suffix == '.zip' else '.kml'}"
            save(frame, inner)
            archive = shutil.make_archive(str(path.with_suffix("")), "zip", folder)
        return Path(archive).replace(path)
    if suffix == ".parquet":
        frame.to_parquet(path)
        return path
    if suffix == ".kml":
        return write_file(frame.to_crs(4326), path, driver="KML", layer=path.stem)
    if suffix == ".geojson":
        frame = frame.to_crs(4326)
    if path.exists() and suffix != ".gpkg":
        path.unlink()
    options = {"layer": path.stem} if suffix == ".gpkg" else {}
    return write_file(frame, path, **options)


def _save_table(frame, path):
    """Write a table with its geometry as well-known text."""
    plain = pd.DataFrame(frame.drop(columns="geometry")).assign(wkt=frame.geometry.to_wkt())
    if path.suffix == ".xlsx":
        plain.to_excel(path, index=False)
    else:
        plain.to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
    return path


def with_members(path, members):
    """Write an archive from names and contents."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def as_points(frame, x="经度", y="纬度", crs=4326):
    """Return a table with the middle of each row as two columns."""
    middle = frame.geometry.centroid.to_crs(crs)
    return pd.DataFrame(frame.drop(columns="geometry")).assign(**{x: middle.x, y: middle.y})


def save_osm(path, buildings, roads=()):
    """Write an OpenStreetMap file.

    `buildings` are pairs of a polygon and its tags, of which those with holes become
    relations; `roads` are pairs of a line and its tags. All in degrees.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    nodes, ways, relations = [], [], []

    def way(ring, tags):
        closed = ring[0] == ring[-1]
        first = len(nodes) + 1
        nodes.extend(ring[:-1] if closed else ring)
        refs = [*range(first, len(nodes) + 1), *([first] if closed else [])]
        ways.append(Way(id=100 + len(ways), nodes=refs, tags=tags))
        return 99 + len(ways)

    for shape, tags in buildings:
        rings = [list(ring.coords) for ring in (shape.exterior, *shape.interiors)]
        if len(rings) == 1:
            way(rings[0], tags)
            continue
        ids = [way(ring, {}) for ring in rings]
        roles = ["outer", *["inner"] * (len(ids) - 1)]
        members = [("w", i, role) for i, role in zip(ids, roles, strict=True)]
        relations.append(
            Relation(id=10 + len(relations), members=members, tags={"type": "multipolygon", **tags})
        )
    for line, tags in roads:
        way(list(line.coords), tags)
    with osmium.SimpleWriter(str(path)) as file:
        for n, place in enumerate(nodes, 1):
            file.add_node(Node(id=n, location=place))
        for item in ways:
            file.add_way(item)
        for item in relations:
            file.add_relation(item)
    return path


def degrees(frame):
    """Return a layer in longitude and latitude."""
    return gpd.GeoDataFrame(frame).to_crs(4326)
