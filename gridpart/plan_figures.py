"""The figures by which plans are held against each other, and whether they can be."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gridpart.correspondence import count_moved
from gridpart.metrics import LevelSummary
from gridpart.plan import Plan

__all__ = ["FIGURES", "Row", "figure_rows"]

Aim = Literal["less", "more", ""]

FIGURES: dict[str, tuple[Aim, int, str]] = {
    "grids": ("", 0, ""),
    "in_range": ("more", 3, "ranges"),
    "out_of_range": ("less", 0, "ranges"),
    "exceptions": ("less", 0, "limits"),
    "broken": ("less", 0, "limits"),
    "soft": ("less", 0, "limits"),
    "cv": ("less", 3, "load"),
    "max_min": ("less", 2, "load"),
    "polsby_popper": ("more", 3, ""),
    "walk_mean_m": ("less", 0, "walks"),
    "within_500_m": ("more", 3, "walks"),
    "radius_m": ("less", 0, "walks"),
    "on_lines": ("more", 3, ""),
    "opened": ("less", 0, ""),
    "cut": ("less", 0, ""),
    "moved": ("less", 0, ""),
}
"""Figure -> which is better, the digits that are told, and the rules that it hangs on."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of every plan."""

    level: str
    """Id of a level; empty for the whole plan."""
    key: str
    values: tuple[float | None, ...]
    """In the order of the plans; None where a plan does not have it."""
    comparable: bool = True
    """False where the rule sets of the plans measure it differently."""

    @property
    def digits(self) -> int:
        """Digits after the point that are told."""
        return FIGURES[self.key][1]

    @property
    def costs(self) -> NDArray[np.float64]:
        """Shape (n_plans,): less is better; as told, so that what looks alike is alike."""
        told = [math.nan if v is None else round(v, self.digits) for v in self.values]
        return np.array(told) * (-1.0 if FIGURES[self.key][0] == "more" else 1.0)

    @property
    def best(self) -> tuple[int, ...]:
        """Numbers of the plans with the better value; none where nobody is better."""
        costs = self.costs[np.isfinite(self.costs)]
        if not self.comparable or not FIGURES[self.key][0] or len(np.unique(costs)) < 2:
            return ()
        return tuple(np.flatnonzero(self.costs == costs.min()).tolist())


def _count(plan: Plan, level: str, key: str) -> int:
    """Return how many breaches of one kind a plan has at a level, or in all."""
    kinds: dict[str, Callable[[Any], bool]] = {
        "exceptions": lambda b: b.hard and b.proven,
        "broken": lambda b: b.hard and not b.proven,
        "soft": lambda b: not b.hard,
    }
    return sum(kinds[key](b) for b in plan.report.breaches if level in ("", b.level))


def figure_rows(
    plans: Sequence[Plan], levels: Iterable[str], measure: str, current: Plan | None = None
) -> list[Row]:
    """Return the figures of plans: the breaches in all, and those of each level.

    Parameters
    ----------
    plans : sequence of Plan
    levels : iterable of str
        Ids of levels that any of the plans has.
    measure : str
        What is counted where it is in another grid than in `current`.
    current : Plan, optional
    """
    hard = tuple(float(_count(plan, "", "broken")) for plan in plans)
    rows = [Row("", "broken", hard, _comparable("", "broken", plans))]
    for level in levels:
        columns = [_level_figures(plan, level) for plan in plans]
        for plan, column in zip(plans, columns, strict=True):
            if column and current is not None and level in current.levels:
                change = count_moved(plan.units, current.units, f"{level}_code", measure)
                column["moved"] = change.moved
        for key in FIGURES:
            values = tuple(column.get(key) for column in columns)
            if any(value is not None for value in values):
                rows.append(Row(level, key, values, _comparable(level, key, plans)))
    return rows


def _level_figures(plan: Plan, level: str) -> dict[str, float | None]:
    """Return the figures of one plan at one level; nothing where it has no such level."""
    found: LevelSummary | None = next((s for s in plan.report.levels if s.level == level), None)
    if found is None or level not in plan.levels:
        return {}
    n = found.n_grids
    figures: dict[str, float | None] = {
        "grids": n,
        "in_range": found.n_in_range / n if n else None,
        "out_of_range": n - found.n_in_range,
        **{key: _count(plan, level, key) for key in ("exceptions", "broken", "soft")},
        **{key: getattr(found, key) for key in ("cv", "max_min", "polsby_popper", "walk_mean_m")},
        "within_500_m": found.within.get("500"),
        "radius_m": None if found.walk_mean_m is None else found.radius_m,
        "on_lines": found.on_lines,
        **_divided(plan, level),
    }
    return {
        key: None if value is None or not math.isfinite(value) else float(value)
        for key, value in figures.items()
    }


def _divided(plan: Plan, level: str) -> dict[str, int]:
    """Return how many compounds and how many buildings lie in several grids of a level.

    Compounds are told only where the level is made of them.
    """
    code, units = plan.units[f"{level}_code"], plan.units
    names = {"cut": "parent_unit_id"}
    made_of = {v.id: v.made_of for v in plan.rules.levels}
    if made_of.get(level) == "compound" and "compound_id" in units:
        names["opened"] = "compound_id"
    return {
        key: int((code.groupby(units[column]).nunique() > 1).sum()) for key, column in names.items()
    }


def _comparable(level: str, key: str, plans: Sequence[Plan]) -> bool:
    """Return whether the rules of all plans measure a figure alike."""
    levels = [level] if level else list(dict.fromkeys(v for plan in plans for v in plan.levels))
    basis = FIGURES[key][2]
    return len({tuple(_yardstick(plan, v, basis) for v in levels) for plan in plans}) == 1


def _yardstick(plan: Plan, level: str, basis: str) -> tuple[Any, ...]:
    """Return the numbers of a rule set that a figure hangs on."""
    if basis == "load":
        rated = plan.rules.difficulty
        kinds = () if rated is None else tuple(map(_numbers, rated.indicators))
        return (plan.rules.measure, kinds, rated and rated.k_max)
    both = (*plan.rules.levels, *plan.rules.rural_levels)
    own = [v for v in both if v.id == level]
    ranges = tuple((r.measure, r.min, r.max, r.hard) for v in own for r in v.ranges)
    walks = tuple(v.radius and (v.radius.origin, v.radius.detour) for v in own)
    radii = tuple(v.radius and (v.radius.max_m, v.radius.hard) for v in own)
    return {"ranges": ranges, "walks": walks, "limits": (ranges, walks, radii), "": ()}[basis]


def _numbers(indicator: Any) -> tuple[Any, ...]:
    """Return an indicator of difficulty without its clause."""
    names = ("column", "per", "direction", "min", "max", "weight")
    return tuple(getattr(indicator, name) for name in names)
