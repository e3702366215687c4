"""A tower that no grid can hold is divided by stairwells and floors, on maps and in files."""

import json
from dataclasses import replace
from functools import cache

import districts
import pandas as pd
import plans
import pytest
import quarters
from click.testing import CliRunner
from gridpart_cli.main import cli
from shapely import Point

import gridpart as gp
from gridpart import export
from gridpart.rules import rules_to_toml
from gridpart.territory import prepare_units

PLACE = Point(quarters.WEST + 60, quarters.SOUTH + 150)


def tower_quarter(shape=None, **columns):
    """Return the tower beside its low courtyards."""
    return quarters.quarter([quarters.tower(shape, **columns), *quarters.courtyards()])


@cache
def tower_plan(kind="footprint", split_to="floor"):
    """Return the plan of the tower's quarter, made once."""
    district = tower_quarter(PLACE if kind == "point" else None)
    return gp.partition(district, quarters.rules(split_to))


@cache
def jinhai_plan(split_to):
    """Return the plan of the old courtyard, made once."""
    return gp.partition(quarters.quarter(quarters.jinhai(), depth=200), quarters.rules(split_to))


def reasons(plan):
    return [(b.level, b.reason, b.proven) for b in plan.report.breaches]


# --- the tower ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["footprint", "point"])
def test_a_tower_of_396_households_is_six_micro_grids_in_one_general_grid(kind):
    plan = tower_plan(kind)

    assert not plan.report.breaches
    micro = plan.grids("micro")
    assert micro["households"].between(30, 100).all()
    assert micro.loc[micro["nonplanar"], "households"].tolist() == [66] * 6
    assert micro["parent_code"][micro["nonplanar"]].nunique() == 1
    assert not plan.grids("general")["nonplanar"].any()
    assert sorted(plan.grids("general")["households"]) == [396, 429]
    assert (micro.geom_type == "Polygon").all()


@pytest.mark.parametrize("kind", ["footprint", "point"])
def test_every_law_holds_where_grids_are_floors(kind):
    plan = tower_plan(kind)

    assert [check.rule for check in plan.report.checks if not check.ok] == []
    area = plan.district.communities.geometry.area.sum()
    for level in plan.levels:
        grids = plan.grids(level)
        assert grids["area_m2"].sum() == pytest.approx(area, rel=1e-9)
        for measure in ("households", "population"):
            assert grids[measure].sum() == plan.district.units[measure].sum()
    assert repr(gp.evaluate(plan)) == repr(plan.report)


def test_true_bands_stand_in_the_units():
    bands = tower_plan().units.dropna(subset=["floor_from"])

    assert bands["parent_unit_id"].tolist() == ["T1"] * 6
    assert bands["stairwell"].tolist() == [1, 1, 1, 2, 2, 2]
    assert bands["floor_from"].tolist() == [1, 12, 23] * 2
    assert bands["floor_to"].tolist() == [11, 22, 33] * 2
    assert bands.groupby("stairwell")["geometry"].nunique().tolist() == [1, 1]
    ground = tower_plan().cells.set_index("unit_id").geometry.area[bands["unit_id"]]
    by_stairwell = ground.groupby(bands["stairwell"].to_numpy())
    assert (by_stairwell.max() - by_stairwell.min()).max() < 0.01


def test_names_and_labels_tell_the_floors():
    micro = tower_plan().grids("micro")
    own = micro[micro["nonplanar"]]

    assert set(own["floor_bands"]) == {"1–11层", "12–22层", "23–33层"}
    assert own["name"].is_unique
    assert own["name"].str.contains(r"微网格（1号楼[12]单元\d+–\d+层）$").all()
    assert (micro.loc[~micro["nonplanar"], "floor_bands"] == "").all()


@pytest.mark.parametrize(
    ("split_to", "sizes", "told"),
    [
        ("building", [396], 'split_to = "building" cuts no building'),
        ("stairwell", [198, 198], 'it is one stairwell, where split_to = "stairwell" stops'),
    ],
)
def test_what_may_not_be_cut_further_stands_alone_and_is_proven(split_to, sizes, told):
    plan = tower_plan(split_to=split_to)

    assert reasons(plan) == [("micro", "oversize_unit", True)] * len(sizes)
    assert [b.value for b in plan.report.breaches] == sizes
    assert all(told in b.message for b in plan.report.breaches)
    assert not plan.report.broken


def test_a_cut_is_listed_with_households_and_clause():
    cut = [note for note in tower_plan().notes if note.names == ("T1",) and note.kind == "opened"]

    assert [str(note) for note in cut] == [
        "Building T1 (396 households) exceeds a micro grid (at most 100 households; cdpma: micro "
        "grids hold 30 to 100 households) and was cut into its 2 stairwells and 6 bands of 11 "
        "floors, of 66 households each."
    ]


