"""The form of a rule file: known keys, right kinds, numbers that make sense by themselves.

Here a rule set is still the table that TOML was read into.
"""

import datetime
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any, get_args, get_type_hints

from gridpart._rule_difficulty import DIFFICULTY_CHOICES, DIFFICULTY_SHAPES, as_ratio
from gridpart._rule_exclusive import EXCLUSIVE_CHECKS, EXCLUSIVE_CHOICES, EXCLUSIVE_SHAPES
from gridpart._rule_incidents import INCIDENT_SHAPES
from gridpart._rule_staffing import STAFFING_CHECKS, STAFFING_SHAPES
from gridpart._rule_values import AREA_TYPES, LABELS, PRIORITY, Weights
from gridpart.errors import near_names
from gridpart.model import Level, Radius

__all__ = ["MADE_OF", "SPLIT_TO", "are", "check_form", "is_number"]


def _shape(text: str) -> dict[str, str]:
    """Return the keys of a table and the kind of value under each."""
    return dict(item.split(":") for item in text.split())


_CITED = " clause:text! label:label!"

_TABLES: dict[str, dict[str, str]] = {
    "rules": _shape(
        "id:text! title:text! measure:text! source:[source] priority:{priority} level:[level]!"
        " exclusive:{exclusive} difficulty:{difficulty} hours:{hours} load:text weights:{weights}"
        " codes:{codes}! names:texts! staffing:{staffing}"
        " incidents:[incidents]"
    ),
    "source": _shape(
        "id:text! title:text! title_zh:text issuer:text issuer_zh:text date:date url:text"
    ),
    "priority": dict.fromkeys(AREA_TYPES, "order"),
    "level": _shape(
        "id:text! title:text! made_of:made_of! nests_in:text split_to:split_to"
        " enclosed:enclosed clause:text"
        " label:label head:text weighted:flag measures:<measure> radius:{radius} rural:{rural}"
        " class:<shift>"
    ),
    "rural": _shape("split_to:split_to measures:<measure> radius:{radius}"),
    "shift": _shape("measures:<measure>!"),
    "measure": _shape("min:number max:number target:number hard:flag" + _CITED),
    "radius": _shape("max_m:number! origin:origin detour:number hard:flag weight:number" + _CITED),
    **DIFFICULTY_SHAPES,
    "weights": {f.name: "number" for f in fields(Weights)},
    "codes": _shape("templates:texts! exclusive_from:count"),
    **EXCLUSIVE_SHAPES,
    **INCIDENT_SHAPES,
    **STAFFING_SHAPES,
}

_SHAPES = {
    name: {**keys, **({"clause_zh": "text"} if "clause" in keys else {})}
    for name, keys in _TABLES.items()
}
"""The keys of each table. ``!``: has to be there; ``{x}``: a table of shape x; ``[x]``: an
array of such tables; ``<x>``: a table of such tables under names that the author chooses."""

MADE_OF: tuple[str, ...] = get_args(get_type_hints(Level)["made_of"])
"""What a level may be made of, coarse to fine."""

SPLIT_TO: tuple[str, ...] = get_args(get_type_hints(Level)["split_to"])
"""How far a level may cut a unit, coarse to fine."""

_CHOICES: dict[str, tuple[str, ...]] = {
    "label": LABELS,
    **DIFFICULTY_CHOICES,
    "origin": get_args(get_type_hints(Radius)["origin"]),
    "made_of": MADE_OF,
    "split_to": SPLIT_TO,
    "enclosed": get_args(get_type_hints(Level)["enclosed"]),
    **EXCLUSIVE_CHOICES,
}


