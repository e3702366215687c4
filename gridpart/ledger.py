"""The ledger (台账) of a plan: one workbook with a sheet for each level and each table."""

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart.breach_words import breach_text
from gridpart.model import COMMUNITIES, REASONS
from gridpart.plan import Plan
from gridpart.records import breach_table, note_table
from gridpart.sentences import Sentence
from gridpart.staff_words import told_posts
from gridpart.telling import source_line, tell, tell_clause, titles_of
from gridpart.titles import Title, column_title, told_value
from gridpart.wording import estimate_line
from gridpart.xlsx import Column, Formula, Sheet, cell_range, sheet_names, write_workbook

__all__ = ["ledger_sheets", "write_ledger"]

logger = logging.getLogger(__name__)

WORDS = {
    "zh": {
        "summary": "汇总", "exclusive": "专属网格", "units": "单元", "staffing": "人员配备",
        "moves": "单元调整",
        "changes": "调整统计", "sweep": "走访测算", "persons": "人员编号",
        "breaches": "违规情况", "notes": "说明", "total": "合计",
        "yes": "是", "no": "否", "and": "、", "more": "…等 {n} 个",
        "plan": "网格划分台账", "rules": "规则", "source": "来源", "crs": "坐标系", "run": "运行",
        "hint": "提示", "hint_text": "各表末行合计随筛选变化；专属网格内的住户同时计入相邻网格；"
        "网格长、电话留空，由使用单位填写。",
        "estimated": "估算", "mended": "清理",
    },
    "en": {
        "summary": "summary", "exclusive": "exclusive", "units": "units", "staffing": "staffing",
        "moves": "moves", "breaches": "breaches", "notes": "notes", "total": "total",
        "yes": "yes", "no": "no", "and": ", ", "more": "… {n} in all",
        "plan": "Ledger of the grid plan", "rules": "Rules", "source": "Source",
        "crs": "Coordinates", "run": "Run", "hint": "Hint",
        "hint_text": "Sums in the last row follow the filter; residents of exclusive grids count "
        "in the grids beside them too; leader and phone are left blank.",
        "estimated": "Estimated", "mended": "Cleaned",
    },
}  # fmt: skip

FIRST = ("grid_code", "name", "parent_code", "community_id", "community", "area_type")
"""Columns of grids that come first, and then what they hold."""

HELD = ("in_range", "bounds_text", "contents", "leader", "phone")
"""Columns that follow what grids hold."""

LEFT_OUT = ("level", "geometry")
"""Columns of layers that no sheet has; each level has a sheet of its own."""

STAFF = ("needed", "filled", "vacant")
"""Columns of further tables that are summed."""

GRIDS = Title("所含网格", "grids it holds", "text")
"""What grids above communities hold."""

MOST_NAMES = 60
"""Units that the row of a grid names; the sheet of units has them all."""


def write_ledger(plan: Plan, path: Path, lang: str = "zh") -> None:
    """Write the ledger of a plan to a new workbook.

    Parameters
    ----------
    plan : Plan
    path : Path
        Of a file that is not there yet.
    lang : {"zh", "en"}
        Language of the names of sheets and of words of the program; titles of columns
        are in both. A cell that lost characters is counted in a warning of the log.
    """
    say = WORDS["zh" if lang == "zh" else "en"]
    sheets = ledger_sheets(plan, lang)
    mended = write_workbook(path, sheets, say["total"])
    if any(mended.values()):
        what = Sentence("cells_mended", **mended)
        logger.warning("%s", Sentence("of_file", file=path.name, what=what))
        above = (*sheets[0].above, (say["mended"], tell(what, lang)))
        told = _summary(plan, lang, sheets[1:], above, sheets[0].name)
        write_workbook(path, (told, *sheets[1:]), say["total"])


