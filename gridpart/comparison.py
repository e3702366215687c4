"""Several plans of one district side by side: the same numbers, one column a plan."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from gridpart.errors import DataError, name_some
from gridpart.metrics import LevelSummary
from gridpart.plan import Plan
from gridpart.wording import aligned, words

__all__ = ["compare_plans", "comparison_text"]

ROWS = (
    "grids", "in_range", "broken", "exceptions", "cv", "max_min", "shape", "walk_mean", "on_lines",
    "moved",
)  # fmt: skip
"""What is compared of every level."""


def compare_plans(plans: Sequence[Plan], names: Sequence[str]) -> pd.DataFrame:
    """Return what plans of one district come to, level by level.

    Parameters
    ----------
    plans : sequence of Plan
        Two or more.
    names : sequence of str
        What each is called, all different.

    Returns
    -------
    DataFrame
        ``level``, ``measure`` (one of `ROWS`) and a column for each plan. ``broken`` and
        ``exceptions`` count grids with a hard breach, ``moved`` is the share of units (by
        the rule set's measure) with another code than in the first plan.

    Raises
    ------
    DataError
        If the plans divide different units, or share no level.
    """
    first = plans[0]
    for plan, name in zip(plans, names, strict=True):
        strange = set(_whole(plan)) ^ set(_whole(first))
        if strange:
            raise DataError(
                f"{name} and {names[0]} divide different districts.",
                found=f"{len(strange)} units that only one of them has: "
                f"{name_some(sorted(strange))}",
                wanted="plans of the same units",
                fix="draw both from the same source",
            )
    levels = [level for level in first.levels if all(level in plan.levels for plan in plans)]
    if not levels:
        raise DataError(
            "The plans share no level.",
            found="; ".join(
                f"{n}: {', '.join(p.levels)}" for n, p in zip(names, plans, strict=True)
            ),
            wanted="plans with levels of the same id",
            fix="compare plans by rule sets with the same levels",
        )
    rows = []
    for level in levels:
        columns = [_numbers(plan, level, first) for plan in plans]
        rows += [
            (level, row, *(column[row] for column in columns)) for row in ROWS
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=["level", "measure", *names])


def _whole(plan: Plan) -> list[str]:
    """Return the ids of the units before any was cut."""
    return [str(unit) for unit in plan.district.units["unit_id"]]


def _numbers(plan: Plan, level: str, first: Plan) -> dict[str, Any]:
    """Return the numbers of one level of one plan."""
    summary = next(one for one in plan.report.levels if one.level == level)
    own = [b for b in plan.report.breaches if b.level == level and b.hard]
    return {
        "grids": summary.n_grids,
        "in_range": summary.n_in_range,
        "broken": len({b.grid for b in own if not b.proven}),
        "exceptions": len({b.grid for b in own if b.proven}),
        "cv": summary.cv,
        "max_min": summary.max_min,
        "shape": summary.polsby_popper,
        "walk_mean": _or_nan(summary, "walk_mean_m"),
        "on_lines": _or_nan(summary, "on_lines"),
        "moved": _moved(plan, level, first),
    }


def _or_nan(summary: LevelSummary, name: str) -> float:
    value = getattr(summary, name)
    return float("nan") if value is None else float(value)


def _moved(plan: Plan, level: str, first: Plan) -> float:
    """Return the share of the measure in units with another code than in the first plan."""
    measure = first.rules.measure
    before = first.units.set_index("unit_id")[f"{level}_code"]
    units = plan.units.set_index("unit_id")
    both = units.index.intersection(before.index)
    weight = units.loc[both, measure].fillna(0)
    held = before[both].notna() & units.loc[both, f"{level}_code"].notna()
    other = held & (before[both] != units.loc[both, f"{level}_code"])
    total = float(weight[held].sum())
    return float(weight[other].sum()) / total if total else 0.0


def comparison_text(table: pd.DataFrame, lang: str = "zh") -> str:
    """Return the comparison as lines, one block a level."""
    say, lines = words(lang), []
    names = list(table.columns[2:])
    for level, own in table.groupby("level", sort=False):
        rows = [[str(level), *names]]
        for _, *row in own.itertuples(index=False):
            measure, *values = row
            rows.append([say[f"compare_{measure}"], *(_shown(measure, v) for v in values)])
        lines += [*aligned(rows, indent=""), ""]
    return "\n".join(lines).rstrip() + "\n"


def _shown(measure: str, value: float) -> str:
    if value != value:  # noqa: PLR0124 - not a number
        return "-"
    if measure in ("on_lines", "moved"):
        return f"{value:.1%}"
    digits = {"cv": 3, "max_min": 2, "shape": 2}.get(measure, 0)
    return f"{value:,.{digits}f}"
