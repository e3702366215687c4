"""Which code each grid gets: its own where it keeps one, else a serial never given before."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from gridpart.codes import format_code, parse_code, parse_template
from gridpart.errors import DataError, RulesError
from gridpart.model import Level
from gridpart.rules import CodeRule, RuleSet

__all__ = [
    "GridCode",
    "fields_of",
    "free_codes",
    "last_serial",
    "own_serial",
    "parse_grid_code",
    "refuse_mixed",
    "refuse_narrow",
]

PARTS = ("county", "street", "community")
"""What a template may take of a community's code."""
COMMUNITY = 12
"""Digits of the code that statistics give a community: an id of digits alone has no other."""


@dataclass(frozen=True, slots=True)
class GridCode:
    """A grid code taken apart."""

    level: str
    """Level id, or ``exclusive``."""
    fields: Mapping[str, str | int]
    """What the template wrote: the community's code or its parts, and serials."""


def fields_of(community: Mapping[str, str], serials: Mapping[str, int]) -> dict[str, object]:
    """Return what a template may name: the community's code, its parts, and the serials."""
    code = community["community_id"]
    fields: dict[str, object] = {"community_id": code, **serials}
    fields |= {name: community[name] for name in ("street_id", "district") if name in community}
    if len(code) == COMMUNITY and code.isdigit():
        fields |= {"county": int(code[:6]), "street": int(code[6:9]), "community": int(code[9:])}
    return fields


def own_serial(
    template: str, code: str, level: str, community: Mapping[str, str], serials: Mapping[str, int]
) -> int | None:
    """Return the serial of `level` in a code that a grid of this parent may bear, else None.

    Parameters
    ----------
    template : str
        Of the level.
    code : str
        Any text.
    level : str
    community : mapping
        ``community_id`` of the grid.
    serials : mapping of str to int
        Level id -> serial of the grids above.

    Examples
    --------
    >>> home = {"community_id": "510121005012"}
    >>> own_serial("{community_id}{general:3}", "510121005012007", "general", home, {})
    7
    >>> own_serial("{community_id}{general:3}", "510121005013007", "general", home, {})
    """
    try:
        read = parse_code(template, code)
    except DataError:
        return None
    own = read.pop(level, None)
    fields = fields_of(community, serials)
    if not isinstance(own, int) or own < 1 or any(fields.get(k) != v for k, v in read.items()):
        return None
    return own


def last_serial(codes: CodeRule, level: str) -> int:
    """Return the last serial of a level: its digits, less the block of exclusive grids.

    Examples
    --------
    >>> last_serial(CodeRule({"general": "{community_id}{general:3}"}), "general")
    999
    """
    template = codes.templates[level]
    widths = {name: width for _, name, width in parse_template(template).parts}
    most = int(10 ** widths[level]) - 1
    return min(most, codes.exclusive_from) if codes.templates.get("exclusive") == template else most


def refuse_narrow(
    codes: CodeRule,
    levels: Sequence[Level],
    community: Mapping[str, str],
    totals: Mapping[str, float],
    n_sites: int,
) -> None:
    """Refuse templates that cannot number the grids of a community, before any search.

    Parameters
    ----------
    codes : CodeRule
    levels : sequence of Level
        Coarse to fine, as they stand for the community's area type.
    community : mapping
        ``community_id`` and ``name``.
    totals : mapping of str to float
        Sum of each measure over the community.
    n_sites : int
        Its exclusive sites.

    Raises
    ------
    RulesError
        If the greatest sizes need more grids than there are serials, if there are more
        sites than exclusive serials, or if a template takes apart a community code that
        has not 12 digits.
    """
    room: dict[str, int] = {}
    for level in levels:
        _require_parts(codes.templates[level.id], community)
        if level.is_whole:
            continue
        own = last_serial(codes, level.id)
        room[level.id] = own * room.get(level.nests_in or "", 1)
        for bound in level.ranges:
            if not (bound.hard and bound.max):
                continue
            total = totals.get(bound.measure, 0.0)
            needed = math.ceil(total / bound.max - 1e-9)
            if needed > room[level.id]:
                raise RulesError(
                    f"The code template of level {level.id!r} is too narrow for "
                    f"{community['name']}.",
                    found=f"{total:g} {bound.measure} in {community['community_id']}, at most "
                    f"{bound.max:g} a grid: at least {needed} grids; "
                    f"{codes.templates[level.id]!r} numbers {room[level.id]}",
                    wanted=f"serials for {needed} grids",
                    fix=f"write {{{level.id}:{len(str(needed))}}} in the templates, "
                    "or allow larger grids",
                )
    if n_sites and "exclusive" in codes.templates:
        widths = [w for _, _, w in parse_template(codes.templates["exclusive"]).parts if w]
        left = int(10 ** widths[-1]) - 1 - codes.exclusive_from
        if n_sites > left:
            raise RulesError(
                f"The code template of exclusive grids is too narrow for {community['name']}.",
                found=f"{n_sites} sites; {left} serials after exclusive_from "
                f"{codes.exclusive_from}",
                wanted=f"serials for {n_sites} sites",
                fix="lower exclusive_from, or give the template more digits",
            )


