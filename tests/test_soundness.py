"""Findings and repaired districts are written whole, styled, and never over the source."""

import json
import sqlite3
from contextlib import closing

import districts
import faulty
import geopandas as gpd
import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from gridpart_cli.main import cli

import gridpart as gp
from gridpart import outfile
from gridpart.soundness import examine, write_findings


def run(*arguments):
    return CliRunner().invoke(cli, ["check", *map(str, arguments)])


@pytest.fixture
def faulted(tmp_path):
    return districts.write(tmp_path / "faulted", faulty.layers(7))


@pytest.fixture
def torn(tmp_path):
    layers = districts.plain()
    wide = districts.square(0, 0, 1.5, 1)
    layers["units"] = districts.with_cell(layers["units"], "U00", "geometry", wide)
    return districts.write(tmp_path / "torn", layers)


def seen(result):
    return {f["topic"] for f in json.loads(result.stdout)["findings"]}


def test_a_repaired_district_checks_clean_and_can_be_read(faulted, tmp_path):
    out = tmp_path / "out.gpkg"

    result = run(faulted, "--repair", out)

    assert (result.exit_code, result.stderr) == (0, "")
    assert "changes" in result.stdout
    faults = {"seam", "sliver", "overlap"}
    assert seen(run(faulted, "--json")) & faults
    assert not seen(run(out, "--json")) & faults
    assert len(gp.read_district(out).units) == len(gp.read_district(faulted).units)
    changes = pyogrio.read_dataframe(out, layer="changes")
    assert len(changes) > 0
    totals = pyogrio.read_dataframe(out, layer="totals").set_index("layer")
    by_layer = changes.groupby("layer")["change_m2"].sum()
    assert totals.loc["units", "change_m2"] == pytest.approx(by_layer["units"], abs=1e-4)


def test_a_second_repair_writes_the_same_layers(faulted, tmp_path):
    run(faulted, "--repair", tmp_path / "one.gpkg")
    run(tmp_path / "one.gpkg", "--repair", tmp_path / "two.gpkg")
    run(tmp_path / "two.gpkg", "--repair", tmp_path / "three.gpkg")

    assert len(pyogrio.read_dataframe(tmp_path / "two.gpkg", layer="changes")) == 0
    assert (tmp_path / "two.gpkg").read_bytes() == (tmp_path / "three.gpkg").read_bytes()


def test_overlaps_beyond_tolerance_are_refused_and_nothing_is_written(torn, tmp_path):
    out = tmp_path / "out.gpkg"

    result = run(torn, "--repair", out)

    assert result.exit_code == 1
    assert "U00 with U10" in result.stdout
    assert result.stderr == f"Nothing was written to {out}.\n"
    assert run(torn, "--repair", out, "--lang", "zh").stderr == f"未写入 {out}。\n"
    assert not out.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["torn"]


def test_json_carries_the_findings_and_the_account(faulted, tmp_path):
    told = json.loads(run(faulted, "--repair", tmp_path / "out.gpkg", "--json").stdout)

    place = next(f for f in told["findings"] if f["topic"] == "overlap")["places"][0]
    assert set(place) == {"names", "x", "y", "text", "amount"}
    assert {"out", "totals", "changes"} == set(told["repair"])
    assert told["repair"]["changes"][0]["layer"] in ("communities", "units")


@pytest.mark.parametrize("source", ["faulted", "torn"])
def test_findings_are_drawn_where_they_are(source, request, tmp_path):
    out = tmp_path / "findings.gpkg"

    run(request.getfixturevalue(source), "--findings", out)

    drawn = gpd.read_file(out, layer="findings_areas")
    assert set(drawn["topic"]) & {"overlap"}
    assert shapely.area(drawn.geometry).min() > 0
    assert drawn["names"].str.len().min() > 0
    listed = pyogrio.read_dataframe(out, layer="findings")
    assert len(listed) == len(examine(request.getfixturevalue(source)).findings)
    with closing(sqlite3.connect(out)) as file:
        styled = file.execute("SELECT f_table_name, styleQML FROM layer_styles").fetchall()
    assert [name for name, _ in styled] == ["findings_areas"]
    assert "204,24,30" in styled[0][1]


def test_points_and_rows_are_drawn_by_their_own_outlines(tmp_path):
    layers = districts.plain()
    far = districts.place(60, 60)
    layers["units"] = districts.with_cell(layers["units"], "U73", "geometry", far)
    source = districts.write(tmp_path / "far", layers)

    write_findings(examine(source), tmp_path / "f.gpkg")

    points = gpd.read_file(tmp_path / "f.gpkg", layer="findings_points")
    assert points["names"].tolist() == ["U73"]
    assert points.geometry.iloc[0].distance(far) < 0.01


def test_no_finding_makes_an_empty_layer(tmp_path):
    layers = districts.plain()
    layers["units"] = layers["units"].assign(community_id=None)
    survey = examine(districts.write(tmp_path / "good", layers))

    write_findings(survey, tmp_path / "f.gpkg")

    assert len(gpd.read_file(tmp_path / "f.gpkg", layer="findings_areas")) == 0


@pytest.mark.parametrize("option", ["--repair", "--findings"])
def test_files_are_not_overwritten_unless_asked(option, faulted, tmp_path):
    out = tmp_path / "out.gpkg"
    out.write_text("mine")

    refused = run(faulted, option, out)

    assert refused.exit_code == 1
    assert "--overwrite" in refused.stderr
    assert out.read_text() == "mine"
    assert run(faulted, option, out, "--overwrite").exit_code == 0
    assert pyogrio.list_layers(out).size


@pytest.mark.parametrize("option", ["--repair", "--findings"])
def test_the_source_stays_as_it_is(option, faulted):
    before = (faulted / "district.gpkg").read_bytes()

    inside = run(faulted, option, faulted / "more.gpkg")
    itself = run(faulted / "district.gpkg", option, faulted / "district.gpkg", "--overwrite")

    assert (inside.exit_code, itself.exit_code) == (1, 1)
    assert "source" in inside.stderr
    assert [p.name for p in faulted.iterdir()] == ["district.gpkg"]
    assert (faulted / "district.gpkg").read_bytes() == before


def test_only_geopackages_are_written(faulted, tmp_path):
    result = run(faulted, "--repair", tmp_path / "out.shp")

    assert result.exit_code == 1
    assert "out.gpkg" in result.stderr


def test_a_snap_wider_than_a_gap_is_misuse(faulted):
    assert run(faulted, "--snap-m", "2", "--gap-m", "1").exit_code == 2


def test_a_failure_on_the_way_leaves_nothing(tmp_path):
    def fail(path):
        path.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(gp.DataError, match="No space left"):
        outfile.write_whole(tmp_path / "deep" / "out.gpkg", fail)

    assert list((tmp_path / "deep").iterdir()) == []


def test_a_folder_of_that_name_is_refused(tmp_path):
    (tmp_path / "out.gpkg").mkdir()

    with pytest.raises(gp.DataError, match="a folder"):
        outfile.check_file(tmp_path / "out.gpkg", ".gpkg", overwrite=True)


def test_what_has_no_place_is_in_the_table_alone(tmp_path):
    layers = {"communities": districts.communities()}
    survey = examine(districts.write(tmp_path / "bare", layers))

    write_findings(survey, tmp_path / "f.gpkg")

    listed = pyogrio.read_dataframe(tmp_path / "f.gpkg", layer="findings")
    assert listed["layer"].tolist() == ["units"]
    assert len(gpd.read_file(tmp_path / "f.gpkg", layer="findings_areas")) == 0
