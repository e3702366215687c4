"""Whatever a folder holds, its manifest can be read back and says what was proposed."""

import tomllib
from pathlib import Path

import districts
import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridpart.candidates import Candidate, Contents, look_into
from gridpart.datums import add_offset
from gridpart.errors import DataError
from gridpart.initial import propose
from gridpart.io import read_district
from gridpart.manifest import parse_manifest
from gridpart.manifest_text import proposal_text, proposal_toml
from gridpart.readings import Reading

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(
    lambda name: name != "geometry"
)


def candidate(path, frame, kind="polygons", **keys):
    return Candidate(path, path, (Path(path).stem,), kind, frame, keys)


def contents(**layers):
    """Return what a folder holds, each layer in a file with its name."""
    kinds = {0: "points", 1: "lines", 2: "polygons"}
    found = []
    for name, frame in layers.items():
        dimension = int(shapely.get_dimensions(frame.geometry.iloc[0]))
        found.append(candidate(f"{name}.gpkg", frame, kinds[dimension]))
    return Contents(tuple(found))


def manifest_of(proposal, folder):
    return tomllib.loads(proposal_toml(proposal, folder, folder / "district.toml"))


@settings(max_examples=20)
@given(
    columns=st.dictionaries(NAMES, st.sampled_from([1, "x", None]), max_size=4),
    path=NAMES.filter(lambda name: "/" not in name and "\0" not in name),
)
def test_any_names_of_columns_and_files_make_a_manifest_that_can_be_read(columns, path):
    ground = districts.communities()
    units = districts.units().assign(**{c: v for c, v in columns.items()})
    held = Contents(
        (candidate("社区.gpkg", ground), candidate("楼栋.gpkg", units)), {path: f"why\n{path}"}
    )

    proposal = propose(held, path, {})
    table = manifest_of(proposal, Path("/data"))

    proposal_text(proposal)
    assert table["name"] == path
    assert table["units"]["columns"]["unit_id"] == "unit_id"
    for layer in ("communities", "units"):
        drafted = proposal.layers[layer].recognized.columns
        assert table[layer]["columns"] == {c: guess.value for c, guess in drafted.items()}


def test_the_manifest_has_no_fault(tmp_path):
    folder = districts.write(tmp_path / "good", districts.full())

    proposal = propose(look_into(folder), "good", {})

    assert parse_manifest(manifest_of(proposal, folder), folder).name == "good"


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@pytest.mark.parametrize("off", ["units", "communities"])
def test_the_layer_that_is_off_is_named_with_its_datum(datum, off):
    layers = districts.plain()
    frame = layers[off]
    shifted = add_offset(np.asarray(frame.geometry), frame.crs, datum)
    layers[off] = frame.set_geometry(gpd.GeoSeries(shifted, crs=frame.crs))

    table = manifest_of(propose(contents(**layers), "x", {}), Path("/data"))

    assert [table[name].get("datum") for name in ("units", "communities")].count(datum) == 1


def test_layers_that_fit_get_no_datum():
    table = manifest_of(propose(contents(**districts.full()), "x", {}), Path("/data"))

    assert not any("datum" in layer or "crs" in layer for layer in table.values()
                   if isinstance(layer, dict))  # fmt: skip


@pytest.mark.parametrize(
    "reading", [Reading("EPSG:4526"), Reading("EPSG:4547", axes="yx"), Reading("EPSG:4490")]
)
@pytest.mark.parametrize("name", ["units", "communities"])
def test_a_layer_without_crs_gets_the_one_that_fits(reading, name):
    layers = districts.plain()
    drawn = layers[name].geometry.to_crs(reading.crs).to_numpy()
    if reading.axes == "yx":
        drawn = shapely.transform(drawn, lambda xy: xy[:, ::-1])
    layers[name] = gpd.GeoDataFrame(layers[name].drop(columns="geometry"), geometry=drawn)

    table = manifest_of(propose(contents(**layers), "x", {}), Path("/data"))[name]

    assert (table["crs"], table.get("axes", "xy")) == (reading.crs, reading.axes)


def test_a_lost_datum_is_told_and_not_declared_away():
    layers = districts.plain()
    layers["units"] = layers["units"].to_crs(4610)

    proposal = propose(contents(**layers), "x", {})

    assert "cannot be converted" in proposal.layers["units"].remarks[0]
    assert not {"crs", "datum"} & set(manifest_of(proposal, Path("/data"))["units"])


