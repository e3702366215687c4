"""Which new grid continues which old one, and so keeps its code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Heritage", "heirs"]

Texts = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Heritage:
    """What the units of one community bring along from the plan in force."""

    codes: Mapping[str, Texts]
    """Level id -> code of the grid that each unit was in, "" for none, shape (n_units,)."""
    weight: NDArray[np.float64]
    """Shape (n_units,): households."""
    taken: frozenset[str]
    """Every code that was ever given, in force or retired."""


def heirs(
    labels: NDArray[np.int32],
    old: Texts,
    weight: NDArray[np.float64],
    fits: Callable[[int, str], bool],
) -> dict[int, str]:
    """Return the code that each new grid continues; grids that continue none are left out.

    The pair of an old and a new grid with the most households in common goes first, then
    the next among those left, so that each code is kept by one grid at most. Ties go by the
    number of units, then by the code.

    Parameters
    ----------
    labels : ndarray of int32, shape (n_units,)
        New grid of each unit.
    old : ndarray of str, shape (n_units,)
        Code of its old grid, "" for none.
    weight : ndarray of float64, shape (n_units,)
        Households.
    fits : callable
        Whether a grid may bear a code, by its parent and the template.

    Examples
    --------
    >>> old = np.array(["A", "A", "B", ""], dtype=object)
    >>> heirs(np.array([0, 1, 1, 2]), old, np.array([9.0, 5, 2, 7]), lambda grid, code: True)
    {0: 'A', 1: 'B'}
    """
    shared: dict[tuple[int, str], tuple[float, int]] = {}
    for grid, code, own in zip(labels.tolist(), old, weight.tolist(), strict=True):
        if code:
            so_far, n = shared.get((grid, code), (0.0, 0))
            shared[grid, code] = so_far + own, n + 1
    order = sorted(shared, key=lambda pair: (*(-v for v in shared[pair]), pair[1], pair[0]))
    found: dict[int, str] = {}
    kept: set[str] = set()
    for grid, code in order:
        if grid not in found and code not in kept and fits(grid, code):
            found[grid] = code
            kept.add(code)
    return dict(sorted(found.items()))
