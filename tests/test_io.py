"""A district reads the same from every format, in any order, as often as one likes."""

import shutil

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from districts import (
    SOUTH,
    WEST,
    communities,
    full,
    plain,
    square,
    units,
    with_cell,
    with_row,
    write,
    write_file,
)
from geopandas.testing import assert_geodataframe_equal

from gridpart.io import check_district, read_district
from gridpart.schema import LAYERS


def assert_same_content(left, right):
    assert left.crs == right.crs
    assert left.measures == right.measures
    for layer in LAYERS:
        assert_geodataframe_equal(getattr(left, layer), getattr(right, layer))
    assert left.source_hash == right.source_hash


def test_a_good_district_is_read_untouched(tmp_path, capfd):
    district = read_district(write(tmp_path / "hill", full()))

    assert district.name == "hill"
    assert district.notes == ()
    assert district.crs == "EPSG:4547"
    assert district.measures == ("households",)
    assert len(district.source_hash) == 64
    for layer in full():
        wanted = full()[layer]
        frame = getattr(district, layer)
        assert frame.crs == district.crs
        assert frame.index.equals(pd.RangeIndex(len(wanted)))
        assert set(frame.geometry.to_wkb()) == set(wanted.geometry.to_wkb())
    assert capfd.readouterr() == ("", "")


def test_a_geopackage_reads_like_its_folder(tmp_path):
    folder = write(tmp_path / "hill", full())

    assert_same_content(read_district(folder), read_district(folder / "district.gpkg"))
    assert read_district(str(folder / "district.gpkg")).name == "hill"


def test_row_order_changes_nothing(tmp_path):
    shuffled = {name: frame.sample(frac=1, random_state=7) for name, frame in full().items()}

    left = read_district(write(tmp_path / "left", full()))
    right = read_district(write(tmp_path / "right", shuffled))

    assert shuffled["units"]["unit_id"].tolist() != left.units["unit_id"].tolist()
    assert_same_content(left, right)


def test_what_was_read_reads_back_equal(tmp_path):
    corners = [(100, 0), (100, 100), (0, 100), (0, 50), (-0.5, 49.5), (-0.5, 50), (0, 0)]
    kinked = shapely.Polygon([(WEST + x, SOUTH + y) for x, y in corners])
    layers = {**full(), "units": with_cell(units(), "U00", "geometry", kinked)}
    once = read_district(write(tmp_path / "once", layers))
    frames = {layer: getattr(once, layer) for layer in full()}

    twice = read_district(write(tmp_path / "twice", frames))

    assert [note.kind for note in once.notes] == ["repair"]
    assert "U00" in str(once.notes[0])
    assert twice.notes == ()
    assert once.source_hash == twice.source_hash


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "shp", "fgb"])
def test_every_format_reads_equal(tmp_path, suffix):
    for name, frame in plain().items():
        write_file(frame, tmp_path / "files" / f"{name}.{suffix}")

    district = read_district(tmp_path / "files")

    reference = read_district(write(tmp_path / "reference", plain()))
    assert_same_content(district, reference)


def test_zipped_shapefiles_are_read(tmp_path):
    for name, frame in plain().items():
        write_file(frame, tmp_path / name / f"{name}.shp")
        shutil.make_archive(str(tmp_path / "zips" / name), "zip", tmp_path / name)

    district = read_district(tmp_path / "zips")

    assert_same_content(district, read_district(write(tmp_path / "reference", plain())))


def test_formats_and_packages_mix(tmp_path):
    layers = full()
    write_file(layers.pop("units"), tmp_path / "mix" / "UNITS.geojson")
    write_file(layers.pop("streets"), tmp_path / "mix" / "streets.gpkg", layer="lines")
    write(tmp_path / "mix", layers, name="rest.gpkg")
    (tmp_path / "mix" / "README.md").write_text("about")
    (tmp_path / "mix" / "settings.json").write_text("{}")
    (tmp_path / "mix" / ".hidden.gpkg").write_text("")

    district = read_district(tmp_path / "mix")

    assert_same_content(district, read_district(write(tmp_path / "reference", full())))


