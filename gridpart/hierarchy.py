"""Dividing one community level by level, each grid inside one of the level above.

Communities know nothing of one another, so this is what runs on many processes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gridpart.arithmetic import EPSILON, has_gaps
from gridpart.balancing import Evened, even_out
from gridpart.dividing import Task, divide_parent, search
from gridpart.enclosure import divide_open
from gridpart.model import Ground, Level, Problem, Standing
from gridpart.nearness import beyond, bound_by
from gridpart.openings import Opening, find_openings
from gridpart.past import past_of
from gridpart.problem import level_problem
from gridpart.solvers import Weights
from gridpart.solvers.construct import canonical
from gridpart.solvers.reach import avoidable, partners
from gridpart.solvers.stop import Stop, at_once

__all__ = ["Division", "divide"]

ATTEMPTS = 4
"""Plans tried for a community until every range that can be kept is kept."""
MENDS = 3
"""Units of a grid out of range that are tied to partners, smallest first."""
STRAYS = 3
"""With more grids out of range than this it is the range that is narrow, not a border."""
PATIENCE = 3
"""Divisions anew in a row that may bring nothing."""

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
    standing: Standing | None = None,
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
    standing : Standing, optional
        The plan in force: some of its grids stay, and leaving the others may cost.

    Returns
    -------
    Division
        The best of a few attempts: least breach at the coarsest level, then the
        next; the first attempt without an avoidable breach ends them. Levels whose
        range leaves gaps are divided first, and put together to those above them.
    """
    best: tuple[tuple[float, ...], Division] | None = None
    narrow = standing is None and any(_narrow(pair) for pair in pairwise(levels))
    for child in seed.spawn(1 if narrow else ATTEMPTS):
        excess, division = _attempt(ground, levels, weights, child, stop, standing)
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
    standing: Standing | None,
) -> tuple[tuple[float, ...], Division]:
    """Return one division and how far each level is out of range for no proven reason."""
    labels: dict[str, Labels] = {}
    evened: dict[str, frozenset[int]] = {}  # level id -> compounds divided for the balance
    why = "budget"
    pairs = [] if standing is not None else [p for p in pairwise(levels) if _narrow(p)]
    below = {coarse.id: fine for coarse, fine in pairs}
    for level in levels:
        if level.id in labels:
            continue
        whole = np.zeros(ground.n_units, np.int32)
        if level.is_whole:
            labels[level.id] = whole
            continue
        parents = labels[level.nests_in] if level.nests_in else whole
        if level.id in below:
            pair = level, below[level.id]
            found = _from_below(ground, pair, parents, weights, seed=seed, stop=stop)
        else:
            past = past_of(ground, level, parents, standing)
            task = Task(ground, level, np.arange(ground.n_units), weights, past)
            found = {level.id: _divide_level(task, parents, seed, stop)}
        # What is divided in the level above lies apart here too, and for the same reason.
        above = evened.get(level.nests_in or "", frozenset())
        for name, division in found.items():
            labels[name], evened[name] = division.labels, division.compounds | above
            if division.stopped_by != "budget" and why == "budget":
                why, stop = division.stopped_by, at_once
    fixed = np.zeros(ground.n_units, np.bool_)
    for own in standing.kept.values() if standing is not None else ():
        fixed |= own
    for coarse, fine in pairwise(levels):
        if why == "budget" and _nested((coarse, fine)) and coarse.id not in below:
            why = _mend(ground, (coarse, fine), labels, weights, seed=seed, fixed=fixed, stop=stop)
    openings = tuple(
        opening
        for level in levels
        for opening in find_openings(ground, level, labels[level.id], evened.get(level.id, ()))
    )
    inside = [level for level in levels if not level.is_joined]
    excess = tuple(amount for v in inside for amount in _amounts(ground, v, labels[v.id]))
    return excess, Division(labels, openings, why)


def _nested(pair: tuple[Level, Level]) -> bool:
    """Return whether the grids of one level that is divided lie in those of another."""
    coarse, fine = pair
    return not coarse.is_whole and fine.nests_in == coarse.id


def _narrow(pair: tuple[Level, Level]) -> bool:
    """Return whether a grid of the coarse level may hold what no fine grids can be made of."""
    hard = [bound for bound in pair[1].ranges if bound.hard]
    return _nested(pair) and any(
        has_gaps(-np.inf if b.min is None else b.min, np.inf if b.max is None else b.max)
        for b in hard
    )


