"""A manifest says what there is to read; whatever is wrong with it is told at once."""

import tomllib

import pandas as pd
import pytest
from districts import communities, plain, square, units, with_cell, write, write_file
from formats import as_points, save
from refusals import refusal

from gridpart.datums import add_offset
from gridpart.errors import DataError
from gridpart.io import read_district
from gridpart.manifest import Constant, Expression, Manifest, parse_manifest, read_manifest


def faults(text, folder):
    """Return what is wrong with a manifest, line by line."""
    with pytest.raises(DataError) as caught:
        parse_manifest(tomllib.loads(text), folder)
    return [line.strip() for line in caught.value.found.split("\n")]


def manifest(folder, text):
    (folder / "district.toml").write_text(text, encoding="utf-8")
    return folder


def told(district):
    return [str(note) for note in district.notes]


@pytest.fixture
def folder(tmp_path):
    """Return a folder as planners keep it: other names, other columns, a ledger."""
    folder = tmp_path / "栖贤街道资料"
    western = communities().rename(columns={"community_id": "社区编码", "name": "社区名称"})
    write_file(western.drop(columns="area_type"), folder / "社区.geojson")
    buildings = units().rename(columns={"unit_id": "楼栋号"}).drop(columns="households")
    write_file(buildings, folder / "楼栋.shp", encoding="GBK")
    (folder / "楼栋.cpg").unlink()
    ledger = pd.DataFrame(units()[["unit_id", "households"]])
    ledger.columns = ["楼号", "户数"]
    ledger.to_csv(folder / "台账.csv", index=False, encoding="gb18030")
    return folder


MANIFEST = """
name = "栖贤街道"

[communities]
path = "社区.geojson"
columns = { community_id = "社区编码", name = "社区名称", area_type = { constant = "urban" } }

[units]
path = "楼栋.shp"
[units.columns]
unit_id = "楼栋号"
population = { expression = "households * 2.5" }

[[units.join]]
path = "台账.csv"
units = ["楼栋号"]
table = ["楼号"]
columns = { households = "户数" }
"""


def test_a_folder_of_other_names_is_read_by_its_manifest(folder):
    district = read_district(manifest(folder, MANIFEST))

    assert district.name == "栖贤街道"
    assert district.communities["name"].tolist() == ["West", "East"]
    assert district.communities["area_type"].tolist() == ["urban", "urban"]
    assert district.units["households"].tolist() == units()["households"].tolist()
    assert district.measures == ("households", "population")
    rounded = "16 of 32 values of population = households * 2.5 were rounded to whole numbers."
    assert rounded in told(district)
    wanted = (units()["households"] * 2.5).round().astype(int)
    assert district.units["population"].tolist() == wanted.tolist()


def test_the_manifest_itself_is_a_source(folder):
    manifest(folder, MANIFEST)
    (folder / "district.toml").rename(folder / "2026.toml")

    assert len(read_district(folder / "2026.toml").units) == 32


def test_nothing_is_written_into_the_folder(folder):
    before = {path: path.read_bytes() for path in manifest(folder, MANIFEST).iterdir()}

    read_district(folder)

    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_what_is_not_mapped_is_found_by_name(tmp_path):
    folder = write(tmp_path / "hill", {"communities": communities()})
    frame = units().rename(columns={"households": "hh"}).assign(elderly=7)
    write_file(frame, folder / "buildings.gpkg", layer="roofs")

    manifest(folder, '[units]\npath = "buildings.gpkg"\ncolumns = { households = "hh" }\n')
    district = read_district(folder)

    assert district.units["unit_id"].tolist() == units()["unit_id"].tolist()
    assert district.units["elderly"].eq(7).all()
    assert district.notes == ()


def test_columns_that_give_way_are_told(tmp_path):
    frame = units().assign(hh=5)
    folder = write(tmp_path / "hill", {"communities": communities(), "units": frame})

    manifest(folder, '[units]\npath = "district.gpkg"\ncolumns = { households = "hh" }\n')
    district = read_district(folder)

    assert district.units["households"].eq(5).all()
    assert any("give way" in note and "households" in note for note in told(district))


def test_columns_may_change_places(tmp_path):
    frame = units().assign(kind="a", name="b")
    folder = write(tmp_path / "hill", {"communities": communities(), "units": frame})

    manifest(
        folder, '[units]\npath = "district.gpkg"\ncolumns = { kind = "name", name = "kind" }\n'
    )
    district = read_district(folder)

    assert (district.units["kind"][0], district.units["name"][0]) == ("b", "a")
    assert district.notes == ()


