"""KaHIP: imbalance is a share, weights are whole numbers."""

from types import SimpleNamespace

import kahip
import numpy as np


def prepare(instance, load, task):
    """Return lists, which is what the binding takes."""
    return SimpleNamespace(
        xadj=instance.indptr.tolist(),
        adjncy=instance.indices.tolist(),
        weights=load.tolist(),
        ones=[1] * instance.indices.size,
        n_grids=task.n_grids,
        imbalance=task.tolerance,
    )


def eco(given, seed):
    """Divide in its middle mode."""
    return _divide(given, seed, kahip.ECO)


def strong(given, seed):
    """Divide in its best mode."""
    return _divide(given, seed, kahip.STRONG)


def _divide(given, seed, mode):
    _, parts = kahip.kaffpa(
        given.weights,
        given.xadj,
        given.ones,
        given.adjncy,
        given.n_grids,
        given.imbalance,
        True,  # suppresses what it prints
        seed + 1,  # as for METIS
        mode,
    )
    return np.asarray(parts)
