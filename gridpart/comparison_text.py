"""A comparison of plans in words, for people at a terminal."""

from collections.abc import Iterator
from itertools import combinations

from gridpart.comparison import Comparison, Remark
from gridpart.errors import name_some
from gridpart.plan_figures import Row
from gridpart.wording import aligned, measure_name

__all__ = ["comparison_text", "figure_name", "level_title", "told"]

SHARES = ("in_range", "within_500_m", "on_lines")

WORDS = {
    "en": {
        "title": "Alternatives for {name}",
        "rules": "rule set",
        "seed": "seed",
        "whole": "whole plan",
        "grids": "grids",
        "in_range": "in range",
        "out_of_range": "out of range",
        "exceptions": "proven exceptions",
        "broken": "unproven hard breaches",
        "soft": "soft breaches",
        "cv": "load CV",
        "max_min": "load max/min",
        "polsby_popper": "compactness",
        "walk_mean_m": "mean walk (m)",
        "within_500_m": "walk ≤ 500 m",
        "radius_m": "longest walk (m)",
        "on_lines": "boundary on lines",
        "opened": "opened compounds",
        "cut": "cut buildings",
        "moved": "moved from the current plan",
        "buildings": "buildings",
        "legend": "* the better value of the row, as told",
        "moves": "In another grid ({measure}, of {total}), grids matched so that most stay",
        "criteria": "Held against each other by: {figures}",
        "front": "No other plan is as good in all of this and better in some: {plans}",
        "beaten": "{name} is beaten by {by}",
        "no_criteria": "Nothing is left to hold the plans against each other by.",
        "notes": "To know",
        "rules_differ": "The plans follow different rule sets; each is judged by its own.",
        "not_compared": "Measured differently by these rule sets, so no value is better: {figures}",
        "estimated": "Estimated, not counted: {measures}",
        "interrupted": "Interrupted, so not searched to the end: {plans}",
        "stale": "The grids are not those that the plan's report speaks of; "
        "run gridpart evaluate: {plans}",
        "spread": "{plans} cut {n} buildings differently; what these hold counts as spread evenly "
        "over the parts (an assumption): {buildings}",
        "same": "The same division: {plans}",
        "left_out": "Not held against each other, for it is not known of all or not measured "
        "alike: {figures}",
    },
    "zh": {
        "title": "{name} 方案比选",
        "rules": "规则",
        "seed": "种子",
        "whole": "全方案",
        "grids": "网格数",
        "in_range": "在范围内",
        "out_of_range": "超出范围",
        "exceptions": "例外（已证明）",
        "broken": "违反硬性规则（未证明）",
        "soft": "违反非硬性规则",
        "cv": "负荷变异系数",
        "max_min": "负荷最大/最小",
        "polsby_popper": "紧凑度",
        "walk_mean_m": "平均步行距离（米）",
        "within_500_m": "步行 500 米以内",
        "radius_m": "最远步行距离（米）",
        "on_lines": "边界沿线比例",
        "opened": "拆分的院落",
        "cut": "拆分的楼栋",
        "moved": "与现行方案相比调整",
        "buildings": "楼栋",
        "legend": "* 为该行较优值（按所示位数比较）",
        "moves": "换了网格的{measure}（共 {total}，网格按重合最多配对）",
        "criteria": "比选指标：{figures}",
        "front": "没有其他方案在以上各项均不差且有更优：{plans}",
        "beaten": "{name} 不及 {by}",
        "no_criteria": "没有可供比选的共同指标。",
        "notes": "说明",
        "rules_differ": "各方案所用规则不同，分别按各自规则评判。",
        "not_compared": "各规则的计算口径不同，不评优劣：{figures}",
        "estimated": "估算值，非实际登记数：{measures}",
        "interrupted": "被中断、未搜索到底的方案：{plans}",
        "stale": "网格与方案自带报告不符，请运行 gridpart evaluate：{plans}",
        "spread": "{plans} 对 {n} 栋楼的拆分不同，按各部分均摊计算（假定）：{buildings}",
        "same": "划分完全相同：{plans}",
        "left_out": "数据不全或口径不同，未参与比选：{figures}",
    },
}


