"""Whether the parts of a rule set agree with one another."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from string import Formatter

from gridpart._rule_difficulty import difficulty_faults
from gridpart._rule_exclusive import exclusive_faults
from gridpart._rule_form import MADE_OF, SPLIT_TO
from gridpart._rule_incidents import incident_faults
from gridpart._rule_staffing import staffing_faults
from gridpart._rule_values import NEVER_YIELD, RuleSet
from gridpart.errors import near_names
from gridpart.model import COMMUNITIES, HOURS, WEIGHTED, Level

__all__ = ["disagreements"]


def disagreements(rules: RuleSet) -> Iterator[str]:
    """Yield where the parts of a rule set contradict one another."""
    ids = [level.id for level in rules.levels]
    yield from (f"level {i!r}: {ids.count(i)} levels have this id" for i in ids if ids.count(i) > 1)
    cited = [source.id for source in rules.sources]
    yield from (
        f"source {i!r}: {cited.count(i)} sources have this id" for i in cited if cited.count(i) > 1
    )
    if "exclusive" in ids:
        yield "level 'exclusive': this id is kept for exclusive sites"
    yield from _order_faults(rules.levels)
    yield from _priority_faults(rules)
    shifted = {v.id: tuple(s.grade for s in v.shifts) for v in rules.levels if v.shifts}
    yield from difficulty_faults(rules.difficulty, rules.hours, shifted)
    yield from _count_faults(rules)
    for area, levels in (("urban", rules.levels), ("rural", rules.rural_levels)):
        for grade in rules.grades:
            yield from _nesting_faults(rules.levels_for(area, grade), area)
        yield from _cutting_faults(levels, area)
    wanted = [*ids, "exclusive"] if rules.exclusive_title or rules.exclusive_kinds else ids
    joined = {level.made_of for level in rules.levels if level.is_joined}
    above = {{"street": "street_id", "district": "district"}[whole] for whole in joined}
    streets = {"street", "street_id"} if "street_id" in above else set()
    fields_of_names = {"community", "community_id", "district", "name", "kind", *streets, *ids}
    yield from _pattern_faults("names", rules.names, wanted, fields_of_names)
    templates = rules.codes.templates
    fields_of_codes = {"community_id", "county", "street", "community", *above, *ids}
    yield from _pattern_faults("codes, templates", templates, wanted, fields_of_codes)
    yield from _serial_faults(rules)
    yield from _joined_faults(rules)
    yield from incident_faults(rules.incidents)
    yield from exclusive_faults(rules.site_rules, rules.exclusive_kinds)
    if rules.staffing is not None:
        yield from staffing_faults(rules.staffing, ids, rules.exclusive_kinds)


def _priority_faults(rules: RuleSet) -> Iterator[str]:
    """Yield where a rule that no plan may break is to yield to one that it may."""
    n = len(NEVER_YIELD)
    for area, order in rules.priority.items():
        if set(order[:n]) != set(NEVER_YIELD):
            yield (
                f"priority, {area}: {', '.join(order)}; {', '.join(NEVER_YIELD)} never yield and "
                "stand before the others. What a level may cut for its range is its split_to"
            )


def _count_faults(rules: RuleSet) -> Iterator[str]:
    """Yield what is counted or balanced though nothing says how to compute it."""
    ranged = {r.measure: f"a range (clause: {r.clause})" for r in rules.ranges}
    named = {rules.load: "load", **ranged}
    for name, where in named.items():
        if name == HOURS and rules.hours is None:
            yield f"{where} counts hours, but there is no table [hours]"
        if name.startswith(WEIGHTED) and rules.difficulty is None:
            yield f"{where} counts {name}, but there is no table [difficulty]"


def _order_faults(levels: tuple[Level, ...]) -> Iterator[str]:
    """Yield which levels nest in nothing known or do not go from coarse to fine."""
    ids = [level.id for level in levels]
    for n, level in enumerate(levels):
        if level.nests_in is None:
            if n > 0:
                yield f"level {level.id!r}: no 'nests_in'; only the first level has none"
        elif level.nests_in not in ids:
            hint = near_names(level.nests_in, ids)
            yield f"level {level.id!r}: nests_in names no level: {level.nests_in!r}; {hint}"
        elif level.nests_in not in ids[:n]:
            yield (
                f"level {level.id!r}: nests in {level.nests_in!r}, which does not stand "
                "before it; order levels from coarse to fine"
            )
    for coarse, fine in pairwise(levels):
        if MADE_OF.index(coarse.made_of) > MADE_OF.index(fine.made_of):
            yield (
                f"level {fine.id!r}: made of {fine.made_of!r}, which is coarser than the "
                f"{coarse.made_of!r} of {coarse.id!r} before it; order levels from coarse to fine"
            )


def _nesting_faults(levels: tuple[Level, ...], area: str) -> Iterator[str]:
    """Yield which ranges no grid of the level above could hold."""
    maxima = {(v.id, r.measure): r for v in levels for r in v.ranges if r.max is not None}
    for level in levels:
        for own in level.ranges:
            above = maxima.get((level.nests_in or "", own.measure))
            if above is not None and own.min is not None and own.min > (above.max or 0):
                yield (
                    f"level {level.id!r} ({area}), {own.measure}: min {own.min:g} is greater "
                    f"than max {above.max:g} of {level.nests_in!r}, in which it nests "
                    f"(clauses: {own.clause}; {above.clause})"
                )


def _cutting_faults(levels: tuple[Level, ...], area: str) -> Iterator[str]:
    """Yield which levels keep whole what the level above them may cut."""
    known = {level.id: level for level in levels}
    for level in levels:
        above = known.get(level.nests_in or "")
        if above is None or not any(r.hard and r.max is not None for r in above.ranges):
            continue
        divides = not above.is_whole
        if divides and SPLIT_TO.index(level.split_to) < SPLIT_TO.index(above.split_to):
            yield (
                f"level {level.id!r} ({area}): split_to {level.split_to!r} keeps whole what "
                f"{above.split_to!r} of {above.id!r}, in which it nests, may cut"
            )


def _serial_faults(rules: RuleSet) -> Iterator[str]:
    """Yield which code templates would give two grids one code, or a child a foreign one."""
    templates = rules.codes.templates
    for level in rules.levels:
        template, place = templates.get(level.id, ""), f"codes, templates, {level.id}"
        if template and not level.is_whole and f"{{{level.id}:" not in template:
            yield f"{place}: {template!r} has no serial of its own, such as {{{level.id}:3}}"
        above = templates.get(level.nests_in or "", "")
        joined = any(v.is_joined for v in rules.levels if v.id == level.nests_in)
        if template and not joined and not template.startswith(above):
            yield f"{place}: {template!r} does not begin with the {above!r} of {level.nests_in!r}"
    exclusive, last = templates.get("exclusive"), rules.codes.exclusive_from
    if exclusive is not None and not re.search(r":\d*[1-9]\d*\}", exclusive):
        yield f"codes, templates, exclusive: {exclusive!r} has no serial, such as {{general:3}}"
    elif exclusive is not None:
        width = int(re.findall(r":(\d+)\}", exclusive)[-1])
        if last + 1 >= 10**width:
            yield f"codes: exclusive_from {last} leaves no serial of {width} digits after it"


IN_CODES = {"street": ("county", "street", "street_id"), "district": ("county", "district")}
IN_NAMES = {"street": ("street", "street_id", "district"), "district": ("district",)}
"""What all communities of a grid above them have in common, for its code and its name."""


def _joined_faults(rules: RuleSet) -> Iterator[str]:
    """Yield what grids above communities cannot have, and what only they can."""
    both = (*rules.levels, *rules.rural_levels)
    counting = {v.id for v in both for bound in v.ranges if bound.measure == COMMUNITIES}
    for level in rules.levels:
        if not level.is_joined:
            if level.id in counting:
                yield (
                    f"level {level.id!r} counts communities; only the grids of a level made of "
                    "'street' or 'district' hold several"
                )
            continue
        if level.shifts:
            yield (
                f"level {level.id!r}: ranges by class; a grid made of a {level.made_of} holds "
                "communities of several classes"
            )
        template = rules.codes.templates.get(level.id)
        if template is not None and "{" not in template:
            yield f"codes, templates, {level.id}: {template!r} names no field"
        yield from _unshared(level, "codes, templates", rules.codes.templates, IN_CODES)
        yield from _unshared(level, "names", rules.names, IN_NAMES)


def _unshared(
    level: Level, place: str, patterns: Mapping[str, str], fields: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    """Yield what a pattern of a grid above communities names though they do not share it."""
    pattern, shared = patterns.get(level.id, ""), fields[level.made_of]
    for name in re.findall(r"\{(\w+)", pattern):
        if name not in shared:
            yield (
                f"{place}, {level.id}: {pattern!r} names {{{name}}}, which the communities of a "
                f"{level.made_of} do not share; wanted any of {', '.join(shared)}"
            )


def _pattern_faults(
    place: str, patterns: Mapping[str, str], wanted: list[str], known: set[str]
) -> Iterator[str]:
    """Yield what has no pattern and which patterns name an unknown field."""
    yield from (f"{place}: none for {name!r}" for name in wanted if name not in patterns)
    for name, pattern in patterns.items():
        if name not in (*wanted, "exclusive"):
            yield f"{place}: unknown key {name!r}; {near_names(name, wanted)}"
        try:
            used = [part[1] for part in Formatter().parse(pattern) if part[1] is not None]
        except ValueError as error:
            yield f"{place}, {name}: {pattern!r} cannot be read: {error}"
            continue
        for field_name in used:
            if field_name not in known:
                hint = near_names(field_name, known)
                yield f"{place}, {name}: unknown field {{{field_name}}} in {pattern!r}; {hint}"