def test_a_tower_of_unknown_floors_is_told_which_column_would_cut_it():
    district = tower_quarter(floors=None, stairwells=None)

    plan = gp.partition(district, quarters.rules("floor"))

    wanted = "the columns stairwells and floors, by which it could be cut, are empty"
    assert reasons(plan) == [("micro", "oversize_unit", True)]
    assert wanted in plan.report.breaches[0].message
    assert [n.names for n in plan.notes if n.kind == "warning" and wanted in n.what] == [("T1",)]


def test_the_order_of_rows_does_not_matter():
    district = tower_quarter()
    rows = district.units.sample(frac=1, random_state=3).reset_index(drop=True)

    again = gp.partition(replace(district, units=rows), quarters.rules("floor"))

    pd.testing.assert_frame_equal(again.units, tower_plan().units)
    pd.testing.assert_frame_equal(again.grids("micro"), tower_plan().grids("micro"))


def test_a_tower_above_a_general_grid_is_divided_among_several():
    tall = quarters.tower(households=792)
    rules = quarters.rules("floor")
    levels = tuple(replace(v, split_to="floor") if v.id == "general" else v for v in rules.levels)
    district = quarters.quarter([tall, *quarters.courtyards()])

    plan = gp.partition(district, replace(rules, levels=levels))

    own = plan.units[plan.units["parent_unit_id"] == "T1"]
    assert own["general_code"].nunique() == 2
    assert (own.groupby("stairwell")["general_code"].nunique() == 1).all()  # each fits one
    assert not plan.grids("general")["nonplanar"].any()
    assert plan.grids("general")["in_range"].all()
    assert not plan.report.broken


def test_a_building_inside_an_exclusive_site_is_not_cut():
    site = quarters.at(60, 150, 60, 60)
    layer = districts.table(
        [{"exclusive_id": "E1", "kind": "office_tower", "name": "中心", "geometry": site}]
    )
    district = quarters.quarter([quarters.tower(), *quarters.courtyards()], exclusive=layer)

    units, cuts, _ = prepare_units(district, quarters.rules("floor"))

    assert units["parent_unit_id"].isna().all()
    assert units.loc[units["unit_id"] == "T1", "exclusive_id"].tolist() == ["E1"]
    assert cuts == ()


# --- the old courtyard ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("split_to", "cut", "oversize"),
    [
        ("compound", 0, ["compound 勤劳街二号院 alone has 461"]),
        ("building", 0, ["B0 alone has 107"]),
        ("stairwell", 9, []),
        ("floor", 9, []),
    ],
)
def test_a_courtyard_is_opened_as_far_as_split_to_allows(split_to, cut, oversize):
    plan = jinhai_plan(split_to)

    assert (plan.units["parent_unit_id"] == "B0").sum() == cut
    assert plan.units["floor_from"].isna().all()  # every stairwell fits
    assert plan.grids("general")["households"].tolist() == [461]
    assert plan.grids("micro")["households"].sum() == 461
    found = [b.message for b in plan.report.breaches]
    assert len(found) == len(oversize)
    assert all(text in message for text, message in zip(oversize, found, strict=True))
    assert all(check.ok for check in plan.report.checks)
    assert not plan.report.broken


@pytest.mark.parametrize("split_to", ["building", "stairwell", "floor"])
def test_the_opened_courtyard_and_the_cut_slab_are_listed_with_their_households(split_to):
    opened = {n.names[0]: str(n) for n in jinhai_plan(split_to).notes if n.kind == "opened"}

    assert "(461 households) lies in several micro grids" in opened["勤劳街二号院"]
    assert ("B0" in opened) == (split_to != "building")
    assert split_to == "building" or "Building B0 (107 households) exceeds" in opened["B0"]


# --- maps and files ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["footprint", "point"])
def test_a_plan_with_floors_is_read_back_equal(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "draw_level", plans.no_map)
    monkeypatch.setattr(export, "draw_charts", plans.no_charts)
    plan = tower_plan(kind)

    again = gp.read_plan(gp.write_plan(plan, tmp_path / "plan"))

    plans.assert_same_plan(again, plan)
    assert repr(gp.evaluate(again)) == repr(plan.report)


def test_the_command_divides_the_tower_and_finds_nothing_amiss(tmp_path):
    district = tower_quarter()
    layers = {"communities": district.communities, "units": district.units}
    source = districts.write(tmp_path / "source", layers)
    rules = tmp_path / "rules.toml"
    rules.write_text(rules_to_toml(quarters.rules("floor")), encoding="utf-8")
    out = tmp_path / "out"

    run = CliRunner().invoke(
        cli, ["partition", str(source), "--rules", str(rules), "-o", str(out), "--format",
               "geojson,shp", "--json", "--progress", "none"],
    )  # fmt: skip

    assert run.exit_code == 0, run.output
    assert json.loads(run.stdout)["breaches"] == []
    assert {"map_micro.png", "plan.gpkg", "geojson", "shp"} <= {p.name for p in out.iterdir()}
    assert CliRunner().invoke(cli, ["evaluate", str(out)]).exit_code == 0
