"""The compiled loop that tabulates how far a missing mass must spread, for the exact solver."""

import numpy as np
from numpy.typing import NDArray

from gridpart._compile import ZERO, compiled

__all__ = ["tabulate_spread"]


@compiled
def tabulate_spread(
    xy: NDArray[np.float64],
    mass: NDArray[np.float64],
    nearest: NDArray[np.int32],
    is_open: NDArray[np.bool_],
    most_mass: float,
    spread: NDArray[np.float64],
) -> None:
    """Fill `spread` for the open units, O(n_units * (n_units + levels)).

    Entry (t, j) of the levels + 1 in a row is the least sum of mass times squared distance
    from t over open units that together make up, with t itself, the mass j / levels of
    `most_mass`. Row t of `nearest` holds the units by distance from t, t first.
    """
    n, levels = mass.size, spread.shape[1] - 1
    for t in range(n):
        if not is_open[t]:
            continue
        level = ZERO
        held, moment = mass[t], 0.0
        for i in range(1, n):
            other = nearest[t, i]
            if not is_open[other]:
                continue
            dx, dy = xy[t, 0] - xy[other, 0], xy[t, 1] - xy[other, 1]
            square = dx * dx + dy * dy
            while level <= levels and level * most_mass / levels <= held + mass[other]:
                missing = max(0.0, level * most_mass / levels - held)
                spread[t, level] = moment + missing * square
                level += 1
            held += mass[other]
            moment += mass[other] * square
        while level <= levels:
            spread[t, level] = moment
            level += 1
