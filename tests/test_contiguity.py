"""A grid is one piece on the map, whatever the units' graph says."""

import shapely
from districts import place, square
from referee import Plan, found, ok

RAILWAY = shapely.LineString([place(1, -1), place(1, 3)])


def pieces(report):
    return {b.grid: b.units for b in found(report, "contiguity")}


def test_a_grid_in_two_places_is_seen():
    report = Plan([40, 40, 40], "aba").judge()

    assert pieces(report) == {"C11a": ("U20",)}
    assert report.breaches[0].message == "Grid C11a lies in 2 pieces: U20 apart from U00."
    assert not ok(report, "contiguity")


def test_parts_that_touch_at_a_point_are_apart():
    report = Plan([[40, 40], [40, 40]], ["ab", "ba"]).judge()

    assert pieces(report) == {"C11a": ("U11",), "C11b": ("U10",)}


def test_a_railway_cuts_a_grid():
    report = Plan([40, 40, 40], "aab").put("barriers", RAILWAY).judge()

    assert pieces(report) == {"C11a": ("U10",), "C11": ("U00",)}


def test_a_crossing_restores_it():
    plan = Plan([40, 40, 40], "aab").put("barriers", RAILWAY)

    assert pieces(plan.put("crossings", place(1, 0.5)).judge()) == {}


def test_a_crossing_elsewhere_does_not():
    plan = Plan([[40, 40], [40, 40], [40, 40]], ["aa", "bb", "bb"]).put("barriers", RAILWAY)

    # By the crossing, 90 m north of grid a, lie grounds of grid b only.
    report = plan.put("crossings", place(1, 1.9)).judge()

    assert pieces(report) == {"C11a": ("U10",)}


def test_a_bridge_joins_the_banks_of_a_wide_river():
    river = square(1.2, -1, 0.6, 3)
    plan = Plan([80, 80], "aa").put("barriers", river)
    plan.units["geometry"] = [square(0, 0), square(1.8, 0, 0.2)]
    assert set(pieces(plan.judge())) == {"C11", "C11a"}

    assert pieces(plan.put("crossings", place(1.5, 0.5)).judge()) == {}


def test_a_barrier_that_ends_inside_a_grid_cuts_nothing():
    short = shapely.LineString([place(1, -1), place(1, 0.5)])

    assert pieces(Plan([40, 40], "aa").put("barriers", short).judge()) == {}


def test_ground_without_units_does_not_count():
    plan = Plan([40, 40, 0], "aab").put("barriers", shapely.LineString([place(2, -1), place(2, 3)]))
    plan.units = plan.units.iloc[:2]
    plan.units.loc[:, "micro_code"] = "C11a"
    plan.grids["micro"] = plan.grids["micro"].iloc[:1]

    assert pieces(plan.outline("C11a", square(0, 0, 3)).judge()) == {}


def test_a_unit_on_both_sides_of_a_barrier_joins_them():
    plan = Plan([40, 40], "aa").put("barriers", RAILWAY)
    plan.units["geometry"] = [square(0, 0, 1.5), square(1.5, 0, 0.5)]

    assert pieces(plan.judge()) == {}


def test_a_community_in_pieces_excuses_a_grid_that_holds_them():
    plan = Plan([40, 0, 40], "a-a")
    plan.units, plan.cells = plan.units.iloc[[0, 2]], plan.cells.iloc[[0, 2]]
    plan.communities["geometry"] = [plan.ground()]
    plan.draw()

    report = plan.judge()

    assert pieces(report) == {}
    assert any("in pieces as their community is: C11a" in check.detail for check in report.checks)


def test_residents_of_a_site_join_the_ground_on_both_its_sides():
    plan = Plan([40, 5, 40], "aaa", exclusive_id=[None, "X", None])
    plan.put("exclusive", square(1, 0), exclusive_id="X", community_id="C1")
    plan.cells = plan.cells.iloc[[0, 2]]
    plan.draw()
    plan.grids["overall"]["geometry"] = [plan.ground()]
    assert pieces(plan.judge()) == {}

    plan.units.loc[1, ["households", "micro_code", "general_code"]] = 0, None, None
    assert set(pieces(plan.judge())) == {"C11", "C11a"}


def test_residents_of_a_site_belong_to_a_grid_beside_it():
    plan = Plan([40, 40, 40, 5], "bbaa", exclusive_id=[None, None, None, "X"])
    plan.put("exclusive", square(3, 0), exclusive_id="X", community_id="C1")
    plan.cells = plan.cells.iloc[:3]
    plan.draw()
    plan.grids["overall"]["geometry"] = [plan.ground()]
    assert pieces(plan.judge()) == {}

    plan.units.loc[3, "micro_code"] = "C11b"
    (breach,) = found(plan.judge(), "contiguity")
    assert breach.message == "Grid C11b does not adjoin site X, where it has U30."


def test_units_that_are_points_lie_in_the_part_nearest_to_them():
    plan = Plan([40, 40, 40], "aab").put("barriers", RAILWAY)
    plan.units["geometry"] = [place(i + 0.5, 0.5) for i in range(3)]

    assert pieces(plan.judge())["C11a"] == ("U10",)


def with_floors(sizes, labels, rule_set=None):
    """Return a plan of a house, two bands of floors side by side, and another house."""
    tower = {"parent_unit_id": [None, "T", "T", None], "floor_from": [None, 1, 9, None],
             "floor_to": [None, 8, 16, None]}  # fmt: skip
    plan = Plan(sizes, labels, rule_set, **tower)
    plan.units.loc[1:2, "geometry"] = square(1.3, 0.3, 1.4, 0.4)
    return plan


def test_upper_floors_join_a_house_by_the_door_of_their_building():
    plan = with_floors([40, 40, 40, 40], "abac")
    assert pieces(plan.judge()) == {}

    plan.units["parent_unit_id"] = None

    assert set(pieces(plan.judge())) == {"C11a"}


def test_a_railway_before_the_door_parts_all_floors_from_a_house():
    plan = with_floors([40, 40, 40, 40], "abac").put("barriers", RAILWAY)

    assert pieces(plan.judge())["C11a"] == ("U20",)


def test_a_house_that_the_building_does_not_touch_is_apart_from_its_floors():
    plan = with_floors([40, 40, 40, 40], "abba")

    assert set(pieces(plan.judge())) == {"C11a"}
