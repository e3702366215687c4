"""Rows of a table that hold totals of others, and whether they are right."""

import re
from collections.abc import Sequence

from gridpart.cell_values import as_number
from gridpart.findings import Finding, listed
from gridpart.raw_tables import RawTable
from gridpart.sentences import Sentence

__all__ = ["find_totals", "tell_totals"]

WORDS = re.compile(
    r".*?(小计|合计|总计|共计|累计|总和|汇总|平均值?|sub-?total|grandtotal|total|average)[:：]?",
    re.IGNORECASE,
)
MEANS = ("平均", "平均值", "average")


def find_totals(raw: RawTable, rows: Sequence[int]) -> dict[int, str]:
    """Return which of the rows hold totals, and by which word each says so.

    A row holds totals if one of its texts ends with such a word (小计, 合计, total, …).
    """
    totals = {}
    for at in rows:
        for cell in raw.cells[at]:
            found = WORDS.fullmatch("".join(cell.split())) if isinstance(cell, str) else None
            if found:
                totals[at] = found.group(1).lower()
                break
    return totals


def tell_totals(raw: RawTable, rows: Sequence[int], totals: dict[int, str]) -> list[Finding]:
    """Return what was left out, and the totals that are not the sum of their rows.

    A total may be of the rows since the one before it, since the last one by the same
    word, of those up to the next, of all above it, or of the whole table.
    """
    if not totals:
        return []
    names = [Sentence("row_of", row=raw.numbers[at], word=word) for at, word in totals.items()]
    n = len(names)
    what = Sentence("total_left_out") if n == 1 else Sentence("totals_left_out", n=n)
    findings = [Finding("assumption", "", what, tuple(map(str, names)), listed(names, 12))]
    wrong = [text for at in totals if totals[at] not in MEANS
             for text in _differences(raw, rows, totals, at)]  # fmt: skip
    if wrong:
        what = Sentence("totals_differ", n=len(wrong))
        findings.append(Finding("warning", "", what, tuple(map(str, wrong)), listed(wrong)))
    return findings


def _differences(
    raw: RawTable, rows: Sequence[int], totals: dict[int, str], at: int
) -> list[Sentence]:
    """Return the cells of one row of totals that no block of rows adds up to."""
    blocks = _blocks(rows, totals, at)
    found = []
    for c, cell in enumerate(raw.cells[at]):
        stated = as_number(cell)
        if stated is None or not blocks:
            continue
        sums = [sum(as_number(raw.cells[r][c]) or 0 for r in block) for block in blocks]
        if not any(abs(total - stated) <= 1e-6 * max(1.0, abs(stated)) for total in sums):
            told = {"row": raw.numbers[at], "stated": f"{stated:g}", "sum": f"{sums[0]:g}"}
            found.append(Sentence("row_says", **told))
    return found


def _blocks(rows: Sequence[int], totals: dict[int, str], at: int) -> list[list[int]]:
    """Return the blocks of rows that a row of totals may be the sum of, likeliest first."""
    data = [r for r in rows if r not in totals]
    before = max((t for t in totals if t < at), default=-1)
    alike = max((t for t in totals if t < at and totals[t] == totals[at]), default=-1)
    after = min((t for t in totals if t > at), default=max(rows) + 1)
    blocks = [
        [r for r in data if before < r < at],
        [r for r in data if alike < r < at],
        [r for r in data if r < at],
        data,
        [r for r in data if at < r < after],
    ]
    return [block for block in blocks if block]
