"""One column of the units as numbers, and as scores from 0 to 1."""

from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridpart.errors import DataError, name_some, near_names
from gridpart.smoothing import smoothed_rates

__all__ = ["IndicatorLike", "score_indicator", "unit_numbers"]

Numbers = NDArray[np.float64]


class IndicatorLike(Protocol):
    """What scoring reads of an indicator."""

    @property
    def column(self) -> str:
        """The column that it scores."""
        ...

    @property
    def per(self) -> str | None:
        """The column that turns counts into rates, if any."""
        ...

    @property
    def smooth(self) -> bool:
        """Whether rates are drawn toward the mean where they may be chance."""
        ...

    @property
    def direction(self) -> str:
        """Which values are harder: ``higher`` or ``lower`` ones."""
        ...

    @property
    def scaling(self) -> str:
        """``thresholds``, ``min-max`` or ``rank``."""
        ...

    @property
    def min(self) -> float | None:
        """The lower threshold, with ``thresholds``."""
        ...

    @property
    def max(self) -> float | None:
        """The upper threshold, greater than `min`, with ``thresholds``."""
        ...

    @property
    def weight(self) -> float:
        """What it counts beside the others where weights are given by hand."""
        ...


def unit_numbers(units: pd.DataFrame, column: str) -> Numbers:
    """Return a column of `units`, which is indexed by their names, as floats, nan where empty.

    Raises
    ------
    DataError
        If there is no such column, or it holds text, infinite or negative numbers.
    """
    if column not in units.columns:
        raise DataError(
            f"The units have no column {column!r}.",
            found=near_names(column, map(str, units.columns)),
            wanted=f"a column {column!r} of numbers, as the rule set names it",
            fix="rename or add the column, or name another measure in the rule set",
        )
    values = pd.to_numeric(units[column], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    wrong = (np.isnan(values) & units[column].notna().to_numpy()) | np.isinf(values) | (values < 0)
    if wrong.any():
        cases = zip(units[column][wrong], units.index[wrong], strict=True)
        raise DataError(
            f"{int(wrong.sum())} of {len(units)} units have no usable {column!r}.",
            found=name_some([f"{value!r} (unit {unit})" for value, unit in cases]),
            wanted="a number, 0 or greater; empty where it is not known",
            fix="correct these cells",
        )
    return values


def score_indicator(
    units: pd.DataFrame, indicator: IndicatorLike
) -> tuple[Numbers, NDArray[np.bool_]]:
    """Return the score of each unit by one indicator, and in which units it is missing.

    Parameters
    ----------
    units : DataFrame
        One row a unit, indexed by name.
    indicator : IndicatorLike

    Returns
    -------
    scores : ndarray of float64, shape (n_units,)
        From 0 to 1; nan where unknown. Where all units are the same, ``min-max`` and
        ``rank`` score 0.
    missing : ndarray of bool, shape (n_units,)
        Nothing among nobody, as of an empty building, is unknown without being missing.
    """
    value = unit_numbers(units, indicator.column)
    missing = np.isnan(value)
    if indicator.per is not None:
        base = unit_numbers(units, indicator.per)
        missing |= np.isnan(base)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = smoothed_rates(value, base) if indicator.smooth else value / base
    if indicator.direction == "lower":
        value = -value
    return _SCALINGS[indicator.scaling](value, indicator), missing


def _by_thresholds(value: Numbers, indicator: IndicatorLike) -> Numbers:
    assert indicator.min is not None
    assert indicator.max is not None
    low, high = indicator.min, indicator.max
    if indicator.direction == "lower":
        low, high = -high, -low
    return np.asarray(np.clip((value - low) / (high - low), 0, 1))


def _by_range(value: Numbers, _: IndicatorLike) -> Numbers:
    finite = value[np.isfinite(value)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    if low == high:
        return np.where(np.isnan(value), np.nan, 0.0)
    return np.asarray(np.clip((value - low) / (high - low), 0, 1))


def _by_rank(value: Numbers, _: IndicatorLike) -> Numbers:
    known = np.flatnonzero(~np.isnan(value))
    scores = np.full(value.size, np.nan)
    if known.size:
        ranks = pd.Series(value[known]).rank(method="average").to_numpy() - 1
        same = float(np.ptp(ranks)) == 0
        scores[known] = 0.0 if same else ranks / (known.size - 1)
    return scores


_SCALINGS = {"thresholds": _by_thresholds, "min-max": _by_range, "rank": _by_rank}
