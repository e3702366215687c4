"""Rates of rare things in small places, drawn toward the mean as far as they may be chance."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["smoothed_rates"]


def smoothed_rates(counts: NDArray[np.float64], base: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return empirical-Bayes rates: counts are Poisson around rates that are gamma, by moments.

    Parameters
    ----------
    counts : ndarray of float64, shape (n_units,)
        Events; nan where unknown.
    base : ndarray of float64, shape (n_units,)
        What they happen to, such as households; nan where unknown.

    Returns
    -------
    ndarray of float64, shape (n_units,)
        Between a unit's own rate and the rate of all units together, the nearer to the
        latter the smaller its base; nan where a count is unknown or the base is 0.

    Examples
    --------
    >>> counts, base = np.array([5.0, 0.0, 100.0]), np.array([10.0, 10.0, 1000.0])
    >>> smoothed_rates(counts, base).round(3).tolist()
    [0.149, 0.091, 0.1]
    """
    known = np.isfinite(counts) & np.isfinite(base) & (base > 0)
    rates = np.full(counts.size, np.nan)
    if not known.any():
        return rates
    events, size = counts[known], base[known]
    own, mean = events / size, float(events.sum() / size.sum())
    spread = float((size * (own - mean) ** 2).sum() / size.sum())
    true = max(0.0, spread - mean / float(size.mean()))
    chance = mean / size
    trust = true / (true + chance) if true > 0 else np.zeros(size.size)
    rates[known] = mean + trust * (own - mean)
    return rates
