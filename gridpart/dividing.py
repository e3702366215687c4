"""Dividing one grid into those of the level below it.

Compounds and buildings that fit a level's range are one unit of that level. They
are opened only where the range cannot be met otherwise.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from gridpart import _kernels_plans, objective
from gridpart.arithmetic import EPSILON
from gridpart.model import Ground, Level, Problem, Solution
from gridpart.nearness import beyond, bound_by, join_grids, local_detour, rank, split_grids
from gridpart.past import Past
from gridpart.problem import contract, level_problem
from gridpart.solvers import Weights, solve
from gridpart.solvers.handfuls import less_out
from gridpart.solvers.reach import Known, avoidable
from gridpart.solvers.refine import Watch
from gridpart.solvers.stable import solve_near
from gridpart.solvers.stop import Stop, at_once

__all__ = [
    "Task",
    "divide_parent",
    "divided_compounds",
    "search",
    "units_of_level",
    "whole_problem",
]

SHORTENED = 3
"""Searches with a shorter radius where walks are beyond it."""
CLOSE = 8
"""Compounds opened for a range that are closed again one by one, where the range allows it."""
WIDEN = 3
"""Rounds of opening compounds around grids out of range."""

Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Task:
    """Units to divide into grids of one level."""

    ground: Ground
    level: Level
    units: NDArray[np.int64]
    weights: Weights
    past: Past | None = None
    """The plan in force at the level, over the whole community."""
    wholes: Labels | None = None
    """Shape (n_units,), over the whole community: grids of a finer level, which stay whole."""

    @property
    def counted(self) -> Weights:
        """The weights at this level: its own radius counts as much as it says."""
        radius = self.level.radius
        if radius is None:
            return self.weights
        return replace(self.weights, radius=self.weights.radius * radius.weight)


def divide_parent(
    task: Task, seed: np.random.SeedSequence, stop: Stop | None
) -> tuple[Labels, str]:
    """Divide one parent, and again with a shorter radius where people walk beyond a hard one."""
    ground, level, units = task.ground, task.level, task.units
    if bound_by(ground, level) is None:
        return search(task, seed, stop)
    first, *again, halves = seed.spawn(2 + SHORTENED)
    labels, why = search(task, first, stop)
    shorter = level
    for child in again:
        if why != "budget" or not beyond(ground, level, units, labels).any():
            break
        assert shorter.radius is not None
        detour = local_detour(ground, shorter, units, labels)
        shorter = replace(shorter, radius=replace(shorter.radius, detour=detour))
        found, why = search(replace(task, level=shorter), child, stop)
        labels = min(labels, found, key=lambda v: rank(ground, level, units, v))
    assert level.radius is not None
    if level.radius.goes_first:
        rest = None if why == "budget" else at_once
        labels = split_grids(ground, level, units, labels, partial(_halved, task, halves, rest))
        labels = join_grids(ground, level, units, labels)
    elif why == "budget" and rank(ground, level, units, labels)[0] > 0:
        wish = replace(level, radius=replace(level.radius, hard=False))
        found, why = search(replace(task, level=wish), halves, stop)
        labels = min(labels, found, key=lambda v: rank(ground, level, units, v))
    return labels, why


def whole_problem(task: Task) -> Problem:
    """Return the problem that is searched first: what fits the range is one unit, no number set."""
    problem = level_problem(task.ground, task.level, task.units)
    return contract(problem, units_of_level(task, problem, np.zeros(0, np.int32)))


def _halved(
    task: Task, seed: np.random.SeedSequence, stop: Stop | None, units: NDArray[np.int64]
) -> Labels:
    """Return units divided into two grids, or left one where they are one unit of the level."""
    part = replace(task, units=units)
    problem = replace(level_problem(task.ground, task.level, units), n_grids=2)
    if int(units_of_level(part, problem, np.zeros(0, np.int32)).max()) == 0:
        return np.zeros(units.size, np.int32)
    return search(part, seed, stop, n_grids=2)[0]


def search(
    task: Task,
    seed: np.random.SeedSequence,
    stop: Stop | None,
    *,
    n_grids: int | None = None,
    tied: NDArray[np.int64] | None = None,
) -> tuple[Labels, str]:
    """Divide one parent, opening compounds step by step only while a range is broken.

    Units `tied` (of the community) stay together.
    """
    ground, level, units = task.ground, task.level, task.units
    problem = replace(level_problem(ground, level, units), n_grids=n_grids)
    known: Known = {}
    seeds = iter(seed.spawn(WIDEN + 2 + CLOSE))

    def solved(opened: NDArray[np.int32]) -> tuple[float, Labels, str]:
        groups = units_of_level(task, problem, opened, tied)
        found = _solved(task, contract(problem, groups), groups, next(seeds), stop)
        labels = found.labels[groups]
        over = float(avoidable(problem, labels, found.n_grids, known).sum())
        return over, labels, found.stopped_by

    opened = np.zeros(0, np.int32)
    over, labels, why = solved(opened)
    for _ in range(WIDEN):
        near = _compounds_near_breach(ground, problem, units, labels)
        wider = np.union1d(opened, near).astype(np.int32)
        if over <= EPSILON or why != "budget" or wider.size == opened.size:
            break
        opened = wider
        found = solved(opened)
        if found[0] < over - EPSILON:
            over, labels, _ = found
        why = found[2]
    for compound in divided_compounds(ground, units, labels, opened)[:CLOSE]:
        still = divided_compounds(ground, units, labels, opened)
        if why != "budget" or compound not in still:
            continue
        found = solved(np.setdiff1d(still, [compound]).astype(np.int32))
        if found[0] <= over + EPSILON:
            over, labels, why = found
    if over > EPSILON and why == "budget" and n_grids is None and task.past is None:
        still = divided_compounds(ground, units, labels, opened)
        groups = units_of_level(task, problem, still, tied)
        whole = contract(problem, groups)
        labels, why = _listed(task, whole, groups, labels, next(seeds), stop=stop)
    return labels, why


def _listed(
    task: Task,
    problem: Problem,
    groups: Labels,
    labels: Labels,
    seed: np.random.SeedSequence,
    *,
    stop: Stop | None,
) -> tuple[Labels, str]:
    """Return the plan less out of range that listing all sets leads to, if any, and why it ends."""
    first = np.unique(groups, return_index=True)[1]
    watch = Watch(stop=stop)
    better = less_out(problem, labels[first], watch)
    if better is None:
        return labels, watch.why
    if watch.stopped:
        return better[groups], watch.why
    near = replace(problem, start=better, n_grids=int(better.max()) + 1)
    found = _solved(task, near, groups, seed, stop)
    if found.violation > objective.violation(near, better, found.n_grids) + EPSILON:
        return better[groups], found.stopped_by  # stopped before it began with that plan
    return found.labels[groups], found.stopped_by


def _solved(
    task: Task,
    problem: Problem,
    groups: Labels,
    seed: np.random.SeedSequence,
    stop: Stop | None,
) -> Solution:
    """Return the plan of the contracted problem, near the one in force where that counts."""
    past = task.past
    if past is None or past.stability <= 0 or problem.n_grids is not None:
        return solve(problem, weights=task.counted, seed=seed, stop=stop)
    mass = task.ground.sizes[task.units, 0]
    home, masses = past.of_groups(task.units, groups, mass)
    return solve_near(
        problem, home, masses, past.stability, weights=task.counted, seed=seed, stop=stop
    )


def divided_compounds(
    ground: Ground, units: NDArray[np.int64], labels: Labels, compounds: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return which of `compounds` lie in more than one grid."""
    own = ground.compound[units]
    several = [c for c in compounds if np.unique(labels[own == c]).size > 1]
    return np.array(several, np.int32)


