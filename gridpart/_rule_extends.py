"""Rule files that extend others, and what two rule sets say differently."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gridpart._rule_chinese import PAIRS
from gridpart._rule_form import are
from gridpart._rule_toml import rules_table
from gridpart._rule_values import RuleSet
from gridpart.errors import RulesError

__all__ = ["differences", "extended"]

KEYS = ("id", "column", "class", "kind")
"""What names a table in an array, the first of these that it has."""

Reader = Callable[[str | Path], Mapping[str, Any]]


def extended(
    table: Mapping[str, Any], name: str | Path, read: Reader
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return a rule file on top of all that it extends, and the names from it to the last.

    Tables are merged key by key, and arrays of tables by what names each; any other
    value, an empty table, and an array where a name stands twice replace what is below.
    Levels are put in the order in which they nest.

    Parameters
    ----------
    table : Mapping
        Keys and values of the file.
    name : str or Path
        Its name, or its path, from whose folder paths in ``extends`` start.
    read : callable
        Returns the table of a preset's name or of a path.

    Raises
    ------
    RulesError
        If a file extends itself by way of others, or ``extends`` is no name.
    """
    chain: list[str] = [str(name)]
    stack, here = [dict(table)], name
    while (base := stack[-1].pop("extends", None)) is not None:
        if not isinstance(base, str) or not base.strip():
            raise RulesError(
                f"The rule set {here} extends nothing that has a name.",
                found=f"extends is {base!r}",
                wanted="the name of a preset, or the path of a rule file",
                fix="correct it, or take the line out",
            )
        near = here.parent / base if isinstance(here, Path) else Path(base)
        here = near if near.is_file() else base
        if str(here) in chain:
            raise RulesError(
                f"The rule set {name} extends itself.",
                found=" -> ".join([*chain, str(here)]),
                wanted="a chain that ends with a file that extends nothing",
                fix="take the line 'extends' out of one of these",
            )
        chain.append(str(here))
        stack.append(dict(read(here)))
    whole = stack.pop()
    while stack:
        whole = _merged(whole, stack.pop())
        if are(whole.get("level"), Mapping):
            whole["level"] = _coarse_first(whole["level"])
    return whole, tuple(chain)


def _coarse_first(levels: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return levels each after the one it nests in, and otherwise in their order.

    A level that is put on top of others stands last in the file, wherever it belongs.
    """
    found, rest = [], list(levels)
    while rest:
        left = [level.get("id") for level in rest]
        at = next((n for n, level in enumerate(rest) if level.get("nests_in") not in left), 0)
        found.append(rest.pop(at))
    return found


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with another one on top of it.

    What the lower one says in Chinese goes with the text that it tells.
    """
    stale = {zh for key, zh in PAIRS.items() if key in above}
    kept = {key: value for key, value in below.items() if key not in stale}
    return {**kept, **{key: _on_top(kept.get(key), value) for key, value in above.items()}}


def _on_top(below: Any, above: Any) -> Any:
    """Return a value with another one on top of it."""
    if isinstance(above, Mapping) and isinstance(below, Mapping) and above:
        return _merged(below, above)
    if are(above, Mapping) and are(below, Mapping) and above:
        named = {_name(one): one for one in below}
        if len(named) < len(below) or len({_name(one) for one in above}) < len(above):
            return above  # names that stand twice tell nothing
        for one in above:
            named[_name(one)] = _on_top(named.get(_name(one)), one)
        return list(named.values())
    return above


def _name(table: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what names a table in an array."""
    key = next((k for k in KEYS if k in table), "")
    return key, str(table.get(key, ""))


def differences(left: RuleSet, right: RuleSet) -> Iterator[tuple[str, Any, Any]]:
    """Yield the path of each value that differs, and both values, None where there is none."""
    one, other = (dict(_flat(rules_table(rules), "")) for rules in (left, right))
    for path in dict.fromkeys([*one, *other]):
        if one.get(path) != other.get(path):
            yield path, one.get(path), other.get(path)


def _flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif are(value, Mapping) and value:
        for inner in value:
            yield from _flat(inner, f"{path}[{_name(inner)[1]}]")
    else:
        yield path, list(value) if isinstance(value, tuple) else value
