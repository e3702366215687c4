"""Rows of cells as a CSV or Excel file holds them, before anyone knows what they mean.

Drivers and their messages end here, as do bytes: an error names the file and the cell.
"""

import codecs
import csv
import datetime
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from gridpart.errors import DataError, name_some, near_names
from gridpart.findings import Finding

__all__ = [
    "NOTE",
    "SHEETS",
    "Cell",
    "RawTable",
    "Span",
    "cell_name",
    "read_rows",
    "sheet_names",
]

Cell = str | int | float | bool | None

BOOKS = (".xlsx", ".xlsm", ".xls")
SHEETS = (".csv", ".txt", ".tsv", *BOOKS)
"""Ends of the names of files that can be read."""

NOTE = re.compile(
    r"^(备注|附注|注|说明|填表|制表|填报|审核|复核|单位负责人|负责人|联系|数据来源|资料来源"
    r"|notes?|source|remarks?)[^:：]{0,8}[:：]|^注\s*\d",
    re.IGNORECASE,
)
"""How a line begins that tells about the table and belongs to no row."""

CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
"""What no text holds, but archives and workbooks under a false name do."""

MOST_LOOKED_AT = 100_000
"""Characters of a CSV file that tell its delimiter."""

MOST_BYTES = 512 * 1024**2
"""What a workbook may unpack to; a million rows of twenty columns take less."""

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Span:
    """Cells merged into one, as positions in `RawTable.cells`, both ends inside."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class RawTable:
    """A rectangle of cells; text is stripped, and an empty cell is None."""

    cells: list[list[Cell]]
    numbers: list[int]
    """The number of each row in the file, from 1."""
    merged: tuple[Span, ...]
    encoding: str | None
    """None for a workbook."""
    findings: tuple[Finding, ...]


def cell_name(column: int, row: int) -> str:
    """Return what Excel calls a cell; the column counts from 0 and the row from 1.

    Examples
    --------
    >>> cell_name(27, 5)
    'AB5'
    """
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def read_rows(path: Path, sheet: str | None, encoding: str | None) -> RawTable:
    """Return the cells of a CSV file, or of one sheet of a workbook.

    Raises
    ------
    DataError
        If the file is of another kind or damaged, a row is ragged, or a formula was
        never computed.
    """
    if path.suffix.lower() not in SHEETS:
        raise DataError(
            f"{path.name} is no table that can be read.",
            found=f"a file that ends in {path.suffix or 'nothing'}",
            wanted=f"a file that ends in {' '.join(SHEETS)}",
            fix="save it as .xlsx or .csv",
        )
    try:
        if path.suffix.lower() in BOOKS:
            return _read_book(path, sheet)
        return _read_csv(path, encoding)
    except OSError as error:
        raise _damaged(path, error.strerror or "a file that cannot be opened") from None


def sheet_names(path: str | Path) -> tuple[str, ...]:
    """Return the names of the visible sheets of a workbook; a CSV file has none.

    Raises
    ------
    DataError
        If the workbook is damaged.
    """
    path = Path(path)
    if path.suffix.lower() not in BOOKS:
        return ()
    return _visible(_open(path))


def _clean(value: Any) -> Cell:
    """Return a cell as a text, a number, a truth value or None."""
    if isinstance(value, str):
        return value.strip().strip("\ufeff").strip() or None
    if isinstance(value, float):
        if value != value:  # noqa: PLR0124 - not a number
            return None
        return int(value) if value.is_integer() else value
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    own: Cell = str(value) if isinstance(value, datetime.timedelta) else value
    return own


def _damaged(path: Path, found: str) -> DataError:
    return DataError(
        f"{path.name} cannot be read as a table.",
        found=found,
        wanted=f"a sound file, one of {' '.join(SHEETS)}",
        fix="open it in Excel or WPS to see what it is, and save it again as .xlsx or .csv",
    )


# --- CSV -------------------------------------------------------------------------------


def _read_csv(path: Path, encoding: str | None) -> RawTable:
    text, known, findings = _decode(path, encoding)
    if CONTROL.search(text):
        raise _damaged(path, "bytes that are no text")
    records = _records(text, path)
    width = _usual_width(records)
    _refuse_ragged(records, width, path)
    cells = [([*map(_clean, r)] + [None] * width)[:width] for _, r in records]
    return RawTable(cells, [line for line, _ in records], (), known, tuple(findings))


def _decode(path: Path, encoding: str | None) -> tuple[str, str, list[Finding]]:
    """Return the text of a file and the encoding it is in, found where none is given."""
    raw = path.read_bytes()
    marked = next((name for mark, name in MARKS if raw.startswith(mark)), None)
    tried = [encoding] if encoding else [marked] if marked else ["utf-8", "gb18030"]
    for name in tried:
        try:
            text = raw.decode(name).removeprefix("\ufeff")
        except (UnicodeError, LookupError):
            continue
        told = [] if encoding or name.startswith("utf-8") else [_told(path, name)]
        return text, name, told
    raise DataError(
        f"The text in {path.name} is not in {' or '.join(tried)}.",
        found="bytes that this encoding does not have",
        wanted="text in UTF-8, UTF-16 with a byte order mark, or GB18030 (GBK)",
        fix="save it again as CSV UTF-8, or name its encoding",
    )


def _told(path: Path, name: str) -> Finding:
    return Finding("assumption", "", f"{path.name} was read as {name.upper()}.", (path.name,))


def _records(text: str, path: Path) -> list[tuple[int, list[str]]]:
    """Return the line on which each record begins, and its fields; empty lines left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    records: list[tuple[int, list[str]]] = []
    began = 1
    try:
        for record in reader:
            if record:
                records.append((began, record))
            began = reader.line_num + 1
    except csv.Error:
        found = f"a quotation mark that is not closed, or a wrong one, from line {began} on"
        raise _damaged(path, found) from None
    return records


