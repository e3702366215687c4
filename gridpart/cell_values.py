"""What the cells of one column are: numbers, ids or text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gridpart.raw_tables import Cell

__all__ = ["Typed", "as_number", "as_series", "narrow", "type_column"]

NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
CODE = re.compile(r"0\d+|\d{16,}")
"""Digits that are a name: a leading zero or more of them than a number keeps."""

EXACT = 10**15
"""Excel keeps 15 digits of a number; what was beyond is lost."""

WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
"""Full-width characters to the plain ones."""

TEXT = pd.Series([""]).dtype


@dataclass(frozen=True, slots=True)
class Typed:
    """One column with its type, and what was done to give it one."""

    values: "pd.Series[Any]"
    converted: bool = False
    """Whether text was read as numbers that a plain number would not look like."""
    rounded: tuple[int, ...] = ()
    """Positions of numbers that Excel rounded; they are empty now."""


def narrow(text: str) -> str:
    """Return the text with full-width letters, digits and signs made plain.

    Examples
    --------
    >>> narrow("３＃楼")
    '3#楼'
    """
    return text if text.isascii() else text.translate(WIDE)


def as_number(value: Cell) -> int | float | None:
    """Return the number that a cell holds or spells, None for anything else.

    Examples
    --------
    >>> as_number("1，234"), as_number("０.5"), as_number("3栋"), as_number(7)
    (1234, 0.5, None, 7)
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return value
    plain = narrow(value).replace(" ", "")
    if not NUMBER.fullmatch(plain):
        return None
    plain = plain.replace(",", "")
    return float(plain) if "." in plain else int(plain)


def type_column(cells: Sequence[Cell], index: pd.Index, *, plain: bool) -> Typed:
    """Return the cells as one typed column.

    A column whose every cell is or spells a number becomes numbers, unless one begins
    with a zero or has more than 15 digits: those are ids, and the column is text. In a
    mixed column only what reads back the same becomes a number, so that a single
    "about 30" among counts can be named.

    Parameters
    ----------
    cells : sequence of str, int, float, bool or None
    index : Index
        Of the column returned.
    plain : bool
        Whether text is how this file holds numbers, as in CSV.
    """
    rounded = tuple(i for i, v in enumerate(cells) if _is_rounded(v))
    kept = list(cells)
    for i in rounded:
        kept[i] = None
    texts = [v for v in kept if isinstance(v, str)]
    if any(CODE.fullmatch(narrow(text).replace(" ", "")) for text in texts):
        return Typed(
            as_series([None if v is None else str(v) for v in kept], index), rounded=rounded
        )
    numbers = [as_number(v) for v in kept]
    if all((n is None) == (v is None) for n, v in zip(numbers, kept, strict=True)):
        odd = any(not plain or str(as_number(text)) != text for text in texts)
        return Typed(as_series(numbers, index), bool(texts) and odd, rounded)
    mixed = [n if str(n) == v else v for n, v in zip(numbers, kept, strict=True)]
    return Typed(as_series(mixed, index), rounded=rounded)


def _is_rounded(value: Cell) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= EXACT


def as_series(cells: Sequence[Cell], index: pd.Index) -> "pd.Series[Any]":
    """Return cells of one kind as a column of that type, others untyped.

    Examples
    --------
    >>> str(as_series([1, None], pd.RangeIndex(2)).dtype)
    'Int64'
    """
    kinds = {type(v) for v in cells if v is not None}
    if not kinds or kinds == {str}:
        return pd.Series(list(cells), index=index, dtype=TEXT)
    if kinds == {int}:
        return pd.Series(list(cells), index=index, dtype="Int64" if None in cells else "int64")
    if kinds <= {int, float}:
        return pd.Series(list(cells), index=index, dtype="float64")
    return pd.Series(list(cells), index=index, dtype=object)
