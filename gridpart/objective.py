"""What a plan costs, one formula a term; the solvers' moves must add up to it.

Terms are full recomputations from labels. ``weigh`` turns the planner's weights
into the scale on which the compiled loops add them: a mean grid of the reference
plan costs about one in each term, so that weights compare like with like.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridpart._kernels import Energy
from gridpart.arithmetic import EPSILON
from gridpart.model import Problem

__all__ = [
    "Weights",
    "balance_leads",
    "border",
    "energy_of",
    "grid_sums",
    "inertia",
    "masses",
    "radius_excess",
    "violation",
    "weigh",
]

EMPTY_MASS = 0.1
"""Mass of a unit without load, as a share of the mean load, so that empty units
lie compactly too."""
LEADS = 0.5
"""Weight of compactness from which on the temperature follows the inertia of grids."""

BALANCE_LEADS = 50.0
"""Weight of the balance over that of compactness from which on grids are divided for it."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The planner's weights of the soft terms."""

    compactness: float = 1.0
    balance: float = 0.0
    border: float = 0.15
    radius: float = 10.0
    compounds: float = 1.0
    """What a compound divided for the balance costs, in squared deviations of a grid's load
    from the mean; from 1 on none is. Only ``gridpart.balancing`` reads it."""


def balance_leads(weights: Weights) -> bool:
    """Return whether an even load counts far more than compact grids."""
    return weights.balance >= BALANCE_LEADS * max(weights.compactness, EPSILON)


def masses(load: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weight of each unit in the inertia: its load, or a little where it has none."""
    mean = float(load.mean()) if load.size else 0.0
    if mean <= 0:
        return np.ones_like(load)
    return np.where(load > 0, load, EMPTY_MASS * mean)


def grid_sums(
    labels: NDArray[np.int32], values: NDArray[np.float64], n_grids: int
) -> NDArray[np.float64]:
    """Return the sum of `values` in every grid, shape (n_grids,) or (n_grids, n_columns)."""
    if values.ndim == 1:
        return np.bincount(labels, weights=values, minlength=n_grids).astype(np.float64)
    columns = [np.bincount(labels, weights=v, minlength=n_grids) for v in values.T]
    return np.stack(columns, axis=1) if columns else np.empty((n_grids, 0))


def inertia(
    labels: NDArray[np.int32], xy: NDArray[np.float64], mass: NDArray[np.float64], n_grids: int
) -> float:
    """Return the moment of inertia: sum of mass times squared distance to the grid's center."""
    total = grid_sums(labels, mass, n_grids)
    centers = grid_sums(labels, xy * mass[:, None], n_grids) / total[:, None]
    return float((mass * ((xy - centers[labels]) ** 2).sum(axis=1)).sum())


def border(problem: Problem, labels: NDArray[np.int32]) -> float:
    """Return the cost of all borders between two grids."""
    graph = problem.graph
    cut = labels[graph.heads] != labels[graph.indices]
    return float(problem.border_cost[cut].sum() / 2)


def mean_sizes(problem: Problem, n_grids: int) -> NDArray[np.float64]:
    """Return the scale of a breach in each measure: the mean grid, or the range where it is 0."""
    mean = problem.sizes.sum(axis=0) / n_grids
    ends = np.where(np.isfinite(problem.upper), problem.upper, problem.lower)
    return np.where(mean > 0, mean, np.where(np.isfinite(ends) & (ends > 0), ends, 1.0))


def violation(problem: Problem, labels: NDArray[np.int32], n_grids: int) -> float:
    """Return the total amount out of range, in mean grids; 0 when every range is kept.

    Where the radius is a hard rule, what lies beyond it counts too.
    """
    sums = grid_sums(labels, problem.sizes, n_grids)
    slack = EPSILON * np.maximum(1.0, np.abs(sums))
    over = np.where(sums > problem.upper + slack, sums - problem.upper, 0.0)
    under = np.where(sums < problem.lower - slack, problem.lower - sums, 0.0)
    breach = float(((over + under) / mean_sizes(problem, n_grids)).sum())
    if problem.radius_breach > 0:
        breach += problem.radius_breach * radius_excess(problem, labels, n_grids)
    return breach


def out_of_range(problem: Problem, labels: NDArray[np.int32], n_grids: int) -> NDArray[np.bool_]:
    """Return which grids are out of range in some measure, shape (n_grids,).

    Those beyond the radius too, where it is a hard rule.
    """
    sums = grid_sums(labels, problem.sizes, n_grids)
    slack = EPSILON * np.maximum(1.0, np.abs(sums))
    out = (sums > problem.upper + slack) | (sums < problem.lower - slack)
    broken = np.asarray(out.any(axis=1))
    if problem.radius_breach > 0:
        broken[labels[_unit_excess(problem, labels, n_grids) > 0]] = True
    return broken


def radius_excess(problem: Problem, labels: NDArray[np.int32], n_grids: int) -> float:
    """Return the sum over units of the distance beyond the radius, over the radius."""
    return float(_unit_excess(problem, labels, n_grids).sum())


def _unit_excess(problem: Problem, labels: NDArray[np.int32], n_grids: int) -> NDArray[np.float64]:
    """Return how far each unit lies beyond the radius, over the radius."""
    if not np.isfinite(problem.max_radius_m):
        return np.zeros(problem.n_units)
    mass = masses(problem.load)
    total = grid_sums(labels, mass, n_grids)
    centers = grid_sums(labels, problem.xy * mass[:, None], n_grids) / total[:, None]
    beyond = np.hypot(*(problem.xy - centers[labels]).T) / problem.max_radius_m - 1.0
    return np.where(beyond > EPSILON, beyond, 0.0)


def weigh(problem: Problem, weights: Weights, reference: NDArray[np.int32], n_grids: int) -> Energy:
    """Return the weights on the energy's scale, from a reference plan.

    A mean grid of the reference has inertia 4 / 3 and a border of 1 (both before
    weighting), so that annealing, which shrinks the inertia by about a quarter,
    ends near 1.
    """
    mass = masses(problem.load)
    mean_inertia = 0.75 * inertia(reference, problem.xy, mass, n_grids) / n_grids
    mean_border = border(problem, reference) / n_grids
    mean_load = float(problem.load.sum()) / n_grids
    return Energy(
        temperature=1.0,
        range=1.0,
        even=0.0,
        inertia=weights.compactness / mean_inertia if mean_inertia > 0 else 0.0,
        balance=weights.balance / mean_load**2 if mean_load > 0 else 0.0,
        border=weights.border / mean_border if mean_border > 0 else 0.0,
        radius=weights.radius if np.isfinite(problem.max_radius_m) else 0.0,
        max_radius_m=float(problem.max_radius_m),
        swap=0.2,
        spread=mean_inertia * n_grids / problem.n_units if weights.compactness >= LEADS else 0.0,
    )


def energy_of(problem: Problem, energy: Energy, labels: NDArray[np.int32], n_grids: int) -> float:
    """Return the soft energy of `labels`: every term but the range."""
    load = grid_sums(labels, problem.load, n_grids)
    return (
        energy.inertia * inertia(labels, problem.xy, masses(problem.load), n_grids)
        + energy.balance * float((load**2).sum())
        + energy.border * border(problem, labels)
        + energy.radius * radius_excess(problem, labels, n_grids)
    )
