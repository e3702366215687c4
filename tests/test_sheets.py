"""A table says the same whatever a planner puts around it, and nothing is done in silence."""

import codecs
import contextlib
import csv
import io
import shutil
import zipfile
from pathlib import Path

import ledgers
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from gridpart.errors import DataError
from gridpart.sheets import SHEETS, read_sheet, sheet_names

OLD = Path(__file__).parent / "data" / "ledger.xls"
"""A merged title, a header and two rows, as Excel 97 stores them."""


def said(table):
    return "\n".join(map(str, table.findings))


# --- a ledger with everything at once --------------------------------------------------


def test_a_ledger_with_everything_becomes_one_plain_table(tmp_path):
    table = read_sheet(ledgers.ledger(tmp_path / "台账.xlsx"))

    assert list(table.frame.columns) == [
        "序号", "小区", "楼栋号", "单元", "户数_常住", "户数_流动", "备注"
    ]  # fmt: skip
    assert table.header == (3, 4)
    assert list(table.frame.index) == [5, 6, 7, 10]
    assert list(table.frame["小区"]) == ["阳光花园", "阳光花园", "阳光花园", "翠竹苑"]
    assert list(table.frame["楼栋号"]) == ["1栋", "1栋", "2号楼", "三幢"]
    assert list(table.frame["户数_常住"]) == [12, 14, 1020, 30]
    assert list(table.frame["户数_流动"]) == [3, 2, 0, 4]


def test_everything_done_to_a_ledger_is_told(tmp_path):
    text = said(read_sheet(ledgers.ledger(tmp_path / "台账.xlsx")))

    assert "Rows above the header were left out: 1, 2" in text
    assert "joined from the rows of the header: 3, 4" in text
    assert "3 rows with totals were left out: row 8 (小计), row 11 (小计), row 12 (合计)" in text
    assert "differ" not in text
    assert "Blank rows were left out: 9" in text
    assert "Notes below the table were left out: 13" in text
    assert "filled down: 小区 (1 cells), 楼栋号 (1 cells)" in text
    assert "Numbers kept as text were read as numbers in: 户数_常住, 户数_流动" in text


def test_a_csv_export_of_the_ledger_reads_alike_but_for_merged_cells(tmp_path):
    lines = [",".join("" if c is None else f'"{c}"' for c in row) for row in ledgers.LEDGER]

    table = read_sheet(ledgers.text(tmp_path / "台账.csv", lines, "gb18030"))

    book = read_sheet(ledgers.ledger(tmp_path / "台账.xlsx"))
    whole = ["序号", "单元", "户数_常住", "户数_流动", "备注"]
    assert_frame_equal(table.frame[whole], book.frame[whole])
    assert table.header == (3, 4)
    assert table.frame["小区"].isna().sum() == 2