def test_files_beside_those_of_the_manifest_are_told(tmp_path):
    folder = write(tmp_path / "hill", plain())
    write_file(units().head(20), folder / "new.geojson")

    manifest(folder, '[units]\npath = "new.geojson"\n')
    district = read_district(folder)

    assert len(district.units) == 20
    assert any("district.gpkg (layer units)" in note for note in told(district))


@pytest.mark.parametrize("crs", ["EPSG:4547", "+proj=tmerc +lon_0=114 +x_0=500000 +ellps=GRS80"])
def test_a_crs_is_declared_for_files_that_name_none(tmp_path, crs):
    write_file(communities(), tmp_path / "communities.shp")
    write_file(units().set_crs(None, allow_override=True), tmp_path / "units.shp")

    assert refusal(tmp_path).what == "The layer 'units' has no CRS."
    manifest(tmp_path, f"crs = '{crs}'\n")
    district = read_district(tmp_path)

    assert district.crs == "EPSG:4547"
    assert any("its file names no CRS" in note for note in told(district))


def test_a_crs_of_one_layer_overrides_its_file(tmp_path):
    folder = write(tmp_path, {**plain(), "units": units().set_crs(32650, allow_override=True)})

    manifest(folder, '[units]\npath = "district.gpkg"\ncrs = "EPSG:4547"\n')
    district = read_district(folder)

    assert len(district.units) == 32
    assert any("read in CGCS2000" in note and "WGS 84 / UTM" in note for note in told(district))


def test_axes_may_be_north_first(tmp_path):
    write(tmp_path, {"communities": communities()})
    middle = units().geometry.centroid
    table = pd.DataFrame(units()[["unit_id", "households"]]).assign(X=middle.y, Y=middle.x)
    table.to_csv(tmp_path / "units.csv", index=False)

    text = '[units]\npath = "units.csv"\ncrs = "EPSG:4547"\n'
    assert "are northings" in refusal(manifest(tmp_path, text)).what

    assert len(read_district(manifest(tmp_path, text + 'axes = "yx"\n')).units) == 32
    assert len(read_district(manifest(tmp_path, text + 'x = "Y"\ny = "X"\n')).units) == 32


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@pytest.mark.parametrize("everywhere", [True, False])
def test_the_offset_of_a_datum_is_removed(tmp_path, datum, everywhere):
    shifted = units().to_crs(4326)
    moved = shifted.set_geometry(add_offset(shifted.geometry.to_numpy(), 4326, datum), crs=4326)
    write(tmp_path, {"communities": communities() if not everywhere else _moved(datum)})
    save(moved, tmp_path / "buildings.geojson")

    line = f'datum = "{datum}"\n'
    layer = '[units]\npath = "buildings.geojson"\n'
    if not everywhere:
        assert "outside every community" in refusal(manifest(tmp_path, layer)).what
    district = read_district(manifest(tmp_path, line + layer if everywhere else layer + line))

    wanted = units().to_crs(district.crs).geometry.centroid
    assert district.units.geometry.centroid.distance(wanted, align=False).max() < 0.02
    assert (
        f"The offset of {datum[:-2].upper()}-{datum[-2:]} was removed from units, as declared."
        in told(district)
    )


def _moved(datum):
    frame = communities()
    return frame.set_geometry(
        add_offset(frame.geometry.to_numpy(), frame.crs, datum), crs=frame.crs
    )


def test_points_in_the_manifest_name_their_columns(tmp_path):
    write(tmp_path, {"communities": communities()})
    as_points(units(), "东", "北").to_csv(tmp_path / "点.csv", index=False)

    text = '[units]\npath = "点.csv"\nx = "东"\ny = "北"\ndatum = "cgcs2000"\n'

    assert len(read_district(manifest(tmp_path, text)).units) == 32


def test_source_columns_that_are_lacking_are_told_at_once(tmp_path):
    folder = write(tmp_path, plain())

    error = refusal(
        manifest(
            folder,
            '[units]\npath = "district.gpkg"\n[units.columns]\nhouseholds = "househols"\n'
            'name = "nam"\npopulation = { expression = "hh * 2" }\n',
        )
    )

    assert (
        error.what == "district.gpkg (layer units) lacks 3 of the columns that the manifest maps."
    )
    assert "'househols': did you mean 'households'?" in error.wanted
    assert "'hh'" in error.wanted


