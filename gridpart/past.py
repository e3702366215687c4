"""The plan in force at one level, as the division of that level sees it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridpart.model import Ground, Level, Standing
from gridpart.solvers.stable import continued

__all__ = ["Past", "past_of"]

Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Past:
    """Which grid of a level each unit of a community was in, and which grids stay."""

    home: Labels
    """Shape (n_units,): old grid, -1 for none."""
    kept: NDArray[np.bool_]
    """Shape (n_units,): whether that grid stays unit for unit."""
    stability: float

    def of_groups(
        self, units: NDArray[np.int64], groups: Labels, mass: NDArray[np.float64]
    ) -> tuple[Labels, NDArray[np.float64]]:
        """Return the old grid that most of each group were in, and how many more those are.

        Parameters
        ----------
        units : ndarray of int64
            Units of the community that `groups` and `mass` are about.
        groups : ndarray of int32
            Group of each, 0..n_groups-1.
        mass : ndarray of float64
            Households of each.
        """
        own = self.home[units]
        n_groups = int(groups.max()) + 1
        home = np.full(n_groups, -1, np.int32)
        most = np.zeros(n_groups)
        held = own >= 0
        pairs, inverse = np.unique(
            np.stack([groups[held], own[held]], axis=1), axis=0, return_inverse=True
        )
        shared = np.bincount(inverse.ravel(), mass[held], len(pairs))
        for (group, old), amount in zip(pairs, shared, strict=True):
            if home[group] < 0 or amount > most[group]:
                home[group], most[group] = old, amount
        return home, most


def past_of(
    ground: Ground,
    level: Level,
    parents: Labels,
    standing: Standing | None,
) -> Past | None:
    """Return the plan in force at one level, None where there is none.

    An old grid counts only for units whose new parent continues its old one: in any other
    parent its code is lost whatever the division.
    """
    if standing is None or level.id not in standing.old:
        return None
    home = standing.old[level.id].copy()
    above = level.nests_in
    if above is not None and above in standing.old:
        old = standing.old[above]
        mass = ground.sizes[:, 0]
        home[continued(parents, old, mass)[parents] != old] = -1
    kept = standing.kept.get(level.id, np.zeros(home.size, np.bool_))
    home = np.where(kept, standing.old[level.id], home).astype(np.int32)
    return Past(home, kept, standing.stability)
