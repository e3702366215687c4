"""Labels edited by hand: what stays the same, what follows, and what cannot be."""

import json

import districts
import geopandas as gpd
import pandas as pd
import plans
import pytest
from click.testing import CliRunner
from gridpart_cli.main import cli

import gridpart as gp
from gridpart import export
from gridpart.in_force import drawn_in_place, in_force_of, read_labels
from gridpart.rebuild import rebuild

LEVELS = ["general", "micro"]


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    layers = districts.full()
    layers["units"]["households"] = layers["units"]["households"] * 2
    folder = districts.write(tmp_path_factory.mktemp("in") / "town", layers)
    return gp.partition(gp.read_district(folder), gp.load_rules("qixian"), seed=0)


@pytest.fixture
def no_maps(monkeypatch):
    monkeypatch.setattr(export, "draw_level", plans.no_map)


def labels_of(plan):
    """Return the labels of a plan's units, to be edited."""
    columns = {level: plan.units[f"{level}_code"].fillna("").to_list() for level in LEVELS}
    return pd.DataFrame(columns, index=plan.units["unit_id"].to_list(), dtype=object)


def rebuilt(plan, labels):
    return rebuild(plan.district, plan.rules, labels, old=in_force_of(plan, "old"))


def test_an_unedited_plan_comes_back_as_it_was(plan):
    again = rebuilt(plan, labels_of(plan))

    for level in plan.levels:
        pd.testing.assert_frame_equal(again.grids(level), plan.grids(level))
    pd.testing.assert_frame_equal(again.exclusive, plan.exclusive)
    pd.testing.assert_frame_equal(again.units, plan.units)
    pd.testing.assert_frame_equal(again.codes, plan.codes)
    assert repr(again.report) == repr(plan.report)
    assert again.notes == plan.notes
    assert again.tables["moves"].empty


def test_the_order_of_rows_plays_no_part(plan):
    labels = labels_of(plan)

    again = rebuilt(plan, labels.iloc[::-1])

    pd.testing.assert_frame_equal(again.units, plan.units)


def test_a_moved_unit_takes_outline_sums_and_the_list_of_moves_along(plan):
    labels = labels_of(plan)
    unit, other = neighbors(plan)
    before, after = labels.loc[unit, "micro"], labels.loc[other, "micro"]
    labels.loc[unit, "micro"] = after
    homes = int(plan.units.set_index("unit_id").loc[unit, "households"])

    new = rebuilt(plan, labels)

    was, now = (p.grids("micro").set_index("grid_code") for p in (plan, new))
    assert now.loc[after, "households"] == was.loc[after, "households"] + homes
    assert now.loc[after, "area_m2"] > was.loc[after, "area_m2"]
    assert now.loc[before, "households"] == was.loc[before, "households"] - homes
    assert new.tables["moves"].to_numpy().tolist() == [[unit, "micro", before, after, homes]]
    changed = new.tables["changes"].set_index("level").loc["micro"]
    assert (changed["moved"], changed["total"]) == (homes, plan.units["households"].sum())


def neighbors(plan):
    """Return two units side by side, in two micro grids of one general grid."""
    units = plan.units[plan.units["exclusive_id"].isna()]
    for a, b, c in zip(units["unit_id"], units["general_code"], units["micro_code"], strict=True):
        for _, row in units.iterrows():
            beside = row["unit_id"] in (f"U{int(a[1]) + 1}{a[2]}", f"U{a[1]}{int(a[2]) + 1}")
            alone = (units["micro_code"] == c).sum() == 1
            if beside and not alone and row["general_code"] == b and row["micro_code"] != c:
                return a, row["unit_id"]
    raise AssertionError("no such pair")


def test_a_new_text_is_a_new_grid_with_a_code_never_given(plan):
    labels = labels_of(plan)
    unit, _ = neighbors(plan)
    labels.loc[unit, "micro"] = "A"

    new = rebuilt(plan, labels)

    code = new.units.set_index("unit_id").loc[unit, "micro_code"]
    assert code not in set(plan.codes["code"])
    assert code.startswith(labels.loc[unit, "general"])
    assert f"A -> {code}" in " ".join(map(str, new.notes))


def test_a_merged_grid_retires_a_code_which_is_not_given_again(plan):
    labels = labels_of(plan)
    unit, other = neighbors(plan)
    gone, kept = labels.loc[unit, "micro"], labels.loc[other, "micro"]
    merged = labels.replace({"micro": {gone: kept}})

    first = rebuilt(plan, merged)
    back = labels_of(first)
    back.loc[unit, "micro"] = gone
    second = rebuild(first.district, first.rules, back, old=in_force_of(first, "first"))

    status = first.codes.set_index("code")["status"]
    assert (status[gone], status[kept]) == ("retired", "in_force")
    assert gone not in set(second.grids("micro")["grid_code"])
    assert second.codes.set_index("code").loc[gone].tolist() == (
        first.codes.set_index("code").loc[gone].tolist()
    )
    assert any("retired are not given again" in str(note) for note in second.notes)


def test_a_grid_in_two_pieces_and_out_of_range_is_listed(plan):
    labels = labels_of(plan)
    far = labels.loc["U00", "micro"], labels.loc["U33", "micro"]
    assert far[0] != far[1]
    labels["general"] = labels["general"].where(~labels.index.str.match("U[0-3]"), "all")
    labels.loc["U33", "micro"] = far[0]
    labels.loc["U32", "micro"] = far[1]

    report = rebuilt(plan, labels).report

    assert any(b.rule == "contiguity" and "U33" in b.units for b in report.breaches)
    assert report.broken


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ({("U21", "micro"): ""}, "1 of 32 units have no micro_code.*U21"),
        ({("U00", "general"): "X", ("U40", "general"): "X"}, "Grid X of level general lies in 2"),
        ({("U00", "micro"): "X", ("U40", "micro"): "X"}, "Grid X of level micro lies in 2"),
        ({("U99", "micro"): "X"}, "1 units with labels are not in the district.*U99"),
    ],
)  # fmt: skip
def test_what_cannot_be_names_the_units(plan, edit, told):
    labels = labels_of(plan)
    for (unit, level), text in edit.items():
        labels.loc[unit, level] = text

    with pytest.raises(gp.DataError, match=f"(?s){told}"):
        rebuilt(plan, labels)


