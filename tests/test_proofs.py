"""A breach is proven where no plan could avoid it, and only there."""

from itertools import combinations

import pytest
import shapely
from districts import place, square
from hypothesis import given
from hypothesis import strategies as st
from referee import Plan, found, rules

from gridpart.model import Range
from gridpart.proofs import _rivals, explain, least_around
from gridpart.ranges import amount_out
from gridpart.terrain import Terrain, build_trial


def reasons(report):
    return {b.grid[-1]: (b.reason, b.proven) for b in found(report, "range")}


def test_a_unit_above_the_range_is_proven_alone():
    plan = Plan([50, 130, 50], "abc")

    report = plan.judge()

    assert reasons(report) == {"b": ("oversize_unit", True)}
    assert report.breaches[0].units == ("U10",)
    assert (
        report.breaches[0].message == "Grid C11b: 130 households, range 30-100; U10 alone has 130, "
        "and the column stairwells, by which it could be cut, is empty."
    )
    assert not report.broken
    assert report.levels[-1].n_oversize == 1


def test_a_unit_above_the_range_excuses_nobody_who_joins_it():
    report = Plan([50, 130, 50], "abb").judge()

    assert reasons(report) == {"b": ("search", False)}
    assert "nothing shows that U20 had to join it" in report.breaches[0].message
    assert report.broken


def test_a_unit_that_its_level_lets_be_cut_is_not_proven():
    plan = Plan([50, 130, 50], "abc", stairwells=[1, 3, 1])

    assert reasons(plan.judge()) == {"b": ("search", False)}
    plan.rules = rules(split_to="building")
    assert reasons(plan.judge()) == {"b": ("oversize_unit", True)}


def test_a_part_of_a_building_is_cut_no_further():
    plan = Plan([50, 130, 50], "abc", stairwells=[1, 3, 1], parent_unit_id=[None, "B", None])

    assert reasons(plan.judge()) == {"b": ("oversize_unit", True)}


def test_a_building_counts_as_one_where_it_may_not_be_divided():
    plan = Plan([50, 70, 70], "abb", rules(split_to="building"), parent_unit_id=[None, "B", "B"])

    report = plan.judge()

    assert reasons(report) == {"b": ("oversize_unit", True)}
    assert report.breaches[0].units == ("U10", "U20")


def test_a_compound_counts_as_one_where_it_may_not_be_opened():
    plan = Plan([50, 70, 70], "abb", rules(split_to="compound"), compound_id=["K", "L", "L"])

    assert reasons(plan.judge()) == {"b": ("oversize_unit", True)}


@pytest.mark.parametrize("labels", ["abc", "aab"])
def test_a_fragment_that_an_oversize_unit_cuts_off_is_proven(labels):
    report = Plan([20, 130, 50], labels).judge()

    assert {proven for _, proven in reasons(report).values()} == {True}
    assert {reason for reason, _ in reasons(report).values()} == {"oversize_unit"}
    assert labels != "abc" or "oversize U10 cuts off U00 with only 20" in str(report.breaches[0])


def test_a_fragment_is_not_to_be_divided_further():
    assert reasons(Plan([10, 10, 130, 50], "abcd").judge())["a"] == ("search", False)


def test_a_community_below_the_range_is_too_small():
    report = Plan([10, 10], "aa").judge()

    assert reasons(report) == {"a": ("community_too_small", True)}
    assert "its community has only 20 households" in report.breaches[0].message


def test_a_community_too_small_is_not_to_be_divided():
    assert reasons(Plan([10, 10], "ab").judge()) == {"a": ("search", False), "b": ("search", False)}


def test_a_barrier_may_cut_off_too_little():
    plan = Plan([20, 50, 50], "abb")
    plan.put("barriers", shapely.LineString([place(1, -1), place(1, 2)]))

    assert reasons(plan.judge()) == {"a": ("barrier", True)}


def test_a_crossing_takes_the_excuse_away():
    plan = Plan([20, 50, 50], "abb")
    plan.put("barriers", shapely.LineString([place(1, -1), place(1, 2)]))
    plan.put("crossings", place(1, 0.5))

    assert reasons(plan.judge()) == {"a": ("search", False)}


def test_an_island_may_hold_too_little():
    plan = Plan([20, 50, 50], "abb")
    for frame in (plan.units, plan.cells):
        frame.loc[0, "geometry"] = square(-3, 0)
    plan.communities["geometry"] = [plan.ground()]
    plan.draw()

    report = plan.judge()

    assert reasons(report) == {"a": ("piece", True)}
    assert "U00 with only 20 households border no other unit" in report.breaches[0].message


