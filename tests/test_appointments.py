"""Persons get posts near their homes, and whatever is missing is said."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import plans
import pytest
from click.testing import CliRunner
from gridpart_cli.main import cli

from gridpart import export
from gridpart.appointments import assign_staff
from gridpart.errors import DataError, RulesError
from gridpart.export import read_plan, write_plan
from gridpart.model import Note
from gridpart.report import summary_text
from gridpart.roster import Person, Roster
from gridpart.rules import Post, Staffing, rules_to_toml
from gridpart.staffing import staff_plan

WORKER = Post("worker", "专职网格员", "general", number=1, clause="article 5")


@cache
def drawn():
    """Return the small plan, made once."""
    return plans.small_plan()


def planned(*posts, skills_column=""):
    """Return the small plan, of four general and eight micro grids, with these posts."""
    plan = drawn()
    rules = replace(plan.rules, staffing=Staffing(posts, None, skills_column))
    plan = replace(plan, rules=rules, meta={**plan.meta, "rules": rules_to_toml(rules)})
    return staff_plan(plan)


def people(*homes, **more):
    """Return a roster of persons P1, P2 … in these units."""
    return Roster(tuple(Person(f"P{n}", home, **more) for n, home in enumerate(homes, 1)))


def home_grid(plan, unit, level="general"):
    units = plan.units
    own = (units["unit_id"] == unit) | (units["parent_unit_id"] == unit)
    return units.loc[own, f"{level}_code"].iloc[0]


def appointments(plan):
    return plan.tables["persons"].set_index("person_code")


def told(plan):
    return [str(note) for note in plan.notes if note.kind == "staff"]


def test_everyone_works_where_they_live_if_all_can():
    homes = ["U70", "U01", "U40", "U20"]

    plan = assign_staff(planned(WORKER), people(*homes))

    assert appointments(plan)["grid_code"].tolist() == [home_grid(plan, u) for u in homes]
    assert plan.tables["staffing"]["vacant"].sum() == 0
    assert not [text for text in told(plan) if "vacant" in text or "left over" in text]


def test_rows_of_the_roster_in_another_order_change_nothing():
    roster = people("U10", "U12", "U13", "U11", "U72")
    turned = Roster(roster.persons[::-1])

    one, other = (assign_staff(planned(WORKER), r) for r in (roster, turned))

    for name in ("staffing", "persons"):
        pd.testing.assert_frame_equal(one.tables[name], other.tables[name])


def test_vacancies_and_persons_left_over_are_listed():
    short = assign_staff(planned(WORKER), people("U00"))
    many = assign_staff(planned(WORKER), people(*["U00"] * 6))

    assert short.tables["staffing"]["vacant"].sum() == 3
    assert any("3 of 4 posts are vacant: 专职网格员 3" in text for text in told(short))
    assert (many.tables["persons"]["status"] == "left_over").sum() == 2
    assert any("2 persons of the roster are left over" in text for text in told(many))


def test_walks_follow_streets_and_are_told_where_assumed():
    plan = assign_staff(planned(WORKER), people("U70"))
    bare = planned(WORKER)
    bare = replace(bare, district=replace(bare.district, streets=bare.district.streets.iloc[:0]))

    row = appointments(plan).iloc[0]
    guessed = assign_staff(bare, people("U70"))

    assert row["walk_m"] >= 0
    assert appointments(guessed)["walk_by"].tolist() == ["straight"]
    assert any("straight lines times the detour" in text for text in told(guessed))


def test_a_person_of_an_unknown_unit_has_no_home_and_yields_to_the_others():
    plan = assign_staff(planned(WORKER), people("U99", "U00", "U01", "U02", "U03"))
    row = appointments(plan).loc["P1"]

    assert any("name a home unit" in text and "P1" in text for text in told(plan))
    assert any("no known home" in text and "P1" in text for text in told(plan))
    assert row["home"] == "unknown"
    assert np.isnan(row["walk_m"])


def test_a_community_stands_in_for_a_home_and_is_told():
    plan = planned(WORKER)
    roster = Roster((Person("P1", community="九龙社区"),))

    plan = assign_staff(plan, roster)

    assert appointments(plan)["grid_code"].iloc[0].startswith("C2")
    assert any("assumption" in text for text in told(plan))


def test_wanted_skills_go_before_short_walks():
    plan = planned(WORKER, skills_column="speaks")
    far = home_grid(plan, "U70")
    speaks = np.where(plan.units["general_code"] == far, "手语", None)
    plan = replace(plan, units=plan.units.assign(speaks=speaks))
    others = [Person(f"P{n}", "U70") for n in (2, 3, 4)]
    roster = Roster((Person("P1", "U00", skills=frozenset({"手语"})), *others))

    plan = assign_staff(plan, roster)
    alone = assign_staff(plan, Roster(tuple(Person(f"Q{n}", "U70") for n in range(4))))

    assert appointments(plan).loc["P1", "grid_code"] == far
    assert any("lack skills" in text and far in text for text in told(alone))


def test_only_allowed_posts_are_given_by_id_or_title():
    plan = planned(WORKER, Post("micro", "微网格员", "micro", number=1))
    roster = Roster((Person("P1", "U00", posts=("专职网格员",)), Person("P2", posts=("micro",))))

    plan = assign_staff(plan, roster)

    assert appointments(plan)["post"].to_dict() == {"P1": "worker", "P2": "micro"}


def test_an_unknown_post_is_refused_with_the_near_one():
    with pytest.raises(DataError, match="1 posts that the rules do not have") as error:
        assign_staff(planned(WORKER), people("U00", posts=("专职网格",)))

    assert "专职网格员" in error.value.found


def test_a_shared_post_takes_one_person_whom_both_grids_name():
    post = replace(WORKER, number=0.75, shared_by=2)

    plan = assign_staff(planned(post), people("U00", "U20", "U70"))
    table = plan.tables["staffing"].set_index("grid_code")

    assert table["filled"].sum() == table["needed"].sum() == 3
    assert (table["person_codes"] != "").all()
    shared = table[table["shared_with"] != ""]
    assert len(shared) == 2
    for code, row in shared.iterrows():
        assert row["person_codes"] == table.loc[row["shared_with"], "person_codes"], code


def test_whoever_may_serve_two_grids_does():
    plan = assign_staff(planned(WORKER), people("U00", "U70", capacity=2))

    assert plan.tables["staffing"]["vacant"].sum() == 0
    assert plan.tables["persons"]["person_code"].value_counts().to_dict() == {"P1": 2, "P2": 2}


def test_assigning_again_forgets_the_first_roster():
    once = assign_staff(planned(WORKER), people("U00", "U70"))

    again = assign_staff(once, people("U01", "U40", "U41", "U20"))

    fresh = assign_staff(planned(WORKER), people("U01", "U40", "U41", "U20"))
    pd.testing.assert_frame_equal(again.tables["staffing"], fresh.tables["staffing"])
    assert again.notes == fresh.notes


def test_a_plan_without_posts_is_refused():
    plan = drawn()
    bare = replace(plan, rules=replace(plan.rules, staffing=None))

    with pytest.raises(RulesError, match="states no posts"):
        assign_staff(bare, people("U00"))


def test_the_command_writes_a_plan_with_its_staff(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "draw_level", plans.no_map)
    folder = write_plan(planned(WORKER), tmp_path / "plan")
    table = pd.DataFrame({"工号": ["W1"], "楼栋号": ["U00"], "姓名": ["张三"]})
    table.to_excel(tmp_path / "staff.xlsx", index=False)
    arguments = ["staff", folder, "--roster", tmp_path / "staff.xlsx", "-o", tmp_path / "out"]

    result = CliRunner().invoke(cli, [*map(str, arguments), "--lang", "en"])
    again = CliRunner().invoke(cli, [*map(str, arguments), "--lang", "en"])

    assert result.exit_code == 0, result.output
    assert "vacant" in result.stdout
    plan = read_plan(tmp_path / "out")
    assert plan.tables["staffing"]["filled"].sum() == 1
    assert plan.tables["persons"]["person_code"].tolist() == ["W1"]
    assert any("姓名" in text for text in told(plan))
    assert all("张三".encode() not in p.read_bytes() for p in (tmp_path / "out").iterdir())
    assert again.exit_code == 1


def test_the_summary_counts_filled_and_vacant_posts_only_with_a_roster():
    plan = planned(WORKER)
    note = Note("warning", "else")

    with_roster = summary_text(assign_staff(replace(plan, notes=(note,)), people("U00")), "en")

    assert "vacant" not in summary_text(replace(plan, notes=(note,)), "en")
    assert "vacant" in with_roster
