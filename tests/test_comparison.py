"""Alternatives are told by figures that anyone can add up again, and the front by brute force."""

import dataclasses
import json

import districts
import numpy as np
import pandas as pd
import plans
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gridpart import partition, rules
from gridpart.comparison import compare, pareto_front
from gridpart.comparison_text import WORDS, comparison_text
from gridpart.errors import DataError
from gridpart.metrics import measure_grids
from gridpart.plan_figures import FIGURES
from gridpart.plan_names import name_paths
from gridpart.solvers.stop import Iterations


@pytest.fixture(scope="module")
def plan():
    return plans.small_plan()


@pytest.fixture(scope="module")
def drawn():
    """Return two plans of one district that the search made, so that all figures are there."""
    district, findings = districts.build_district(districts.full(), "hankou")
    assert district is not None, findings
    qixian = rules.load_rules("qixian")
    even = dataclasses.replace(
        qixian, id="even", weights=dataclasses.replace(qixian.weights, balance=5.0)
    )
    return {
        "A": partition(district, qixian, seed=0, stop=Iterations(200)),
        "B": partition(district, even, seed=1, stop=Iterations(200)),
    }


def altered(plan, seed="8", **figures):
    """Return the plan with other figures of its general grids."""
    levels = tuple(
        dataclasses.replace(s, **figures) if s.level == "general" else s for s in plan.report.levels
    )
    return plans.with_meta(plans.with_report(plan, levels=levels), seed=seed)


def relabeled(plan, unit, level="general"):
    """Return the plan with one unit in the other general grid of its community."""
    units = plan.units.copy()
    at = units["unit_id"] == unit
    codes = units.loc[units["community_id"] == units.loc[at, "community_id"].iloc[0]]
    other = set(codes[f"{level}_code"]) - set(units.loc[at, f"{level}_code"])
    units.loc[at, f"{level}_code"] = sorted(other)[0]
    return dataclasses.replace(plan, units=units)


# --- the front ---------------------------------------------------------------------------


@given(arrays.arrays(float, st.tuples(st.integers(1, 8), st.integers(1, 4)),
                     elements=st.integers(0, 3).map(float)))  # fmt: skip
def test_the_front_is_what_no_other_beats(costs):
    rows = costs.tolist()
    beaten = [
        any(all(a <= b for a, b in zip(other, own, strict=True)) and other != own for other in rows)
        for own in rows
    ]

    assert pareto_front(costs).tolist() == [not b for b in beaten]
    assert pareto_front(costs).any()


def test_a_plan_that_is_nowhere_worse_beats(plan):
    found = compare({"old": plan, "new": altered(plan, cv=0.05, walk_mean_m=None)})

    assert found.front == ("new",)
    assert found.beaten_by == {"old": ("new",), "new": ()}


def test_a_plan_that_gives_up_something_does_not_beat(plan):
    found = compare({"old": plan, "new": altered(plan, cv=0.05, polsby_popper=0.6)})

    assert found.front == ("old", "new")


def test_what_is_told_alike_is_alike(plan):
    found = compare({"old": plan, "new": altered(plan, cv=0.1000001)})

    assert found.front == ("old", "new")
    assert all(row.best == () for row in found.rows)


def test_an_unproven_breach_of_a_hard_rule_counts_against_a_plan(plan):
    breach = dataclasses.replace(plan.report.breaches[0], proven=False)
    broken = plans.with_report(plan, breaches=(breach, *plan.report.breaches[1:]))

    found = compare({"broken": broken, "kept": plan})

    assert found.front == ("kept",)
    assert found.to_frame().loc[("", "broken")].tolist() == [1, 0]
    assert found.to_frame().loc[("micro", "exceptions")].tolist() == [0, 1]


def test_with_a_plan_in_force_less_moved_is_better(plan):
    other = relabeled(altered(plan), "U11")
    named = {"moving": other, "still": altered(plan)}

    found = compare(named, current=plan)

    held = plan.units.set_index("unit_id").loc["U11", "households"]
    assert compare(named).front == ("moving", "still")
    assert found.to_frame().loc[("general", "moved")].tolist() == [held, 0]
    assert found.front == ("still",)


# --- figures -----------------------------------------------------------------------------


def test_figures_are_those_of_the_layers(drawn):
    table = compare(drawn).to_frame()

    for name, plan in drawn.items():
        for level in plan.levels:
            grids, units, told = plan.grids(level), plan.units, table.loc[level][name]
            load = units.groupby(f"{level}_code")["workload"].sum()
            load = load[load > 0]
            assert told["grids"] == len(grids)
            assert told["out_of_range"] == (~grids["in_range"]).sum()
            assert told["in_range"] == pytest.approx(grids["in_range"].mean())
            assert told["cv"] == pytest.approx(np.std(load) / np.mean(load))
            assert told["max_min"] == pytest.approx(load.max() / load.min())
            assert told["polsby_popper"] == pytest.approx(
                (4 * np.pi * grids.area / grids.length**2).mean()
            )
            people = grids["households"]
            for key, column in (("walk_mean_m", "walk_mean_m"), ("within_500_m", "within_500_m")):
                mean = (grids[column].fillna(0) * people).sum() / people.sum()
                assert told[key] == pytest.approx(mean, abs=1e-6)
            cut = units[units["parent_unit_id"].notna()].groupby("parent_unit_id")
            assert told["cut"] == (cut[f"{level}_code"].nunique() > 1).sum()
            if level == "general":
                compounds = units.groupby("compound_id")["general_code"].nunique()
                assert told["opened"] == (compounds > 1).sum()


def test_measures_need_no_search_to_be_added_up_again(drawn):
    for plan in drawn.values():
        again = measure_grids(plan.units, "micro_code", plan.grids("micro"), ["households"])

        assert again["households"].sum() == plan.grids("micro")["households"].sum()


