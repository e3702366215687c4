"""What a rule set says of difficulty and of hours: its values and the form of its tables."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal, get_args

from gridpart.weighting import MAX_RATIO, PairsError, ahp_weights

__all__ = [
    "DIFFICULTY_CHOICES",
    "DIFFICULTY_SHAPES",
    "Difficulty",
    "Grade",
    "Hours",
    "Indicator",
    "Task",
    "build_difficulty",
    "build_hours",
    "difficulty_faults",
]

Direction = Literal["higher", "lower"]
Scaling = Literal["thresholds", "min-max", "rank"]
Method = Literal["manual", "ahp", "entropy"]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One column that makes a unit harder to look after.

    With ``direction="higher"`` a value of `min` or less scores 0 and a value of `max` or
    more scores 1; with ``"lower"`` it is the other way round. `min` and `max` are the rule
    set's own with ``scaling="thresholds"`` and those of the units with ``"min-max"``; with
    ``"rank"`` the score is the share of the other units that are easier.
    """

    column: str
    min: float | None = None
    max: float | None = None
    direction: Direction = "higher"
    weight: float = 1.0
    per: str | None = None
    """The column that `column` is divided by first, which turns a count into a rate."""
    smooth: bool = False
    """Whether small places are drawn toward the rate of all, by empirical Bayes."""
    scaling: Scaling = "thresholds"
    clause: str = ""
    label: str = "assumption"


@dataclass(frozen=True, slots=True)
class Grade:
    """A class of difficulty: scores from `min` on, up to the next class."""

    id: str
    title: str
    min: float
    community_min: float | None = None
    """A community is of this class only with at least this much of the rule set's measure."""
    clause: str = ""
    label: str = "assumption"


@dataclass(frozen=True, slots=True)
class Difficulty:
    """How indicators make a score, and how the score raises the load, at most `k_max` times."""

    indicators: tuple[Indicator, ...]
    k_max: float
    weights: Method = "manual"
    """Where the weights come from: the indicators, `matrix`, or how the units differ."""
    matrix: tuple[tuple[float, ...], ...] = ()
    """Pairwise judgments: how much more the row's indicator counts than the column's."""
    grades: tuple[Grade, ...] = ()
    """Classes from the easiest, which begins at 0, to the hardest."""
    clause: str = ""
    label: str = "assumption"

    @property
    def given_weights(self) -> tuple[float, ...] | None:
        """The weight of each indicator, None where only the units can tell."""
        if self.weights == "entropy":
            return None
        if self.weights == "ahp":
            return ahp_weights(self.matrix)[0]
        return tuple(i.weight for i in self.indicators)


@dataclass(frozen=True, slots=True)
class Task:
    """Work that comes up a number of times a month for each of something counted."""

    column: str
    """What is counted, such as ``households`` or ``incidents``."""
    per_month: float
    minutes: float
    grade: str = ""
    """Only in units of this class of difficulty; "" for all."""
    clause: str = ""
    label: str = "assumption"


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of work a month that a unit makes."""

    tasks: tuple[Task, ...]


_CITED = "clause:text! label:label!"


def _shape(text: str) -> dict[str, str]:
    return dict(item.split(":") for item in text.split())


DIFFICULTY_SHAPES: dict[str, dict[str, str]] = {
    "difficulty": _shape(
        "k_max:number! weights:method matrix:matrix class:[class] indicator:[indicator]! " + _CITED
    ),
    "class": _shape("id:text! title:text! min:number! community_min:number " + _CITED),
    "indicator": _shape(
        "column:text! per:text smooth:flag direction:direction scaling:scaling min:number"
        " max:number weight:number " + _CITED
    ),
    "hours": _shape("visit:[visit] task:[task]"),
    "visit": _shape("class:text column:text per_month:number! minutes:number! " + _CITED),
    "task": _shape("column:text! per_month:number! minutes:number! " + _CITED),
}
"""The keys of the tables of difficulty and hours, in the signs of ``_rule_form``."""

DIFFICULTY_CHOICES: dict[str, tuple[str, ...]] = {
    "direction": get_args(Direction),
    "scaling": get_args(Scaling),
    "method": get_args(Method),
}


def build_difficulty(table: Mapping[str, Any]) -> Difficulty:
    """Return the difficulty that a table of the right form states."""
    own = {k: v for k, v in _floats(table).items() if k not in ("indicator", "class", "matrix")}
    matrix = tuple(tuple(map(as_ratio, row)) for row in table.get("matrix", ()))
    grades = tuple(Grade(**_floats(t)) for t in table.get("class", ()))
    indicators = tuple(Indicator(**_floats(t)) for t in table["indicator"])
    return Difficulty(indicators, matrix=matrix, grades=grades, **own)


def build_hours(table: Mapping[str, Any], measure: str) -> Hours:
    """Return the hours that a table of the right form states; visits are to `measure`."""
    visits = [
        Task(**{("grade" if k == "class" else k): v for k, v in _floats(t).items()})
        for t in ({"column": measure, **t} for t in table.get("visit", ()))
    ]
    return Hours((*visits, *(Task(**_floats(t)) for t in table.get("task", ()))))


def _floats(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with its whole numbers as floats."""
    return {
        k: float(v) if isinstance(v, int) and not isinstance(v, bool) else v
        for k, v in table.items()
    }


