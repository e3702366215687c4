"""A rule set as the text of a TOML file."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gridpart._rule_chinese import with_chinese
from gridpart._rule_difficulty import Difficulty, Hours
from gridpart._rule_exclusive import exclusive_tables
from gridpart._rule_form import are
from gridpart._rule_incidents import incident_tables
from gridpart._rule_staffing import staffing_table
from gridpart._rule_stated import stated
from gridpart._rule_values import RuleSet
from gridpart.model import Level, Radius, Range

__all__ = ["rules_table", "rules_to_toml"]


def rules_to_toml(rules: RuleSet) -> str:
    """Return the rule set as the text of a TOML file that reads back equal.

    Examples
    --------
    >>> import tomllib
    >>> from gridpart.rules import load_rules, parse_rules
    >>> rules = load_rules("qixian")
    >>> parse_rules(tomllib.loads(rules_to_toml(rules)), "a copy") == rules
    True
    """
    return "\n".join(_toml_lines(rules_table(rules), ())).strip() + "\n"


def rules_table(rules: RuleSet) -> dict[str, Any]:
    """Return the rule set as the table that its TOML file holds."""
    exclusive = {
        "title": rules.exclusive_title,
        "kinds": dict(rules.exclusive_kinds),
        **exclusive_tables(rules.site_rules, rules.split_rule),
    }
    table: dict[str, Any] = {
        "id": rules.id,
        "title": rules.title,
        "measure": rules.measure,
        **({"load": rules.load} if rules.load else {}),
        "source": [stated(s) for s in rules.sources],
        "priority": dict(rules.priority),
        "level": list(map(_level_table, rules.levels, rules.rural_levels)),
        "exclusive": {k: v for k, v in exclusive.items() if v},
    }
    if (difficulty := rules.difficulty) is not None:
        table["difficulty"] = _difficulty_table(difficulty)
    if rules.incidents:
        table["incidents"] = incident_tables(rules.incidents)
    if rules.hours is not None:
        table["hours"] = _hours_table(rules.hours)
    for name, value in (("weights", rules.weights), ("codes", rules.codes)):
        table[name] = stated(value)
    table["names"] = dict(rules.names)
    if rules.staffing is not None:
        table["staffing"] = staffing_table(rules.staffing)
    return with_chinese(table, rules.chinese)


def _difficulty_table(difficulty: Difficulty) -> dict[str, Any]:
    """Return difficulty as a table with its classes and indicators as arrays inside."""
    table = {k: v for k, v in stated(difficulty).items() if v != ()}
    table["class"] = list(map(stated, table.pop("grades", ())))
    table["indicator"] = list(map(stated, table.pop("indicators")))
    return {k: v for k, v in table.items() if v != []}


def _hours_table(hours: Hours) -> dict[str, Any]:
    """Return hours as a table: tasks by class are visits."""
    visits = [stated(t) for t in hours.tasks if t.grade]
    visits = [{"class": t.pop("grade"), **t} for t in visits]
    table = {"visit": visits, "task": [stated(t) for t in hours.tasks if not t.grade]}
    return {k: v for k, v in table.items() if v}


def _level_table(urban: Level, rural: Level) -> dict[str, Any]:
    """Return a level as a table whose rural part holds only what differs."""
    table = {k: v for k, v in stated(urban).items() if k not in ("ranges", "radius", "shifts")}
    ours, theirs = (_range_tables(v.ranges) for v in (urban, rural))
    differing = {m: theirs.get(m, {}) for m in {**ours, **theirs} if ours.get(m) != theirs.get(m)}
    table["measures"] = ours
    table["class"] = {s.grade: {"measures": _range_tables(s.ranges)} for s in urban.shifts}
    if urban.radius is not None:
        table["radius"] = _radius_table(urban.radius)
    table["rural"] = {"measures": differing} if differing else {}
    if rural.radius != urban.radius:
        table["rural"]["radius"] = {} if rural.radius is None else _radius_table(rural.radius)
    if rural.split_to != urban.split_to:
        table["rural"]["split_to"] = rural.split_to
    return {k: v for k, v in table.items() if v not in ({}, None)}


def _range_tables(ranges: Iterable[Range]) -> dict[str, dict[str, Any]]:
    """Return measure -> what its range states."""
    return {r.measure: {k: v for k, v in stated(r).items() if k != "measure"} for r in ranges}


def _radius_table(radius: Radius | None) -> dict[str, Any]:
    """Return what a level states of its radius; its rank stands in the table priority."""
    if radius is None:
        return {}
    return {k: v for k, v in stated(radius).items() if k != "goes_first"}


def _toml_lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Yield the lines of a table: plain values first, then the tables inside it."""
    inner = {k: v for k, v in table.items() if isinstance(v, Mapping) or are(v, Mapping)}
    for key, value in table.items():
        if key not in inner:
            yield f"{_toml_key(key)} = {_toml_value(value)}"
    for key, value in inner.items():
        header = ".".join(map(_toml_key, (*path, key)))
        is_array = not isinstance(value, Mapping)
        for one in value if is_array else [value]:
            if is_array or not one or not all(isinstance(v, Mapping) for v in one.values()):
                yield f"\n[[{header}]]" if is_array else f"\n[{header}]"
            yield from _toml_lines(one, (*path, key))


def _toml_key(key: str) -> str:
    """Return a key, in quotes unless it is bare."""
    bare = key.isascii() and key.replace("_", "a").replace("-", "a").isalnum()
    return key if bare else _toml_value(key)


def _toml_value(value: Any) -> str:
    """Return a plain value; a number that is whole is written as one."""
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("\x7f", "\\u007f")
