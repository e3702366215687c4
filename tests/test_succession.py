"""Codes are kept by those who have most in common, and none is ever given twice."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridpart.coding import free_codes, last_serial, own_serial
from gridpart.errors import RulesError
from gridpart.revise import InForce, aligned_codes, code_table
from gridpart.rules import CodeRule
from gridpart.succession import heirs

GENERAL = "{community_id}{general:3}"
MICRO = "{community_id}{general:3}{micro:2}"
HOME = {"community_id": "510121001002", "name": "Home"}


def anything(grid, code):
    return True


@st.composite
def before_and_after(draw):
    n = draw(st.integers(1, 12))
    labels = np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    old = draw(st.lists(st.sampled_from(["", "A", "B", "C"]), min_size=n, max_size=n))
    weight = draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    return labels, np.array(old, dtype=object), np.array(weight, dtype=float)


@given(before_and_after())
def test_no_code_has_two_heirs_and_none_goes_to_strangers(case):
    labels, old, weight = case

    found = heirs(labels, old, weight, anything)

    assert len(set(found.values())) == len(found)
    assert all(((labels == grid) & (old == code)).any() for grid, code in found.items())


@given(before_and_after())
def test_the_pair_with_most_in_common_is_kept(case):
    labels, old, weight = case
    shared = {
        (grid, code): weight[(labels == grid) & (old == code)].sum()
        for grid, code in zip(labels.tolist(), old, strict=True)
        if code
    }

    found = heirs(labels, old, weight, anything)

    if shared:
        assert max(shared.values()) in {shared[pair] for pair in found.items()}


@given(before_and_after())
def test_pairs_go_by_households_then_units_then_code(case):
    labels, old, weight = case
    left = {(grid, code) for grid, code in zip(labels.tolist(), old, strict=True) if code}
    wanted = {}
    while left:
        common = {pair: (labels == pair[0]) & (old == pair[1]) for pair in left}
        grid, code = min(
            left, key=lambda p: (-weight[common[p]].sum(), -common[p].sum(), p[1], p[0])
        )
        wanted[grid] = code
        left = {pair for pair in left if pair[0] != grid and pair[1] != code}

    assert heirs(labels, old, weight, anything) == wanted


@given(before_and_after())
def test_an_old_grid_goes_without_heir_only_if_its_units_went_to_heirs_of_others(case):
    labels, old, weight = case

    found = heirs(labels, old, weight, anything)

    for code in set(old) - {""} - set(found.values()):
        assert set(labels[old == code].tolist()) <= set(found)


def test_ties_go_by_units_and_then_by_code():
    old = np.array(["B", "A", "A", "D", "C"], dtype=object)
    labels = np.array([0, 0, 0, 1, 1])

    assert heirs(labels, old, np.array([2.0, 1, 1, 3, 3]), anything) == {0: "A", 1: "C"}


def nothing(grid, code):
    return False


def test_a_code_that_does_not_fit_goes_to_nobody():
    old = np.array(["A", "A"], dtype=object)

    assert heirs(np.array([0, 0]), old, np.ones(2), nothing) == {}


@pytest.mark.parametrize(
    ("code", "serial"),
    [("51012100100200307", 7), ("51012100100200407", None), ("5101210010020037", None),
     ("51012100100200300", None), ("51012200100200307", None), ("A", None)],
)  # fmt: skip
def test_a_code_is_valid_only_below_its_parent(code, serial):
    assert own_serial(MICRO, code, "micro", HOME, {"general": 3}) == serial


def test_new_codes_are_never_ones_that_were_given():
    taken = {"A1", "A3"}

    assert [c for _, c in free_codes("A{}".format, n=3, taken=taken, what="")] == ["A2", "A4", "A5"]


def test_without_serials_left_the_community_and_the_counts_are_named():
    with pytest.raises(RulesError, match="No serials are left for 3 micro grids of Home") as error:
        free_codes("A{}".format, n=3, taken={"A1"}, what="micro grids of Home", last=3)

    assert "3 serials, 1 of them in force or retired" in error.value.found


def test_ordinary_serials_end_where_those_of_exclusive_grids_begin():
    assert last_serial(CodeRule({"general": GENERAL, "exclusive": GENERAL}, 900), "general") == 900
    assert last_serial(CodeRule({"general": GENERAL, "micro": MICRO}, 900), "micro") == 99


def in_force(codes, **more):
    return InForce("old", pd.DataFrame({"micro": codes}, dtype=object), **more)


def units(**parents):
    return pd.DataFrame({"unit_id": list(parents), "parent_unit_id": list(parents.values())})


def test_parts_have_the_code_of_their_building_and_a_building_that_of_most_parts():
    cut = in_force({"T-1": "A", "T-2": "B", "T-3": "B"}, parents=dict.fromkeys(
        ("T-1", "T-2", "T-3"), "T"))  # fmt: skip
    whole = in_force({"T": "A"})

    assert aligned_codes(units(T=None, U=None), cut)["micro"].tolist() == ["B", ""]
    assert aligned_codes(units(**{"T-1": "T", "T-9": "T"}), whole)["micro"].tolist() == ["A", "A"]
    assert aligned_codes(units(**{"T-1": "T", "T-9": "T"}), cut)["micro"].tolist() == ["A", "B"]


def test_codes_once_retired_stay_so_with_the_run_that_retired_them():
    old = in_force({"U": "B"}, given=frozenset("AB"), retired={"X": "first"})

    table = code_table(["A", "C"], old, "second")

    assert table.to_numpy().tolist() == [
        ["A", "in_force", ""], ["C", "in_force", ""], ["B", "retired", "second"],
        ["X", "retired", "first"],
    ]  # fmt: skip
