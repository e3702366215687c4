"""The most grids that all reach a threshold: the max-p problem.

Source: Duque, Anselin and Rey (2012), *Journal of Regional Science* 52(3), 397-419.
"""

from dataclasses import replace

import numpy as np

from gridpart.arithmetic import EPSILON, feasible_counts
from gridpart.model import Problem, Solution
from gridpart.objective import Weights
from gridpart.solvers.stop import Stop

__all__ = ["most_possible", "solve_most"]

STEP = 0.0015
"""Share of grids given up at once where the range cannot be kept with more."""


def most_possible(problem: Problem) -> int:
    """Return a number of grids that no plan in range exceeds, at least 1.

    No total holds more, and every grid has a unit that reaches the minimum alone or
    is made of smaller ones.
    """
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


def solve_most(
    problem: Problem,
    *,
    weights: Weights,
    seed: np.random.SeedSequence,
    stop: Stop | None = None,
    runs: int | None = 1,
) -> Solution:
    """Return a plan with as many grids in range as are found.

    Numbers are tried from the bound downward; the first that keeps every range is the
    answer. Where none does, the plan with one grid.
    """
    from gridpart.solvers import solve  # noqa: PLC0415 - solve's package holds this module

    count = most_possible(problem)
    while True:
        found = solve(
            replace(problem, n_grids=count), weights=weights, seed=seed.spawn(1)[0], stop=stop,
            runs=runs, patient=count == 1,
        )  # fmt: skip
        if found.violation <= EPSILON or count == 1 or found.stopped_by != "budget":
            return found
        count -= max(1, int(STEP * count))
