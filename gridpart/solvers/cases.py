"""A small problem as the exact method's walks need it, and the rules that its plans keep."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridpart import _kernels_sets as kernels
from gridpart import objective as terms
from gridpart._kernels_sets import Tables
from gridpart.arithmetic import EPSILON
from gridpart.model import Graph, Problem
from gridpart.solvers.pieces import in_one_piece

__all__ = ["KINDS", "Case", "Objective", "case_of", "is_feasible", "named", "value_of"]

Objective = Literal["inertia", "balance", "cut_edges", "max_grids"]

KINDS: dict[Objective, int] = {
    "inertia": kernels.INERTIA,
    "balance": kernels.BALANCE,
    "cut_edges": kernels.CUT,
    "max_grids": kernels.FLAT,
}


class Case(NamedTuple):
    """A problem with what the walks need; a cost is the objective over `scale`."""

    problem: Problem
    objective: Objective
    order: NDArray[np.int64]
    """Shape (n_units,): the unit at each place of the tables."""
    scale: float
    step: float
    """Two plans of unequal cost differ by this at least; 0 if unknown."""
    tables: Tables


def is_feasible(problem: Problem, labels: NDArray[np.int32]) -> bool:
    """Return whether a plan keeps every rule."""
    n_grids = int(labels.max()) + 1
    if np.unique(labels).size != n_grids or problem.n_grids not in (None, n_grids):
        return False
    if problem.locked is not None:
        held = problem.locked >= 0
        pairs = np.unique(np.stack([labels[held], problem.locked[held]]), axis=1)
        if any(np.unique(side).size != side.size for side in pairs):
            return False
    return (
        in_one_piece(problem.graph, labels)
        and terms.violation(problem, labels, n_grids) == 0
        and terms.radius_excess(problem, labels, n_grids) == 0
    )


def value_of(problem: Problem, objective: Objective, labels: NDArray[np.int32]) -> float:
    """Return the objective of a plan; ``max_grids`` counts downward."""
    n_grids = int(labels.max()) + 1
    if objective == "inertia":
        return terms.inertia(labels, problem.xy, terms.masses(problem.load), n_grids)
    if objective == "balance":
        load = terms.grid_sums(labels, problem.load, n_grids)
        mean = float(problem.load.sum()) / n_grids
        return float(((load / mean - 1.0) ** 2).sum()) if mean > 0 else 0.0
    return terms.border(problem, labels) if objective == "cut_edges" else -float(n_grids)


def named(problem: Problem, labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the same grids 0..n_grids-1, a locked one by its lock where that is such a number."""
    n_grids = int(labels.max()) + 1
    name = np.full(n_grids, -1, np.int32)
    if problem.locked is not None:
        held = (problem.locked >= 0) & (problem.locked < n_grids)
        name[labels[held]] = problem.locked[held]
    name[name < 0] = np.setdiff1d(np.arange(n_grids, dtype=np.int32), name)
    return name[labels]


def case_of(problem: Problem, objective: Objective, start: NDArray[np.int32] | None) -> Case:
    """Return the problem as tables, its units in order along the longer axis of the map."""
    xy = problem.xy - problem.xy.mean(axis=0)
    order = np.argsort(xy @ np.linalg.svd(xy, full_matrices=False)[2][0], kind="stable")
    count = problem.n_grids or max(1, round(problem.n_units**0.5))
    mean = float(problem.load.sum()) / count
    whole = np.zeros(problem.n_units, np.int32)
    scale, step = 1.0, 1.0
    if objective == "inertia":
        scale, step = value_of(problem, objective, whole) / count**2, 0.0
    elif objective == "balance":
        scale = 1e-4
        step = 2 / mean**2 if mean > 0 and (problem.load % 1 == 0).all() else 0.0
    elif objective == "cut_edges":
        scale = float(problem.border_cost.sum()) / 4 / count
        step = float((problem.border_cost % 1 == 0).all())
    if start is not None and objective != "max_grids":
        scale = value_of(problem, objective, start) / (int(start.max()) + 1) or scale
    scale = scale if scale > 0 else 1.0
    return Case(
        problem, objective, order, scale, step / scale, _tables(problem, objective, order, scale)
    )


