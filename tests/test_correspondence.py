"""What stays in its grid is the most that any pairing of the grids lets stay."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridpart.correspondence import count_moved, match_grids


@st.composite
def divisions(draw):
    """Draw the households and the grids of some units in two divisions."""
    n = draw(st.integers(1, 12))
    numbers = st.lists(st.integers(0, 3), min_size=n, max_size=n)
    households = draw(st.lists(st.integers(0, 50), min_size=n, max_size=n))
    return households, draw(numbers), draw(numbers)


def table(households, grids, prefix="G"):
    return pd.DataFrame(
        {
            "unit_id": [f"U{i}" for i in range(len(grids))],
            "parent_unit_id": None,
            "households": households,
            "code": [f"{prefix}{g}" for g in grids],
        }
    )


def most_kept(households, one, other):
    """Return what stays under the best of all pairings, tried one by one."""
    return max(
        sum(h for h, a, b in zip(households, one, other, strict=True) if pairing[a] == b)
        for pairing in permutations(range(4))
    )


@given(divisions())
def test_moved_is_what_no_pairing_keeps(drawn):
    households, one, other = drawn

    change = count_moved(
        table(households, one), table(households, other, "H"), "code", "households"
    )

    assert change.moved == pytest.approx(sum(households) - most_kept(*drawn))
    assert (change.total, change.spread) == (sum(households), ())


@settings(max_examples=25)
@given(divisions())
def test_codes_and_order_do_not_matter(drawn):
    households, one, other = drawn
    first, second = table(households, one), table(households, other)
    renamed = second.assign(code=second["code"].map(lambda c: f"new-{c}")).iloc[::-1]

    moved = count_moved(first, second, "code", "households").moved

    assert count_moved(first, renamed, "code", "households").moved == pytest.approx(moved)
    assert count_moved(second, first, "code", "households").moved == pytest.approx(moved)
    assert count_moved(first, first.sample(frac=1), "code", "households").moved == 0


def test_one_unit_moves_with_what_it_holds():
    one, other = table([5, 6, 7, 8], [0, 0, 1, 1]), table([5, 6, 7, 8], [0, 0, 0, 1])

    assert count_moved(one, other, "code", "households").moved == 7
    assert count_moved(one, other, "code", "").moved == 1


def test_units_without_a_grid_in_both_are_left_out():
    one, other = table([5, 6, 7], [0, 0, 1]), table([5, 6, 7], [0, 0, 1])
    one.loc[2, "code"] = other.loc[2, "code"] = None
    other.loc[1, "code"] = None

    change = count_moved(one, other, "code", "households")

    assert (change.moved, change.total) == (6, 11)


def cut(pieces, grids):
    """Return a building of 12 households in pieces, and a whole one beside it."""
    n = len(grids)
    return pd.DataFrame(
        {
            "unit_id": [*(f"B-{pieces}-{i}" for i in range(n)), "C"],
            "parent_unit_id": [*["B"] * n, None],
            "households": [*[12 / n] * n, 8],
            "code": [*grids, "c"],
        }
    )


def test_parts_that_are_the_same_are_compared_part_by_part():
    change = count_moved(cut(2, ["x", "y"]), cut(2, ["y", "x"]), "code", "households")

    assert (change.moved, change.total, change.spread) == (0, 20, ())


def test_a_building_cut_differently_is_spread_and_named():
    change = count_moved(cut(2, ["x", "y"]), cut(3, ["x", "y", "y"]), "code", "households")

    # x and x share 6/12 of the 4, y and y 6/12 of the 8
    assert change.moved == pytest.approx(12 - (2 + 4))
    assert (change.total, change.spread) == (20, ("B",))


def test_five_thousand_grids_are_matched():
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 5000, 40_000)
    columns = (rows + rng.integers(0, 3, rows.size)) % 5000

    kept = match_grids(rows, columns, rng.integers(1, 9, rows.size).astype(float))

    assert 40_000 < kept < 180_000
