"""What units count: difficulty, weighted measures and hours, and the load that is balanced."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridpart.difficulty import DifficultyLike, classify, mean_scores, score_difficulty
from gridpart.errors import DataError, name_some
from gridpart.hours import TaskLike, work_hours
from gridpart.indicators import unit_numbers
from gridpart.model import HOURS, WEIGHTED, Note
from gridpart.sentences import Sentence

__all__ = [
    "HoursLike",
    "RulesLike",
    "counted_columns",
    "grid_difficulty",
    "raise_measure",
    "score_units",
    "unit_load",
]


class HoursLike(Protocol):
    """What is read of hours."""

    @property
    def tasks(self) -> Sequence[TaskLike]:
        """The tasks that make them up."""
        ...


class RulesLike(Protocol):
    """What scoring reads of a rule set."""

    @property
    def measure(self) -> str:
        """The measure of the rule set."""
        ...

    @property
    def load(self) -> str:
        """What is balanced, "" for the measure raised by difficulty."""
        ...

    @property
    def difficulty(self) -> DifficultyLike | None:
        """Indicators, weights and classes, if any."""
        ...

    @property
    def hours(self) -> HoursLike | None:
        """Tasks and their minutes, if any."""
        ...

    @property
    def counts_hours(self) -> bool:
        """Whether the load or a range counts hours."""
        ...

    @property
    def derived(self) -> Sequence[str]:
        """Columns that are computed because a rule counts them."""
        ...


def counted_columns(rules: RulesLike) -> tuple[str, ...]:
    """Return columns that hold counts beside the measures, to be shared out over parts."""
    rates = [] if rules.difficulty is None else rules.difficulty.indicators
    tasks = [] if rules.hours is None else rules.hours.tasks
    named = [i.column for i in rates if i.per is not None]
    named += [task.column for task in tasks]
    return tuple(dict.fromkeys([*named, *rules.derived]))


def score_units(units: pd.DataFrame, rules: RulesLike) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Return the columns that rules derive for each unit, and what was assumed.

    Parameters
    ----------
    units : DataFrame
        One row a unit, indexed by name; ``community_id`` where it is known.
    rules : RulesLike

    Returns
    -------
    DataFrame
        ``difficulty`` (0 to 1) where the rules have indicators, ``difficulty_class`` where
        they have classes, ``hours`` (a month) where they have tasks, and a column
        ``weighted_<measure>`` of whole numbers for each that a rule counts.
    tuple of Note
    """
    table = pd.DataFrame(index=units.index)
    notes: tuple[Note, ...] = ()
    classes = np.full(len(units), "", dtype=object)
    if rules.difficulty is not None:
        table["difficulty"], notes = score_difficulty(units, rules.difficulty)
        if rules.difficulty.grades:
            classes = classify(table["difficulty"].to_numpy(), rules.difficulty.grades)
            table["difficulty_class"] = classes
            notes = (*notes, _class_note(classes, rules.difficulty))
    if rules.hours is not None:
        table[HOURS], told = work_hours(
            units, classes, rules.hours.tasks, needed=rules.counts_hours
        )
        notes = (*notes, *told)
    for column in rules.derived:
        if column.startswith(WEIGHTED):
            size = _complete(units, column.removeprefix(WEIGHTED))
            table[column] = raise_measure(size, _factor(table, rules.difficulty))
    return table, notes


def _class_note(classes: NDArray[np.object_], difficulty: DifficultyLike) -> Note:
    """Return how many units are of each class."""
    counts = [
        Sentence("grade_count", grade=g.id, n=int((classes == g.id).sum()))
        for g in difficulty.grades
    ]
    return Note("difficulty", Sentence("grades", counts=counts))


def raise_measure(size: NDArray[np.float64], factor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a measure times a factor in whole numbers, so that sums and ranges are exact.

    Examples
    --------
    >>> raise_measure(np.array([10.0, 3.0]), np.array([1.6, 1.5])).tolist()
    [16.0, 5.0]
    """
    return np.floor(np.round(size * factor, 6) + 0.5)


def unit_load(units: pd.DataFrame, rules: RulesLike) -> "pd.Series[float]":
    """Return the load of each unit, which balance and compactness count.

    Unless the rules name another load it is their measure times
    ``1 + (k_max - 1) * difficulty``.

    Parameters
    ----------
    units : DataFrame
        One row a unit, indexed by name, with the columns of `score_units`.
    rules : RulesLike

    Returns
    -------
    Series of float64
        On the index of `units`.

    Raises
    ------
    DataError
        If the load is missing in a unit or altogether, or is not a number >= 0.
    """
    size = _complete(units, rules.load or rules.measure)
    factor = 1.0 if rules.load else _factor(units, rules.difficulty)
    return pd.Series(size * factor, index=units.index, name="workload")


def grid_difficulty(
    units: pd.DataFrame, codes: Sequence[object], index: pd.Index, rules: RulesLike
) -> pd.DataFrame:
    """Return how hard each grid is to look after: the mean of its units by the measure.

    Parameters
    ----------
    units : DataFrame
        With the columns of `score_units`, which may lack those of difficulty.
    codes : sequence of n_units names
        Grid of each unit, missing for none.
    index : Index
        Grids, in the order wanted.
    rules : RulesLike

    Returns
    -------
    DataFrame
        On `index`: ``difficulty``, nan for a grid without units, and
        ``difficulty_class``, "" there, as far as the units have them.
    """
    table = pd.DataFrame(index=index)
    if rules.difficulty is None or "difficulty" not in units:
        return table
    sizes = units[rules.measure].fillna(0).to_numpy(np.float64)
    means = mean_scores(units["difficulty"].to_numpy(np.float64), sizes, codes)
    table["difficulty"] = means.reindex(index).to_numpy(np.float64)
    if rules.difficulty.grades:
        scores = table["difficulty"].to_numpy(np.float64)
        table["difficulty_class"] = classify(scores, rules.difficulty.grades)
    return table


def _factor(units: pd.DataFrame, difficulty: DifficultyLike | None) -> NDArray[np.float64]:
    """Return what each unit's measure is multiplied by, 1 where nothing is known of it."""
    if difficulty is None or "difficulty" not in units:
        return np.ones(len(units))
    score: NDArray[np.float64] = units["difficulty"].to_numpy(np.float64)
    return 1 + (difficulty.k_max - 1) * score


def _complete(units: pd.DataFrame, measure: str) -> NDArray[np.float64]:
    """Return a measure that no unit may lack."""
    size = unit_numbers(units, measure)
    if (missing := np.isnan(size)).any():
        raise DataError(
            f"{int(missing.sum())} of {len(units)} units have no {measure!r}.",
            found=f"units {name_some(units.index[missing])}",
            wanted="a number, 0 or greater, in every row",
            fix="fill the column; write 0 where a unit is known to be empty",
        )
    return size
