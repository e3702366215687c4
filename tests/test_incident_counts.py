"""Columns counted from records: sums, periods, kinds, smoothing, and their way into a plan."""

import dataclasses
import tomllib

import districts
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gridpart as gp
from gridpart.incident_counts import count_incidents
from gridpart.incidents import join_incidents
from gridpart.rules import IncidentRule, parse_rules, rules_to_toml
from gridpart.territory import prepare_units

QIXIAN = gp.load_rules("qixian")
(PLAIN, _) = districts.build_district(districts.plain(), "plain")
UNITS = PLAIN.units["unit_id"].tolist()


def recorded(rows):
    """Return the plain district with records of (date, unit, kind, count)."""
    frame = gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=["date", "unit_id", "kind", "count"]).astype({"count": "Int64"}),
        geometry=gpd.GeoSeries([None] * len(rows), crs=PLAIN.crs),
    )
    joined, _ = join_incidents(frame, PLAIN.units)
    return dataclasses.replace(PLAIN, incidents=joined)


def counted(rows, **rule):
    """Return the columns x and x_rate of the units, by their names, and the notes."""
    rules = dataclasses.replace(QIXIAN, incidents=(IncidentRule("x", **rule),))
    district, notes = count_incidents(recorded(rows), rules)
    return district.units.set_index("unit_id")[["x", "x_rate"]], notes


records = st.lists(
    st.tuples(
        st.dates(pd.Timestamp("2024-06-01").date(), pd.Timestamp("2025-05-31").date()).map(str),
        st.sampled_from(UNITS[:6]),
        st.sampled_from(["a", "b"]),
        st.integers(1, 9),
    ),
    min_size=1,
    max_size=30,
)
YEAR = {"since": "2024-06-01", "until": "2025-05-31"}


@given(records)
def test_counts_add_up_to_the_reports(rows):
    table, _ = counted(rows, **YEAR)

    assert table["x"].sum() == sum(n for *_, n in rows)
    assert table["x_rate"].notna().all()


@given(records, st.randoms(use_true_random=False))
def test_the_order_of_records_changes_nothing(rows, draw):
    other = list(rows)
    draw.shuffle(other)

    pd.testing.assert_frame_equal(counted(rows, **YEAR)[0], counted(other, **YEAR)[0])


@given(records, st.sampled_from(UNITS))
def test_a_report_more_never_lowers_the_raw_rate(rows, unit):
    before, _ = counted(rows, **YEAR, smooth=False)
    after, _ = counted([*rows, ("2025-01-01", unit, "a", 1)], **YEAR, smooth=False)

    assert (after["x_rate"] >= before["x_rate"]).all()
    assert after.at[unit, "x_rate"] > before.at[unit, "x_rate"]


@given(records, st.sampled_from([{}, {"a": 1.0, "b": 0.5}, {"a": 3.0, "b": 3.0}]))
def test_a_smoothed_rate_lies_between_the_own_one_and_that_of_all(rows, kinds):
    kinds = kinds if any(kind in kinds for _, _, kind, _ in rows) else {}
    raw, _ = counted(rows, **YEAR, kinds=kinds, smooth=False)
    smooth, _ = counted(rows, **YEAR, kinds=kinds)
    households = PLAIN.units["households"].to_numpy()
    mean = 100 * raw["x"].sum() / households.sum()

    low, high = np.minimum(raw["x_rate"], mean), np.maximum(raw["x_rate"], mean)
    assert (smooth["x_rate"] >= low - 2e-4).all()
    assert (smooth["x_rate"] <= high + 2e-4).all()


def test_rates_are_for_a_hundred_households_and_a_year():
    rows = [("2024-01-01", "U00", "a", 3), ("2025-12-31", "U00", "a", 3)]
    table, _ = counted(rows, since="2024-01-01", until="2025-12-31", smooth=False)

    # U00 has 10 households, and 6 reports in 2 years are 3 a year
    assert table.at["U00", "x"] == pytest.approx(3, abs=0.01)
    assert table.at["U00", "x_rate"] == pytest.approx(30, abs=0.1)


def test_without_a_period_the_last_twelve_months_count():
    rows = [("2024-03-01", "U00", "a", 1), ("2024-03-02", "U01", "a", 1),
            ("2025-03-01", "U02", "a", 1), (None, "U03", "a", 1)]  # fmt: skip
    table, notes = counted(rows)

    assert table["x"][table["x"] > 0].index.tolist() == ["U01", "U02"]
    assert "from 2024-03-02 to 2025-03-01 (1.00 years)" in notes[0].what
    assert "2 reports in 2 of 4 records" in notes[0].what


def test_kinds_count_by_their_weights():
    rows = [("2025-01-01", "U00", "a", 4), ("2025-01-01", "U00", "b", 4),
            ("2025-01-01", "U01", "c", 4)]  # fmt: skip
    table, _ = counted(rows, kinds={"a": 1.0, "b": 0.25})

    assert table["x"][table["x"] > 0].to_dict() == {"U00": 5}