def _require_parts(template: str, community: Mapping[str, str]) -> None:
    """Refuse a template that takes apart a code which is none of an office of statistics."""
    known = fields_of(community, {})
    lacking = [n for n in parse_template(template).fields if n in PARTS and n not in known]
    if lacking:
        raise RulesError(
            f"The code template {template!r} takes the code of {community['name']} apart.",
            found=f"community_id {community['community_id']!r}, and {', '.join(lacking)} of it",
            wanted="a community_id of 12 digits: 6 of the county, 3 of the sub-district, 3 own",
            fix="write {community_id} in the template, or correct the ids of communities",
        )


def parse_grid_code(code: str, rules: RuleSet) -> GridCode:
    """Return what a grid code says by the templates of a rule set.

    Parameters
    ----------
    code : str
    rules : RuleSet

    Raises
    ------
    DataError
        If no template of the rule set can have written it.

    Examples
    --------
    >>> from gridpart.rules import load_rules
    >>> parse_grid_code("51012100501200307", load_rules("qixian")).level
    'micro'
    >>> parse_grid_code("510121005012901", load_rules("qixian"))
    GridCode(level='exclusive', fields={'community_id': '510121005012', 'general': 901})
    """
    templates = rules.codes.templates
    for level, template in sorted(templates.items(), key=lambda item: item[0] != "exclusive"):
        try:
            fields = parse_code(template, code)
        except DataError:
            continue
        serials = [value for name, value in fields.items() if isinstance(value, int)]
        if level == "exclusive" and not (serials and serials[-1] > rules.codes.exclusive_from):
            continue
        community = fields.get("community_id")
        if isinstance(community, str) and community.isdigit() and len(community) != COMMUNITY:
            continue
        return GridCode(level, fields)
    raise DataError(
        f"The code {code!r} is none of the rule set {rules.id!r}.",
        found=f"{code!r}, {len(code)} characters",
        wanted="a code as one of these writes it: "
        + ", ".join(f"{level} {template}" for level, template in templates.items()),
        fix="keep codes as text (a spreadsheet rounds long numbers), or use the rule set "
        "that they were written with",
    )


def refuse_mixed(communities: Sequence[Mapping[str, str]], rules: RuleSet) -> None:
    """Refuse templates that give a grid above communities several codes, or two of them one.

    Parameters
    ----------
    communities : sequence of mapping
        ``community_id`` and, where the rules have a level of streets, ``street_id``.
    rules : RuleSet

    Raises
    ------
    DataError
        Naming the streets.
    """
    for level in rules.levels:
        if not level.is_joined:
            continue
        template = rules.codes.templates[level.id]
        pairs = {
            (place["street_id"] if level.made_of == "street" else "the district",
             format_code(template, fields_of(place, {})))
            for place in communities
        }  # fmt: skip
        for at, what in ((0, "has the codes"), (1, "is the code of")):
            for one in sorted({pair[at] for pair in pairs}):
                others = sorted(pair[1 - at] for pair in pairs if pair[at] == one)
                if len(others) > 1:
                    raise DataError(
                        f"The code template of level {level.id!r} does not fit the data.",
                        found=f"{one} {what} {', '.join(others[:3])} by {template!r}",
                        wanted="one code for each grid",
                        fix="correct street_id or community_id, or write {street_id} in the "
                        "template",
                    )


def free_codes(
    write: Callable[[int], str],
    *,
    n: int,
    taken: Collection[str],
    what: str,
    first: int = 1,
    last: int | None = None,
) -> list[tuple[int, str]]:
    """Return the lowest `n` serials whose codes were never given, with those codes.

    Parameters
    ----------
    write : callable
        Serial in, code out.
    n : int
    taken : collection of str
        Codes in force and retired.
    what : str
        What is numbered, for the error.
    first, last : int
        Where to begin and to end.

    Raises
    ------
    RulesError
        If fewer are left.

    Examples
    --------
    >>> free_codes("A{:02}".format, n=2, taken={"A01"}, what="grids")
    [(2, 'A02'), (3, 'A03')]
    """
    found: list[tuple[int, str]] = []
    serial = first
    while len(found) < n:
        if last is not None and serial > last:
            used = last - first + 1 - len(found)
            raise RulesError(
                f"No serials are left for {n} {what}.",
                found=f"{last - first + 1} serials, {used} of them in force or retired",
                wanted=f"{n} serials that were never given",
                fix="give the level more digits in the table codes of the rule set",
            )
        code = write(serial)
        if code not in taken:
            found.append((serial, code))
        serial += 1
    return found
