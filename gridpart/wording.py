"""What reports and maps say, in Chinese and in English."""

import unicodedata
from collections.abc import Iterable, Sequence

__all__ = ["WORDS", "aligned", "estimate_line", "measure_name", "width", "words"]

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Grid plan of {name}",
        "rules": "Rules",
        "source": "Source",
        "input": "Input",
        "input_line": "{communities} communities, {units} units, {sites} exclusive sites; {sums}",
        "estimated": "{measures}: estimated, not counted; totals of communities spread by floor "
        "area and kind of building",
        "crs": "Coordinates",
        "run": "Run",
        "run_line": "gridpart {version}, seed {seed}, stopped by {stop}",
        "level": "level",
        "grids": "grids",
        "in_range": "in range",
        "out": "out of range",
        "cv": "load CV",
        "max_min": "max/min",
        "shape": "compactness",
        "walks": "{level}, walks: {mean} m on average, {within}; from {origin}, {by}",
        "walk_from_center": "each grid's best center",
        "walk_from_station": "the nearest station",
        "walk_by_streets": "along streets",
        "walk_by_straight": "straight line times the detour (assumed)",
        "walk_by_mixed": "along streets, and where none is known by the straight line times "
        "the detour (assumed)",
        "on_lines": "{level}, boundaries inside communities: {share:.0%} along streets and "
        "barriers",
        "radius": "radius m",
        "radius_m": "radius m",
        "exclusive": "exclusive",
        "ranges": "Ranges",
        "any_area": "all areas",
        "urban": "urban",
        "rural": "rural",
        "verdict_ok": "Every hard rule holds.",
        "verdict_proven": "Every hard rule holds, with proven exceptions: {n}.",
        "verdict_broken": "{n} breaches of hard rules are not proven to be unavoidable.",
        "breaches": "Breaches ({n})",
        "alternative": "Instead: ",
        "proven": "proven",
        "unproven": "not proven",
        "soft": "soft",
        "checks": "Checks",
        "ok": "ok",
        "failed": "FAILED",
        "notes": "Notes ({n})",
        "repair": "repaired",
        "moved": "moved",
        "assumption": "assumed",
        "incidents": "incidents",
        "opened": "opened",
        "coded": "coded",
        "kept": "kept",
        "proposed": "proposed",
        "warning": "warning",
        "error": "error",
        "info": "info",
        "debug": "debug",
        "written": "Written to {path}",
        "nothing_written": "Nothing was written to {path}.",
        "stations_left": "Proposed stations are not taken over.",
        "more": "and {n} more; the table notes in plan.gpkg has them all",
        "none": "none",
        "staff": "Staff",
        "post": "post",
        "needed": "needed",
        "filled": "filled",
        "vacant": "vacant",
        "comma": ", ",
        "sweep": "One person at {per_day} {measure} a day takes, for a whole grid: {levels}",
        "sweep_days": "{level} {low} to {high} days",
        "sweep_day": "{level} {low} days",
        "sweep_hours": "{level}: at {minutes} minutes each, one person gets round {n} of "
        "{total} grids in at most {hours} hours",
        "households": "households",
        "population": "people",
        "firms": "firms",
        "workers": "workers",
        "change_line": "{moved} of {total} {measure} ({share}) change their {level} grid; "
        "load CV {before} before, {after} now",
        "clause_above": "{share} of {level} grids exceed {limit} {what} "
        "({n} of {total}, worst {worst} with {value}, {by} beyond)",
        "clause_below": "{share} of {level} grids have less than {limit} {what} "
        "({n} of {total}, worst {worst} with {value}, {by} short)",
        "clause_law": "{share} of {level} grids break the law of {law} ({n} of {total}, {worst})",
        "clause_soft": "; a wish, not a hard rule",
        "clause_proven": "; {n} of them proven to be unavoidable",
        "clauses": "Clauses that are broken",
        "changes": "Against the plan in force",
        "by_hand": "the planner: grids as drawn by hand",
        "budget": "its fixed budget",
        "interrupted": "the user; communities not reached keep their first plan",
        "time": "the time limit",
        "stop": "the criterion given",
        "no_limit": "no range",
        "class": "communities of class",
        "head": "headed by",
        "weighted": "weighted ",
        "spreads": "{level}, CV of {listed}",
        "weights": "weights",
        "difficulty": "difficulty",
        "hours": "hours a month",
        "found": "found in the source",
        "press": "told by the press",
    },
    "zh": {
        "title": "{name} 网格划分方案",
        "rules": "规则",
        "source": "来源",
        "input": "输入",
        "input_line": "{communities} 个社区，{units} 个单元，{sites} 个专属单位；{sums}",
        "estimated": "{measures}为估算值，非实际登记数：由社区总数按建筑面积和用途分摊",
        "crs": "坐标系",
        "run": "运行",
        "run_line": "gridpart {version}，种子 {seed}，结束原因：{stop}",
        "level": "层级",
        "grids": "网格数",
        "in_range": "在范围内",
        "out": "超出范围",
        "cv": "负荷变异系数",
        "max_min": "最大/最小",
        "shape": "紧凑度",
        "walks": "{level}步行距离：平均 {mean} 米，{within}；起点为{origin}，{by}",
        "walk_from_center": "网格最佳中心",
        "walk_from_station": "最近的服务站",
        "walk_by_streets": "沿道路计算",
        "walk_by_straight": "按直线距离乘绕行系数（假定）",
        "walk_by_mixed": "沿道路计算，无道路处按直线距离乘绕行系数（假定）",
        "on_lines": "{level}社区内部边界：{share:.0%} 沿道路、河道等线状地物",
        "radius": "半径(米)",
        "radius_m": "半径(米)",
        "exclusive": "专属网格",
        "ranges": "范围",
        "any_area": "城乡",
        "urban": "城镇",
        "rural": "农村",
        "verdict_ok": "全部硬性规则均已满足。",
        "verdict_proven": "除 {n} 处已证明无法避免的例外，全部硬性规则均已满足。",
        "verdict_broken": "有 {n} 处违反硬性规则，且未证明无法避免。",
        "breaches": "违反规则之处（{n}）",
        "alternative": "备选：",
        "proven": "已证明",
        "unproven": "未证明",
        "soft": "非硬性",
        "checks": "核验",
        "ok": "通过",
        "failed": "未通过",
        "notes": "说明（{n}）",
        "repair": "修复",
        "moved": "移动",
        "assumption": "假定",
        "incidents": "事件",
        "opened": "拆分",
        "coded": "编码",
        "kept": "保留",
        "proposed": "建议",
        "warning": "提示",
        "error": "错误",
        "info": "信息",
        "debug": "细节",
        "written": "已写入 {path}",
        "nothing_written": "未写入 {path}。",
        "stations_left": "方案建议的新设服务站未沿用。",
        "more": "另有 {n} 条，见 plan.gpkg 的 notes 表",
        "none": "无",
        "staff": "人员配备",
        "post": "岗位",
        "needed": "应配",
        "filled": "已配",
        "vacant": "空缺",
        "comma": "，",
        "sweep": "按每人每天走访 {per_day}（{measure}）计，一人走遍一个网格需：{levels}",
        "sweep_days": "{level} {low} 至 {high} 天",
        "sweep_day": "{level} {low} 天",
        "sweep_hours": "{level}：按每次 {minutes} 分钟计，一人可在 {hours} 小时内走遍 {n} 个，"
        "共 {total} 个",
        "households": "户数",
        "population": "人口",
        "firms": "企业",
        "workers": "从业人员",
        "change_line": "{level}：{total} {measure}中有 {moved}（{share}）更换网格；"
        "负荷变异系数由 {before} 变为 {after}",
        "clause_above": "{share} 的{level}{what}超过 {limit}（{n}/{total}，最多为 {worst}："
        "{value}，超出 {by}）",
        "clause_below": "{share} 的{level}{what}不足 {limit}（{n}/{total}，最少为 {worst}："
        "{value}，差 {by}）",
        "clause_law": "{share} 的{level}不满足“{law}”（{n}/{total}，如 {worst}）",
        "clause_soft": "；非硬性要求",
        "clause_proven": "；其中 {n} 个已证明无法避免",
        "clauses": "违反的条款",
        "changes": "与现行方案相比",
        "by_hand": "按人工划定的网格重建",
        "budget": "固定搜索量已用完",
        "interrupted": "被用户中断，未轮到的社区保留初始方案",
        "time": "到达时限",
        "stop": "满足给定的停止条件",
        "no_limit": "无范围",
        "class": "社区等级",
        "head": "负责人",
        "weighted": "加权",
        "weights": "权重",
        "difficulty": "管理难度",
        "hours": "月工时",
        "spreads": "{level}变异系数：{listed}",
        "found": "来源所载",
        "press": "见于报道",
        "oversize_unit": "单个单元自身即超过上限",
        "community_too_small": "整个社区达不到下限",
        "community_empty": "社区内没有可划分的单元",
        "arithmetic": "总数无法分成若干个合规网格",
        "radius_why": "受半径限制无法合规",
        "too_far": "最远单元超出服务半径",
        "barrier": "被河流、铁路等障碍隔开",
        "piece": "地块互不相连",
        "given": "所含社区由资料给定",
        "search": "搜索未找到合规方案",
        "cover": "全覆盖",
        "overlap": "无重叠",
        "contiguity": "连片",
        "nesting": "逐级嵌套",
        "codes": "编码",
        "sums": "合计一致",
        "enclosed": "整格位于另一网格之内",
        "whole_units": "单元与院落完整",
        "range": "规模范围",
    },
}


