"""Posts go to persons as well as trying everything would do it."""

from collections import Counter
from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gridpart.offers import Offer, best_match


@st.composite
def offers(draw):
    """Draw small offers whose pairs can all be tried."""
    n_persons, n_posts = draw(st.integers(0, 4)), draw(st.integers(0, 3))

    def table(low, high):
        cells = st.integers(low, high)
        drawn = draw(st.lists(cells, min_size=n_persons * n_posts, max_size=n_persons * n_posts))
        return np.array(drawn, dtype=np.int64).reshape(n_persons, n_posts)

    def row(size):
        return np.array(draw(st.lists(st.integers(1, 2), min_size=size, max_size=size)), np.int64)

    return Offer(table(0, 1) == 1, table(0, 2), table(0, 900), row(n_persons), row(n_posts))


def worth(offer, pairs):
    """Return what counts, in the order in which it counts; less is better."""
    return (
        -len(pairs),
        sum(n * (n - 1) // 2 for n in Counter(post for _, post in pairs).values()),
        sum(int(offer.lacking[pair]) for pair in pairs),
        sum(int(offer.meters[pair]) for pair in pairs),
    )


def best_by_trying(offer):
    """Return the worth of the best of all sets of pairs."""
    allowed = [(int(p), int(s)) for p, s in np.argwhere(offer.allowed)]
    found = (0, 0, 0, 0)
    for taken in product([False, True], repeat=len(allowed)):
        pairs = [pair for pair, is_in in zip(allowed, taken, strict=True) if is_in]
        if keeps(offer, pairs):
            found = min(found, worth(offer, pairs))
    return found


def keeps(offer, pairs):
    held = np.zeros_like(offer.meters)
    for pair in pairs:
        held[pair] += 1
    return (
        (held.sum(axis=1) <= offer.capacity).all()
        and (held.sum(axis=0) <= offer.places).all()
        and (held <= 1).all()
        and (held[~offer.allowed] == 0).all()
    )


@given(offer=offers())
def test_the_match_is_as_good_as_any(offer):
    match = best_match(offer)
    pairs = [(person, post) for person, post in match if post >= 0]

    assert keeps(offer, pairs)
    assert worth(offer, pairs) == best_by_trying(offer)
    assert {person for person, _ in match} == set(range(offer.capacity.size))


def test_every_post_has_somebody_before_any_has_two():
    offer = Offer(
        allowed=np.ones((2, 2), bool),
        lacking=np.zeros((2, 2), np.int64),
        meters=np.array([[1, 900], [1, 900]]),
        capacity=np.array([1, 1]),
        places=np.array([2, 2]),
    )

    assert sorted(post for _, post in best_match(offer)) == [0, 1]


def test_nobody_holds_one_post_twice_though_it_would_be_nearest():
    offer = Offer(
        allowed=np.ones((2, 1), bool),
        lacking=np.zeros((2, 1), np.int64),
        meters=np.array([[1], [900]]),
        capacity=np.array([2, 1]),
        places=np.array([2]),
    )

    assert best_match(offer) == [(0, 0), (1, 0)]
