"""Some grids of a plan divided anew, again and again, all over the map.

What one annealing leaves to chance in one place has nothing to do with what it leaves in
another. A whole new start keeps the good with the bad; here each place keeps its best.
This is a large neighborhood search (Shaw 1998) whose neighborhoods are grids side by side.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from gridpart._kernels import Energy
from gridpart.model import Problem
from gridpart.solvers.pieces import grid_links, grid_members, on_each, subproblem
from gridpart.solvers.refine import Schedule, Watch, anneal, tightness

__all__ = ["FEWEST", "STAGES", "reworked"]

FEWEST = 12
"""Fewer grids than this are annealed as a whole, not in neighborhoods."""
MOST, TIGHT_MOST, SHARE = 12, 8, 4
"""Grids of a neighborhood at most, and where a range is tight; one grid in so many where that
is less."""
STAGES = 40

Labels = NDArray[np.int32]
Members = NDArray[np.int64]


def reworked(
    problem: Problem,
    energy: Energy,
    labels: Labels,
    effort: int,
    rng: np.random.Generator,
    watch: Watch,
    *,
    stages: int = STAGES,
) -> Labels:
    """Return `labels` after every grid was annealed anew once among some grids around it.

    A neighborhood keeps what it had unless it is less out of range, or no more and better.
    Neighborhoods that share no grid are reworked side by side, on as many threads as
    `watch` has; the plan does not depend on how many.

    Parameters
    ----------
    labels : ndarray of int32, shape (n_units,)
        A plan with at least `FEWEST` grids, each in one piece.
    effort : int
        Proposals a unit in one neighborhood; a unit is in two of them on average.
    stages : int
        Of the cooling in one neighborhood.
    """
    labels = labels.copy()
    n_grids = int(labels.max()) + 1
    waiting = np.ones(n_grids, bool)
    tight = (tightness(problem, n_grids) == 1).any()
    most = min(TIGHT_MOST if tight else MOST, max(SHARE, n_grids // SHARE))

    def settle(members: Members, own: np.random.Generator) -> None:
        units = np.sort(np.concatenate([owned[grid] for grid in members]))
        local = np.searchsorted(members, labels[units]).astype(np.int32)
        part = subproblem(problem, units)
        schedule = Schedule(effort, stages=stages)
        found = anneal(part, energy, local, schedule, own, watch)
        better = found.best if found.best_score <= found.last_score else found.last
        labels[units] = members[better]

    while waiting.any() and not watch.stopped:
        owned = grid_members(labels, n_grids)
        batch = _apart(grid_links(problem.graph, labels, n_grids), waiting, most, rng)
        waiting[np.concatenate(batch)] = False
        on_each(settle, batch, rng.spawn(len(batch)), watch.workers)
    return labels


def _apart(
    links: sparse.csr_array, waiting: NDArray[np.bool_], most: int, rng: np.random.Generator
) -> list[Members]:
    """Return neighborhoods of `most` grids around those that wait, no two sharing a grid."""
    taken = np.zeros(waiting.size, bool)
    batch = []
    for grid in rng.permutation(np.flatnonzero(waiting)):
        if taken[grid]:
            continue
        near, seen = [int(grid)], {int(grid)}
        at = 0
        while at < len(near) < most:
            beside = links.indices[links.indptr[near[at]] : links.indptr[near[at] + 1]]
            new = [int(other) for other in rng.permutation(beside) if other not in seen]
            near += new[: most - len(near)]
            seen.update(near)
            at += 1
        members = np.sort(np.array(near, np.int64))
        if not taken[members].any():
            taken[members] = True
            batch.append(members)
    return batch