def test_degrees_are_projected_and_told(tmp_path):
    degrees = {name: frame.to_crs("EPSG:4490") for name, frame in plain().items()}

    district = read_district(write(tmp_path / "degrees", degrees))

    assert district.crs == "EPSG:4547"
    (note,) = district.notes
    assert note.kind == "assumption"
    assert note.names == ("communities", "units")
    assert district.units.geometry.area.to_numpy() == pytest.approx(10_000, abs=1)


def test_layers_in_different_crs_meet_in_one(tmp_path):
    layers = {**plain(), "units": units().to_crs("EPSG:32650")}

    district = read_district(write(tmp_path, layers))

    assert district.units.crs == district.communities.crs == "EPSG:4547"
    assert [note.names for note in district.notes] == [("units",)]


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030"])
@pytest.mark.parametrize("declared", [True, False])
def test_chinese_shapefiles_are_read_with_and_without_a_code_page(tmp_path, encoding, declared):
    frame = communities().assign(name=["川福号社区", "一"], 备注=["老旧小区", None])
    path = write_file(frame, tmp_path / "communities.shp", encoding=encoding)
    write_file(units(), tmp_path / "units.shp")
    if not declared:
        path.with_suffix(".cpg").unlink()

    district = read_district(tmp_path)

    assert district.communities["name"].tolist() == ["川福号社区", "一"]
    assert district.communities["备注"][0] == "老旧小区"
    told = [str(note) for note in district.notes]
    if encoding == "GB18030" and not declared:
        assert len(told) == 1
        assert "communities.shp was read as GB18030" in told[0]
    else:
        assert told == []


def test_a_wrong_code_page_does_not_garble(tmp_path):
    frame = communities().assign(name=["川福号社区", "二"])
    path = write_file(frame, tmp_path / "communities.shp", encoding="GBK")
    path.with_suffix(".cpg").write_text("UTF-8")
    write_file(units(), tmp_path / "units.shp")

    district = read_district(tmp_path)

    assert district.communities["name"][0] == "川福号社区"
    assert len(district.notes) == 1


def test_column_names_cut_inside_a_character_are_read(tmp_path):
    path = write_file(units().assign(MANAGEMENT=range(32)), tmp_path / "units.shp")
    write_file(communities(), tmp_path / "communities.shp")
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace(b"MANAGEMENT", "管理难度".encode()[:10]))

    district = read_district(tmp_path)

    assert district.units["管理难"].tolist() == list(range(32))


def test_long_names_cut_by_a_shapefile_are_restored(tmp_path):
    frame = units().assign(community_id="C1", compound_id="K1").iloc[:16]
    write_file(frame, tmp_path / "units.shp")
    write_file(communities(), tmp_path / "communities.shp")

    district = read_district(tmp_path)

    assert district.units["compound_id"].tolist() == ["K1"] * 16


def test_layers_with_other_names_are_told(tmp_path):
    layers = {**plain(), "barrier": full()["barriers"]}

    district = read_district(write(tmp_path, layers))

    assert [note.names for note in district.notes] == [("barrier",)]
    assert district.barriers.empty


def test_heights_are_dropped(tmp_path):
    frame = units()
    high = frame.set_geometry(
        gpd.GeoSeries(shapely.force_3d(frame.geometry.array, 9), crs=frame.crs)
    )

    district = read_district(write(tmp_path / "high", {**plain(), "units": high}))

    assert not district.units.has_z.any()
    assert_same_content(district, read_district(write(tmp_path / "flat", plain())))


def test_check_finds_nothing_in_a_good_district(tmp_path):
    assert check_district(write(tmp_path, full())) == ()


def test_check_tells_what_reading_notes(tmp_path):
    frame = with_row(units(), unit_id="U99", households=5, geometry=square(8.1, 0))
    folder = write(tmp_path, {**plain(), "units": frame})

    (finding,) = check_district(folder)

    assert finding.severity == "repaired"
    assert str(finding) == str(read_district(folder).notes[0])


def test_reading_writes_nothing(tmp_path):
    folder = write(tmp_path / "hill", plain())
    before = (folder / "district.gpkg").read_bytes()

    read_district(folder)

    assert [path.name for path in folder.iterdir()] == ["district.gpkg"]
    assert (folder / "district.gpkg").read_bytes() == before


def test_archives_of_other_things_are_ignored(tmp_path):
    folder = write(tmp_path / "hill", plain())
    (folder / "photos.zip").write_bytes(b"PK")

    assert read_district(folder).notes == ()
