"""The best way to give posts to persons: an assignment problem over arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, milp
from scipy.sparse import csr_array

__all__ = ["Offer", "best_match"]

Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Offer:
    """Who may go where, and what it costs."""

    allowed: Flags
    """Shape (n_persons, n_posts)."""
    lacking: Counts
    """Shape (n_persons, n_posts): wanted skills that the person does not have."""
    meters: Counts
    """Shape (n_persons, n_posts): the walk from home, whole meters."""
    capacity: Counts
    """Shape (n_persons,): posts that each person may hold, never twice the same."""
    places: Counts
    """Shape (n_posts,): persons that each post of a grid needs."""


def best_match(offer: Offer) -> list[tuple[int, int]]:
    """Return pairs of person and post, -1 for a person left over, in the order of persons.

    As many posts as can be are filled; of all ways to do so with the fewest skills lacking,
    the walks add up to the least.
    """
    chosen = _by_assignment(offer)
    if len(set(chosen)) < len(chosen):  # somebody holds one post twice
        chosen = _by_flow(offer)
    busy = {person for person, _ in chosen}
    idle = [(person, -1) for person in range(offer.capacity.size) if person not in busy]
    return sorted([*chosen, *idle])


def _costs(offer: Offer, n_pairs: int) -> tuple[Counts, int]:
    """Return the cost of each pair, and what a pair that may not be costs: more than all."""
    walk = n_pairs * int(offer.meters.max(initial=0)) + 1
    cost = offer.lacking * walk + offer.meters
    return cost, n_pairs * int(cost.max(initial=0)) + 1


def _by_assignment(offer: Offer) -> list[tuple[int, int]]:
    """Return the best pairs where a person might hold one post twice, as an assignment."""
    person = np.repeat(np.arange(offer.capacity.size), offer.capacity)
    post = np.repeat(np.arange(offer.places.size), offer.places)
    cost, never = _costs(offer, min(person.size, post.size))
    matrix = np.where(offer.allowed, cost, never)[np.ix_(person, post)]
    rows, columns = linear_sum_assignment(matrix)
    pairs = [(int(person[r]), int(post[c])) for r, c in zip(rows, columns, strict=True)]
    return [pair for pair in pairs if offer.allowed[pair]]


def _by_flow(offer: Offer) -> list[tuple[int, int]]:
    """Return the best pairs as a flow from persons to posts, each pair once at most.

    First the greatest flow, then the cheapest of that size, so that costs need no addition
    that would drown them.
    """
    heads, tails = np.nonzero(offer.allowed)
    size, n_persons = heads.size, offer.capacity.size
    columns = np.arange(size)
    rows = np.concatenate([heads, n_persons + tails, np.full(size, n_persons + offer.places.size)])
    matrix = csr_array((np.ones(3 * size), (rows, np.tile(columns, 3))))
    upper = np.concatenate([offer.capacity, offer.places, [size]]).astype(float)
    cost, _ = _costs(offer, int(min(offer.capacity.sum(), offer.places.sum())))
    lower = np.zeros(upper.size)
    for goal in (-np.ones(size), cost[heads, tails].astype(float)):
        found = milp(
            goal,
            integrality=np.ones(size, np.int64),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(matrix, lower, upper),
            options={"mip_rel_gap": 0.0},
        )
        assert found.x is not None, "nobody anywhere is a solution"
        taken = np.flatnonzero(found.x > 0.5)
        lower[-1] = taken.size
    return [(int(heads[k]), int(tails[k])) for k in taken]
