"""The ledger is read back by other programs with the plan's numbers, codes and texts."""

import csv
import dataclasses
import io
import os
import re
import shutil
import subprocess
import zipfile

import hostile
import openpyxl
import pandas as pd
import plans
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridpart.ledger import ledger_sheets, write_ledger
from gridpart.schema import TEXT
from gridpart.sentences import Sentence
from gridpart.xlsx import ILLEGAL, Column, Sheet, cell_range, sheet_names, write_workbook

pytestmark = pytest.mark.filterwarnings("ignore:.* extension is not supported:UserWarning")

TITLES = {"overall": "总网格", "general": "一般网格", "micro": "微网格", "exclusive": "专属网格"}


@pytest.fixture(scope="module")
def plan():
    return plans.small_plan()


@pytest.fixture(scope="module")
def written(plan, tmp_path_factory):
    path = tmp_path_factory.mktemp("l") / "ledger.xlsx"
    write_ledger(plan, path)
    return path


def cells(book, name):
    """Return a sheet as a mapping from English titles to the cells below them."""
    rows = list(book[name].iter_rows())
    head = next(i for i, row in enumerate(rows) if row[0].value in ("grid code", "sheet", "unit id",
                                                                   "kind"))  # fmt: skip
    return {cell.value: [row[at] for row in rows[head + 1 :]] for at, cell in enumerate(rows[head])}


def test_every_grid_has_its_row_with_its_code_as_text(plan, written):
    book = openpyxl.load_workbook(written)

    for level, title in TITLES.items():
        grids, found = plan.grids(level), cells(book, title)
        codes = found["grid code"][: len(grids)]
        assert [cell.value for cell in codes] == list(grids["grid_code"])
        assert {cell.data_type for cell in codes} == {"s"}
        assert {cell.number_format for cell in codes} == {"@"}
        named = [cell.value for cell in found["name"][: len(grids)]]
        assert named == list(grids["name"])


def test_totals_are_formulas_whose_stored_values_are_the_plans(plan, written):
    formulas, values = (openpyxl.load_workbook(written, data_only=flag) for flag in (False, True))

    for level, title in TITLES.items():
        total = len(plan.grids(level))
        assert cells(formulas, title)["households"][total].value.startswith("=SUBTOTAL(109,")
        expected = int(plan.grids(level)["households"].sum())
        assert cells(values, title)["households"][total].value == expected
        assert cells(values, title)["grid code"][total].value == "合计"
    summary = cells(values, "汇总")
    counts = dict(zip([c.value for c in summary["sheet"]], summary["rows"], strict=True))
    assert counts["微网格"].value == len(plan.grids("micro"))
    assert summary["out of range"][2].value == 1
    assert cells(formulas, "汇总")["rows"][2].value.startswith("=COUNTA('微网格'!")


def test_each_sheet_has_two_rows_of_titles_frozen_and_filtered(plan, written):
    book = openpyxl.load_workbook(written)

    assert book.sheetnames == ["汇总", *TITLES.values(), "单元", "违规情况", "说明"]
    for title in TITLES.values():
        page = book[title]
        assert (page["A1"].value, page["A2"].value) == ("网格编码", "grid code")
        assert page.freeze_panes == "C3"
        assert page.auto_filter.ref.startswith("A2:")
    rules = book["微网格"].conditional_formatting
    assert any(rule.type == "dataBar" for entry in rules for rule in entry.rules)
    assert all(cell.value is None for cell in cells(book, "微网格")["leader"])


def test_sums_over_units_are_those_of_each_level(plan, written):
    summary = cells(openpyxl.load_workbook(written, data_only=True), "汇总")

    households = [cell.value for cell in summary["sum of households"]]

    assert households[:3] == [int(plan.units["households"].sum())] * 3
    assert households[4] == households[0]


def test_the_same_plan_gives_the_same_bytes(plan, written, tmp_path):
    write_ledger(plan, tmp_path / "again.xlsx")

    assert (tmp_path / "again.xlsx").read_bytes() == written.read_bytes()


def test_english_ledger_names_its_sheets_in_english(plan, tmp_path):
    write_ledger(plan, tmp_path / "l.xlsx", "en")

    book = openpyxl.load_workbook(tmp_path / "l.xlsx", data_only=True)

    assert book.sheetnames[:3] == ["summary", "overall", "general"]
    assert cells(book, "micro")["in range"][0].value == "no"
    assert cells(book, "summary")["out of range"][2].value == 1


