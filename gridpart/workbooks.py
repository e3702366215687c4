"""Sheets of Excel workbooks as rows of cells, whatever is wrong with them.

Both readers are written in Python: a damaged file raises an error, and never ends the
process or asks for more memory than there is.
"""

import bisect
import io
import posixpath
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from gridpart.errors import DataError, name_some, near_names
from gridpart.findings import Finding, listed
from gridpart.raw_tables import RawTable, Span, cell_name, clean, damaged
from gridpart.sentences import Sentence

__all__ = ["BOOKS", "read_book", "sheet_names"]

BOOKS = (".xlsx", ".xlsm", ".xls")

MOST_BYTES = 512 * 1024**2
"""What a workbook may unpack to; a million rows of twenty columns take less."""

MOST_CELLS = 50_000_000
"""Cells of a table, the empty ones counted: a million rows of fifty columns."""

MOST_ROWS = 1_048_576
"""Rows of a sheet in Excel."""


def sheet_names(path: str | Path) -> tuple[str, ...]:
    """Return the names of the visible sheets of a workbook; other files have none.

    Raises
    ------
    DataError
        If the workbook is damaged.
    """
    path = Path(path)
    if path.suffix.lower() not in BOOKS:
        return ()
    with _shield(path):
        reader = _reader(path)
        return tuple(name for name, visible in reader.sheets(reader.open(path)) if visible)


def read_book(path: Path, sheet: str | None) -> RawTable:
    """Return the cells of one sheet.

    Raises
    ------
    DataError
        If the workbook is damaged, or has no such sheet.
    """
    reader = _reader(path)
    with _shield(path):
        book = reader.open(path)
        name, findings = _choose_sheet(reader, book, path, sheet)
        every = ([clean(value) for value in row] for row in reader.rows(book, name))
        rows = {at: row for at, row in enumerate(every) if row.count(None) < len(row)}
        spans, bare, wrong = reader.details(book, path, name)
    width = max((c + 1 for row in rows.values() for c, v in enumerate(row) if v is not None),
                default=0)  # fmt: skip
    if width * len(rows) > MOST_CELLS:
        raise _scattered(path, name, width, max(rows))
    findings += _tell_odd(path, bare, wrong)
    return RawTable(
        [(row + [None] * width)[:width] for row in rows.values()],
        [at + 1 for at in rows],
        tuple(_placed(spans, list(rows), width)),
        None,
        tuple(findings),
    )


def _placed(spans: Iterable[Span], rows: Sequence[int], width: int) -> Iterator[Span]:
    """Yield merged cells as positions among the rows that hold anything."""
    place = {row: at for at, row in enumerate(rows)}
    for span in sorted(spans, key=lambda s: (s.top, s.left)):
        if span.top in place and span.left < width:
            bottom = bisect.bisect_right(rows, span.bottom) - 1
            yield Span(place[span.top], span.left, bottom, min(span.right, width - 1))


def _scattered(path: Path, sheet: str, width: int, last: int) -> DataError:
    return DataError(
        f"The sheet {sheet!r} of {path.name} is too wide for its rows.",
        found=f"cells as far out as {cell_name(width - 1, last + 1)}",
        wanted=f"a table of at most {MOST_CELLS:,} cells",
        fix="delete the columns to the right of the table in Excel, and save it",
    )


def _choose_sheet(
    reader: "_Reader", book: Any, path: Path, sheet: str | None
) -> tuple[str, list[Finding]]:
    """Return the sheet to read: the one named, else the first that holds anything."""
    sheets = reader.sheets(book)
    names = [name for name, _ in sheets]
    if sheet is not None:
        if sheet in names:
            return sheet, []
        raise DataError(
            f"{path.name} has no sheet {sheet!r}.",
            found=near_names(sheet, names),
            wanted="the name of one of its sheets",
            fix="correct the name of the sheet",
        )
    filled = [
        name
        for name, visible in sheets
        if visible
        and any(clean(value) is not None for row in reader.rows(book, name) for value in row)
    ]
    if len(filled) > 1:
        what = Sentence("sheet_read", file=path.name, sheet=filled[0])
        others = tuple(filled[1:])
        return filled[0], [Finding("assumption", "", what, others, listed(others))]
    return (filled or names)[0], []


def _tell_odd(path: Path, bare: list[str], wrong: list[tuple[str, str]]) -> list[Finding]:
    """Return the cells whose value the file does not hold: formulas not computed, errors."""
    findings = []
    if bare:
        fault = f"{len(bare)} cells of {path.name} hold formulas whose result was never computed."
        wanted = "the result of every formula, which Excel and WPS save along with it"
        fix = "open the file in Excel and save it"
        findings.append(
            Finding("error", "", fault, tuple(bare), f"formulas in {name_some(bare)}", wanted, fix)
        )
    if wrong:
        what = Sentence("cells_wrong", n=len(wrong), file=path.name)
        names = tuple(cell for cell, _ in wrong)
        shown = listed(f"{cell} ({value})" for cell, value in wrong)
        findings.append(Finding("warning", "", what, names, shown))
    return findings


# --- readers ---------------------------------------------------------------------------

