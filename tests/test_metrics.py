"""The referee measures what is there, whatever the order, and says who has to be excused."""

import json

import numpy as np
import pytest
from districts import square, table
from referee import Plan, found, near, ok, rules

from gridpart.errors import DataError
from gridpart.metrics import Check, Report, measure_grids
from gridpart.model import Breach, Range


def breach(**changes):
    given = {"hard": True, "proven": False, "reason": "search"} | changes
    return Breach("g", "micro", "range", message="", **given)


def test_a_report_is_broken_by_what_is_hard_and_unproven():
    unproven, soft = breach(), breach(hard=False)
    proven = breach(proven=True, reason="arithmetic")

    assert Report((), (unproven,), ()).broken
    assert not Report((), (proven, soft), ()).broken
    assert Report((), (unproven, proven, soft), ()).exceptions == (proven,)


def test_a_report_becomes_json():
    found_here = breach(value=np.float64("nan"), units=(np.int64(3), "U1"), max=np.float64(2.5))
    report = Report((), (found_here,), (Check("cover", "micro", True, ""),))

    table_of_it = json.loads(json.dumps(report.to_dict(), allow_nan=False))

    whole = json.loads(json.dumps(Plan([40, 40], "ab").judge().to_dict(), allow_nan=False))

    assert whole["levels"][-1]["totals"] == {"households": 80}
    assert table_of_it["broken"] is True
    assert table_of_it["breaches"][0]["value"] is None
    assert table_of_it["breaches"][0]["units"] == [3, "U1"]
    assert table_of_it["breaches"][0]["max"] == 2.5
    assert table_of_it["checks"][0] == {"rule": "cover", "level": "micro", "ok": True, "detail": ""}


def test_grids_are_measured_in_the_order_of_their_outlines():
    plan = Plan([10, 30, 40], "aab")
    empty = {"grid_code": "C11z", "geometry": square(9, 9)}
    outlines = table([empty, *plan.grids["micro"].iloc[::-1].to_dict("records")])

    measured = measure_grids(plan.units, "micro_code", outlines, ["households"], detour=2)

    assert list(measured.index) == ["C11z", "C11b", "C11a"]
    assert list(measured["n_units"]) == [0, 1, 2]
    assert list(measured["households"]) == [0, 40, 40]
    assert measured["households"].dtype == np.int64
    assert list(measured["workload"]) == [0.0, 40.0, 40.0]
    assert list(measured["area_m2"]) == [10_000, 10_000, 20_000]
    # The center of 10 and 30 lies 75 m from the first of two places 100 m apart.
    assert measured["radius_m"].to_numpy() == pytest.approx([0, 0, 150])
    assert measured["polsby_popper"].iloc[1] == pytest.approx(np.pi / 4)


def test_a_level_is_summed_up():
    report = Plan([40, 40, 120], "abc").judge()

    micro = report.levels[-1]

    assert (micro.level, micro.title, micro.n_grids, micro.n_in_range) == ("micro", "微网格", 3, 2)
    assert micro.n_oversize == 1
    assert micro.totals == {"households": 200}
    assert micro.max_min == 3
    assert micro.cv == pytest.approx(np.std([40, 40, 120]) / np.mean([40, 40, 120]))
    assert micro.polsby_popper == pytest.approx(np.pi / 4)


def test_a_community_without_units_is_said_to_be_empty():
    plan = Plan([40, 40], "ab")
    other = {"community_id": "C2", "area_type": "rural", "geometry": square(5, 5)}
    plan.communities = table([*plan.communities.to_dict("records"), other])
    overall = {"grid_code": "C2", "community_id": "C2", "geometry": square(5, 5)}
    plan.grids["overall"] = table([*plan.grids["overall"].to_dict("records"), overall])

    report = plan.judge()

    (only,) = report.breaches
    assert (only.grid, only.level, only.reason) == ("C2", "overall", "community_empty")
    assert only.proven
    assert not report.broken
    assert report.levels[0].max_min == 1


