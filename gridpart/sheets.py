"""Tables of CSV and Excel files as planners keep them, read as one table with a header.

Titles above the header, two-row headers, merged cells, subtotals, blank rows and notes
below are recognized; whatever is done about them is a finding. A finding names rows,
columns and cells, and never repeats what stands in a row: that may be personal.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pandas as pd

from gridpart.cell_values import as_number, type_column
from gridpart.csv_files import TEXTS, read_text
from gridpart.errors import DataError, name_some
from gridpart.findings import Finding, as_error, has_errors, listed
from gridpart.headings import column_names, find_heading
from gridpart.raw_tables import NOTE, Cell, RawTable, cell_name, damaged
from gridpart.sentences import Sentence
from gridpart.subtotals import find_totals, tell_totals
from gridpart.workbooks import BOOKS, read_book, sheet_names

__all__ = ["SHEETS", "Sheet", "read_sheet", "sheet_names"]

SHEETS = (*TEXTS, *BOOKS)
"""Ends of the names of files that can be read."""

COUNTED = re.compile(
    r"数|户|人|口|量|面积|合计|household|population|people|person|count|number|total|area"
    r"|firms|workers",
    re.IGNORECASE,
)
"""Names of columns whose numbers add up, so that a merged one must not be repeated."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One table as read, and what was done to it."""

    frame: pd.DataFrame
    """Columns with unique names, typed; the index ``row`` is the row's number in the file."""
    header: tuple[int, ...]
    """Numbers of the rows, from 1, that name the columns."""
    encoding: str | None
    """Of a CSV file; None for a workbook."""
    findings: tuple[Finding, ...]
    """Everything recognized, filled, left out or assumed; no errors."""


def read_sheet(
    path: str | Path,
    *,
    sheet: str | None = None,
    header: int | Sequence[int] | None = None,
    encoding: str | None = None,
) -> Sheet:
    r"""Return the table that a CSV file or a sheet of a workbook holds.

    Parameters
    ----------
    path : str or Path
        A file that ends in .csv, .tsv, .txt, .xlsx, .xlsm or .xls.
    sheet : str, optional
        Name of a sheet; by default the first visible one that holds anything.
    header : int or sequence of int, optional
        Rows, counted from 1 as Excel does, that name the columns; found by default.
    encoding : str, optional
        Of a CSV file; by default its byte order mark, else UTF-8, else GB18030.

    Returns
    -------
    Sheet
        Numbers are numbers and ids text: digits with a leading zero or more than 15 of
        them. Rows stand in the order of the file.

    Raises
    ------
    DataError
        If the file is damaged, no row can be the header, lines of a CSV file differ in
        length, or a formula was never computed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "ledger.csv")
    ...     _ = path.write_text("楼栋,户数\n1栋,12\n2栋,30\n合计,42\n", encoding="gb18030")
    ...     table = read_sheet(path)
    >>> table.frame["户数"].to_dict(), table.encoding
    ({2: 12, 3: 30}, 'gb18030')
    >>> [str(finding) for finding in table.findings][1]
    'ledger.csv: 1 row with a total was left out: row 4 (合计)'
    """
    path = Path(path)
    raw = _raw(path, sheet, encoding)
    if has_errors(raw.findings):
        raise as_error(raw.findings, path.name)
    heading = _given(raw, header, path) if header is not None else find_heading(raw)
    if not heading:
        raise _no_heading(raw, path)
    names, found = _unique(column_names(raw, heading), raw, heading)
    log = [*raw.findings, *_tell_titles(raw, heading), *found]
    rows, found = _body(raw, heading)
    log += found
    filled, found = _fill_merged(raw, rows, names)
    log += found
    frame, found = _typed(filled, raw, rows, names)
    log += found
    told = tuple(_prefixed(finding, path) for finding in log)
    return Sheet(frame, tuple(raw.numbers[at] for at in heading), raw.encoding, told)


