"""The texts of a static map: its words, and the labels that find room in its grids."""

import geopandas as gpd
import pandas as pd
import shapely
from matplotlib import patheffects
from matplotlib.axes import Axes

from gridpart.drawing import INK
from gridpart.plan import Plan

__all__ = ["Texts", "label_grids"]

NAME_SIZE, NAME = 6.5, "#5c4a1e"
"""Points and color of the name of a community among its grids."""
NAME_FITS = 0.7
"""Share of half a name's width that the circle has to hold; the ends may cross a border."""

WORDS = {
    "zh": {
        "title": "{name} {level}划分图",
        "counts": "{n} 个网格，{out} 个超出范围；规则：{rules}",
        "grid": "网格（相邻异色）",
        "out": "超出范围的网格",
        "nonplanar": "楼层段（平面示意）",
        "exclusive": "专属网格",
        "community": "社区边界",
        "street": "道路",
        "railway": "铁路",
        "river": "河流",
        "barrier": "其他障碍",
        "unit": "单元",
        "station": "服务站",
        "crossing": "过障通道",
        "note": "来源：{name}（数据 {hash}）；gridpart {version}，种子 {seed}；{crs}",
        "north": "北",
    },
    "en": {
        "title": "{name}: {level} grids",
        "counts": "{n} grids, {out} out of range; rules: {rules}",
        "grid": "grid (neighbors differ in color)",
        "out": "grid out of range",
        "nonplanar": "floors of a building, drawn side by side",
        "exclusive": "exclusive grid",
        "community": "community",
        "street": "street",
        "railway": "railway",
        "river": "river",
        "barrier": "other barrier",
        "unit": "unit",
        "station": "station",
        "crossing": "crossing",
        "note": "Source: {name} (data {hash}); gridpart {version}, seed {seed}; {crs}",
        "north": "N",
    },
}


class Texts:
    """The words of a map and the font that has their characters."""

    def __init__(self, font: str | None, lang: str) -> None:
        self.words = WORDS[lang]
        self.lang = lang
        self.family = [font, "DejaVu Sans"] if font else ["DejaVu Sans"]
        self.has_chinese = font is not None

    def shown(self, text: str) -> str:
        """Return a text of the data as text, without the characters that would be boxes."""
        text = text.replace("$", r"\$")  # between two of them matplotlib reads a formula
        if self.has_chinese:
            return text
        return "".join(c for c in text if ord(c) < 0x2E80).strip(" :,;()（）")


def _serials(grids: gpd.GeoDataFrame, texts: Texts, *, by_name: bool) -> list[str]:
    """Return what each code adds to that of the grid above, and its floors; or its name."""
    parents = grids["parent_code"].fillna("").to_numpy(object)
    serials = [
        texts.shown(str(code)[len(parent) :].lstrip("-_./ "))
        if parent and not by_name
        else (texts.shown(str(name)) or str(code))
        for code, name, parent in zip(grids["grid_code"], grids["name"], parents, strict=True)
    ]
    floors = grids["floor_bands"] if "floor_bands" in grids else [""] * len(grids)
    pairs = zip(serials, floors, strict=True)
    return [f"{serial}\n{texts.shown(told)}" if told else serial for serial, told in pairs]


def label_grids(
    axes: Axes, grids: gpd.GeoDataFrame, plan: Plan, texts: Texts, *, small: bool, by_name: bool
) -> None:
    """Write the serial of every grid where it has room, and each community's name in one."""
    size = 4.5 if small else 8.0
    low, high = axes.get_xlim()
    wide_px = axes.get_window_extent().width
    per_point = (high - low) / wide_px * axes.figure.dpi / 72
    whole = shapely.difference(
        grids.geometry.to_numpy(), shapely.union_all(plan.exclusive.geometry.to_numpy())
    )
    white = [patheffects.withStroke(linewidth=1.5, foreground="white")]
    spots = [_roomiest(shape) for shape in whole]
    named = {} if small or by_name else _named(grids, plan, [room for _, room in spots])
    serials = _serials(grids, texts, by_name=by_name)
    for row, (text, (center, room)) in enumerate(zip(serials, spots, strict=True)):
        wide = _half_width(text, size) * per_point
        if room < 0.55 * size * per_point or (small and room < wide):
            continue
        axes.text(
            *center, text, size=size, ha="center", va="center", zorder=11, family=texts.family,
            color=INK, weight="normal" if small else "bold", path_effects=white,
        )  # fmt: skip
        name = texts.shown(named.get(row, ""))
        if room > NAME_FITS * _half_width(name, NAME_SIZE) * per_point:
            axes.annotate(
                name, center, (0, -0.75 * size), textcoords="offset points", size=NAME_SIZE,
                ha="center", va="top", zorder=11, family=texts.family, color=NAME,
                path_effects=white,
            )  # fmt: skip


def _roomiest(shape: shapely.Geometry) -> tuple[tuple[float, float], float]:
    """Return the middle of the largest circle in the largest piece, and its radius in meters."""
    largest = max(shapely.get_parts(shape), key=shapely.area, default=None)
    if largest is None or largest.is_empty:
        return (0.0, 0.0), 0.0
    spot = shapely.maximum_inscribed_circle(largest, tolerance=2.0)
    center = shapely.get_point(spot, 0)
    return (center.x, center.y), float(shapely.length(spot))


def _half_width(text: str, size: float) -> float:
    """Return about how many points half of the longest line takes."""
    return max(len(t.encode("gb18030", "replace")) for t in text.split("\n")) * 0.3 * size


def _named(grids: gpd.GeoDataFrame, plan: Plan, rooms: list[float]) -> dict[int, str]:
    """Return the roomiest grid of each community and the community's name; none at the top."""
    names = plan.district.communities.set_index("community_id")["name"].fillna("")
    best = pd.Series(rooms).groupby(grids["community_id"].to_numpy()).idxmax()
    below = grids["parent_code"].fillna("").to_numpy(object) != ""
    return {int(row): str(names[key]) for key, row in best.items() if below[row]}
