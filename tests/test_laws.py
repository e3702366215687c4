"""Each law of a plan is seen when it is broken, and only then."""

import pytest
import shapely
from districts import place, square, table
from referee import Plan, found, ok, rules

GOOD = ([[40, 40, 40], [40, 40, 40]], ["aab", "ccb"])


def test_a_good_plan_keeps_every_law():
    report = Plan(*GOOD).judge()

    assert report.breaches == ()
    assert all(check.ok for check in report.checks)
    assert len(report.checks) == 3 * 7
    assert not report.broken


def test_a_gap_is_seen():
    plan = Plan(*GOOD)
    plan.outline("C11a", shapely.difference(square(0, 0, 2), square(0.5, 0.5, 0.01, 0.01)))

    report = plan.judge()

    assert not ok(report, "cover")
    assert [b.grid for b in found(report, "cover")] == ["C11a"]
    assert ok(report, "overlap")
    assert report.broken


def test_ground_outside_the_community_is_seen():
    report = Plan(*GOOD).outline("C11a", square(-1, 0, 3)).judge()

    assert "of its area outside it" in str(found(report, "cover")[0])


def test_a_community_without_grids_is_seen():
    plan = Plan(*GOOD)
    plan.grids["micro"] = plan.grids["micro"].iloc[:0]

    report = plan.judge()

    assert "No grid of level micro covers community C1." in map(str, found(report, "cover"))
    assert not ok(report, "whole_units")
    assert not ok(report, "sums")


def test_a_grid_of_no_community_is_seen():
    plan = Plan(*GOOD)
    plan.grids["micro"].loc[0, "community_id"] = "C9"

    assert any("C9, which does not exist" in str(b) for b in found(plan.judge(), "cover"))


def test_overlap_is_seen():
    report = Plan(*GOOD).outline("C11a", square(0, 0, 2, 1.2)).judge()

    assert ok(report, "cover")
    (breach,) = found(report, "overlap")
    assert {"C11a", "C11c"} <= set(breach.message.replace(".", "").split())


def test_sites_belong_to_no_grid_below_the_overall_one():
    site = square(2.5, 0.5, 0.2, 0.2)
    plan = Plan(*GOOD).put("exclusive", site, exclusive_id="X", community_id="C1")
    assert len(found(plan.judge(), "overlap")) == 2  # general and micro

    plan.outline("C11b", shapely.difference(square(2, 0, 1, 2), site))
    general = shapely.difference(plan.ground(), site)
    report = plan.outline("C11", general, "general").judge()

    assert report.breaches == ()


def test_a_grid_outside_its_parent_is_seen():
    plan = Plan(*GOOD)
    plan.outline("C11", square(0, 0, 3), "general")

    report = plan.judge()

    assert {b.grid for b in found(report, "nesting")} == {"C11b", "C11c"}
    assert ok(report, "nesting", "general")


def test_a_parent_that_is_not_there_is_seen():
    plan = Plan(*GOOD)
    plan.grids["micro"].loc[0, "parent_code"] = "C12"

    assert "names the parent C12" in str(found(plan.judge(), "nesting")[0])


def test_units_that_are_not_in_the_parent_are_seen():
    plan = Plan(*GOOD)
    plan.units.loc[0, "general_code"] = "C12"

    (breach,) = found(plan.judge(), "nesting")

    assert (breach.grid, breach.units) == ("C11a", ("U00",))


def test_codes_are_unique_texts_that_begin_with_the_parent():
    plan = Plan(*GOOD)
    plan.grids["micro"]["grid_code"] = ["C11b", "C11b", "D1"]
    doubled = plan.judge()
    plan.grids["micro"]["grid_code"] = [1, 2, 3]
    numbered = plan.judge()

    assert [b.grid for b in found(doubled, "codes")] == ["C11b", "D1"]
    assert len(found(numbered, "codes")) == 3


def test_a_unit_without_a_grid_is_seen():
    plan = Plan(*GOOD)
    plan.units.loc[0, "micro_code"] = None

    report = plan.judge()

    assert found(report, "whole_units")[0].units == ("U00",)
    assert not ok(report, "sums")


def test_a_unit_of_an_unknown_grid_is_seen():
    plan = Plan(*GOOD)
    plan.units.loc[0, "micro_code"] = "C11z"

    assert "codes that no grid of level micro has" in str(found(plan.judge(), "whole_units")[0])


