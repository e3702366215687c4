"""Dividing one grid so that none of the new grids lies in a hole of another."""

import numpy as np
from numpy.typing import NDArray

from gridpart.dividing import Task, divide_parent
from gridpart.holes import enclosed
from gridpart.nearness import rank
from gridpart.solvers.stop import Stop

__all__ = ["divide_open"]

AGAIN = 4
"""Divisions from other seeds where grids are enclosed."""

Labels = NDArray[np.int32]


def divide_open(task: Task, seed: np.random.SeedSequence, stop: Stop | None) -> tuple[Labels, str]:
    """Divide one parent, and again from other seeds while a grid lies in a hole of another.

    Ranges and radius go first: a division is taken for having fewer enclosed grids only
    where it breaks no more of them.
    """
    labels, why = divide_parent(task, seed, stop)
    if task.level.enclosed == "allow":
        return labels, why
    best = (*rank(task.ground, task.level, task.units, labels), _n_enclosed(task, labels))
    for child in seed.spawn(AGAIN):
        if best[-1] == 0 or why != "budget":
            break
        found, why = divide_parent(task, child, stop)
        own = (*rank(task.ground, task.level, task.units, found), _n_enclosed(task, found))
        if own < best:
            best, labels = own, found
    return labels, why


def _n_enclosed(task: Task, labels: Labels) -> int:
    """Return how many grids of a parent lie in a hole of another."""
    beside, rim = task.ground.beside, task.ground.rim
    if beside is None or rim is None:
        return 0
    place = np.full(task.ground.n_units, -1, np.int32)
    place[task.units] = np.arange(task.units.size)
    ends = place[beside]
    leaving = (ends < 0).any(axis=1) & (ends >= 0).any(axis=1)
    is_open = rim[task.units].copy()
    is_open[ends[leaving].max(axis=1)] = True
    return len({grid for grid, _ in enclosed(labels, ends[(ends >= 0).all(axis=1)], is_open)})
