"""Which code each grid gets: its own where it keeps one, else a serial never given before."""

from collections.abc import Callable, Collection, Mapping

from gridpart.codes import parse_code, parse_template
from gridpart.errors import DataError, RulesError
from gridpart.rules import CodeRule

__all__ = ["fields_of", "free_codes", "last_serial", "own_serial"]


def fields_of(community: Mapping[str, str], serials: Mapping[str, int]) -> dict[str, object]:
    """Return what a template may name: the community's code, its parts, and the serials."""
    code = community["community_id"]
    fields: dict[str, object] = {"community_id": code, **serials}
    if len(code) == 12 and code.isdigit():
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