def test_a_child_in_two_parents_is_refused_by_units(plan):
    labels = labels_of(plan)
    micro = labels.loc["U00", "micro"]
    labels.loc["U01", "micro"] = micro
    labels.loc["U00", "general"] = "X"

    with pytest.raises(gp.DataError, match=rf"(?s)Grid {micro} of level micro lies in 2 general"):
        rebuilt(plan, labels)


def test_without_a_plan_valid_codes_stay_and_others_follow_the_template(plan):
    labels = labels_of(plan)
    labels["general"] = ["C1005" if unit < "U4" else "east" for unit in labels.index]

    new = rebuild(plan.district, plan.rules, labels)

    assert set(new.grids("general")["grid_code"]) == {"C1005", "C2001"}
    assert not {"moves", "changes"} & set(new.tables)


@pytest.mark.parametrize("name", ["labels.csv", "labels.xlsx", "labels.gpkg", "labels.shp"])
def test_labels_come_from_any_table(plan, tmp_path, name):
    table = plan.units[["unit_id", "general_code", "micro_code", "geometry"]]
    path = tmp_path / name
    if name.endswith(".csv"):
        table.drop(columns="geometry").to_csv(path, index=False, encoding="utf-8-sig")
    elif name.endswith(".xlsx"):
        pd.DataFrame(table.drop(columns="geometry")).to_excel(path, index=False)
    else:
        short = {"general_code": "gen_code"} if name.endswith(".shp") else {}
        table.rename(columns=short).to_file(path)

    read = read_labels(path, LEVELS, needed=LEVELS)

    pd.testing.assert_frame_equal(read, labels_of(plan), check_dtype=False)


def test_rounded_codes_are_refused(plan, tmp_path):
    table = gpd.GeoDataFrame(
        {"unit_id": ["U00"], "micro_code": [99010100100100101.0]},
        geometry=plan.units.geometry.iloc[:1].to_list(), crs=plan.district.crs,
    )  # fmt: skip
    table.to_file(tmp_path / "rounded.gpkg")

    with pytest.raises(gp.DataError, match="rounded numbers"):
        read_labels(tmp_path / "rounded.gpkg", ["micro"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("unit_id,micro\nU00,A\n", "no column general_code, micro_code"),
        ("id,general_code,micro_code\nU00,A,B\n", "no column unit_id"),
        ("unit_id,general_code,micro_code\nU00,A,B\nU00,A,C\n", "twice: U00"),
    ],
)
def test_a_table_without_what_is_needed_is_refused(tmp_path, text, told):
    (tmp_path / "labels.csv").write_text(text, encoding="utf-8")

    with pytest.raises(gp.DataError, match=told):
        read_labels(tmp_path / "labels.csv", LEVELS, needed=LEVELS)


def test_a_plan_edited_in_its_own_file_still_knows_who_moved(plan):
    from dataclasses import replace

    unit, other = neighbors(plan)
    units = plan.units.copy()
    at = units["unit_id"] == unit
    units.loc[at, "micro_code"] = units.loc[units["unit_id"] == other, "micro_code"].iloc[0]
    edited = replace(plan, units=units)

    old = drawn_in_place(edited, "plan.gpkg")

    pd.testing.assert_frame_equal(old.codes, in_force_of(plan, "plan.gpkg").codes)


def run(*arguments):
    return CliRunner().invoke(cli, ["rebuild", *map(str, arguments)])


def test_the_command_rebuilds_from_an_edited_table(plan, no_maps, tmp_path):
    gp.write_plan(plan, tmp_path / "plan")
    table = pd.DataFrame(plan.units[["unit_id", "general_code", "micro_code"]])
    unit, _ = neighbors(plan)
    table.loc[table["unit_id"] == unit, "micro_code"] = "A"
    table.to_excel(tmp_path / "edited.xlsx", index=False)

    result = run(tmp_path / "edited.xlsx", "--plan", tmp_path / "plan", "-o", tmp_path / "new",
                 "--lang", "en")  # fmt: skip
    new = gp.read_plan(tmp_path / "new")

    assert result.exit_code in (0, 3), result.output
    assert "change their micro grid" in result.stdout
    assert len(new.grids("micro")) == len(plan.grids("micro")) + 1
    assert unit in (tmp_path / "new" / "moves.csv").read_text(encoding="utf-8-sig")
    assert new.tables["moves"]["unit_id"].tolist() == [unit]


def test_the_command_takes_a_plan_edited_in_place(plan, no_maps, tmp_path):
    gp.write_plan(plan, tmp_path / "plan")

    result = run(tmp_path / "plan", "-o", tmp_path / "new", "--json")

    assert result.exit_code in (0, 3), result.output
    changes = json.loads(result.stdout)["changes"]
    assert [row["moved"] for row in changes] == [0, 0]


@pytest.mark.parametrize(
    "flags", [("--plan", "p", "--district", "d", "--rules", "qixian"), ("--district", "d")]
)
def test_options_that_contradict_each_other_are_misuse(flags):
    assert run("labels.csv", "-o", "out", *flags).exit_code == 2
