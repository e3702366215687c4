"""The cheapest choice of sets against all choices."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridpart.exact_cover import cheapest_cover, possible_sets


def covers(sets, things):
    """Yield every choice in which each thing is in exactly one set."""
    for size in range(1, len(sets) + 1):
        for choice in combinations(range(len(sets)), size):
            if sorted(thing for k in choice for thing in sets[k]) == things:
                yield choice


@st.composite
def offers(draw):
    n_things = draw(st.integers(1, 5))
    some = st.sets(st.integers(0, n_things - 1), min_size=1).map(sorted)
    sets = draw(st.lists(some, min_size=1, max_size=9))
    sets += [[thing] for thing in range(n_things) if not any(thing in own for own in sets)]
    costs = draw(st.lists(st.integers(0, 9), min_size=len(sets), max_size=len(sets)))
    return sets, costs, list(range(n_things))


@given(offers(), st.integers(0, 30))
@settings(max_examples=150, deadline=None)
def test_the_choice_is_the_cheapest_of_all(offer, below):
    sets, costs, things = offer
    value = {c: sum(costs[k] for k in c) for c in covers(sets, things)}
    cheap = {c: v for c, v in value.items() if v < below - 0.5}

    choice = cheapest_cover(sets, costs, below - 0.5)

    assert choice.settled
    assert (choice.sets is None) == (not cheap)
    if choice.sets is not None:
        assert value[tuple(sorted(choice.sets))] == min(cheap.values())
    possible = set(possible_sets(sets, costs, below - 0.5).tolist())
    assert possible.issuperset(k for c in cheap for k in c)


@pytest.mark.parametrize("most", [1, 2])
def test_a_choice_among_some_sets_settles_nothing(most):
    choice = cheapest_cover([[0], [1], [0, 1], [0, 1]], [2, 2, 3, 1], below=9, most=most)

    assert not choice.settled


def test_without_time_nothing_is_settled():
    choice = cheapest_cover([[0], [1], [0, 1]], [2, 2, 3], below=9, seconds=0.0)

    assert choice == (None, False)
