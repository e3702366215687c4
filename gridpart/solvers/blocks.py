"""A large map annealed block by block first.

A bisection gives every block of grids its share of the load. While the range penalty is
soft, load drifts over long ways that the cold search cannot go back; inside blocks it
cannot. Blocks also fit into the processor's cache, and know nothing of one another.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from gridpart._kernels import Energy
from gridpart.model import Problem
from gridpart.solvers.pieces import subproblem
from gridpart.solvers.refine import Schedule, Watch, anneal, repair

__all__ = ["annealed_in_blocks"]

BLOCK_UNITS = 2_500
"""About the most units of a block."""
BLOCK_GRIDS = 8
"""The fewest grids of a block."""


def annealed_in_blocks(
    problem: Problem,
    energy: Energy,
    labels: NDArray[np.int32],
    schedule: Schedule,
    rng: np.random.Generator,
    watch: Watch,
) -> NDArray[np.int32]:
    """Return bisected `labels` with each block annealed and repaired by itself."""
    n_grids = int(labels.max()) + 1
    most = max(BLOCK_GRIDS, BLOCK_UNITS * n_grids // problem.n_units)
    ends = np.array([begin for begin, _ in _halved(0, n_grids, most)][1:], np.int64)
    order = np.argsort(labels, kind="stable")
    blocks = np.split(order, np.searchsorted(labels[order], ends))
    after = labels.copy()

    def settle(block: NDArray[np.int64], own: np.random.Generator) -> None:
        if watch.stopped:
            return
        units = np.sort(block)
        part = subproblem(problem, units)
        offset = labels[block[0]]
        last = anneal(part, energy, labels[units] - offset, schedule, own, watch).last
        after[units] = repair(part, energy, last, 0.0, own, watch, rounds=3) + offset

    if watch.workers > 1:
        with ThreadPoolExecutor(watch.workers) as pool:
            list(pool.map(settle, blocks, rng.spawn(len(blocks))))
    else:
        for block, own in zip(blocks, rng.spawn(len(blocks)), strict=True):
            settle(block, own)
    return after


def _halved(begin: int, end: int, most: int) -> list[tuple[int, int]]:
    """Return the intervals of labels of a bisection's parts with at most `most` grids."""
    if end - begin <= most:
        return [(begin, end)]
    middle = begin + (end - begin) // 2
    return [*_halved(begin, middle, most), *_halved(middle, end, most)]
