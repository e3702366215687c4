"""Cells of 10,000 buildings: gridpart beside momepy, each run in a process of its own.

``python -m bench.cells --out bench/RESULTS-cells.md`` takes some minutes. Places are copies
of the Helsinki sample side by side, and square blocks of 20 houses between streets. Every
place is one community, which is the hardest case: a sub-district has many small ones.
"""

import argparse
import json
import resource
import signal
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from bench import machine
from bench.own_process import clocked
from bench.run_one import peak_mib

SAMPLE = Path(__file__).parents[1] / "data" / "samples" / "helsinki" / "district.gpkg"
SIDE_M = 150.0
PER_BLOCK = 20
SIZES = (2_500, 5_000, 10_000)
PLACES = ("helsinki", "blocks")
METHODS = ("gridpart", "momepy")
PEERS = ("gridpart", "momepy", "shapely", "libpysal")


def helsinki(n_buildings):
    """Return region, buildings and streets: copies of the sample, one beside the other."""
    district = read_sample()
    west, south, east, north = shapely.total_bounds(district[0])
    across, up = np.ceil([east - west, north - south])
    n_copies = int(np.ceil(n_buildings / len(district[0])))
    in_row = int(np.ceil(np.sqrt(n_copies * up / across)))
    regions, found = [], ([], [])
    for copy in range(n_copies):
        by = np.array([copy % in_row * across, copy // in_row * up])
        regions.append(shapely.box(west, south, west + across, south + up))
        regions[-1] = shapely.transform(regions[-1], lambda xy, by=by: xy + by)
        for kept, shapes in zip(found, district, strict=True):
            kept.append(shapely.transform(shapes, lambda xy, by=by: xy + by))
    buildings, streets = (np.concatenate(kept) for kept in found)
    return shapely.union_all(regions), buildings[:n_buildings], streets


def read_sample():
    """Return the buildings of the sample, mended, and its streets."""
    made = gpd.read_file(SAMPLE, layer="units").geometry.to_numpy()
    made = shapely.make_valid(made, method="structure", keep_collapsed=False)
    return made, gpd.read_file(SAMPLE, layer="streets").geometry.to_numpy()


def blocks(n_buildings):
    """Return region, buildings and streets of square blocks."""
    rng = np.random.default_rng(0)
    n_side = int(np.ceil(np.sqrt(n_buildings / PER_BLOCK)))
    end = n_side * SIDE_M
    at = np.arange(n_side + 1) * SIDE_M
    streets = [shapely.LineString([(x, -10), (x, end + 10)]) for x in at]
    streets += [shapely.LineString([(-10, y), (end + 10, y)]) for y in at]
    row = int(np.ceil(np.sqrt(PER_BLOCK)))
    step = (SIDE_M - 10) / row
    slot = np.arange(n_buildings)
    block, place = slot // PER_BLOCK, slot % PER_BLOCK
    west = block % n_side * SIDE_M + 8 + place % row * step
    south = block // n_side * SIDE_M + 8 + place // row * step
    size = rng.uniform(8, 22, (2, n_buildings))
    houses = shapely.box(west, south, west + size[0], south + size[1])
    return shapely.box(0, 0, end, end), houses, np.array(streets, dtype=object)


def by_gridpart(region, buildings, streets):
    """Return cells and whose they are."""
    from gridpart.cells import build_cells

    return build_cells(region, buildings, streets=streets), np.arange(len(buildings))


def by_momepy(region, buildings, streets):
    """Return cells and whose they are, -1 for ground without a building."""
    import momepy

    crs = "EPSG:3067"
    lines = gpd.GeoDataFrame(geometry=streets, crs=crs)
    limit = gpd.GeoSeries([region], crs=crs)
    enclosures = momepy.enclosures(lines, limit=limit, clip=True)
    houses = gpd.GeoDataFrame(geometry=buildings, crs=crs)
    cells = momepy.enclosed_tessellation(houses, enclosures.geometry, simplify=False, n_jobs=1)
    return cells.geometry.to_numpy(), np.where(cells.index < 0, -1, cells.index)


def judge(region, buildings, cells, owner):
    """Return what is wrong with cells."""
    own = owner >= 0
    n_cells = np.bincount(owner[own], minlength=len(buildings))
    inner = shapely.point_on_surface(buildings[owner[own]])
    at_home = np.unique(owner[own][shapely.intersects(cells[own], inner)])
    pieces = shapely.get_num_geometries(cells[own])
    cut = shapely.area(shapely.intersection(cells[own], buildings[owner[own]]))
    kept = np.zeros(len(buildings))
    np.maximum.at(kept, owner[own], cut)
    return {
        "area": float(abs(shapely.area(cells).sum() / region.area - 1)),
        "without": int((n_cells == 0).sum()),
        "several": int((n_cells > 1).sum()),
        "pieces": int((pieces > 1).sum()),
        "away": int(len(buildings) - at_home.size),
        "divided": int((kept < 0.99 * shapely.area(buildings)).sum()),
        "corners": round(float(shapely.get_num_coordinates(cells).mean()), 1),
    }


def run_one(place, method, n_buildings, limit_s):
    """Run one method once and print what came out; the kernel ends it at the limit."""
    resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s + 10))
    build = {"gridpart": by_gridpart, "momepy": by_momepy}[method]
    build(*blocks(60))  # loads what is loaded once
    case = {"helsinki": helsinki, "blocks": blocks}[place](n_buildings)
    (cells, owner), seconds, cpu = clocked(build, *case)
    found = {"buildings": len(case[1]), "seconds": seconds, "cpu": cpu, "mib": peak_mib()}
    print(json.dumps({**found, **judge(*case[:2], cells, owner)}))


