"""No plan is less out of range than is told, and the least plan is told to be the least."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import places, seeds

from gridpart.least_totals import is_least
from gridpart.model import Range
from gridpart.ranges import amount_out
from gridpart.terrain import Terrain, build_trial

BOUND = Range("households", 50, 70)


def trial_of(near, sizes):
    n = len(sizes)
    links = tuple(map(frozenset, near))
    return build_trial(
        BOUND, [f"u{i}" for i in range(n)], sizes, ["g"] * n,
        unit_ids=list(range(n)), terrain=Terrain(links, links),
    )  # fmt: skip


def divisions(trial, left):
    """Yield every division of a set of atoms into contiguous ones, slowly."""
    if not left:
        yield []
        return
    first, rest = left & -left, left & (left - 1)
    part = rest
    while True:
        own = first | part
        if trial.reach(first, own) == own:
            for others in divisions(trial, left ^ own):
                yield [own, *others]
        if not part:
            return
        part = (part - 1) & rest


def amount_told(trial, own):
    """Return what a part of a division costs at least, an atom alone no more than its size."""
    total = trial.total(own)
    return amount_out(total, BOUND) if own & (own - 1) else min(total, amount_out(total, BOUND))


@given(places(2, 8), seeds, st.integers(0, 3))
@settings(max_examples=120, deadline=None)
def test_what_is_told_to_be_the_least_is_the_least_of_all_plans(place, seed, more):
    graph, _ = place
    assume(graph.n_units <= 8)
    sizes = np.random.default_rng(seed).choice([0, 0, 12, 20, 33, 41, 47, 55], graph.n_units)
    near = [graph.neighbors(unit).tolist() for unit in range(graph.n_units)]
    trial = trial_of(near, sizes.tolist())
    least = min(
        sum(amount_out(trial.total(own), BOUND) for own in division)
        for division in divisions(trial, trial.everyone)
        if all(trial.total(own) > 0 for own in division) or not sizes.any()
    )

    assert not is_least(trial, trial.everyone, least + 1 + more)
    if not sizes.any():
        return
    # As documented: an atom that is too much for a set counts with its size, whatever is beside.
    told = min(sum(amount_told(trial, own) for own in d) for d in divisions(trial, trial.everyone))
    assert is_least(trial, trial.everyone, told)
    assert not is_least(trial, trial.everyone, told + 1 + more)
    assert told <= least


def test_lumps_that_vie_for_too_few_partners_are_proven_together():
    chain = [[1], [0, 2], [1, 3], [2, 4], [3]]
    trial = trial_of(chain, [48, 5, 48, 48, 48])

    assert is_least(trial, trial.everyone, 6)  # only one of the four reaches 50
    assert not is_least(trial, trial.everyone, 7)


def test_two_sets_do_not_share_what_links_them():
    star = [[4], [4], [4], [4], [0, 1, 2, 3]]
    trial = trial_of(star, [30, 30, 30, 30, 0])

    assert is_least(trial, trial.everyone, 40)  # one pair by way of the middle
    assert not is_least(trial, trial.everyone, 41)


def test_more_sets_than_can_be_listed_leave_the_question_open():
    n = 20
    trial = trial_of([[j for j in range(n) if j != i] for i in range(n)], [10] * n)

    assert not is_least(trial, trial.everyone, 0)
