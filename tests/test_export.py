"""A plan comes back from its file as it was, and nothing half-written is ever left."""

import csv
import json
import sqlite3
from contextlib import closing

import districts
import geopandas as gpd
import pandas as pd
import plans
import pyogrio
import pytest
import shapely

from gridpart import export, geopackage
from gridpart.errors import DataError, RulesError
from gridpart.export import check_target, read_plan, write_plan
from gridpart.interchange import field_names, read_grids
from gridpart.joins import JOIN_COLUMNS
from gridpart.schema import TEXT

FILES = {
    "plan.gpkg", "plan.qgz", "ledger.xlsx", "map_overall.png", "map_general.png", "map_micro.png",
    "charts.png",
    "summary.txt", "summary.json",
}  # fmt: skip


@pytest.fixture(scope="module")
def plan():
    return plans.small_plan()


@pytest.fixture(scope="module")
def written(plan, tmp_path_factory):
    return write_plan(plan, tmp_path_factory.mktemp("w") / "plan", formats=("geojson", "shp"))


@pytest.fixture(autouse=True)
def quick_maps(monkeypatch):
    """Draw nothing but in `written`, which is made before this is asked for."""
    monkeypatch.setattr(export, "draw_level", plans.no_map)
    monkeypatch.setattr(export, "draw_charts", plans.no_charts)


def contents(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_plan_reads_back_equal(plan, written):
    plans.assert_same_plan(plan, read_plan(written))


def test_further_tables_read_back_equal(plan, tmp_path):
    posts = pd.DataFrame(
        {
            "post": pd.Series(["网格长", None], dtype=TEXT),
            "needed": [2, 0],
            "fid": [0.5, float("nan")],
        }
    )
    staffed = plans.dataclasses.replace(plan, tables={"extra": posts, "empty": posts.iloc[:0]})

    again = read_plan(write_plan(staffed, tmp_path / "plan"))

    plans.assert_same_plan(staffed, again)
    assert list(again.tables) == ["extra", "empty"]
    for name, table in staffed.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table)


def test_level_of_the_name_of_a_further_table_is_refused(plan, tmp_path):
    clash = plans.dataclasses.replace(plan, tables={"general": plan.codes})

    with pytest.raises(RulesError, match="name of another layer"):
        write_plan(clash, tmp_path / "plan")


def test_folder_and_file_read_alike(written):
    plans.assert_same_plan(read_plan(written), read_plan(written / "plan.gpkg"))


def test_folder_holds_the_files_it_promises(written):
    assert {path.name for path in written.iterdir()} == FILES | {"geojson", "shp"}


def test_further_formats_only_on_demand(plan, tmp_path):
    assert contents(write_plan(plan, tmp_path / "plan")) == FILES


def test_geopackage_has_the_layers_and_tables_of_the_design(written):
    names = {name for name, _ in pyogrio.list_layers(written / "plan.gpkg")}

    assert names >= {
        "overall", "general", "micro", "exclusive", "units", "cells", "communities", "streets",
        "barriers", "crossings", "stations", "breaches", "notes", "codes", "meta", "layer_styles",
    }  # fmt: skip


def test_empty_layers_keep_their_columns(tmp_path):
    plan = plans.small_plan()
    district, _ = districts.build_district(districts.plain(), "bare")
    empty = {name: getattr(district, name) for name in ("streets", "barriers", "stations")}
    bare = plans.dataclasses.replace(
        plan,
        district=plans.dataclasses.replace(plan.district, **empty),
        exclusive=plan.exclusive.iloc[:0],
        report=plans.dataclasses.replace(plan.report, breaches=(), checks=()),
        notes=(),
    )

    again = read_plan(write_plan(bare, tmp_path / "plan"))

    plans.assert_same_plan(bare, again)
    streets = pyogrio.read_info(tmp_path / "plan" / "plan.gpkg", layer="streets")
    assert (list(streets["fields"]), streets["geometry_type"]) == (
        ["class", "name"],
        "MultiLineString",
    )


def test_same_plan_gives_the_same_file(plan, written, tmp_path):
    again = write_plan(plan, tmp_path / "plan")

    assert (again / "plan.gpkg").read_bytes() == (written / "plan.gpkg").read_bytes()


def test_file_does_not_tell_how_often_it_was_changed(written):
    header = (written / "plan.gpkg").read_bytes()[:100]

    assert int.from_bytes(header[24:28], "big") == 1


def test_codes_are_text(written):
    with closing(sqlite3.connect(written / "plan.gpkg")) as file:
        kinds = {row[1]: row[2] for row in file.execute("PRAGMA table_info(general)")}

    assert kinds["grid_code"] == kinds["parent_code"] == "TEXT"


