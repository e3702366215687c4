"""What the columns of a plan are called in a table for people, and how their values look.

A column that is not listed keeps its own name, so that data of any planner has a place.
"""

import re
from dataclasses import dataclass

__all__ = ["Title", "column_title", "told_value"]


@dataclass(frozen=True, slots=True)
class Title:
    """What a column is called, and of which kind its values are."""

    zh: str
    en: str
    kind: str = ""
    """``text``, ``count``, ``number``, ``share``, ``ratio`` or ``flag``; empty: by its type."""
    summed: bool = False
    """Whether a sum over grids or units means something."""

    def of(self, lang: str) -> str:
        """Return the title in one language."""
        return self.zh if lang == "zh" else self.en


TITLES = {
    "grid_code": Title("网格编码", "grid code", "text"),
    "level": Title("层级", "level", "text"),
    "name": Title("名称", "name", "text"),
    "parent_code": Title("上级网格编码", "parent code", "text"),
    "community_id": Title("社区编码", "community id", "text"),
    "community": Title("社区", "community", "text"),
    "area_type": Title("城乡类别", "area type", "text"),
    "nonplanar": Title("楼层段", "floors of a building", "flag"),
    "floor_bands": Title("楼层", "floors", "text"),
    "exclusive_id": Title("专属单位编号", "exclusive site", "text"),
    "kind": Title("类型", "kind", "text"),
    "communities": Title("社区数", "communities", "count", summed=True),
    "n_units": Title("单元数", "units", "count", summed=True),
    "households": Title("户数", "households", "count", summed=True),
    "population": Title("人口", "people", "count", summed=True),
    "firms": Title("企业", "firms", "count", summed=True),
    "workers": Title("从业人员", "workers", "count", summed=True),
    "workload": Title("负荷", "workload", "number", summed=True),
    "area_m2": Title("面积(平方米)", "area m2", "count", summed=True),
    "radius_m": Title("直线半径(米)", "straight radius m", "count"),
    "polsby_popper": Title("紧凑度", "compactness", "ratio"),
    "walk_max_m": Title("最远步行(米)", "longest walk m", "count"),
    "walk_mean_m": Title("平均步行(米)", "mean walk m", "count"),
    "within_300_m": Title("300米内户数占比", "within 300 m", "share"),
    "within_500_m": Title("500米内户数占比", "within 500 m", "share"),
    "within_1000_m": Title("1000米内户数占比", "within 1000 m", "share"),
    "walk_from": Title("步行起点", "walks from", "text"),
    "walk_by": Title("步行算法", "walks by", "text"),
    "bounds_text": Title("四至", "bounds", "text"),
    "in_range": Title("在范围内", "in range", "flag"),
    "estimated": Title("估算项", "estimated", "text"),
    "contents": Title("所含单元", "units it holds", "text"),
    "leader": Title("网格长", "leader", "text"),
    "phone": Title("电话", "phone", "text"),
    "unit_id": Title("单元编号", "unit id", "text"),
    "compound_id": Title("小区编号", "compound", "text"),
    "parent_unit_id": Title("所属楼栋", "building", "text"),
    "stairwells": Title("单元门数", "stairwells", "count"),
    "stairwell": Title("第几单元门", "stairwell", "count"),
    "floors": Title("层数", "floors", "count"),
    "floor_from": Title("起始楼层", "from floor", "count"),
    "floor_to": Title("截止楼层", "to floor", "count"),
    "rule": Title("规则", "rule", "text"),
    "clause": Title("条款", "clause", "text"),
    "measure": Title("指标", "measure", "text"),
    "value": Title("数值", "value", "number"),
    "min": Title("下限", "min", "number"),
    "max": Title("上限", "max", "number"),
    "reason": Title("原因", "reason", "text"),
    "proven": Title("已证明", "proven", "flag"),
    "hard": Title("硬性", "hard", "flag"),
    "unit_ids": Title("涉及单元", "units", "text"),
    "message": Title("说明", "message", "text"),
    "alternative": Title("备选做法", "alternative", "text"),
    "what": Title("内容", "what", "text"),
    "names": Title("涉及对象", "names", "text"),
    "post": Title("岗位", "post", "text"),
    "title": Title("岗位名称", "title", "text"),
    "needed": Title("应配人数", "needed", "number", summed=True),
    "shared_with": Title("合用网格", "shared with", "text"),
    "filled": Title("已配人数", "filled", "number", summed=True),
    "person_codes": Title("人员编号", "person codes", "text"),
    "vacant": Title("空缺", "vacant", "number", summed=True),
    "basis": Title("依据", "basis", "text"),
    "from_code": Title("原网格编码", "old grid", "text"),
    "to_code": Title("新网格编码", "new grid", "text"),
    "moved": Title("换网格数量", "moved", "count"),
    "total": Title("原有总数", "total", "count"),
    "visits": Title("走访数", "visits", "count"),
    "days": Title("走访天数", "days", "number"),
    "hours": Title("走访小时", "hours", "number"),
    "verdict": Title("评价", "verdict", "text"),
    "person_code": Title("人员编号", "person code", "text"),
}
"""Columns of the plan's layers and tables, and those that a ledger adds."""

