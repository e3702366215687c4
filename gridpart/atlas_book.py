"""What the pages of an atlas share: the plan to look things up in, words, sizes and colors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from reportlab.lib.units import mm
from shapely import STRtree

from gridpart.breach_words import breach_text
from gridpart.model import Breach
from gridpart.plan import Plan
from gridpart.printing import GRAY, Pen
from gridpart.telling import Titles

__all__ = ["A3", "A4", "WORDS", "Book", "breach_line", "draw_footer", "open_book", "serial"]

A4, A3 = (210 * mm, 297 * mm), (420 * mm, 297 * mm)
EDGE = 12 * mm
RED, PALE = "#cc181e", "#fff3c4"

WORDS = {
    "zh": {
        "title": "{name} 网格图册", "rules": "规则", "source": "来源", "contents": "目录",
        "levels": "各级网格", "level": "层级", "grids": "网格数",
        "in": "在范围内", "out": "超出范围",
        "cv": "变异系数", "north": "北", "page": "第 {n} 页，共 {of} 页",
        "community": "{name} 网格图", "list": "{level}一览", "code": "网格编码",
        "parent": "上级网格",
        "leader": "网格长", "phone": "电话", "posts": "岗位配备", "bounds": "四至",
        "holds": "所含单元", "inner": "所含网格", "breach": "违规说明", "range": "范围",
        "scan": "扫码查看网格编码",
        "made": "gridpart {version}，种子 {seed}，数据 {hash}；{crs}",
        "missing": "字体缺少 {n} 个字符，以“{mark}”代替：{codes}",
        "more": "…等 {n} 个，见台账", "proven": "已证明无法避免", "unproven": "未证明无法避免",
        "soft": "非硬性", "approved": "审定：", "date": "日期：", "legend": "图例",
        "own": "本网格", "unit": "单元（建筑或地块）", "exclusive": "专属网格", "street": "道路",
        "river": "河流", "railway": "铁路", "barrier": "其他障碍", "station": "服务站",
        "border": "社区边界", "yes": "是", "no": "否", "persons": "{title} {n} 人",
    },
    "en": {
        "title": "{name}: atlas of grids", "rules": "Rules", "source": "Source",
        "contents": "Contents", "levels": "Levels", "level": "level", "grids": "grids",
        "in": "in range", "out": "out of range", "cv": "load CV", "north": "N",
        "page": "page {n} of {of}", "community": "{name}: grids", "list": "{level} grids",
        "code": "Grid code", "parent": "Parent grid", "leader": "Leader", "phone": "Phone",
        "posts": "Posts", "bounds": "Bounds", "holds": "Units", "inner": "Grids",
        "breach": "Breaches", "range": "range", "scan": "Scan for the grid code",
        "made": "gridpart {version}, seed {seed}, data {hash}; {crs}",
        "missing": "{n} characters are in no font and stand as “{mark}”: {codes}",
        "more": "… {n} in all, see the ledger", "proven": "proven to be unavoidable",
        "unproven": "not proven to be unavoidable", "soft": "soft", "approved": "Approved:",
        "date": "Date:", "legend": "Legend", "own": "this grid", "unit": "unit",
        "exclusive": "exclusive grid", "street": "street", "river": "river",
        "railway": "railway", "barrier": "other barrier", "station": "station",
        "border": "community", "yes": "yes", "no": "no", "persons": "{title}: {n}",
    },
}  # fmt: skip

STREET, STREET_EDGE, UNIT, SITE = "#ffffff", "#b9b9b9", "#c9c6bf", "#7a3a8c"
BARRIERS = {"river": ("#4a86b8", ()), "railway": ("#2b2b2b", (4, 2.5)), "": ("#7a4a20", ())}


@dataclass(frozen=True, slots=True)
class Book:
    """A plan with what is looked up again and again while its pages are drawn."""

    plan: Plan
    lang: str
    trees: Mapping[str, STRtree]
    """Layer -> index of its shapes."""
    names: Mapping[str, str]
    """Code of a grid -> its name."""
    tiles: frozenset[str]
    """Units that are the whole of their ground, such as parcels; filled, they would hide it."""
    units: Mapping[str, pd.DataFrame]
    """Code of a grid -> its units."""
    parents: Mapping[str, str]
    """Code of a grid -> that of the grid above."""
    breaches: Mapping[str, tuple[Breach, ...]]
    posts: Mapping[str, tuple[tuple[str, float], ...]]
    """Code of a grid -> titles of its posts with how many are needed."""

    @property
    def say(self) -> dict[str, str]:
        """The words of its language."""
        return WORDS[self.lang]

    def level_title(self, level: str) -> str:
        """Return what a level is called."""
        if level == "exclusive":
            return self.say["exclusive"]
        title = next((v.title for v in self.plan.rules.levels if v.id == level), "")
        return title if title and (self.lang == "zh" or title.isascii()) else level

    def tag(self, code: str, beside: str = "") -> str:
        """Return what a code adds to that of the grid above, and to the one above `beside`."""
        parent = self.parents.get(code, "")
        own = serial(code, parent)
        if parent == beside or not beside:
            return own
        return f"{serial(parent, self.parents.get(parent, ''))}-{own}"

    def near(self, layer: str, box: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
        """Return the rows of a layer that a box touches, in their order."""
        frame = _layer(self.plan, layer)
        found = np.sort(self.trees[layer].query(shapely.box(*box), predicate="intersects"))
        return frame.iloc[found]


def _layer(plan: Plan, name: str) -> gpd.GeoDataFrame:
    if name in plan.layers or name == "exclusive":
        return plan.grids(name)
    found: gpd.GeoDataFrame = getattr(plan if name == "units" else plan.district, name)
    return found


def open_book(plan: Plan, lang: str, levels: Sequence[str]) -> Book:
    """Return a plan ready to be drawn; `levels` are those whose grids get sheets."""
    layers = (*plan.layers, "exclusive", "units", "communities", "streets", "barriers", "stations")
    names: dict[str, str] = {}
    parents: dict[str, str] = {}
    for table in (*plan.layers.values(), plan.exclusive):
        parents |= dict(zip(table["grid_code"], table["parent_code"].fillna(""), strict=True))
        names |= dict(zip(table["grid_code"], table["name"].fillna("").astype(str), strict=True))
    units: dict[str, pd.DataFrame] = {}
    for level in levels:
        if level in plan.above:  # its sheet names grids
            continue
        key = "exclusive_id" if level == "exclusive" else f"{level}_code"
        own = {str(code): rows for code, rows in plan.units.groupby(key)}
        if level == "exclusive":
            pairs = zip(plan.exclusive["exclusive_id"], plan.exclusive["grid_code"], strict=True)
            own = {code: own[site] for site, code in pairs if site in own}
        units |= own
    breaches: dict[str, tuple[Breach, ...]] = {}
    for breach in plan.report.breaches:
        breaches[breach.grid] = (*breaches.get(breach.grid, ()), breach)
    return Book(
        plan=plan,
        lang="zh" if lang == "zh" else "en",
        trees={name: STRtree(_layer(plan, name).geometry.to_numpy()) for name in layers},
        names=names,
        tiles=_tiles(plan),
        units=units,
        parents=parents,
        breaches=breaches,
        posts=_posts(plan),
    )


def _tiles(plan: Plan) -> frozenset[str]:
    ground = plan.units["unit_id"].map(plan.cells.set_index("unit_id").geometry.area)
    whole = plan.units.geometry.area > 0.9 * ground.fillna(np.inf)
    return frozenset(plan.units["unit_id"][whole])


def _posts(plan: Plan) -> dict[str, tuple[tuple[str, float], ...]]:
    """Return the posts of each grid, where the plan has a table of them."""
    table = plan.tables.get("staffing")
    if table is None or not {"grid_code", "title", "needed"} <= set(table):
        return {}
    posts: dict[str, tuple[tuple[str, float], ...]] = {}
    told = table.dropna(subset=["grid_code", "needed"])
    for code, title, needed in zip(told["grid_code"], told["title"], told["needed"], strict=True):
        posts[code] = (*posts.get(code, ()), (str(title), float(needed)))
    return posts


def serial(code: str, parent: str) -> str:
    """Return what a code adds to that of the grid above."""
    return code[len(parent) :].lstrip("-_./ ") or code if code.startswith(parent) else code


def draw_footer(pen: Pen, book: Book, page: tuple[int, int], size: tuple[float, float]) -> None:
    """Write at the lower edge how the plan was made, and the page."""
    plan, say = book.plan, book.say
    made = say["made"].format(
        version=plan.meta.get("version", "?"), seed=plan.meta.get("seed", "?"),
        hash=plan.district.source_hash[:8], crs=plan.district.crs.name,
    )  # fmt: skip
    told = say["page"].format(n=page[0], of=page[1])
    pen.text(EDGE, 7 * mm, made, 7, color=GRAY, most=size[0] - 2 * EDGE - 40 * mm)
    pen.text(size[0] - EDGE, 7 * mm, told, 8, color=GRAY, align="right")


def breach_line(breach: Breach, lang: str, titles: Titles) -> str:
    """Return why a grid breaks a rule in one sentence."""
    say = WORDS[lang]
    state = say["soft" if not breach.hard else "proven" if breach.proven else "unproven"]
    told = breach_text(breach, lang, titles)
    return f"{told}（{state}）" if lang == "zh" else f"{told} ({state})"
