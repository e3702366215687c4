"""``gridpart init``: what it writes, asks, refuses and says."""

import tomllib

import districts
import geopandas as gpd
import gridpart_cli.init
import ledgers
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from gridpart_cli.main import cli

from gridpart.datums import add_offset
from gridpart.io import check_district, read_district


def run(*arguments, answers=None):
    return CliRunner().invoke(cli, ["init", *map(str, arguments)], input=answers)


def manifest(folder, name="district.toml"):
    return tomllib.loads((folder / name).read_text("utf-8"))


@pytest.fixture
def good(tmp_path):
    return districts.write(tmp_path / "good", districts.full())


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr(gridpart_cli.init, "is_terminal", lambda: True)


def errors(folder):
    return [str(finding) for finding in check_district(folder) if finding.kind == "error"]


def test_canonical_layers_are_their_own_manifest(good):
    result = run(good)

    assert (result.exit_code, result.stderr) == (0, "")
    assert set(manifest(good)) >= {"name", "communities", "units", "streets"}
    assert errors(good) == []
    assert result.stdout.splitlines()[-1].startswith("Wrote ")


def test_a_manifest_is_not_replaced_unless_told(good):
    assert run(good).exit_code == 0
    (good / "district.toml").write_text("# mine\n", "utf-8")

    refused = run(good)

    assert refused.exit_code == 1
    assert "district.toml exists" in refused.stderr
    assert (good / "district.toml").read_text("utf-8") == "# mine\n"
    assert run(good, "--overwrite").exit_code == 0
    assert "communities" in manifest(good)


def test_paths_are_relative_to_the_manifest(good):
    target = good.parent / "elsewhere" / "other.toml"

    assert run(good, "-o", target).exit_code == 0

    path = manifest(target.parent, target.name)["units"]["path"]
    assert path.startswith("../good/")
    assert errors(target) == []


def test_a_folder_without_buildings_exits_1_and_says_what_it_saw(tmp_path):
    streets = {"streets": districts.full()["streets"]}
    folder = districts.write(tmp_path / "bare", streets, name="道路.gpkg")

    result = run(folder, "--yes")

    assert result.exit_code == 1
    assert "No file was recognized as communities or as units." in result.stderr
    assert "道路.gpkg" in result.stderr
    assert not (folder / "district.toml").exists()


def test_an_empty_folder_exits_1(tmp_path):
    result = run(tmp_path)

    assert result.exit_code == 1
    assert "holds no layer and no table" in result.stderr


def planners(folder, *, layers=None, counts=("户数",)):
    """Write communities and buildings under Chinese names, with the counts given."""
    plain = layers or districts.plain()
    towns = plain["communities"].rename(columns={"community_id": "社区编码", "name": "社区名称"})
    units = plain["units"]
    frame = gpd.GeoDataFrame(
        {"楼栋编码": units["unit_id"], **{name: units["households"] for name in counts}},
        geometry=units.geometry, crs=units.crs,
    )  # fmt: skip
    districts.write(folder, {"社区": towns[["社区编码", "社区名称", "geometry"]]}, name="社区.gpkg")
    districts.write(folder, {"楼栋": frame}, name="楼栋.gpkg")
    return folder


def test_a_question_without_anybody_to_answer_exits_2(tmp_path):
    folder = planners(tmp_path / "town", counts=("总户数", "户籍户数"))

    result = run(folder)

    assert result.exit_code == 2
    assert "--yes" in result.stderr
    assert "总户数" in result.stderr
    assert not (folder / "district.toml").exists()


def test_yes_takes_the_best_guess_and_says_so(tmp_path):
    folder = planners(tmp_path / "town", counts=("总户数", "户籍户数"))

    result = run(folder, "--yes")

    assert result.exit_code == 0
    assert "households = 总户数 (a guess: its name; 户籍户数 may be meant, too)" in result.stdout
    assert manifest(folder)["units"]["columns"]["households"] == "总户数"
    assert "# a guess" in (folder / "district.toml").read_text("utf-8")


def test_an_answer_on_a_terminal_is_taken(tmp_path, terminal):
    folder = planners(tmp_path / "town", counts=("总户数", "户籍户数"))

    result = run(folder, answers="2\n")

    assert result.exit_code == 0
    assert "Which column of 楼栋.gpkg is to be counted as households?" in result.stdout
    assert manifest(folder)["units"]["columns"]["households"] == "户籍户数"
    assert errors(folder) == []


