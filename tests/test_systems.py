"""The special clause of each published system, on a district made for it."""

from dataclasses import replace

import pytest
import quarters
from districts import build_district, square, table
from samples import SAMPLES

import gridpart as gp
from gridpart.rules import load_rules


def test_jinhai_keeps_a_courtyard_of_461_households_in_one_micro_grid():
    plan = gp.partition(quarters.quarter(quarters.jinhai()), load_rules("jinhai"))

    (micro,) = plan.grids("micro").to_dict("records")
    assert (micro["households"], micro["n_units"]) == (461, 10)
    assert plan.units["parent_unit_id"].isna().all()  # and no building was cut
    (breach,) = (b for b in plan.report.breaches if b.level == "micro")
    assert (breach.reason, breach.proven) == ("oversize_unit", True)
    assert not plan.report.broken


def without_micro(name):
    """Return a preset without the level of micro grids, which takes most of the time."""
    rules = load_rules(name)
    kept = [v for v in rules.levels if v.id != "micro"]
    rural = [v for v in rules.rural_levels if v.id != "micro"]
    return replace(rules, levels=tuple(kept), rural_levels=tuple(rural))


def town(age, households):
    """Return a community of 100 buildings on squares of 100 m, with every indicator known."""
    hard = age > 40
    rows = [
        {"unit_id": f"U{i:02}{j:02}", "households": households, "population": 3 * households,
         "building_age": age, "no_property_mgmt": int(hard), "migrants": households * hard,
         "elderly_alone": households * hard, "incidents": households * hard, "floors": 6,
         "stairwells": 1, "geometry": square(i + 0.3, j + 0.3, 0.4, 0.4)}
        for i in range(10) for j in range(10)
    ]  # fmt: skip
    place = {"community_id": "C1", "name": "C1", "area_type": "urban",
             "geometry": square(0, 0, 10, 10)}  # fmt: skip
    return build_district({"communities": table([place]), "units": table(rows)}, "town")[0]


@pytest.mark.parametrize(("age", "households", "low", "high"), [
    (50.0, 30, 200, 300),  # hard, and 3,000 households
    (50.0, 29, 300, 500),  # hard, but 2,900 households
    (10.0, 30, 300, 500),  # 3,000 households, but not hard
])  # fmt: skip
def test_zhejiang_gives_complex_communities_of_3000_households_smaller_grids(
    age, households, low, high
):
    plan = gp.partition(town(age, households), without_micro("zhejiang"))

    grids = plan.grids("general")
    assert grids["households"].between(low, high).all()
    assert len(grids) == round(100 * households / ((low + high) / 2))
    assert not [b for b in plan.report.breaches if b.level == "general" and b.hard]


@pytest.mark.parametrize(("name", "titles", "heads"), [
    ("zhengzhou", ["二级网格", "三级网格"], ["社区书记", "社区两委成员"]),
    ("xishan", ["一级网格（街道）", "二级网格（社区）", "三级网格（住宅区）"],
     ["街道主任", "社区书记", "物业企业负责人"]),
])  # fmt: skip
def test_plans_bear_the_level_names_and_heads_of_their_system(name, titles, heads):
    plan = gp.partition(town(10.0, 12), without_micro(name))

    assert [level.title for level in plan.report.levels] == titles
    assert [level.head for level in plan.rules.levels] == heads
    assert list(plan.grids("overall")["name"]) == ["C1二级网格"]
    assert plan.grids("general")["name"].str.endswith("三级网格").all()
    if name == "xishan":
        assert list(plan.grids("street")["name"]) == ["town一级网格"]
        staff = plan.tables["staffing"].set_index("title")["needed"]
        assert [staff[head].sum() for head in heads] == [1, 1, len(plan.grids("general"))]


def test_whole_courtyards_leave_hankou_fewer_than_four_micro_grids_for_each_general_one():
    units = gp.read_district(SAMPLES / "hankou").units
    rules = load_rules("jinhai")
    (general,), (micro,) = rules.levels[1].ranges, rules.levels[2].ranges
    assert rules.levels[2].split_to == "compound"
    of_courtyards = units.dropna(subset=["compound_id"]).groupby("compound_id")["households"].sum()
    elsewhere = units["households"].sum() - of_courtyards.sum()
    totals = units.groupby("community_id")["households"].sum()

    most_micro = of_courtyards.size + elsewhere // micro.min
    # Every community but those that no number of grids fits, which may take one fewer.
    fewest_general = sum(
        total // general.max or 1
        if total // general.min * general.max < total
        else -(-total // general.max)
        for total in totals
    )

    assert most_micro / fewest_general < 4


@pytest.mark.slow
def test_zhoukou_divides_hankou_in_range_or_proves_why_not():
    plan = gp.partition(gp.read_district(SAMPLES / "hankou"), load_rules("zhoukou"))

    unproven = [b for b in plan.report.breaches if b.hard and not b.proven]
    n_grids = {level.level: level.n_grids for level in plan.report.levels}
    for level in ("general", "micro"):
        assert sum(b.level == level for b in unproven) <= 0.05 * n_grids[level]
    assert 4 <= n_grids["micro"] / n_grids["general"] <= 10
