"""METIS by way of pymetis: balance is a wish, contiguity an option of one method.

Seeds start at 1, because its generator takes 0 for 1.
"""

from types import SimpleNamespace

import numpy as np
import pymetis

LONG = {"ncuts": 8, "niter": 50}
"""The best of several cuts, each refined longer than by default."""


def prepare(instance, load, task):
    """Return the graph in the form that pymetis takes."""
    return SimpleNamespace(
        adjacency=pymetis.CSRAdjacency(instance.indptr, instance.indices),
        load=load,
        n_grids=task.n_grids,
        tolerance=task.tolerance,
    )


def k_way(given, seed):
    """Divide into k parts at once, which METIS can keep contiguous."""
    return _divide(given, given.tolerance, recursive=False, seed=seed + 1, contig=1)


def k_way_long(given, seed):
    """Divide into k parts at once, with more effort."""
    return _divide(given, given.tolerance, recursive=False, seed=seed + 1, contig=1, **LONG)


def bisection(given, seed):
    """Bisect recursively; the tolerance holds for one cut, and cuts multiply."""
    levels = np.ceil(np.log2(given.n_grids))
    share = (1 + given.tolerance) ** (1 / levels) - 1
    return _divide(given, share, recursive=True, seed=seed + 1, **LONG)


def _divide(given, tolerance, *, recursive, **options):
    _, parts = pymetis.part_graph(
        given.n_grids,
        adjacency=given.adjacency,
        vweights=given.load,
        recursive=recursive,
        options=pymetis.Options(ufactor=max(1, round(1000 * tolerance)), **options),
    )
    return np.asarray(parts)