def test_the_better_value_is_marked(plan):
    found = compare({"A": plan, "B": altered(plan, cv=0.05, polsby_popper=0.6)})
    best = {(row.level, row.key): row.best for row in found.rows}

    assert best["general", "cv"] == (1,)
    assert best["general", "polsby_popper"] == (0,)
    assert best["general", "grids"] == ()
    assert "0.050*" in comparison_text(found, "en")


def test_moves_between_plans_are_those_of_the_unit(plan):
    moved = relabeled(plan, "U11")

    found = compare({"A": plan, "B": moved, "C": plan})

    held = plan.units.set_index("unit_id").loc["U11", "households"]
    assert found.moved["general"].tolist() == [[0, held, 0], [held, 0, held], [0, held, 0]]
    assert (found.moved["micro"] == 0).all()
    assert ["A", "C"] in [r.parts["plans"] for r in found.remarks if r.key == "same"]


# --- what is told ------------------------------------------------------------------------


def remarks_of(*listed, **options):
    found = compare({f"P{i}": plan for i, plan in enumerate(listed)}, **options)
    return {remark.key: dict(remark.parts) for remark in found.remarks}, found


def test_other_weights_are_told_and_still_compared(drawn):
    told, found = remarks_of(*drawn.values())

    assert told["rules_differ"] == {"rules": {"P0": "qixian", "P1": "even"}}
    assert "not_compared" not in told
    assert len(found.criteria) == 4


def test_what_other_ranges_measure_differently_is_not_held_against_a_plan(plan):
    level = plan.rules.levels[1]
    bound = dataclasses.replace(level.ranges[0], max=600.0)
    wide = dataclasses.replace(level, ranges=(bound,))
    rules_ = dataclasses.replace(
        plan.rules, levels=(plan.rules.levels[0], wide, plan.rules.levels[2])
    )

    told, found = remarks_of(plan, dataclasses.replace(altered(plan, n_in_range=3), rules=rules_))

    assert "in_range" in told["not_compared"]["figures"]
    assert told["left_out"] == {"figures": ["broken", "walk_mean_m"]}
    unlike = [row for row in found.rows if not row.comparable]
    assert {row.level for row in unlike} == {"", "general"}
    assert all(row.best == () for row in unlike)


def test_a_report_that_the_grids_do_not_bear_out_is_told(plan):
    fewer = dataclasses.replace(plan, layers={**plan.layers, "micro": plan.grids("micro").iloc[1:]})

    told, _ = remarks_of(plan, fewer)

    assert told["stale"] == {"plans": ["P1"]}


def test_interrupted_plans_and_estimates_are_told(plan):
    district = dataclasses.replace(plan.district, estimated=("households",))
    guessed = dataclasses.replace(plan, district=district)

    told, _ = remarks_of(guessed, plans.with_meta(guessed, stopped_by="interrupted"))

    assert told["interrupted"] == {"plans": ["P1"]}
    assert told["estimated"] == {"measures": ["households"]}


def test_a_level_that_one_plan_lacks_is_left_open(plan):
    layers = {name: table for name, table in plan.layers.items() if name != "micro"}
    coarse = dataclasses.replace(plan, layers=layers)

    _, found = remarks_of(plan, coarse)

    assert found.to_frame().loc[("micro", "grids")].isna().tolist() == [False, True]
    assert np.isnan(found.moved["micro"][0, 1])
    assert json.dumps(found.to_dict(), allow_nan=False)
    assert "-" in comparison_text(found, "en")


def test_plans_of_different_districts_are_refused(plan):
    district = dataclasses.replace(plan.district, source_hash="f" * 64, name="other\n$x$")
    other = dataclasses.replace(plan, district=district)

    with pytest.raises(DataError, match=r"ffffffff"):
        compare({"A": plan, "B": other})
    with pytest.raises(DataError, match="the current plan"):
        compare({"A": plan, "B": plan}, current=other)


def test_one_plan_is_no_comparison(plan):
    with pytest.raises(DataError, match="cannot be compared"):
        compare({"A": plan})


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_remark_and_figure_has_words(plan, lang):
    found = compare({"A\n\x1b[31m\u202e": plan, "=B$x$": plan})

    text = comparison_text(found, lang)

    assert set(FIGURES) <= set(WORDS[lang])
    assert set(WORDS["zh"]) == set(WORDS["en"])
    assert "A [31m" in text
    assert not {"\x1b", "\u202e"} & set(text)


def test_json_holds_plain_values(drawn):
    told = json.loads(json.dumps(compare(drawn).to_dict(), allow_nan=False))

    assert [p["rules"] for p in told["plans"]] == ["qixian", "even"]
    assert {row["figure"] for row in told["figures"]} <= set(FIGURES)
    assert told["moved"]["measure"] == "households"


def test_a_plan_without_households_counts_another_measure(plan):
    units = plan.units.rename(columns={"households": "firms_held"})
    source = plan.district.units.rename(columns={"households": "firms_held"})
    district = dataclasses.replace(plan.district, measures=("firms_held",), units=source)
    bare = dataclasses.replace(plan, district=district, units=units)

    found = compare({"A": bare, "B": bare})

    assert found.measure == "firms_held"
    assert found.total == pd.Series(source["firms_held"]).sum()


@given(st.lists(st.lists(st.sampled_from("ab\n$"), min_size=1, max_size=3), min_size=1, max_size=6))
def test_names_of_paths_are_unique_and_short(parts):
    from pathlib import Path

    names = name_paths([Path("/r", *own) for own in parts])

    assert len(set(names)) == len(parts)
    assert all(name.isprintable() and len(name) <= 50 for name in names)