def test_every_drawn_layer_has_one_default_style(written):
    with closing(sqlite3.connect(written / "plan.gpkg")) as file:
        styles = file.execute(
            "SELECT f_table_name, f_geometry_column, useAsDefault FROM layer_styles"
        ).fetchall()
        drawn = file.execute("SELECT table_name, column_name FROM gpkg_geometry_columns")
        drawn = {row for row in drawn.fetchall() if not row[0].startswith("input_")}

    assert {row[:2] for row in styles} == drawn
    assert len(styles) == len(drawn)
    assert all(row[2] == 1 for row in styles)


def test_chinese_values_survive_every_format(plan, written):
    wanted = list(plan.grids("general")["name"])

    for path, layer in (
        (written / "plan.gpkg", "general"),
        (written / "geojson" / "general.geojson", None),
        (written / "shp" / "general.shp", None),
    ):
        assert list(pyogrio.read_dataframe(path, layer=layer)["name"]) == wanted


def test_geojson_is_rfc_7946(written):
    text = (written / "geojson" / "general.geojson").read_text("utf-8")
    collection = json.loads(text)
    shapes = [shapely.geometry.shape(f["geometry"]) for f in collection["features"]]

    assert "crs" not in collection
    assert all(-180 <= shape.bounds[0] <= shape.bounds[2] <= 180 for shape in shapes)
    assert all(polygon.exterior.is_ccw for shape in shapes for polygon in shapely.get_parts(shape))
    xs = [c[0] for f in collection["features"] for c in f["geometry"]["coordinates"][0]]
    assert all(len(str(x).partition(".")[2]) <= 7 for x in xs)
    assert collection["features"][0]["properties"]["in_range"] is True


