"""k-means-constrained: bounds on the number of points, not on their load."""

from types import SimpleNamespace

import numpy as np
from k_means_constrained import KMeansConstrained


def prepare(instance, load, task):
    """Return the range as whole numbers of units."""
    mean = load.size / task.n_grids
    return SimpleNamespace(
        xy=instance.xy,
        n_grids=task.n_grids,
        least=int(np.floor(mean * (1 - task.tolerance))),
        most=int(np.ceil(mean * (1 + task.tolerance))),
    )


def constrained(given, seed):
    """Move centers and solve a flow in turns, from one start."""
    model = KMeansConstrained(
        given.n_grids, size_min=given.least, size_max=given.most, n_init=1, random_state=seed
    )
    return model.fit_predict(given.xy).astype(np.int64)
