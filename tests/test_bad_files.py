"""Each file that cannot be read ends in one error that names it and says what would do."""

import contextlib
import sqlite3

import pandas as pd
import pyogrio
import pytest
from districts import (
    communities,
    plain,
    units,
    write,
    write_file,
)
from refusals import refusal


def test_a_missing_path_offers_what_is_there(tmp_path):
    (tmp_path / "hankou").mkdir()

    error = refusal(tmp_path / "hankuo")

    assert "There is nothing at" in error.what
    assert "did you mean 'hankou'?" in error.found


def test_a_missing_folder_is_named(tmp_path):
    assert str(tmp_path / "no") in refusal(tmp_path / "no" / "district.gpkg").found


@pytest.mark.parametrize(
    "source",
    [
        "https://example.org/district.gpkg",
        "s3://bucket/district.gpkg",
        "/vsizip/district.zip/a.gpkg",
        "/vsicurl/https://example.org/a.gpkg",
        "zip://district.zip",
    ],
)
def test_remote_and_virtual_paths_are_refused(source):
    error = refusal(source)

    assert source in error.what
    assert error.what.endswith("is not local.")


def test_an_empty_folder_is_refused(tmp_path):
    assert refusal(tmp_path).found == "an empty folder"


def test_a_table_without_coordinates_is_no_layer(tmp_path):
    (tmp_path / "units.csv").write_text("unit_id,households\nU1,2\n")

    error = refusal(tmp_path)

    assert "The layer 'units' has no coordinates." in str(error)
    assert "units.csv with columns unit_id, households" in error.found


@pytest.mark.parametrize(
    "name",
    ["district.gpkg", "units.shp", "units.geojson", "units.fgb", "units.kml", "units.pbf"],
)
@pytest.mark.parametrize("content", [b"", b"these are no polygons", b"\x00\xff" * 500])
def test_files_that_are_no_vector_files_are_named(tmp_path, name, content):
    folder = tmp_path / "bad"
    write_file(communities(), folder / "communities.geojson")
    (folder / name).write_bytes(content)

    error = refusal(folder)

    assert f"{name} cannot be read as a map layer" in str(error)


def test_a_single_file_that_is_no_vector_file_is_one_fault(tmp_path):
    file = tmp_path / "district.gpkg"
    file.write_text("hello")

    assert refusal(file).what == "district.gpkg cannot be read as a map layer."


def test_a_damaged_geopackage_is_named(tmp_path):
    folder = write(tmp_path / "bad", plain())
    file = folder / "district.gpkg"
    file.write_bytes(file.read_bytes()[:30_000])

    assert "district.gpkg" in refusal(folder).what


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_a_shapefile_without_its_parts_names_what_is_lost(tmp_path, part):
    write_file(communities(), tmp_path / "communities.shp")
    write_file(units(), tmp_path / "units.shp")
    (tmp_path / "units").with_suffix(part).unlink()

    assert refusal(tmp_path).found == f"no {part} beside it"


def test_parquet_without_its_reader_is_refused_or_read(tmp_path):
    write_file(communities(), tmp_path / "communities.geojson")
    (tmp_path / "units.parquet").write_bytes(b"PAR1")

    assert "units.parquet" in refusal(tmp_path).what


def test_two_files_with_one_layer_are_both_named(tmp_path):
    folder = write(tmp_path, plain())
    write_file(units(), folder / "units.geojson")

    error = refusal(folder)

    assert error.what == "2 files hold the layer 'units'."
    assert error.found == "district.gpkg (layer units) and units.geojson"


def test_a_table_without_geometry_is_no_layer(tmp_path):
    folder = write(tmp_path, {"communities": communities()})
    bare = pd.DataFrame({"unit_id": ["U1"], "households": [5]})
    pyogrio.write_dataframe(bare, folder / "district.gpkg", layer="units", append=True)

    error = refusal(folder)

    assert error.what == "The layer 'units' has no geometry."
    assert error.found == "a table without geometry in district.gpkg (layer units)"


def test_a_collection_without_features_is_named(tmp_path):
    folder = write(tmp_path, {"communities": communities()})
    (folder / "units.geojson").write_text('{"type": "FeatureCollection", "features": []}')

    assert refusal(folder).what == "The layer 'units' has no rows."


@pytest.mark.parametrize("srs_id", [0, -1])
def test_the_undefined_crs_of_a_geopackage_is_none(tmp_path, srs_id):
    folder = write(tmp_path, plain())
    with contextlib.closing(sqlite3.connect(folder / "district.gpkg")) as database:
        database.execute(
            "UPDATE gpkg_geometry_columns SET srs_id = ? WHERE table_name = 'units'", (srs_id,)
        )
        database.commit()

    assert refusal(folder).what == "The layer 'units' has no CRS."


def test_a_shapefile_without_crs_is_named(tmp_path):
    write_file(communities(), tmp_path / "communities.shp")
    write_file(units().set_crs(None, allow_override=True), tmp_path / "units.shp")

    assert refusal(tmp_path).what == "The layer 'units' has no CRS."


def test_text_in_no_encoding_is_refused(tmp_path):
    path = write_file(communities().assign(name="NAMENAME"), tmp_path / "communities.shp")
    write_file(units(), tmp_path / "units.shp")
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace(b"NAMENAME", b"\xff\xff\xff\xffNAME"))

    assert refusal(tmp_path).what == "The text in communities.shp is in no known encoding."
