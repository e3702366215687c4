"""Chinese beside the English of a rule file, such as ``clause_zh`` beside ``clause``.

Values of a rule set keep one text each. What it is in Chinese stands in one table for the
whole rule set, by that text.
"""

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["PAIRS", "chinese_of", "with_chinese", "without_chinese"]

PAIRS = {"clause": "clause_zh", "title": "title_zh", "issuer": "issuer_zh"}
"""A key, and the one that says the same in Chinese."""


def chinese_of(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each text of a rule file that is told in Chinese, and how.

    Examples
    --------
    >>> dict(chinese_of({"level": [{"clause": "notice of 2022", "clause_zh": "2022年通知"}]}))
    {'notice of 2022': '2022年通知'}
    """
    for key, zh in PAIRS.items():
        if isinstance(table.get(key), str) and isinstance(table.get(zh), str):
            yield table[key], table[zh]
    for inner in _tables(table):
        yield from chinese_of(inner)


def _tables(table: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the tables inside a table, alone or in arrays."""
    for value in table.values():
        several = value if isinstance(value, list | tuple) else [value]
        yield from (one for one in several if isinstance(one, Mapping))


def without_chinese(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule file without the keys that only say something in Chinese."""
    return {
        key: _inside(value, without_chinese)
        for key, value in table.items()
        if key not in PAIRS.values()
    }


def with_chinese(table: Mapping[str, Any], chinese: Mapping[str, str]) -> dict[str, Any]:
    """Return a rule file with what is known of it in Chinese.

    Examples
    --------
    >>> with_chinese({"clause": "notice of 2022"}, {"notice of 2022": "2022年通知"})
    {'clause': 'notice of 2022', 'clause_zh': '2022年通知'}
    """
    told: dict[str, Any] = {}
    for key, value in table.items():
        told[key] = _inside(value, lambda inner: with_chinese(inner, chinese))
        if key in PAIRS and isinstance(value, str) and value in chinese:
            told[PAIRS[key]] = chinese[value]
    return told


def _inside(value: Any, change: Any) -> Any:
    """Return a value with each table in it changed."""
    if isinstance(value, Mapping):
        return change(value)
    if isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value):
        return [change(one) if isinstance(one, Mapping) else one for one in value]
    return value
