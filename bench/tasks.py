"""What is asked for: a place, a number of grids, and a range."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bench import instances

KINDS = ("city", "field", "cloud")
"""Kinds of made places: with a river, without it, and points with nothing around them."""
FIXED = [
    (1_000, 50, 5),
    (1_000, 50, 1),
    (1_000, 10, 1),
    (1_000, 125, 5),
    (10_000, 500, 5),
    (10_000, 500, 1),
    (10_000, 100, 5),
    (10_000, 100, 1),
    (10_000, 10, 5),
    (100_000, 5_000, 5),
    (1_000_000, 50_000, 5),
]
"""Units, grids, percent."""


@dataclass(frozen=True)
class Task:
    """One row of the table, for any seed."""

    name: str
    kind: Literal["fixed", "range", "most"]
    place: str
    """Name of the instance."""
    n_grids: int
    """The number asked for; of mean size in a range; or the most that the total can fill."""
    tolerance: float = 0.0

    def instance(self, seed, folder=None):
        """Return the units, and loads of which none fills a grid."""
        found = instances.load(self.place, seed, folder)
        made = not self.place.isalpha()
        return found, instances.capped(found.load, self.n_grids) if made else found.load

    def limits(self, load):
        """Return the range of the load of one grid."""
        mean = float(load.sum()) / self.n_grids
        if self.kind == "most":
            return mean, np.inf
        return mean * (1 - self.tolerance), mean * (1 + self.tolerance)

    def most(self, load):
        """Return how many grids of whole loads can reach the lower bound."""
        return int(load.sum() // np.ceil(self.limits(load)[0] * (1 - 1e-12)))

    def includes(self, other):
        """Return whether this is `other`, or larger and no easier in grids or tolerance."""
        if self.name == other.name:
            return True
        if self.kind != other.kind or self.place.isalpha() or other.place.isalpha():
            return False
        here, there = (int(task.place.partition("-")[2]) for task in (self, other))
        finer = here / self.n_grids <= there / other.n_grids
        return here > there and finer and self.tolerance <= other.tolerance

    def text(self):
        """Return the task in words."""
        if self.kind == "fixed":
            return f"{self.n_grids:,} grids ±{self.tolerance:.0%}"
        if self.kind == "range":
            per_cent = f"{1 - self.tolerance:.1f} to {1 + self.tolerance:.1f}"
            return f"any number of grids of {per_cent} times 1/{self.n_grids:,} of the load"
        return f"most grids of at least 1/{self.n_grids:,} of the load"


def catalog(kind="city"):
    """Return every task by name, on places of one kind."""
    tasks = [
        Task(f"{n}/{k}/{percent}", "fixed", f"{kind}-{n}", k, percent / 100)
        for n, k, percent in FIXED
    ]
    tasks += [
        Task(f"{n}/{n // 20}/range", "range", f"{kind}-{n}", n // 20, 0.2) for n in (1_000, 10_000)
    ]
    tasks += [
        Task(f"{n}/{n // size}/most", "most", f"{kind}-{n}", n // size)
        for n in (1_000, 10_000)
        for size in (20, 100)
    ]
    tasks += [
        Task("providence/60/5", "fixed", "providence", 60, 0.05),
        Task("hankou/40/5", "fixed", "hankou", 40, 0.05),
    ]
    return {task.name: task for task in tasks}
