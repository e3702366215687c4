"""Compounds divided for an even load, at the price that a rule set puts on each.

A compound whose load is that of a grid and a half makes one grid uneven, whatever else is
done. At a price below 1 it is divided where that lowers the squared deviations of the
grids by more than the price.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridpart import objective
from gridpart.dividing import Task, divided_compounds, units_of_level
from gridpart.enclosure import broken
from gridpart.problem import contract, level_problem
from gridpart.solvers import solve
from gridpart.solvers.stop import Stop

__all__ = ["Evened", "even_out"]

TRIED = 8
"""Compounds that are tried in one round, those with the greatest load."""

LEAST = 0.0025
"""What a round has to gain: the squared deviation of a grid 5 % off the mean."""

Labels = NDArray[np.int32]


class Evened(NamedTuple):
    """A division, and what was done for its balance."""

    labels: Labels
    compounds: frozenset[int]
    """Those divided for the balance."""
    stopped_by: str


def even_out(task: Task, labels: Labels, seed: np.random.SeedSequence, stop: Stop | None) -> Evened:
    """Divide compounds of one parent, one after the other, while each is worth its price.

    The cost of a division is the sum over grids of the squared deviation of their load,
    over the mean less one, plus the price times the compounds in several grids. In each
    round every compound that may be divided is tried, and the one that lowers the cost
    most is taken. The number of grids stays, no range or radius is broken by more than
    before, and no more grids lie in a hole. A plan in force that is to be kept near stays
    as it is.

    Parameters
    ----------
    task : Task
        With the price as the weight `compounds`; at 1 or more nothing is done.
    labels : ndarray of int32, shape (n_units,)
        The division so far, 0..n_grids-1.
    seed : SeedSequence
        Drawn from only where something is tried.
    stop : callable, optional
        See ``gridpart.solvers.stop``.
    """
    price, n_grids = task.weights.compounds, int(labels.max()) + 1
    bound = task.past is not None and task.past.stability > 0
    if price >= 1 or n_grids == 1 or bound or not task.ground.load[task.units].any():
        return Evened(labels, frozenset(), "budget")
    before, why = _divided(task, labels), "budget"
    while why == "budget" and _squares(task, labels) > price:
        best, cost = labels, _cost(task, labels)
        limits = broken(task, labels)
        for compound in _heaviest(task, labels):
            found, why = _opened(task, labels, compound, seed.spawn(1)[0], stop)
            own = _cost(task, found)
            if own < cost - LEAST and broken(task, found) <= limits:
                best, cost = found, own
            if why != "budget":
                break
        if best is labels:
            break
        labels = best
    return Evened(labels, frozenset(_divided(task, labels) - before), why)


def _opened(
    task: Task, labels: Labels, compound: int, seed: np.random.SeedSequence, stop: Stop | None
) -> tuple[Labels, str]:
    """Return the best division found from `labels` on where one more compound is open."""
    problem = level_problem(task.ground, task.level, task.units)
    opened = np.array(sorted(_divided(task, labels) | {compound}), np.int32)
    groups = units_of_level(task, problem, opened)
    start = np.zeros(int(groups.max()) + 1, np.int32)
    start[groups] = labels
    whole = replace(contract(problem, groups), n_grids=int(labels.max()) + 1, start=start)
    found = solve(whole, weights=task.weights, seed=seed, stop=stop)
    return found.labels[groups], found.stopped_by


def _heaviest(task: Task, labels: Labels) -> list[int]:
    """Return the compounds in one grid that the level may divide, the greatest load first."""
    problem = level_problem(task.ground, task.level, task.units)
    own = task.ground.compound[task.units]
    divided = np.array(sorted(_divided(task, labels)), np.int32)
    n_groups = int(units_of_level(task, problem, divided).max())
    load = {
        int(c): float(problem.load[own == c].sum())
        for c in np.setdiff1d(own[own >= 0], divided)
        if int(units_of_level(task, problem, np.append(divided, c)).max()) > n_groups
    }
    return sorted(load, key=lambda c: (-load[c], c))[:TRIED]


def _cost(task: Task, labels: Labels) -> float:
    """Return the squared deviations and the price of the compounds in several grids."""
    return _squares(task, labels) + task.weights.compounds * len(_divided(task, labels))


def _squares(task: Task, labels: Labels) -> float:
    """Return the sum over grids of the squared deviation of their load from the mean."""
    load = objective.grid_sums(labels, task.ground.load[task.units], int(labels.max()) + 1)
    return float(((load / load.mean() - 1) ** 2).sum())


def _divided(task: Task, labels: Labels) -> set[int]:
    """Return the compounds that lie in several grids."""
    own = task.ground.compound[task.units]
    known = np.unique(own[own >= 0])
    return set(divided_compounds(task.ground, task.units, labels, known).tolist())
