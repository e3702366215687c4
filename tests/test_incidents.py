"""Every record of an incident meets one unit or is told, and nothing personal comes along."""

import datetime

import districts
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import gridpart as gp
from gridpart.days import read_day
from gridpart.incidents import join_incidents
from gridpart.io import check_district


@given(st.dates(datetime.date(1960, 1, 1), datetime.date(2100, 1, 1)))
def test_a_day_is_read_from_each_way_to_write_it(day):
    serial = (day - datetime.date(1899, 12, 30)).days
    written = [
        day.isoformat(), f"{day.year}-{day.month}-{day.day}", f"{day.year}/{day:%m/%d} 08:30",
        f"{day.year}年{day.month}月{day.day}日", day.strftime("%Y%m%d"),
        int(day.strftime("%Y%m%d")), serial, serial + 0.25, pd.Timestamp(day), f"{day}T23:59:59",
    ]  # fmt: skip

    assert {read_day(value) for value in written} == {day.isoformat()}


@pytest.mark.parametrize("value", ["", "3/4/2025", "2025-13-01", "约三月", 20251399, None, pd.NaT])
def test_what_is_no_day_is_not_guessed(value):
    assert read_day(value) is None


def write_records(folder, text, encoding="utf-8"):
    """Write the plain district and a table of incidents beside it."""
    districts.write(folder, districts.plain())
    (folder / "incidents.csv").write_bytes(text.encode(encoding))
    return folder


RECORDS = """date,unit_id,kind,count,姓名,电话,备注
2025-3-1,U00,纠纷,1,张三丰,13812345678,来电
2025/03/02,U00,噪音,2,李四光,13912345678,
20250303,U99,纠纷,,王五,13712345678,
不详,U73,纠纷,1,赵六,13612345678,
2025-03-05,,噪音,1,钱七,13512345678,
"""


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig"])
def test_records_of_a_csv_file_are_joined_by_unit_and_told(tmp_path, encoding):
    district = gp.read_district(write_records(tmp_path, RECORDS, encoding))
    notes = " ".join(note.what for note in district.notes)

    joined = district.incidents.dropna(subset=["unit_id"])
    assert sorted(zip(joined["unit_id"], joined["kind"], joined["count"], strict=True)) == [
        ("U00", "噪音", 2), ("U00", "纠纷", 1), ("U73", "纠纷", 1),
    ]  # fmt: skip
    assert "3 of 5 incidents were joined to units: 3 by unit_id." in notes
    assert "2 of 5 incidents (2 reports) met no unit" in notes
    assert "no unit 'U99' and no point, no unit_id and no point" in notes
    assert "no readable date" in notes
    assert "不详" in notes


def test_nothing_personal_of_a_record_is_kept(tmp_path):
    district = gp.read_district(write_records(tmp_path, RECORDS))

    kept = district.incidents.to_csv() + "".join(map(str, district.notes))
    assert not any(secret in kept for secret in ("张三丰", "13812345678", "来电"))
    assert set(district.incidents) == {"date", "unit_id", "kind", "count", "joined", "geometry"}


def test_points_go_to_their_unit_or_to_a_near_one(tmp_path):
    rows = [
        {"date": "2025-01-01", "geometry": districts.place(0.5, 0.5)},
        {"date": "2025-01-02", "geometry": districts.place(-0.4, 0.5)},
        {"date": "2025-01-03", "geometry": districts.place(-0.6, 0.5)},
        {"date": "2025-01-04", "geometry": shapely.Point(0, 0)},
    ]
    folder = districts.write(tmp_path, {**districts.plain(), "incidents": districts.table(rows)})

    found = gp.read_district(folder).incidents.sort_values("date")

    assert found["unit_id"].fillna("").tolist() == ["U00", "U00", "", ""]
    assert found["joined"].fillna("").tolist() == ["point", "near", "", ""]


def test_a_name_in_another_spelling_is_the_unit(tmp_path):
    layers = districts.plain()
    layers["units"]["name"] = [f"阳光花园{n}号楼" for n in range(32)]
    folder = districts.write(tmp_path, layers)
    (folder / "incidents.csv").write_text("date,unit_id\n2025-1-1,阳光花园三栋\n", "utf-8")

    (row,) = gp.read_district(folder).incidents.itertuples()

    assert (row.unit_id, row.joined) == ("U03", "name")


def test_records_that_all_meet_no_unit_are_refused(tmp_path):
    folder = write_records(tmp_path, "date,unit_id\n2025-1-1,X1\n")

    (error,) = [f for f in check_district(folder) if f.kind == "error"]

    assert "1 of 1 incidents (1 reports) met no unit" in error.what
    assert "unit_id" in error.fix


records = st.lists(
    st.tuples(
        st.sampled_from([None, "U00", "U11", "U73", "nowhere"]),
        st.one_of(st.none(), st.tuples(st.floats(-2, 10), st.floats(-2, 6))),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=12,
)


@given(records, st.randoms(use_true_random=False))
def test_each_record_is_joined_or_told_whatever_their_order(rows, draw):
    order = list(range(len(rows)))
    draw.shuffle(order)

    joined, findings = join(rows)
    shuffled, _ = join([rows[i] for i in order])

    met = joined["unit_id"].notna()
    told = sum(int(f.what.split()[0]) for f in findings)
    assert told == len(rows)
    assert joined.loc[met, "unit_id"].isin(districts.units()["unit_id"]).all()
    assert shuffled["unit_id"].tolist() == joined["unit_id"].iloc[order].tolist()
    assert joined["count"].sum() == sum(n for *_, n in rows)


def join(rows):
    """Return the records of (unit, place, count) joined to the plain units."""
    points = [None if at is None else districts.place(*at) for _, at, _ in rows]
    frame = gpd.GeoDataFrame(
        {
            "date": ["2025-01-01"] * len(rows),
            "unit_id": pd.Series([unit for unit, *_ in rows], dtype=object),
            "kind": [None] * len(rows),
            "count": np.array([n for *_, n in rows]),
        },
        geometry=gpd.GeoSeries(points, crs=districts.CRS),
    )
    return join_incidents(frame, districts.units())
