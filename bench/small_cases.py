"""Small cases against their proven optimum: ``python -m bench.small_cases [--cases 50]``.

Random maps of 24 units in 4 grids at ±5 to ±25 %, loads as in the cities. The search must
never break a range that the exact method keeps.
"""

import argparse
from dataclasses import replace
from unittest.mock import patch

import geopandas as gpd
import numpy as np
from scipy.spatial import Delaunay

import gridpart as gp
from gridpart import regions

N_UNITS, N_GRIDS = 24, 4


def small_case(seed):
    """Return units at random places, their graph and a tolerance."""
    rng = np.random.default_rng(seed)
    xy = rng.random((N_UNITS, 2)) * 1_000
    load = rng.lognormal(3.5, 0.8, N_UNITS)
    load = np.maximum(1, np.minimum(load, 0.8 * load.sum() / N_GRIDS).round())
    triangles = Delaunay(xy).simplices
    pairs = np.unique(np.sort(triangles[:, [0, 1, 1, 2, 0, 2]].reshape(-1, 2), axis=1), axis=0)
    heads, tails = np.concatenate([pairs, pairs[:, ::-1]]).T
    order = np.lexsort((tails, heads))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(heads, minlength=N_UNITS))])
    graph = gp.Graph(indptr, tails[order].astype(np.int32), np.ones(heads.size))
    units = gpd.GeoDataFrame({"load": load}, geometry=gpd.points_from_xy(*xy.T))
    return units, graph, float(rng.choice([0.05, 0.1, 0.25]))


def measured(n_cases):
    """Print how near the search comes to the optimum."""
    ratios, missed, impossible = [], 0, 0
    for seed in range(n_cases):
        units, graph, tolerance = small_case(seed)
        given = {"n_grids": N_GRIDS, "tolerance": tolerance, "graph": graph}
        found = gp.regionalize(units, "load", **given)
        exact = gp.regionalize(units, "load", method="exact", **given)
        if not exact.feasible:
            impossible += 1
        elif not found.feasible:
            missed += 1
        else:
            ratios.append(found.objective / exact.objective)
    ratios = np.array(ratios)
    print(f"{n_cases} cases: {impossible} that no plan keeps, {missed} missed by the search")
    print(f"inertia over the optimum: mean {ratios.mean():.4f}, greatest {ratios.max():.4f}")
    print(f"as good as the optimum: {(ratios <= 1 + 1e-9).sum()} of {ratios.size}")


def main():
    """Print it for the search as it is, and for one that weighs what the proof weighs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=50)
    asked = parser.parse_args()
    measured(asked.cases)
    print("with borders at no weight, as in the proof:")
    bare = replace(regions.WEIGHTS["inertia"], border=0.0)
    with patch.dict(regions.WEIGHTS, inertia=bare):
        measured(asked.cases)


if __name__ == "__main__":
    main()
