"""Why a grid of a single level is out of range, in one sentence."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridpart import objective as terms
from gridpart.arithmetic import EPSILON, feasible_counts, gap_sentence
from gridpart.errors import name_some
from gridpart.model import Breach, Problem, Reason, Solution
from gridpart.objective import violation
from gridpart.shape import label_radius_m
from gridpart.solvers.construct import canonical
from gridpart.solvers.counts import far_apart, least_violation
from gridpart.solvers.hanging import Crowd, crowds
from gridpart.solvers.pieces import component_members, subproblem
from gridpart.solvers.reach import Known, first_stuck

__all__ = ["explain"]

MOST_ASKED = 500
"""Units asked for a proof before no more are: a plan that was stopped may have hundreds of
grids out of range, and to ask for all took longer than the search."""


class Case(NamedTuple):
    """A plan in one measure, and what is known about it from breach to breach."""

    problem: Problem
    found: Solution
    ids: pd.Index
    pieces: list[NDArray[np.int64]]
    """Units of each piece of the graph."""
    crowds: dict[int, Crowd]
    """Why a grid in a dead end is out of range."""
    least: dict[int, bool]
    """Whether the breach of a piece is the least of any plan with as many grids there."""
    known: Known


def explain(
    problem: Problem,
    found: Solution,
    ids: pd.Index,
    names: Sequence[str],
    max_radius_m: float | None,
) -> tuple[Breach, ...]:
    """Return every grid out of range or radius, and why.

    Parameters
    ----------
    problem : Problem
    found : Solution
    ids : Index
        Names of the units, in the problem's order.
    names : sequence of str
        Names of the measures, in the problem's order.
    max_radius_m : float or None
        Limit of the radius, where there is one.
    """
    breaches: list[Breach] = []
    for m, name in enumerate(names):
        # What holds for one measure alone holds with the others as well.
        alone = replace(
            problem, sizes=problem.sizes[:, [m]], lower=problem.lower[[m]],
            upper=problem.upper[[m]], aim=problem.aim[[m]], radius_breach=0.0,
        )  # fmt: skip
        sums = terms.grid_sums(found.labels, alone.sizes, found.n_grids)[:, 0]
        out = np.flatnonzero(terms.out_of_range(alone, found.labels, found.n_grids))
        cramped = crowds(alone, 0, found.labels, out.tolist())
        case = Case(alone, found, ids, component_members(alone.graph), cramped, {}, {})
        breaches += [_range_breach(case, int(grid), name, float(sums[grid])) for grid in out]
    if max_radius_m is not None:
        breaches += _radius_breaches(problem, found, ids, max_radius_m)
    return tuple(breaches)


def _radius_breaches(
    problem: Problem, found: Solution, ids: pd.Index, max_radius_m: float
) -> list[Breach]:
    """Return each grid beyond the radius, and whether any plan had to be."""
    radius = label_radius_m(found.labels, problem.xy, terms.masses(problem.load))
    broken = np.flatnonzero(radius > max_radius_m * (1 + EPSILON))
    if not broken.size:
        return []
    apart = far_apart(problem)
    proven = len(apart) > found.n_grids and problem.n_grids is not None
    why = (
        f"{len(apart)} units lie more than two radii from each other ({name_some(ids[apart])}), "
        f"too many for {found.n_grids} grids"
        if proven
        else "no better plan was found"
    )
    return [
        Breach(
            grid=str(grid), level="", rule="radius", reason="radius", proven=proven,
            message=f"Grid {grid}: {radius[grid]:.0f} m from its middle to the farthest unit, "
            f"at most {max_radius_m:g} m; {why}.",
            measure="radius_m", value=float(radius[grid]), max=max_radius_m,
            units=tuple(ids[found.labels == grid]),
        )
        for grid in broken
    ]  # fmt: skip


def _range_breach(case: Case, grid: int, name: str, total: float) -> Breach:
    """Return one grid out of range with the reason, proven where it is."""
    problem, found, ids = case.problem, case.found, case.ids
    members = np.flatnonzero(found.labels == grid)
    lower, upper = float(problem.lower[0]), float(problem.upper[0])
    reason, why = _reason(case, members)
    crowd = case.crowds.get(grid) or _beside(members, case.crowds)
    if reason == "search" and crowd is not None:
        told = (
            f"what lies behind unit {ids[crowd.hub]} ({name_some(ids[crowd.behind])}) fills no "
            f"number of grids, and what is left of it makes {crowd.least:g} with that unit"
        )
        reason, why = ("arithmetic", told) if grid in case.crowds else ("search", f"{why}; {told}")
    low, high = _end(lower), _end(upper)
    what = "" if name == "size" else f" {name}"
    return Breach(
        grid=str(grid), level="", rule="range", reason=reason, proven=reason != "search",
        message=f"Grid {grid}: {total:g}{what}, range {_range(low, high)}; {why}.",
        measure=name, value=total, min=low, max=high, units=tuple(ids[members]),
    )  # fmt: skip


def _beside(members: NDArray[np.int64], cramped: dict[int, Crowd]) -> Crowd | None:
    """Return the crowd that a grid touches which another grid excuses."""
    for crowd in cramped.values():
        if np.isin(members, [crowd.hub, *crowd.behind]).any():
            return crowd
    return None


def _range(low: float | None, high: float | None) -> str:
    """Return a range in words."""
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"{low:g}-{high:g}"


def _reason(case: Case, members: NDArray[np.int64]) -> tuple[Reason, str]:
    """Return why a grid of `members` is out of range, ``search`` where nothing is proven."""
    problem, found, ids, pieces = case.problem, case.found, case.ids, case.pieces
    size = problem.sizes[:, 0]
    lower, upper = float(problem.lower[0]), float(problem.upper[0])
    at, piece = next((at, units) for at, units in enumerate(pieces) if members[0] in units)
    here = float(size[piece].sum())
    n_here = np.unique(found.labels[piece]).size
    if (heavy := members[size[members] > upper]).size:
        return "oversize_unit", f"unit {name_some(ids[heavy])} alone has {size[heavy].max():g}"
    if here < lower and len(pieces) > 1:
        return "piece", f"its piece of the map holds {here:g} in all"
    if problem.n_grids is None and not feasible_counts(here, lower, upper):
        return "arithmetic", gap_sentence(here, lower, upper, "in all")
    if at not in case.least:
        part, labels = subproblem(problem, piece), canonical(found.labels[piece])
        breach = violation(part, labels, n_here)
        case.least[at] = breach <= least_violation(part, n_here) + EPSILON
    heavy = piece[size[piece] > upper]
    rest, n_rest = here - float(size[heavy].sum()), n_here - heavy.size
    beside = f" beside unit {name_some(ids[heavy])}" if heavy.size else ""
    shares = (
        f"{n_rest} grids{beside} share {rest:g} in all, but together hold "
        f"{_range(_end(n_rest * lower), _end(n_rest * upper))}"
    )
    if case.least[at]:
        return "arithmetic", shares
    unit = None
    if len(case.known) < MOST_ASKED:
        unit = first_stuck(problem, members, case.known)
    if unit is not None:
        return "arithmetic", f"no contiguous set around unit {ids[unit]} adds up to the range"
    told = "" if n_rest * lower <= rest <= n_rest * upper else f"; {shares}"
    return "search", f"no better plan was found{told}"


def _end(value: float) -> float | None:
    return value if np.isfinite(value) else None