def test_further_tables_have_sheets(plan, tmp_path):
    posts = pd.DataFrame(
        {
            "grid_code": pd.Series(["C1001", None], dtype=TEXT),
            "title": pd.Series(["网格长", "=1+1"], dtype=TEXT),
            "needed": [1.0, 2.5],
            "own": [True, False],
        }
    )
    staffed = dataclasses.replace(plan, tables={"other/x": posts.iloc[:0], "staffing": posts})

    write_ledger(staffed, tmp_path / "l.xlsx")

    book = openpyxl.load_workbook(tmp_path / "l.xlsx", data_only=True)
    assert book.sheetnames[6:8] == ["人员配备", "otherx"]
    found = cells(book, "人员配备")
    assert [c.value for c in found["needed"]] == [1.0, 2.5, 3.5]
    assert [c.value for c in found["own"]][:2] == ["是", "否"]
    assert found["grid code"][1].value is None


def test_units_that_move_at_two_levels_are_not_summed_twice(plan, tmp_path):
    moves = pd.DataFrame(
        {
            "unit_id": pd.Series(["U01", "U01"], dtype=TEXT),
            "level": pd.Series(["general", "micro"], dtype=TEXT),
            "from_code": pd.Series(["C1001", "C100101"], dtype=TEXT),
            "households": [12, 12],
        }
    )

    write_ledger(dataclasses.replace(plan, tables={"moves": moves}), tmp_path / "l.xlsx")

    found = cells(openpyxl.load_workbook(tmp_path / "l.xlsx"), "单元调整")
    assert [c.value for c in found["households"]] == [12, 12]
    assert [c.value for c in found["level"]] == ["一般网格", "微网格"]


def test_breaches_have_their_alternatives_in_the_language_of_the_book(plan, tmp_path):
    told = Sentence("alt_least", held=(20, "households"))
    breach = dataclasses.replace(plan.report.breaches[0], alternative=told)
    changed = plans.with_report(plan, breaches=(breach,))

    for lang, text in (("zh", "将网格下限放宽至 20 户。"), ("en", str(told))):
        sheet = ledger_sheets(changed, lang)[-2]
        columns = {column.name: column.values for column in sheet.columns}
        assert columns["alternative"] == [text]
        assert "alternative_parts" not in columns


def test_plan_without_residents_or_breaches_has_a_ledger(plan, tmp_path):
    bare = {
        name: table.drop(columns="households").assign(workload=0.0)
        for name, table in plan.layers.items()
    }
    district = dataclasses.replace(plan.district, measures=())
    empty = dataclasses.replace(
        plan, layers=bare, district=district, exclusive=plan.exclusive.iloc[:0], notes=()
    )
    empty = plans.with_report(empty, breaches=())

    write_ledger(empty, tmp_path / "l.xlsx")

    book = openpyxl.load_workbook(tmp_path / "l.xlsx", data_only=True)
    summary = cells(book, "汇总")
    assert summary["rows"][3].value == 0
    assert all(cell.value is None for cell in summary["workload CV"][:4])


def test_hostile_names_stand_as_text_and_what_was_removed_is_told(tmp_path, caplog):
    plan = hostile.hostile_plan()

    write_ledger(plan, tmp_path / "l.xlsx")

    book = openpyxl.load_workbook(tmp_path / "l.xlsx")
    found = cells(book, "单元")["name"][: len(plan.units)]
    assert {cell.data_type for cell in found} == {"s"}
    for cell, name in zip(found, plan.units["name"], strict=True):
        assert cell.value == ILLEGAL.sub("", name.replace("\r\n", "\n"))
        assert cell.quotePrefix == name.startswith(("=", "+", "-", "@", "\t"))
    assert "lost control characters" in caplog.text
    told = [row[1].value for row in book["汇总"].iter_rows() if row[0].value == "清理"]
    assert len(told) == 1
    assert re.match(r"[1-9]\d* 个单元格", told[0])


def test_numbers_that_excel_would_round_stand_as_text(tmp_path):
    wide = [123_456_789_012_345_678, 12, float("inf"), None]

    book = read_back(tmp_path, wide, "count")

    assert [c.value for c in book["t"]["A"]][1:] == ["123456789012345678", 12]


