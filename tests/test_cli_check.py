"""``gridpart check``: every finding on stdout, and whether the data can be used."""

import json

import districts
import geopandas as gpd
import pytest
import shapely
from click.testing import CliRunner
from gridpart_cli.main import cli

from gridpart.datums import add_offset


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


def test_a_likely_datum_is_printed_with_what_to_declare(tmp_path):
    layers = districts.full()
    frame = layers["units"]
    shapes = add_offset(frame.geometry.to_numpy(), frame.crs, "gcj02")
    layers["units"] = frame.set_geometry(gpd.GeoSeries(shapes, crs=frame.crs))

    result = run(districts.write(tmp_path / "shifted", layers))

    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    told = next(n for n, line in enumerate(lines) if "probably in gcj02" in line)
    assert lines[told].startswith("warning: The layer units is probably in gcj02. 100% of 32 units")
    assert lines[told + 1] == '  fix:    declare datum = "gcj02" for units in district.toml'


@pytest.mark.parametrize("place", [(0, 0), (114, 90), (-179.9, 30.5), (float("inf"), 30.5)])
def test_impossible_places_exit_1_and_write_nothing(tmp_path, place):
    layers = {name: frame.to_crs("EPSG:4490") for name, frame in districts.plain().items()}
    point = shapely.Point(place)
    layers["units"] = districts.with_row(
        layers["units"], unit_id="U99", households=1, geometry=point
    )
    source = districts.write(tmp_path / "bad", layers)

    checked = run(source)
    out = tmp_path / "out"
    arguments = ["partition", str(source), "--rules", "qixian", "-o", str(out)]
    divided = CliRunner().invoke(cli, arguments)

    assert (checked.exit_code, divided.exit_code) == (1, 1)
    assert checked.stdout.splitlines()[-1] == "1 error: the data cannot be used."
    assert "U99" in checked.stdout
    assert "U99" in divided.stderr
    assert not out.exists()