def test_a_total_that_no_number_of_grids_holds_is_proven():
    plan = Plan([53] * 10, "a" * 10, rules(Range("households", 300, 500)))

    report = plan.judge()

    assert reasons(report) == {"a": ("arithmetic", True)}
    assert report.breaches[0].message == (
        "Grid C11a: 530 households, range 300-500; no number of grids holds 501-599 "
        "(530 households: 1 grid holds at most 500, 2 grids need at least 600)."
    )


def test_arithmetic_excuses_only_the_least_breach():
    plan = Plan([53] * 10, "aaaaabbbbb", rules(Range("households", 300, 500)))

    assert set(reasons(plan.judge()).values()) == {("search", False)}


def test_what_an_oversize_unit_takes_off_an_awkward_total_is_proven():
    # One grid holds all but 50 of the other 550, whoever has these 50.
    bound = rules(Range("households", 300, 500))
    plan = Plan([600, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50], "aa" + "b" * 10, bound)

    assert reasons(plan.judge()) == {"a": ("oversize_unit", True)}


def test_two_oversize_units_do_not_share_what_they_take_off():
    bound = rules(Range("households", 300, 500))
    plan = Plan([600, 600, *[50] * 11], "aaa" + "b" * 10, bound)

    assert reasons(plan.judge()) == {"a": ("search", False)}


def test_units_that_add_up_to_nothing_in_range_are_proven():
    plan = Plan([80, 60, 80], "abc", rules(Range("households", 70, 100)))

    report = plan.judge()

    assert reasons(report) == {"b": ("arithmetic", True)}
    assert "no contiguous set of units around U10 adds up to 70-100" in str(report.breaches[0])


def test_a_stuck_unit_does_not_excuse_a_grid_farther_out_than_need_be():
    plan = Plan([80, 60, 80, 80], "abbb", rules(Range("households", 70, 100)))

    assert reasons(plan.judge()) == {"b": ("search", False)}


def test_units_of_size_zero_connect_at_no_cost():
    plan = Plan([20, 0, 20, 60], "aabb")

    assert reasons(plan.judge())["a"] == ("search", False)


def test_a_breach_that_another_plan_avoids_is_not_proven():
    report = Plan([20, 50, 50], "abb").judge()

    assert reasons(report) == {"a": ("search", False)}
    assert report.broken


def test_nothing_is_excused_when_a_grid_is_divided_building():
    plan = Plan([70, 70, 50], "abb", rules(split_to="building"), parent_unit_id=["B", "B", None])

    assert reasons(plan.judge()) == {"b": ("search", False)}


def test_without_cells_only_what_holds_for_any_contiguity_is_proven():
    fragment = Plan([20, 130, 50], "abc").judge(cells=None)
    small = Plan([10, 10], "aa").judge(cells=None)

    assert reasons(fragment) == {"a": ("search", False), "b": ("oversize_unit", True)}
    assert reasons(small) == {"a": ("community_too_small", True)}


def test_a_unit_inside_a_site_borders_every_cell_beside_it():
    # U10 lies in a site between U00 and U20, which only it can join.
    plan = Plan([20, 5, 20], "abc", exclusive_id=[None, "X", None])
    plan.put("exclusive", square(1, 0), exclusive_id="X", community_id="C1")
    plan.cells = plan.cells.iloc[[0, 2]]
    plan.units["micro_code"] = ["C11a", "C11a", "C11b"]
    plan.draw()
    assert set(reasons(plan.judge()).values()) == {("search", False)}

    plan.units["micro_code"] = ["C11a", "C11a", "C11a"]
    plan.draw()
    report = plan.judge()
    assert not found(report, "range")
    assert not found(report, "contiguity")


def test_a_soft_range_breaks_nothing():
    report = Plan([20, 50], "ab", rules(Range("households", 30, 100, hard=False))).judge()

    assert [b.hard for b in found(report, "range")] == [False]
    assert not report.broken


@given(
    sizes=st.lists(st.integers(0, 12), min_size=2, max_size=7),
    low=st.integers(1, 12),
    width=st.integers(0, 6),
    data=st.data(),
)
def test_the_least_breach_around_a_unit_is_never_overstated(sizes, low, width, data):
    n = len(sizes)
    pairs = list(combinations(range(n), 2))
    links = data.draw(st.sets(st.sampled_from(pairs)))
    near = tuple(frozenset(b if a == i else a for a, b in links if i in (a, b)) for i in range(n))
    bound = Range("households", low, low + width)
    ids = [f"U{i}" for i in range(n)]
    trial = build_trial(bound, ids, sizes, ids, unit_ids=ids, terrain=Terrain(near, near))

    for atom, name in enumerate(trial.names):
        least = least_around(trial, atom)
        around = [s for s in _connected_sets(n, near) if ids.index(name) in s]
        true = min(amount_out(sum(sizes[i] for i in s), bound) for s in around)
        assert least is not None
        assert least <= true
        assert (least == 0) == (true == 0)


