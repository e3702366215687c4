"""Damage to files, as copying, downloading and editing do it, and worse.

Run as a program it damages one format over and over in a process of its own, so that a
crash or a hang of a driver is seen from outside: ``python mutations.py FORMAT FIRST COUNT``.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from districts import communities, units, write_file
from formats import save, save_osm, with_members

from gridpart.io import check_district

FORMATS = (
    "gpkg", "geojson", "shp", "shx", "dbf", "prj", "cpg", "zip", "fgb", "parquet",
    "kml", "kmz", "osm", "pbf", "csv", "xlsx", "toml",
)  # fmt: skip

MANIFEST = """
name = "x"
crs = "EPSG:4547"
[units]
path = "units.geojson"
columns = { unit_id = "unit_id", population = { expression = "households * 2 + 1" } }
"""


def build(folder, suffix):
    """Write a small district with one file in the format, and return that file."""
    write_file(communities(), folder / "communities.gpkg", layer="communities")
    frame = units().iloc[:6].assign(name="院落")
    path = folder / f"units.{suffix}"
    if suffix in ("shx", "dbf", "prj", "cpg"):
        save(frame, folder / "units.shp")
    elif suffix in ("osm", "pbf"):
        shapes = frame.to_crs(4326).geometry
        save_osm(path, [(shape, {"building": "yes", "name": "楼"}) for shape in shapes])
    elif suffix == "toml":
        save(frame, folder / "units.geojson")
        path = folder / "district.toml"
        path.write_text(MANIFEST, encoding="utf-8")
    elif suffix == "zip":
        save(frame, folder / "loose" / "units.shp")
        loose = sorted((folder / "loose").iterdir())
        with_members(path, {file.name: file.read_bytes() for file in loose})
    else:
        save(frame, path)
    return path


def mutate(data, rng):
    """Return the bytes, damaged in one way or a few."""
    data = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        if not data:
            break
        at = int(rng.integers(len(data)))
        size = int(min(rng.integers(1, 64), len(data) - at))
        kind = rng.integers(7)
        if kind == 0:
            del data[at:]
        elif kind == 1:
            data[at] ^= 1 << int(rng.integers(8))
        elif kind == 2:
            data[at : at + size] = rng.bytes(size)
        elif kind == 3:
            del data[at : at + size]
        elif kind == 4:
            data[at:at] = data[at : at + size]
        elif kind == 5:
            data[at : at + size] = rng.choice([b"\x00", b"\xff", b"\x7f"]) * size
        else:
            there = int(rng.integers(len(data)))
            data[at : at + size] = data[there : there + size]
    return bytes(data)


def damaged(path, original, seed):
    """Damage a file in place by a seed, and check the district that it belongs to."""
    path.write_bytes(mutate(original, np.random.default_rng(seed)))
    return check_district(path.parent, crs="EPSG:4547")


def main(suffix, first, count):
    """Damage one format `count` times and say on a line which seed is on its way."""
    with tempfile.TemporaryDirectory() as folder:
        path = build(Path(folder), suffix)
        original = path.read_bytes()
        for seed in range(int(first), int(first) + int(count)):
            sys.stdout.write(f"{seed}\n")
            sys.stdout.flush()
            damaged(path, original, seed)


if __name__ == "__main__":
    main(*sys.argv[1:])
