"""The compiled loop that covers every unit once by sets at the least cost.

It works in slices, as the walk through the sets does: it returns when its budget of looks
is used up, and goes on from its own state when called again.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridpart._compile import NO, YES, ZERO, compiled

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
    bits, first = sets.bits, sets.first
    cost, size = sets.cost, sets.size
    following, end, fresh = cover.next, cover.end, cover.fresh
    covered, full, limit = cover.covered, cover.full, cover.limit
    totals, lefts = cover.total, cover.left
    chosen, best = cover.chosen, cover.best
    n_units, n_words = following.size - 1, full.size
    slack = 1e-9 * lefts[0]
    depth, looks = cover.at[DEEP], ZERO
    done = NO
    while looks < max_looks:
        if fresh[depth]:
            fresh[depth] = False
            unit = ZERO
            while (covered[depth, unit >> 6] >> np.uint64(unit & 63)) & np.uint64(1):
                unit += 1
            grids, left = sets.most - depth, lefts[depth]
            fits = grids > 0 and left <= grids * sets.upper + slack  # which may be inf
            fewest = max(1.0, float(sets.fewest - depth))
            fits &= (sets.lower <= 0) | (left >= fewest * sets.lower - slack)
            following[depth] = first[unit]
            end[depth] = first[unit + fits]
        at = following[depth]
        following[depth] = at + 1
        looks += 1
        total = totals[depth]
        if at < end[depth]:
            total += cost[at]
        rest = cover.least * (sets.most - depth - 1)
        if (at >= end[depth]) | (total + rest > limit[0]):
            if depth == 0:
                done = YES
                break
            depth -= 1
            continue
        whole, apart = YES, YES
        for word in range(n_words):
            own, before = bits[at, word], covered[depth, word]
            if own & before:
                apart = NO
                break
            covered[depth + 1, word] = own | before
            whole &= (own | before) == full[word]
        if not apart:
            continue
        chosen[depth] = at
        if whole:
            if (depth + 1 >= sets.fewest) & (total <= limit[0]):
                limit[0] = total - cover.step
                # One by one: a slice for a slice takes longer to compile than all the rest.
                for d in range(depth + 1):
                    best[d] = chosen[d]
                best[n_units] = depth + 1
            continue
        depth += 1
        totals[depth], lefts[depth], fresh[depth] = total, lefts[depth - 1] - size[at], True
    cover.at[DEEP] = depth
    return done
