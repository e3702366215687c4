"""Rule sets: what a grid of each level has to be, as data with its sources.

A rule set is written in TOML. Reading one checks everything and reports all its
faults together; nothing here knows units, geometry or solvers. The values, the checks
and the writing stand in modules of their own, and their public names are repeated here.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from gridpart._rule_chinese import chinese_of, without_chinese
from gridpart._rule_difficulty import (
    Difficulty,
    Grade,
    Hours,
    Indicator,
    Task,
    build_difficulty,
    build_hours,
)
from gridpart._rule_exclusive import (
    SiteRule,
    SplitRule,
    build_site_rules,
    build_split_rule,
)
from gridpart._rule_extends import differences, extended
from gridpart._rule_form import check_form, is_number
from gridpart._rule_incidents import RATE, IncidentRule, build_incidents
from gridpart._rule_sense import disagreements
from gridpart._rule_staffing import Post, Staffing, Sweep, build_staffing
from gridpart._rule_toml import rules_to_toml
from gridpart._rule_values import (
    AREA_TYPES,
    LABELS,
    PRIORITY,
    CodeRule,
    RuleSet,
    Source,
    Weights,
)
from gridpart.errors import RulesError, near_names
from gridpart.model import Level, Radius, Range, Shift

__all__ = [
    "AREA_TYPES",
    "LABELS",
    "PRIORITY",
    "RATE",
    "CodeRule",
    "Difficulty",
    "Grade",
    "Hours",
    "IncidentRule",
    "Indicator",
    "Post",
    "RuleSet",
    "SiteRule",
    "Source",
    "SplitRule",
    "Staffing",
    "Sweep",
    "Task",
    "Weights",
    "differences",
    "load_rules",
    "parse_rules",
    "preset_names",
    "rule_chain",
    "rules_to_toml",
]


def preset_names() -> tuple[str, ...]:
    """Return the names of the rule sets that come with the package."""
    files = resources.files("gridpart.presets").iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


def load_rules(name_or_path: str | Path) -> RuleSet:
    """Return the rule set of a preset's name or of a TOML file.

    Parameters
    ----------
    name_or_path : str or Path
        A name out of `preset_names`, or else the path of a file. A preset goes before a
        file of the same name; a `Path` is always a file.

    Returns
    -------
    RuleSet
        With what the file ``extends`` below it.

    Raises
    ------
    RulesError
        If there is no such preset or file, if it is not TOML, if it extends itself, or
        with all the faults that it has.

    Examples
    --------
    >>> [level.title for level in load_rules("qixian").levels]
    ['总网格', '一般网格', '微网格']
    """
    table, _ = extended(_read(name_or_path), _place(name_or_path), _read)
    return parse_rules(table, str(name_or_path))


def rule_chain(name_or_path: str | Path) -> tuple[str, ...]:
    """Return the names of a rule set, of the one that it extends, and so on.

    Examples
    --------
    >>> rule_chain("qixian")
    ('qixian', 'chengdu')
    """
    return extended(_read(name_or_path), _place(name_or_path), _read)[1]


def _place(name_or_path: str | Path) -> str | Path:
    """Return the name of a preset, or the path of a file."""
    is_name = isinstance(name_or_path, str) and name_or_path in preset_names()
    return name_or_path if is_name else Path(name_or_path)


def _read(name_or_path: str | Path) -> Mapping[str, Any]:
    """Return the table of a preset or a file as it stands."""
    where = str(name_or_path)
    try:
        if isinstance(name_or_path, str) and name_or_path in preset_names():
            content = resources.files("gridpart.presets").joinpath(f"{where}.toml").read_bytes()
        else:
            content = Path(name_or_path).read_bytes()
        return tomllib.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise RulesError(
            f"No rule set {where!r}.",
            found=f"neither a preset nor a readable file ({error.strerror})",
            wanted=f"a preset ({', '.join(preset_names())}) or the path of a TOML file",
            fix=f"{near_names(where, preset_names())} Or check the path",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RulesError(
            f"The rule set {where} is not TOML in UTF-8.",
            found=str(error),
            wanted="a file laid out as `gridpart rules show qixian` prints one",
            fix="correct the file at that place and save it as UTF-8",
        ) from None


def parse_rules(table: Mapping[str, Any], where: str) -> RuleSet:
    """Return the rule set that a table, as read from TOML, states.

    Parameters
    ----------
    table : Mapping
        Keys and values as in a rule file.
    where : str
        Name of the file or preset, for messages.

    Raises
    ------
    RulesError
        With every fault found, each with its place and, where a number is at fault, the
        clause that the number cites.
    """
    faults = list(check_form(table, "rules", "the file"))
    if not faults:  # only then is there a value to ask whether its parts agree
        rules = _build(without_chinese(table), dict(chinese_of(table)))
        faults = list(dict.fromkeys(disagreements(rules)))
    if faults:
        some = len(faults) > 1
        raise RulesError(
            f"{len(faults)} {'faults' if some else 'fault'} in the rule set {where}.",
            found="\n          ".join(faults),
            wanted="known keys, values that agree with one another, a clause for every number",
            fix=f"correct {'these' if some else 'this'}, then run: gridpart rules check {where}",
        )
    return rules


def _build(table: Mapping[str, Any], chinese: Mapping[str, str]) -> RuleSet:
    """Return the rule set of a table whose form is right."""
    levels = tuple(_build_level(t) for t in table["level"])
    priority, exclusive = table.get("priority", {}), table.get("exclusive", {})
    return RuleSet(
        chinese=chinese,
        id=table["id"],
        title=table["title"],
        measure=table["measure"],
        levels=levels,
        rural_levels=tuple(map(_build_rural, levels, table["level"])),
        codes=CodeRule(**{**table["codes"], "templates": dict(table["codes"]["templates"])}),
        names=dict(table["names"]),
        sources=tuple(Source(**{k: str(v) for k, v in t.items()}) for t in table.get("source", ())),
        exclusive_title=exclusive.get("title", ""),
        exclusive_kinds=dict(exclusive.get("kinds", {})),
        load=table.get("load", ""),
        difficulty=build_difficulty(table["difficulty"]) if "difficulty" in table else None,
        hours=build_hours(table["hours"], table["measure"]) if "hours" in table else None,
        priority={area: tuple(priority.get(area, PRIORITY)) for area in AREA_TYPES},
        weights=Weights(**_floats(table.get("weights", {}))),
        site_rules=build_site_rules(exclusive),
        split_rule=build_split_rule(exclusive),
        incidents=build_incidents(table.get("incidents", ())),
        staffing=build_staffing(table["staffing"]) if "staffing" in table else None,
    )


def _floats(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with its whole numbers as floats, which is how values keep them."""
    return {k: float(v) if is_number(v) else v for k, v in table.items()}