def _delimiter(text: str) -> str:
    """Return what parts the fields: what most lines hold equally often outside quotes."""
    bare = re.sub(r'"[^"]*"', "", text[:MOST_LOOKED_AT])
    lines = [line for line in bare.splitlines() if line.strip()]

    def agreement(mark: str) -> tuple[int, int]:
        counts = Counter(n for line in lines if (n := line.count(mark)))
        number, times = counts.most_common(1)[0] if counts else (0, 0)
        return times, number

    return max((",", "\t", ";"), key=agreement)


def _usual_width(records: list[tuple[int, list[str]]]) -> int:
    """Return how many fields most records have; titles and notes have one."""
    several = [r for _, r in records if sum(map(bool, map(str.strip, r))) > 1]
    widths = Counter(map(len, several or [r for _, r in records]))
    return widths.most_common(1)[0][0] if widths else 0


def _refuse_ragged(records: list[tuple[int, list[str]]], width: int, path: Path) -> None:
    """Refuse records with fewer or more fields than the others; titles and notes may."""
    first = next((i for i, (_, r) in enumerate(records) if len(r) >= width), 0)
    ragged = []
    for at, (line, record) in enumerate(records):
        longer = any(field.strip() for field in record[width:])
        note = at < first or NOTE.match(record[0].strip())
        if longer or (len(record) < width and not note and any(map(str.strip, record))):
            ragged.append(f"line {line} ({len(record)})")
    if ragged:
        raise DataError(
            f"{len(ragged)} of {len(records)} lines of {path.name} have not as many fields "
            "as the others.",
            found=name_some(ragged),
            wanted=f"{width} fields in every line",
            fix="put quotation marks around fields with a comma inside, and complete short lines",
        )


# --- Excel -----------------------------------------------------------------------------


def _open(path: Path) -> Any:
    """Return a workbook; whatever is wrong with it leaves as one error."""
    import python_calamine as calamine  # noqa: PLC0415 - only where there is a workbook

    _refuse_bomb(path)
    try:
        return calamine.load_workbook(path)
    except calamine.PasswordError:
        raise _damaged(path, "a workbook that is protected by a password") from None
    except OSError:
        raise
    except Exception:  # the driver's own errors have no common class
        raise _damaged(path, "no workbook, or a damaged one") from None


