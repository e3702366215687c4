"""A plan drawn anew from the one in force: codes, moves, stability, and grids that stay."""

from dataclasses import replace

import districts
import numpy as np
import pandas as pd
import plans
import pytest
from click.testing import CliRunner
from gridpart_cli.main import cli

import gridpart as gp
from gridpart import export
from gridpart.in_force import in_force_of, read_in_force
from gridpart.report import summary_text

RULES = gp.load_rules("qixian")


def town(factor=2, **changes):
    """Return a district of 32 units; `changes` are households by unit."""
    layers = districts.full()
    units = layers["units"]
    units["households"] = units["households"] * factor
    for unit, homes in changes.items():
        units.loc[units["unit_id"] == unit, "households"] = homes
    district, findings = districts.build_district(layers, "town")
    assert district is not None, findings
    return district


@pytest.fixture(scope="module")
def plan():
    return gp.partition(town(), RULES, seed=0)


@pytest.fixture(scope="module")
def old(plan):
    return in_force_of(plan, "old")


def stable(weight):
    return replace(RULES, weights=replace(RULES.weights, stability=weight))


def members(plan, level, code):
    return set(plan.units.loc[plan.units[f"{level}_code"] == code, "unit_id"])


def test_the_same_plan_again_keeps_every_code_and_moves_nobody(plan, old):
    again = gp.partition(town(), RULES, seed=0, previous=old)

    pd.testing.assert_frame_equal(again.units, plan.units)
    pd.testing.assert_frame_equal(again.codes, plan.codes)
    assert again.tables["moves"].empty
    assert again.meta["previous"] == "old"


@pytest.mark.parametrize("seed", [1, 2])
def test_codes_are_unique_and_none_retired_comes_back(plan, old, seed):
    second = gp.partition(town(factor=1), RULES, seed=seed, previous=old)
    third = gp.partition(town(factor=3), RULES, seed=seed, previous=in_force_of(second, "second"))

    gone = set(second.codes.loc[second.codes["status"] == "retired", "code"])
    assert gone
    assert any("will not be given again" in str(note) for note in second.notes)
    for own in (second, third):
        every = pd.concat([own.grids(level)["grid_code"] for level in (*own.levels, "exclusive")])
        assert every.is_unique
        assert not set(every) & gone
        assert not any(b.rule == "codes" for b in own.report.breaches)
    assert gone <= set(third.codes.loc[third.codes["status"] == "retired", "code"])
    first = second.codes.set_index("code")["retired_in"]
    later = third.codes.set_index("code")["retired_in"]
    assert later[sorted(gone)].equals(first[sorted(gone)])


def test_a_grid_keeps_the_code_of_the_old_one_with_most_households_in_common(plan, old):
    new = gp.partition(town(), RULES, seed=3, previous=old)

    table = new.units.assign(old=plan.units["micro_code"])
    shared = table.groupby(["old", "micro_code"])["households"].sum()
    most = shared.idxmax()
    assert most[0] == most[1]
    listed = new.tables["moves"].query("level == 'micro'")
    moved = table["old"] != table["micro_code"]
    assert set(listed["unit_id"]) == set(table.loc[moved, "unit_id"])
    changes = new.tables["changes"].set_index("level")
    assert changes.loc["micro", "moved"] == table.loc[moved, "households"].sum()


def test_the_spread_of_the_plan_in_force_stands_beside_the_new_one(plan, old):
    new = gp.partition(town(), RULES, seed=3, previous=old)

    row = new.tables["changes"].set_index("level").loc["micro"]
    before, after = (p.grids("micro")["workload"] for p in (plan, new))
    assert row["cv_before"] == pytest.approx(before.std(ddof=0) / before.mean(), abs=1e-6)
    assert row["cv_after"] == pytest.approx(after.std(ddof=0) / after.mean(), abs=1e-6)
    told = summary_text(new, "en")
    assert f"load CV {row['cv_before']:.3f} before, {row['cv_after']:.3f} now" in told


