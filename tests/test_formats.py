"""Every format gives the same district, and tells what it took away or assumed."""

import sqlite3
import struct
import zipfile
from contextlib import closing

import formats
import geopandas as gpd
import pandas as pd
import pytest
import shapely
from districts import communities, plain, square, units, with_cell, write, write_file
from formats import as_points, save, save_osm
from refusals import refusal

from gridpart.io import check_district, read_district


def told(district):
    return [str(note) for note in district.notes]


def same_ground(left, right):
    """Return whether two districts agree but for what projecting there and back rounds."""
    for layer in ("communities", "units"):
        here, there = getattr(left, layer), getattr(right, layer)
        columns = [c for c in there.columns if c != "geometry"]
        pd.testing.assert_frame_equal(
            pd.DataFrame(here[columns]), pd.DataFrame(there[columns]), check_dtype=False
        )
        apart = shapely.hausdorff_distance(here.geometry.to_numpy(), there.geometry.to_numpy())
        assert apart.max() < 0.02
    return True


@pytest.mark.parametrize("suffix", formats.ALL)
def test_every_format_gives_the_same_district(tmp_path, suffix):
    write_file(communities(), tmp_path / "files" / "communities.gpkg", layer="communities")
    save(units(), tmp_path / "files" / f"units.{suffix}")

    district = read_district(tmp_path / "files", crs="EPSG:4547")

    assert same_ground(district, read_district(write(tmp_path / "reference", plain())))


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize(("x", "y"), [("经度", "纬度"), ("Lon", "Lat"), ("longitude", "latitude")])
def test_points_in_a_table_are_units(tmp_path, suffix, x, y):
    write(tmp_path, {"communities": communities()})
    table = as_points(units(), x, y)
    if suffix == "csv":
        table.to_csv(tmp_path / "units.csv", index=False, encoding="gb18030")
    else:
        table.to_excel(tmp_path / "units.xlsx", index=False)

    district = read_district(tmp_path, datum="cgcs2000")

    assert district.units["households"].sum() == units()["households"].sum()
    assert district.units["community_id"].value_counts().to_dict() == {"C1": 16, "C2": 16}
    assert f"units: coordinates are in {x!r} and {y!r}." in told(district)
    assert x not in district.units.columns


def test_points_in_a_table_without_a_datum_are_refused(tmp_path):
    write(tmp_path, {"communities": communities()})
    as_points(units()).to_csv(tmp_path / "units.csv", index=False)

    assert refusal(tmp_path).what == "The layer 'units' has no CRS."


def test_coordinates_that_are_no_numbers_are_named(tmp_path):
    write(tmp_path, {"communities": communities()})
    table = as_points(units()).astype({"经度": object})
    table.loc[table["unit_id"] == "U31", "经度"] = "东经一百一十四"
    table.to_csv(tmp_path / "units.csv", index=False)

    error = refusal(tmp_path, datum="wgs84")

    assert error.what == "1 of 32 units in units.csv have no usable coordinates."
    assert error.found.startswith("东经一百一十四, ")
    assert "(unit U31)" in error.found


def test_rows_without_coordinates_are_named(tmp_path):
    write(tmp_path, {"communities": communities()})
    table = as_points(units())
    table.loc[table["unit_id"] == "U31", ["经度", "纬度"]] = None
    table.to_csv(tmp_path / "units.csv", index=False)

    error = refusal(tmp_path, datum="wgs84")

    assert (error.what, error.found) == ("1 of 32 units have no geometry.", "U31")


def test_text_that_is_no_geometry_is_named(tmp_path):
    write(tmp_path, {"communities": communities()})
    table = pd.DataFrame(units().drop(columns="geometry")).assign(wkt="POLYGON((1 2,")
    table.to_csv(tmp_path / "units.csv", index=False)

    assert refusal(tmp_path).what == "32 of 32 units in units.csv have no usable coordinates."


