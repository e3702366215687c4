"""What a plan of one level is held against: the bound that no other plan beats."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gridpart import objective as terms
from gridpart.arithmetic import EPSILON
from gridpart.model import Breach, Problem, Solution
from gridpart.solvers.border_bounds import cut_bound
from gridpart.solvers.bounds import balance_bound, inertia_bound
from gridpart.solvers.construct import canonical
from gridpart.solvers.most import most_possible
from gridpart.solvers.pieces import subproblem

__all__ = ["Relaxed", "ends_kept", "grids_held"]

TIGHT = 2_000
"""Up to this many units the better bound is looked for; it takes a second or two."""


@dataclass(frozen=True, slots=True)
class Relaxed:
    """What a bound is computed from."""

    problem: Problem
    found: Solution
    objective: str
    value: float
    """The objective of the plan."""
    proven: float | None
    held: frozenset[int]
    """Grids out of range that every plan has about so."""

    @property
    def sign(self) -> int:
        """-1 where more is better."""
        return -1 if self.objective == "max_grids" else 1

    def bound(self) -> float:
        """Return the bound of ``Result``.

        The grids held count as they are; for the others the ranges are widened to what
        they hold, so that the bound is one on plans like this one.
        """
        problem, labels = self.problem, self.found.labels
        if self.proven is not None:
            return self.proven
        if self.objective == "max_grids":
            return float(most_possible(problem))
        held = np.isin(labels, list(self.held))
        if self.objective == "balance" or not held.any():
            return self._of_plan(problem, labels)
        if held.all():
            return self.value
        loose = np.flatnonzero(~held)
        part = subproblem(problem, loose)
        if self.objective == "inertia":  # the mean load of all says what empty units weigh
            part = replace(part, load=terms.masses(problem.load)[loose])
        return self._of_plan(part, canonical(labels[loose])) + self._of_held(held)

    def _of_held(self, held: NDArray[np.bool_]) -> float:
        """Return what the grids held add to the objective."""
        problem, labels, n_grids = self.problem, self.found.labels, self.found.n_grids
        if self.objective == "inertia":
            own, weights = canonical(labels[held]), terms.masses(problem.load)[held]
            return terms.inertia(own, problem.xy[held], weights, int(own.max()) + 1)
        return terms.border(problem, np.where(held, labels, n_grids).astype(np.int32))

    def _of_plan(self, problem: Problem, labels: NDArray[np.int32]) -> float:
        """Return what no plan beats that has as many grids in the ranges that these keep."""
        n_grids = int(labels.max()) + 1
        lower, upper = ends_kept(problem, labels)
        problem = replace(problem, lower=lower, upper=upper, n_grids=n_grids)
        if self.objective == "inertia":
            effort: Literal["tight", "quick"] = "tight" if problem.n_units <= TIGHT else "quick"
            return inertia_bound(problem, labels, effort=effort)
        return (balance_bound if self.objective == "balance" else cut_bound)(problem, n_grids)


def grids_held(breaches: tuple[Breach, ...]) -> frozenset[int]:
    """Return the grids that are a piece too small, or hold a unit too large."""
    return frozenset(int(b.grid) for b in breaches if b.reason in ("piece", "oversize_unit"))


def ends_kept(
    problem: Problem, labels: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the range of each measure, widened to what the grids hold; shape (n_measures,)."""
    sums = terms.grid_sums(labels, problem.sizes, int(labels.max()) + 1)
    slack = EPSILON * np.maximum(1.0, np.abs(sums))
    least = np.where(sums < problem.lower - slack, sums, np.inf).min(axis=0)
    most = np.where(sums > problem.upper + slack, sums, -np.inf).max(axis=0)
    return np.minimum(problem.lower, least), np.maximum(problem.upper, most)
