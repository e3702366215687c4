"""Sentences that remember of what they were made, so that they can be told in Chinese too.

A `Sentence` is English text like any other. Beside the text it keeps the key of its pattern
and what was put into it: numbers, names, lists, other sentences. A plan stores both, and
`telling` words them in the language asked for.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from string import Formatter
from typing import Any

from gridpart.errors import name_some
from gridpart.sentences_en import ENGLISH

__all__ = ["Sentence", "Teller", "fields_of", "number", "parts_json", "restored", "span"]


class Sentence(str):
    """English text that keeps its pattern and its parts.

    Parameters
    ----------
    key : str
        Of a pattern in `sentences_en.ENGLISH`.
    **parts
        What the pattern names: text, numbers, sentences, or lists of these.

    Examples
    --------
    >>> told = Sentence("column_taken", short="old_age_fr", full="old_age_from")
    >>> told
    'Column old_age_fr of the units is taken as old_age_from.'
    >>> told.key, told.parts["full"]
    ('column_taken', 'old_age_from')
    """

    __slots__ = ("key", "parts")

    key: str
    parts: Mapping[str, Any]

    def __new__(cls, key: str, /, **parts: object) -> "Sentence":
        """Return the sentence in English."""
        plain = {name: _plain(part) for name, part in parts.items()}
        self = super().__new__(cls, TELL_ENGLISH(key, plain))
        self.key = key
        self.parts = plain
        return self

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by pattern and parts, so that worker processes can hand sentences back."""
        return (_again, (self.key, dict(self.parts)))


def _again(key: str, parts: Mapping[str, object]) -> Sentence:
    return Sentence(key, **parts)


def _plain(part: Any) -> Any:
    """Return a part as JSON can keep it: no arrays, no numbers of other libraries."""
    if isinstance(part, str) or part is None:
        return part
    if isinstance(part, Iterable):
        return tuple(_plain(one) for one in part)
    return part.item() if hasattr(part, "item") else part


# --- telling ---------------------------------------------------------------------------


class Teller(Formatter):
    """Fills the patterns of one language; `kinds` says how parts named in a pattern are told."""

    def __init__(
        self,
        patterns: Mapping[str, str],
        kinds: Mapping[str, Callable[["Teller", Any, str], str]],
    ) -> None:
        self.patterns = patterns
        self.kinds = kinds

    def __call__(self, key: str, parts: Mapping[str, object]) -> str:
        """Return the sentence of a pattern and its parts."""
        return self.vformat(self.patterns[key], (), parts)

    def told(self, value: object) -> str:
        """Return a part in this language: a sentence is told anew, all else is as it is."""
        return self(value.key, value.parts) if isinstance(value, Sentence) else str(value)

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return one part as its pattern wants it."""
        kind, _, option = format_spec.partition(":")
        if kind in self.kinds:
            return self.kinds[kind](self, value, option)
        return self.told(value) if not format_spec else format(value, format_spec)


def number(value: float) -> str:
    """Return a number without needless digits.

    Examples
    --------
    >>> number(530.0), number(1234567.0), number(2.5)
    ('530', '1234567', '2.5')
    """
    return str(round(value)) if float(value).is_integer() else f"{value:.6g}"


def _names(tell: Teller, names: Sequence[object], most: str) -> str:
    return name_some(map(tell.told, names), int(most or 5))


def _counted(_: Teller, pair: tuple[float, str], __: str) -> str:
    return f"{number(pair[0])} {pair[1]}"


def _joined(link: str) -> Callable[[Teller, Iterable[object], str], str]:
    return lambda tell, listed, _: link.join(map(tell.told, listed))


TELL_ENGLISH = Teller(
    ENGLISH,
    {
        "names": _names,
        "counted": _counted,
        "number": lambda _, value, __: number(value),
        "measure": lambda tell, value, _: tell.told(value),
        "level": lambda tell, value, _: tell.told(value),
        "grade": lambda tell, value, _: tell.told(value),
        "clause": lambda tell, value, _: tell.told(value),
        "and": _joined(" and "),
        "comma": _joined(", "),
        "semicolon": _joined("; "),
    },
)
"""``{units:names:3}`` names three of a list, ``{size:counted}`` takes a number and its measure,
``{level:level}`` the id of a level."""


def span(numbers: Sequence[float]) -> str:
    """Return from where to where numbers reach, or the one that all are.

    Examples
    --------
    >>> span([61, 60]), span([58, 58])
    ('60 to 61', '58')
    """
    low, high = min(numbers), max(numbers)
    return number(low) if low == high else Sentence("span", low=number(low), high=number(high))


# --- keeping ---------------------------------------------------------------------------


def fields_of(pattern: str) -> frozenset[str]:
    """Return the names of the parts that a pattern wants.

    Examples
    --------
    >>> sorted(fields_of("{n} units in {level:level} grids"))
    ['level', 'n']
    """
    return frozenset(name for _, name, _, _ in Formatter().parse(pattern) if name)


def parts_json(text: str) -> str:
    """Return the pattern and the parts of a sentence as JSON, "" for other text.

    Examples
    --------
    >>> parts_json(Sentence("column_taken", short="a", full="ab"))
    '["column_taken", {"short": "a", "full": "ab"}]'
    """
    if not isinstance(text, Sentence):
        return ""
    return json.dumps([text.key, _stored(text.parts)], ensure_ascii=False)


def _stored(part: Any) -> Any:
    """Return a part with the sentences in it as what they are made of."""
    if isinstance(part, Sentence):
        return {"key": part.key, "parts": _stored(part.parts)}
    if isinstance(part, Mapping):
        return {name: _stored(one) for name, one in part.items()}
    return [_stored(one) for one in part] if isinstance(part, tuple) else part


def restored(text: str, parts: str = "") -> str:
    """Return the sentence that `text` was, by what `parts_json` kept of it.

    Text stays what it is where nothing was kept, or where another release of gridpart
    made it of other parts.
    """
    if not parts:
        return text
    key, plain = json.loads(parts)
    try:
        return _loaded({"key": key, "parts": plain})  # type: ignore[no-any-return]
    except KeyError:
        return text


def _loaded(part: Any) -> Any:
    """Return a part with its sentences put together again, a KeyError for one nobody knows."""
    if isinstance(part, list):
        return tuple(map(_loaded, part))
    if not isinstance(part, dict):
        return part
    key, parts = part["key"], {name: _loaded(one) for name, one in part["parts"].items()}
    if fields_of(ENGLISH[key]) != parts.keys():
        raise KeyError(key)
    return Sentence(key, **parts)