def ledger_sheets(plan: Plan, lang: str = "zh") -> tuple[Sheet, ...]:
    """Return the sheets: the summary, a sheet for each level, the units and the tables."""
    say = WORDS["zh" if lang == "zh" else "en"]
    titles = {level.id: _level_title(level.id, level.title, lang) for level in plan.rules.levels}
    tables: dict[str, tuple[str, list[Column], int]] = {}
    for name in (*plan.layers, "exclusive"):
        title = titles.get(name) or say.get(name, name)
        tables[name] = (title, _grid_columns(plan, name, lang), 2)
    tables["units"] = (say["units"], _unit_columns(plan, titles, lang), 2)
    for name in sorted(plan.tables, key=lambda n: (n != "staffing", n != "moves", n)):
        table = plan.tables[name]
        if name == "staffing":
            table = told_posts(table, plan.rules, lang)
        if "level" in table:
            table = table.assign(level=[titles.get(v, v) for v in table["level"]])
        columns = [_unsummed(column) for column in _table_columns(table, lang)]
        tables[name] = (say.get(name, name), columns, 1)
    tables["breaches"] = (say["breaches"], _breach_columns(plan, lang), 2)
    tables["notes"] = (say["notes"], _table_columns(_notes(plan, lang), lang), 1)
    names = sheet_names([say["summary"], *(title for title, _, _ in tables.values())])
    sheets = [
        Sheet(name, tuple(columns), frozen=frozen)
        for name, (_, columns, frozen) in zip(names[1:], tables.values(), strict=True)
    ]
    return (_summary(plan, lang, sheets, _about(plan, lang), names[0]), *sheets)


def _level_title(level: str, title: str, lang: str) -> str:
    return title if title and (lang == "zh" or title.isascii()) else level


# --- columns ---------------------------------------------------------------------------


def _grid_columns(plan: Plan, name: str, lang: str) -> list[Column]:
    """Return the columns of the grids of one level, with what a clerk looks for first."""
    grids = plan.grids(name)
    named = plan.district.communities.set_index("community_id")["name"]
    named = named[~named.index.duplicated()]
    added: dict[str, Any] = {
        "community": grids["community_id"].map(named).fillna("").to_numpy(object),
        "contents": _contents(plan, name, grids, lang),
        "leader": [""] * len(grids),
        "phone": [""] * len(grids),
    }
    frame = pd.DataFrame(grids.drop(columns=list(LEFT_OUT), errors="ignore")).assign(**added)
    sums = [c for c in (COMMUNITIES, "n_units", *plan.district.measures, "workload") if c in frame]
    order = [*(c for c in FIRST if c in frame), *sums, *(c for c in HELD if c in frame)]
    order += [str(c) for c in frame if c not in order]
    measures = set(plan.district.measures)
    held = {"contents": GRIDS} if name in plan.above else {}
    return [
        _column(frame, c, lang, measures, title=held.get(c), bar=c == "workload") for c in order
    ]


def _contents(plan: Plan, name: str, grids: gpd.GeoDataFrame, lang: str) -> list[str]:
    """Return the units of each grid by their names, the first of many; above communities grids."""
    say, units = WORDS["zh" if lang == "zh" else "en"], plan.units
    if name in plan.above:
        inner = {code: list(plan.children(name, code)["name"]) for code in grids["grid_code"]}
        return [_some(inner[code], say) for code in grids["grid_code"]]
    by, key = ("exclusive_id", "exclusive_id") if name == "exclusive" else (
        f"{name}_code", "grid_code")  # fmt: skip
    called = units["unit_id"].astype(str)
    if "name" in units:
        given = units["name"].fillna("").astype(str)
        called = called.where(given == "", given)
    listed = called.groupby(units[by].to_numpy(object)).agg(list).to_dict()
    return [_some(listed.get(code, []), say) for code in grids[key]]


def _some(names: Sequence[str], say: dict[str, str]) -> str:
    """Return names in one text, the first of many."""
    text = say["and"].join(names[:MOST_NAMES])
    return text + (say["more"].format(n=len(names)) if len(names) > MOST_NAMES else "")


