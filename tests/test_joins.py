"""Rows go to the unit they name, or to none, and every row and unit is accounted for."""

import geopandas as gpd
import ledgers
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridpart.errors import DataError
from gridpart.findings import has_errors
from gridpart.joins import JOIN_COLUMNS, join_table
from gridpart.sheets import read_sheet


def frame(**columns):
    return pd.DataFrame(columns)


def join(units, table, columns=None, on=("楼栋", "楼号")):
    left, right = ([name] if isinstance(name, str) else name for name in on)
    columns = columns or {"households": "户数"}
    return join_table(units, table, units_on=left, table_on=right, columns=columns, name="台账")


def said(result):
    return "\n".join(map(str, result.findings))


# --- laws ------------------------------------------------------------------------------

names = st.sampled_from(["1栋", "一号楼", "2栋", "2#", "３幢", "3栋", "4", "四座", "9栋", None])
tables = st.lists(st.tuples(names, st.integers(0, 99) | st.none()), min_size=1, max_size=10)


@given(st.lists(names, min_size=1, max_size=6), tables)
def test_every_row_and_every_unit_has_one_status(ours, rows):
    table = frame(楼号=[r[0] for r in rows], 户数=[r[1] for r in rows])

    found = join(frame(楼栋=ours), table).rows

    assert list(found.columns) == list(JOIN_COLUMNS)
    assert list(found["side"]) == ["table"] * len(rows) + ["unit"] * len(ours)
    assert set(found["status"]) <= {"matched", "unmatched", "ambiguous"}


@given(st.lists(names, min_size=1, max_size=6), tables)
def test_what_was_joined_is_the_sum_of_the_rows_that_are_listed_as_matched(ours, rows):
    table = frame(楼号=[r[0] for r in rows], 户数=[r[1] for r in rows])

    result = join(frame(楼栋=ours), table)

    listed = result.rows[result.rows["side"] == "unit"]
    for value, status, match in zip(
        result.frame["households"], listed["status"], listed["match"], strict=True
    ):
        cells = [rows[int(row)][1] for row in match.split(", ") if row]
        if status != "matched" or None in cells:
            assert pd.isna(value)
        else:
            assert value == sum(cells)