def test_text_in_an_expression_is_named(tmp_path):
    frame = with_cell(units().assign(rooms="3"), "U31", "rooms", "三")
    folder = write(tmp_path, {"communities": communities(), "units": frame})

    error = refusal(
        manifest(
            folder,
            '[units]\npath = "district.gpkg"\n[units.columns]\nunit_id = "unit_id"\n'
            'population = { expression = "rooms * 2" }\n',
        )
    )

    assert error.found == "'三' (U31)"


def test_a_persons_number_in_an_expression_is_not_shown(tmp_path):
    frame = with_cell(units().assign(rooms="3"), "U31", "rooms", "13812345678，王姐")
    folder = write(tmp_path, {"communities": communities(), "units": frame})

    error = refusal(
        manifest(
            folder,
            '[units]\npath = "district.gpkg"\n[units.columns]\nunit_id = "unit_id"\n'
            'population = { expression = "rooms * 2" }\n',
        )
    )

    assert "13812345678" not in str(error)
    assert "(U31)" in error.found


def test_a_layer_among_several_has_to_be_named(tmp_path):
    folder = write(tmp_path, {"communities": communities(), "east": units(), "west": units()})

    error = refusal(manifest(folder, '[units]\npath = "district.gpkg"\n'))
    assert error.what == "district.gpkg does not say by itself which layer holds the units."
    assert error.found == "layers communities, east, west"

    error = refusal(manifest(folder, '[units]\npath = "district.gpkg"\nlayer = "easy"\n'))
    assert "did you mean 'east'?" in error.found

    manifest(folder, '[units]\npath = "district.gpkg"\nlayer = "east"\n')
    assert len(read_district(folder).units) == 32


def test_every_fault_is_told_at_once(tmp_path):
    write_file(units(), tmp_path / "楼栋.geojson")
    text = """
nme = "x"
crs = "EPSG:1"
datum = "gcj-02"
roads = {}
[communities]
layer = 3
[units]
path = "楼洞.geojson"
axis = "yx"
axes = "zx"
x = "lon"
wkt = "g"
header = [0]
encoding = "gbq"
[units.columns]
househols = "户数"
unit_id = 5
population = { expression = "户数 ^ 2" }
kind = { constat = "a" }
name = { constant = [1] }
households = "户数"
[[units.join]]
path = "台账.xlsx"
units = ["a", "b"]
table = ["c"]
columns = { households = "户", floor = "层", firms = 2 }
[[units.join]]
path = "https://example.org/台账.csv"
units = []
[streets]
path = "s.shp"
[[streets.join]]
path = "t.csv"
"""
    found = faults(text, tmp_path)

    wanted = [
        "unknown key 'nme'; did you mean 'name'?",
        "crs is 'EPSG:1', wanted an EPSG code",
        "datum is 'gcj-02', wanted one of wgs84, cgcs2000, gcj02, bd09",
        "unknown key 'roads'",
        "communities: layer is 3, wanted a text",
        "communities: no 'path'",
        "units: unknown key 'axis'; did you mean 'axes'",
        "units: axes is 'zx', wanted xy",
        "units: header is [0], wanted a row",
        "units: encoding is 'gbq', wanted an encoding",
        "units: there is no file '楼洞.geojson'; did you mean '楼栋.geojson'?",
        "units: x without y",
        "units: both wkt and x, y",
        "units, columns: unit_id is 5, wanted a source column",
        "units, columns: population: expression '户数 ^ 2': only numbers",
        "units, columns: kind: unknown key 'constat'; did you mean 'constant'?",
        "units, columns: name: the constant [1] is no text",
        "units, join 1: there is no file '台账.xlsx'",
        "units, join 1: units names 2 columns and table 1",
        "units, join 1: unknown column 'floor'; did you mean 'floors'?",
        "units, join 1: firms is 2, wanted a column of the table",
        "units: 'households' is mapped twice, by columns and by join 1",
        "units, join 2: units is [], wanted a list of texts",
        "units, join 2: a joined table is a file on this computer, not https://exam...",
        "units, join 2: no 'table'",
        "units, join 2: no 'columns'",
        "streets: unknown key 'join'",
        "streets: there is no file 's.shp'",
    ]
    assert [w for w in wanted if not any(line.startswith(w) for line in found)] == []
    assert len(found) == len(wanted)


def test_nearly_canonical_columns_are_refused():
    found = faults(
        '[units]\npath = "postgresql://h/d"\ncolumns = { househols = "a", elderly_alone = "b" }',
        None,
    )

    assert found == ["units, columns: unknown column 'househols'; did you mean 'households'?"]


