"""A plan in words and numbers, for planners and for programs."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from gridpart.breach_words import breach_line, level_titles, limits_text, reason_word
from gridpart.metrics import LevelSummary, Report
from gridpart.model import Level, Note
from gridpart.moves import change_lines
from gridpart.plan import Plan
from gridpart.rules import RuleSet
from gridpart.staff_words import staff_dict, staff_lines
from gridpart.telling import Titles, source_line, tell, titles_of
from gridpart.wording import aligned, estimate_line, measure_name, words

__all__ = [
    "report_text",
    "rules_dict",
    "rules_text",
    "summary_dict",
    "summary_text",
    "verdict_line",
]

MOST_NOTES = 12
"""Notes of one kind told one by one."""


# --- the whole plan --------------------------------------------------------------------


def summary_text(plan: Plan, lang: str = "zh") -> str:
    """Return what a planner wants to know first: rules, input, levels, breaches, notes."""
    say, district = words(lang), plan.district
    colon = "：" if lang == "zh" else ": "
    sums = ", ".join(
        f"{measure_name(m, lang)} {int(district.units[m].sum()):,}" for m in district.measures
    )
    stop = plan.meta.get("stopped_by", "")
    lines = [say["title"].format(name=district.name), ""]
    head = {
        "rules": f"{plan.rules.title} ({plan.rules.id})",
        "source": "".join(f"\n  {line}" for line in _source_lines(plan.rules, lang)) or say["none"],
        "input": say["input_line"].format(
            communities=len(district.communities),
            units=f"{len(district.units):,}",
            sites=len(district.exclusive),
            sums=sums,
        ),
        "crs": f"{district.crs.to_string()} ({district.crs.name})",
        "run": say["run_line"].format(
            version=plan.meta.get("version", "?"),
            seed=plan.meta.get("seed") or "-",
            stop=say.get(stop, stop),
        ),
    }
    lines += [f"{say[key]}{colon}{text}".replace(" \n", "\n") for key, text in head.items()]
    lines += _estimate_lines(district.estimated, lang)
    lines += ["", f"{say['ranges']}{colon.strip()}", *_range_lines(plan.rules, lang), ""]
    lines += [*_report_lines(plan.report, lang, _names(plan), len(plan.exclusive))]
    lines += _change_lines(plan, lang)
    if staff := staff_lines(plan, lang):
        lines += ["", *staff]
    lines += ["", *_note_lines(plan.notes, lang, titles_of(plan.rules))]
    return "\n".join(lines).rstrip() + "\n"


def _change_lines(plan: Plan, lang: str) -> list[str]:
    """Return who changes grids against the plan in force, where there was one."""
    if "changes" not in plan.tables:
        return []
    say, titles = words(lang), {level.id: level.title for level in plan.rules.levels}
    told = change_lines(plan.tables["changes"], plan.rules.measure, titles, lang)
    return ["", f"{say['changes']} ({plan.meta['previous']})", *(f"  {line}" for line in told)]


def summary_dict(plan: Plan) -> dict[str, Any]:
    """Return the same in types that JSON knows; the keys never change with the language."""
    district, rules = plan.district, plan.rules
    report = plan.report.to_dict()
    for level in report["levels"]:
        level["out_of_range"] = dict(_reasons(plan.report, level["level"]))
    return {
        "district": {
            "name": district.name,
            "crs": district.crs.to_string(),
            "communities": len(district.communities),
            "units": len(district.units),
            "exclusive": len(district.exclusive),
            "totals": {m: int(district.units[m].sum()) for m in district.measures},
            "estimated": list(district.estimated),
            "source_hash": district.source_hash,
        },
        "rules": rules_dict(rules),
        "run": {key: str(plan.meta.get(key, "")) for key in ("version", "seed", "stopped_by")},
        "exclusive_grids": len(plan.exclusive),
        **(
            {"changes": plan.tables["changes"].to_dict("records")}
            if "changes" in plan.tables
            else {}
        ),
        **report,
        "exceptions": len(plan.report.exceptions),
        "staffing": staff_dict(plan),
        "notes": [{"kind": n.kind, "what": n.what, "names": list(n.names)} for n in plan.notes],
    }


def report_text(report: Report, lang: str = "zh", estimated: Sequence[str] = ()) -> str:
    """Return what the referee found: levels, verdict, breaches and checks.

    Measures of the district that are `estimated` are named first.
    """
    lines = [*_estimate_lines(estimated, lang), *_report_lines(report, lang, {}, None)]
    return "\n".join(lines).rstrip() + "\n"


def _estimate_lines(estimated: Sequence[str], lang: str) -> list[str]:
    line = estimate_line(estimated, lang)
    return [f"! {line}"] if line else []


def _names(plan: Plan) -> dict[str, str]:
    """Return the name of each grid."""
    tables = (*plan.layers.values(), plan.exclusive)
    return {
        str(code): str(name)
        for table in tables
        for code, name in zip(table["grid_code"], table["name"], strict=True)
    }


# --- what the referee found ------------------------------------------------------------


def _report_lines(
    report: Report, lang: str, names: dict[str, str], n_exclusive: int | None
) -> Iterator[str]:
    say = words(lang)
    yield from _level_lines(report, lang, n_exclusive)
    yield ""
    yield verdict_line(report, lang)
    if report.breaches:
        yield ""
        yield say["breaches"].format(n=len(report.breaches))
        titles = level_titles(report)
        for breach in report.breaches:
            yield f"  {breach_line(breach, lang, names, titles)}"
            if breach.alternative:
                yield f"      {say['alternative']}{tell(breach.alternative, lang, titles)}"
    if report.checks:
        yield ""
        yield say["checks"]
        yield from _check_lines(report, say, lang)


def _check_lines(report: Report, say: Mapping[str, str], lang: str) -> Iterator[str]:
    """Return a line for each law with the levels that keep it, and one for each failure."""
    titles = {level.level: _title(level, lang) for level in report.levels}
    called = level_titles(report)
    for rule in dict.fromkeys(check.rule for check in report.checks):
        own = [check for check in report.checks if check.rule == rule]
        name = say.get(rule, rule)
        if kept := [titles.get(check.level, check.level) for check in own if check.ok]:
            yield f"  [{say['ok']}] {name}: {', '.join(kept)}"
        yield from (
            f"  [{say['failed']}] {name}: {titles.get(check.level, check.level)}, "
            f"{tell(check.detail, lang, called)}"
            for check in own
            if not check.ok
        )


def verdict_line(report: Report, lang: str) -> str:
    """Return one sentence: whether every hard rule holds, or is proven not to be able to."""
    unproven = [b for b in report.breaches if b.hard and not b.proven]
    verdict = "broken" if unproven else "proven" if report.exceptions else "ok"
    return words(lang)[f"verdict_{verdict}"].format(n=len(unproven) or len(report.exceptions))


def _level_lines(report: Report, lang: str, n_exclusive: int | None) -> list[str]:
    """Return the table of levels."""
    say = words(lang)
    measures = list(dict.fromkeys(m for level in report.levels for m in level.totals))[:2]
    head = [say["level"], say["grids"], *(measure_name(m, lang) for m in measures)]
    head += [say[key] for key in ("in_range", "out", "cv", "max_min", "shape", "radius")]
    rows = [head, *(_level_row(level, measures, lang) for level in report.levels)]
    if n_exclusive is not None:
        rows.append([say["exclusive"], str(n_exclusive), *[""] * (len(head) - 2)])
    lines = aligned(rows)
    for level in report.levels:
        if reasons := _reasons(report, level.level):
            listed = ", ".join(f"{reason_word(r, lang)} {n}" for r, n in reasons.items())
            lines.append(f"  {_title(level, lang)}, {say['out']}: {listed}")
    lines += [_spread_line(level, lang) for level in report.levels if len(level.spreads) > 1]
    return [*lines, *(line for level in report.levels for line in _walk_lines(level, lang))]


def _spread_line(level: LevelSummary, lang: str) -> str:
    """Return how unlike the grids of a level are in each measure, whichever is balanced."""
    listed = ", ".join(f"{measure_name(m, lang)} {v:.3f}" for m, v in level.spreads.items())
    return "  " + words(lang)["spreads"].format(level=_title(level, lang), listed=listed)


def _walk_lines(level: LevelSummary, lang: str) -> Iterator[str]:
    """Yield how far people walk at a level, and how much of its boundaries lies on lines."""
    say = words(lang)
    if level.walk_mean_m is None:
        return
    within = ", ".join(f"≤ {m} m {share:.0%}" for m, share in level.within.items())
    origin = "/".join(say[f"walk_from_{key}"] for key in level.walk_from.split("/"))
    yield "  " + say["walks"].format(
        level=_title(level, lang),
        mean=_number(level.walk_mean_m, 0),
        within=within,
        origin=origin,
        by=say[f"walk_by_{level.walk_by}"],
    )
    if level.on_lines is not None:
        yield "  " + say["on_lines"].format(level=_title(level, lang), share=level.on_lines)


def _level_row(level: LevelSummary, measures: Sequence[str], lang: str) -> list[str]:
    return [
        _title(level, lang),
        f"{level.n_grids:,}",
        *(f"{level.totals.get(m, 0):,}" for m in measures),
        f"{level.n_in_range:,}",
        f"{level.n_grids - level.n_in_range:,}",
        _number(level.cv, 3),
        _number(level.max_min, 2),
        _number(level.polsby_popper, 2),
        "-" if level.walk_mean_m is None else _number(level.radius_m, 0),
    ]


def _title(level: LevelSummary, lang: str) -> str:
    return level.title if lang == "zh" and level.title else level.level


def _number(value: float, digits: int) -> str:
    return "-" if value is None or value != value else f"{value:,.{digits}f}"  # noqa: PLR0124


def _reasons(report: Report, level: str) -> Counter[str]:
    """Return how many grids of a level are out of range, by reason."""
    grids = {(b.grid, b.reason) for b in report.breaches if b.level == level and b.rule == "range"}
    return Counter(sorted(reason for _, reason in grids))


def _note_lines(notes: Sequence[Note], lang: str, titles: Titles) -> Iterator[str]:
    """Yield the notes kind by kind, the first few of each."""
    say = words(lang)
    yield say["notes"].format(n=len(notes))
    for kind in dict.fromkeys(note.kind for note in notes):
        own = [note for note in notes if note.kind == kind]
        yield from (
            f"  [{say.get(kind, kind)}] {tell(note.what, lang, titles)}"
            for note in own[:MOST_NOTES]
        )
        if len(own) > MOST_NOTES:
            more = say["more"].format(n=len(own) - MOST_NOTES)
            yield f"  [{say.get(kind, kind)}] {more}"


# --- rules -----------------------------------------------------------------------------


def rules_text(rules: RuleSet, lang: str = "zh") -> str:
    """Return a rule set in short: title, sources and the ranges of each level."""
    lines = [f"{rules.id}: {rules.title}", *_range_lines(rules, lang)]
    lines += [f"  {line}" for line in _source_lines(rules, lang)]
    return "\n".join(lines) + "\n"


def rules_dict(rules: RuleSet) -> dict[str, Any]:
    """Return a rule set in types that JSON knows."""
    areas = (("urban", rules.levels), ("rural", rules.rural_levels))
    return {
        "id": rules.id,
        "title": rules.title,
        "measure": rules.measure,
        "load": rules.load,
        "difficulty": None if rules.difficulty is None else asdict(rules.difficulty),
        "hours": None if rules.hours is None else asdict(rules.hours),
        "sources": [asdict(source) for source in rules.sources],
        "levels": {area: [asdict(level) for level in levels] for area, levels in areas},
    }


def _source_lines(rules: RuleSet, lang: str) -> list[str]:
    titles = titles_of(rules)
    return [source_line(source, lang, titles) for source in rules.sources]


def _range_lines(rules: RuleSet, lang: str) -> list[str]:
    """Return one line for each level, two where urban and rural ranges differ."""
    say, lines = words(lang), []
    for urban, rural in zip(rules.levels, rules.rural_levels, strict=True):
        name = urban.title if lang == "zh" else f"{urban.id} {urban.title}".strip()
        name += f" ({say['head']} {urban.head})" if urban.head else ""
        texts = [_level_ranges(level, lang) for level in (urban, rural)]
        classes = [(s.grade, replace(urban, ranges=s.ranges, radius=None)) for s in urban.shifts]
        if texts[0] == texts[1]:
            lines.append(f"  {name}: {texts[0]}")
        else:
            lines += [
                f"  {name} ({say[area]}): {text}"
                for area, text in zip(("urban", "rural"), texts, strict=True)
            ]
        lines += [f"  {name} ({say['class']} {g}): {_level_ranges(v, lang)}" for g, v in classes]
    return lines


def _level_ranges(level: Level, lang: str) -> str:
    """Return the ranges of a level with their targets and how well they are supported."""
    say = words(lang)
    parts = [
        f"{measure_name(r.measure, lang)} {limits_text(r.min, r.max)}"
        + (f" → {r.aim:,g}" if r.aim is not None else "")
        + f" [{say.get(r.label, r.label)}]"
        for r in level.counted()
    ]
    if level.radius is not None:
        parts.append(f"{say['radius']} ≤ {level.radius.max_m:,g}")
    return ", ".join(parts) or say["no_limit"]
