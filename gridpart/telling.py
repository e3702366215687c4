"""Sentences told in the language asked for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from gridpart.sentences import Sentence, Teller, number
from gridpart.sentences_zh import CHINESE
from gridpart.titles import column_title
from gridpart.wording import WORDS, measure_name

__all__ = ["Titles", "name_units", "source_line", "tell", "tell_clause", "titles_of"]

Titles = Mapping[str, Mapping[str, str]]
"""``level`` and ``grade``: what a rule set calls each of them by its id; ``clause``: what its
clauses and sources are in Chinese."""

COUNTED = {
    "households": "{} 户",
    "population": "{} 人",
    "firms": "{} 家企业",
    "workers": "{} 名从业人员",
    "in all": "{}",
}
"""Numbers with what they count, as one says them."""


class SourceLike(Protocol):
    """A document that clauses cite."""

    @property
    def issuer(self) -> str:
        """Who issued it."""
        ...

    @property
    def title(self) -> str:
        """Its title."""
        ...

    @property
    def date(self) -> str:
        """When."""
        ...

    @property
    def url(self) -> str:
        """Where it stands."""
        ...


class RulesLike(Protocol):
    """What a rule set tells of its levels and classes."""

    @property
    def levels(self) -> Sequence[Any]:
        """With ``id`` and ``title``."""
        ...

    @property
    def difficulty(self) -> Any:
        """With ``grades`` of ``id`` and ``title``, or None."""
        ...

    @property
    def chinese(self) -> Mapping[str, str]:
        """Clauses and titles of sources to what they are in Chinese."""
        ...


def titles_of(rules: RulesLike) -> Titles:
    """Return what a rule set calls its levels, classes of difficulty and clauses."""
    grades = () if rules.difficulty is None else rules.difficulty.grades
    first = {en.split(". ")[0]: zh.split("。")[0] for en, zh in rules.chinese.items()}
    return {
        "clause": {**first, **rules.chinese},  # notes cite no more than the first sentence
        **{
            name: {one.id: one.title for one in listed if one.title}
            for name, listed in (("level", rules.levels), ("grade", grades))
        },
    }


def tell(text: str, lang: str, titles: Titles | None = None) -> str:
    """Return a text in Chinese or English; one that is no `Sentence` as it is.

    Parameters
    ----------
    text : str
    lang : str
        ``zh`` or ``en``.
    titles : mapping, optional
        How Chinese names the levels and classes of the rules; by their ids without it.

    Examples
    --------
    >>> text = Sentence("no_number", level="general", name="小桥社区", why="550 户")
    >>> tell(text, "zh", {"level": {"general": "一般网格"}})
    '小桥社区无法划分为若干个合规的一般网格：550 户。'
    >>> tell(text, "en")
    'No number of general grids divides 小桥社区: 550 户.'
    """
    if lang != "zh" or not isinstance(text, Sentence):
        return str(text)
    return Teller(CHINESE, _kinds(titles or {}))(text.key, text.parts)


def tell_clause(text: str, lang: str, titles: Titles) -> str:
    """Return a clause or the title of a source in the language of the reader.

    Examples
    --------
    >>> tell_clause("notice of 2022", "zh", {"clause": {"notice of 2022": "2022年通知"}})
    '2022年通知'
    """
    return titles.get("clause", {}).get(text, text) if lang == "zh" else text


def source_line(source: SourceLike, lang: str, titles: Titles) -> str:
    """Return who issued a document, its title, its date and its address, as far as known."""
    issuer, title = (tell_clause(text, lang, titles) for text in (source.issuer, source.title))
    return ", ".join(text for text in (issuer, title, source.date, source.url) if text)


def name_units(names: Sequence[object], most: int = 5) -> str:
    """Return the first few names in Chinese, and how many there are in all.

    Examples
    --------
    >>> name_units(["B1", "B2", "B3"], most=2)
    'B1、B2 等 3 个'
    """
    shown = "、".join(map(str, names[:most]))
    return shown if len(names) <= most else f"{shown} 等 {len(names)} 个"


def _kinds(titles: Titles) -> dict[str, Callable[[Teller, Any, str], str]]:
    """Return how Chinese tells the parts of a sentence."""
    return {
        "names": _names,
        "counted": _counted,
        "number": lambda _, value, __: number(value),
        "measure": lambda _, value, __: _measure(value),
        "level": _titled(titles.get("level", {})),
        "grade": _titled(titles.get("grade", {})),
        "clause": _titled(titles.get("clause", {})),
        "and": _joined("和"),
        "also": _joined("且"),
        "comma": _joined("、"),
        "semicolon": _joined("；"),
    }


def _titled(titles: Mapping[str, str]) -> Callable[[Teller, Any, str], str]:
    return lambda tell, value, _: titles.get(str(value), tell.told(value))


def _measure(name: str) -> str:
    """Return what a measure, or else a column, is called."""
    plain = name.removeprefix("weighted_")
    return measure_name(name, "zh") if plain in WORDS["zh"] else column_title(name).zh or name


def _counted(_: Teller, pair: tuple[float, str], __: str) -> str:
    shown, measure = number(pair[0]), str(pair[1])
    return COUNTED[measure].format(shown) if measure in COUNTED else f"{_measure(measure)} {shown}"


def _names(tell: Teller, names: Sequence[object], most: str) -> str:
    return name_units([tell.told(name) for name in names], int(most or 5))


def _joined(link: str) -> Callable[[Teller, Iterable[object], str], str]:
    return lambda tell, listed, _: link.join(map(tell.told, listed))
