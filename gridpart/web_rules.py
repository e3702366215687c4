"""A rule set as rows that the page lists: each number with its clause and its support."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from gridpart.model import Level
from gridpart.rules import RuleSet
from gridpart.telling import tell_clause, titles_of
from gridpart.wording import measure_name

__all__ = ["rule_rows", "source_rows"]

Row = dict[str, Any]


def rule_rows(rules: RuleSet) -> list[Row]:
    """Return a row for each number that grids are held to, and for each level.

    Returns
    -------
    list of dict
        ``level`` and ``what`` in both languages or as a key of the page's words, ``area``
        (``urban``, ``rural`` or empty for both), ``value``, ``hard`` (None where that has no
        meaning), ``clause`` in both languages, and ``label``.
    """
    rows = []
    for urban, rural in zip(rules.levels, rules.rural_levels, strict=True):
        same = urban == rural
        rows += [_row(urban, "", {"key": "level_rule"}, f"{urban.made_of}", None, urban)]
        rows += _level_rows(urban, "" if same else "urban")
        if not same:
            rows += _level_rows(rural, "rural")
    if rules.difficulty is not None:
        most = rules.difficulty
        rows.append(_row(None, "", {"key": "difficulty_rule"}, f"× {most.k_max:g}", None, most))
        for one in most.indicators:
            value = f"{one.min:g}–{one.max:g} ({one.direction}), × {one.weight:g}"
            what = {"key": "indicator", "zh": one.column, "en": one.column}
            rows.append(_row(None, "", what, value, None, one))
    return [{**row, "clause": _both(row["clause"], rules)} for row in rows]


def _both(text: str, rules: RuleSet) -> dict[str, str]:
    """Return a clause or a title in both languages."""
    titles = titles_of(rules)
    return {lang: tell_clause(text, lang, titles) for lang in ("zh", "en")}


def source_rows(rules: RuleSet) -> list[Row]:
    """Return the documents that clauses cite; an address only where it is one of the web."""
    return [
        {
            **asdict(source),
            "issuer": _both(source.issuer, rules),
            "title": _both(source.title, rules),
            "is_link": source.url.startswith(("https://", "http://")),
        }
        for source in rules.sources
    ]


def _level_rows(level: Level, area: str) -> Iterator[Row]:
    for one in level.ranges:
        ends = ["" if end is None else f"{end:,g}" for end in (one.min, one.max)]
        value = f"{ends[0]}–{ends[1]}" if all(ends) else f"≥ {ends[0]}" if ends[0] else ""
        value = value or (f"≤ {ends[1]}" if ends[1] else "")
        value += f" → {one.aim:,g}" if one.aim is not None else ""
        what = {lang: measure_name(one.measure, lang) for lang in ("zh", "en")}
        yield _row(level, area, what, value.strip(), one.hard, one)
    if level.radius is not None:
        value = f"≤ {level.radius.max_m:,g} m, × {level.radius.detour:g}"
        yield _row(level, area, {"key": "radius_rule"}, value, level.radius.hard, level.radius)


def _row(
    level: Level | None, area: str, what: dict[str, str], value: str, hard: bool | None, stated: Any
) -> Row:
    return {
        "level": {"zh": level.title or level.id, "en": level.id} if level else None,
        "area": area,
        "what": what,
        "value": value,
        "hard": hard,
        "clause": stated.clause,
        "label": stated.label,
    }
