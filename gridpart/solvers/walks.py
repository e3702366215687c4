"""The exact method's two walks, in slices, so that they can be stopped.

One finds the sets that are cheap enough at given prices, the other the cheapest cover of
all units by sets.
"""

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridpart import _kernels_covers as covers
from gridpart import _kernels_sets as kernels
from gridpart._kernels_sets import Found, Prices, Search, Tables
from gridpart._kernels_spread import tabulate_spread
from gridpart.solvers.stop import Stop

__all__ = ["Progress", "StoppedError", "find_cover", "find_sets", "members"]

SLICE = 100_000
"""Sets that a kernel looks at between two questions to the stop criterion."""
ROOM = 20_000
"""Sets that one slice may find."""
MOST_SETS = 1_000_000
"""More sets within the gap than this are not listed."""


@dataclass(slots=True)
class Progress:
    """What is known so far, in costs, and what the stop criterion is asked with."""

    stop: Stop | None
    labels: NDArray[np.int32] | None = None
    value: float = np.inf
    goal: float = np.inf
    """A better plan costs at most this."""
    bound: float = -np.inf
    nodes: int = 0
    began: float = field(default_factory=time.monotonic)


class StoppedError(Exception):
    """The stop criterion has said so, or the walk has outgrown its limits."""


def find_sets(tables: Tables, prices: Prices, progress: Progress) -> tuple[Found | None, bool]:
    """Return the sets up to the limits, and whether no root was given up.

    None where they are more than ``MOST_SETS``.
    """
    n_units, n_measures = tables.sizes.shape
    search = kernels.make_search(n_units, n_measures)
    ground, rules = kernels.lay_out(tables, prices)
    nearest = _nearest(tables)
    bits, worth = np.zeros((ROOM, -(-n_units // 64)), np.uint64), np.zeros((ROOM, 3))
    slices: list[list[Any]] = []
    n_sets = 0
    for root in range(n_units):
        _begin(tables, search, root, nearest)
        done = False
        while not done:
            before = int(search.at[kernels.N_NODES])
            done = kernels.find_sets(ground, rules, search, prices.limit, bits, worth, SLICE)
            n = int(search.at[kernels.N_FOUND])
            slices.append([bits[:n].copy(), worth[:n].copy(), np.full(n, root, np.int32)])
            bits[:n] = 0
            n_sets += n
            progress.nodes += int(search.at[kernels.N_NODES]) - before
            _ask(progress)
            if n_sets > MOST_SETS:
                return None, False
    bits, worth, roots = (np.concatenate(arrays) for arrays in zip(*slices, strict=True))
    cost, reduced, size = np.ascontiguousarray(worth.T)
    found = Found(np.array([n_sets]), bits, cost, reduced, size, roots)
    return found, not search.at[kernels.GIVEN_UP]


def _begin(tables: Tables, search: Search, root: int, nearest: NDArray[np.int32]) -> None:
    """Set the search to a new root."""
    is_open = kernels.begin_root(tables, search, root)
    if tables.kind == kernels.INERTIA:
        tabulate_spread(tables.xy, tables.mass, nearest, is_open, tables.most_mass, search.spread)


def _nearest(tables: Tables) -> NDArray[np.int32]:
    """Return the units by distance from each unit, itself first, shape (n_units, n_units)."""
    x, y = tables.xy.T
    far = np.hypot(x[:, None] - x, y[:, None] - y)
    np.fill_diagonal(far, -1.0)
    return np.argsort(far, axis=1, kind="stable").astype(np.int32)


def find_cover(
    tables: Tables, found: Found, limit: float, step: float, progress: Progress
) -> NDArray[np.bool_] | None:
    """Return the sets of the cheapest cover up to `limit`, or None where there is none."""
    n, n_words = tables.mass.size, found.bits.shape[1]
    by = np.lexsort((found.reduced, found.root))
    sets = covers.Sets(
        bits=found.bits[by],
        cost=found.reduced[by],
        size=found.size[by],
        first=np.searchsorted(found.root[by], np.arange(n + 1)).astype(np.int64),
        lower=float(tables.lower[tables.measure]),
        upper=float(tables.upper[tables.measure]),
        fewest=tables.fewest,
        most=tables.most,
    )
    cover = covers.Cover(
        at=np.zeros(1, np.int64),
        next=np.zeros(n + 1, np.int64),
        end=np.zeros(n + 1, np.int64),
        fresh=np.arange(n + 1) == 0,
        covered=np.zeros((n + 1, n_words), np.uint64),
        total=np.zeros(n + 1),
        left=np.full(n + 1, tables.sizes[:, tables.measure].sum()),
        chosen=np.zeros(n + 1, np.int64),
        best=np.zeros(n + 1, np.int64),
        limit=np.array([limit]),
        full=np.packbits(np.arange(n_words * 64) < n, bitorder="little").view(np.uint64),
        least=float(min(0.0, sets.cost.min(initial=0.0))),
        step=step,
    )
    while not covers.find_cover(sets, cover, 10 * SLICE):
        _ask(progress)
    if not cover.best[n]:
        return None
    return members(sets.bits[cover.best[: cover.best[n]]], n)


def members(bits: NDArray[np.uint64], n_units: int) -> NDArray[np.bool_]:
    """Return which units each set holds, shape (n_sets, n_units)."""
    flat = np.ascontiguousarray(bits).view(np.uint8)
    return np.unpackbits(flat, axis=1, count=n_units, bitorder="little").astype(np.bool_)


def _ask(progress: Progress) -> None:
    """Leave by an exception when it is time to stop."""
    elapsed = time.monotonic() - progress.began
    if progress.stop is not None and progress.stop(None, progress.nodes, elapsed):
        raise StoppedError
