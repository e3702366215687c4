"""Plans of one district stand side by side, and others are refused."""

import json
from dataclasses import replace

import plans
import pytest
from click.testing import CliRunner
from gridpart_cli.main import cli

from gridpart import export
from gridpart.comparison import compare_plans, comparison_text
from gridpart.errors import DataError


@pytest.fixture(scope="module")
def plan():
    return plans.small_plan()


def relabeled(plan):
    """Return the plan with one unit in the micro grid of another."""
    units = plan.units.copy()
    units.loc[units["unit_id"] == "U10", "micro_code"] = "C100101"
    return replace(plan, units=units)


def column(table, name, level="micro"):
    return table[table["level"] == level].set_index("measure")[name]


def test_numbers_are_those_of_the_reports_and_moves_count_against_the_first(plan):
    table = compare_plans([plan, relabeled(plan)], ["one", "other"])

    summary = next(one for one in plan.report.levels if one.level == "micro")
    one, other = column(table, "one"), column(table, "other")
    assert (one["grids"], one["in_range"]) == (summary.n_grids, summary.n_in_range)
    assert one["cv"] == summary.cv
    units = plan.units.set_index("unit_id")
    assert units.loc["U10", "micro_code"] != "C100101"
    share = units.loc["U10", "households"] / units["households"].sum()
    assert one["moved"] == 0
    assert other["moved"] == pytest.approx(share)
    assert column(table, "other", "general")["moved"] == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_text_has_a_line_for_each_number(plan, lang):
    text = comparison_text(compare_plans([plan, plan], ["one", "other"]), lang)

    assert text.count("0.0%") >= 6
    assert "compare_" not in text
    assert len(text.splitlines()) == 3 * 11 + 2


def test_plans_of_other_units_are_refused(plan):
    units = plan.district.units.iloc[1:]
    other = replace(plan, district=replace(plan.district, units=units))

    with pytest.raises(DataError, match=r"(?s)divide different districts.*U00"):
        compare_plans([plan, other], ["one", "other"])


def test_the_command_prints_text_or_json(plan, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "draw_level", plans.no_map)
    one = export.write_plan(plan, tmp_path / "one")
    other = export.write_plan(relabeled(plan), tmp_path / "other")
    run = ["compare", str(one), str(other), "--lang", "en"]

    text = CliRunner().invoke(cli, run)
    told = json.loads(CliRunner().invoke(cli, [*run, "--json"]).stdout)

    assert text.exit_code == 0, text.output
    assert text.stdout.splitlines()[0].split() == ["overall", "one", "other"]
    assert {row["level"] for row in told} == set(plan.levels)
    assert CliRunner().invoke(cli, ["compare", str(one)]).exit_code == 2
    assert CliRunner().invoke(cli, ["compare", str(one), str(one)]).exit_code == 2
