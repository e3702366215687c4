"""``gridpart partition``: what it passes on, writes, prints and exits with."""

import json
import logging

import districts
import plans
import pytest
from click.testing import CliRunner
from gridpart_cli.main import cli

from gridpart import export, pipeline
from gridpart.export import read_plan
from gridpart.sentences import Sentence
from gridpart.solvers.stop import Seconds
from gridpart.telling import titles_of


@pytest.fixture(scope="module")
def plan():
    return plans.small_plan()


@pytest.fixture
def source(tmp_path):
    return districts.write(tmp_path / "in", districts.full())


@pytest.fixture
def divide(plan, monkeypatch):
    """Stand in for the search: hand back `divide.plan` and remember the call."""

    def partition(district, rules, **options):
        partition.calls.append((district, rules, options))
        if options["progress"]:
            options["progress"](1, 12, "栖贤社区")
        return partition.plan

    partition.plan, partition.calls = plan, []
    monkeypatch.setattr(pipeline, "partition", partition)
    monkeypatch.setattr(export, "draw_level", plans.no_map)
    monkeypatch.setattr(export, "draw_charts", plans.no_charts)
    return partition


def run(*arguments):
    return CliRunner().invoke(cli, ["partition", *map(str, arguments)])


def test_writes_the_plan_and_prints_the_summary(source, divide, tmp_path):
    result = run(source, "--rules", "qixian", "-o", tmp_path / "out", "--lang", "zh")

    assert result.exit_code == 0
    assert result.stdout == (tmp_path / "out" / "summary.txt").read_text("utf-8")
    assert result.stdout.startswith("hankou 网格划分方案\n")
    plans.assert_same_plan(divide.plan, read_plan(tmp_path / "out"))


def test_options_reach_the_search(source, divide, tmp_path):
    run(source, "--rules", "qixian", "-o", tmp_path / "out", "--seed", 5, "--workers", 3,
        "--time-limit", 2.5, "--progress", "none")  # fmt: skip
    district, rules, options = divide.calls[0]

    assert (district.name, rules.id) == ("in", "qixian")
    assert options == {"seed": 5, "workers": 3, "stop": Seconds(2.5), "progress": None}


def test_without_a_limit_the_budget_is_fixed(source, divide, tmp_path):
    run(source, "--rules", "qixian", "-o", tmp_path / "out")

    assert divide.calls[0][2] | {"progress": None} == {
        "seed": 0, "workers": 1, "stop": None, "progress": None,
    }  # fmt: skip


def test_json_goes_to_stdout_and_all_else_to_stderr(source, divide, tmp_path):
    result = run(source, "--rules", "qixian", "-o", tmp_path / "out", "--json", "--lang", "zh")

    assert json.loads(result.stdout)["levels"][1]["n_grids"] == 4
    assert "[ 1/12] 栖贤社区" in result.stderr
    assert str(tmp_path / "out") in result.stderr


def test_progress_as_json_lines(source, divide, tmp_path):
    result = run(source, "--rules", "qixian", "-o", tmp_path / "out", "--progress", "json", "-q")

    assert json.loads(result.stderr) == {"done": 1, "total": 12, "what": "栖贤社区"}


@pytest.mark.parametrize(("lang", "lines"), [
    ("zh", ["[ 1/12] 云栖村：划分网格", "提示: 云栖村无法划分为若干个合规的一般网格：530 户。"]),
    ("en", ["[ 1/12] grids of 云栖村",
            "warning: No number of general grids divides 云栖村: 530 户."]),
])  # fmt: skip
def test_what_is_said_while_it_works_is_in_the_language_asked_for(
    source, divide, tmp_path, monkeypatch, lang, lines
):
    def partition(district, rules, *, progress, **options):
        progress(1, 12, Sentence("grids_of", name="云栖村"))
        text = Sentence("no_number", level="general", name="云栖村", why="530 户")
        logging.getLogger("gridpart").warning("%s", text, extra={"titles": titles_of(rules)})
        return divide.plan

    monkeypatch.setattr(pipeline, "partition", partition)
    out = tmp_path / "out"

    result = run(source, "--rules", "qixian", "-o", out, "--lang", lang)

    written = {"zh": "已写入", "en": "Written to"}[lang]
    assert result.stderr.splitlines() == [*lines, f"{written} {out}"]