def in_own_process(place, method, n_buildings, limit_s):
    """Return the row of one run, or what it failed with."""
    command = [sys.executable, "-m", "bench.cells", "--limit", str(limit_s)]
    command += ["--one", place, method, str(n_buildings)]
    home = Path(__file__).parents[1]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=home)
    if ran.returncode == -signal.SIGXCPU:
        return {"failed": f"more than {limit_s} s of processor time"}
    if ran.returncode:
        return {"failed": (ran.stderr.strip().splitlines() or ["ended"])[-1]}
    return json.loads(ran.stdout.splitlines()[-1])


HEAD = """# Cells of buildings

One community, one core, each run in a process of its own; loading is not counted.
Places are copies of the Helsinki sample (474 footprints, 2,321 walkways each) and square
blocks of 20 houses. momepy runs `enclosures` and `enclosed_tessellation` with `simplify=False`:
by default it hands `shapely.coverage_simplify` what that refuses, on both places.
A building in several enclosures has a cell in each by design of momepy, and ground of
enclosures without a building has none: gridpart gives each building one cell and all ground
to some building, which is a harder task.

- **s**, **CPU s**: wall clock and processor time; other work ran on the machine, so compare
  processor time. **MiB**: peak of the process.
- **area**: area of all cells over that of the region, less 1, as an amount; ground without a
  building counts too.
- **none**, **several**: buildings without a cell, or with more than one. **pieces**: cells in
  pieces. **away**: buildings whose inner point lies in no cell of theirs. **divided**: buildings
  of which no cell holds 99 %. **corners**: corners a cell.

"""


def write(rows, out):
    """Write the table."""
    about = machine.line(PEERS, (*PEERS, "numpy", "scipy", "geopandas"))
    lines = [
        f"{HEAD}{about}\n",
        "    python -m bench.cells --out bench/RESULTS-cells.md\n",
        "| place | buildings | method | s | CPU s | MiB | area | none | several | pieces | away "
        "| divided | corners |",
        "|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for place, n_buildings, method, row in rows:
        start = f"| {place} | {n_buildings:,} | {method} |"
        if "failed" in row:
            lines.append(f"{start} {row['failed']} |" + " |" * 9)
            continue
        lines.append(
            f"{start} {row['seconds']:.1f} | {row['cpu']:.1f} | {row['mib']:.0f} "
            f"| {row['area']:.0e} | {row['without']} | {row['several']} | {row['pieces']} "
            f"| {row['away']} | {row['divided']} | {row['corners']} |"
        )
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    """Run the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", nargs=3, metavar=("PLACE", "METHOD", "N"))
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--limit", type=int, default=300, help="processor seconds of one run")
    parser.add_argument("--out", type=Path, default=Path("bench/RESULTS-cells.md"))
    asked = parser.parse_args()
    if asked.one:
        place, method, n_buildings = asked.one
        run_one(place, method, int(n_buildings), asked.limit)
        return
    rows = []
    for place in PLACES:
        for n_buildings in asked.sizes:
            for method in METHODS:
                row = in_own_process(place, method, n_buildings, asked.limit)
                print(place, n_buildings, method, row, flush=True)
                rows.append((place, n_buildings, method, row))
                write(rows, asked.out)


if __name__ == "__main__":
    main()