@given(
    counts=st.lists(st.integers(0, 99), min_size=1, max_size=8),
    titles=st.integers(0, 2),
    totals=st.booleans(),
    notes=st.booleans(),
    blanks=st.booleans(),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_stands_around_a_table_changes_no_value(
    tmp_path, counts, titles, totals, notes, blanks
):
    data = [[f"{i + 1}栋", "住宅", count] for i, count in enumerate(counts)]
    rows = [["某街道台账"]] * titles + [["楼栋", "类型", "户数"]]
    for row in data:
        rows += [row, []] if blanks else [row]
    rows += [["合计", None, sum(counts)]] * totals + [["注：年底数据"]] * notes

    plain = read_sheet(ledgers.book(tmp_path / "a.xlsx", [["楼栋", "类型", "户数"], *data]))
    table = read_sheet(ledgers.book(tmp_path / "b.xlsx", rows))

    assert_frame_equal(table.frame.reset_index(drop=True), plain.frame.reset_index(drop=True))
    assert "differ" not in said(table)


# --- header ----------------------------------------------------------------------------


def test_header_rows_can_be_named(tmp_path):
    rows = [["a", "b"], ["楼栋", "户数"], ["1栋", 5]]
    path = ledgers.book(tmp_path / "t.xlsx", rows)

    assert list(read_sheet(path).frame.columns) == ["a", "b"]
    assert read_sheet(path, header=2).frame["户数"].to_dict() == {3: 5}
    assert list(read_sheet(path, header=[1, 2]).frame.columns) == ["a_楼栋", "b_户数"]


@pytest.mark.parametrize("header", [9, [1, 9], []])
def test_a_header_row_that_is_not_there_is_refused(tmp_path, header):
    path = ledgers.book(tmp_path / "t.xlsx", [["a", "b"], [1, 2]])

    with pytest.raises(DataError, match=r"t\.xlsx has no row"):
        read_sheet(path, header=header)


def test_a_table_of_numbers_alone_has_no_header(tmp_path):
    with pytest.raises(DataError, match=r"No row of t\.csv names its columns"):
        read_sheet(ledgers.text(tmp_path / "t.csv", ["1,2", "3,4"]))


def test_a_table_of_text_alone_keeps_its_first_row_of_data(tmp_path):
    table = read_sheet(ledgers.text(tmp_path / "t.csv", ["小区,楼栋", "阳光,1栋", "翠竹,2栋"]))

    assert list(table.frame["小区"]) == ["阳光", "翠竹"]


def test_spaces_and_line_breaks_inside_names_are_closed(tmp_path):
    path = ledgers.book(tmp_path / "t.xlsx", [["户  数\n（户）", "unit  id"], [1, "a"]])

    assert list(read_sheet(path).frame.columns) == ["户数（户）", "unit id"]


def test_names_that_repeat_or_lack_are_told(tmp_path):
    path = ledgers.book(tmp_path / "t.xlsx", [["户数", "户数", None, "楼栋"], [1, 2, 3, "x"]])

    table = read_sheet(path)

    assert list(table.frame.columns) == ["户数", "户数_2", "column_C", "楼栋"]
    assert "got a number: 户数_2" in said(table)
    assert "go by their letter: column_C" in said(table)


# --- merged cells, totals, notes -------------------------------------------------------


def test_a_number_that_adds_up_is_not_repeated_down_a_merged_cell(tmp_path):
    rows = [["楼栋号", "单元", "户数"], [3, "1", 40], [None, "2", None], [4, "1", 8]]
    path = ledgers.book(tmp_path / "t.xlsx", rows, merged=["A2:A3", "C2:C3"])

    table = read_sheet(path)

    assert list(table.frame["楼栋号"]) == [3, 3, 4]
    assert table.frame["户数"].sum() == 48
    assert table.frame["户数"].isna().sum() == 1
    assert "first row only, the other rows have none: 户数 (1 cells)" in said(table)


def test_a_total_that_is_not_the_sum_is_told(tmp_path):
    rows = [["楼栋", "户数"], ["1栋", 5], ["2栋", 6], ["合计", 12]]

    table = read_sheet(ledgers.book(tmp_path / "t.xlsx", rows))

    assert "row 4 says 12, its rows add up to 11" in said(table)
    assert table.frame["户数"].sum() == 11


def test_a_total_may_stand_on_top(tmp_path):
    rows = [["楼栋", "户数"], ["总计", 11], ["1栋", 5], ["2栋", 6]]

    table = read_sheet(ledgers.book(tmp_path / "t.xlsx", rows))

    assert table.frame["户数"].sum() == 11
    assert "differ" not in said(table)


@pytest.mark.parametrize(
    "word", ["小计", "合 计", "栖贤社区小计", "总计：", "Total", "Grand total"]
)
def test_rows_of_totals_are_known_by_their_word(tmp_path, word):
    rows = [["楼栋", "户数"], ["1栋", 5], [word, 5]]

    assert len(read_sheet(ledgers.book(tmp_path / "t.xlsx", rows)).frame) == 1


def test_findings_repeat_nothing_from_a_row(tmp_path):
    rows = [["张三台账"], ["楼栋", "户主", "户数"], ["1栋", "李四", "１"], ["李四小计", None, 2]]
    rows += [["填表人：王五 13812345678"]]

    text = said(read_sheet(ledgers.book(tmp_path / "t.xlsx", rows, merged=["A1:C1"])))

    assert not any(secret in text for secret in ("张三", "李四", "王五", "138"))


# --- values ----------------------------------------------------------------------------


def test_ids_stay_text(tmp_path):
    lines = ["编码,楼号,代码", "0012,1,510105001001000123", "0103,2,510105001001000124"]

    frame = read_sheet(ledgers.text(tmp_path / "t.csv", lines)).frame

    assert list(frame["编码"]) == ["0012", "0103"]
    assert list(frame["楼号"]) == [1, 2]
    assert frame["代码"].iloc[0] == "510105001001000123"


def test_codes_that_excel_has_rounded_are_empty_and_told(tmp_path):
    rows = [["编码", "户数"], [510105001001000123, 5], ["510105001001000124", 6]]

    table = read_sheet(ledgers.book(tmp_path / "t.xlsx", rows))

    assert table.frame["编码"].isna().to_list() == [True, False]
    assert "A2 (编码)" in said(table)


@pytest.mark.parametrize(
    ("written", "read"),
    [("1,234", 1234), ("１２", 12), ("１，２３４．５", 1234.5), ("-3", -3), ("7.0", 7.0)],
)
def test_numbers_kept_as_text_are_numbers(tmp_path, written, read):
    table = read_sheet(ledgers.book(tmp_path / "t.xlsx", [["楼栋", "户数"], ["1栋", written]]))

    assert table.frame["户数"].to_list() == [read]
    assert "Numbers kept as text" in said(table)


def test_one_text_among_counts_stays_and_the_counts_are_numbers(tmp_path):
    lines = ["楼栋,户数", "1栋,12", "2栋,约30", "3栋,"]

    values = read_sheet(ledgers.text(tmp_path / "t.csv", lines)).frame["户数"]

    assert values.to_list() == [12, "约30", None]


# --- workbooks -------------------------------------------------------------------------


def test_formulas_are_read_by_the_value_saved_with_them(tmp_path):
    path = ledgers.book(tmp_path / "t.xlsx", [["楼栋", "户数"], ["1栋", "=2+3"]])
    _edit(path, b"<f>2+3</f><v />", b"<f>2+3</f><v>5</v>")

    assert read_sheet(path).frame["户数"].to_list() == [5]


def test_a_formula_that_was_never_computed_is_named(tmp_path):
    path = ledgers.book(tmp_path / "t.xlsx", [["楼栋", "户数"], ["1栋", "=2+3"]])

    with pytest.raises(DataError, match=r"formulas in B2(.|\n)*open the file in Excel and save"):
        read_sheet(path)


def test_a_formula_may_give_an_empty_text(tmp_path):
    path = ledgers.book(tmp_path / "t.xlsx", [["楼栋", "备注"], ["1栋", '=""']])
    _edit(path, b'<c r="B2"><f>""</f><v />', b'<c r="B2" t="str"><f>""</f><v></v>')

    assert read_sheet(path).frame["备注"].isna().all()


def test_errors_of_excel_are_empty_and_told(tmp_path):
    path = ledgers.book(tmp_path / "t.xlsx", [["楼栋", "户数"], ["1栋", "#REF!"], ["2栋", 4]])

    table = read_sheet(path)

    assert table.frame["户数"].isna().to_list() == [True, False]
    assert "B2 (#REF!)" in said(table)


def test_the_first_sheet_with_anything_is_read_and_the_others_named(tmp_path):
    rows = [["楼栋", "户数"], ["1栋", 4]]
    path = ledgers.book(tmp_path / "t.xlsx", [], title="空", others=[("甲", rows), ("乙", rows)])

    table = read_sheet(path)

    assert sheet_names(path) == ("空", "甲", "乙")
    assert "the sheet '甲' was read, and not the others: 乙" in said(table)
    assert_frame_equal(read_sheet(path, sheet="乙").frame, table.frame)


def test_a_sheet_that_is_not_there_is_refused(tmp_path):
    path = ledgers.book(tmp_path / "t.xlsx", [["a", "b"], [1, 2]], title="楼栋台账")

    with pytest.raises(DataError, match="did you mean '楼栋台账'"):
        read_sheet(path, sheet="楼栋台")


def test_old_workbooks_are_read(tmp_path):
    table = read_sheet(OLD)

    assert sheet_names(OLD) == ("台账",)
    assert table.header == (2,)
    assert table.frame.to_dict("list") == {"楼栋": ["1栋", "2栋"], "户数": [12, 30]}


def _edit(path, old, new):
    """Change the bytes of the first sheet."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts["xl/worksheets/sheet1.xml"]
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part.replace(old, new) if "sheet1" in name else part)


# --- CSV -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", ""), ("utf-8-sig", ""), ("gb18030", "GB18030"), ("utf-16", "UTF-16")],
)
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_encodings_and_delimiters_are_found_and_odd_encodings_told(tmp_path, encoding, told, mark):
    lines = [mark.join(row) for row in (["楼栋", "户数"], ["1栋", "12"], ["乙座", "3"])]

    table = read_sheet(ledgers.text(tmp_path / "t.csv", lines, encoding, end="\r\n"))

    assert table.frame["户数"].to_dict() == {2: 12, 3: 3}
    assert table.encoding == encoding
    assert (told in said(table)) if told else not table.findings


def test_a_declared_encoding_is_not_guessed_again(tmp_path):
    path = ledgers.text(tmp_path / "t.csv", ["楼栋,户数", "1栋,2"], "gb18030")

    assert read_sheet(path, encoding="gbk").encoding == "gbk"
    for wrong in ("utf-8", "klingon"):
        with pytest.raises(DataError, match=f"is not in {wrong}"):
            read_sheet(path, encoding=wrong)


def test_ragged_lines_are_refused_with_their_numbers(tmp_path):
    lines = ["楼栋,户数,人数", "1栋,2,5", "2栋,3", "3栋,4,6,7", "4栋,1,1"]

    with pytest.raises(DataError, match=r"line 3 \(2\), line 4 \(4\)"):
        read_sheet(ledgers.text(tmp_path / "t.csv", lines))


def test_a_row_with_numbers_is_no_note_whatever_it_is_called(tmp_path):
    lines = ["小区,户数", "说明：新村,12", "锦绣,30", "注：年底数据,"]

    table = read_sheet(ledgers.text(tmp_path / "t.csv", lines))

    assert table.frame["户数"].to_dict() == {2: 12, 3: 30}


def test_an_outline_of_any_length_is_one_field(tmp_path):
    ring = ", ".join(f"{n}.123456789 {n}.987654321" for n in range(10_000))
    limit = csv.field_size_limit()

    table = read_sheet(ledgers.text(tmp_path / "t.csv", ["name,wkt", f'A,"POLYGON (({ring}))"']))

    assert table.frame["wkt"].tolist() == [f"POLYGON (({ring}))"]
    assert csv.field_size_limit() == limit


def test_empty_fields_at_the_end_of_a_line_are_not_ragged(tmp_path):
    lines = ["某街道台账", "", "楼栋,户数", "1栋,2,,", "2栋,3", "注：年底数据"]

    table = read_sheet(ledgers.text(tmp_path / "t.csv", lines))

    assert table.frame["户数"].to_dict() == {4: 2, 5: 3}


@given(
    rows=st.lists(
        st.tuples(
            st.text(st.sampled_from('栋a",;\t\n 。'), min_size=1).map(lambda t: f"名{t}尾"),
            st.integers(0, 10**6),
        ),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_quoted_text_comes_back_whatever_it_holds(tmp_path, rows):
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([("楼栋", "户数"), *rows])
    path = tmp_path / "t.csv"
    path.write_text(out.getvalue(), encoding="utf-8", newline="")

    frame = read_sheet(path).frame

    assert list(zip(frame["楼栋"], frame["户数"], strict=True)) == rows


# --- files that are not what they seem -------------------------------------------------


@pytest.mark.parametrize("suffix", SHEETS)
@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02" * 90, b"PK\x03\x04 no archive", b'a,b\n"']
)
def test_damaged_files_are_refused_in_one_message(tmp_path, suffix, content):
    path = tmp_path / f"t{suffix}"
    path.write_bytes(content)

    with pytest.raises(DataError, match=f"t{suffix}"):
        read_sheet(path)


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9])
def test_a_truncated_workbook_is_refused(tmp_path, keep):
    path = ledgers.ledger(tmp_path / "t.xlsx")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])

    with pytest.raises(DataError, match=r"t\.xlsx cannot be read as a table"):
        read_sheet(path)


@given(at=st.integers(0, 10**6), byte=st.integers(0, 255))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("source", ["t.xlsx", "t.xls", "t.csv"])
def test_a_changed_byte_gives_a_table_or_one_message(tmp_path, source, at, byte):
    path = tmp_path / source
    if source == "t.xls":
        shutil.copy(OLD, path)
    elif source == "t.csv":
        ledgers.text(path, ["楼栋,户数", "1栋,12", "2栋,30"], "gb18030")
    else:
        ledgers.ledger(path)
    content = bytearray(path.read_bytes())
    content[at % len(content)] = byte
    path.write_bytes(content)

    with contextlib.suppress(DataError):
        assert read_sheet(path).header


@pytest.mark.parametrize("place", [b"D1048576", b"XFD3", b"XFD1048576", b"D99999999"])
def test_a_stray_cell_far_out_costs_no_memory(tmp_path, place):
    path = ledgers.book(
        tmp_path / "t.xlsx", [["楼栋", "户数"], ["1栋", 4], ["2栋", None, None, " "]]
    )
    row = b"".join(c for c in (bytes([b]) for b in place) if c.isdigit())
    _edit(path, b'<row r="3">', b'<row r="' + row + b'">')
    _edit(path, b'r="A3"', b'r="A' + row + b'"')
    _edit(path, b'r="D3"', b'r="' + place + b'"')

    assert read_sheet(path).frame["户数"].to_list()[0] == 4


def test_a_table_that_is_too_wide_for_its_rows_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("gridpart.workbooks.MOST_CELLS", 100)
    path = ledgers.book(
        tmp_path / "t.xlsx", [["楼栋", "户数"], ["1栋", 4], ["2栋"] + [None] * 60 + [1]]
    )

    with pytest.raises(DataError, match=r"cells as far out as BJ3"):
        read_sheet(path)


def test_a_workbook_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path):
    path = ledgers.book(tmp_path / "t.xlsx", [["a", "b"], [1, 2]])
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/filler.xml", "w") as part,
    ):
        for _ in range(600):
            part.write(bytes(1024**2))

    with pytest.raises(DataError, match="MB when unpacked"):
        read_sheet(path)


@pytest.mark.parametrize("name", ["t.pdf", "t"])
def test_other_files_are_refused_by_their_name(tmp_path, name):
    (tmp_path / name).write_bytes(codecs.BOM_UTF8)

    with pytest.raises(DataError, match="no table that can be read"):
        read_sheet(tmp_path / name)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    for name in ("t.csv", "t.xlsx", "t.xls"):
        with pytest.raises(DataError, match="cannot be read as a table"):
            read_sheet(tmp_path / name)