def test_units_without_households_have_a_count_and_no_rate_and_are_named():
    units = PLAIN.units.assign(households=PLAIN.units["households"].where(
        PLAIN.units["unit_id"] != "U00", 0))  # fmt: skip
    district = dataclasses.replace(recorded([("2025-01-01", "U00", "a", 2)]), units=units)
    rules = dataclasses.replace(QIXIAN, incidents=(IncidentRule("x"),))

    district, notes = count_incidents(district, rules)

    row = district.units.set_index("unit_id").loc["U00"]
    assert row["x"] == 2
    assert np.isnan(row["x_rate"])
    assert notes[1].names == ("U00",)
    assert "no households and no rate; 1 of them have reports" in notes[1].what


@pytest.mark.parametrize(
    ("rows", "rule", "told"),
    [
        ([], {}, "no records of incidents"),
        ([(None, "U00", "a", 1)], {}, "has a date"),
        ([("2025-01-01", "U00", "a", 1)], {"kinds": {"aa": 1.0}}, "No incident counts"),
        ([("2025-01-01", "U00", "a", 1)], {"since": "2026-01-01"}, "No incident counts"),
        ([("2025-01-01", "U00", "a", 1)], {"per": "firms"}, "no column 'firms'"),
    ],
)
def test_what_cannot_be_counted_is_refused(rows, rule, told):
    with pytest.raises(gp.DataError, match=told):
        counted(rows, **rule)


RATED = """
[[difficulty.indicator]]
column = "disputes_rate"
min = 0
max = 40
clause = "ours"
label = "assumption"
"""

TABLE = (
    """
extends = "qixian"
id = "mine"
title = "mine"

[[incidents]]
column = "disputes"
kinds = { "纠纷" = 1, "噪音" = 0.5 }
since = 2024-07-01
until = "2025-06-30"
clause = "ours"
label = "assumption"
"""
    + RATED
)


def load(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return gp.load_rules(path)


def test_rules_of_incidents_survive_toml(tmp_path):
    rules = load(tmp_path, TABLE)

    assert rules.incidents == (
        IncidentRule("disputes", {"纠纷": 1.0, "噪音": 0.5}, "2024-07-01", "2025-06-30",
                     clause="ours"),
    )  # fmt: skip
    assert parse_rules(tomllib.loads(rules_to_toml(rules)), "copy") == rules


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("2024-07-01", "2026-07-01", "since 2026-07-01 is after until"),
        ('"2025-06-30"', '"30/6/2025"', "wanted a day"),
        ("1, ", "-1, ", "a table of numbers"),
        ('{ "纠纷" = 1, "噪音" = 0.5 }', '{ "纠纷" = 0 }', "weights of all kinds are 0"),
        ("since", "sinse", "unknown key 'sinse'"),
    ],
)
def test_rules_of_incidents_that_make_no_sense_are_refused(tmp_path, old, new, told):
    with pytest.raises(gp.RulesError, match=told):
        load(tmp_path, TABLE.replace(old, new, 1))


INDICATOR = (
    """
[[incidents]]
column = "disputes"
clause = "ours"
label = "assumption"

[hours]
[[hours.task]]
column = "disputes"
per_month = 0.0833
minutes = 60
clause = "ours"
label = "assumption"

[difficulty]
k_max = 1.6
clause = "ours"
label = "assumption"
"""
    + RATED
)


def own_rules():
    """Return qixian with incidents as its only indicator and task."""
    table = tomllib.loads(rules_to_toml(QIXIAN))
    return parse_rules({**table, **tomllib.loads(INDICATOR)}, "own")


@given(records, st.sampled_from(UNITS))
@settings(max_examples=15)
def test_a_report_more_never_lowers_difficulty_or_hours_of_its_unit(rows, unit):
    rules = own_rules()
    (rule,) = rules.incidents
    rules = dataclasses.replace(rules, incidents=(dataclasses.replace(rule, smooth=False, **YEAR),))
    before, after = (
        prepare_units(district, rules, cut=False)[0].set_index("unit_id")
        for district, _ in (
            count_incidents(recorded(listed), rules)
            for listed in (rows, [*rows, ("2025-01-01", unit, "a", 1)])
        )
    )

    assert (after["difficulty"] >= before["difficulty"]).all()
    assert (after["hours"] >= before["hours"]).all()
    assert after.at[unit, "hours"] > before.at[unit, "hours"]


def test_a_plan_read_back_keeps_the_counts_and_no_record(tmp_path):
    rows = [("2025-01-01", "U00", "纠纷", 2), ("2025-02-01", "U43", "秘密", 1)]
    plan = gp.partition(recorded(rows), own_rules(), stop=0.2)
    gp.write_plan(plan, tmp_path / "plan")

    again = gp.read_plan(tmp_path / "plan")

    assert any(note.kind == "incidents" for note in again.notes)
    assert again.units["disputes"].sum() == 3
    assert again.district.incidents.empty
    assert again.district.units["disputes"].sum() == 3
    assert "秘密".encode() not in (tmp_path / "plan" / "plan.gpkg").read_bytes()
    assert gp.evaluate(again).broken == plan.report.broken
    gp.partition(again.district, own_rules(), stop=0.1)
