"""Tables as sheets of one Excel workbook, with text that stays text.

The same sheets give the same bytes: no file in the workbook knows when it was made.
"""

import datetime
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_range

__all__ = ["Column", "Formula", "Sheet", "cell_range", "sheet_names", "write_workbook"]

MADE = datetime.datetime(2000, 1, 1)
"""Stands for the time of writing, so that the same plan gives the same file."""

MOST_TEXT = 32_767
"""Characters that a cell of Excel holds."""

EXACT = 10**15
"""Whole numbers from here on lose digits in Excel; they are written as text."""

ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML cannot hold."""

COMMANDS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet may take for the beginning of a formula."""

NUMBERS = {
    "count": "#,##0", "number": "#,##0.0", "ratio": "0.000", "share": "0%", "flag": "@",
    "text": "@",
}  # fmt: skip
"""Number format of each kind of column."""

NARROW, WIDE = 8, 44
"""Least and most characters that a column is wide."""

SAMPLED = 400
"""Cells of a column that are measured for its width."""

A3, PAGE_WIDE = 8, 240
"""Excel's number of the paper, and how many characters stand side by side on it."""

BAR, ALARM = "#9DC3E6", "#C00000"


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula and what it gives, for programs that do not calculate."""

    text: str
    value: float | str


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet."""

    name: str
    titles: tuple[str, ...]
    """One title for each row of the head."""
    values: Sequence[Any]
    kind: str = "text"
    """A key of `NUMBERS`."""
    summed: bool = False
    """Whether the last row has its sum."""
    bar: bool = False
    """Whether a bar in each cell shows how large its number is."""
    alarm: str = ""
    """A value that is written in red."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: a table, below lines of text."""

    name: str
    columns: tuple[Column, ...]
    above: tuple[tuple[str, str], ...] = ()
    """Labels and texts above the table."""
    frozen: int = 1
    """Columns that stay in sight."""


def sheet_names(wanted: Sequence[str]) -> list[str]:
    """Return names that Excel takes for sheets: short, without its signs, each once.

    Examples
    --------
    >>> sheet_names(["A/B", "a?b", "ab", "", "x" * 40])
    ['AB', 'ab 2', 'ab 3', 'sheet', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx']
    """
    taken: set[str] = {"history"}  # which Excel keeps for itself
    names = []
    for text in wanted:
        plain = re.sub(r"[\[\]:*?/\\]", "", ILLEGAL.sub("", text))
        plain = " ".join(plain.split()).strip("' ") or "sheet"
        name, n = _shortened(plain, 31), 1
        while name.lower() in taken:
            n += 1
            name = f"{_shortened(plain, 31 - len(f' {n}'))} {n}"
        taken.add(name.lower())
        names.append(name)
    return names


def _shortened(text: str, most: int) -> str:
    """Return a text cut to so many units of UTF-16, in which Excel counts."""
    while len(text.encode("utf-16-le")) // 2 > most:
        text = text[:-1]
    return text.strip("' ")


def cell_range(sheet: Sheet, name: str) -> str:
    """Return the cells of a column as formulas of other sheets call them."""
    at = next(i for i, column in enumerate(sheet.columns) if column.name == name)
    first = _first_row(sheet)
    last = first + max(_n_rows(sheet), 1) - 1
    letter = xl_col_to_name(at, col_abs=True)
    quoted = sheet.name.replace("'", "''")
    return f"'{quoted}'!{letter}${first + 1}:{letter}${last + 1}"


def _head_row(sheet: Sheet) -> int:
    """Return the first row of titles, from 0."""
    return len(sheet.above) + 1 if sheet.above else 0


def _first_row(sheet: Sheet) -> int:
    """Return the first row of values, from 0."""
    return _head_row(sheet) + max((len(column.titles) for column in sheet.columns), default=0)


def _n_rows(sheet: Sheet) -> int:
    return max((len(column.values) for column in sheet.columns), default=0)


@dataclass(slots=True)
class _Mended:
    """How many cells could not be written as they were."""

    control: int = 0
    cut: int = 0


def write_workbook(path: Path, sheets: Sequence[Sheet], total: str) -> dict[str, int]:
    """Write sheets to a new workbook.

    Parameters
    ----------
    path : Path
    sheets : sequence of Sheet
        Their names as `sheet_names` returns them.
    total : str
        What stands beside the sums.

    Returns
    -------
    dict
        ``control``: cells from which characters were removed that XML cannot hold;
        ``cut``: cells whose text was cut to what a cell holds.
    """
    mended = _Mended()
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"created": MADE, "author": "gridpart"})
        book.set_calc_mode("auto")
        for sheet in sheets:
            _Writer(book, sheet, mended).write(total)
    path.write_bytes(content.getvalue())
    return {"control": mended.control, "cut": mended.cut}