def words(lang: str) -> dict[str, str]:
    """Return the words of a language; a key it lacks is told as it is."""
    return WORDS["zh" if lang == "zh" else "en"]


def measure_name(measure: str, lang: str) -> str:
    """Return what a measure is called.

    Examples
    --------
    >>> measure_name("households", "zh"), measure_name("visits", "zh")
    ('户数', 'visits')
    """
    say = words(lang)
    if measure.startswith("weighted_"):
        return say["weighted"] + measure_name(measure.removeprefix("weighted_"), lang)
    return say.get(measure, measure)


def estimate_line(measures: Iterable[str], lang: str) -> str:
    """Return the sentence that some measures are estimated; nothing where none is.

    Examples
    --------
    >>> estimate_line(["households"], "zh")
    '户数为估算值，非实际登记数：由社区总数按建筑面积和用途分摊'
    """
    named = ("、" if lang == "zh" else ", ").join(measure_name(m, lang) for m in measures)
    return words(lang)["estimated"].format(measures=named) if named else ""


def width(text: str) -> int:
    """Return how many columns a text takes in print; Chinese characters take two.

    Examples
    --------
    >>> width("ab网格")
    6
    """
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def aligned(rows: Iterable[Sequence[str]], indent: str = "  ") -> list[str]:
    """Return rows as lines with columns in line: the first to the left, others to the right.

    Examples
    --------
    >>> aligned([("层级", "n"), ("general", "12")], indent="")
    ['层级      n', 'general  12']
    """
    rows = [list(row) for row in rows]
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        padded = [first + " " * (widths[0] - width(first))]
        padded += [
            " " * (w - width(cell)) + cell for w, cell in zip(widths[1:], others, strict=True)
        ]
        lines.append((indent + "  ".join(padded)).rstrip())
    return lines
