"""Fonts for print: only the characters of a text, embedded, and never a box for one.

A font file may hold several faces and outlines of either kind. What is registered is one
face with the characters asked for and quadratic outlines, which every PDF reader draws.
"""

import hashlib
import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont, newTable
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont as Registered

__all__ = ["Typefaces", "load_typefaces", "one_line"]

STAND_IN = "〓"
"""What Chinese and Japanese printers put where a character is missing; else ``?``."""

COARSE = 1.0
"""How far a curve may move when it becomes quadratic, in units of 1/1000 of the size."""


@dataclass(frozen=True, slots=True)
class Typefaces:
    """Registered fonts in order of preference, and which of them has a character."""

    names: tuple[str, ...]
    home: dict[str, str]
    """Character -> the name of its font."""
    missing: frozenset[str]
    """Characters that no font has; `stand_in` stands for them."""
    stand_in: str

    def runs(self, text: str) -> list[tuple[str, str]]:
        """Return the text as pairs of a font and what is set in it."""
        runs: list[tuple[str, str]] = []
        for char in text:
            shown = char if char in self.home else self.stand_in
            name = self.home.get(shown, self.names[0])
            if runs and runs[-1][0] == name:
                runs[-1] = (name, runs[-1][1] + shown)
            else:
                runs.append((name, shown))
        return runs

    def width(self, text: str, size: float) -> float:
        """Return how wide a text is, in points."""
        parts = [pdfmetrics.stringWidth(part, name, size) for name, part in self.runs(text)]
        return float(sum(parts))

    def shortened(self, text: str, size: float, wide: float) -> str:
        """Return the text, or what fits of it with an ellipsis."""
        if self.width(text, size) <= wide:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self.width(text[:middle] + "…", size) <= wide:
                low = middle
            else:
                high = middle - 1
        return text[:low].rstrip() + "…"

    def wrapped(self, text: str, size: float, wide: float, most: int) -> list[str]:
        """Return the text in at most so many lines; the last ends in an ellipsis if it must."""
        lines: list[str] = []
        rest = text.strip()
        while rest and len(lines) < most - 1:
            if self.width(rest, size) <= wide:
                break
            at = len(self.shortened(rest, size, wide)) or 1
            while at > 1 and self.width(rest[:at], size) > wide:
                at -= 1
            space = rest.rfind(" ", 0, at + 1)
            at = space if space > 0.6 * at else at
            lines.append(rest[:at].rstrip())
            rest = rest[at:].lstrip()
        return [*lines, self.shortened(rest, size, wide)] if rest else lines


def one_line(text: str) -> str:
    """Return a text on one line, without signs that steer the direction of writing.

    Examples
    --------
    >>> one_line(" 3 号楼  东侧 ")
    '3 号楼 东侧'
    """
    kept = "".join(" " if c in "\t\n\r\u2028\u2029" else c for c in text)
    kept = "".join(c for c in kept if c == " " or unicodedata.category(c)[0] not in "CZ"
                   or unicodedata.category(c) == "Co")  # fmt: skip
    return " ".join(kept.split())


def load_typefaces(
    files: Sequence[tuple[str | Path, Sequence[str]]], characters: Iterable[str]
) -> Typefaces:
    """Return fonts cut to the characters given and registered for PDF.

    Parameters
    ----------
    files : sequence of (path, names)
        Font files, the best first, and the families wanted of a file with several.
    characters : iterable of str
        All characters that will be set.
    """
    wanted = set(characters) | set("…?") | set(map(chr, range(32, 127))) | {STAND_IN}
    names: list[str] = []
    home: dict[str, str] = {}
    for path, families in files:
        font = _open(Path(path), families)
        own = {c for c in wanted if c not in home and ord(c) in (font.getBestCmap() or {})}
        if not own:
            continue
        # ReportLab registers a name once, of fonts and of faces: other characters need others.
        mark = hashlib.sha256("".join(sorted(own)).encode()).hexdigest()[:12]
        name = f"{font['name'].getDebugName(6)}-{mark}"
        registered = Registered(name, io.BytesIO(_cut(font, own)))
        registered.face.name = name.encode()
        pdfmetrics.registerFont(registered)
        names.append(name)
        home |= dict.fromkeys(own, name)
    missing = frozenset(wanted - set(home) - {STAND_IN})
    return Typefaces(tuple(names), home, missing, STAND_IN if STAND_IN in home else "?")


def _open(path: Path, families: Sequence[str]) -> Any:
    """Return the face of a font file that comes first among the families."""
    content = io.BytesIO(path.read_bytes())
    if content.getvalue()[:4] != b"ttcf":
        return TTFont(content, recalcTimestamp=False, lazy=True)
    faces = list(TTCollection(content, lazy=True).fonts)
    called = [str(face["name"].getDebugName(1)) for face in faces]
    return next((faces[called.index(f)] for f in families if f in called), faces[0])


def _cut(font: Any, characters: set[str]) -> bytes:
    """Return a font file with the characters only, and quadratic outlines."""
    options = Options(
        layout_features=[], hinting=False, notdef_outline=True, glyph_names=False,
        name_IDs=[1, 2, 4, 6], recalc_timestamp=False,
    )  # fmt: skip
    options.drop_tables = [*options.drop_tables, "GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea",
                           "vmtx", "FFTM"]  # fmt: skip
    cutter = Subsetter(options)
    cutter.populate(unicodes=[ord(c) for c in characters])
    cutter.subset(font)
    if "glyf" not in font:
        _make_quadratic(font)
    font["name"].names = [n for n in font["name"].names if n.nameID == 6][:1] or font["name"].names
    content = io.BytesIO()
    font.flavor = None
    font.save(content, reorderTables=False)
    return content.getvalue()


def _make_quadratic(font: Any) -> None:
    """Replace the cubic outlines of a font by quadratic ones."""
    order, drawn = font.getGlyphOrder(), font.getGlyphSet()
    error = COARSE * font["head"].unitsPerEm / 1000
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(drawn)
        drawn[name].draw(Cu2QuPen(pen, error, reverse_direction=True))
        glyphs[name] = pen.glyph()
    table = newTable("glyf")
    table.glyphOrder, table.glyphs = order, glyphs
    font["loca"], font["glyf"] = newTable("loca"), table
    for name, glyph in glyphs.items():
        glyph.recalcBounds(table)
        font["hmtx"][name] = (font["hmtx"][name][0], getattr(glyph, "xMin", 0))
    most = font["maxp"]
    most.tableVersion = 0x00010000
    for field in ("maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs",
                  "maxInstructionDefs", "maxStackElements", "maxSizeOfInstructions",
                  "maxComponentElements", "maxPoints", "maxContours", "maxCompositePoints",
                  "maxCompositeContours", "maxComponentDepth"):  # fmt: skip
        setattr(most, field, 0)
    most.maxZones = 1
    most.recalc(font)
    font["post"].formatType = 3.0
    for name in ("CFF ", "CFF2", "VORG"):
        if name in font:
            del font[name]
    font.sfntVersion = "\000\001\000\000"
