"""Dividing one community level by level, each grid inside one of the level above.

Compounds and buildings that fit a level's range are one unit of that level. They
are opened only where the range cannot be met otherwise. Communities know nothing
of one another, so this is what runs on many processes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gridpart import _kernels_plans, objective
from gridpart.arithmetic import EPSILON
from gridpart.model import Ground, Level, Problem
from gridpart.nearness import beyond, bound_by, join_grids, local_detour, rank, split_grids
from gridpart.openings import Opening, find_openings
from gridpart.problem import contract, level_problem
from gridpart.solvers import Weights, solve
from gridpart.solvers.construct import canonical
from gridpart.solvers.reach import Known, avoidable, partners
from gridpart.solvers.stop import Stop, at_once

__all__ = ["Division", "divide"]

ATTEMPTS = 4
"""Plans tried for a community until every range that can be kept is kept."""
MENDS = 3
"""Units of a grid out of range that are tied to partners, smallest first."""
CLOSE = 8
"""Compounds opened for a range that are closed again one by one, where the range allows it."""
SHORTENED = 3
"""Searches with a shorter radius where walks are beyond it."""
WIDEN = 3
"""Rounds of opening compounds around grids out of range."""

Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Division:
    """The grids of one community."""

    labels: Mapping[str, Labels]
    """Level id -> grid of each unit, 0..n_grids-1 within the community."""
    openings: tuple[Opening, ...]
    stopped_by: str


def divide(
    ground: Ground,
    levels: Sequence[Level],
    weights: Weights,
    seed: np.random.SeedSequence,
    stop: Stop | None = None,
) -> Division:
    """Return the grids of every level in one community.

    Parameters
    ----------
    ground : Ground
    levels : sequence of Level
        Coarse to fine; each nests in one before it.
    weights : Weights
        Of the soft terms.
    seed : SeedSequence
        The only source of randomness.
    stop : callable, optional
        When it answers True, what is left keeps its first contiguous plan.

    Returns
    -------
    Division
        The best of a few attempts: least breach at the coarsest level, then the
        next; the first attempt without an avoidable breach ends them.
    """
    best: tuple[tuple[float, ...], Division] | None = None
    for child in seed.spawn(ATTEMPTS):
        excess, division = _attempt(ground, levels, weights, child, stop)
        if best is None or excess < best[0]:
            best = excess, division
        if max(best[0]) <= EPSILON or division.stopped_by != "budget":
            break
    assert best is not None
    return best[1]


def _attempt(
    ground: Ground,
    levels: Sequence[Level],
    weights: Weights,
    seed: np.random.SeedSequence,
    stop: Stop | None,
) -> tuple[tuple[float, ...], Division]:
    """Return one division and how far each level is out of range for no proven reason."""
    labels: dict[str, Labels] = {}
    why = "budget"
    for level in levels:
        whole = np.zeros(ground.n_units, np.int32)
        if level.made_of in ("district", "community"):
            labels[level.id] = whole
            continue
        parents = labels[level.nests_in] if level.nests_in else whole
        found, stopped_by = _divide_level(ground, level, parents, weights, seed, stop)
        labels[level.id] = found
        if stopped_by != "budget" and why == "budget":
            why, stop = stopped_by, at_once
    if why == "budget":
        for coarse, fine in pairwise(levels):
            if coarse.made_of not in ("district", "community") and fine.nests_in == coarse.id:
                _mend(ground, (coarse, fine), labels, weights, seed)
    openings = tuple(
        opening for level in levels for opening in find_openings(ground, level, labels[level.id])
    )
    excess = tuple(amount for v in levels for amount in _amounts(ground, v, labels[v.id]))
    return excess, Division(labels, openings, why)


def _amounts(ground: Ground, level: Level, labels: Labels) -> tuple[float, ...]:
    """Return how far a level is out of range and radius, the one that goes first first."""
    out = round(float(_excess(ground, level, labels).sum()), 6)
    if bound_by(ground, level) is None:
        return (out,)
    far = round(float(beyond(ground, level, np.arange(ground.n_units), labels).sum()), 6)
    assert level.radius is not None
    return (far, out) if level.radius.goes_first else (out, far)


def _excess(ground: Ground, level: Level, labels: Labels) -> NDArray[np.float64]:
    """Return how far each grid of a level is out of range though a plan might avoid it."""
    problem = level_problem(ground, level, np.arange(ground.n_units))
    problem = replace(problem, radius_breach=0.0)
    return avoidable(problem, labels, int(labels.max()) + 1, {})


def _mend(
    ground: Ground,
    pair: tuple[Level, Level],
    labels: dict[str, Labels],
    weights: Weights,
    seed: np.random.SeedSequence,
) -> None:
    """Divide coarse grids anew where their fine grids are avoidably out of range, in place.

    A border between two coarse grids may leave a unit with no partner that fits. The
    unit is tied to partners that do, and the coarse grids of all of them are divided
    again; the result is kept only if it is better.
    """
    fine = pair[1]
    problem = level_problem(ground, fine, np.arange(ground.n_units))
    excess = _excess(ground, fine, labels[fine.id])
    strays = [np.flatnonzero(labels[fine.id] == grid) for grid in np.flatnonzero(excess)]
    for members in strays:
        ties = [
            tied for unit in _smallest(problem, members)[:MENDS] for tied in _ties(problem, unit)
        ]
        for tied, child in zip(ties, seed.spawn(len(ties)), strict=True):
            if _divide_again(ground, pair, labels, np.array(sorted(tied)), weights, child):
                break


def _ties(problem: Problem, unit: int) -> list[frozenset[int]]:
    """Return sets of units that would make a grid in range with `unit`."""
    m = int(np.argmax(problem.sizes[unit] > 0))
    lower, upper = float(problem.lower[m]), float(problem.upper[m])
    return partners(problem.graph, problem.sizes[:, m], lower, upper, unit)


def _smallest(problem: Problem, members: NDArray[np.int64]) -> list[int]:
    """Return the units of a grid that have a size, smallest first."""
    size = problem.sizes[members].sum(axis=1)
    order = np.argsort(size, kind="stable")
    return [int(members[at]) for at in order if size[at] > 0]


def _divide_again(
    ground: Ground,
    pair: tuple[Level, Level],
    labels: dict[str, Labels],
    tied: NDArray[np.int64],
    weights: Weights,
    seed: np.random.SeedSequence,
) -> bool:
    """Divide the coarse grids of the units `tied` anew with those as one; return success."""
    coarse, fine = pair
    grids = np.unique(labels[coarse.id][tied])
    units = np.flatnonzero(np.isin(labels[coarse.id], grids))
    draw, *rest = seed.spawn(1 + grids.size)
    task = Task(ground, coarse, units, weights)
    parts, _ = _search(task, draw, None, n_grids=grids.size, tied=tied)
    if int(parts.max()) + 1 != grids.size:
        return False
    new_coarse, new_fine = labels[coarse.id].copy(), labels[fine.id].copy()
    new_coarse[units] = grids[parts]
    for part, child in enumerate(rest):
        own = units[parts == part]
        found, _ = _divide_parent(Task(ground, fine, own, weights), child, None)
        new_fine[own] = found + new_fine.max() + 1
    new_fine = canonical(new_fine)
    everyone = np.arange(ground.n_units)
    for level, new in ((coarse, new_coarse), (fine, new_fine)):
        walked = (beyond(ground, level, everyone, v).sum() for v in (labels[level.id], new))
        if next(walked) + EPSILON < next(walked):
            return False
        before = _excess(ground, level, labels[level.id]).sum()
        after = _excess(ground, level, new).sum()
        if after > before or (level is fine and after == before):
            return False
    labels[coarse.id], labels[fine.id] = new_coarse, new_fine
    return True


def _divide_level(
    ground: Ground,
    level: Level,
    parents: Labels,
    weights: Weights,
    seed: np.random.SeedSequence,
    stop: Stop | None,
) -> tuple[Labels, str]:
    """Divide every parent grid; return the labels and what stopped the search."""
    labels = np.zeros(ground.n_units, np.int32)
    offset, why = 0, "budget"
    n_parents = int(parents.max()) + 1
    for parent, child in enumerate(seed.spawn(n_parents)):
        units = np.flatnonzero(parents == parent)
        found, stopped_by = _divide_parent(Task(ground, level, units, weights), child, stop)
        labels[units] = found + offset
        offset += int(found.max()) + 1
        if stopped_by != "budget" and why == "budget":
            why, stop = stopped_by, at_once
    return labels, why


@dataclass(frozen=True, slots=True)
class Task:
    """Units to divide into grids of one level."""

    ground: Ground
    level: Level
    units: NDArray[np.int64]
    weights: Weights


def _divide_parent(
    task: Task, seed: np.random.SeedSequence, stop: Stop | None
) -> tuple[Labels, str]:
    """Divide one parent, and again with a shorter radius where people walk beyond a hard one."""
    ground, level, units = task.ground, task.level, task.units
    if bound_by(ground, level) is None:
        return _search(task, seed, stop)
    first, *again, halves = seed.spawn(2 + SHORTENED)
    labels, why = _search(task, first, stop)
    shorter = level
    for child in again:
        if why != "budget" or not beyond(ground, level, units, labels).any():
            break
        assert shorter.radius is not None
        detour = local_detour(ground, shorter, units, labels)
        shorter = replace(shorter, radius=replace(shorter.radius, detour=detour))
        found, why = _search(replace(task, level=shorter), child, stop)
        labels = min(labels, found, key=lambda v: rank(ground, level, units, v))
    assert level.radius is not None
    if level.radius.goes_first:
        rest = None if why == "budget" else at_once
        labels = split_grids(ground, level, units, labels, partial(_halved, task, halves, rest))
        labels = join_grids(ground, level, units, labels)
    elif why == "budget" and rank(ground, level, units, labels)[0] > 0:
        wish = replace(level, radius=replace(level.radius, hard=False))
        found, why = _search(replace(task, level=wish), halves, stop)
        labels = min(labels, found, key=lambda v: rank(ground, level, units, v))
    return labels, why


def _halved(
    task: Task, seed: np.random.SeedSequence, stop: Stop | None, units: NDArray[np.int64]
) -> Labels:
    """Return units divided into two grids, or left one where they are one unit of the level."""
    part = replace(task, units=units)
    problem = replace(level_problem(task.ground, task.level, units), n_grids=2)
    if int(_groups(part, problem, np.zeros(0, np.int32), None).max()) == 0:
        return np.zeros(units.size, np.int32)
    return _search(part, seed, stop, n_grids=2)[0]


def _search(
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
    seeds = iter(seed.spawn(WIDEN + 1 + CLOSE))

    def solved(opened: NDArray[np.int32]) -> tuple[float, Labels, str]:
        groups = _groups(task, problem, opened, tied)
        found = solve(contract(problem, groups), weights=task.weights, seed=next(seeds), stop=stop)
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
    for compound in _divided(ground, units, labels, opened)[:CLOSE]:
        still = _divided(ground, units, labels, opened)
        if why != "budget" or compound not in still:
            continue
        found = solved(np.setdiff1d(still, [compound]).astype(np.int32))
        if found[0] <= over + EPSILON:
            over, labels, why = found
    return labels, why


def _divided(
    ground: Ground, units: NDArray[np.int64], labels: Labels, compounds: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return which of `compounds` lie in more than one grid."""
    own = ground.compound[units]
    several = [c for c in compounds if np.unique(labels[own == c]).size > 1]
    return np.array(several, np.int32)


def _groups(
    task: Task,
    problem: Problem,
    opened: NDArray[np.int32],
    tied: NDArray[np.int64] | None,
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
    return groups


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
