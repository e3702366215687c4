"""A large map annealed block by block.

A bisection gives every block of grids its share of the load. While the range penalty is
soft, load drifts over long ways that the cold search cannot go back; inside blocks it
cannot. Blocks also fit into the processor's cache, and know nothing of one another. Their
seams are left to the passes that follow.
"""

import time

import numpy as np
from numpy.typing import NDArray

from gridpart import _kernels_plans
from gridpart._kernels import Energy
from gridpart.model import Problem
from gridpart.objective import grid_sums
from gridpart.solvers.pieces import grid_members, on_each, subproblem
from gridpart.solvers.refine import Schedule, Watch, anneal, repair, score

__all__ = ["annealed_in_blocks"]

BLOCK_UNITS = 2_500
"""About the most units of a block."""
BLOCK_GRIDS = 8
"""The fewest grids of a block."""
TIME_SHARE = 0.6
"""What part of the time that is left the blocks take; then come repair and passes."""


def annealed_in_blocks(
    problem: Problem,
    energy: Energy,
    labels: NDArray[np.int32],
    schedule: Schedule,
    rng: np.random.Generator,
    watch: Watch,
) -> NDArray[np.int32]:
    """Return `labels` with each block annealed and repaired by itself.

    No block gets worse than it was.
    """
    n_grids = int(labels.max()) + 1
    most = max(BLOCK_GRIDS, BLOCK_UNITS * n_grids // problem.n_units)
    n_blocks = 2 ** max(0, int(np.ceil(np.log2(-(-n_grids // most)))))
    count = grid_sums(labels, np.ones(labels.size), n_grids)
    centers = grid_sums(labels, problem.xy, n_grids) / count[:, None]
    block = _kernels_plans.bisect(centers, count, np.ones(n_grids), n_blocks)
    after = labels.copy()
    until = time.monotonic() + TIME_SHARE * watch.left_s
    waiting = list(range(n_blocks))

    def settle(units: NDArray[np.int64], own: np.random.Generator) -> None:
        if watch.stopped:
            return
        grids, local = np.unique(labels[units], return_inverse=True)
        part = subproblem(problem, units)
        start = local.astype(np.int32)
        seconds = (until - time.monotonic()) * min(watch.workers, len(waiting)) / len(waiting)
        waiting.pop()
        last = anneal(part, energy, start, schedule, own, watch, seconds=seconds).last
        mended = repair(part, energy, last, 0.0, own, watch, rounds=3)
        best = min(start, mended, key=lambda plan: score(part, energy, plan, grids.size))
        after[units] = grids[best]

    on_each(settle, grid_members(block[labels], n_blocks), rng.spawn(n_blocks), watch.workers)
    return after