def test_a_unit_that_is_there_twice_is_seen():
    plan = Plan(*GOOD)
    plan.units.loc[1, "unit_id"] = "U00"

    assert "more than once" in str(found(plan.judge(cells=None), "whole_units")[0])


def test_a_unit_outside_the_outline_of_its_grid_is_seen():
    plan = Plan(*GOOD)
    plan.units.loc[0, "micro_code"] = "C11b"

    (breach,) = [b for b in found(plan.judge(), "whole_units") if b.level == "micro"]

    assert breach.units == ("U00",)


def test_a_unit_in_a_grid_of_another_community_is_seen():
    plan = Plan(*GOOD)
    other = {"community_id": "C2", "area_type": "urban", "geometry": square(0, 1, 2)}
    plan.communities["geometry"] = [shapely.difference(plan.ground(), square(0, 1, 2))]
    plan.communities = table([*plan.communities.to_dict("records"), other])
    plan.units.loc[3:4, "community_id"] = "C2"
    plan.draw()
    plan.grids["micro"].loc[2, "community_id"] = "C1"

    messages = [str(b) for b in found(plan.judge(), "whole_units") if b.level == "micro"]

    assert messages == ["2 of 6 units are in a grid of another community: U01, U11."]


def test_a_building_is_not_divided_among_grids_that_may_not_divide_it():
    plan = Plan(*GOOD, parent_unit_id=[None, "B", "B"])
    plan.units["general_code"] = ["C11", "C11", "C12"] * 2
    plan.units["micro_code"] = [f"{g}a" for g in plan.units["general_code"]]
    plan.draw()

    report = plan.judge()

    assert [b.level for b in found(report, "whole_units")] == ["general"]
    assert "Grids C11, C12 of level general divide building B" in str(
        found(report, "whole_units")[0]
    )


@pytest.mark.parametrize(("split_to", "wells"), [("floor", ()), ("stairwell", ("1",)),
                                                 ("building", ("",))])  # fmt: skip
def test_floors_of_a_stairwell_are_divided_only_where_a_level_goes_so_far(split_to, wells):
    tower = {"parent_unit_id": ["T"] * 4, "stairwell": [1, 1, 2, 2], "floor_from": [1, 9, 1, 9],
             "floor_to": [8, 16, 8, 16]}  # fmt: skip
    plan = Plan([40, 40, 40, 40], "abcc", rules(split_to=split_to), **tower)

    divided = [str(b) for b in found(plan.judge(), "whole_units")]

    named = [f"stairwell {n} of T" if n else "building T" for n in wells]
    grids = "C11a, C11b" if split_to == "stairwell" else "C11a, C11b, C11c"
    assert divided == [f"Grids {grids} of level micro divide {n} among them." for n in named]


def test_only_units_with_residents_inside_a_site_need_a_grid():
    site = square(2, 1)
    plan = Plan(*GOOD).put("exclusive", site, exclusive_id="X", community_id="C1")
    plan.units["exclusive_id"] = [None] * 5 + ["X"]
    plan.cells = plan.cells.iloc[:5]
    plan.draw()
    plan.grids["overall"]["geometry"] = [plan.ground()]
    assert plan.judge().breaches == ()

    plan.units.loc[5, ["micro_code", "general_code"]] = None
    assert not ok(plan.judge(), "whole_units")
    plan.units.loc[5, "households"] = 0
    report = plan.judge()
    assert ok(report, "whole_units")
    assert ok(report, "sums")


def test_a_sum_that_is_stated_wrong_is_seen():
    plan = Plan(*GOOD)
    plan.grids["micro"]["households"] = [80, 80, 81]

    (breach,) = found(plan.judge(), "sums")

    assert breach.message == "Grid C11c states 81 households; its units have 80."


def test_one_grid_may_hold_the_whole_district():
    plan = Plan(*GOOD)
    levels = tuple(
        type(v)(v.id, v.title, "district" if v.id == "overall" else v.made_of, v.nests_in, v.ranges)
        for v in plan.rules.levels
    )
    changed = {"levels": levels, "rural_levels": levels}
    plan.rules = type(plan.rules)(
        **{f: changed.get(f, getattr(plan.rules, f)) for f in plan.rules.__slots__}
    )
    assert plan.judge().breaches == ()

    plan.outline("C1", square(0, 0, 3), "overall")
    assert "the district" in str(found(plan.judge(), "cover")[0])
    assert place(0, 0).within(plan.ground().buffer(1))