def comparison_text(found: Comparison, lang: str = "zh") -> str:
    """Return a comparison as a table, what moves between plans, and which is not beaten.

    Parameters
    ----------
    found : Comparison
    lang : {"zh", "en"}
    """
    say = WORDS[lang]
    lines = [say["title"].format(name=found.district), ""]
    lines += [*aligned(_table(found, lang)), f"  {say['legend']}", ""]
    lines += [*_move_lines(found, lang), "", *_verdict_lines(found, lang)]
    if found.remarks:
        lines += ["", say["notes"], *(f"  {_remark(r, lang)}" for r in found.remarks)]
    return "\n".join(lines).rstrip() + "\n"


def figure_name(key: str, lang: str) -> str:
    """Return what a figure is called.

    Examples
    --------
    >>> figure_name("cv", "en")
    'load CV'
    """
    return WORDS[lang][key]


def told(row: Row, value: float | None) -> str:
    """Return a value of a row as it is told.

    Examples
    --------
    >>> row = Row("micro", "in_range", (0.9968, None))
    >>> [told(row, value) for value in row.values]
    ['99.7%', '-']
    """
    if value is None:
        return "-"
    return f"{value:.{row.digits - 2}%}" if row.key in SHARES else f"{value:,.{row.digits}f}"


def level_title(found: Comparison, level: str, lang: str) -> str:
    """Return what a level is called; the whole plan where it is empty."""
    if not level:
        return WORDS[lang]["whole"]
    return (found.titles.get(level) if lang == "zh" else "") or level


def _table(found: Comparison, lang: str) -> Iterator[list[str]]:
    """Yield the rows of the table: names, runs, and each level with its figures."""
    say = WORDS[lang]
    yield ["", *(f"{name} " for name in found.names)]
    for key in ("rules", "seed"):
        yield [say[key], *(f"{run[key] or '-'} " for run in found.runs)]
    level = None
    for row in found.rows:
        if row.level != level:
            level = row.level
            yield [level_title(found, level, lang), *[""] * len(found.names)]
        best = row.best
        cells = [f"{told(row, v)}{'*' if i in best else ' '}" for i, v in enumerate(row.values)]
        yield [f"  {say[row.key]}", *cells]


def _move_lines(found: Comparison, lang: str) -> Iterator[str]:
    """Yield how much is in another grid, with a line for each two plans."""
    measure = measure_name(found.measure, lang) if found.measure else WORDS[lang]["buildings"]
    yield WORDS[lang]["moves"].format(measure=measure, total=f"{found.total:,.0f}")
    rows = [["", *(level_title(found, level, lang) for level in found.moved)]]
    for i, j in combinations(range(len(found.names)), 2):
        cells = (matrix[i, j] for matrix in found.moved.values())
        shown = ["-" if cell != cell else f"{cell:,.0f}" for cell in cells]  # noqa: PLR0124
        rows.append([f"{found.names[i]} → {found.names[j]}", *shown])
    yield from aligned(rows)


def _verdict_lines(found: Comparison, lang: str) -> Iterator[str]:
    """Yield by what plans are held against each other, and which beats which."""
    say, comma = WORDS[lang], "、" if lang == "zh" else ", "
    if not found.criteria:
        yield say["no_criteria"]
        return
    told_by = (f"{say[r.key]} ({level_title(found, r.level, lang)})" for r in found.criteria)
    yield say["criteria"].format(figures=("；" if lang == "zh" else "; ").join(told_by))
    yield say["front"].format(plans=comma.join(found.front))
    for name, by in found.beaten_by.items():
        if by:
            yield "  " + say["beaten"].format(name=name, by=comma.join(by))


def _remark(remark: Remark, lang: str) -> str:
    """Return one remark as a sentence."""
    comma, parts = "、" if lang == "zh" else ", ", dict(remark.parts)
    if "figures" in parts:
        parts["figures"] = comma.join(figure_name(key, lang) for key in parts["figures"])
    if "measures" in parts:
        parts["measures"] = comma.join(measure_name(m, lang) for m in parts["measures"])
    if "plans" in parts:
        parts["plans"] = comma.join(parts["plans"])
    if "buildings" in parts:
        parts["n"] = len(parts["buildings"])
        parts["buildings"] = name_some(parts["buildings"])
    return WORDS[lang][remark.key].format(**parts)