def _raw(path: Path, sheet: str | None, encoding: str | None) -> RawTable:
    """Return the cells of a file."""
    if path.suffix.lower() in BOOKS:
        return read_book(path, sheet)
    if path.suffix.lower() in TEXTS:
        try:
            return read_text(path, encoding)
        except OSError as error:
            raise damaged(path, error.strerror or "a file that cannot be opened") from None
    raise DataError(
        f"{path.name} is no table that can be read.",
        found=f"a file that ends in {path.suffix or 'nothing'}",
        wanted=f"a file that ends in {' '.join(SHEETS)}",
        fix="save it as .xlsx or .csv",
    )


def _prefixed(finding: Finding, path: Path) -> Finding:
    """Return a finding that says which file it is about."""
    if path.name in finding.what:
        return finding
    what = Sentence("of_file", file=path.name, what=finding.what)
    return Finding(finding.kind, finding.layer, what, finding.names, finding.found)


def _told(key: str, names: Iterable[object], *, kind: str = "assumption") -> Finding:
    shown = [name if isinstance(name, str) else str(name) for name in names]
    return Finding("warning" if kind == "warning" else "assumption", "", Sentence(key),
                   tuple(map(str, shown)), listed(shown, 12))  # fmt: skip


# --- header ----------------------------------------------------------------------------


def _given(raw: RawTable, header: int | Sequence[int], path: Path) -> tuple[int, ...]:
    """Return the positions of the header's rows as the caller numbers them."""
    wanted = sorted({header} if isinstance(header, int) else set(header))
    absent = [number for number in wanted if number not in raw.numbers]
    if absent or not wanted:
        raise DataError(
            f"{path.name} has no row {name_some(absent) or 'to be its header'}.",
            found=f"rows 1 to {raw.numbers[-1] if raw.numbers else 0}",
            wanted="the numbers of the rows that name the columns, counted from 1",
            fix="correct 'header'",
        )
    return tuple(raw.numbers.index(number) for number in wanted)


def _no_heading(raw: RawTable, path: Path) -> DataError:
    filled = sum(any(cell is not None for cell in row) for row in raw.cells)
    return DataError(
        f"No row of {path.name} names its columns.",
        found=f"{filled} rows, none with a name and no number in at least half of the columns",
        wanted="one or two rows of names above the first row of data",
        fix="add a header, or say which rows it is with header = [1, 2]",
    )


def _tell_titles(raw: RawTable, heading: Sequence[int]) -> list[Finding]:
    above = [raw.numbers[at] for at in range(heading[0]) if _filled(raw.cells[at])]
    findings = []
    if above:
        findings.append(_told("rows_above", above))
    if len(heading) > 1:
        rows = [raw.numbers[at] for at in heading]
        findings.append(_told("names_joined", rows))
    return findings


def _filled(row: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in row if cell is not None]


def _unique(
    names: list[str], raw: RawTable, heading: Sequence[int]
) -> tuple[list[str | None], list[Finding]]:
    """Return a name of its own for every column, None for columns without name and cells."""
    below = raw.cells[heading[-1] + 1 :]
    unique: list[str | None] = []
    nameless, repeated = [], []
    for c, name in enumerate(names):
        if not name and all(row[c] is None for row in below):
            unique.append(None)
            continue
        own = name or f"column_{cell_name(c, 0)[:-1]}"
        if not name:
            nameless.append(own)
        n = 1
        while own in unique:
            n += 1
            own = f"{name}_{n}"
        if n > 1:
            repeated.append(own)
        unique.append(own)
    findings = []
    if nameless:
        findings.append(_told("columns_nameless", nameless, kind="warning"))
    if repeated:
        findings.append(_told("columns_repeated", repeated, kind="warning"))
    return unique, findings


# --- body ------------------------------------------------------------------------------