def _refuse_bomb(path: Path) -> None:
    """Refuse a workbook that unpacks to more than any ledger."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        return  # an old .xls, or a damaged file, which the driver tells apart
    if size > MOST_BYTES:
        found = f"{size / 1024**2:,.0f} MB when unpacked"
        raise _damaged(path, found)


def _visible(book: Any) -> tuple[str, ...]:
    hidden = ("Hidden", "VeryHidden")
    return tuple(m.name for m in book.sheets_metadata if not str(m.visible).endswith(hidden))


def _read_book(path: Path, sheet: str | None) -> RawTable:
    book = _open(path)
    name, findings = _choose_sheet(book, path, sheet)
    own = _sheet(book, name, path)
    cells = [[_clean(value) for value in row] for row in _values(own, path)]
    width = max(map(len, cells), default=0)
    cells = [row + [None] * (width - len(row)) for row in cells]
    merged = own.merged_cell_ranges or []
    spans = (Span(t, left, b, r) for (t, left), (b, r) in sorted(merged) if t < len(cells))
    clipped = (
        Span(s.top, s.left, min(s.bottom, len(cells) - 1), min(s.right, width - 1)) for s in spans
    )
    findings += _look_at_formulas(path, name)
    numbers = list(range(1, len(cells) + 1))
    return RawTable(cells, numbers, tuple(clipped), None, tuple(findings))


def _sheet(book: Any, name: str, path: Path) -> Any:
    try:
        return book.get_sheet_by_name(name)
    except Exception:  # as in `_open`
        raise _damaged(path, f"a damaged sheet {name!r}") from None


def _values(sheet: Any, path: Path) -> list[list[Any]]:
    try:
        values: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    except Exception:  # as in `_open`
        raise _damaged(path, f"a damaged sheet {sheet.name!r}") from None
    return values


def _choose_sheet(book: Any, path: Path, sheet: str | None) -> tuple[str, list[Finding]]:
    """Return the sheet to read: the one named, else the first that holds anything."""
    names = list(book.sheet_names)
    if sheet is not None:
        if sheet in names:
            return sheet, []
        raise DataError(
            f"{path.name} has no sheet {sheet!r}.",
            found=near_names(sheet, names),
            wanted="the name of one of its sheets",
            fix="correct the name of the sheet",
        )
    filled = [name for name in _visible(book) if _sheet(book, name, path).height]
    if len(filled) > 1:
        what = f"{path.name}: the sheet {filled[0]!r} was read, and not the others:"
        others = tuple(filled[1:])
        return filled[0], [Finding("assumption", "", what, others, name_some(others))]
    return (filled or names)[0], []


def _look_at_formulas(path: Path, sheet: str) -> list[Finding]:
    """Return the cells whose value the file does not hold: formulas not computed, errors."""
    if path.suffix.lower() == ".xls":
        return []  # Excel itself wrote it, with every value
    try:
        with zipfile.ZipFile(path) as archive:
            part = archive.read(_part_of(archive, sheet))
        bare, wrong = _odd_cells(part)
    except (zipfile.BadZipFile, ElementTree.ParseError, KeyError, StopIteration):
        raise _damaged(path, f"a damaged sheet {sheet!r}") from None
    findings = []
    if bare:
        what = f"{len(bare)} cells of {path.name} hold formulas whose result was never computed."
        wanted = "the result of every formula, which Excel and WPS save along with it"
        fix = "open the file in Excel and save it"
        findings.append(
            Finding("error", "", what, tuple(bare), f"formulas in {name_some(bare)}", wanted, fix)
        )
    if wrong:
        what = f"{len(wrong)} cells of {path.name} hold an error of Excel and are read as empty:"
        names = tuple(cell for cell, _ in wrong)
        shown = name_some(f"{cell} ({value})" for cell, value in wrong)
        findings.append(Finding("warning", "", what, names, shown))
    return findings


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the name of the file inside a workbook that holds a sheet."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    own = next(s for s in book.findall(".//{*}sheet") if s.get("name") == sheet)
    link = next(value for key, value in own.items() if key.endswith("}id"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = next(r.get("Target", "") for r in links if r.get("Id") == link)
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _odd_cells(part: bytes) -> tuple[list[str], list[tuple[str, str]]]:
    """Return formulas without a result, and cells with an error and what it is."""
    if b"<f" not in part and b't="e"' not in part:
        return [], []
    bare, wrong = [], []
    for cell in _cells(part):
        value, kind = cell.findtext("{*}v"), cell.get("t")
        if kind == "e":
            wrong.append((cell.get("r", "?"), value or "?"))
        elif not value and kind != "str" and cell.find("{*}f") is not None:
            bare.append(cell.get("r", "?"))
    return bare, wrong


def _cells(part: bytes) -> Iterator[ElementTree.Element]:
    """Yield every cell of a sheet, and forget each row that is done."""
    elements: Iterable[tuple[str, ElementTree.Element]] = ElementTree.iterparse(io.BytesIO(part))
    for _, element in elements:
        if element.tag.endswith("}c"):
            yield element
        elif element.tag.endswith("}row"):
            element.clear()
