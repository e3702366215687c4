"""The hours of work a month that units make: visits by class of difficulty, and tasks."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridpart.errors import DataError, near_names
from gridpart.indicators import unit_numbers
from gridpart.model import Note
from gridpart.sentences import Sentence

__all__ = ["TaskLike", "work_hours"]


class TaskLike(Protocol):
    """What is read of work that comes up for each of something counted."""

    @property
    def column(self) -> str:
        """What is counted."""
        ...

    @property
    def per_month(self) -> float:
        """How often it comes up for each."""
        ...

    @property
    def minutes(self) -> float:
        """How long it takes each time."""
        ...

    @property
    def grade(self) -> str:
        """The class of difficulty in which it comes up, "" for all."""
        ...


def work_hours(
    units: pd.DataFrame,
    classes: NDArray[np.object_],
    tasks: Sequence[TaskLike],
    *,
    needed: bool = True,
) -> tuple["pd.Series[float]", tuple[Note, ...]]:
    """Return the hours of work a month in each unit, rounded to 0.01.

    Parameters
    ----------
    units : DataFrame
        One row a unit, indexed by name, with the columns that the tasks name.
    classes : ndarray of object, shape (n_units,)
        Class of difficulty of each unit.
    tasks : sequence of TaskLike
        Those without a class count in every unit.
    needed : bool
        Whether the units must have every column; if not, tasks whose column is missing
        are left out and noted.

    Returns
    -------
    hours : Series of float64
        On the index of `units`.
    notes : tuple of Note
        Units whose count of something is not known: they take the mean of the units of
        their community, or else of all.

    Raises
    ------
    DataError
        If a column that a task counts is missing and `needed`.

    Examples
    --------
    >>> from gridpart._rule_difficulty import Task
    >>> units = pd.DataFrame({"households": [60, 30]})
    >>> tasks = [Task("households", 0.5, 20), Task("households", 0.5, 40, "hard")]
    >>> work_hours(units, np.array(["", "hard"]), tasks)[0].tolist()
    [10.0, 15.0]
    """
    columns = list(dict.fromkeys(task.column for task in tasks))
    notes: list[Note] = []
    absent = [c for c in columns if c not in units]
    if absent and not needed:
        text = Sentence("tasks_left_out", columns=absent)
        notes.append(Note("assumption", text, tuple(absent)))
        columns = [c for c in columns if c not in absent]
        tasks = [task for task in tasks if task.column in columns]
    elif absent:
        known = [str(c) for c in units.columns]
        raise DataError(
            f"{len(absent)} of {len(columns)} columns that the hours count are missing.",
            found="; ".join(f"no {c!r}, {near_names(c, known)}" for c in absent),
            wanted="a column of numbers for each task of [hours]",
            fix="rename or add the column, or take the task out of the rule set",
        )
    counts = {}
    for column in columns:
        counts[column] = unit_numbers(units, column)
        if (missing := np.isnan(counts[column])).any():
            counts[column] = _filled(units, counts[column])
            text = Sentence("hours_missing", n=int(missing.sum()), total=len(units), column=column)
            notes.append(Note("assumption", text, tuple(str(u) for u in units.index[missing])))
    minutes = np.zeros(len(units))
    for task in tasks:
        here = np.ones(len(units), bool) if not task.grade else classes == task.grade
        minutes += np.where(here, counts[task.column] * task.per_month * task.minutes, 0.0)
    hours = pd.Series(np.round(minutes / 60, 2), index=units.index, name="hours")
    return hours, tuple(notes)


def _filled(units: pd.DataFrame, counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return counts with unknown ones as the mean of the community, or of all, or 0."""
    whole = pd.Series(counts, index=units.index)
    mean = float(whole.mean()) if whole.notna().any() else 0.0
    if "community_id" not in units:
        return np.where(np.isnan(counts), mean, counts)
    local = whole.groupby(units["community_id"].to_numpy()).transform("mean")
    filled: NDArray[np.float64] = np.asarray(whole.fillna(local).fillna(mean), np.float64)
    return filled
