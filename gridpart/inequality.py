"""How unevenly a sum is spread: the Lorenz curve and the Gini coefficient."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["gini", "lorenz"]


def lorenz(values: ArrayLike) -> NDArray[np.float64]:
    """Return which share of the sum the least 0, 1, …, n values hold.

    Parameters
    ----------
    values : array_like, shape (n,)
        At least 0.

    Returns
    -------
    ndarray of float64, shape (n + 1,)
        From 0 to 1; the shares of equal values where the sum is 0.

    Examples
    --------
    >>> lorenz([3, 1]).tolist()
    [0.0, 0.25, 1.0]
    """
    ordered = np.sort(np.asarray(values, dtype=float))
    if not ordered.sum() > 0:
        return np.linspace(0.0, 1.0, ordered.size + 1)
    return np.concatenate([[0.0], np.cumsum(ordered) / ordered.sum()])


def gini(values: ArrayLike) -> float:
    """Return the Gini coefficient: 0 where all values are equal, near 1 where one has all.

    It is the mean difference between two values over twice their mean, or twice the area
    between the diagonal and the Lorenz curve.

    Parameters
    ----------
    values : array_like, shape (n,)
        At least 0.

    Examples
    --------
    >>> gini([1, 1, 1]), gini([0, 0, 0, 8])
    (0.0, 0.75)
    """
    curve = lorenz(values)
    if curve.size < 2:
        return 0.0
    return max(0.0, float(1.0 - (curve[1:] + curve[:-1]).sum() / (curve.size - 1)))
