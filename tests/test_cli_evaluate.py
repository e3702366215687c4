"""``gridpart evaluate``: a plan or any layer of grids, held to its rules."""

import json

import districts
import plans
import pytest
from click.testing import CliRunner
from gridpart_cli.main import cli

from gridpart import evaluation, export
from gridpart.audit import clause_dicts, clause_findings
from gridpart.export import write_plan


@pytest.fixture(scope="module")
def plan():
    return plans.small_plan()


@pytest.fixture
def judge(plan, monkeypatch):
    """Stand in for the referee: hand back `judge.report` and remember the call."""

    def evaluate(plan_or_layer, **options):
        evaluate.calls.append((plan_or_layer, options))
        return evaluate.report

    evaluate.report, evaluate.calls = plan.report, []
    monkeypatch.setattr(evaluation, "evaluate", evaluate, raising=False)
    return evaluate


@pytest.fixture
def folder(plan, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "draw_level", plans.no_map)
    monkeypatch.setattr(export, "draw_charts", plans.no_charts)
    return write_plan(plan, tmp_path / "plan")


def run(*arguments):
    return CliRunner().invoke(cli, ["evaluate", *map(str, arguments)])


def test_a_plan_needs_nothing_else(plan, folder, judge):
    result = run(folder, "--lang", "en")

    assert result.exit_code == 0
    assert "C100101" in result.stdout
    plans.assert_same_plan(plan, judge.calls[0][0])
    assert judge.calls[0][1] == {"rules": None}


def test_a_plan_may_be_held_to_other_rules(folder, judge):
    run(folder / "plan.gpkg", "--rules", "qixian")

    assert judge.calls[0][1]["rules"].id == "qixian"


def test_a_layer_of_anyone_is_judged_with_its_district(plan, folder, judge, tmp_path):
    source = districts.write(tmp_path / "in", districts.full())
    districts.write_file(plan.grids("general"), tmp_path / "drawn.geojson")

    result = run(tmp_path / "drawn.geojson", "--district", source, "--level", "general",
                 "--rules", "qixian")  # fmt: skip
    layer, options = judge.calls[0]

    assert result.exit_code == 0
    assert len(layer) == 4
    assert (options["district"].name, options["level"], options["rules"].id) == (
        "in", "general", "qixian",
    )  # fmt: skip


@pytest.mark.parametrize("flags", [("--district", "in"), ("--level", "general"),
                                   ("--district", "in", "--level", "general")])  # fmt: skip
def test_a_layer_needs_district_level_and_rules(judge, flags):
    result = run("drawn.gpkg", *flags)

    assert (result.exit_code, judge.calls) == (2, [])


@pytest.mark.parametrize(
    ("proven", "strict", "status"), [(True, False, 0), (True, True, 3), (False, False, 3)]
)
def test_exit_status_follows_the_report(plan, folder, judge, proven, strict, status):
    breach = plans.dataclasses.replace(plan.report.breaches[0], proven=proven)
    judge.report = plans.dataclasses.replace(plan.report, breaches=(breach,))

    assert run(folder, *["--strict"] * strict).exit_code == status


def test_json_is_the_report(plan, folder, judge):
    told = json.loads(run(folder, "--json").stdout)

    assert told.pop("clauses") == json.loads(json.dumps(clause_dicts(clause_findings(plan.report))))
    assert told == json.loads(
        json.dumps(plan.report.to_dict() | {"estimated": []}, allow_nan=False)
    )


def test_what_is_no_plan_exits_1(judge, tmp_path):
    result = run(tmp_path / "nothing.gpkg")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "holds no plan" in result.stderr