Details = tuple[list[Span], list[str], list[tuple[str, str]]]
"""Merged cells, formulas without a result, and cells with an error and what it is."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """What one format is read by."""

    open: Callable[[Path], Any]
    sheets: Callable[[Any], list[tuple[str, bool]]]
    """Names, and whether each is visible."""
    rows: Callable[[Any, str], Iterator[list[Any]]]
    details: Callable[[Any, Path, str], Details]


def _reader(path: Path) -> _Reader:
    return OLD if path.suffix.lower() == ".xls" else NEW


@contextmanager
def _shield(path: Path) -> Iterator[None]:
    """Turn whatever a reader raises on a damaged file into one error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except DataError:
        raise
    except OSError as error:
        raise damaged(path, error.strerror or "a file that cannot be opened") from None
    except Exception:  # the readers' own errors have no common class
        raise damaged(path, "no workbook, a damaged one, or one with a password") from None


def _xlsx(path: Path) -> Any:
    """Return a workbook of Excel 2007 or later, read row by row."""
    import openpyxl  # noqa: PLC0415 - only where there is a workbook

    with zipfile.ZipFile(path) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    if size > MOST_BYTES:
        raise damaged(path, f"{size / 1024**2:,.0f} MB when unpacked")
    return openpyxl.load_workbook(io.BytesIO(path.read_bytes()), read_only=True, data_only=True)


def _xlsx_sheets(book: Any) -> list[tuple[str, bool]]:
    return [(s.title, s.sheet_state == "visible") for s in book.worksheets]


def _xlsx_rows(book: Any, sheet: str) -> Iterator[list[Any]]:
    """Yield the values of each row; cells that hold an error have none."""
    own = book[sheet]
    own.reset_dimensions()  # which other programs write wrong
    for row in islice(own.iter_rows(), MOST_ROWS):
        yield [None if cell.data_type == "e" else cell.value for cell in row]


def _xlsx_details(_book: Any, path: Path, sheet: str) -> Details:
    """Return what openpyxl does not tell when it reads row by row."""
    with zipfile.ZipFile(path) as archive:
        part = archive.read(_part_of(archive, sheet))
    found: Details = ([], [], [])
    spans, bare, wrong = found
    if not any(sign in part for sign in (b"mergeCell", b"<f", b't="e"')):
        return found  # a plain sheet need not be parsed twice
    for _, element in ElementTree.iterparse(io.BytesIO(part)):
        kind = element.tag.rpartition("}")[2]
        if kind == "mergeCell":
            spans.append(_span(element.get("ref", "")))
        elif kind == "c" and element.get("t") == "e":
            wrong.append((element.get("r", "?"), element.findtext("{*}v") or "?"))
        elif kind == "c" and _is_bare(element):
            bare.append(element.get("r", "?"))
        elif kind == "row":
            element.clear()
    return found


def _is_bare(cell: ElementTree.Element) -> bool:
    """Return whether a cell holds a formula and no result; an empty text is one."""
    if cell.get("t") == "str" or cell.find("{*}f") is None:
        return False
    return not cell.findtext("{*}v")


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the name of the file inside a workbook that holds a sheet."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    own = next(s for s in book.findall(".//{*}sheet") if s.get("name") == sheet)
    link = next(value for key, value in own.items() if key.endswith("}id"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = next(r.get("Target", "") for r in links if r.get("Id") == link)
    return posixpath.normpath(posixpath.join("/xl", target)).removeprefix("/")


def _span(reference: str) -> Span:
    from openpyxl.utils.cell import range_boundaries  # noqa: PLC0415 - as above

    left, top, right, bottom = range_boundaries(reference)
    return Span(top - 1, left - 1, bottom - 1, right - 1)


def _xls(path: Path) -> Any:
    """Return a workbook of Excel 97 to 2003, with its merged cells."""
    import xlrd  # noqa: PLC0415 - only where there is a workbook

    quiet = io.StringIO()
    content = path.read_bytes()
    return xlrd.open_workbook(
        file_contents=content, formatting_info=True, ragged_rows=True, logfile=quiet
    )


def _xls_sheets(book: Any) -> list[tuple[str, bool]]:
    return [(sheet.name, sheet.visibility == 0) for sheet in book.sheets()]


def _xls_rows(book: Any, sheet: str) -> Iterator[list[Any]]:
    import xlrd  # noqa: PLC0415 - as above

    own = book.sheet_by_name(sheet)
    for row in range(own.nrows):
        values = []
        for cell in own.row(row):
            value = cell.value
            if cell.ctype == xlrd.XL_CELL_DATE:
                value = xlrd.xldate_as_datetime(value, book.datemode)
            elif cell.ctype == xlrd.XL_CELL_BOOLEAN:
                value = bool(value)
            values.append(None if cell.ctype == xlrd.XL_CELL_ERROR else value)
        yield values


def _xls_details(book: Any, _path: Path, sheet: str) -> Details:
    """Return merged cells and errors; Excel itself wrote the result of every formula."""
    import xlrd  # noqa: PLC0415 - as above

    own = book.sheet_by_name(sheet)
    spans = [
        Span(top, left, bottom - 1, right - 1) for top, bottom, left, right in own.merged_cells
    ]
    wrong = [
        (cell_name(at, row + 1), xlrd.error_text_from_code.get(cell.value, "?"))
        for row in range(own.nrows)
        for at, cell in enumerate(own.row(row))
        if cell.ctype == xlrd.XL_CELL_ERROR
    ]
    return spans, [], wrong


NEW = _Reader(_xlsx, _xlsx_sheets, _xlsx_rows, _xlsx_details)
OLD = _Reader(_xls, _xls_sheets, _xls_rows, _xls_details)
