"""A folder as a real sub-district keeps it becomes the same plan as the clean sample."""

import tomllib

import pytest
from click.testing import CliRunner
from gridpart_cli.main import cli
from samples import hankou_plan
from subdistrict import write_subdistrict

import gridpart as gp
from gridpart.io import check_district

LEVELS = ("overall", "general", "micro")
SUMS = ("households", "population", "firms", "workers")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder, with the manifest that init wrote without a question."""
    folder = write_subdistrict(tmp_path_factory.mktemp("files") / "汉口街道")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    told = CliRunner().invoke(cli, ["init", str(folder)])

    assert told.exit_code == 0, told.output
    assert all(path.read_bytes() == held for path, held in before.items())
    (folder.parent / "told.txt").write_text(told.stdout, "utf-8")
    return folder


@pytest.fixture(scope="module")
def manifest(folder):
    return tomllib.loads((folder / "district.toml").read_text("utf-8"))


def test_every_layer_is_recognized(manifest):
    paths = {name: table["path"] for name, table in manifest.items() if isinstance(table, dict)}

    assert paths == {
        "communities": "社区界.shp",
        "units": "楼栋/房屋建筑.shp",
        "streets": "道路中心线.shp",
        "barriers": "铁路.shp",
        "crossings": "铁路道口.shp",
        "exclusive": "专属网格.shp",
        "stations": "警务服务站.shp",
    }


def test_encoding_datum_and_zone_are_found(manifest):
    assert manifest["communities"]["encoding"] == "gb18030"
    assert manifest["units"]["datum"] == "gcj02"
    assert manifest["streets"]["crs"] == manifest["crossings"]["crs"] == "EPSG:4526"
    assert not {"crs", "datum"} & set(manifest["barriers"])


def test_the_ledger_is_joined_by_the_names_of_buildings(manifest):
    (join,) = manifest["units"]["join"]

    assert (join["sheet"], join["header"]) == ("台账", [2, 3])
    assert (join["units"], join["table"]) == (["楼栋名称"], ["楼栋名称"])
    assert join["columns"]["households"] == "户数"
    assert join["columns"]["population"] == "人口_常住人口"


def test_personal_columns_are_named_and_no_value_of_them(folder):
    text = (folder / "district.toml").read_text("utf-8")
    told = (folder.parent / "told.txt").read_text("utf-8")

    for said in (text, told):
        assert all(column in said for column in ("负责人", "户主姓名", "联系电话"))
        assert not any(value in said for value in ("张三", "李四", "138000"))
    assert not any("户主" in str(value) for value in tomllib.loads(text).values())


def test_check_reads_it_without_an_error(folder):
    findings = check_district(folder)

    assert [str(f) for f in findings if f.kind == "error"] == []
    assert any("1481 of 1481 rows" in str(finding) for finding in findings)


def test_the_district_is_the_clean_one(folder):
    clean = gp.read_district("data/samples/hankou").units.set_index("unit_id")

    units = gp.read_district(folder).units.set_index("unit_id").loc[clean.index]

    for column in (*SUMS, "floors", "building_age", "migrants", "elderly_alone", "incidents"):
        assert (units[column] == clean[column]).all(), column
    assert units.geometry.hausdorff_distance(clean.geometry, align=False).max() < 2e-3


@pytest.mark.slow  # half a minute
def test_the_plan_is_that_of_the_clean_sample(folder):
    clean = hankou_plan()

    plan = gp.partition(gp.read_district(folder), gp.load_rules("qixian"), seed=0)

    units = plan.units.set_index("unit_id")
    wanted = clean.units.set_index("unit_id").loc[units.index]
    for level in LEVELS:
        grids = clean.grids(level)
        assert len(plan.grids(level)) == len(grids)
        for measure in SUMS:
            assert plan.grids(level)[measure].sum() == grids[measure].sum()
        same = units[f"{level}_code"] == wanted[f"{level}_code"]
        assert units["households"][same].sum() >= 0.98 * units["households"].sum()
