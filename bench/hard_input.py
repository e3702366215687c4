"""Hard input for ``regionalize``: maps in pieces, islands, and a unit no grid can hold.

Run with ``python bench/hard_input.py``. Each row must end within a second with a
valid plan, or with one sentence that names the cause and the unit.
"""

import time

import geopandas as gpd
import numpy as np
import shapely

import gridpart as gp
from gridpart.errors import InfeasibleError

SIDE = 100.0
WITHIN_S = 1.0


def squares(columns, rows, west=0.0, south=0.0):
    """Return the square units of a lattice."""
    return [
        shapely.box(
            west + i * SIDE, south + j * SIDE, west + (i + 1) * SIDE, south + (j + 1) * SIDE
        )
        for j in range(rows)
        for i in range(columns)
    ]


def town(shapes, rng):
    """Return units with 5 to 15 households each."""
    households = rng.integers(5, 15, len(shapes), endpoint=True)
    return gpd.GeoDataFrame({"households": households}, geometry=shapes, crs="EPSG:4547")


def two_lattices(rng):
    """Return 400 units and 200 more that nothing connects to them."""
    return town(squares(20, 20) + squares(10, 20, west=10_000), rng), 6


def two_islands(rng):
    """Return 400 units and two that stand alone."""
    islands = squares(1, 1, west=10_000) + squares(1, 1, west=20_000)
    return town(squares(20, 20) + islands, rng), 8


def one_heavy_unit(rng):
    """Return 400 units of which one holds 2.7 times as much as a mean grid."""
    units = town(squares(20, 20), rng)
    others = units["households"].sum() - units["households"].iloc[210]
    units.loc[210, "households"] = round(2.7 * others / (8 - 2.7))
    return units, 8


CASES = {
    "two separate lattices, 20 x 20 and 10 x 20, k=6": two_lattices,
    "400 cells and 2 islands, k=8": two_islands,
    "one unit of 2.7 times the ideal, k=8": one_heavy_unit,
}


def broken_grids(units, labels):
    """Return the number of grids in pieces, by their outlines."""
    outlines = units.dissolve(labels.to_numpy()).geometry
    return int((shapely.get_num_geometries(outlines.to_numpy()) > 1).sum())


def solve(units, n_grids, **options):
    """Return one row of the table."""
    began = time.perf_counter()
    try:
        result = gp.regionalize(units, "households", n_grids=n_grids, **options)
    except InfeasibleError as error:
        return time.perf_counter() - began, None, None, None, [str(error).splitlines()[0]]
    seconds = time.perf_counter() - began
    loads = units["households"].groupby(result.labels).sum()
    worst = float((loads / (loads.sum() / n_grids) - 1).abs().max())
    causes = [str(breach) for breach in result.breaches]
    return seconds, broken_grids(units, result.labels), len(loads), worst, causes


def main():
    """Print the table."""
    warm, _ = two_lattices(np.random.default_rng(1))
    gp.regionalize(warm, "households", n_grids=3, tolerance=0.5)  # compiles
    print(f"{'input':<50} {'range':>6} {'s':>6} {'broken':>7} {'grids':>6} {'worst':>7}")
    for name, build in CASES.items():
        for tolerance in (None, 0.05):
            units, n_grids = build(np.random.default_rng(0))
            options = {} if tolerance is None else {"tolerance": tolerance}
            seconds, broken, n_found, worst, causes = solve(units, n_grids, **options)
            asked = "free" if tolerance is None else f"±{tolerance:.0%}"
            late = "" if seconds < WITHIN_S else "  LATE"
            found = "-" if worst is None else f"{broken:>7} {n_found:>6} {worst:>7.1%}"
            print(f"{name:<50} {asked:>6} {seconds:>6.2f} {found}{late}")
            for cause in causes[:3]:
                print(f"    {cause}")
            if len(causes) > 3:
                print(f"    and {len(causes) - 3} more")


if __name__ == "__main__":
    main()