def test_stability_moves_fewer_and_keeps_what_is_in_range(plan, old):
    moved = [
        gp.partition(town(), stable(weight), seed=3, previous=old)
        .tables["changes"].set_index("level").loc["micro", "moved"]
        for weight in (0.0, 5.0)
    ]  # fmt: skip

    assert moved[0] > 0
    assert moved[1] == 0


@pytest.mark.parametrize("seed", [1, 2])
def test_kept_grids_stay_unit_for_unit_with_all_that_is_in_them(plan, old, seed):
    code = plan.grids("micro").query("community_id == 'C1'")["grid_code"].iloc[2]

    new = gp.partition(town(U00=60), RULES, seed=seed, previous=old, keep=[code])

    assert members(new, "micro", code) == members(plan, "micro", code)
    parent = code[:-2]
    assert members(new, "general", parent) == members(plan, "general", parent)
    assert set(new.meta["kept"].split(", ")) == {code, parent}


def test_a_kept_general_grid_keeps_its_micro_grids(plan, old):
    code = plan.grids("general").query("community_id == 'C1'")["grid_code"].iloc[0]

    new = gp.partition(town(), RULES, seed=5, previous=old, keep=[code])

    inside = plan.units["general_code"] == code
    assert new.units.loc[inside, "micro_code"].equals(plan.units.loc[inside, "micro_code"])


def test_a_kept_grid_out_of_range_is_proven_because_locks_go_first(plan, old):
    code = plan.grids("micro").query("community_id == 'C1'")["grid_code"].iloc[0]
    unit = min(members(plan, "micro", code))
    assert len(members(plan, "micro", code)) > 1

    new = gp.partition(town(**{unit: 99}), RULES, seed=0, previous=old, keep=[code])

    (breach,) = [b for b in new.report.breaches if b.grid == code and b.rule == "range"]
    assert breach.value > 100
    assert breach.proven
    assert "kept unit for unit by wish" in breach.message
    assert gp.evaluate(new) == new.report or repr(gp.evaluate(new)) == repr(new.report)


def test_where_the_range_goes_first_keeping_excuses_nothing(plan, old):
    order = ("nesting", "contiguity", "whole_units", "range", "locks", "radius")
    rules = replace(RULES, priority=dict.fromkeys(("urban", "rural"), order))
    code = plan.grids("micro").query("community_id == 'C1'")["grid_code"].iloc[0]
    unit = min(members(plan, "micro", code))

    new = gp.partition(town(**{unit: 99}), rules, seed=0, previous=old, keep=[code])

    (breach,) = [b for b in new.report.breaches if b.grid == code and b.rule == "range"]
    assert not breach.proven


def test_units_that_are_gone_are_said_and_the_rest_stays(plan, old):
    code = next(
        c for c in plan.grids("micro")["grid_code"] if len(members(plan, "micro", c)) > 1
    )  # fmt: skip
    gone, *rest = sorted(members(plan, "micro", code))
    district = town()
    units = district.units[district.units["unit_id"] != gone].reset_index(drop=True)

    new = gp.partition(replace(district, units=units), RULES, seed=0, previous=old, keep=[code])

    assert members(new, "micro", code) == set(rest)
    assert any(code in note.names and gone in note.names for note in new.notes)
    assert any(f"no longer in the district (old): {gone}" in str(note) for note in new.notes)


def test_a_new_unit_among_kept_grids_joins_one_of_them(plan):
    everything = plan.grids("overall")["grid_code"].to_list()
    partial = in_force_of(plan, "old")
    partial = replace(partial, codes=partial.codes.drop("U22"))

    new = gp.partition(town(), RULES, seed=0, previous=partial, keep=everything)

    assert len(new.grids("micro")) == len(set(partial.codes["micro"]))
    assert any("U22 is new" in str(note) for note in new.notes)
    assert any("1 units are new since (old): U22" in str(note) for note in new.notes)
    assert any(note.kind == "kept" for note in new.notes)