def test_text_too_long_for_a_cell_is_cut_and_counted(tmp_path):
    sheet = Sheet("t", (Column("a", ("a",), ["🏠" * 20_000, "short"]),))

    mended = write_workbook(tmp_path / "w.xlsx", [sheet], "total")

    found = openpyxl.load_workbook(tmp_path / "w.xlsx")["t"]["A2"].value
    assert mended == {"control": 0, "cut": 1}
    assert found == "🏠" * 16_383 + "…"


def read_back(folder, values, kind="text"):
    """Return the workbook of one column."""
    write_workbook(folder / "w.xlsx", [Sheet("t", (Column("a", ("a",), values, kind),))], "total")
    return openpyxl.load_workbook(folder / "w.xlsx")


@settings(max_examples=40)
@given(texts=st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=1, max_size=20))
def test_any_text_is_read_back_as_the_text_it_was(texts):
    content = io.BytesIO()

    class Target:
        def write_bytes(self, data):
            content.write(data)

    write_workbook(Target(), [Sheet("t", (Column("a", ("a",), texts),))], "total")

    page = openpyxl.load_workbook(content)["t"]
    for row, text in enumerate(texts, 2):
        cell = page.cell(row, 1)
        told = ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
        assert (cell.value or "") == told
        assert cell.data_type in ("s", "n") if not told else cell.data_type == "s"


@given(wanted=st.lists(st.text(max_size=40), max_size=12))
def test_names_of_sheets_are_such_as_excel_takes(wanted):
    names = sheet_names(wanted)

    assert len({name.lower() for name in names}) == len(wanted)
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= 31
        assert not set(name) & set("[]:*?/\\")
        assert not name.startswith("'")
        assert not name.endswith("'")
        assert name.lower() != "history"


def test_ranges_name_the_cells_of_a_column_in_other_sheets():
    column = Column("b", ("b", "b"), [1, 2, 3], "count")
    sheet = Sheet("it's", (Column("a", ("a", "a"), ["x"]), column), above=(("k", "v"),))

    assert cell_range(sheet, "b") == "'it''s'!$B$5:$B$7"


def test_workbook_tells_no_time(written):
    with zipfile.ZipFile(written) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert b"2000-01-01T00:00:00Z" in archive.read("docProps/core.xml")


def test_sheets_are_the_plans_whatever_the_language(plan):
    rows = [[len(s.columns[0].values) for s in ledger_sheets(plan, lang)] for lang in ("zh", "en")]

    assert rows[0] == rows[1]


@pytest.mark.system
def test_libreoffice_calculates_the_same_without_an_error(written, tmp_path):
    found = _calculated(written, tmp_path)

    values = openpyxl.load_workbook(written, data_only=True)
    assert set(found) == set(values.sheetnames)
    for name, rows in found.items():
        assert not re.search(r"#(NAME|REF|VALUE|DIV|N/A|NUM)|Err:", str(rows))
        for row, own in zip(rows, values[name].iter_rows(values_only=True), strict=False):
            for text, value in zip(row, own, strict=False):
                if isinstance(value, (int, float)):
                    assert float(text) == pytest.approx(value)
                elif value is not None:
                    assert text == value


@pytest.mark.system
def test_libreoffice_shows_hostile_names_as_text(tmp_path):
    plan = hostile.hostile_plan()
    write_ledger(plan, tmp_path / "l.xlsx")

    rows = _calculated(tmp_path / "l.xlsx", tmp_path)["单元"]

    column = rows[1].index("name")
    told = [ILLEGAL.sub("", n.replace("\r\n", "\n")) for n in plan.units["name"]]
    assert [row[column] for row in rows[2 : 2 + len(told)]] == told


def _calculated(path, folder):
    """Return the rows of each sheet as LibreOffice has them after calculating anew."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        if os.environ.get("CI"):
            pytest.fail("LibreOffice (package libreoffice-calc) is not installed")
        pytest.skip("LibreOffice (package libreoffice-calc) is not installed")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    subprocess.run(
        [office, profile, "--headless", "--convert-to", every_sheet, "--outdir",
         str(folder / "csv"), str(path)],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    rows = {}
    for found in (folder / "csv").glob("*.csv"):
        with found.open(encoding="utf-8", newline="") as file:
            rows[found.stem.removeprefix(f"{path.stem}-")] = list(csv.reader(file))
    return rows
