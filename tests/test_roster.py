"""A roster is read as planners keep it, and nothing of a person but the code survives."""

import pandas as pd
import pytest

from gridpart.errors import DataError
from gridpart.roster import read_roster

ROWS = {
    "工号": ["W02", "W01"], "居住楼栋": ["U00", None], "社区": [None, "C2"],
    "技能": ["英语、手语", None], "岗位": ["网格长;full_timer", None], "可任网格数": [2, None],
}  # fmt: skip


def roster(folder, name="staff.csv", **changes):
    """Write the rows with some columns changed, and read them."""
    table = pd.DataFrame({**ROWS, **changes})
    path = folder / name
    if path.suffix == ".xlsx":
        table.to_excel(path, index=False)
    else:
        table.to_csv(path, index=False, encoding="gb18030")
    return read_roster(path)


@pytest.mark.parametrize("name", ["staff.csv", "staff.xlsx"])
def test_persons_are_in_order_of_their_codes(tmp_path, name):
    first, second = roster(tmp_path, name).persons

    assert (first.code, first.community, first.capacity, first.posts) == ("W01", "C2", 1, ())
    assert (second.code, second.home_unit, second.capacity) == ("W02", "U00", 2)
    assert second.skills == {"英语", "手语"}
    assert second.posts == ("网格长", "full_timer")


def test_points_are_homes_and_places_off_the_earth_are_none(tmp_path):
    found = roster(tmp_path, 经度=[114.3, 200], 纬度=[30.6, 10])

    assert [p.point for p in found.persons] == [None, (114.3, 30.6)]


def test_names_and_other_columns_are_left_out_and_told(tmp_path):
    found = roster(tmp_path, 姓名=["张三", "李四"], 备注栏=["a", "b"])

    told = [str(note) for note in found.notes]
    assert any("personal" in text and "姓名" in text for text in told)
    assert any("no use" in text and "备注栏" in text for text in told)
    assert "张三" not in "".join([*told, repr(found)])


def test_a_person_twice_is_refused_by_code(tmp_path):
    with pytest.raises(DataError, match="more than once") as error:
        roster(tmp_path, 工号=["W07", "W07"])

    assert error.value.found == "W07"


@pytest.mark.parametrize("code", ["张三", "13812345678", "11010519491231002X", "Zhang San"])
def test_codes_that_look_like_persons_are_refused_and_not_shown(tmp_path, code):
    with pytest.raises(DataError, match="looks like a name or a number") as error:
        roster(tmp_path, 工号=["W01", code])

    assert code not in str(error.value)
    assert error.value.found == "rows 3"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"工号": ["W01", None]}, "have no code"),
        ({"可任网格数": [0, 1]}, "capacity"),
        ({"可任网格数": [1.5, 1]}, "capacity"),
        ({"技能": ["手语 13812345678", None]}, "looks personal"),
    ],
)
def test_cells_that_cannot_be_are_refused(tmp_path, changes, fault):
    with pytest.raises(DataError, match=fault) as error:
        roster(tmp_path, **changes)

    assert "13812345678" not in str(error.value)


def test_a_table_without_codes_is_refused(tmp_path):
    path = tmp_path / "staff.csv"
    path.write_text("楼栋号,岗位\nU00,网格长\n", encoding="utf-8")

    with pytest.raises(DataError, match="no column with the codes"):
        read_roster(path)
