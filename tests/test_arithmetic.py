"""A count is feasible exactly when grids of whole sizes can add up to the total."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridpart.arithmetic import choose_count, feasible_counts, gap_sentence, least_breach

totals = st.integers(0, 3000)
mins = st.integers(1, 400)
widths = st.integers(0, 300)


def least_breach_by_trial(total, lower, upper, n_grids):
    """Return the least amount out of range of `n_grids` whole sizes that add up to `total`."""
    sizes = [lower] * n_grids
    rest = total - sum(sizes)
    if rest < 0:
        return -rest
    return max(0, rest - n_grids * (upper - lower))


@given(total=totals, lower=mins, width=widths)
def test_feasible_counts_are_those_whose_range_holds_the_total(total, lower, width):
    counts = feasible_counts(total, lower, lower + width)

    assert list(counts) == [
        n for n in range(1, total + 2) if n * lower <= total <= n * (lower + width)
    ]


@given(total=totals, lower=mins, width=widths)
def test_a_count_is_feasible_exactly_when_its_least_breach_is_zero(total, lower, width):
    counts = feasible_counts(total, lower, lower + width)

    for n in range(1, 12):
        assert (least_breach(total, lower, lower + width, n) == 0) == (n in counts)


@given(total=totals, lower=mins, width=widths, n_grids=st.integers(1, 9))
def test_least_breach_is_what_whole_sizes_leave_over(total, lower, width, n_grids):
    value = least_breach(total, lower, lower + width, n_grids)

    assert value == least_breach_by_trial(total, lower, lower + width, n_grids)


@given(total=totals, lower=mins, width=widths, aim=st.integers(1, 700))
def test_the_chosen_count_is_the_feasible_one_nearest_to_the_target(total, lower, width, aim):
    upper = lower + width

    chosen = choose_count(total, lower, upper, aim)

    counts = feasible_counts(total, lower, upper)
    wanted = max(1, math.floor(total / aim + 0.5))
    if counts:
        assert chosen in counts
        assert abs(chosen - wanted) == min(abs(n - wanted) for n in counts)
    else:
        least = min(least_breach(total, lower, upper, n) for n in range(1, total + 2))
        assert least_breach(total, lower, upper, chosen) == least


def test_the_formula_of_the_design():
    for total in range(600, 5000, 7):
        expected = min(max(round(total / 400), math.ceil(total / 500)), total // 300)
        if len(feasible_counts(total, 300, 500)) and total % 400 != 200:
            assert choose_count(total, 300, 500, 400) == expected


def test_open_ends():
    assert feasible_counts(100, -math.inf, 30) == range(4, 102)
    assert feasible_counts(100, 30, math.inf) == range(1, 4)
    assert choose_count(100, -math.inf, math.inf, math.nan) == 1
    assert choose_count(100, -math.inf, math.inf, 30) == 3
    assert choose_count(0, 300, 500, 400) == 1
    assert choose_count(299, 300, math.inf, 400) == 1


def test_rounding_does_not_cost_a_grid():
    assert 3 in feasible_counts(0.1 + 0.2, 0.1, 0.1)
    assert choose_count(0.1 * 3, 0.1, 0.1, 0.1) == 3


@pytest.mark.parametrize(
    ("total", "sentence"),
    [
        (530, "530 households: 1 grid holds at most 500, 2 grids need at least 600"),
        (1010, "1010 households: 2 grids hold at most 1000, 3 grids need at least 900"),
        (120, "120 households: 1 grid needs at least 300"),
    ],
)
def test_the_sentence_shows_the_sums(total, sentence):
    assert gap_sentence(total, 300, 500, "households") == sentence
