"""How much work each unit makes: its measure, raised by how hard it is to look after."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from gridpart.errors import DataError, name_some, near_names
from gridpart.model import Note

__all__ = ["DifficultyLike", "IndicatorLike", "score_difficulty", "score_workload"]


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
    def direction(self) -> str:
        """Which values are harder: ``higher`` or ``lower`` ones."""
        ...

    @property
    def min(self) -> float:
        """The lower threshold."""
        ...

    @property
    def max(self) -> float:
        """The upper threshold, greater than `min`."""
        ...

    @property
    def weight(self) -> float:
        """What it counts beside the others."""
        ...


class DifficultyLike(Protocol):
    """What scoring reads of a difficulty."""

    @property
    def indicators(self) -> Sequence[IndicatorLike]:
        """The indicators, at least one with a weight."""
        ...

    @property
    def k_max(self) -> float:
        """What a unit of full difficulty counts, >= 1."""
        ...


def score_difficulty(
    units: pd.DataFrame, difficulty: DifficultyLike
) -> tuple[pd.Series, tuple[Note, ...]]:
    """Return how hard each unit is to look after, from 0 to 1.

    Each indicator is ``(value - min) / (max - min)``, clipped to [0, 1], or 1 minus that
    where lower values are harder; the score is their weighted mean. A missing value is
    never taken for 0: the unit's other indicators make up its score, and a unit without
    any takes the mean of the units that have one.

    Parameters
    ----------
    units : DataFrame
        One row a unit, with the columns that the indicators name.
    difficulty : DifficultyLike
        Indicators with thresholds and weights, as a rule set states them.

    Returns
    -------
    score : Series of float64
        On the index of `units`, in [0, 1].
    notes : tuple of Note
        What was missing, in how many units, and what was assumed instead.

    Raises
    ------
    DataError
        If some but not all of the indicators' columns are missing, or a column holds text,
        infinite or negative numbers.
    """
    indicators = [i for i in difficulty.indicators if i.weight > 0]
    absent = [i.column for i in indicators if i.column not in units.columns]
    if len(absent) == len(indicators):
        note = Note(
            "assumption",
            f"no indicator columns ({name_some(absent)}): difficulty not used, every score is 0",
        )
        return pd.Series(0.0, index=units.index, name="difficulty"), (note,)
    _refuse_absent(units, indicators)
    notes: list[Note] = []
    scores = np.empty((len(units), len(indicators)))
    for k, indicator in enumerate(indicators):
        scores[:, k], missing = _score_indicator(units, indicator)
        if missing.any():
            notes.append(
                Note(
                    "assumption",
                    f"{int(missing.sum())} of {len(units)} units have no {indicator.column!r}: "
                    "their other indicators make up the score",
                    tuple(str(u) for u in units.index[missing]),
                )
            )
    weight = np.array([i.weight for i in indicators]) * np.isfinite(scores)
    total = weight.sum(axis=1)
    known = total > 0
    score = np.zeros(len(units))
    score[known] = (weight * np.nan_to_num(scores))[known].sum(axis=1) / total[known]
    if not known.all():
        score[~known] = float(score[known].mean()) if known.any() else 0.0
        instead = f"they take the mean score of the others, {score[~known][0]:.2f}"
        notes.append(
            Note(
                "assumption",
                f"{int((~known).sum())} of {len(units)} units have no indicator at all: "
                + (instead if known.any() else "difficulty not used, every score is 0"),
                tuple(str(u) for u in units.index[~known]),
            )
        )
    return pd.Series(np.clip(score, 0, 1), index=units.index, name="difficulty"), tuple(notes)


def score_workload(
    units: pd.DataFrame, measure: str, difficulty: DifficultyLike | None
) -> tuple[pd.Series, tuple[Note, ...]]:
    """Return the load of each unit: its measure times 1 to `k_max`, by its difficulty.

    The factor is ``1 + (k_max - 1) * score``.

    Parameters
    ----------
    units : DataFrame
        One row a unit, with the measure and the columns that the indicators name.
    measure : str
        Column that drives the load, such as ``households``.
    difficulty : DifficultyLike or None
        None: the load is the measure itself.

    Returns
    -------
    workload : Series of float64
        On the index of `units`, in weighted `measure`; never less than the measure.
    notes : tuple of Note
        What was missing and what was assumed instead.

    Raises
    ------
    DataError
        If the measure is missing in a unit or altogether, or is not a number >= 0.

    Examples
    --------
    >>> score_workload(pd.DataFrame({"households": [40, 60]}), "households", None)[0].tolist()
    [40.0, 60.0]
    """
    size = _numbers(units, measure)
    if (missing := np.isnan(size)).any():
        raise DataError(
            f"{int(missing.sum())} of {len(units)} units have no {measure!r}.",
            found=f"units {name_some(units.index[missing])}",
            wanted="a number, 0 or greater, in every row",
            fix="fill the column; write 0 where a unit is known to be empty",
        )
    workload = pd.Series(size, index=units.index, name="workload")
    if difficulty is None:
        return workload, ()
    score, notes = score_difficulty(units, difficulty)
    return (workload * (1 + (difficulty.k_max - 1) * score)).rename("workload"), notes


def _refuse_absent(units: pd.DataFrame, indicators: Sequence[IndicatorLike]) -> None:
    """Refuse units that lack some of the columns that indicators name."""
    named = [c for i in indicators for c in (i.column, i.per) if c is not None]
    columns = [str(c) for c in units.columns]
    if absent := [c for c in dict.fromkeys(named) if c not in columns]:
        raise DataError(
            f"{len(absent)} of {len(set(named))} columns that the indicators name are missing.",
            found="; ".join(f"no {c!r}, {near_names(c, columns)}" for c in absent),
            wanted="a column of numbers for each indicator, or for none of them",
            fix="rename or add the column, or take the indicator out of the rule set",
        )


def _score_indicator(
    units: pd.DataFrame, indicator: IndicatorLike
) -> tuple[np.ndarray, np.ndarray]:
    """Return the score of each unit by one indicator, nan where unknown, and what is missing.

    Nothing among nobody, as of an empty building, is unknown without being missing.
    """
    value = _numbers(units, indicator.column)
    missing = np.isnan(value)
    if indicator.per is not None:
        base = _numbers(units, indicator.per)
        missing |= np.isnan(base)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = value / base
    score = np.clip((value - indicator.min) / (indicator.max - indicator.min), 0, 1)
    return (score if indicator.direction == "higher" else 1 - score), missing


def _numbers(units: pd.DataFrame, column: str) -> np.ndarray:
    """Return a column as floats, nan where it is empty."""
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