def as_ratio(value: Any) -> float:
    """Return a pairwise judgment: a number above 0, or a fraction such as ``"1/3"``.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(value)
    try:
        ratio = float(Fraction(value)) if isinstance(value, str) else float(value)
    except ZeroDivisionError:
        raise ValueError(value) from None
    if not 0 < ratio < math.inf:
        raise ValueError(value)
    return ratio


def difficulty_faults(
    difficulty: Difficulty | None, hours: Hours | None, shifted: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    """Yield where difficulty, hours and the ranges by class contradict one another.

    Parameters
    ----------
    difficulty : Difficulty or None
    hours : Hours or None
    shifted : mapping of str to tuple of str
        Level id -> classes for which it states ranges.
    """
    known = () if difficulty is None else tuple(g.id for g in difficulty.grades)
    if difficulty is not None:
        yield from _grade_faults(difficulty.grades)
        yield from _indicator_faults(difficulty)
        yield from _matrix_faults(difficulty)
    for level, names in shifted.items():
        yield from (
            f"level {level!r}, class {name!r}: no class of [[difficulty.class]] has this id"
            f" (classes: {', '.join(known) or 'none'})"
            for name in names
            if name not in known
        )
    if hours is not None:
        yield from _hours_faults(hours, known)


def _grade_faults(grades: tuple[Grade, ...]) -> Iterator[str]:
    ids = [grade.id for grade in grades]
    yield from (
        f"difficulty, class {i!r}: {ids.count(i)} classes have this id"
        for i in dict.fromkeys(ids)
        if ids.count(i) > 1
    )
    cuts = [grade.min for grade in grades]
    if cuts and cuts[0] != 0:
        yield (
            f"difficulty, class {ids[0]!r}: min is {cuts[0]:g}; the first class begins at 0"
            f" (clause: {grades[0].clause})"
        )
    for easier, harder in pairwise(grades):
        if not easier.min < harder.min <= 1:
            yield (
                f"difficulty, class {harder.id!r}: min {harder.min:g} is not above the "
                f"{easier.min:g} of {easier.id!r} and at most 1 (clause: {harder.clause})"
            )


def _indicator_faults(difficulty: Difficulty) -> Iterator[str]:
    for own in difficulty.indicators:
        place = f"difficulty, indicator {own.column!r}"
        given = [name for name in ("min", "max") if getattr(own, name) is not None]
        if own.scaling == "thresholds" and len(given) < 2:
            lacking = " and ".join(n for n in ("min", "max") if n not in given)
            yield f"{place}: no {lacking}, which thresholds need (clause: {own.clause})"
        if own.smooth and own.per is None:
            yield f"{place}: smooth without per, which makes a rate (clause: {own.clause})"
        if own.scaling != "thresholds" and given:
            yield (
                f"{place}: scaling {own.scaling!r} takes no {' or '.join(given)}, for the units "
                f"themselves tell (clause: {own.clause})"
            )


def _matrix_faults(difficulty: Difficulty) -> Iterator[str]:
    if difficulty.weights != "ahp":
        if difficulty.matrix:
            yield (
                f"difficulty: a matrix, but weights are {difficulty.weights!r}, not 'ahp'"
                f" (clause: {difficulty.clause})"
            )
        return
    names = [i.column for i in difficulty.indicators]
    if len(difficulty.matrix) != len(names) or any(len(r) != len(names) for r in difficulty.matrix):
        yield (
            f"difficulty, matrix: not {len(names)} rows of {len(names)} numbers, one for each of "
            f"{', '.join(names)} (clause: {difficulty.clause})"
        )
        return
    try:
        _, ratio = ahp_weights(difficulty.matrix)
    except PairsError as error:
        row, column = error.row, error.column
        yield (
            f"difficulty, matrix, row {names[row]!r}, column {names[column]!r}: "
            f"{difficulty.matrix[row][column]:g} is not 1 over the "
            f"{difficulty.matrix[column][row]:g} of row {names[column]!r}, column "
            f"{names[row]!r} (clause: {difficulty.clause})"
        )
        return
    if ratio > MAX_RATIO:
        yield (
            f"difficulty, matrix: the consistency ratio is {ratio:.3f}, above {MAX_RATIO:g}: the "
            f"judgments contradict one another (clause: {difficulty.clause})"
        )


def _hours_faults(hours: Hours, known: tuple[str, ...]) -> Iterator[str]:
    if not hours.tasks:
        yield "hours: no visit and no task"
    graded = [task for task in hours.tasks if task.grade]
    for task in graded:
        if task.grade not in known:
            yield (
                f"hours, visit {task.grade!r}: no class of [[difficulty.class]] has this id "
                f"(classes: {', '.join(known) or 'none'}; clause: {task.clause})"
            )
    for column in dict.fromkeys(task.column for task in graded):
        spent = {g: 0.0 for g in known}
        for task in (t for t in graded if t.column == column and t.grade in spent):
            spent[task.grade] += task.per_month * task.minutes
        for easier, harder in pairwise(known):
            if spent[harder] < spent[easier]:
                yield (
                    f"hours, visit {harder!r}: {spent[harder]:g} minutes a month for each of "
                    f"{column!r}, less than the {spent[easier]:g} of the easier {easier!r}"
                )
