"""The cheapest choice among given sets in which each thing is in exactly one of them.

Linear programming first: its prices bound every choice from below, and only sets that cost
little more than their prices can be part of a cheap one. A mixed-integer program chooses
among these.
"""

import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array

__all__ = ["Choice", "cheapest_cover", "possible_sets"]

SLACK = 1e-6
"""Costs nearer to each other than this are the same."""
NODES = 300
"""Nodes of the integer program's tree before the question is left open."""
MOST = 20_000
"""Sets to choose among, unless told otherwise."""


class Choice(NamedTuple):
    """What is known of the cheapest choice."""

    sets: tuple[int, ...] | None
    """Positions of the sets of the cheapest choice found; None where none is cheap enough."""
    settled: bool
    """Whether no choice is cheaper, or, without one, cheap enough."""


def cheapest_cover(
    sets: Sequence[Sequence[int]],
    costs: ArrayLike,
    below: float,
    most: int = MOST,
    seconds: float = np.inf,
) -> Choice:
    """Return the cheapest way to have each thing in exactly one set, if it costs less than `below`.

    Parameters
    ----------
    sets : sequence of sequences of int
        The things of each, 0, 1, ...; every one of them is in a set.
    costs : array_like of float, shape (n_sets,)
        At least 0.
    below : float
        A choice that costs as much is of no interest.
    most : int
        Sets looked at: of more that might be part of a cheap choice, those that cost least
        over their prices, and the question is not settled.
    seconds : float
        By the wall clock, after which the best choice so far is the answer, not settled.

    Examples
    --------
    >>> cheapest_cover([[0], [1], [2], [0, 1], [1, 2]], [3, 1, 2, 1, 2], below=6)
    Choice(sets=(2, 3), settled=True)
    >>> cheapest_cover([[0, 1], [1, 2]], [1, 1], below=6)
    Choice(sets=None, settled=True)
    """
    cost = np.asarray(costs, np.float64)
    until = time.monotonic() + seconds
    near, within = _near(sets, cost, below, seconds)
    cheapest = np.sort(near[:most])
    if not cheapest.size:
        return Choice(None, True)
    left = until - time.monotonic()
    if left <= 0:
        return Choice(None, False)
    found = _chosen(within[:, cheapest], cost[cheapest], cheapest, below, left)
    return found if cheapest.size == near.size else found._replace(settled=False)


def possible_sets(
    sets: Sequence[Sequence[int]], costs: ArrayLike, below: float
) -> NDArray[np.int64]:
    """Return the positions of all sets that can be part of a choice that costs less than `below`.

    Parameters as of `cheapest_cover`. Some of the sets returned may be part of none.

    Examples
    --------
    >>> possible_sets([[0], [1], [0, 1]], [1, 1, 4], below=3)
    array([0, 1])
    """
    return np.sort(_near(sets, np.asarray(costs, np.float64), below)[0])


def _near(
    sets: Sequence[Sequence[int]],
    cost: NDArray[np.float64],
    below: float,
    seconds: float = np.inf,
) -> tuple[NDArray[np.int64], csc_array]:
    """Return the sets that may be part of a cheap choice, likeliest first; and what is in each."""
    rows = np.fromiter((thing for own in sets for thing in own), np.int64)
    ends = np.concatenate([[0], np.cumsum([len(own) for own in sets])])
    within = csc_array((np.ones(rows.size), rows, ends), shape=(int(rows.max()) + 1, cost.size))
    nothing = np.zeros(0, np.int64)
    prices = _prices(within, cost, seconds)
    if prices is None:
        return nothing, within
    dearer = cost - within.T @ prices
    least = float(prices.sum()) + within.shape[0] * min(0.0, float(dearer.min()))
    if least > below - SLACK:
        return nothing, within
    near = np.flatnonzero(dearer <= below - least + SLACK)
    return near[np.argsort(dearer[near], kind="stable")], within


def _prices(
    within: csc_array, cost: NDArray[np.float64], seconds: float
) -> NDArray[np.float64] | None:
    """Return a price for each thing that no set undercuts by much; None where nothing covers."""
    ones = np.ones(within.shape[0])
    found = linprog(  # type: ignore[call-overload] # the stubs know no sparse matrix here
        cost, A_eq=within, b_eq=ones, method="highs", options={"time_limit": seconds}
    )
    if found.status == 2:
        return None
    return np.asarray(found.eqlin.marginals) if found.status == 0 else np.zeros_like(ones)


def _chosen(
    within: csc_array,
    cost: NDArray[np.float64],
    names: NDArray[np.int64],
    below: float,
    seconds: float,
) -> Choice:
    """Return the cheapest choice among sets that were thinned out."""
    rows = [LinearConstraint(within, 1, 1)]
    if not (cost % 1).any():  # with fractions HiGHS stumbles over its own rounding, and prints
        rows.append(LinearConstraint(cost[None, :], -np.inf, below - SLACK))
    found = milp(
        cost,
        integrality=np.ones(cost.size, np.int64),
        bounds=Bounds(0, 1),
        constraints=rows,
        options={"mip_rel_gap": 0.0, "node_limit": NODES, "time_limit": seconds},
    )
    if found.x is None:
        return Choice(None, found.status == 2)
    taken = np.flatnonzero(found.x > 0.5)
    if cost[taken].sum() > below - SLACK:
        return Choice(None, found.status == 0)
    return Choice(tuple(names[taken].tolist()), found.status == 0)