def test_quiet_says_nothing_on_stderr(source, divide, tmp_path):
    assert run(source, "--rules", "qixian", "-o", tmp_path / "out", "-q").stderr == ""


@pytest.mark.parametrize("flags", [("--format", "geojson,shp"),
                                   ("--format", "geojson", "--format", "SHP")])  # fmt: skip
def test_formats_as_a_list_or_repeated(source, divide, tmp_path, flags):
    run(source, "--rules", "qixian", "-o", tmp_path / "out", *flags)

    assert (tmp_path / "out" / "geojson" / "general.geojson").exists()
    assert (tmp_path / "out" / "shp" / "general.shp").exists()


def test_target_is_checked_before_any_work(source, divide, tmp_path):
    (tmp_path / "out").mkdir()

    result = run(tmp_path / "nothing", "--rules", "nothing", "-o", tmp_path / "out")

    assert (result.exit_code, result.stdout, divide.calls) == (1, "", [])
    assert "--overwrite" in result.stderr


def test_overwrite_replaces_a_plan(source, divide, tmp_path):
    arguments = (source, "--rules", "qixian", "-o", tmp_path / "out")
    run(*arguments)

    assert run(*arguments).exit_code == 1
    assert run(*arguments, "--overwrite").exit_code == 0


def changed(plan, **breach):
    one = plans.dataclasses.replace(plan.report.breaches[0], **breach)
    return plans.with_report(plan, breaches=(one,))


@pytest.mark.parametrize(
    ("breach", "strict", "status"),
    [
        ({"proven": True}, False, 0),
        ({"proven": True}, True, 3),
        ({"proven": False}, False, 3),
        ({"proven": False, "hard": False}, False, 0),
        ({"proven": False, "hard": False}, True, 0),
    ],
)
def test_exit_status_follows_the_breaches(source, divide, tmp_path, breach, strict, status):
    divide.plan = changed(divide.plan, **breach)

    result = run(source, "--rules", "qixian", "-o", tmp_path / "out", *["--strict"] * strict)

    assert result.exit_code == status
    assert (tmp_path / "out" / "plan.gpkg").exists()


def test_interrupted_run_saves_its_best_plan(source, divide, tmp_path):
    divide.plan = plans.with_meta(divide.plan, stopped_by="interrupted")

    result = run(source, "--rules", "qixian", "-o", tmp_path / "out")

    assert result.exit_code == 130
    assert read_plan(tmp_path / "out").meta["stopped_by"] == "interrupted"


@pytest.mark.parametrize(
    ("source_name", "rules"), [("nothing", "qixian"), ("in", "qixiann")], ids=["source", "rules"]
)
def test_unusable_input_exits_1_and_writes_nothing(source, divide, tmp_path, source_name, rules):
    result = run(tmp_path / source_name, "--rules", rules, "-o", tmp_path / "out")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "fix:" in result.stderr
    assert not (tmp_path / "out").exists()


def test_units_far_outside_are_listed_on_demand(divide, tmp_path):
    layers = districts.plain()
    layers["units"] = districts.with_cell(
        layers["units"], "U73", "geometry", districts.square(60, 60)
    )
    source = districts.write(tmp_path / "far", layers)
    arguments = (source, "--rules", "qixian", "-o", tmp_path / "out")

    assert run(*arguments).exit_code == 1
    assert run(*arguments, "--outside", "list").exit_code == 0


def test_the_real_search_runs_through(source, tmp_path):
    result = run(source, "--rules", "qixian", "-o", tmp_path / "out", "--lang", "en", "-q")

    assert result.exit_code == 0, result.stderr
    assert sum(read_plan(tmp_path / "out").grids("micro")["households"]) == sum(
        districts.units()["households"]
    )


def test_dash_prints_the_grids_for_pipes(source, divide):
    result = run(source, "--rules", "qixian", "-o", "-", "--progress", "none")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    tables = [*divide.plan.layers.values(), divide.plan.exclusive]

    assert result.exit_code == 0
    assert len(lines) == sum(map(len, tables))
    assert "hankou" in result.stderr


@pytest.mark.parametrize("more", [["--json"], ["--format", "shp"]])
def test_dash_goes_with_nothing_else_on_stdout(source, divide, more):
    result = run(source, "--rules", "qixian", "-o", "-", *more)

    assert result.exit_code == 2
    assert divide.calls == []
