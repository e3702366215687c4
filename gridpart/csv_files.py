"""CSV files as rows of cells: encoding, delimiter, and lines of one length."""

import codecs
import csv
import io
import re
from collections import Counter
from pathlib import Path

from gridpart.errors import DataError, name_some
from gridpart.findings import Finding
from gridpart.raw_tables import NOTE, RawTable, clean, damaged
from gridpart.sentences import Sentence

__all__ = ["TEXTS", "read_text"]

TEXTS = (".csv", ".tsv", ".txt")

CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
"""What no text holds, but archives and workbooks under a false name do."""

MOST_LOOKED_AT = 100_000
"""Characters of a CSV file that tell its delimiter."""

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text(path: Path, encoding: str | None) -> RawTable:
    """Return the cells of a CSV file.

    Raises
    ------
    DataError
        If its bytes are no text in this encoding, a quotation mark is not closed, or
        lines have not as many fields as the others.
    """
    text, known, findings = _decode(path, encoding)
    if CONTROL.search(text):
        raise damaged(path, "bytes that are no text")
    records = _records(text, path)
    width = _usual_width(records)
    _refuse_ragged(records, width, path)
    cells = [([*map(clean, r)] + [None] * width)[:width] for _, r in records]
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
    what = Sentence("read_as", file=path.name, encoding=name.upper())
    return Finding("assumption", "", what, (path.name,))


def _records(text: str, path: Path) -> list[tuple[int, list[str]]]:
    """Return the line on which each record begins, and its fields; empty lines left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    records: list[tuple[int, list[str]]] = []
    began = 1
    longest = csv.field_size_limit(len(text) + 1)  # an outline may be longer than it allows
    try:
        for record in reader:
            if record:
                records.append((began, record))
            began = reader.line_num + 1
    except csv.Error:
        found = f"a quotation mark that is not closed, or a wrong one, from line {began} on"
        raise damaged(path, found) from None
    finally:
        csv.field_size_limit(longest)
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
