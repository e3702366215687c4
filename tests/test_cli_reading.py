"""Options say where layers are and how to read them, for a single run and without a manifest."""

import json

import districts
import pytest
from click.testing import CliRunner
from formats import as_points, save
from gridpart_cli.main import cli

from gridpart.datums import from_wgs84


def run(*arguments):
    return CliRunner().invoke(cli, [*map(str, arguments)])


@pytest.fixture
def files(tmp_path):
    """Return every layer in a file of its own, under names that say nothing."""
    layers = districts.full()
    return {name: save(frame, tmp_path / f"{n}.geojson") for n, (name, frame) in
            enumerate(layers.items())}  # fmt: skip


def test_every_layer_may_be_given_by_hand(files):
    files.pop("grids")
    options = [part for name, path in files.items() for part in (f"--{name}", path)]

    result = run("check", *options)

    assert (result.exit_code, result.stderr) == (0, "")


def test_files_given_complete_a_source(files, tmp_path):
    source = districts.write(tmp_path / "hill", {"communities": districts.communities()})

    assert run("check", source).exit_code == 1
    assert run("check", source, "--units", files["units"]).exit_code == 0


def test_datum_and_crs_hold_for_layers_that_name_none(tmp_path):
    source = districts.write(tmp_path / "hill", {"communities": districts.communities()})
    table = as_points(districts.units())
    lon, lat = from_wgs84(table["经度"], table["纬度"], "gcj02")
    table.assign(经度=lon, 纬度=lat).to_csv(tmp_path / "units.csv", index=False)
    (source / "district.toml").write_text(
        '[communities]\npath = "district.gpkg"\ndatum = "wgs84"\n'
    )
    units = ("--units", tmp_path / "units.csv")

    undeclared = run("check", source, *units)
    assert (undeclared.exit_code, "has no CRS" in undeclared.stdout) == (1, True)
    wrong = run("check", source, *units, "--datum", "wgs84")
    assert (wrong.exit_code, "outside every community" in wrong.stdout) == (1, True)
    right = run("check", source, *units, "--datum", "gcj02", "--json")
    assert right.exit_code == 0
    assert any("GCJ-02" in f["what"] for f in json.loads(right.stdout)["findings"])
    by_crs = run("check", source, *units, "--crs", "EPSG:4490", "--datum", "gcj02")
    assert by_crs.exit_code == 0


@pytest.mark.parametrize("datum", ["gcj-02", "xian80"])
def test_an_unknown_datum_is_misuse(tmp_path, datum):
    assert run("check", tmp_path, "--datum", datum).exit_code == 2


@pytest.mark.parametrize("command", ["check", "partition"])
def test_without_source_and_layers_it_is_misuse(files, command, tmp_path):
    rest = ["--rules", "qixian", "-o", tmp_path / "out"] if command == "partition" else []

    result = run(command, "--units", files["units"], *rest)

    assert result.exit_code == 2
    assert "Missing SOURCE, or both of --units and --communities." in result.stderr


@pytest.mark.parametrize("command", ["check", "partition"])
@pytest.mark.parametrize(
    "address", ["https://example.org/x.gpkg", "s3://b/x.gpkg", "/vsizip/x.zip"]
)
def test_addresses_exit_1_and_nothing_is_written(command, address, tmp_path):
    rest = ["--rules", "qixian", "-o", tmp_path / "out"] if command == "partition" else []

    result = run(command, address, *rest)

    assert result.exit_code == 1
    assert f"The path {address} is not local." in result.output
    assert "--allow-remote" in result.output
    assert list(tmp_path.iterdir()) == []


def test_bad_input_exits_1_and_nothing_is_written(tmp_path, files):
    files["units"].write_bytes(files["units"].read_bytes()[:300])
    out = tmp_path / "out"

    result = run("partition", "--units", files["units"], "--communities", files["communities"],
                 "--rules", "qixian", "-o", out)  # fmt: skip

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: 1.geojson cannot be read as a map layer.")
    assert not out.exists()


def test_nothing_that_was_read_is_written_over(tmp_path):
    source = districts.write(tmp_path / "hill", {"communities": districts.communities()})
    (source / "a.toml").write_text('[communities]\npath = "district.gpkg"\n')
    units = save(districts.units(), tmp_path / "units.gpkg")
    before = units.read_bytes()

    for target in (units, source / "repaired.gpkg"):
        result = run(
            "check", source / "a.toml", "--units", units, "--repair", target, "--overwrite"
        )
        assert result.exit_code == 1
        assert "would lie in the source" in result.stderr
    assert units.read_bytes() == before


def test_partition_divides_what_is_given(tmp_path, files):
    out = tmp_path / "out"

    result = run("partition", "--units", files["units"], "--communities", files["communities"],
                 "--rules", "qixian", "-o", out, "--json", "-q")  # fmt: skip

    assert result.exit_code in (0, 3)
    assert (out / "plan.gpkg").exists()


def test_evaluate_reads_the_district_by_the_same_options(tmp_path, files):
    source = districts.write(tmp_path / "hill", {"communities": districts.communities()})
    judged = ("--level", "general", "--rules", "qixian")

    bare = run("evaluate", files["grids"], "--district", source, *judged)
    assert bare.exit_code == 1
    full = run("evaluate", files["communities"], "--district", source, *judged,
               "--units", files["units"])  # fmt: skip
    assert full.exit_code in (0, 3)


def test_options_of_reading_without_a_district_are_misuse(tmp_path, files):
    result = run("evaluate", tmp_path, "--units", files["units"])

    assert (result.exit_code, "--units needs --district" in result.stderr) == (2, True)