def _unit_columns(plan: Plan, titles: dict[str, str], lang: str) -> list[Column]:
    """Return the columns of the units, the codes of their grids first."""
    frame = pd.DataFrame(plan.units.drop(columns="geometry"))
    codes = [f"{name}_code" for name in plan.layers]
    first = ["unit_id", "name", *codes, "community_id", *plan.district.measures, "workload"]
    order = [c for c in first if c in frame]
    order += [str(c) for c in frame if c not in order]
    measures = set(plan.district.measures)
    columns = []
    for name in order:
        title = None
        if name in codes:
            level = name.removesuffix("_code")
            title = Title(f"{titles.get(level, level)}编码", f"{level} code", "text")
        columns.append(_column(frame, name, lang, measures, title=title))
    return columns


def _table_columns(table: pd.DataFrame, lang: str) -> list[Column]:
    return [_column(table, str(name), lang, set()) for name in table]


def _unsummed(column: Column) -> Column:
    """Return a column of a table of rows by level, which a sum would count more than once."""
    return column if column.name in STAFF else replace(column, summed=False)


def _breach_columns(plan: Plan, lang: str) -> list[Column]:
    """Return the columns of the breaches, with the names of their grids."""
    table = breach_table(plan.report.breaches).drop(columns=["parts", "alternative_parts"])
    titles = titles_of(plan.rules)
    table["clause"] = [tell_clause(text, lang, titles) for text in table["clause"]]
    table["message"] = [breach_text(b, lang, titles) for b in plan.report.breaches]
    table["alternative"] = [tell(b.alternative, lang, titles) for b in plan.report.breaches]
    named: dict[str, str] = {}
    for grids in (*plan.layers.values(), plan.exclusive):
        named |= dict(zip(grids["grid_code"], grids["name"], strict=True))
    table.insert(1, "name", [named.get(code, "") for code in table["grid_code"]])
    if lang == "zh":
        table["reason"] = table["reason"].replace(dict(REASONS))
    levels = {level.id: _level_title(level.id, level.title, lang) for level in plan.rules.levels}
    table["level"] = [levels.get(level, level) for level in table["level"]]
    table["unit_ids"] = [_listed(text, lang) for text in table["unit_ids"]]
    return _table_columns(table, lang)


def _notes(plan: Plan, lang: str) -> pd.DataFrame:
    table = note_table(plan.notes).drop(columns="parts")
    titles = titles_of(plan.rules)
    table["what"] = [tell(note.what, lang, titles) for note in plan.notes]
    table["names"] = [_listed(text, "en") for text in table["names"]]
    return table


def _listed(text: str, lang: str) -> str:
    """Return a list that is kept as JSON as a text."""
    return WORDS["zh" if lang == "zh" else "en"]["and"].join(map(str, json.loads(text)))


def _column(
    frame: pd.DataFrame,
    name: str,
    lang: str,
    measures: set[str],
    *,
    title: Title | None = None,
    bar: bool = False,
) -> Column:
    """Return one column of a frame with its titles, plain values and format."""
    title = title or column_title(name)
    values = frame[name]
    kind = title.kind or _kind(name, values)
    return Column(
        name=name,
        titles=(title.zh, title.en),
        values=_plain(name, values, kind, lang),
        kind=kind,
        summed=title.summed or name in measures,
        bar=bar,
        alarm=WORDS["zh" if lang == "zh" else "en"]["no"] if name == "in_range" else "",
    )


def _kind(name: str, values: "pd.Series[Any]") -> str:
    """Return how the values of a column of the planner's own are shown."""
    if name.endswith(("_code", "_id")):
        return "text"
    if pd.api.types.is_bool_dtype(values):
        return "flag"
    if pd.api.types.is_integer_dtype(values):
        return "count"
    return "number" if pd.api.types.is_numeric_dtype(values) else "text"


def _plain(name: str, values: "pd.Series[Any]", kind: str, lang: str) -> list[Any]:
    """Return values as Python's own, None for none; words of the program translated."""
    say = WORDS["zh" if lang == "zh" else "en"]
    listed = values.astype(object).where(values.notna(), None).tolist()
    if kind == "flag":
        return [None if v is None else say["yes" if v else "no"] for v in listed]
    if kind == "text":
        return [None if v is None else told_value(name, str(v), lang) for v in listed]
    return listed


