"""pygeoda: regions of like attributes, and the attributes here are the coordinates.

Seeds start at 1: with a seed of 0 its generator gives poor starts, and too few zones.
"""

import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pygeoda

COMMON = {"scale_method": "raw", "cpu_threads": 1}


def prepare(instance, load, task):
    """Return its weights, read from a file: there is no other way to hand over a graph."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "graph.gal"
        rows = np.split(instance.indices, instance.indptr[1:-1])
        lines = [f"0 {load.size} units id"]
        for unit, row in enumerate(rows):
            lines += [f"{unit} {row.size}", " ".join(map(str, row))]
        file.write_text("\n".join(lines) + "\n")
        weights = pygeoda.read_gal(str(file), [str(unit) for unit in range(load.size)])
    low = task.limits(load)[0]
    return SimpleNamespace(
        weights=weights,
        xy=instance.xy.T.tolist(),
        load=load.astype(float).tolist(),
        n_grids=task.n_grids,
        lower=low if task.kind == "most" else load.sum() / task.n_grids / 2,
    )


def skater(given, seed):
    """Cut a minimum spanning tree."""
    return _labels(
        pygeoda.skater(
            given.n_grids, given.weights, given.xy, bound_variable=given.load,
            min_bound=given.lower, random_seed=seed + 1, **COMMON,
        )
    )  # fmt: skip


def redcap(given, seed):
    """Cut a tree of Ward's linkage."""
    return _labels(
        pygeoda.redcap(
            given.n_grids, given.weights, given.xy, "fullorder-wardlinkage",
            bound_variable=given.load, min_bound=given.lower, random_seed=seed + 1, **COMMON,
        )
    )  # fmt: skip


def azp(given, seed):
    """Exchange units between zones."""
    return _labels(
        pygeoda.azp_greedy(
            given.n_grids, given.weights, given.xy, bound_variable=given.load,
            min_bound=given.lower, random_seed=seed + 1, scale_method="raw",
        )
    )  # fmt: skip


def max_p(given, seed):
    """Find most regions over the threshold."""
    return _labels(
        pygeoda.maxp_greedy(
            given.weights, given.xy, given.load, given.lower, iterations=99, random_seed=seed + 1,
            **COMMON,
        )
    )  # fmt: skip


def max_p_tabu(given, seed):
    """Find most regions over the threshold, with a longer search for likeness."""
    return _labels(
        pygeoda.maxp_tabu(
            given.weights, given.xy, given.load, given.lower, iterations=9, random_seed=seed + 1,
            **COMMON,
        )
    )  # fmt: skip


def _labels(found):
    """Return labels from 0; it counts from 1 and gives 0 to what it left out."""
    return np.asarray(found["Clusters"]) - 1
