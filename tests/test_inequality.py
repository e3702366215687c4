"""Lorenz curve and Gini coefficient are those of their definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridpart.inequality import gini, lorenz

loads = st.lists(st.integers(0, 1000), max_size=30)


def gini_by_pairs(values):
    """Return the mean difference between two values over twice the mean, pair by pair."""
    n, mean = len(values), sum(values) / max(len(values), 1)
    if not mean:
        return 0.0
    return sum(abs(a - b) for a in values for b in values) / (n * n * 2 * mean)


@given(loads)
def test_gini_is_half_the_mean_difference(values):
    assert gini(values) == pytest.approx(gini_by_pairs(values), abs=1e-9)


@given(loads)
def test_the_curve_holds_the_share_of_the_least(values):
    curve, total = lorenz(values), sum(values)

    for n in range(len(values) + 1):
        expected = sum(sorted(values)[:n]) / total if total else n / max(len(values), 1)
        assert curve[n] == pytest.approx(expected)


@given(loads, st.randoms(), st.integers(1, 9))
def test_order_and_unit_do_not_matter(values, random, factor):
    shuffled = [factor * v for v in values]
    random.shuffle(shuffled)

    assert gini(shuffled) == pytest.approx(gini(values), abs=1e-9)


def test_one_that_has_all_is_as_uneven_as_can_be():
    assert gini(np.eye(1, 50)[0]) == pytest.approx(1 - 1 / 50)
