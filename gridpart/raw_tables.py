"""Rows of cells as a file holds them, before anyone knows what they mean."""

import datetime
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gridpart.errors import DataError
from gridpart.findings import Finding

__all__ = ["NOTE", "Cell", "RawTable", "Span", "cell_name", "clean", "damaged"]

Cell = str | int | float | bool | None

NOTE = re.compile(
    r"^(备注|附注|注|说明|填表|制表|填报|审核|复核|单位负责人|负责人|联系|数据来源|资料来源"
    r"|notes?|source|remarks?)[^:：]{0,8}[:：]|^注\s*\d",
    re.IGNORECASE,
)
"""How a line begins that tells about the table and belongs to no row."""


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
    """The number of each row in the file, from 1; empty rows may be left out."""
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


def clean(value: Any) -> Cell:
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


def damaged(path: Path, found: str) -> DataError:
    """Return the error that a file is not what its name says."""
    return DataError(
        f"{path.name} cannot be read as a table.",
        found=found,
        wanted="a sound CSV file or workbook",
        fix="open it in Excel or WPS to see what it is, and save it again as .xlsx or .csv",
    )