def _build_level(table: Mapping[str, Any]) -> Level:
    """Return the urban level that a table states."""
    plain = {k: v for k, v in table.items() if k not in ("measures", "radius", "rural", "class")}
    return Level(
        **plain,
        ranges=_build_ranges(table.get("measures", {})),
        radius=_build_radius(table.get("radius")),
        shifts=tuple(
            Shift(grade, _build_ranges(own["measures"]))
            for grade, own in table.get("class", {}).items()
        ),
    )


def _build_ranges(measures: Mapping[str, Any]) -> tuple[Range, ...]:
    """Return one range for each measure; an empty table states that there is none."""
    return tuple(Range(name, **_floats(t)) for name, t in measures.items() if t)


def _build_radius(table: Mapping[str, Any] | None) -> Radius | None:
    """Return the radius that a table states; an empty table states that there is none."""
    return Radius(**_floats(table)) if table else None


def _build_rural(level: Level, table: Mapping[str, Any]) -> Level:
    """Return the rural twin of a level: whatever its rural table does not state is urban."""
    rural = table.get("rural", {})
    measures = {**table.get("measures", {}), **rural.get("measures", {})}
    radius = _build_radius(rural["radius"]) if "radius" in rural else level.radius
    split_to = rural.get("split_to", level.split_to)
    return replace(level, ranges=_build_ranges(measures), radius=radius, split_to=split_to)
