"""The compiled loop that covers every unit once by sets at the least cost.

It works in slices, as the walk through the sets does: it returns when its budget of looks
is used up, and goes on from its own state when called again.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridpart._compile import compiled

__all__ = ["Cover", "Sets", "find_cover"]

DEEP = 0
"""Place of ``Cover.at``."""


class Sets(NamedTuple):
    """The sets of each root, the cheapest first: those of root r at first[r]:first[r + 1]."""

    bits: NDArray[np.uint64]
    """Shape (n_sets, n_words): unit i is bit i % 64 of word i // 64."""
    cost: NDArray[np.float64]
    size: NDArray[np.float64]
    """Shape (n_sets,): in the measure that counts most."""
    first: NDArray[np.int64]
    """Shape (n_units + 1,)."""
    lower: float
    upper: float
    """Range of a set's size."""
    fewest: int
    most: int
    """Numbers of sets that a cover may have."""


class Cover(NamedTuple):
    """Where a walk through the covers stands; row d belongs to d sets."""

    at: NDArray[np.int64]
    """Shape (1,): number of sets chosen."""
    next: NDArray[np.int64]
    """Shape (n_units + 1,): the next set to try."""
    end: NDArray[np.int64]
    """Shape (n_units + 1,): the first set not to try any more."""
    fresh: NDArray[np.bool_]
    """Shape (n_units + 1,): whether `next` and `end` have yet to be set."""
    covered: NDArray[np.uint64]
    """Shape (n_units + 1, n_words)."""
    total: NDArray[np.float64]
    """Shape (n_units + 1,): sum of costs."""
    left: NDArray[np.float64]
    """Shape (n_units + 1,): size not covered."""
    chosen: NDArray[np.int64]
    best: NDArray[np.int64]
    """Shape (n_units + 1,): the sets of the best cover; last their number, 0 for none."""
    limit: NDArray[np.float64]
    """Shape (1,): greatest sum of costs of a cover that is wanted."""
    full: NDArray[np.uint64]
    """Shape (n_words,): every unit."""
    least: float
    """No set costs less; <= 0."""
    step: float
    """How much better the next cover must be."""


@compiled
def find_cover(sets: Sets, cover: Cover, max_looks: int) -> bool:
    """Walk on for about `max_looks` sets; return whether every cover under the limit was seen.

    Begin with ``at`` zero and row 0 fresh. The lowest unit not covered yet is the root of
    the next set, so that each cover is met once.
    """
    n_units, n_words = cover.next.size - 1, cover.full.size
    slack = 1e-9 * cover.left[0]
    looks = 0
    while looks < max_looks:
        depth = cover.at[DEEP]
        if cover.fresh[depth]:
            cover.fresh[depth] = False
            unit = 0
            while (cover.covered[depth, unit // 64] >> np.uint64(unit % 64)) & np.uint64(1):
                unit += 1
            grids, left = sets.most - depth, cover.left[depth]
            fits = grids > 0 and left <= grids * sets.upper + slack
            fits &= sets.lower <= 0 or left >= max(1, sets.fewest - depth) * sets.lower - slack
            cover.next[depth] = sets.first[unit]
            cover.end[depth] = sets.first[unit + 1] if fits else sets.first[unit]
        at = cover.next[depth]
        cover.next[depth] += 1
        looks += 1
        total = 0.0
        if at < cover.end[depth]:
            total = cover.total[depth] + sets.cost[at]
        rest = cover.least * (sets.most - depth - 1)
        if at >= cover.end[depth] or total + rest > cover.limit[0]:
            if depth == 0:
                return True
            cover.at[DEEP] -= 1
            continue
        whole = True
        apart = True
        for word in range(n_words):
            if sets.bits[at, word] & cover.covered[depth, word]:
                apart = False
                break
            union = sets.bits[at, word] | cover.covered[depth, word]
            cover.covered[depth + 1, word] = union
            whole &= union == cover.full[word]
        if not apart:
            continue
        cover.chosen[depth] = at
        if whole:
            if depth + 1 >= sets.fewest and total <= cover.limit[0]:
                cover.limit[0] = total - cover.step
                # One by one: a slice for a slice takes longer to compile than all the rest.
                for d in range(depth + 1):
                    cover.best[d] = cover.chosen[d]
                cover.best[n_units] = depth + 1
            continue
        cover.total[depth + 1] = total
        cover.left[depth + 1] = cover.left[depth] - sets.size[at]
        cover.fresh[depth + 1] = True
        cover.at[DEEP] = depth + 1
    return False