def _connected_sets(n, near):
    """Yield every connected set of units, slowly."""
    for size in range(1, n + 1):
        for units in combinations(range(n), size):
            reached = {units[0]}
            while fresh := {b for a in reached for b in near[a] if b in units} - reached:
                reached |= fresh
            if len(reached) == size:
                yield units


def test_a_search_too_long_proves_nothing(monkeypatch):
    monkeypatch.setattr("gridpart.proofs.NODES", 3)
    ids = [f"U{i}" for i in range(8)]
    bound = Range("households", 70, 71)
    near = tuple(frozenset(range(8)) - {i} for i in range(8))
    trial = build_trial(bound, ids, [20] * 8, ids, unit_ids=ids, terrain=Terrain(near, near))

    assert least_around(trial, 0) is None
    assert explain(trial, "U0").reason == "search"


def test_what_might_be_cut_leaves_its_neighbors_open():
    beside = Plan([20, 130, 50], "abc", stairwells=[1, 2, 1]).judge()
    bound = Range("households", 70, 72)
    rows = [[20, 40, 20], [130, 130, 130]], ["aaa", "bcd"], rules(bound)
    farther = Plan(*rows, stairwells=[2, 2, 2]).judge()
    awkward = rules(Range("households", 300, 500))
    total = Plan([53] * 10 + [600], "a" * 10 + "b", awkward, stairwells=[1] * 10 + [4]).judge()

    assert set(reasons(beside).values()) == {("search", False)}
    assert set(reasons(farther).values()) == {("search", False)}
    assert set(reasons(total).values()) == {("search", False)}
    assert reasons(Plan(*rows).judge())["a"] == ("arithmetic", True)


def test_a_grid_of_units_that_fit_nowhere_is_proven_while_none_can_be_left_out():
    bound = rules(Range("households", 70, 100))

    pair = Plan([60, 60, 60], "aab", bound).judge()
    whole = Plan([60, 60, 60], "aaa", bound).judge()

    assert reasons(pair) == {"a": ("arithmetic", True), "b": ("arithmetic", True)}
    assert reasons(whole) == {"a": ("search", False)}


def test_two_oversize_units_do_not_excuse_one_grid():
    assert reasons(Plan([130, 130], "aa").judge()) == {"a": ("search", False)}


def test_a_total_excuses_nobody_who_reaches_out_of_its_piece():
    plan = Plan([125, 125, 140, 140, 250], "aabba", rules(Range("households", 300, 500)))
    for frame in (plan.units, plan.cells):
        frame.loc[4, "geometry"] = square(7, 0)
    plan.draw()

    assert reasons(plan.judge())["b"] == ("search", False)


def test_open_ranges_are_told_as_they_are():
    most = Plan([50, 130], "ab", rules(Range("households", max=100))).judge()
    least = Plan([10, 10], "aa", rules(Range("households", min=30))).judge()
    apart = Plan([10, 50], "ab", rules(Range("households", min=30))).judge()

    assert "130 households, range at most 100; U10 alone has 130, and" in str(most.breaches[0])
    assert "20 households, range at least 30; its community has" in str(least.breaches[0])
    assert reasons(apart) == {"a": ("search", False)}


def test_a_grid_of_several_awkward_pieces_is_not_excused_by_one():
    # Two islands of 530 each, which lie in one grid.
    plan = Plan([53] * 20, "a" * 20, rules(Range("households", 300, 500)))
    for frame in (plan.units, plan.cells):
        frame.loc[10:, "geometry"] = [square(i + 5, 0) for i in range(10, 20)]
    plan.draw()

    assert reasons(plan.judge()) == {"a": ("search", False)}


def test_the_proof_of_a_grid_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr("gridpart.proofs.NODES", 3)
    plan = Plan([20] * 8, "aaabbbbb", rules(Range("households", 70, 71)))

    assert set(reasons(plan.judge()).values()) == {("search", False)}