def test_shapefile_fields_are_short_ascii_and_listed(plan, written):
    with (written / "shp" / "fields.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))

    units = gpd.read_file(written / "shp" / "units.shp")
    fields = [c for c in units.columns if c != "geometry"]
    assert all(field.isascii() and len(field) <= 10 for field in fields)
    assert {r["field"]: r["full_name"] for r in rows if r["file"] == "units"}.keys() == set(fields)
    assert (written / "shp" / "units.cpg").read_text() == "UTF-8"
    assert list(units["gen_code"]) == list(plan.units["general_code"])


def test_field_names_never_clash():
    columns = ["community_id", "communities_a", "communities_b", "户数", "人口", "NAME", "name"]

    names = field_names(columns)

    assert len({name.lower() for name in names.values()}) == len(columns)


def test_columns_that_geopackage_reserves_survive(plan, tmp_path):
    units = plan.units.rename(columns={"floors": "fid", "stairwells": "GEOM"})
    odd = plans.dataclasses.replace(plan, units=units)

    plans.assert_same_plan(odd, read_plan(write_plan(odd, tmp_path / "plan")))


def test_mixed_geometries_survive(plan, tmp_path):
    area = plan.district.barriers.iloc[0].geometry.buffer(3.0)
    barriers = pd.concat([plan.district.barriers] * 2, ignore_index=True)
    barriers.loc[1, "geometry"] = area
    mixed = plans.dataclasses.replace(
        plan, district=plans.dataclasses.replace(plan.district, barriers=barriers)
    )

    folder = write_plan(mixed, tmp_path / "plan", formats=("shp",))

    plans.assert_same_plan(mixed, read_plan(folder))
    assert {"shp/barriers_lines.shp", "shp/barriers_areas.shp"} <= contents(folder)


def test_existing_target_is_refused(plan, tmp_path):
    (tmp_path / "plan").mkdir()

    with pytest.raises(DataError, match="--overwrite"):
        write_plan(plan, tmp_path / "plan")

    assert contents(tmp_path) == {"plan"}


def test_file_in_the_way_is_refused_even_with_overwrite(plan, tmp_path):
    (tmp_path / "plan").write_text("mine")

    with pytest.raises(DataError, match="is not a folder"):
        write_plan(plan, tmp_path / "plan", overwrite=True)

    assert (tmp_path / "plan").read_text() == "mine"


@pytest.mark.parametrize("name", ["notes.docx", "geojson/mine.txt", "plan.gpkg.bak"])
def test_foreign_files_are_never_overwritten(plan, tmp_path, name):
    target = write_plan(plan, tmp_path / "plan", formats=("geojson",))
    (target / name).write_text("mine")

    with pytest.raises(DataError, match="not of a plan"):
        write_plan(plan, target, overwrite=True)

    assert (target / name).read_text() == "mine"


@pytest.mark.parametrize("name", [".DS_Store", "geojson/.DS_Store", "Thumbs.db", "desktop.ini"])
def test_what_file_managers_leave_behind_is_in_no_ones_way(plan, tmp_path, name):
    target = write_plan(plan, tmp_path / "plan", formats=("geojson",))
    (target / name).write_text("a view of the folder")

    write_plan(plan, target, overwrite=True)

    assert contents(target) == FILES


def test_overwrite_replaces_the_whole_folder(plan, tmp_path):
    target = write_plan(plan, tmp_path / "plan", formats=("geojson",))

    write_plan(plans.with_meta(plan, seed="8"), target, overwrite=True)

    assert read_plan(target).meta["seed"] == "8"
    assert contents(target) == FILES
    assert contents(tmp_path) == {"plan", *(f"plan/{name}" for name in FILES)}


@pytest.mark.parametrize("fault", [RuntimeError("bug"), KeyboardInterrupt(), OSError(28, "full")])
def test_failure_in_the_middle_leaves_nothing(plan, tmp_path, monkeypatch, fault):
    def fail(*args, **kwargs):
        raise fault

    monkeypatch.setattr(export, "draw_level", fail)

    with pytest.raises((RuntimeError, KeyboardInterrupt, DataError)):
        write_plan(plan, tmp_path / "plan")

    assert contents(tmp_path) == set()


def test_failure_while_overwriting_leaves_the_old_plan(plan, tmp_path, monkeypatch):
    target = write_plan(plan, tmp_path / "plan")
    before = {path: path.read_bytes() for path in target.iterdir()}
    move = export.Path.rename

    def fail(self, to):
        if to == target and "-old-" not in str(self):
            raise PermissionError(13, "in use")
        return move(self, to)

    monkeypatch.setattr(export.Path, "rename", fail)
    with pytest.raises(DataError, match="in use"):
        write_plan(plan, target, overwrite=True)

    assert {path: path.read_bytes() for path in target.iterdir()} == before
    assert {path.name for path in tmp_path.iterdir()} == {"plan"}


def test_unknown_format_is_refused(plan, tmp_path):
    with pytest.raises(DataError, match="'geojson'"):
        write_plan(plan, tmp_path / "plan", formats=("geojsn",))


def test_level_named_like_another_layer_is_refused(plan, tmp_path):
    clashing = plans.dataclasses.replace(plan, layers={"units": plan.grids("general")})

    with pytest.raises(RulesError, match="units"):
        geopackage.write_geopackage(clashing, tmp_path / "plan.gpkg", pd.DataFrame())


def test_what_is_no_plan_is_refused(tmp_path):
    districts.write(tmp_path, districts.plain())

    for path in (tmp_path / "district.gpkg", tmp_path / "nothing.gpkg", tmp_path):
        with pytest.raises(DataError, match="holds no plan"):
            read_plan(path)


def test_free_target_passes(tmp_path):
    assert check_target(tmp_path / "plan") is None


def test_grids_of_others_are_read_by_level(plan, written, tmp_path):
    general = plan.grids("general")
    both = pd.concat([general, plan.grids("micro")], ignore_index=True)
    districts.write_file(both, tmp_path / "grids.gpkg", layer="grids")

    for path in (written / "plan.gpkg", tmp_path / "grids.gpkg"):
        assert read_grids(path, "general").geometry.geom_equals(general.geometry).all()


def test_a_layer_without_grids_is_refused(tmp_path):
    districts.write_file(districts.full()["stations"], tmp_path / "stations.geojson")

    for path in (tmp_path / "stations.geojson", tmp_path / "nothing.gpkg"):
        with pytest.raises(DataError, match="no layer of grids"):
            read_grids(path, "general")


def test_rows_of_joined_tables_are_listed_in_the_plan_and_beside_it(plan, tmp_path):
    rows = [("台账.xlsx", "table", "5", "三幢", "matched", "spelling", "3栋"),
            ("台账.xlsx", "unit", "7", "9栋", "unmatched", "", "")]  # fmt: skip
    listed = pd.DataFrame(rows, columns=list(JOIN_COLUMNS), dtype=TEXT)
    district = plans.dataclasses.replace(plan.district, joins=listed)
    joined = plans.dataclasses.replace(plan, district=district)

    out = write_plan(joined, tmp_path / "plan")

    plans.assert_same_plan(joined, read_plan(out))
    assert (out / "joins.csv").read_bytes().startswith(b"\xef\xbb\xbftable,side,row,name")
    again = pd.read_csv(out / "joins.csv", dtype=str, keep_default_na=False)
    pd.testing.assert_frame_equal(again.astype(TEXT), listed)
    write_plan(joined, out, overwrite=True)
