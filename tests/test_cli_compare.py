"""``gridpart compare``: table, JSON, picture, and what is refused."""

import dataclasses
import json

import plans
import pytest
from click.testing import CliRunner
from gridpart_cli.main import cli

from gridpart import export
from gridpart.export import write_plan


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Return a folder with plans: `a`, `b` of another seed, and `far` of another district."""
    top = tmp_path_factory.mktemp("plans")
    plan = plans.small_plan()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "draw_level", plans.no_map)
        patch.setattr(export, "draw_charts", plans.no_charts)
        write_plan(plan, top / "a")
        write_plan(plans.with_meta(plan, seed="8"), top / "b")
        district = dataclasses.replace(plan.district, source_hash="f" * 64)
        elsewhere = dataclasses.replace(plan, district=district)
        write_plan(plans.with_meta(elsewhere, source_hash="f" * 64), top / "far")
    return top


def run(*arguments):
    return CliRunner().invoke(cli, ["compare", *map(str, arguments)])


@pytest.mark.parametrize(("lang", "title"), [("zh", "hankou 方案比选"), ("en", "Alternatives for")])
def test_prints_a_table(folders, lang, title):
    result = run(folders / "a", folders / "b" / "plan.gpkg", "--lang", lang)
    head = result.stdout.splitlines()

    assert (result.exit_code, result.stderr) == (0, "")
    assert head[0].startswith(title)
    assert head[2].split() == ["a", "b"]
    assert head[4].split()[-2:] == ["7", "8"]


def test_json_is_the_comparison(folders):
    told = json.loads(run(folders / "a", folders / "b", "--json").stdout)

    assert [plan["name"] for plan in told["plans"]] == ["a", "b"]
    assert told["front"] == ["a", "b"]
    assert told["moved"]["levels"]["general"] == [[0.0, 0.0], [0.0, 0.0]]
    assert [remark["key"] for remark in told["remarks"]] == ["same", "left_out"]


def test_a_plan_in_force_adds_what_moved(folders):
    result = run(folders / "a", folders / "b", "--current", folders / "a", "--json")

    assert {"level": "general", "figure": "moved"} in json.loads(result.stdout)["criteria"]


def test_draws_a_picture_and_replaces_none_unasked(folders, tmp_path):
    both = (folders / "a", folders / "b", "-o", tmp_path / "sheet.png")

    first, second, third = run(*both), run(*both), run(*both, "--overwrite")

    assert (first.exit_code, second.exit_code, third.exit_code) == (0, 1, 0)
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.png"]


def test_the_same_plan_twice_is_told(folders):
    result = run(folders / "a", folders / "a", "--lang", "en")

    assert result.exit_code == 0
    assert "The same division: a, a (2)" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["a"], 2, "Two plans"),
        ([], 2, "Two plans"),
        (["a", "nothing"], 1, "holds no plan"),
        (["a", "far"], 1, "different districts"),
        (["a", "b", "--current", "far"], 1, "the current plan"),
        (["a", "b", "-o", "sheet.pdf"], 1, "ends in .png"),
    ],
)
def test_what_is_refused(folders, monkeypatch, arguments, status, told):
    monkeypatch.chdir(folders)

    result = run(*arguments)

    assert (result.exit_code, result.stdout) == (status, "")
    assert told in result.stderr