# --- the summary -----------------------------------------------------------------------


def _about(plan: Plan, lang: str) -> tuple[tuple[str, str], ...]:
    """Return the lines above the summary."""
    say, district = WORDS["zh" if lang == "zh" else "en"], plan.district
    sources = [source_line(source, lang, titles_of(plan.rules)) for source in plan.rules.sources]
    meta = plan.meta
    lines = [
        (say["plan"], district.name),
        (say["rules"], f"{plan.rules.title} ({plan.rules.id})"),
        *((say["source"], text) for text in sources),
        (say["crs"], f"{district.crs.to_string()} ({district.crs.name})"),
        (say["run"], f"gridpart {meta.get('version', '?')}, seed {meta.get('seed', '?')}"),
        (say["hint"], say["hint_text"]),
    ]
    guessed = estimate_line(district.estimated, lang)
    return (*lines, *([(say["estimated"], guessed)] if guessed else []))


def _summary(
    plan: Plan, lang: str, sheets: Sequence[Sheet], above: tuple[tuple[str, str], ...], name: str
) -> Sheet:
    """Return the sheet with a row for each level and for the units, all formulas."""
    kept = sheets[: len(plan.layers) + 2]  # levels, exclusive grids and units
    measures = ("n_units", *plan.district.measures, "workload")
    heads = [
        ("sheet", Title("表", "sheet", "text")),
        ("rows", Title("行数", "rows", "count")),
        ("in_range", Title("在范围内", "in range", "count")),
        ("out", Title("超出范围", "out of range", "count")),
        *((f"sum {m}", Title(f"{column_title(m).zh}合计", f"sum of {column_title(m).en}", "count"))
          for m in measures),
        ("mean", Title("平均负荷", "mean workload", "number")),
        ("least", Title("最小负荷", "least workload", "number")),
        ("most", Title("最大负荷", "greatest workload", "number")),
        ("cv", Title("负荷变异系数", "workload CV", "ratio")),
    ]  # fmt: skip
    rows = [dict(_summary_row(sheet, measures, lang)) for sheet in kept]
    columns = tuple(
        Column(key, (title.zh, title.en), [row.get(key) for row in rows], title.kind)
        for key, title in heads
    )
    return Sheet(name, columns, above, frozen=1)


def _summary_row(
    sheet: Sheet, measures: Sequence[str], lang: str
) -> Iterator[tuple[str, str | int | Formula]]:
    """Yield the cells of one sheet in the summary."""
    yes, no = (WORDS["zh" if lang == "zh" else "en"][word] for word in ("yes", "no"))
    columns = {column.name: column for column in sheet.columns}
    key = sheet.columns[0]
    yield "sheet", sheet.name
    if not len(key.values):
        yield "rows", 0
        return
    yield "rows", Formula(f"COUNTA({cell_range(sheet, key.name)})", len(key.values))
    if "in_range" in columns:
        cells, values = cell_range(sheet, "in_range"), list(columns["in_range"].values)
        yield "in_range", Formula(f'COUNTIF({cells},"{yes}")', values.count(yes))
        yield "out", Formula(f'COUNTIF({cells},"{no}")', values.count(no))
    for measure in measures:
        if measure in columns:
            numbers = [v for v in columns[measure].values if v is not None]
            yield f"sum {measure}", Formula(f"SUM({cell_range(sheet, measure)})", sum(numbers))
    if "workload" in columns:
        yield from _load_row(sheet, columns["workload"])


def _load_row(sheet: Sheet, column: Column) -> Iterator[tuple[str, Formula]]:
    """Yield how even the load is."""
    cells = cell_range(sheet, "workload")
    load = np.array([v for v in column.values if v is not None], np.float64)
    if not load.size:
        return
    yield "mean", Formula(f"AVERAGE({cells})", float(load.mean()))
    yield "least", Formula(f"MIN({cells})", float(load.min()))
    yield "most", Formula(f"MAX({cells})", float(load.max()))
    if load.mean() > 0:
        yield "cv", Formula(f"STDEVP({cells})/AVERAGE({cells})", float(load.std() / load.mean()))