def _body(raw: RawTable, heading: Sequence[int]) -> tuple[list[int], list[Finding]]:
    """Return the positions of the rows of data, and what was left out between and below."""
    rows = range(heading[-1] + 1, len(raw.cells))
    filled = [at for at in rows if _filled(raw.cells[at])]
    blank = _gaps(raw, [heading[-1], *filled])
    notes = _notes(raw, filled)
    filled = [at for at in filled if at not in notes]
    totals = find_totals(raw, filled)
    findings = tell_totals(raw, filled, totals)
    if blank:
        findings.append(_told("rows_blank", blank))
    if notes:
        numbers = [raw.numbers[at] for at in sorted(notes)]
        findings.append(_told("notes_below", numbers))
    return [at for at in filled if at not in totals], findings


def _gaps(raw: RawTable, rows: Sequence[int]) -> list[str]:
    """Return the numbers between those of the rows; a text of several lines leaves none."""
    pairs = ((raw.numbers[a], raw.numbers[b], raw.cells[a]) for a, b in pairwise(rows))
    return [
        str(a + 1) if b == a + 2 else f"{a + 1}–{b - 1}"
        for a, b, row in pairs
        if b > a + 1 and (raw.encoding is None or not _spans_lines(row))
    ]


def _spans_lines(row: Sequence[Cell]) -> bool:
    return any(isinstance(cell, str) and "\n" in cell for cell in row)


def _notes(raw: RawTable, filled: Sequence[int]) -> set[int]:
    """Return the rows that are lines of text about the table: marked, or last and alone."""
    marked = {at for at in filled if _is_note(raw.cells[at])}
    width = max((len(_filled(raw.cells[at])) for at in filled), default=0)
    for at in reversed(filled):
        cells = _filled(raw.cells[at])
        alone = len(cells) == 1 and isinstance(cells[0], str) and as_number(cells[0]) is None
        if at not in marked and not (alone and width > 2 and raw.encoding is None):
            break
        if not find_totals(raw, [at]):
            marked.add(at)
    return marked


def _is_note(row: Sequence[Cell]) -> bool:
    first = _filled(row)[0]
    numbers = any(as_number(cell) is not None for cell in row)
    return isinstance(first, str) and NOTE.match(first) is not None and not numbers


def _fill_merged(
    raw: RawTable, rows: Sequence[int], names: Sequence[str | None]
) -> tuple[list[list[Cell]], list[Finding]]:
    """Return the rows with merged cells filled down, but for numbers that add up."""
    cells = {at: list(raw.cells[at]) for at in rows}
    down: dict[str, int] = {}
    single: dict[str, int] = {}
    for span in raw.merged:
        value, name = raw.cells[span.top][span.left], names[span.left]
        below = [at for at in range(span.top + 1, span.bottom + 1) if at in cells]
        if value is None or name is None or not below:
            continue
        if as_number(value) is not None and COUNTED.search(name):
            single[name] = single.get(name, 0) + 1
            continue
        down[name] = down.get(name, 0) + 1
        for at in below:
            cells[at][span.left] = value
    findings = []
    if down:
        shown = (Sentence("n_cells", name=name, n=n) for name, n in down.items())
        findings.append(_told("cells_filled", shown))
    if single:
        shown = (Sentence("n_cells", name=name, n=n) for name, n in single.items())
        findings.append(_told("cells_first_only", shown, kind="warning"))
    return [cells[at] for at in rows], findings


def _typed(
    cells: Sequence[Sequence[Cell]],
    raw: RawTable,
    rows: Sequence[int],
    names: Sequence[str | None],
) -> tuple[pd.DataFrame, list[Finding]]:
    index = pd.Index([raw.numbers[at] for at in rows], name="row", dtype="int64")
    columns, converted, rounded = {}, [], []
    for c, name in enumerate(names):
        if name is None:
            continue
        typed = type_column([row[c] for row in cells], index, plain=raw.encoding is not None)
        columns[name] = typed.values
        if typed.converted:
            converted.append(name)
        rounded += [f"{cell_name(c, index[at])} ({name})" for at in typed.rounded]
    findings = []
    if converted:
        findings.append(_told("numbers_as_text", converted))
    if rounded:
        findings.append(_told("numbers_rounded", rounded, kind="warning"))
    return pd.DataFrame(columns, index=index), findings