class _Writer:
    """Writes one sheet of a workbook."""

    def __init__(self, book: Any, sheet: Sheet, mended: _Mended) -> None:
        self.sheet = sheet
        self.page = book.add_worksheet(sheet.name)
        self.mended = mended
        self.book = book
        plain = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "vcenter"}
        self.bold = book.add_format({**plain, "bold": True})
        self.line = book.add_format(plain)
        self.head = [
            book.add_format({**plain, "bold": True, "bg_color": "#DDEBF7"}),
            book.add_format({**plain, "font_color": "#555555", "bg_color": "#DDEBF7", "bottom": 1}),
        ]
        self.styles = {
            kind: book.add_format({**plain, "num_format": number})
            for kind, number in NUMBERS.items()
        }
        self.sums = {
            kind: book.add_format({**plain, "num_format": number, "bold": True, "top": 1})
            for kind, number in NUMBERS.items()
        }
        # Without the prefix, editing a cell that holds =1+1 as text would make it a formula.
        self.quoted = book.add_format({**plain, "num_format": "@", "quote_prefix": True})
        self.alarm = book.add_format({"font_color": ALARM, "bold": True})

    def write(self, total: str) -> None:
        """Write everything."""
        sheet, page = self.sheet, self.page
        for row, (label, text) in enumerate(sheet.above):
            self._text(row, 0, label, self.bold)
            self._text(row, 1, text, self.line)
        first, rows, columns = _first_row(sheet), _n_rows(sheet), sheet.columns
        for at, column in enumerate(columns):
            for row, title in enumerate(column.titles):
                self._text(_head_row(sheet) + row, at, title, self.head[min(row, 1)])
            self._column(at, column, first)
        last = first + rows - 1
        if rows and columns:
            page.autofilter(first - 1, 0, last, len(columns) - 1)
            page.ignore_errors({"number_stored_as_text": xl_range(first, 0, last, len(columns))})
            self._total(total, first, last)
        page.freeze_panes(first, sheet.frozen)
        page.set_landscape()
        page.set_paper(A3)
        wide = sum(_width(column) for column in columns)
        page.fit_to_pages(math.ceil(wide / PAGE_WIDE) or 1, 0)
        page.repeat_columns(0, max(sheet.frozen - 1, 0))
        page.repeat_rows(_head_row(sheet), max(first - 1, 0))
        page.set_footer("&L&A&R&P / &N")

    def _column(self, at: int, column: Column, first: int) -> None:
        """Write the values of a column and set its width."""
        style = self.styles[column.kind]
        for row, value in enumerate(column.values, first):
            self._value(row, at, value, style)
        last = first + len(column.values) - 1
        self.page.set_column(at, at, _width(column))
        if last < first:
            return
        if column.bar:
            self.page.conditional_format(
                first, at, last, at,
                {"type": "data_bar", "bar_solid": True, "bar_color": BAR, "min_type": "num",
                 "min_value": 0, "bar_border_color": BAR},
            )  # fmt: skip
        if column.alarm:
            quoted = column.alarm.replace('"', '""')
            self.page.conditional_format(
                first, at, last, at,
                {"type": "cell", "criteria": "==", "value": f'"{quoted}"', "format": self.alarm},
            )  # fmt: skip

    def _total(self, total: str, first: int, last: int) -> None:
        """Write the sums of what the filter shows below the table."""
        if not any(column.summed for column in self.sheet.columns):
            return
        row = last + 1
        for at, column in enumerate(self.sheet.columns):
            style = self.sums[column.kind]
            if column.summed:
                cells = xl_range(first, at, last, at)
                numbers = [v for v in column.values if _is_number(v)]
                self.page.write_formula(row, at, f"=SUBTOTAL(109,{cells})", style, sum(numbers))
            else:
                self.page.write(row, at, total if at == 0 else None, style)

    def _value(self, row: int, at: int, value: Any, style: Any) -> None:
        """Write one value: a formula, a number or a text, and nothing where there is none."""
        if isinstance(value, Formula):
            self.page.write_formula(row, at, f"={value.text}", style, value.value)
        elif isinstance(value, str):
            self._text(row, at, value, style)
        elif _is_number(value):
            if abs(value) < EXACT:
                self.page.write_number(row, at, value, style)
            else:
                self._text(row, at, str(value), style)

    def _text(self, row: int, at: int, text: str, style: Any) -> None:
        """Write a text as text, whatever it looks like."""
        clean = ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
        self.mended.control += ILLEGAL.search(text) is not None
        if len(clean.encode("utf-16-le")) // 2 > MOST_TEXT:
            self.mended.cut += 1
            clean = _shortened(clean[: MOST_TEXT - 1], MOST_TEXT - 1) + "…"
        if clean:
            style = self.quoted if text.startswith(COMMANDS) else style
            self.page.write_string(row, at, clean, style)


def _is_number(value: Any) -> bool:
    """Return whether a value is a finite number."""
    return isinstance(value, (int, float)) and math.isfinite(value)


def _width(column: Column) -> float:
    """Return how many characters wide a column is shown."""
    step = max(len(column.values) // SAMPLED, 1)
    shown = [v for v in column.values[::step] if isinstance(v, str)]
    texts = [*column.titles, *shown]
    if column.kind not in ("text", "flag"):
        numbers = [abs(v) for v in column.values if _is_number(v)]
        texts.append(f"{max(numbers, default=0):,.1f}")
    widest = max(
        (sum(2 if ord(c) > 0x2E80 else 1 for c in text[:WIDE]) for text in texts), default=0
    )
    return min(max(widest + 3, NARROW), WIDE)
