"""What stands on a printed page: text, and maps at a round scale with all that belongs to one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import segno
import shapely
from numpy.typing import NDArray
from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm

from gridpart.typefaces import Typefaces, one_line

__all__ = ["Map", "Pen", "Style", "map_frame"]

SCALES = (250, 500, 750, 1000, 1250, 1500, 2000, 2500, 3000, 4000, 5000, 6000, 7500, 10_000,
          12_500, 15_000, 20_000, 25_000, 30_000, 40_000, 50_000)  # fmt: skip
"""Denominators that maps are printed at; beyond them multiples of 10,000."""

M_PER_POINT = 0.0254 / 72
"""Meters of paper in a point."""

INK, GRAY, HEAD = "#1a1a1a", "#666666", "#eef3f8"

Box = tuple[float, float, float, float]
Shapes = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Style:
    """How shapes are drawn; widths and dashes in points, empty colors for none."""

    fill: str = ""
    line: str = ""
    width: float = 0.5
    dash: tuple[float, ...] = ()
    alpha: float = 1.0


@dataclass(slots=True)
class Pen:
    """A page to draw on, and the fonts to write with; places in points from the lower left."""

    canvas: Any
    faces: Typefaces

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        color: str = INK,
        bold: bool = False,
        align: str = "left",
        most: float = 0.0,
        halo: bool = False,
    ) -> float:
        """Write one line and return its width; no wider than `most` where that is given."""
        text = one_line(text)
        text = self.faces.shortened(text, size, most) if most else text
        wide = self.faces.width(text, size)
        x -= {"left": 0.0, "center": wide / 2, "right": wide}[align]
        canvas, ink = self.canvas, HexColor(color)
        canvas.saveState()
        canvas.setFillColor(ink)
        for layer in ("halo", "ink") if halo else ("ink",):
            at = x
            canvas.setStrokeColor(HexColor("#ffffff") if layer == "halo" else ink)
            canvas.setLineWidth(size * 0.22 if layer == "halo" else size * 0.03)
            canvas.setLineJoin(1)
            mode = 1 if layer == "halo" else 2 if bold else 0
            for name, part in self.faces.runs(text):
                canvas.setFont(name, size)
                canvas.drawString(at, y, part, mode=mode)
                at += self.faces.width(part, size)
        canvas.restoreState()
        return wide

    def lines(
        self, x: float, y: float, text: str, size: float, wide: float, most: int = 1, **how: Any
    ) -> float:
        """Write a text on several lines downward and return where the next one stands."""
        for line in self.faces.wrapped(one_line(text), size, wide, most):
            self.text(x, y, line, size, **how)
            y -= size * 1.35
        return y

    def box(self, x: float, y: float, wide: float, high: float, style: Style) -> None:
        """Draw a rectangle."""
        with _Styled(self.canvas, style):
            self.canvas.rect(x, y, wide, high, stroke=int(bool(style.line)),
                             fill=int(bool(style.fill)))  # fmt: skip

    def line(self, ends: Sequence[float], style: Style) -> None:
        """Draw a straight line from x, y to x, y."""
        with _Styled(self.canvas, style):
            self.canvas.line(*ends)

    def table(
        self, x: float, y: float, wide: float, rows: Sequence[Sequence[str]], size: float
    ) -> float:
        """Draw rows below a head, the first column twice as wide; return the lower edge."""
        step, high = wide / (len(rows[0]) + 1), size * 1.9
        for n, row in enumerate(rows):
            y -= high
            self.box(x, y, wide, high, Style(HEAD if n == 0 else "", "#c8c8c8", 0.4))
            for at, cell in enumerate(row):
                left = x + (0 if at == 0 else step * (at + 1))
                room = step * (2 if at == 0 else 1) - 6
                where = left + 3 if at == 0 else left + room + 3
                self.text(where, y + size * 0.6, cell, size, bold=n == 0, most=room,
                          align="left" if at == 0 else "right")  # fmt: skip
        return y

    def qr(self, x: float, y: float, side: float, text: str) -> None:
        """Draw a QR code with its margin in a square."""
        rows = [
            bytes(row) for row in segno.make(text, error="m", micro=False).matrix_iter(border=2)
        ]
        step = side / len(rows)
        path = self.canvas.beginPath()
        for down, row in enumerate(rows, 1):
            start = None
            for across, dark in enumerate((*row, 0)):
                if dark and start is None:
                    start = across
                elif not dark and start is not None:
                    path.rect(x + start * step, y + side - down * step,
                              (across - start) * step, step * 1.02)  # fmt: skip
                    start = None
        with _Styled(self.canvas, Style(fill="#000000")):
            self.canvas.drawPath(path, stroke=0, fill=1)


class _Styled:
    """Sets a style for what is drawn inside the block."""

    def __init__(self, canvas: Any, style: Style) -> None:
        self.canvas, self.style = canvas, style

    def __enter__(self) -> None:
        canvas, style = self.canvas, self.style
        canvas.saveState()
        canvas.setLineWidth(style.width)
        canvas.setLineJoin(1)
        canvas.setDash(*((list(style.dash),) if style.dash else ([],)))
        if style.fill:
            canvas.setFillColor(HexColor(style.fill))
        if style.line:
            canvas.setStrokeColor(HexColor(style.line))
        if style.alpha < 1:
            canvas.setFillAlpha(style.alpha)

    def __exit__(self, *_: object) -> None:
        self.canvas.restoreState()


# --- maps ------------------------------------------------------------------------------


@dataclass(slots=True)
class Map:
    """A part of the ground in a frame on the page."""

    pen: Pen
    frame: Box
    """Left, bottom, width and height, in points."""
    middle: tuple[float, float]
    """What lies in the middle of the frame, in meters of the CRS."""
    scale: int
    """Denominator."""
    taken: list[Box] = field(default_factory=list)
    """Where labels and other marks stand, in points."""

    @property
    def meters(self) -> float:
        """How many meters of ground a point of the page is."""
        return self.scale * M_PER_POINT

    @property
    def ground(self) -> Box:
        """The ground that the frame shows: left, bottom, right and top, in meters."""
        half = [side / 2 * self.meters for side in self.frame[2:]]
        x, y = self.middle
        return x - half[0], y - half[1], x + half[0], y + half[1]

    def place(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points of the page for points of the ground, (n, 2) both."""
        left, bottom, wide, high = self.frame
        middle = left + wide / 2, bottom + high / 2
        return np.asarray((xy - self.middle) / self.meters + middle)

    def draw(self, shapes: Iterable[Any], style: Style) -> None:
        """Draw areas and lines as far as the frame shows them."""
        canvas = self.pen.canvas
        path, areal = canvas.beginPath(), False
        for part in shapely.get_parts(_clipped(shapes, self.ground, style.width, self.scale)):
            kind = shapely.get_dimensions(part)
            areal |= kind == 2
            rings = shapely.get_rings(part) if kind == 2 else [part] if kind == 1 else []
            for ring in rings:
                points = self.place(shapely.get_coordinates(ring)).round(2).tolist()
                path.moveTo(*points[0])
                for point in points[1:]:
                    path.lineTo(*point)
                if kind == 2:
                    path.close()
        with _Styled(canvas, style):
            frame = canvas.beginPath()
            frame.rect(*self.frame)
            canvas.clipPath(frame, stroke=0, fill=0)
            canvas.drawPath(path, stroke=int(bool(style.line)),
                            fill=int(bool(style.fill) and areal), fillMode=0)  # fmt: skip

    def mark(self, x: float, y: float, style: Style, radius: float) -> None:
        """Draw a dot at a place of the ground."""
        at = self.place(np.array([[x, y]]))[0]
        if self._inside(at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius):
            with _Styled(self.pen.canvas, style):
                self.pen.canvas.circle(at[0], at[1], radius, stroke=int(bool(style.line)),
                                       fill=int(bool(style.fill)))  # fmt: skip

    def label(
        self, x: float, y: float, text: str, size: float, *, angle: float = 0.0, **how: Any
    ) -> bool:
        """Write a text over a place of the ground if it has room there; say whether it had."""
        text = one_line(text)
        if not text:
            return False
        wide = self.pen.faces.width(text, size)
        at_x, at_y = self.place(np.array([[x, y]]))[0].tolist()
        cos, sin = abs(np.cos(np.radians(angle))), abs(np.sin(np.radians(angle)))
        half = (wide * cos + size * sin) / 2, (wide * sin + size * cos) / 2
        box = at_x - half[0], at_y - half[1], at_x + half[0], at_y + half[1]
        if not self._inside(*box) or any(_overlap(box, other) for other in self.taken):
            return False
        self.taken.append(box)
        canvas = self.pen.canvas
        canvas.saveState()
        canvas.translate(at_x, at_y)
        canvas.rotate(angle)
        self.pen.text(0, -size * 0.36, text, size, align="center", halo=True, **how)
        canvas.restoreState()
        return True

    def _inside(self, left: float, bottom: float, right: float, top: float) -> bool:
        x, y, wide, high = self.frame
        return left > x and bottom > y and right < x + wide and top < y + high

    def finish(self, north: str) -> None:
        """Draw the frame, a scale bar and an arrow to the north."""
        pen, (x, y, wide, high) = self.pen, self.frame
        pen.box(x, y, wide, high, Style(line=INK, width=0.8))
        per_m = 1 / self.meters
        target = 42 * mm / per_m
        power = 10.0 ** np.floor(np.log10(target))
        length = max(step * power for step in (1, 2, 5) if step * power <= target)
        bar, left, base = length * per_m, x + 4 * mm, y + 4 * mm
        pen.box(x + 1.5 * mm, y + 1.5 * mm, bar + 22 * mm, 8.5 * mm,
                Style(fill="#ffffff", alpha=0.85))  # fmt: skip
        pen.box(left, base, bar / 2, 1.4 * mm, Style(INK, INK, 0.5))
        pen.box(left + bar / 2, base, bar / 2, 1.4 * mm, Style("#ffffff", INK, 0.5))
        pen.text(left, base + 2.2 * mm, "0", 7, align="center")
        told = f"{length:,.0f} m" if length < 1000 else f"{length / 1000:g} km"
        pen.text(left + bar, base + 2.2 * mm, told, 7, align="center")
        pen.text(left + bar + 4 * mm, base, f"1:{self.scale:,}", 8)
        self._north(x + wide - 7 * mm, y + high - 17 * mm, north)

    def _north(self, x: float, y: float, word: str) -> None:
        """Draw an arrow to the north."""
        pen = self.pen
        pen.box(x - 4.5 * mm, y - 1 * mm, 9 * mm, 16 * mm, Style(fill="#ffffff", alpha=0.85))
        for side, color in ((-1, INK), (1, "#ffffff")):
            path = pen.canvas.beginPath()
            path.moveTo(x, y + 9.5 * mm)
            path.lineTo(x + side * 2.6 * mm, y)
            path.lineTo(x, y + 2 * mm)
            path.close()
            with _Styled(pen.canvas, Style(color, INK, 0.6)):
                pen.canvas.drawPath(path, stroke=1, fill=1)
        pen.text(x, y + 10.5 * mm, word, 9, align="center", bold=True)


