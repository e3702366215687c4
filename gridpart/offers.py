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

    As many places as can be are filled. Of all ways to do so those count that spread persons
    most evenly, so that no post has a second person while another could have its first; of
    these, those with the fewest skills lacking; and of these, one whose walks add up to the
    least.
    """
    chosen = _by_assignment(offer)
    if len(set(chosen)) < len(chosen):  # somebody holds one post twice
        chosen = _by_flow(offer)
    busy = {person for person, _ in chosen}
    idle = [(person, -1) for person in range(offer.capacity.size) if person not in busy]
    return sorted([*chosen, *idle])


def _places(offer: Offer) -> tuple[Counts, Counts]:
    """Return the post of each place, and how many places of the post go before it."""
    post = np.repeat(np.arange(offer.places.size), offer.places)
    before = np.arange(post.size) - np.repeat(np.cumsum(offer.places) - offer.places, offer.places)
    return post, before


def _costs(offer: Offer, n_pairs: int) -> tuple[Counts, int]:
    """Return the cost of each pair, a skill more than all walks, and what is more than all."""
    walk = n_pairs * int(offer.meters.max(initial=0)) + 1
    cost = offer.lacking * walk + offer.meters
    return cost, n_pairs * int(cost.max(initial=0)) + 1


def _by_assignment(offer: Offer) -> list[tuple[int, int]]:
    """Return the best pairs where a person might hold one post twice, as an assignment."""
    person = np.repeat(np.arange(offer.capacity.size), offer.capacity)
    post, before = _places(offer)
    n_pairs = min(person.size, post.size)
    cost, step = _costs(offer, n_pairs)
    never = n_pairs * step * (int(before.max(initial=0)) + 1) + 1
    matrix = cost[np.ix_(person, post)] + step * before
    matrix[~offer.allowed[np.ix_(person, post)]] = never
    rows, columns = linear_sum_assignment(matrix)
    pairs = [(int(person[r]), int(post[c])) for r, c in zip(rows, columns, strict=True)]
    return [pair for pair in pairs if offer.allowed[pair]]


def _by_flow(offer: Offer) -> list[tuple[int, int]]:
    """Return the best pairs as a flow from persons to posts, each pair once at most.

    What counts is settled one after the other, so that no cost drowns another.
    """
    heads, tails = np.nonzero(offer.allowed)
    post, before = _places(offer)
    n_persons, n_posts = offer.capacity.size, offer.places.size
    one, other = np.arange(heads.size), heads.size + np.arange(post.size)
    size = heads.size + post.size
    cost, _ = _costs(offer, int(min(offer.capacity.sum(), offer.places.sum())))
    rows = np.concatenate([heads, n_persons + tails, n_persons + post])
    signs = np.concatenate([np.ones(2 * heads.size), -np.ones(post.size)])
    matrix = csr_array(
        (signs, (rows, np.concatenate([one, one, other]))), shape=(n_persons + n_posts, size)
    )
    upper = np.concatenate([offer.capacity, np.zeros(n_posts)]).astype(float)
    lower = np.concatenate([np.zeros(n_persons), np.zeros(n_posts)])
    kept = [LinearConstraint(matrix, lower, upper)]
    unpaid = np.zeros(post.size)
    for goal in (
        np.concatenate([-np.ones(heads.size), unpaid]),
        np.concatenate([np.zeros(heads.size), before]),
        np.concatenate([cost[heads, tails], unpaid]).astype(float),
    ):
        found = milp(
            goal,
            integrality=np.ones(size, np.int64),
            bounds=Bounds(0, 1),
            constraints=kept,
            options={"mip_rel_gap": 0.0},
        )
        assert found.x is not None, "nobody anywhere is a solution"
        taken = np.flatnonzero(found.x > 0.5)
        kept.append(LinearConstraint(goal[None, :], -np.inf, float(goal[taken].sum())))
    return [(int(heads[k]), int(tails[k])) for k in taken if k < heads.size]
