"""Why grids break rules, in words."""

import math
from collections.abc import Mapping

from gridpart.metrics import Report
from gridpart.model import REASONS, Breach
from gridpart.sentences import Sentence
from gridpart.telling import Titles, name_units, tell
from gridpart.wording import measure_name, words

__all__ = ["breach_line", "breach_text", "level_titles", "limits_text", "reason_word"]

NAMED = ("oversize_unit", "barrier", "piece")
"""Reasons that lie with the units which a breach names."""


def level_titles(report: Report) -> Titles:
    """Return what the levels of a report are called."""
    return {"level": {level.level: level.title for level in report.levels if level.title}}


def breach_line(breach: Breach, lang: str, names: Mapping[str, str], titles: Titles) -> str:
    """Return one line for one breach, in Chinese with the name of its grid.

    Parameters
    ----------
    breach : Breach
    lang : {"zh", "en"}
    names : mapping of str to str
        Code of a grid to its name.
    titles : mapping
        How Chinese names the levels.
    """
    say = words(lang)
    state = say["soft" if not breach.hard else "proven" if breach.proven else "unproven"]
    told = breach_text(breach, lang, titles)
    if lang != "zh":
        return f"[{breach.reason}, {state}] {told}"
    name = names.get(breach.grid, "")
    return f"[{reason_word(breach.reason, lang)}，{state}] {name + '，' if name else ''}{told}"


def breach_text(breach: Breach, lang: str, titles: Titles) -> str:
    """Return what a grid breaks, and why, in one sentence.

    Where the message keeps no parts, as in plans of former releases, Chinese tells its
    figures.
    """
    if lang != "zh" or isinstance(breach.message, Sentence):
        return tell(breach.message, lang, titles)
    say = words(lang)
    keys = {"radius": "too_far" if breach.rule == "radius" else "radius_why"}
    why = say.get(keys.get(breach.reason, breach.reason), breach.reason)
    what = say.get(breach.rule, breach.rule)
    if breach.measure:
        value = "-" if math.isnan(breach.value) else f"{breach.value:,.0f}"
        what = f"{measure_name(breach.measure, lang)} {value}"
    limits = limits_text(breach.min, breach.max)
    what += f"（范围 {limits}）" if limits else ""
    if breach.units and (breach.rule == "radius" or breach.reason in NAMED):
        why += f"：{name_units(breach.units)}"
    return f"网格 {breach.grid}：{what}，{why}。"


def limits_text(low: float | None, high: float | None) -> str:
    """Return a range, with one sign where an end is open, "" where both are.

    Examples
    --------
    >>> limits_text(300, 500), limits_text(None, 500)
    ('300–500', '≤ 500')
    """
    if low is None and high is None:
        return ""
    if low is None or high is None:
        return f"≥ {low:,g}" if high is None else f"≤ {high:,g}"
    return f"{low:,g}–{high:,g}"


def reason_word(reason: str, lang: str) -> str:
    """Return a reason in the language of the reader."""
    return (
        next((word for name, word in REASONS.items() if name == reason), reason)
        if lang == "zh"
        else reason
    )