@given(st.lists(names, min_size=1, max_size=6), tables, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_value(ours, rows, draw):
    shuffled = draw.sample(rows, len(rows))
    results = [
        join(frame(楼栋=ours), frame(楼号=[r[0] for r in some], 户数=[r[1] for r in some]))
        for some in (rows, shuffled)
    ]

    values = [list(result.frame["households"].astype(object).fillna(-1)) for result in results]

    assert values[0] == values[1]


@given(st.lists(names, min_size=1, max_size=6), tables)
def test_a_unit_without_a_row_has_no_value_and_never_zero(ours, rows):
    table = frame(楼号=[r[0] for r in rows], 户数=[1] * len(rows))

    result = join(frame(楼栋=ours), table)

    listed = result.rows[result.rows["side"] == "unit"]
    unmatched = (listed["status"] != "matched").to_numpy()
    assert (result.frame["households"].isna().to_numpy() == unmatched).all()


# --- cases -----------------------------------------------------------------------------


def test_an_id_is_matched_as_it_stands_before_any_spelling():
    result = join(frame(楼栋=["01", "1", "3栋", "3号楼"]),
                  frame(楼号=["1", "01", "3号楼"], 户数=[5, 6, 7]))  # fmt: skip

    assert result.frame["households"].astype(object).fillna(-1).to_list() == [6, 5, -1, 7]
    assert set(result.rows["by"]) == {"exact", ""}


def test_what_fits_two_units_fits_none_and_both_are_named():
    result = join(frame(楼栋=["3栋", "3号楼", "4栋"]), frame(楼号=["三幢", "4栋"], 户数=[5, 6]))

    assert result.frame["households"].isna().to_list() == [True, True, False]
    assert list(result.rows["status"]) == [
        "ambiguous", "matched", "ambiguous", "ambiguous", "matched",
    ]  # fmt: skip
    assert "三幢 (row 0) may be 3栋 or 3号楼" in said(result)


def test_a_row_that_shares_its_unit_with_a_doubtful_one_is_not_counted_alone():
    table = frame(楼号=["3栋", "三幢"], 户数=[5, 6])

    result = join(frame(楼栋=["3栋", "3号楼"]), table)

    assert result.frame["households"].isna().all()
    assert list(result.rows["status"]) == ["ambiguous"] * 4


def test_bare_numbers_are_buildings_where_the_other_side_names_buildings_only():
    table = frame(楼号=[1, 2], 户数=[5, 6])

    assert join(frame(楼栋=["1栋", "二号楼"]), table).frame["households"].to_list() == [5, 6]
    assert has_errors(join(frame(楼栋=["1栋", "2单元"]), table).findings)


def test_units_are_named_by_several_columns():
    units = frame(小区=["阳光花园", "翠竹苑", "翠竹苑"], 楼栋=["1栋", "1栋", "2栋"])
    table = frame(小区名称=["翠竹苑", "阳光 花园"], 楼号=["1#", "一号楼"], 户数=[7, 8])

    result = join(units, table, on=(["小区", "楼栋"], ["小区名称", "楼号"]))

    assert result.frame["households"].astype(object).fillna(-1).to_list() == [8, 7, -1]
    assert "1 of 3 units have no row in 台账: 翠竹苑 2栋" in said(result)


def test_rows_for_stairwells_are_added_up_and_told_and_floors_are_not():
    table = frame(楼号=["1栋"] * 3, 户数=[12, 10, 8], 层=[6, 7, 6], 梯=[1, 1, 1], 类=["住宅"] * 3)
    columns = {"households": "户数", "floors": "层", "stairwells": "梯", "kind": "类"}

    result = join(frame(楼栋=["1栋"]), table, columns)

    values = result.frame.iloc[0].to_dict()
    assert (values["households"], values["floors"], values["kind"]) == (30, 7, "住宅")
    assert pd.isna(values["stairwells"])
    assert "1 units have several rows in 台账, whose numbers were added up: 1栋 (3)" in said(result)


def test_several_rows_of_which_one_has_no_number_make_no_sum():
    result = join(frame(楼栋=["1栋", "2栋"]), frame(楼号=["1栋", "1栋", "2栋"], 户数=[12, None, 3]))

    assert result.frame["households"].isna().to_list() == [True, False]
    assert "do not make one '户数', and are left without: 1栋" in said(result)


def test_rows_that_repeat_in_everything_are_counted_and_told():
    result = join(frame(楼栋=["1栋"]), frame(楼号=["1栋", "1栋"], 户数=[12, 12]))

    assert result.frame["households"].to_list() == [24]
    assert "2 rows of 台账 repeat another in every column" in said(result)


def test_a_second_table_fills_what_the_first_left_and_must_not_differ():
    units = frame(楼栋=["1栋", "2栋"], households=pd.array([5, None], "Int64"))

    filled = join(units, frame(楼号=["1栋", "2栋"], 户数=[5, 6]))
    differing = join(units, frame(楼号=["1栋", "2栋"], 户数=[4, 6]))

    assert filled.frame["households"].to_list() == [5, 6]
    assert not has_errors(filled.findings)
    assert "1 units have another 'households' in 台账 than before. 1栋 (5 and 4)" in said(differing)
    assert has_errors(differing.findings)


def test_geometry_and_order_of_the_units_stay():
    shapes = [shapely.box(i, 0, i + 1, 1) for i in range(2)]
    units = gpd.GeoDataFrame({"楼栋": ["2栋", "1栋"]}, geometry=shapes, crs=4547, index=[7, 5])

    result = join(units, frame(楼号=["1栋", "2栋"], 户数=[1, 2]))

    assert isinstance(result.frame, gpd.GeoDataFrame)
    assert list(result.frame.index) == [7, 5]
    assert result.frame["households"].to_list() == [2, 1]
    assert result.frame.geometry.to_list() == shapes


def test_nothing_in_common_is_one_error():
    result = join(frame(楼栋=["1栋"]), frame(楼号=["甲"], 户数=[5]))

    assert [f.kind for f in result.findings] == ["error"]
    assert "No row of 台账 fits a unit" in said(result)


@pytest.mark.parametrize(
    ("on", "columns", "message"),
    [
        (("楼幢", "楼号"), {}, r"The units have no column '楼幢'"),
        (("楼栋", "栋"), {}, "台账 has no column '栋'"),
        (("楼栋", "楼号"), {"households": "常住户"}, "台账 has no column '常住户'"),
        ((["楼栋"], ["楼号", "户数"]), {}, "not named by as many columns"),
    ],
)
def test_columns_that_are_not_there_are_refused(on, columns, message):
    with pytest.raises(DataError, match=message):
        join(frame(楼栋=["1栋"]), frame(楼号=["1栋"], 户数=[5]), columns, on)


def test_personal_columns_name_no_units_and_are_not_joined():
    units = frame(楼栋=["1栋"], 户主=["张三"])
    table = frame(楼号=["1栋"], 户主=["张三"], 户数=[5], 记=["13812345678"])

    with pytest.raises(DataError, match=r"'户主' looks personal") as refused:
        join(units, table, on=("户主", "户主"))
    result = join(units, table, {"households": "户数", "note": "记", "head": "户主"})

    assert "张三" not in str(refused.value)
    assert not {"note", "head"} & set(result.frame.columns)
    assert "look personal and were not joined: 记 (telephone numbers), 户主" in said(result)
    assert "138" not in said(result) + result.rows.to_string()


def test_a_ledger_in_excel_is_joined_as_it_stands(tmp_path):
    sheet = read_sheet(ledgers.ledger(tmp_path / "台账.xlsx"))
    units = frame(小区=["阳光花园", "阳光花园", "翠竹苑"], 楼栋=["1栋", "2栋", "3栋"])

    result = join(units, sheet.frame, {"households": "户数_常住"},
                  on=(["小区", "楼栋"], ["小区", "楼栋号"]))  # fmt: skip

    assert result.frame["households"].to_list() == [26, 1020, 30]
    assert list(result.rows["row"][:4]) == ["5", "6", "7", "10"]
