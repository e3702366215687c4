"""Which rows of a sheet name its columns."""

import re
from collections.abc import Sequence

from gridpart.cell_values import as_number
from gridpart.raw_tables import Cell, RawTable, Span

__all__ = ["column_names", "find_heading"]

Row = Sequence[Cell]

FORM = re.compile(r"^(填|制|报|单位|日期|时间|统计)[^:：]{0,6}[:：]")
"""How a cell above the header begins that tells of the form: 填报单位：…, 日期：…"""

HAN = "\u4e00-\u9fff（）()"


def find_heading(raw: RawTable) -> tuple[int, ...]:
    """Return the positions of the header's rows, none where no row can be one.

    The first row is a header that holds two names or more, no number, and something in
    at least half of the columns. The next belongs to it where merged cells say so, or
    where it names just those columns that the first leaves open.
    """
    used = [c for c in range(_width(raw)) if any(row[c] is not None for row in raw.cells)]
    for at, row in enumerate(raw.cells):
        names = [row[c] for c in _spread(raw, at, used)]
        if _is_heading(names, len(used)):
            return tuple(range(at, _last(raw, at, used) + 1))
    return ()


def _width(raw: RawTable) -> int:
    return len(raw.cells[0]) if raw.cells else 0


def _spread(raw: RawTable, at: int, used: Sequence[int]) -> list[int]:
    """Return the columns that a row fills, those of merged cells at their first one."""
    place = list(range(_width(raw)))
    for span in raw.merged:
        if span.top <= at <= span.bottom:
            place[span.left : span.right + 1] = [span.left] * (span.right - span.left + 1)
    return [place[c] for c in used if raw.cells[at][place[c]] is not None]


def _is_heading(names: Row, width: int) -> bool:
    texts = [name for name in names if isinstance(name, str) and as_number(name) is None]
    return (
        len(texts) == len(names)
        and len(set(texts)) >= min(2, width)
        and 2 * len(texts) >= width > 0
        and not any(FORM.match(text) for text in texts)
    )


def _last(raw: RawTable, top: int, used: Sequence[int]) -> int:
    """Return the position of the header's last row."""
    spans = [span for span in raw.merged if span.top == top and span.bottom + 1 < len(raw.cells)]
    last = max((span.bottom for span in spans), default=top)
    if last > top:
        return last
    wide = {c for s in spans if s.bottom == top < s.right - s.left + top
            for c in range(s.left, s.right + 1)}  # fmt: skip
    if top + 1 >= len(raw.cells):
        return top
    first, second = raw.cells[top], raw.cells[top + 1]
    filled = [c for c in used if second[c] is not None]
    textual = all(isinstance(second[c], str) and as_number(second[c]) is None for c in filled)
    opened = {c for c in filled if first[c] is None or c in wide}
    allowed = opened | {max((p for p in used if p < c and first[p] is not None), default=c)
                        for c in opened}  # fmt: skip
    names_open = bool(opened) and set(filled) <= allowed and len(filled) < len(used)
    return top + 1 if textual and names_open else top


def column_names(raw: RawTable, heading: Sequence[int]) -> list[str]:
    """Return the name of each column, joined from top to bottom; "" where there is none.

    Examples
    --------
    >>> rows = [["楼栋", "户数", None], [None, "常住", "流动"]]
    >>> column_names(RawTable(rows, [1, 2], (), "utf-8", ()), (0, 1))
    ['楼栋', '户数_常住', '户数_流动']
    """
    rows = [[_name(v) for v in _filled(raw, at, heading)] for at in heading]
    names = []
    for column in zip(*rows, strict=True):
        parts: list[str] = []
        for part in column:
            if part and (not parts or parts[-1] != part):
                parts.append(part)
        names.append("_".join(parts))
    return names


def _filled(raw: RawTable, at: int, heading: Sequence[int]) -> list[Cell]:
    """Return a row of the header with merged cells spelled out in each of their columns."""
    row = list(raw.cells[at])
    spans = [s for s in raw.merged if s.top <= at <= s.bottom and s.bottom <= heading[-1]]
    for span in spans:
        width = span.right - span.left + 1
        row[span.left : span.right + 1] = [raw.cells[span.top][span.left]] * width
    below = heading[heading.index(at) + 1 :]
    if below and not _is_merged(spans):
        for c in range(1, len(row)):
            if row[c] is None and any(raw.cells[b][c] is not None for b in below):
                row[c] = row[c - 1]
    return row


def _is_merged(spans: Sequence[Span]) -> bool:
    return any(span.right > span.left for span in spans)


def _name(value: Cell) -> str:
    """Return a column's name in one line; spaces between Chinese characters only pad."""
    text = "" if value is None else " ".join(str(value).split())
    return re.sub(f"(?<=[{HAN}]) (?=[{HAN}])", "", text)