@pytest.mark.parametrize("suffix", ["osm", "osm.pbf", "pbf"])
def test_buildings_of_openstreetmap_are_units(tmp_path, suffix):
    grounds = formats.degrees(communities()), formats.degrees(units())
    yard = square(0, 0).difference(square(0.4, 0.4, 0.2, 0.2))
    shapes = gpd.GeoSeries([yard, *units().geometry[1:3]], crs=units().crs).to_crs(4326)
    tags = [
        {"building": "apartments", "building:levels": "6", "name": "一栋"},
        {"building": "yes", "building:levels": "6.5"},
        {"building": "no"},
    ]
    park = (grounds[1].geometry[3], {"leisure": "park"})
    save_osm(tmp_path / f"units.{suffix}", [*zip(shapes, tags, strict=True), park])
    write(tmp_path, {"communities": communities()})
    (tmp_path / "district.toml").write_text(
        f"[units]\npath = 'units.{suffix}'\n[units.columns]\nhouseholds = {{ constant = 4 }}\n"
    )

    district = read_district(tmp_path)

    assert district.units["unit_id"].tolist() == ["r10", "w102"]
    assert district.units["kind"].tolist() == ["apartments", "yes"]
    assert district.units["floors"].tolist() == [6, pd.NA]
    assert district.units["name"].tolist()[0] == "一栋"
    assert district.units.geometry[0].area == pytest.approx(9600, rel=1e-3)
    assert any("'6.5' (unit w102)" in note for note in told(district))


def test_highways_of_openstreetmap_are_streets(tmp_path):
    write(tmp_path, plain())
    lines = gpd.GeoSeries(
        [shapely.LineString([(500_000, 3_380_100), (500_800, 3_380_100)])] * 2, crs=units().crs
    ).to_crs(4326)
    tags = [{"highway": "residential", "name": "南街"}, {"waterway": "river"}]
    save_osm(tmp_path / "streets.osm.pbf", [], zip(lines, tags, strict=True))

    district = read_district(tmp_path)

    assert district.streets["class"].tolist() == ["residential"]
    assert district.streets["name"].tolist() == ["南街"]


def test_openstreetmap_does_not_say_what_else_it_holds(tmp_path):
    write(tmp_path, plain())
    save_osm(
        tmp_path / "barriers.pbf", [(shapely.box(114, 30, 114.01, 30.01), {"building": "yes"})]
    )

    error = refusal(tmp_path)

    assert error.what == "barriers.pbf does not say by itself what its barriers are."
    assert "[barriers] layer" in error.fix


def test_heights_are_dropped_and_told(tmp_path):
    high = units().set_geometry(shapely.force_3d(units().geometry.array, 9))

    district = read_district(write(tmp_path, {**plain(), "units": high}))

    assert told(district) == ["32 of 32 units lost their heights (Z)."]


def as_geopackage_blob(wkb, srs=4547):
    return b"GP\x00\x01" + srs.to_bytes(4, "little") + wkb


CURVED = struct.pack("<BIIBII", 1, 10, 1, 1, 8, 5)
"""How a polygon begins in WKB whose one ring is two arcs through five points."""


@pytest.mark.parametrize("declared", ["CURVEPOLYGON", "GEOMETRY"])
def test_curves_become_straight_pieces_and_are_told(tmp_path, declared):
    folder = write(tmp_path, plain())
    x, y = 500_050, 3_380_050
    ring = [(x - 50, y), (x, y + 50), (x + 50, y), (x, y - 50), (x - 50, y)]
    wkb = CURVED + b"".join(struct.pack("<dd", *corner) for corner in ring)
    with closing(sqlite3.connect(folder / "district.gpkg")) as file:
        triggers = file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            file.execute(f'DROP TRIGGER "{name}"')
        file.execute("UPDATE units SET geom = ? WHERE unit_id = 'U00'", (as_geopackage_blob(wkb),))
        file.execute(
            "UPDATE gpkg_geometry_columns SET geometry_type_name = ? WHERE table_name = 'units'",
            (declared,),
        )
        file.commit()

    district = read_district(folder)

    assert told(district) == ["Curves of units were drawn as straight pieces."]
    assert district.units.geometry[0].area == pytest.approx(3.14159 * 2500, rel=1e-3)


def test_measures_are_dropped_and_told(tmp_path):
    folder = write(tmp_path, plain())
    with closing(sqlite3.connect(folder / "district.gpkg")) as file:
        file.execute("UPDATE gpkg_geometry_columns SET m = 1 WHERE table_name = 'units'")
        file.commit()

    assert told(read_district(folder)) == ["Measures (M) of units were dropped."]


