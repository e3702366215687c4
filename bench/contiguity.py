"""Contiguity with border lengths on large maps, beside libpysal's, each in its own process.

``python -m bench.contiguity --out bench/RESULTS-contiguity.md`` writes the table. Maps:

- ``city``: Voronoi cells of the bench's own city, rounded to 1 mm, noded throughout;
- ``lattice``: squares side by side;
- ``bricks``: squares in rows shifted by half and turned by 17 degrees, rounded to 1 mm, so that
  no T-junction is noded: what a planner's layer looks like.
"""

import argparse
import json
from functools import partial
from pathlib import Path

import numpy as np
import shapely
from scipy.spatial import Voronoi

from bench.instances import SPACING_M, _ground, _guards, _points
from bench.machine import line
from bench.own_process import clocked, in_own_process
from bench.run_one import peak_mib

METHODS = ("gridpart", "libpysal rook", "libpysal rook by perimeter")
MAPS = ("city", "lattice", "bricks")
TURN = np.deg2rad(17)


def city(n_units, seed=0):
    """Return the cells of a city as polygons with corners on millimeters."""
    rng = np.random.default_rng([n_units, seed])
    ground = _ground(n_units, rng)
    xy = _points(n_units, ground, True, rng)
    diagram = Voronoi(np.vstack([xy, _guards(xy, ground)]))
    rings = [diagram.regions[region] for region in diagram.point_region[:n_units]]
    corners = diagram.vertices[np.concatenate(rings)]
    ring = np.repeat(np.arange(n_units), [len(r) for r in rings])
    cells = shapely.polygons(shapely.linearrings(np.round(corners, 3), indices=ring))
    return cells[shapely.is_valid(cells) & (shapely.area(cells) > 0)]


def lattice(n_units):
    """Return squares side by side."""
    side = round(np.sqrt(n_units))
    x, y = (axis.ravel() * SPACING_M for axis in np.meshgrid(np.arange(side), np.arange(side)))
    return shapely.box(x, y, x + SPACING_M, y + SPACING_M)


def bricks(n_units):
    """Return squares in shifted rows, turned, with corners on millimeters."""
    squares = shapely.get_coordinates(lattice(n_units)).reshape(-1, 5, 2)
    odd = (squares[:, :, 1].min(axis=1) / SPACING_M % 2).astype(bool)
    squares[odd, :, 0] += SPACING_M / 2
    turn = np.array([[np.cos(TURN), np.sin(TURN)], [-np.sin(TURN), np.cos(TURN)]])
    return shapely.polygons(np.round(squares @ turn, 3))


def run(method, place, n_units):
    """Return seconds, edges and meters of border of one method on one map."""
    polygons = {"city": city, "lattice": lattice, "bricks": bricks}[place](n_units)
    if method == "gridpart":
        from gridpart import build_graph

        build_graph(polygons[:100])
        graph, seconds, cpu = clocked(build_graph, polygons)
        edges, meters = graph.n_edges, graph.lengths.sum() / 2
    else:
        import geopandas as gpd
        from libpysal.graph import Graph

        frame = gpd.GeoDataFrame(geometry=polygons)
        options = {"rook": True, "by_perimeter": method.endswith("perimeter")}
        Graph.build_contiguity(frame.iloc[:100], **options)
        graph, seconds, cpu = clocked(partial(Graph.build_contiguity, frame, **options))
        edges, meters = graph.n_edges // 2, None
        if options["by_perimeter"]:
            meters = float(graph.adjacency.sum()) / 2
    return {
        "units": len(polygons), "seconds": seconds, "cpu": cpu, "mib": peak_mib(),
        "edges": int(edges), "meters": meters,
    }  # fmt: skip


def table(rows):
    """Return the lines of the table of results."""
    lines = [
        "| map | units | method | s | CPU s | CPU / gridpart | MiB | edges | border, km |",
        "|---|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    ours = {place: found["cpu"] for place, method, found in rows if method == "gridpart"}
    for place, method, found in rows:
        km = "–" if found["meters"] is None else f"{found['meters'] / 1000:,.1f}"
        lines.append(
            f"| {place} | {found['units']:,} | {method} | {found['seconds']:.2f} | "
            f"{found['cpu']:.2f} | {found['cpu'] / ours[place]:.2f} | {found['mib']:.0f} | "
            f"{found['edges']:,} | {km} |"
        )
    return lines


def main():
    """Run one method, or all and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", nargs=3, metavar=("METHOD", "MAP", "N"))
    parser.add_argument("--units", type=int, default=100_000)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    if asked.one:
        method, place, n_units = asked.one
        print(json.dumps(run(method, place, int(n_units))))
        return
    rows = [
        (place, method, in_own_process("bench.contiguity", method, place, asked.units))
        for place in MAPS for method in METHODS
    ]  # fmt: skip
    text = "\n".join(
        [
            "# Contiguity with border lengths, beside libpysal's",
            "",
            "Every run has a process of its own. **s**: seconds of the call, polygons given, on a",
            "machine that others used, too; **CPU s**: what it took of one core. **MiB**: peak of",
            "the whole process, with imports and the map. The border of the `city` and the",
            "`lattice` is noded; that of the `bricks` is not, and rook contiguity by common",
            "segments finds only what is.",
            "",
            line(["gridpart", "libpysal"]),
            "",
            f"    python -m bench.contiguity --units {asked.units} --out RESULTS-contiguity.md",
            "",
            *table(rows),
            "",
        ]
    )
    print(text)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