def is_number(value: Any) -> bool:
    """Return whether a value is a finite number that is not negative."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf


def are(values: Any, kind: type) -> bool:
    """Return whether a value is a list of such things."""
    return isinstance(values, list | tuple) and all(isinstance(v, kind) for v in values)


def _is_matrix(value: Any) -> bool:
    """Return whether a value is a list of lists of pairwise judgments."""
    try:
        return are(value, list) and bool(value) and all([as_ratio(v) for row in value for v in row])
    except ValueError:
        return False


_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "text": (lambda v: isinstance(v, str) and bool(v.strip()), "a text"),
    "number": (is_number, "a finite number, 0 or greater"),
    "count": (lambda v: is_number(v) and isinstance(v, int), "a whole number, 0 or greater"),
    "flag": (lambda v: isinstance(v, bool), "true or false"),
    "matrix": (_is_matrix, 'rows of numbers above 0, or of fractions such as "1/3"'),
    "date": (lambda v: isinstance(v, str | datetime.date), "a date or a text"),
    "order": (
        lambda v: are(v, str) and sorted(v) == sorted(PRIORITY),
        f"each of {', '.join(PRIORITY)} once",
    ),
    "texts": (
        lambda v: isinstance(v, Mapping) and all(isinstance(t, str) and t for t in v.values()),
        "a table of texts",
    ),
    "numbers": (
        lambda v: isinstance(v, Mapping) and bool(v) and all(map(is_number, v.values())),
        "a table of numbers, 0 or greater",
    ),
    "names": (lambda v: are(v, str) and bool(v), "a list of names"),
    "{": (lambda v: isinstance(v, Mapping), "a table"),
    "<": (lambda v: isinstance(v, Mapping) and are([*v.values()], Mapping), "tables by name"),
    "[": (lambda v: are(v, Mapping) and bool(v), "one table or more"),
}


def check_form(table: Mapping[str, Any], shape: str, place: str) -> Iterator[str]:
    """Yield what is wrong with one table and with the tables inside it."""
    keys = _SHAPES[shape]
    for name, value in table.items():
        if name not in keys:
            yield f"{place}: unknown key {name!r}; {near_names(name, keys)}"
            continue
        kind = keys[name].removesuffix("!")
        if kind in _CHOICES:
            if value not in _CHOICES[kind]:
                yield f"{place}: {name} is {value!r}; {near_names(str(value), _CHOICES[kind])}"
            continue
        is_right, wanted = _KINDS[kind if kind in _KINDS else kind[0]]
        if not is_right(value):
            yield f"{place}: {name} is {value!r}, wanted {wanted}{_cited(table)}"
        elif kind not in _KINDS:
            yield from _check_inside(value, kind, name if shape == "rules" else f"{place}, {name}")
    yield from (f"{place}: {wrong}" for wrong in _missing(table, keys))
    if (check_more := _MORE_CHECKS.get(shape)) is not None:
        yield from (f"{place}: {wrong}{_cited(table)}" for wrong in check_more(table))


def _missing(table: Mapping[str, Any], keys: Mapping[str, str]) -> Iterator[str]:
    """Yield which keys a table lacks."""
    for name in (n for n, kind in keys.items() if kind.endswith("!") and n not in table):
        reason = "; say where its numbers come from" if name == "clause" else ""
        yield f"no {name!r}{reason}"
    if "clause_zh" in table and not keys["clause"].endswith("!") and "clause" not in table:
        yield "clause_zh without the clause that it tells in Chinese"


def _check_inside(value: Any, kind: str, place: str) -> Iterator[str]:
    """Yield what is wrong with the tables under one key."""
    shape = kind[1:-1]
    if kind[0] == "[":
        for n, table in enumerate(value, 1):
            name = table.get("id", table.get("column"))
            yield from check_form(table, shape, f"{place} {name!r}" if name else f"{place} {n}")
    elif kind[0] == "<":
        for name, table in value.items():
            if table:
                named = f"{place.removesuffix(', measures')}, {name}"
                yield from check_form(table, shape, named)
    elif value or shape != "radius":
        yield from check_form(value, shape, place)


def _cited(table: Mapping[str, Any]) -> str:
    """Return the clause that a table cites, for the end of a message."""
    return f" (clause: {table['clause']})" if table.get("clause") else ""


def _check_bounds(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield which bounds of a range or an indicator are the wrong way round."""
    given = {k: v for k, v in table.items() if k in ("min", "max", "target") and is_number(v)}
    low, high = given.get("min", 0), given.get("max", math.inf)
    target = given.get("target", low)
    if low > high:
        yield f"min {low:g} is greater than max {high:g}"
    elif not low <= target <= high:
        yield f"target {target:g} is outside {low:g} to {high:g}"


def _check_measure(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield which numbers of a range contradict one another."""
    yield from _check_bounds(table)
    if not {"min", "max", "target"} & set(table):
        yield "no min, max or target"
    yield from (
        f"{k} is 0: such a grid holds nothing" for k in ("max", "target") if table.get(k) == 0
    )


def _check_indicator(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield whether an indicator leaves nothing between its thresholds."""
    yield from _check_bounds(table)
    if is_number(table.get("max")) and table.get("min") == table["max"]:
        yield f"min and max are both {table['max']:g}; nothing lies between them"


def _check_radius(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield whether a radius leaves no room or a walk is shorter than the straight line."""
    detour: Any = table.get("detour")
    if table.get("max_m") == 0:
        yield "max_m is 0: such a grid holds nothing"
    if is_number(detour) and detour < 1:
        yield f"detour {detour:g} is less than 1"


def _check_difficulty(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield whether difficulty would lighten the load, or never count."""
    k_max: Any = table.get("k_max")
    if is_number(k_max) and k_max < 1:
        yield f"k_max {k_max:g} is less than 1"
    indicators = table.get("indicator") if table.get("weights", "manual") == "manual" else None
    if are(indicators, Mapping) and indicators and all(t.get("weight") == 0 for t in indicators):
        yield "the weights of all indicators are 0"


_MORE_CHECKS: dict[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "measure": _check_measure,
    "indicator": _check_indicator,
    "radius": _check_radius,
    "difficulty": _check_difficulty,
    **EXCLUSIVE_CHECKS,
    **STAFFING_CHECKS,
}
