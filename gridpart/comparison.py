"""Alternative plans of one district side by side, and which of them no other one beats."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridpart.correspondence import count_moved
from gridpart.errors import DataError, name_some
from gridpart.plan import Plan
from gridpart.plan_figures import FIGURES, Row, figure_rows
from gridpart.plan_names import plain_name, unique_names

__all__ = ["Comparison", "Remark", "compare", "pareto_front"]

CRITERIA = ("broken", "cv", "polsby_popper", "walk_mean_m", "moved")
"""What a plan has to be no worse in to beat another."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know about a comparison; `comparison_text` says it in words."""

    key: str
    parts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What `compare` found."""

    district: str
    names: tuple[str, ...]
    runs: tuple[Mapping[str, str], ...]
    """For each plan ``rules``, ``title``, ``seed``, ``version`` and ``stopped_by``."""
    titles: Mapping[str, str]
    """Level id -> title, coarse to fine."""
    main: str
    """The level by which plans are held against each other: that above the finest."""
    measure: str
    """What `moved` counts; empty for buildings."""
    total: float
    rows: tuple[Row, ...]
    moved: Mapping[str, NDArray[np.float64]]
    """Level id -> shape (n_plans, n_plans): how much is in another grid, grids being matched
    so that as much as possible stays."""
    criteria: tuple[Row, ...]
    """The rows by which plans beat each other."""
    remarks: tuple[Remark, ...]

    @property
    def beaten_by(self) -> dict[str, tuple[str, ...]]:
        """Plan -> the plans that are nowhere worse and somewhere better."""
        beats = _beats(self._costs())
        return {
            name: tuple(self.names[i] for i in np.flatnonzero(beats[:, at]))
            for at, name in enumerate(self.names)
        }

    @property
    def front(self) -> tuple[str, ...]:
        """The plans that no other one beats in everything."""
        kept = np.flatnonzero(pareto_front(self._costs()))
        return tuple(self.names[i] for i in kept)

    def _costs(self) -> NDArray[np.float64]:
        """Return the criteria, shape (n_plans, n_criteria)."""
        return np.array([row.costs for row in self.criteria]).T.reshape(len(self.names), -1)

    def to_frame(self) -> pd.DataFrame:
        """Return the figures with a row for each level and figure, a column for each plan."""
        index = pd.MultiIndex.from_tuples(
            [(row.level, row.key) for row in self.rows], names=["level", "figure"]
        )
        values = [[math.nan if v is None else v for v in row.values] for row in self.rows]
        return pd.DataFrame(values, index=index, columns=list(self.names))

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison in types that JSON knows."""
        return {
            "district": self.district,
            "plans": [
                {"name": name, **run} for name, run in zip(self.names, self.runs, strict=True)
            ],
            "figures": [
                {
                    "level": row.level,
                    "figure": row.key,
                    "better": FIGURES[row.key][0] or None,
                    "comparable": row.comparable,
                    "values": list(row.values),
                    "best": [self.names[i] for i in row.best],
                }
                for row in self.rows
            ],
            "moved": {
                "measure": self.measure or "buildings",
                "total": self.total,
                "levels": {level: _known(matrix) for level, matrix in self.moved.items()},
            },
            "criteria": [{"level": row.level, "figure": row.key} for row in self.criteria],
            "front": list(self.front),
            "beaten_by": {name: list(by) for name, by in self.beaten_by.items()},
            "remarks": [{"key": r.key, **r.parts} for r in self.remarks],
        }


def _known(matrix: NDArray[np.float64]) -> list[list[float | None]]:
    """Return a matrix as lists, None where nothing is known."""
    return [[None if math.isnan(v) else v for v in row] for row in matrix.tolist()]