def test_mixed_geometry_is_named(tmp_path):
    layers = plain()
    layers["units"] = with_cell(
        units(), "U11", "geometry", shapely.LineString([(500_000, 3_380_000), (500_009, 3_380_009)])
    )
    for name, frame in layers.items():
        save(frame, tmp_path / f"{name}.geojson")

    error = refusal(tmp_path)

    assert error.what == "1 of 32 units are no Polygon or MultiPolygon or Point."
    assert error.found == "U11 (LineString)"


def test_a_dbase_file_says_its_code_page(tmp_path):
    frame = communities().assign(name=["川福号社区", "二"])
    path = write_file(frame, tmp_path / "communities.shp", encoding="GBK")
    write_file(units(), tmp_path / "units.shp")
    path.with_suffix(".cpg").unlink()
    dbf = path.with_suffix(".dbf")
    content = bytearray(dbf.read_bytes())
    content[29] = 0x4D
    dbf.write_bytes(content)

    district = read_district(tmp_path)

    assert district.communities["name"][0] == "川福号社区"
    assert district.notes == ()


def test_names_that_became_alike_by_being_cut_stay_apart(tmp_path):
    frame = units().assign(FIELDNAM_A=1, FIELDNAM_B=2)
    path = write_file(frame, tmp_path / "units.shp")
    write_file(communities(), tmp_path / "communities.shp")
    dbf = path.with_suffix(".dbf")
    content = dbf.read_bytes().replace(b"FIELDNAM_A", "常住人口".encode()[:10])
    dbf.write_bytes(content.replace(b"FIELDNAM_B", "常住人数".encode()[:10]))

    district = read_district(tmp_path)

    assert district.units["常住人"].eq(1).all()
    assert district.units["常住人_2"].eq(2).all()


def test_a_shapefile_of_cut_names_only_is_told(tmp_path):
    frame = units().rename(columns={"unit_id": "NUMBEROFIT", "households": "NUMBERHOUS"})
    path = write_file(frame, tmp_path / "units.shp")
    write_file(communities(), tmp_path / "communities.shp")
    dbf = path.with_suffix(".dbf")
    content = dbf.read_bytes().replace(b"NUMBEROFIT", "楼栋编码".encode()[:10])
    dbf.write_bytes(content.replace(b"NUMBERHOUS", "常住户数".encode()[:10]))

    error = refusal(tmp_path)

    assert error.what.startswith("Every column name of units.shp fills the ten bytes")
    assert error.found == "columns 楼栋编, 常住户"
    assert "manifest" in error.fix


def test_geometry_may_have_any_name(folder_of_parquet):
    assert len(read_district(folder_of_parquet).units) == 32


@pytest.fixture
def folder_of_parquet(tmp_path):
    for name, frame in plain().items():
        frame.rename_geometry("shape").to_parquet(tmp_path / f"{name}.parquet")
    return tmp_path


def test_a_table_in_a_geopackage_may_hold_coordinates(tmp_path):
    import pyogrio

    folder = write(tmp_path, {"communities": communities()})
    pyogrio.write_dataframe(
        as_points(units(), "lon", "lat"), folder / "district.gpkg", layer="units", append=True
    )

    assert len(read_district(folder, datum="wgs84").units) == 32


class UnmarkedName(zipfile.ZipInfo):
    """A member whose name stands in GBK without a word, as Chinese Windows writes it."""

    def _encodeFilenameFlags(self):  # noqa: N802 - the name is zipfile's
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def test_names_in_an_archive_of_a_chinese_system_are_read(tmp_path):
    write(tmp_path, {"communities": communities()})
    save(units(), tmp_path / "loose" / "楼栋.shp")
    members = {p.name: p.read_bytes() for p in (tmp_path / "loose").iterdir()}
    archive = tmp_path / "地图.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name, content in members.items():
            file.writestr(UnmarkedName(name), content)
    (tmp_path / "district.toml").write_text(
        "[units]\npath = '地图.zip'\nlayer = '楼栋'\n", encoding="utf-8"
    )

    assert len(read_district(tmp_path).units) == 32


def test_other_files_in_a_folder_are_told(tmp_path):
    folder = write(tmp_path, plain())
    (folder / "ledger.csv").write_text("a,b\n1,2\n")
    (folder / "streets.tab").write_text("!table")

    (finding,) = check_district(folder)

    assert finding.names == ("streets.tab (a format that is not read)", "ledger.csv (a table)")
