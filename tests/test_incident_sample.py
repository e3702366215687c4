"""The sample of a year of reports, end to end: joined, counted, weighed, and never in the way."""

import runpy
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from gridpart_cli.main import cli
from samples import SAMPLES

import gridpart as gp
from gridpart.candidates import look_into
from gridpart.incident_counts import count_incidents
from gridpart.initial import propose

RECORDS = SAMPLES / "hankou" / "records" / "incidents_2025.csv"
KINDS = {"邻里纠纷": 1, "噪声扰民": 0.5, "安全隐患": 1}
MOST = 5
YEARS = 426 / 365.25
"""From the first of November 2024 to the end of 2025."""

RULES = """
extends = "qixian"
id = "reports"
title = "Reports as indicator, load and range"
load = "reports"

[[level]]
id = "general"

[level.measures.reports]
max = 5
hard = false
clause = "made up for this test"
label = "assumption"

[[difficulty.indicator]]
column = "reports_rate"
min = 0
max = 20
weight = 1
clause = "made up for this test"
label = "assumption"

[[incidents]]
column = "reports"
kinds = { "邻里纠纷" = 1, "噪声扰民" = 0.5, "安全隐患" = 1 }
since = "2024-11-01"
until = "2025-12-31"
clause = "made up for this test"
label = "assumption"
"""


@cache
def reported():
    """Return the whole sample with its records."""
    return gp.read_district(SAMPLES / "hankou", layers={"incidents": RECORDS}, crs="EPSG:4326")


@cache
def some(with_records=True):
    """Return three communities of the sample."""
    district = reported() if with_records else gp.read_district(SAMPLES / "hankou")
    return only(district, 5, 6, 11)


def only(district, *rows):
    """Return a district with some of its communities."""
    communities = district.communities.iloc[list(rows)].reset_index(drop=True)
    own = district.units["community_id"].isin(communities["community_id"])
    units = district.units[own].reset_index(drop=True)
    return replace(district, communities=communities, units=units)


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    path = tmp_path_factory.mktemp("rules") / "reports.toml"
    path.write_text(RULES, encoding="utf-8")
    return gp.load_rules(path)


def test_the_sample_is_what_its_script_draws():
    script = runpy.run_path(str(SAMPLES / "hankou" / "build_incidents.py"))
    rows = script["draw_records"](gp.read_district(SAMPLES / "hankou").units)

    text = RECORDS.read_text(encoding="gbk").splitlines()
    assert text[0] == ",".join(script["HEADER"])
    assert text[1:] == [",".join(map(str, row)) for row in rows]


def test_columns_are_taken_by_chinese_names_and_every_record_is_joined_or_told():
    district = reported()
    notes = "\n".join(note.what for note in district.notes)

    assert "日期 (date), 楼栋 (unit_id), 类别 (kind), 件数 (count)" in notes
    assert "560 of 600 incidents were joined to units: 195 by unit_id, 121 by the name" in notes
    assert "40 of 600 incidents (66 reports) met no unit" in notes
    assert "星河湾" in notes
    assert district.incidents["unit_id"].notna().sum() == 560
    assert set(district.incidents["date"].str[:4]) == {"2025"}


def test_declared_columns_are_not_guessed(tmp_path):
    manifest = tmp_path / "district.toml"
    manifest.write_text(
        f"""
crs = "EPSG:4326"
[incidents]
path = "{RECORDS.as_posix()}"
columns = {{ date = "日期", unit_id = "楼栋" }}
""",
        encoding="utf-8",
    )
    told = (
        CliRunner().invoke(cli, ["check", str(manifest), *_layers("units", "communities")]).output
    )

    assert "taken by their names" not in told
    assert "类别, 件数" in told  # left out, as nobody declared them


def test_init_proposes_the_records_that_lie_somewhere_or_name_a_unit():
    proposal = propose(look_into(SAMPLES / "hankou"), "hankou", {})
    draft = proposal.layers["incidents"]

    assert {c: g.value for c, g in draft.recognized.columns.items()} == {
        "date": "日期", "unit_id": "楼栋", "kind": "类别", "count": "件数",
    }  # fmt: skip
    assert (draft.keys["x"].value, draft.keys["crs"].value) == ("经度", "EPSG:4490")
    assert len(draft.candidate.frame) < len(draft.candidate.table("incidents")) == 600


def _layers(*names):
    path = str(SAMPLES / "hankou" / "district.gpkg")
    return [word for name in names for word in (f"--{name}", path)]


def test_a_preset_without_incidents_divides_as_if_there_were_no_records():
    with_them, without = (
        gp.partition(some(with_records), gp.load_rules("qixian")) for with_records in (True, False)
    )

    pd.testing.assert_frame_equal(with_them.units, without.units)
    assert list(with_them.report.breaches) == list(without.report.breaches)
    assert not any(note.kind == "incidents" for note in with_them.notes)


def test_reports_are_indicator_load_and_range_at_once(rules):
    district = some()

    plan = gp.partition(district, rules)

    joined = district.incidents[district.incidents["unit_id"].isin(district.units["unit_id"])]
    weighed = joined["count"] * joined["kind"].map(KINDS).fillna(0)
    assert plan.units["reports"].sum() == pytest.approx(weighed.sum() / YEARS, abs=0.01)
    assert plan.units["workload"].sum() == pytest.approx(plan.units["reports"].sum())
    assert all(check.ok for check in plan.report.checks)
    assert {r.measure for r in plan.rules.levels_for("urban")[1].ranges} >= {"reports"}
    general = plan.layers["general"]
    over = general[general["reports"] > MOST]["grid_code"]
    assert len(over)
    told = {b.grid for b in plan.report.breaches if b.measure == "reports"}
    assert told == set(over)


def test_rules_that_count_incidents_are_refused_without_records(rules):
    with pytest.raises(gp.DataError, match="no records of incidents"):
        gp.partition(some(with_records=False), rules)


def test_incidents_are_counted_once_a_plan(rules, monkeypatch):
    calls = []

    def counted(*given):
        calls.append(given)
        return count_incidents(*given)

    importing = [
        file.stem
        for file in Path(gp.__file__).parent.glob("*.py")
        if "import count_incidents" in file.read_text(encoding="utf-8")
    ]
    assert {"pipeline", "evaluation"} <= set(importing)
    for name in importing:
        monkeypatch.setattr(import_module(f"gridpart.{name}"), "count_incidents", counted)
    district = only(reported(), 9)

    plan = gp.partition(district, rules)
    assert len(calls) == 1

    gp.evaluate(plan)
    assert len(calls) == 1  # the units of a plan have them

    gp.evaluate(plan.grids("general"), district=district, rules=rules, level="general")
    assert len(calls) == 2