def pareto_front(costs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which rows no other row beats: nowhere greater and somewhere less.

    Parameters
    ----------
    costs : ndarray of float64, shape (n_plans, n_criteria)
        Less is better; without a criterion nobody beats anybody.

    Examples
    --------
    >>> pareto_front(np.array([[1, 5], [2, 2], [2, 6], [2, 2]]))
    array([ True,  True, False,  True])
    """
    return np.asarray(~_beats(costs).any(axis=0))


def _beats(costs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whether plan i beats plan j, shape (n_plans, n_plans)."""
    one, other = costs[:, None, :], costs[None, :, :]
    return np.asarray((one <= other).all(axis=2) & (one < other).any(axis=2))


def compare(plans: Mapping[str, Plan], *, current: Plan | None = None) -> Comparison:
    """Hold alternative plans of one district against each other.

    The figures are those of the reports that the plans carry. A plan beats another if it is
    nowhere worse, as figures are told, and somewhere better: in breaches of hard rules that
    are not proven, and at the level above the finest in the CV of the load, compactness, the
    mean walk and what moves from `current`.

    Parameters
    ----------
    plans : mapping of str to Plan
        Two or more, under the names that they are to be called by.
    current : Plan, optional
        The plan in force: then less moved from it is better.

    Returns
    -------
    Comparison

    Raises
    ------
    DataError
        If there are fewer than two plans, or they divide different districts.

    Examples
    --------
    ::

        compare({"A": read_plan("out/a"), "B": read_plan("out/b")}).front
    """
    names, chosen = unique_names([plain_name(name) for name in plans]), list(plans.values())
    _require_same_district(names, chosen, current)
    first = chosen[0]
    measures = first.district.measures
    measure = "households" if "households" in measures else (*measures, "")[0]
    titles = {v.id: v.title for plan in chosen for v in plan.rules.levels if v.id in plan.levels}
    main = first.levels[max(0, len(first.levels) - 2)]
    moved, remarks = _moved(dict(zip(names, chosen, strict=True)), titles, measure)
    rows = figure_rows(chosen, titles, measure, current)
    named = {(row.level, row.key): row for row in rows}
    keys = [key for key in CRITERIA if key != "moved" or current is not None]
    wanted = {key: named.get(("" if key == "broken" else main, key)) for key in keys}
    criteria = tuple(
        row for row in wanted.values() if row and row.comparable and np.isfinite(row.costs).all()
    )
    left_out = [key for key, row in wanted.items() if row not in criteria]
    remarks = [*_remarks(names, chosen, rows), *remarks]
    if left_out:
        remarks.append(Remark("left_out", {"figures": left_out}))
    return Comparison(
        district=first.district.name,
        names=tuple(names),
        runs=tuple(_run(plan) for plan in chosen),
        titles=titles,
        main=main,
        measure=measure,
        total=float(first.district.units[measure].sum() if measure else len(first.district.units)),
        rows=tuple(rows),
        moved=moved,
        criteria=criteria,
        remarks=tuple(remarks),
    )


def _require_same_district(
    names: Sequence[str], plans: Sequence[Plan], current: Plan | None
) -> None:
    """Refuse fewer than two plans, and plans of different districts."""
    if len(plans) < 2:
        raise DataError(
            "One plan alone cannot be compared.",
            found=name_some(names) or "no plan",
            wanted="two plans of the same district or more",
            fix="make another: gridpart partition … --seed 1, or with other rules",
        )
    listed = list(zip(names, plans, strict=True))
    if current is not None:
        listed.append(("the current plan", current))
    if len({plan.district.source_hash for _, plan in listed}) > 1:
        raise DataError(
            f"{len(listed)} plans divide different districts.",
            found=name_some(
                f"{name}: {plain_name(plan.district.name)} (data {plan.district.source_hash[:8]})"
                for name, plan in listed
            ),
            wanted="plans of the same data",
            fix="divide the same data again: gridpart partition SOURCE --rules … -o …",
        )


def _moved(
    plans: Mapping[str, Plan], levels: Mapping[str, str], measure: str
) -> tuple[dict[str, NDArray[np.float64]], list[Remark]]:
    """Return what is in another grid between each two plans, and what was assumed."""
    names, remarks = list(plans), []
    matrices = {level: np.full((len(names), len(names)), np.nan) for level in levels}
    for i, name in enumerate(names):
        for level in plans[name].levels:
            matrices[level][i, i] = 0.0
    for (i, one), (j, other) in combinations(enumerate(names), 2):
        shared = [level for level in plans[one].levels if level in plans[other].levels]
        changes = {
            level: count_moved(plans[one].units, plans[other].units, f"{level}_code", measure)
            for level in shared
        }
        for level, change in changes.items():
            matrices[level][i, j] = matrices[level][j, i] = change.moved
        spread = sorted({name for change in changes.values() for name in change.spread})
        if spread:
            remarks.append(Remark("spread", {"plans": [one, other], "buildings": spread}))
        same = tuple(plans[one].levels) == tuple(plans[other].levels)
        if same and not any(change.moved for change in changes.values()) and not spread:
            remarks.append(Remark("same", {"plans": [one, other]}))
    return matrices, remarks


def _run(plan: Plan) -> dict[str, str]:
    """Return how a plan was made."""
    run = {key: str(plan.meta.get(key, "")) for key in ("seed", "version", "stopped_by")}
    return {"rules": plan.rules.id, "title": plan.rules.title, **run}


# --- remarks -----------------------------------------------------------------------------


def _remarks(names: Sequence[str], plans: Sequence[Plan], rows: Sequence[Row]) -> Iterator[Remark]:
    """Yield what a reader has to know before he trusts the figures."""
    rules = {name: plan.rules.id for name, plan in zip(names, plans, strict=True)}
    if any(plan.rules != plans[0].rules for plan in plans):
        yield Remark("rules_differ", {"rules": rules})
    unlike = list(dict.fromkeys(row.key for row in rows if not row.comparable))
    if unlike:
        yield Remark("not_compared", {"figures": unlike})
    if plans[0].district.estimated:
        yield Remark("estimated", {"measures": list(plans[0].district.estimated)})
    for key, holds in (("interrupted", _interrupted), ("stale", _stale)):
        listed = [name for name, plan in zip(names, plans, strict=True) if holds(plan)]
        if listed:
            yield Remark(key, {"plans": listed})


def _interrupted(plan: Plan) -> bool:
    return plan.meta.get("stopped_by") == "interrupted"


def _stale(plan: Plan) -> bool:
    """Return whether the grids of a plan are others than its report speaks of."""
    for told in plan.report.levels:
        grids = plan.layers.get(told.level)
        if grids is None or len(grids) != told.n_grids:
            return True
        held = {measure: grids[measure].sum() for measure in told.totals if measure in grids}
        if any(abs(held[m] - told.totals[m]) > 0.5 for m in held):
            return True
    return False