def units_of_level(
    task: Task,
    problem: Problem,
    opened: NDArray[np.int32],
    tied: NDArray[np.int64] | None = None,
) -> Labels:
    """Return which units of a parent are one unit of the level: contiguous, and fitting it."""
    ground, level, units = task.ground, task.level, task.units
    n_units = ground.n_units
    key = np.arange(units.size) + 3 * n_units
    for number, offset, stops in (
        (ground.stairwell[units], 2 * n_units, ("compound", "building", "stairwell")),
        (ground.building[units], n_units, ("compound", "building")),
    ):
        whole = _fits(problem, number) | (level.split_to in stops)
        key[whole] = number[whole] + offset
    compound = ground.compound[units]
    one_compound = (compound >= 0) & (
        (_fits(problem, compound) & ~np.isin(compound, opened)) | (level.split_to == "compound")
    )
    key[one_compound] = compound[one_compound]
    place = np.full(n_units, -1)
    place[units] = np.arange(units.size)
    for guest in np.flatnonzero(ground.host[units] >= 0):
        key[guest] = key[place[ground.host[units[guest]]]]
    if tied is not None:
        key[np.isin(key, key[place[tied]])] = 4 * n_units
    groups: Labels = _kernels_plans.label_components(problem.graph, key.astype(np.int32))
    return groups if task.wholes is None else _joined(groups, task.wholes[units])


def _joined(one: Labels, other: Labels) -> Labels:
    """Return groups of units that are together in one division or the other, or by way of both."""
    n_one = int(one.max()) + 1
    links = csr_array(
        (np.ones(one.size), (one, n_one + other)), shape=2 * (n_one + other.max() + 1,)
    )
    found: Labels = connected_components(links, directed=False)[1][one]
    return np.unique(found, return_inverse=True)[1].astype(np.int32)


def _fits(problem: Problem, key: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return for each unit whether all units with its key together are within the maxima."""
    _, inverse = np.unique(key, return_inverse=True)
    fits = np.ones(key.size, np.bool_)
    for size, upper in zip(problem.sizes.T, problem.upper, strict=True):
        fits &= np.bincount(inverse, size)[inverse] <= upper
    return fits


def _compounds_near_breach(
    ground: Ground, problem: Problem, units: NDArray[np.int64], labels: Labels
) -> NDArray[np.int32]:
    """Return the compounds of grids out of range and of their neighbors."""
    n_grids = int(labels.max()) + 1
    sums = objective.grid_sums(labels, problem.sizes, n_grids)
    out = (sums > problem.upper) | (sums < problem.lower)
    near = np.asarray(out.any(axis=1))
    heads, tails = labels[problem.graph.heads], labels[problem.graph.indices]
    near[tails[near[heads]]] = True
    found = np.unique(ground.compound[units[near[labels]]])
    return found[found >= 0]