@pytest.mark.parametrize(
    "text", ["[units", "name = 1\nname = 2\n", "[units]\n[units]\n", "a = [" * 9000]
)
def test_a_manifest_that_is_no_toml_is_refused(tmp_path, text):
    (tmp_path / "district.toml").write_text(text)

    with pytest.raises(DataError) as caught:
        read_district(tmp_path)

    assert caught.value.what == "The manifest district.toml cannot be read."


def test_a_manifest_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "district.toml").write_bytes('name = "街道"'.encode("gbk"))

    assert refusal(tmp_path).found == "text that is not UTF-8"


def test_an_empty_manifest_says_nothing(tmp_path):
    (tmp_path / "district.toml").write_text("\ufeff", encoding="utf-8")

    assert read_manifest(tmp_path / "district.toml") == Manifest()


def test_values_are_frozen_and_paths_absolute(tmp_path):
    write_file(units(), tmp_path / "a.geojson")
    text = (
        '[units]\npath = "a.geojson"\nheader = 2\n[units.columns]\nkind = { constant = "x" }\n'
        'population = { expression = "a" }\n'
    )

    layer = parse_manifest(tomllib.loads(text), tmp_path).layers["units"]

    assert layer.path == str(tmp_path / "a.geojson")
    assert layer.header == (2,)
    assert layer.columns == {"kind": Constant("x"), "population": Expression("a")}
    with pytest.raises(AttributeError):
        layer.path = "b"


def test_sites_found_through_a_link_are_read(tmp_path):
    folder = write(tmp_path / "a", plain())
    other = tmp_path / "b"
    other.mkdir()
    (other / "district.gpkg").symlink_to(folder / "district.gpkg")

    assert len(read_district(other).units) == 32


def test_swapped_degrees_are_named(tmp_path):
    write(tmp_path, {"communities": communities()})
    table = as_points(units(), "lat", "lon")
    table.to_csv(tmp_path / "units.csv", index=False)

    assert 'axes = "yx"' in refusal(tmp_path, datum="wgs84").fix

    manifest(tmp_path, '[units]\npath = "units.csv"\naxes = "yx"\n')
    assert len(read_district(tmp_path, datum="wgs84").units) == 32


def test_a_layer_outside_is_still_found(tmp_path):
    far = with_cell(units(), "U73", "geometry", square(60, 60))
    write_file(far, tmp_path / "data" / "b.gpkg", layer="units")
    write_file(communities(), tmp_path / "data" / "c.gpkg", layer="communities")
    (tmp_path / "plan").mkdir()
    text = '[units]\npath = "../data/b.gpkg"\n[communities]\npath = "../data/c.gpkg"\n'

    error = refusal(manifest(tmp_path / "plan", text))

    assert "U73" in error.found


@pytest.mark.parametrize("place", ['x = "东经"\ny = "纬度"\n', 'wkt = "geom"\n'])
def test_columns_of_coordinates_that_are_lacking_are_named(tmp_path, place):
    write(tmp_path, {"communities": communities()})
    as_points(units()).to_csv(tmp_path / "a.csv", index=False)

    error = refusal(manifest(tmp_path, f'[units]\npath = "a.csv"\n{place}'))

    assert "a.csv has no column" in error.what
    assert "经度" in error.found


def test_columns_of_coordinates_beside_geometry_are_told(tmp_path):
    folder = write(tmp_path, {**plain(), "units": units().assign(a=1, b=2)})

    manifest(folder, '[units]\npath = "district.gpkg"\nx = "a"\ny = "b"\n')

    assert "were not used" in told(read_district(folder))[0]


def test_indicators_may_be_computed_and_whole_counts_are_not_told(tmp_path):
    folder = write(tmp_path, plain())
    manifest(
        folder,
        '[units]\npath = "district.gpkg"\n[units.columns]\n'
        'dense = { expression = "households / 4" }\n'
        'population = { expression = "households * 3" }\nfirms = { expression = "2" }\n',
    )

    district = read_district(folder)

    assert district.units["dense"].tolist() == (units()["households"] / 4).tolist()
    assert district.units["population"].tolist() == (units()["households"] * 3).tolist()
    assert district.units["firms"].eq(2).all()
    assert district.notes == ()


def test_a_path_that_no_system_takes_is_a_fault(tmp_path):
    assert faults(f'[units]\npath = "{"x" * 300}"\n', tmp_path) == [
        f"units: the file '{'x' * 300}' cannot be looked at"
    ]
