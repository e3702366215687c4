"""``gridpart check``: every finding on stdout, and whether the data can be used."""

import json

import districts
import pytest
from click.testing import CliRunner
from gridpart_cli.main import cli


def run(*arguments):
    return CliRunner().invoke(cli, ["check", *map(str, arguments)])


@pytest.fixture
def good(tmp_path):
    return districts.write(tmp_path / "good", districts.full())


@pytest.fixture
def bad(tmp_path):
    layers = districts.plain()
    layers["units"] = districts.with_cell(layers["units"], "U00", "households", -3)
    return districts.write(tmp_path / "bad", layers)


def test_usable_data_exits_0(good):
    result = run(good)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == "The data can be used."


def test_unusable_data_exits_1_with_every_error(bad):
    result = run(bad)

    assert (result.exit_code, result.stderr) == (1, "")
    assert "U00" in result.stdout
    assert "fix:" in result.stdout


def test_nothing_there_exits_1(tmp_path):
    assert run(tmp_path / "nothing").exit_code == 1


@pytest.mark.parametrize("name", ["good", "bad"])
def test_json_tells_the_same(name, request):
    source = request.getfixturevalue(name)

    table = json.loads(run(source, "--json").stdout)

    assert table["usable"] == (name == "good")
    assert any(f["severity"] == "error" for f in table["findings"]) == (name == "bad")


def test_units_far_outside_are_an_error_or_listed(tmp_path):
    layers = districts.plain()
    far = districts.square(60, 60)
    layers["units"] = districts.with_cell(layers["units"], "U73", "geometry", far)
    source = districts.write(tmp_path / "far", layers)

    assert run(source).exit_code == 1
    assert run(source, "--outside", "list").exit_code == 0