VALUES = {
    "area_type": {"urban": "城镇", "rural": "农村"},
    "walk_from": {"center": "最佳中心", "station": "最近服务站"},
    "walk_by": {"streets": "沿道路", "straight": "直线乘绕行系数（假定）", "mixed": "部分沿道路"},
    "kind": {
        "building": "楼宇", "market": "市场", "school": "学校", "hospital": "医院",
        "park": "园区", "agency": "机关", "apartment": "住宅楼", "village_group": "村民小组",
        "courtyard": "院落", "slab": "板楼", "tower": "塔楼", "shop": "商铺", "office": "办公楼",
        "workshop": "厂房", "office_tower": "写字楼", "block": "街区",
        "repair": "修复", "moved": "移动", "assumption": "假定", "opened": "拆分",
        "proposed": "建议", "warning": "提示",
    },
    "verdict": {"above": "偏高", "within": "合适", "below": "偏低"},
    "measure": {"households": "户数", "population": "人口", "firms": "企业",
                "workers": "从业人员", "radius_m": "半径(米)"},
    "rule": {"range": "规模范围", "radius": "服务半径", "cover": "全覆盖", "overlap": "无重叠",
             "contiguity": "连片", "nesting": "逐级嵌套", "codes": "编码", "sums": "合计一致",
             "whole_units": "单元与院落完整", "enclosed": "不被包围"},
}  # fmt: skip
"""What values that are words of the program say in Chinese; others are the planner's own."""


BOUNDS = re.compile("东至(.*?)，南至(.*?)，西至(.*?)，北至(.*)")
"""The four bounds of a grid, as ``described.bounds_texts`` tells them."""

BOUND_WORDS = {
    "河道": "a river", "铁路": "a railway", "高速公路": "an expressway", "围墙": "a wall",
    "辖区边界": "the edge of the district",
}  # fmt: skip
"""Words of the program among the bounds; all others are names of the planner's own."""


def column_title(name: str) -> Title:
    """Return what a column is called; one that is not known keeps its name.

    Examples
    --------
    >>> column_title("households").zh, column_title("lamp_posts").zh
    ('户数', 'lamp_posts')
    """
    return TITLES.get(name, Title(name, name))


def told_value(column: str, value: str, lang: str) -> str:
    """Return a word of the program in the language of the reader.

    Examples
    --------
    >>> told_value("area_type", "urban", "zh"), told_value("area_type", "urban", "en")
    ('城镇', 'urban')
    >>> told_value("bounds_text", "东至春江路，南至河道，西至春江路，北至辖区边界", "en")
    'east 春江路; south a river; west 春江路; north the edge of the district'
    """
    if column == "bounds_text" and lang != "zh" and (found := BOUNDS.fullmatch(value)):
        sides = zip(("east", "south", "west", "north"), found.groups(), strict=True)
        return "; ".join(f"{side} {BOUND_WORDS.get(name, name)}" for side, name in sides)
    return VALUES.get(column, {}).get(value, value) if lang == "zh" else value