@pytest.mark.parametrize("code", ["C1001999", "nothing"])
def test_a_code_that_is_not_in_force_is_refused(old, code):
    with pytest.raises(gp.DataError, match="1 codes to keep are not in force"):
        gp.partition(town(), RULES, previous=old, keep=[code])


def test_nothing_can_be_kept_without_a_plan_in_force():
    with pytest.raises(gp.DataError, match="no plan in force"):
        gp.partition(town(), RULES, keep=["C1001"])


@pytest.fixture
def no_maps(monkeypatch):
    monkeypatch.setattr(export, "draw_level", plans.no_map)


def test_what_is_in_force_may_be_a_plan_a_table_or_outlines(plan, old, no_maps, tmp_path):
    gp.write_plan(plan, tmp_path / "plan")
    table = plan.units[["unit_id", "general_code", "micro_code"]]
    table.to_csv(tmp_path / "labels.csv", index=False, encoding="utf-8-sig")
    outlines = pd.concat([plan.grids("general"), plan.grids("micro")])
    outlines[["level", "grid_code", "geometry"]].to_file(tmp_path / "grids.geojson")

    for name in ("plan", "plan/plan.gpkg", "labels.csv", "grids.geojson"):
        read = read_in_force(tmp_path / name, plan.district, RULES)
        for level in ("general", "micro"):
            given = old.codes[level][read.codes.index]
            assert (read.codes[level] == given).mean() > 0.95, name
    assert read_in_force(tmp_path / "plan", plan.district, RULES).taken == old.taken


def test_what_holds_no_grids_in_force_is_refused(plan, tmp_path):
    (tmp_path / "labels.csv").write_text("unit_id,grid\nU00,A\n", encoding="utf-8")

    with pytest.raises(gp.DataError, match="holds no grids in force"):
        read_in_force(tmp_path / "labels.csv", plan.district, RULES)


def test_the_command_keeps_codes_and_lists_moves(plan, no_maps, tmp_path):
    source = districts.write(tmp_path / "in", {
        **districts.full(),
        "units": districts.units().assign(households=lambda f: f["households"] * 2),
    })  # fmt: skip
    gp.write_plan(plan, tmp_path / "plan")
    code = plan.grids("micro")["grid_code"].iloc[0]
    (tmp_path / "keep.txt").write_text(f"{code}\n\n", encoding="utf-8")
    common = ["partition", str(source), "--rules", "qixian", "--seed", "4", "--lang", "en",
              "--progress", "none"]  # fmt: skip

    told = ["--previous", tmp_path / "plan", "--keep", tmp_path / "keep.txt"]
    result = CliRunner().invoke(cli, [*common, *map(str, told), "-o", str(tmp_path / "new")])
    alone = CliRunner().invoke(cli, [*common, "--keep", code, "-o", str(tmp_path / "other")])

    assert result.exit_code in (0, 3), result.output
    assert "households" in result.stdout
    assert "change their micro grid" in result.stdout
    assert (tmp_path / "new" / "moves.csv").is_file()
    assert members(gp.read_plan(tmp_path / "new"), "micro", code) == members(plan, "micro", code)
    assert alone.exit_code == 2
    assert np.isin(["moves", "changes"], list(gp.read_plan(tmp_path / "new").tables)).all()


def test_a_template_too_narrow_is_said_before_the_search(monkeypatch):
    from gridpart import pipeline

    codes = {level: text.replace("3}", "1}").replace("2}", "1}")
             for level, text in RULES.codes.templates.items()}  # fmt: skip
    tiny = replace(RULES.levels[2].ranges[0], min=1.0, max=6.0, target=None)
    levels = (*RULES.levels[:2], replace(RULES.levels[2], ranges=(tiny,)))
    rules = replace(RULES, levels=levels, rural_levels=levels,
                    codes=replace(RULES.codes, templates=codes, exclusive_from=8))  # fmt: skip
    monkeypatch.setattr(pipeline, "divide", None)

    with pytest.raises(gp.RulesError, match=r"(?s)'micro' is too narrow for East.*at least 91"):
        gp.partition(town(), rules)