def _from_below(
    ground: Ground,
    pair: tuple[Level, Level],
    parents: Labels,
    weights: Weights,
    *,
    seed: np.random.SeedSequence,
    stop: Stop | None,
) -> dict[str, Evened]:
    """Divide into fine grids first and put these together to coarse ones.

    Where a coarse grid was drawn first, what it holds may be no sum of fine grids, and the
    lumps at its border have fewer partners. Returns the division of each of the two levels
    by its id, the fine one first.
    """
    coarse, fine = pair
    draws = seed.spawn(2)
    task = Task(ground, fine, np.arange(ground.n_units), weights)
    below = _divide_level(task, parents, draws[0], stop)
    rest = stop if below.stopped_by == "budget" else at_once
    above = replace(task, level=coarse, wholes=below.labels)
    return {fine.id: below, coarse.id: _divide_level(above, parents, draws[1], rest)}


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
    *,
    seed: np.random.SeedSequence,
    fixed: NDArray[np.bool_],
    stop: Stop | None,
) -> str:
    """Divide coarse grids anew where their fine grids are avoidably out of range, in place.

    A border between two coarse grids may leave a unit with no partner that fits. The
    unit is tied to partners that do, and the coarse grids of all of them are divided
    again; the result is kept only if it is better. Coarse grids with units that are
    `fixed` stay as they are. Where many are out of range, or one try after the other
    brings nothing, they are left as they are. Returns what stopped the search.
    """
    fine, failed = pair[1], 0
    problem = level_problem(ground, fine, np.arange(ground.n_units))
    excess = _excess(ground, fine, labels[fine.id])
    strays = [np.flatnonzero(labels[fine.id] == grid) for grid in np.flatnonzero(excess)]
    if len(strays) > STRAYS:
        return "budget"
    for members in strays:
        ties = [
            tied for unit in _smallest(problem, members)[:MENDS] for tied in _ties(problem, unit)
        ]
        for tied, child in zip(ties, seed.spawn(len(ties)), strict=True):
            touched = np.unique(labels[pair[0].id][sorted(tied)])
            if fixed[np.isin(labels[pair[0].id], touched)].any():
                continue
            if failed == PATIENCE:
                return "budget"
            again = np.array(sorted(tied))
            better, why = _divide_again(ground, pair, labels, again, weights, seed=child, stop=stop)
            if why != "budget":
                return why
            failed = 0 if better else failed + 1
            if better:
                break
    return "budget"


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
    *,
    seed: np.random.SeedSequence,
    stop: Stop | None,
) -> tuple[bool, str]:
    """Divide the coarse grids of the units `tied` anew with those as one.

    Returns whether that was better, and what stopped the search.
    """
    coarse, fine = pair
    grids = np.unique(labels[coarse.id][tied])
    units = np.flatnonzero(np.isin(labels[coarse.id], grids))
    draw, *rest = seed.spawn(1 + grids.size)
    task = Task(ground, coarse, units, weights)
    parts, why = search(task, draw, stop, n_grids=grids.size, tied=tied)
    if why != "budget" or int(parts.max()) + 1 != grids.size:
        return False, why
    new_coarse, new_fine = labels[coarse.id].copy(), labels[fine.id].copy()
    new_coarse[units] = grids[parts]
    for part, child in enumerate(rest):
        own = units[parts == part]
        found, why = divide_parent(Task(ground, fine, own, weights), child, stop)
        if why != "budget":
            return False, why
        new_fine[own] = found + new_fine.max() + 1
    new_fine = canonical(new_fine)
    everyone = np.arange(ground.n_units)
    for level, new in ((coarse, new_coarse), (fine, new_fine)):
        walked = (beyond(ground, level, everyone, v).sum() for v in (labels[level.id], new))
        if next(walked) + EPSILON < next(walked):
            return False, why
        before = _excess(ground, level, labels[level.id]).sum()
        after = _excess(ground, level, new).sum()
        if after > before or (level is fine and after == before):
            return False, why
    labels[coarse.id], labels[fine.id] = new_coarse, new_fine
    return True, why


def _divide_level(
    task: Task, parents: Labels, seed: np.random.SeedSequence, stop: Stop | None
) -> Evened:
    """Divide every parent grid, and compounds for the balance where the weights allow it."""
    past = task.past
    labels = np.zeros(parents.size, np.int32)
    offset, why = 0, "budget"
    opened: frozenset[int] = frozenset()
    n_parents = int(parents.max()) + 1
    for parent, child in enumerate(seed.spawn(n_parents)):
        own = parents == parent
        if past is not None:
            for kept in np.unique(past.home[own & past.kept]):
                labels[own & past.kept & (past.home == kept)] = offset
                offset += 1
            own &= ~past.kept
        units = np.flatnonzero(own)
        if not units.size:
            continue
        part = replace(task, units=units)
        found, stopped_by = divide_open(part, child, stop)
        if stopped_by == "budget":
            found, evened, stopped_by = even_out(part, found, child, stop)
            opened |= evened
        labels[units] = found + offset
        offset += int(found.max()) + 1
        if stopped_by != "budget" and why == "budget":
            why, stop = stopped_by, at_once
    return Evened(labels, opened, why)