def test_floors_border_whatever_their_building_does():
    # The lower floors are too many for the house of 20, the upper ones are not beside it.
    tower = {"parent_unit_id": [None, "T", "T"], "floor_from": [None, 1, 9],
             "floor_to": [None, 8, 16]}  # fmt: skip
    plan = Plan([20, 90, 70], "abc", rules(split_to="floor"), **tower)
    assert reasons(plan.judge()) == {"a": ("arithmetic", True)}

    plan.units.loc[1:2, "geometry"] = plan.units.geometry[1]

    assert reasons(plan.judge()) == {"a": ("search", False)}


@pytest.mark.parametrize(
    ("columns", "split_to", "proven", "why"),
    [
        ({}, "floor", True, "the columns stairwells and floors, by which it could be cut, are"),
        ({"floors": [9, 9, 9]}, "stairwell", True, "the column stairwells, by which it could be"),
        ({"floors": [9, 9, 9]}, "floor", False, ""),
        ({"floors": [9, 1, 9]}, "floor", True, "it is one floor"),
        ({"stairwells": [1, 1, 1]}, "stairwell", True, 'where split_to = "stairwell" stops'),
        ({"stairwells": [1, 1, 1]}, "floor", True, "the column floors, by which it could be cut"),
        ({"stairwells": [4, 4, 4]}, "building", True, 'split_to = "building" cuts no building'),
        ({"floors": [9, 9, 9], "floor_from": [None, 3, None], "floor_to": [None, 4, None],
          "parent_unit_id": [None, "T", None]}, "floor", False, ""),
        ({"floors": [9, 9, 9], "floor_from": [None, 3, None], "floor_to": [None, 3, None],
          "parent_unit_id": [None, "T", None]}, "floor", True, "it is one floor"),
    ],
)  # fmt: skip
def test_an_oversize_unit_is_proven_only_where_nothing_is_left_to_cut(
    columns, split_to, proven, why
):
    report = Plan([50, 130, 50], "abc", rules(split_to=split_to), **columns).judge()

    (breach,) = report.breaches
    assert breach.proven is proven
    assert why in breach.message


def test_floors_of_one_stairwell_count_as_one_where_a_level_stops_there():
    tower = {"parent_unit_id": ["T"] * 3, "stairwell": [1, 1, 2], "floor_from": [1, 9, 1],
             "floor_to": [8, 16, 16]}  # fmt: skip
    plan = Plan([70, 70, 50], "aab", rules(split_to="stairwell"), **tower)

    (breach,) = plan.judge().breaches

    assert (breach.reason, breach.proven) == ("oversize_unit", True)
    assert "stairwell 1 of T alone has 140" in breach.message


# --- partners --------------------------------------------------------------------------


def test_more_units_than_partners_leave_some_out_of_range():
    plan = Plan([47, 15, 47, 48], "aabc", rules(Range("households", 50, 70)))

    report = plan.judge()

    assert reasons(report)["b"] == ("arithmetic", True)
    assert "1 of 2 must do without" in report.breaches[0].message


def test_partners_excuse_no_more_than_have_to_do_without():
    plan = Plan([47, 15, 47], "abc", rules(Range("households", 50, 70)))

    assert set(reasons(plan.judge()).values()) == {("search", False)}


def partitions(near, everyone):
    """Yield every division of atoms into contiguous sets."""
    if not everyone:
        yield []
        return
    root = everyone & -everyone
    rest = everyone ^ root
    part = rest
    while True:
        own = root | part
        found = fresh = root
        while fresh:
            beside = 0
            for atom, mask in enumerate(near):
                beside |= mask if fresh >> atom & 1 else 0
            fresh = beside & own & ~found
            found |= fresh
        if found == own:
            for others in partitions(near, everyone & ~own):
                yield [own, *others]
        if not part:
            return
        part = (part - 1) & rest


@given(data=st.data())
def test_no_division_keeps_more_of_rivals_in_range_than_partners_allow(data):
    n = data.draw(st.integers(3, 6))
    sizes = data.draw(st.lists(st.sampled_from([0, 5, 15, 40, 47, 48]), min_size=n, max_size=n))
    pairs = [p for p in combinations(range(n), 2) if p[1] == p[0] + 1 or data.draw(st.booleans())]
    links = tuple(frozenset(a + b - unit for a, b in pairs if unit in (a, b)) for unit in range(n))
    trial = build_trial(
        Range("households", 50, 70), [f"u{i}" for i in range(n)], sizes, ["g"] * n,
        unit_ids=list(range(n)), terrain=Terrain(links, links),
    )  # fmt: skip

    for atom in range(n):
        needy, partners = _rivals(trial, atom)
        most = max(
            sum((own & needy).bit_count() for own in division if 50 <= trial.total(own) <= 70)
            for division in partitions(trial.near, trial.everyone)
        )
        assert most <= partners.bit_count() or not needy