def test_coordinates_that_fit_nothing_are_asked_for():
    layers = districts.plain()
    drawn = shapely.transform(layers["units"].geometry.to_numpy(), lambda xy: xy / 1000 + 1e5)
    layers["units"] = gpd.GeoDataFrame(layers["units"].drop(columns="geometry"), geometry=drawn)
    held = contents(**layers)

    (question,) = propose(held, "x", {}).questions

    assert (question.key, question.choices) == ("units.crs", ())
    answered = propose(held, "x", {"units.crs": "EPSG:2381"})
    assert answered.questions == ()
    assert manifest_of(answered, Path("/data"))["units"]["crs"] == "EPSG:2381"


def test_unnamed_files_are_told_apart_by_columns_and_size():
    layers = districts.plain()
    held = Contents(
        (candidate("a.gpkg", layers["units"]), candidate("b.gpkg", layers["communities"]))
    )

    proposal = propose(held, "x", {})

    assert proposal.layers["units"].candidate.path == "a.gpkg"
    assert proposal.layers["communities"].candidate.path == "b.gpkg"
    assert proposal.layers["communities"].path.sureness == "a guess"


def test_two_files_that_look_alike_are_asked_about_and_the_answer_holds():
    layers = districts.plain()
    held = Contents(
        (
            candidate("社区.gpkg", layers["communities"]),
            candidate("楼栋.gpkg", layers["units"]),
            candidate("建筑.gpkg", layers["units"]),
        )
    )

    (question,) = propose(held, "x", {}).questions

    assert set(question.choices) == {"楼栋.gpkg", "建筑.gpkg"}
    for choice in question.choices:
        proposal = propose(held, "x", {"units": choice})
        assert proposal.questions == ()
        assert proposal.layers["units"].candidate.path == choice
        assert len(proposal.unused) == 1


def test_what_lies_deeper_is_no_rival():
    layers = districts.plain()
    held = Contents(
        (
            candidate("units.gpkg", layers["units"]),
            candidate("communities.gpkg", layers["communities"]),
            candidate("source/units.gpkg", layers["units"]),
        )
    )

    proposal = propose(held, "x", {})

    assert proposal.questions == ()
    assert proposal.layers["units"].candidate.path == "units.gpkg"


def test_a_layer_that_lacks_what_it_needs_is_not_taken():
    layers = {**districts.plain(), "grids": districts.full()["grids"].drop(columns="level")}

    proposal = propose(contents(**layers), "x", {})

    assert "grids" not in proposal.layers
    assert "no column was recognized as level" in proposal.unused["grids.gpkg"]


def test_records_without_coordinates_are_a_layer_and_are_joined_by_unit(tmp_path):
    districts.write(tmp_path, districts.plain())
    text = "工单编号,上报日期,楼栋,问题类别,联系电话\n1,2025-3-1,U00,纠纷,13812345678\n"
    text += "2,2025年4月2日,U01,噪音,13912345678\n"
    (tmp_path / "热线工单.csv").write_text(text, encoding="gb18030")

    proposal = propose(look_into(tmp_path), "here", {})
    (tmp_path / "district.toml").write_text(
        proposal_toml(proposal, tmp_path, tmp_path / "district.toml"), encoding="utf-8"
    )
    district = read_district(tmp_path / "district.toml")

    draft = proposal.layers["incidents"]
    assert {c: g.value for c, g in draft.recognized.columns.items()} == {
        "date": "上报日期", "unit_id": "楼栋", "kind": "问题类别",
    }  # fmt: skip
    assert draft.path.why == "its name; 2 incidents"
    assert set(draft.recognized.personal) == {"联系电话"}
    assert not proposal.joins
    assert not any("热线" in name for name in proposal.unused)
    assert district.incidents["unit_id"].tolist() == ["U00", "U01"]


@pytest.mark.parametrize(
    ("name", "header"),
    [("事件汇总.csv", "楼栋,户数"), ("工单.csv", "上报日期,问题类别"), ("登记.csv", "日期,楼栋")],
)
def test_a_table_that_says_neither_day_nor_unit_nor_incident_is_no_layer(tmp_path, name, header):
    districts.write(tmp_path, districts.plain())
    row = ",".join({"楼栋": "U00", "户数": "3"}.get(c, "2025-3-1") for c in header.split(","))
    (tmp_path / name).write_text(f"{header}\n{row}\n", encoding="utf-8")

    proposal = propose(look_into(tmp_path), "here", {})

    assert "incidents" not in proposal.layers
    assert name in {**proposal.unused, **{j.candidate.path: "" for j in proposal.joins}}


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match="There is no folder"):
        look_into(tmp_path / "nowhere")


def test_hidden_files_deeper_folders_and_plans_are_passed_over(tmp_path):
    districts.write(tmp_path / "d", districts.plain())
    for place in (".hidden.gpkg", "a/b/units.gpkg", "out/plan.gpkg"):
        target = tmp_path / "d" / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"no map")

    found = look_into(tmp_path / "d")

    assert found.skipped == {}
    assert {candidate.depth for candidate in found.candidates} == {0}
