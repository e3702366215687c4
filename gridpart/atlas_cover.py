"""The cover of an atlas: what was divided by which rules, the numbers, and where is what."""

from collections.abc import Sequence

import numpy as np
from reportlab.lib.units import mm

from gridpart.atlas_book import (
    A4,
    BARRIERS,
    EDGE,
    PALE,
    RED,
    SITE,
    STREET_EDGE,
    UNIT,
    Book,
    draw_footer,
)
from gridpart.printing import GRAY, INK, Pen, Style
from gridpart.telling import source_line, titles_of
from gridpart.wording import estimate_line, measure_name

__all__ = ["draw_cover"]


def draw_cover(pen: Pen, book: Book, contents: Sequence[tuple[str, int]], pages: int) -> None:
    """Draw the first page: what was divided by which rules, the numbers, and where is what."""
    say, plan, (wide, high) = book.say, book.plan, A4
    inner = wide - 2 * EDGE
    pen.box(0, high - 52 * mm, wide, 52 * mm, Style(fill="#1f4068"))
    pen.text(EDGE, high - 28 * mm, say["title"].format(name=plan.district.name), 26,
             color="#ffffff", bold=True, most=inner)  # fmt: skip
    pen.text(EDGE, high - 40 * mm, f"{plan.rules.title} ({plan.rules.id})", 11,
             color="#ffffff", most=inner)  # fmt: skip
    y = _level_table(pen, book, high - 66 * mm)
    guessed = estimate_line(plan.district.estimated, book.lang)
    for text in (guessed, _missing(pen, say)):
        if text:
            y = pen.lines(EDGE, y, text, 9, inner, 2, color=RED) - 2 * mm
    pen.text(EDGE, y, say["source"], 11, bold=True)
    y -= 6 * mm
    for source in plan.rules.sources:
        text = source_line(source, book.lang, titles_of(plan.rules))
        y = pen.lines(EDGE, y, text, 8, inner, 2, color=GRAY) - 1
    y = _legend(pen, book, y - 6 * mm)
    _contents(pen, say, contents, y)
    for at, word in ((0.0, "approved"), (inner / 2, "date")):
        width = pen.text(EDGE + at, 26 * mm, say[word], 10)
        pen.line((EDGE + at + width + 4, 25 * mm, EDGE + at + inner / 2 - 10 * mm, 25 * mm),
                 Style(line=GRAY))  # fmt: skip
    draw_footer(pen, book, (1, pages), A4)


def _level_table(pen: Pen, book: Book, y: float) -> float:
    """Draw a row for each level and return where the next line stands."""
    say, report = book.say, book.plan.report
    measures = list(book.plan.district.measures)[:3]
    heads = [say["level"], say["grids"], say["in"], say["out"],
             *(measure_name(m, book.lang) for m in measures), say["cv"]]  # fmt: skip
    rows = [
        [book.level_title(level.level), f"{level.n_grids:,}", f"{level.n_in_range:,}",
         f"{level.n_grids - level.n_in_range:,}",
         *(f"{level.totals.get(m, 0):,}" for m in measures),
         "-" if np.isnan(level.cv) else f"{level.cv:.3f}"]
        for level in report.levels
    ]  # fmt: skip
    rows.append([say["exclusive"], f"{len(book.plan.exclusive):,}", *[""] * (len(heads) - 2)])
    pen.text(EDGE, y, say["levels"], 11, bold=True)
    return float(pen.table(EDGE, y - 4 * mm, A4[0] - 2 * EDGE, [heads, *rows], 9) - 6 * mm)


def _missing(pen: Pen, say: dict[str, str]) -> str:
    """Return the sentence that some characters are in no font."""
    lost = sorted(pen.faces.missing)
    codes = " ".join(f"U+{ord(c):04X}" for c in lost[:8])
    return say["missing"].format(n=len(lost), mark=pen.faces.stand_in, codes=codes) if lost else ""


def _legend(pen: Pen, book: Book, y: float) -> float:
    """Explain what the maps show; return where the next line stands."""
    say, district = book.say, book.plan.district
    kinds = set(district.barriers["kind"].fillna(""))
    kinds = {kind if kind in BARRIERS else "" for kind in kinds}
    entries: list[tuple[str, Style]] = [
        ("own", Style(PALE, RED, 1.6)),
        ("unit", Style(UNIT, "#8f8c86", 0.4)),
        *([("exclusive", Style("#e6d9ec", SITE, 1.0))] if len(book.plan.exclusive) else []),
        ("border", Style("", INK, 1.6, (7, 2, 1.5, 2))),
        *([("street", Style("", STREET_EDGE, 2.4))] if len(district.streets) else []),
        *((kind or "barrier", Style("", color, 1.8, dash)) for kind, (color, dash)
          in BARRIERS.items() if kind in kinds),
    ]  # fmt: skip
    pen.text(EDGE, y, say["legend"], 11, bold=True)
    y -= 7 * mm
    for n, (key, style) in enumerate(entries):
        x = EDGE + (n % 4) * 46 * mm
        low = y - (n // 4) * 6 * mm
        if style.fill:
            pen.box(x, low - 0.5 * mm, 8 * mm, 3.5 * mm, style)
        else:
            pen.line((x, low + 1.2 * mm, x + 8 * mm, low + 1.2 * mm), style)
        pen.text(x + 10 * mm, low, say[key], 9)
    return float(y - ((len(entries) + 3) // 4) * 6 * mm - 4 * mm)


def _contents(pen: Pen, say: dict[str, str], contents: Sequence[tuple[str, int]], y: float) -> None:
    """List on which page each community begins, in as many columns as it takes."""
    pen.text(EDGE, y, say["contents"], 11, bold=True)
    y -= 6 * mm
    rows = max(int((y - 34 * mm) / (4.6 * mm)), 1)
    columns = min(max(-(-len(contents) // rows), 2), 4)
    wide = (A4[0] - 2 * EDGE) / columns
    shown = contents[: rows * columns]
    for n, (name, page) in enumerate(shown):
        x, low = EDGE + (n // rows) * wide, y - (n % rows) * 4.6 * mm
        last = n == len(shown) - 1 < len(contents) - 1
        pen.text(x, low, "…" if last else name, 9, most=wide - 16 * mm)
        if not last:
            pen.text(x + wide - 6 * mm, low, str(page), 9, align="right", color=GRAY)
