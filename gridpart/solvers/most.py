"""The most grids that all reach a threshold: the max-p problem.

Source: Duque, Anselin and Rey (2012), *Journal of Regional Science* 52(3), 397-419.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gridpart import objective
from gridpart.arithmetic import EPSILON, feasible_counts
from gridpart.model import Problem, Solution
from gridpart.objective import Weights
from gridpart.solvers.construct import canonical
from gridpart.solvers.pieces import alone, component_members, subproblem
from gridpart.solvers.reach import Known, avoidable
from gridpart.solvers.stop import Stop

__all__ = ["most_possible", "solve_most"]

STEP = 0.0015
"""Share of grids given up at once where the range cannot be kept with more."""


def most_possible(problem: Problem) -> int:
    """Return a number of grids that no plan in range exceeds, at least 1 for each piece.

    No total holds more, and every grid has a unit that reaches the minimum alone or
    is made of smaller ones.
    """
    members = component_members(problem.graph)
    return sum(_most_connected(subproblem(problem, units)) for units in members)


def _most_connected(problem: Problem) -> int:
    """Return what ``most_possible`` does for one piece."""
    most = problem.n_units
    for size, lower, upper in zip(problem.sizes.T, problem.lower, problem.upper, strict=True):
        if lower <= 0:
            continue
        counts = feasible_counts(float(size.sum()), float(lower), float(upper))
        most = min(most, counts[-1] if counts else 1)
        alone = size >= lower
        rest = float(size[~alone].sum()) * (1 + EPSILON)
        most = min(most, int(alone.sum()) + int(rest / lower))
    return max(1, most)


def _fewest(problem: Problem) -> int:
    """Return a number of grids with fewer than which one piece breaks what need not be broken.

    A unit above the range stands alone.
    """
    fewest = 1
    for size, upper in zip(problem.sizes.T, problem.upper, strict=True):
        if np.isfinite(upper):
            heavy = size > upper * (1 + EPSILON)
            rest = float(size[~heavy].sum()) / float(upper)
            fewest = max(fewest, int(heavy.sum()) + int(np.ceil(rest * (1 - EPSILON))))
    return fewest


def solve_most(
    problem: Problem,
    *,
    weights: Weights,
    seed: np.random.SeedSequence,
    stop: Stop | None = None,
    runs: int | None = 1,
) -> Solution:
    """Return a plan with as many grids in range as are found.

    In each piece of the map numbers are tried from the bound downward; the first that
    breaks no range but those that every plan breaks is the answer. Where none does, the
    plan with the least breach.
    """
    members = component_members(problem.graph)
    found = [
        _solve_connected(part, weights, child, stop, runs)
        for part, child in zip(
            [_piece(problem, units) for units in members], seed.spawn(len(members)), strict=True
        )
    ]
    labels = np.empty(problem.n_units, np.int32)
    offset = 0
    for units, plan in zip(members, found, strict=True):
        labels[units] = plan.labels + offset
        offset += plan.n_grids
    labels = canonical(labels)
    ended = [plan.stopped_by for plan in found if plan.stopped_by != "budget"]
    return replace(
        found[0], labels=labels, n_grids=offset,
        objective=sum(plan.objective for plan in found),
        violation=objective.violation(problem, labels, offset),
        stopped_by=ended[0] if ended else "budget",
        iterations=sum(plan.iterations for plan in found),
    )  # fmt: skip


def _piece(problem: Problem, units: NDArray[np.int64]) -> Problem:
    """Return the problem of one piece, without locks where none is in it."""
    part = alone(problem, units)
    if part.locked is not None and (part.locked < 0).all():
        part = replace(part, locked=None)
    return part


def _solve_connected(
    problem: Problem,
    weights: Weights,
    seed: np.random.SeedSequence,
    stop: Stop | None,
    runs: int | None,
) -> Solution:
    """Return the plan of one piece with the most grids in range that are found."""
    from gridpart.solvers import solve  # noqa: PLC0415 - solve's package holds this module

    locks = 0 if problem.locked is None else int(problem.locked.max()) + 1
    count = max(locks, _most_connected(problem))
    fewest = min(count, max(locks, _fewest(problem)))
    known: Known = {}
    best: Solution | None = None
    while True:
        found = solve(
            replace(problem, n_grids=count), weights=weights, seed=seed.spawn(1)[0], stop=stop,
            runs=runs, patient=count == fewest,
        )  # fmt: skip
        if best is None or _amount(found) < _amount(best) - EPSILON:
            best = found
        elif found.stopped_by != "budget":
            best = replace(best, stopped_by=found.stopped_by)
        if best.violation <= EPSILON or count <= fewest or found.stopped_by != "budget":
            return best
        if best is found and not avoidable(problem, found.labels, count, known).any():
            return best
        count = max(fewest, count - max(1, int(STEP * count)))


def _amount(plan: Solution) -> float:
    """Return the total breach on a scale that does not depend on the number of grids."""
    return plan.violation / plan.n_grids