def map_frame(pen: Pen, frame: Box, bounds: Sequence[float], margin: float) -> Map:
    """Return a map that shows bounds with a margin, at the largest round scale that fits.

    Parameters
    ----------
    pen : Pen
    frame : tuple of float
        Left, bottom, width and height, in points.
    bounds : sequence of float
        Left, bottom, right and top, in meters.
    margin : float
        Share of the frame that stays free around the bounds.
    """
    left, bottom, right, top = bounds
    across, along = max(right - left, 1.0), max(top - bottom, 1.0)
    free = 1 - 2 * margin
    least = max(across / (frame[2] * free), along / (frame[3] * free)) / M_PER_POINT
    scale = next((s for s in SCALES if s >= least), int(np.ceil(least / 10_000)) * 10_000)
    x, y, wide, high = frame
    kept = [(x, y, x + 70 * mm, y + 10 * mm), (x + wide - 12 * mm, y + high - 18 * mm, x + wide,
                                               y + high)]  # fmt: skip
    return Map(pen, frame, ((left + right) / 2, (bottom + top) / 2), scale, kept)


def _clipped(shapes: Iterable[Any], ground: Box, width: float, scale: int) -> Shapes:
    """Return what lies on the ground shown, wide enough that cut edges stay outside."""
    listed = np.array([shape for shape in shapes if shape is not None], dtype=object)
    if not listed.size:
        return listed
    beyond = (width + 2) * scale * M_PER_POINT
    left, bottom, right, top = ground
    area = shapely.box(left - beyond, bottom - beyond, right + beyond, top + beyond)
    shapely.prepare(area)
    whole = shapely.covers(area, listed)
    crossing = ~whole & shapely.intersects(area, listed)
    cut = shapely.intersection(listed[crossing], area)
    return np.concatenate([listed[whole], cut])


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