def _tables(
    problem: Problem, objective: Objective, order: NDArray[np.int64], scale: float
) -> Tables:
    """Return the units as arrays in `order`, costs over `scale`, ranges with their slack."""
    n, place = order.size, np.argsort(order)
    ahead = problem.graph
    entries = np.lexsort((place[ahead.indices], place[ahead.heads]))
    indptr = np.concatenate([[0], np.cumsum(np.diff(ahead.indptr)[order])]).astype(np.int64)
    graph = Graph(indptr, place[ahead.indices[entries]].astype(np.int32), ahead.lengths[entries])
    sizes, lower, upper = problem.sizes[order], problem.lower, problem.upper
    if not lower.size:
        sizes, lower, upper = np.ones((n, 1)), np.array([-np.inf]), np.array([np.inf])
    lower = np.where(lower >= 1, lower / (1 + EPSILON), lower - EPSILON)
    upper = np.where(upper >= 1, upper / (1 - EPSILON), upper + EPSILON)
    total = sizes.sum(axis=0)
    width = (upper - np.maximum(lower, 0.0)) / np.where(total > 0, total, EPSILON)
    measure = int(np.argmin(width))
    mass = terms.masses(problem.load)[order]
    counted = sizes[:, measure] > 0
    ratio = mass[counted] / sizes[counted, measure]
    kind = KINDS[objective]
    shrink = scale**0.5 if objective == "inertia" else 1.0
    xy = (problem.xy - problem.xy.mean(axis=0))[order] / shrink
    far = np.hypot(xy[:, None, 0] - xy[:, 0], xy[:, None, 1] - xy[:, 1])
    max_radius_m = problem.max_radius_m / shrink * (1 + EPSILON)
    lock = np.full(n, -1, np.int32)
    if problem.locked is not None:
        held = problem.locked[order] >= 0
        lock[held] = np.unique(problem.locked[order][held], return_inverse=True)[1]
    differ = (lock[:, None] != lock) & (lock[:, None] >= 0) & (lock >= 0)
    mean_load = float(problem.load.sum()) / (problem.n_grids or 1)
    return Tables(
        graph=graph,
        cost=problem.border_cost[entries] / (scale if objective == "cut_edges" else 1.0),
        xy=xy,
        mass=mass,
        load=problem.load[order] if mean_load > 0 else mass,
        sizes=np.ascontiguousarray(sizes),
        lower=lower,
        upper=upper,
        apart=differ | (far > 2 * max_radius_m * (1 + EPSILON)),
        lock=lock,
        n_lock=np.bincount(lock[lock >= 0], minlength=1).astype(np.int64),
        kind=kind if mean_load > 0 or objective != "balance" else kernels.FLAT,
        rate={"balance": 1 / scale if mean_load > 0 else 0.0}.get(objective, -1.0),
        mean_load=mean_load if mean_load > 0 else 1.0,
        most_mass=min(_most_mass(mass, sizes[:, m], upper[m]) for m in range(upper.size)),
        mass_per_size=float(ratio.min()) * (1 - EPSILON) if ratio.size else 0.0,
        measure=measure,
        fewest=problem.n_grids or 1,
        most=problem.n_grids or n,
        max_radius_m=float(max_radius_m),
    )


def _most_mass(mass: NDArray[np.float64], size: NDArray[np.float64], upper: float) -> float:
    """Return a mass that no set of at most `upper` exceeds: a fractional knapsack."""
    free = float(mass[size == 0].sum())
    counted = np.flatnonzero(size > 0)
    by = counted[np.argsort(size[counted] / mass[counted])]
    room = upper - np.cumsum(size[by]) + size[by]
    return (free + float((mass[by] * np.clip(room / size[by], 0, 1)).sum())) * (1 + EPSILON)