def test_an_empty_community_has_an_overall_grid_all_the_same():
    plan = Plan([40, 40], "ab")
    other = {"community_id": "C2", "area_type": "rural", "geometry": square(5, 5)}
    plan.communities = table([*plan.communities.to_dict("records"), other])

    report = plan.judge()

    assert not ok(report, "cover", "overall")
    assert ok(report, "cover", "micro")


def test_a_grid_beyond_its_radius_names_the_units():
    plan = Plan([40, 1, 40], "aaa", rules(Range("households", 30, 100), radius=near(99)))

    report = plan.judge()

    (only,) = found(report, "radius")
    assert only.units == ("U00", "U20")
    assert only.value == pytest.approx(100)
    assert only.message == (
        "Grid C11a: 100 m from its center to the farthest unit, at most 99 m; beyond: U00, U20."
    )
    assert not report.broken
    plan.rules = rules(radius=near(99, hard=True))
    assert plan.judge().broken


def test_rural_communities_go_by_rural_rules():
    plan = Plan([40, 40], "ab")
    urban, rural = rules(), rules(Range("households", 50, 100))
    mixed = {f: getattr(urban, f) for f in urban.__slots__} | {"rural_levels": rural.levels}
    plan.rules = type(urban)(**mixed)
    assert not plan.judge().breaches

    plan.communities["area_type"] = "rural"
    assert len(found(plan.judge(), "range")) == 2


def test_a_whole_community_out_of_range_is_proven():
    plan = Plan([40, 40], "ab")
    for bound, reason in (
        (Range("households", 90, 100), "community_too_small"),
        (Range("households", 10, 20), "arithmetic"),
    ):
        first, *rest = rules().levels
        levels = (type(first)(first.id, first.title, first.made_of, None, (bound,)), *rest)
        changed = {f: getattr(plan.rules, f) for f in plan.rules.__slots__}
        plan.rules = type(plan.rules)(**changed | {"levels": levels, "rural_levels": levels})

        (only,) = plan.judge().breaches

        assert (only.grid, only.reason, only.proven) == ("C1", reason, True)


def test_a_grid_with_units_of_elsewhere_is_not_excused():
    plan = Plan([10, 10], "aa")  # alone, U00 would be all that its community has
    plan.units.loc[1, "community_id"] = "C2"
    other = {"community_id": "C2", "area_type": "urban", "geometry": square(5, 5)}
    plan.communities = table([*plan.communities.to_dict("records"), other])

    (only,) = found(plan.judge(), "range")

    assert (only.reason, only.proven) == ("search", False)


def test_every_range_of_a_grid_is_judged():
    both = rules(Range("households", 30, 100), Range("firms", max=5))
    plan = Plan([50, 50], "ab", both, firms=[2, 7])

    report = plan.judge()

    assert [(b.measure, b.reason, b.max) for b in found(report, "range")] == [
        ("firms", "oversize_unit", 5)
    ]
    assert report.levels[-1].totals == {"households": 100, "firms": 9}


def test_the_order_of_rows_changes_nothing():
    plan = Plan([[20, 130, 50], [53, 20, 60]], ["abc", "dec"])
    first = plan.judge()
    for frame in (plan.units, plan.cells, *plan.grids.values()):
        frame[:] = frame.iloc[::-1].to_numpy()

    assert plan.judge() == first


def test_only_the_levels_of_a_plan_are_judged():
    plan = Plan([40, 40], "ab")
    plan.grids = {"micro": plan.grids["micro"]}

    report = plan.judge()

    assert [level.level for level in report.levels] == ["micro"]
    assert report.breaches == ()


def test_levels_and_columns_that_the_rules_need_are_asked_for():
    plan = Plan([40, 40], "ab")
    with pytest.raises(DataError, match="no people"):
        plan.judge(rules=rules(Range("people", max=5)))

    plan.units = plan.units.drop(columns="workload")
    with pytest.raises(DataError, match="no workload"):
        plan.judge()

    plan.grids = {"mikro": plan.grids["micro"]}
    with pytest.raises(DataError, match="did you mean 'micro'"):
        plan.judge()