def test_what_is_plain_is_not_asked(tmp_path, terminal):
    result = run(planners(tmp_path / "town"), answers="")

    assert result.exit_code == 0
    assert "?" not in result.stdout


def test_points_in_a_table_get_their_datum(tmp_path):
    layers = districts.plain()
    folder = planners(tmp_path / "town", layers=layers)
    (folder / "楼栋.gpkg").unlink()
    degrees = layers["units"].geometry.centroid.to_crs(4326)
    points = add_offset(np.asarray(degrees), 4326, "gcj02")
    table = pd.DataFrame(
        {
            "楼栋编码": layers["units"]["unit_id"],
            "经度": [p.x for p in points],
            "纬度": [p.y for p in points],
            "户数": layers["units"]["households"],
        }
    )
    table.to_csv(folder / "楼栋.csv", index=False, encoding="gb18030")

    result = run(folder, "--yes")

    assert result.exit_code == 0
    units = manifest(folder)["units"]
    assert (units["x"], units["y"], units["encoding"]) == ("经度", "纬度", "gb18030")
    assert (units["crs"], units["datum"]) == ("EPSG:4490", "gcj02")
    assert errors(folder) == []


def test_a_ledger_that_names_few_buildings_is_not_joined(tmp_path):
    folder = planners(tmp_path / "town", counts=())
    ledgers.ledger(folder / "台账.xlsx")

    result = run(folder, "--yes")

    assert result.exit_code == 0
    assert "台账.xlsx: a table of which 0% of the rows name a unit" in result.stdout
    assert "Nothing counts households" in result.stdout


def compounds(folder, **columns):
    """Write buildings with a compound and a number, under the columns given."""
    planners(folder)
    units = districts.plain()["units"]
    names = {
        "小区名称": [f"{'甲乙丙丁戊己庚辛'[int(u[1])]}园" for u in units["unit_id"]],
        "楼栋号": [f"{int(u[2]) + 1}栋" for u in units["unit_id"]],
    }
    (folder / "楼栋.gpkg").unlink()
    names["全名"] = [a + b for a, b in zip(names["小区名称"], names["楼栋号"], strict=True)]
    held = {name: names.get(str(wanted), wanted) for name, wanted in columns.items()}
    frame = gpd.GeoDataFrame(held, geometry=units.geometry, crs=units.crs)
    districts.write(folder, {"楼栋": frame}, name="楼栋.gpkg")
    return names, units["households"].tolist()


def test_buildings_without_id_are_named_by_compound_and_number(tmp_path):
    folder = tmp_path / "town"
    compounds(folder, 小区名称="小区名称", 楼栋号="楼栋号", 户数=12)

    result = run(folder)

    assert result.exit_code == 0
    assert manifest(folder)["units"]["columns"]["unit_id"] == {"text": "{小区名称}-{楼栋号}"}
    assert errors(folder) == []
    assert "甲园-1栋" in set(read_district(folder).units["unit_id"])


def test_a_ledger_of_compounds_and_numbers_meets_full_names(tmp_path):
    folder = tmp_path / "town"
    names, households = compounds(
        folder,
        楼栋编码=range(32),
        楼栋名称="全名",
    )
    spelled = [b.replace("栋", "号楼") for b in names["楼栋号"]]
    rows = zip(names["小区名称"], spelled, households, strict=True)
    ledgers.book(folder / "台账.xlsx", [["小区", "楼号", "户数"], *rows])

    result = run(folder)

    assert result.exit_code == 0
    (join,) = manifest(folder)["units"]["join"]
    assert (join["units"], join["table"]) == (["楼栋名称"], ["{小区}{楼号}"])
    assert errors(folder) == []
    units = read_district(folder).units
    assert sorted(units["households"]) == sorted(households)
    assert "{小区}{楼号}" not in units.columns


def test_damaged_files_are_told_and_passed_over(tmp_path):
    folder = planners(tmp_path / "town")
    (folder / "河流.gpkg").write_bytes(b"SQLite format 3\0 but no more")

    result = run(folder, "--yes")

    assert result.exit_code == 0
    assert "河流.gpkg" in result.stdout


def test_writing_it_twice_gives_the_same(good):
    run(good)
    first = (good / "district.toml").read_bytes()

    run(good, "--overwrite")

    assert (good / "district.toml").read_bytes() == first
