"""``gridpart rules``: the presets, one of them in full, and whether a file can be used."""

import json
import tomllib

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner
from gridpart_cli.main import cli

from gridpart.rules import load_rules, parse_rules, preset_names


def run(*arguments):
    return CliRunner().invoke(cli, ["rules", *map(str, arguments)])


def test_list_names_every_preset():
    assert [line.split()[0] for line in run("list").stdout.splitlines()] == list(preset_names())
    assert [row["name"] for row in json.loads(run("list", "--json").stdout)] == list(preset_names())


@pytest.mark.parametrize("name", preset_names())
def test_show_prints_toml_that_reads_back_equal(name):
    text = run("show", name).stdout

    assert parse_rules(tomllib.loads(text), "shown") == load_rules(name)
    assert "#" in text


def test_show_prints_a_file_as_it_is(tmp_path):
    text = run("show", "qixian").stdout.replace("max = 500", "max = 480")
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")

    assert run("show", tmp_path / "own.toml").stdout == text


@pytest.mark.parametrize("name", preset_names())
def test_check_passes_presets(name):
    result = run("check", name, "--lang", "en")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{name}: ")


def test_check_as_json(tmp_path):
    assert json.loads(run("check", "qixian", "--json").stdout)["measure"] == "households"


def test_check_names_every_fault(tmp_path):
    text = run("show", "qixian").stdout.replace("max = 500", "max = 200").replace("label", "lable")
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")

    result = run("check", tmp_path / "own.toml")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "'lable'" in result.stderr


@pytest.mark.parametrize("command", ["show", "check"])
def test_unknown_names_exit_1(command):
    result = run(command, "qixain")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "'qixian'" in result.stderr


@pytest.mark.parametrize("line", [["rules", "show", ""], ["partition", ".", "--rules", ""]])
def test_shells_complete_the_names_of_presets(line):
    *words, incomplete = line
    offered = ShellComplete(cli, {}, "gridpart", "_GRIDPART_COMPLETE").get_completions(
        words, incomplete
    )

    assert {item.value for item in offered if item.type == "plain"} == set(preset_names())
    assert [item.type for item in offered].count("file") == 1


def test_shells_complete_what_was_begun():
    shell = ShellComplete(cli, {}, "gridpart", "_GRIDPART_COMPLETE")

    assert next(c.value for c in shell.get_completions(["rules", "show"], "qi")) == "qixian"
    assert "partition" in [c.value for c in shell.get_completions([], "par")]
