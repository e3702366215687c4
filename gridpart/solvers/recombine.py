"""Two neighboring grids divided anew, where single units cannot mend a range."""

import numpy as np
from numpy.typing import NDArray

from gridpart import _kernels, _kernels_plans
from gridpart.model import Problem
from gridpart.solvers.pieces import grid_members

__all__ = ["recombined"]

TREES = 12
"""Random trees for each pair of grids."""


def recombined(
    problem: Problem,
    instance: _kernels.Instance,
    labels: NDArray[np.int32],
    grids: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    balance: float = 0.0,
    trees: int = TREES,
) -> NDArray[np.int32]:
    """Return `labels` with each of `grids` divided anew with one neighbor at a time.

    The total breach never grows, and where it stays the inertia with `balance` times the
    squared loads never does. Locked units keep their grids, since grids with any are left alone.
    """
    if not grids.size:
        return labels
    labels = labels.copy()
    random = rng.integers(1, 2**63, 1, np.uint64)
    place = np.full(problem.n_units, -1, np.int64)
    members = grid_members(labels, int(labels.max()) + 1)
    for grid in grids:
        around = np.concatenate([problem.graph.neighbors(unit) for unit in members[grid]])
        for other in np.unique(labels[around]):
            both = np.sort(np.concatenate([members[grid], members[other]]))
            if other == grid or not instance.free[both].all():
                continue
            side = labels[both] == other
            if _kernels_plans.recut(instance, both, side, place, trees, balance, random):
                members[grid], members[other] = both[~side], both[side]
                labels[members[grid]], labels[members[other]] = grid, other
    return labels
