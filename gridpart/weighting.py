"""What each indicator counts beside the others: by pairwise judgment, or by how units differ."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAX_RATIO", "MIN_UNITS", "PairsError", "ahp_weights", "entropy_weights"]

MAX_RATIO = 0.1
"""Consistency ratio above which judgments are no better than guesses, the usual limit."""

MIN_UNITS = 10
"""Fewer units than this have no spread that means anything."""

RECIPROCAL = 0.01
"""How far a judgment times its opposite may be from 1: 0.33 stands for a third."""

RANDOM_INDEX = (0.0, 0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56)
"""Mean consistency index of random matrices by their size, as Saaty gave it in 1980."""


class PairsError(ValueError):
    """Two opposite entries of a matrix of judgments are not each other's reciprocal."""

    def __init__(self, row: int, column: int) -> None:
        """Remember the place of the entry."""
        super().__init__(f"entry ({row}, {column})")
        self.row, self.column = row, column


def ahp_weights(matrix: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], float]:
    """Return the weights that pairwise judgments amount to, and their consistency ratio.

    Parameters
    ----------
    matrix : sequence of n rows of n numbers above 0
        How many times as much the row's indicator counts as the column's.

    Returns
    -------
    weights : tuple of n floats
        The principal eigenvector; they add up to 1.
    ratio : float
        0 where no judgment contradicts another; up to `MAX_RATIO` is held to be usable.

    Raises
    ------
    PairsError
        If an entry times its opposite, or an entry of the diagonal, is not 1.

    Examples
    --------
    >>> weights, ratio = ahp_weights([[1, 2, 4], [0.5, 1, 2], [0.25, 0.5, 1]])
    >>> [round(w, 3) for w in weights], round(ratio, 6)
    ([0.571, 0.286, 0.143], 0.0)
    """
    pairs = np.asarray(matrix, dtype=np.float64)
    off = np.abs(pairs * pairs.T - 1) > RECIPROCAL
    if off.any():
        row, column = map(int, np.argwhere(off)[0])
        raise PairsError(row, column)
    values, vectors = np.linalg.eig(pairs)
    first = int(np.argmax(values.real))
    weights = np.abs(vectors[:, first].real)
    n = len(pairs)
    index = max(0.0, (float(values[first].real) - n) / (n - 1)) if n > 1 else 0.0
    scale = RANDOM_INDEX[min(n, len(RANDOM_INDEX) - 1)]
    return tuple(float(w) for w in weights / weights.sum()), index / scale if scale else 0.0


def entropy_weights(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return weights by how unevenly each indicator is spread over the units.

    Parameters
    ----------
    scores : ndarray of float64, shape (n_units, n_indicators)
        From 0 to 1; nan where unknown, which counts for nothing.

    Returns
    -------
    ndarray of float64, shape (n_indicators,)
        They add up to 1; 0 for an indicator that is the same everywhere, and all 0 where
        every one is.

    Examples
    --------
    >>> entropy_weights(np.array([[1.0, 0.5], [0.0, 0.5], [0.0, 0.5]])).tolist()
    [1.0, 0.0]
    """
    told = np.array([_divergence(column[~np.isnan(column)]) for column in scores.T])
    total = float(told.sum())
    return told / total if total > 0 else np.zeros(len(told))


def _divergence(scores: NDArray[np.float64]) -> float:
    """Return 1 less the entropy of shares: 0 for equal ones, 1 where one unit has all."""
    if scores.size < 2 or float(np.ptp(scores)) == 0:
        return 0.0
    share = scores / scores.sum()
    share = share[share > 0]
    return max(0.0, 1 + float((share * np.log(share)).sum()) / math.log(scores.size))
