"""Which layer a name means, and which column is which: by names, checked by values."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from gridpart.aliases import COLUMN_ALIASES, LAYER_WORDS
from gridpart.cell_values import as_number, narrow
from gridpart.errors import name_some
from gridpart.privacy import personal_columns, veil
from gridpart.schema import LAYERS, Column, as_text, is_missing

__all__ = [
    "GENERIC",
    "Guess",
    "Recognized",
    "Sureness",
    "is_complete_key",
    "match_rank",
    "name_strength",
    "recognize_columns",
]

Sureness = Literal["sure", "likely", "a guess"]

GENERIC = frozenset(
    ("编码", "代码", "编号", "code", "id", "objectid", "fid", "gid", "uuid", "序号")
)
"""Ids that any table may have."""

CUT_BYTES = 9
"""Shortest name in a shapefile that may be the beginning of a longer one."""

NUMBERS = 0.95
"""Share of the cells of a count that have to be numbers."""

_ASIDE = re.compile(r"[(（][^)）]*[)）]")
_TAIL = re.compile("(边界|界线|界|范围|中心线|分布|数据|图层|面|线|点|图|表)+$|[0-9年月版]+$")
"""What a name of a file may end in without saying anything else: 社区界, 楼栋面, 道路2024."""
_LATIN = re.compile("[a-z]+")
_PADDING = re.compile(r"[\s_\-./、:：]+")


@dataclass(frozen=True, slots=True)
class Guess:
    """One value, what speaks for it, and how much."""

    value: Any
    why: str
    sureness: Sureness = "sure"


@dataclass(frozen=True, slots=True)
class Recognized:
    """The columns of one table."""

    columns: dict[str, Guess] = field(default_factory=dict)
    """Canonical column -> source column."""
    rivals: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Canonical column -> other columns that may be meant."""
    refused: dict[str, str] = field(default_factory=dict)
    """Source column -> why it is not the canonical column that its name says."""
    personal: dict[str, str] = field(default_factory=dict)
    """Source column -> what looks personal about it."""
    rest: tuple[str, ...] = ()
    """Source columns that are kept under their own names."""


def name_strength(layer: str, texts: Iterable[str]) -> int:
    """Return how plainly names of a file, a layer or a folder say a canonical layer.

    Returns
    -------
    int
        3 for the canonical name itself, 2 for a name that ends in a word for the layer,
        1 for one that holds such a word, else 0.

    Examples
    --------
    >>> name_strength("units", ["units"]), name_strength("units", ["XX街道楼栋"])
    (3, 2)
    >>> name_strength("communities", ["社区边界"]), name_strength("communities", ["社区楼栋"])
    (2, 1)
    """
    best = 0
    for text in texts:
        plain = _TAIL.sub("", _plain(text))
        if plain == layer:
            return 3
        latin = _LATIN.findall(text.casefold())
        for word in LAYER_WORDS[layer]:
            if word.isascii():
                said = [token in (word, f"{word}s") for token in latin]
                best = max(best, 2 if said[-1:] == [True] else int(any(said)))
            elif word in plain:
                best = max(best, 2 if plain.endswith(word) else 1)
    return best


def match_rank(name: str, aliases: Sequence[str], *, cut: bool = False) -> float | None:
    """Return how well the name of a column fits: the place of its alias, None for not at all.

    Parameters
    ----------
    name : str
        As the source has it; of a name joined from two rows of a header, the last part
        and both together count.
    aliases : sequence of str
        Best first.
    cut : bool
        Whether names may have been cut to ten bytes.

    Examples
    --------
    >>> aliases = ("户数", "常住户数")
    >>> [match_rank(n, aliases) for n in ("户数（户）", "户数_常住", "户数_流动", "面积")]
    [0.0, 1.0, None, None]
    >>> match_rank("行政区", ("行政区划代码",), cut=True)
    0.5
    """
    texts = list(_spellings(name))
    for rank, alias in enumerate(aliases):
        if _plain(alias) in texts:
            return float(rank)
    if cut and max(len(name.encode(code)) for code in ("utf-8", "gb18030")) >= CUT_BYTES:
        for rank, alias in enumerate(aliases):
            if alias.startswith(name):
                return rank + 0.5
    return None


def _spellings(name: str) -> Iterator[str]:
    """Yield a name in plain form; of a joined one the last part, and it with the first."""
    yield _plain(name)
    parts = [_plain(part) for part in name.split("_") if part.strip()]
    if len(parts) > 1 and not name.isascii():
        yield parts[-1]
        yield parts[-1] + parts[0]


def _plain(text: str) -> str:
    without = _ASIDE.sub("", narrow(text)) or text
    return _PADDING.sub("", without).casefold()


def is_complete_key(values: "pd.Series[Any]") -> bool:
    """Return whether every row has a value of its own.

    Examples
    --------
    >>> is_complete_key(pd.Series(["a", "b"])), is_complete_key(pd.Series(["a", None]))
    (True, False)
    """
    cells = [None if is_missing(v) else as_text(v) for v in values]
    return None not in cells and len(set(cells)) == len(cells) > 0


def recognize_columns(
    layer: str,
    frame: pd.DataFrame,
    *,
    cut: bool = False,
    known_ids: Iterable[str] = (),
    is_table: bool = False,
) -> Recognized:
    """Return which column of a table is which canonical column of a layer.

    Parameters
    ----------
    layer : str
        A canonical layer.
    frame : DataFrame
        Its columns under the names of the source.
    cut : bool
        Whether names may have been cut to ten bytes.
    known_ids : iterable of str
        Ids of the communities, for columns that should hold them.
    is_table : bool
        Whether rows are joined onto the layer, so that none needs an id of its own.

    Examples
    --------
    >>> frame = pd.DataFrame({"楼栋编码": ["A", "B"], "总户数": [3, 4], "户主": ["甲", "乙"]})
    >>> found = recognize_columns("units", frame)
    >>> {column: guess.value for column, guess in found.columns.items()}
    {'unit_id': '楼栋编码', 'households': '总户数'}
    >>> found.personal
    {'户主': 'its name'}
    """
    plain = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    personal = personal_columns(plain, {column.name for column in LAYERS[layer].columns})
    names = [str(c) for c in plain.columns if str(c) not in personal]
    types = {column.name: column for column in LAYERS[layer].columns}
    ids = set(known_ids)
    found, refused, rivals = {}, {}, {}
    taken: set[str] = set()
    for canonical, aliases in COLUMN_ALIASES[layer].items():
        ranked = sorted(
            (rank, n, name)
            for n, name in enumerate(names)
            if (rank := match_rank(name, aliases, cut=cut)) is not None and name not in taken
        )
        column = types.get(canonical, Column(canonical, "count"))
        fits = []
        for rank, _, name in ranked:
            why_not = _misfit(layer, column, plain[name], ids, is_table=is_table)
            if why_not:
                refused[name] = f"not {canonical}: {why_not}"
            else:
                fits.append((rank, name))
        if fits:
            found[canonical] = _guess(canonical, aliases, fits[0], is_key=_is_key(layer, column))
            taken.add(fits[0][1])
            rivals[canonical] = _rivals(fits, column, taken)
    rest = tuple(name for name in names if name not in taken)
    return Recognized(
        found,
        {column: others for column, others in rivals.items() if others},
        {name: why for name, why in refused.items() if name in rest},
        personal,
        rest,
    )


def _is_key(layer: str, column: Column) -> bool:
    return LAYERS[layer].key == column.name


def _rivals(
    fits: Sequence[tuple[float, str]], column: Column, taken: Iterable[str]
) -> tuple[str, ...]:
    """Return other columns that could be the same count: 户数 beside 户籍户数."""
    if column.type not in ("measure", "total"):
        return ()
    return tuple(name for _, name in fits[1:] if name not in set(taken))


def _guess(
    canonical: str, aliases: Sequence[str], best: tuple[float, str], *, is_key: bool
) -> Guess:
    rank, name = best
    why = "its name" if rank == int(rank) else f"the beginning of {aliases[int(rank)]}"
    sureness: Sureness = "sure" if rank == int(rank) else "likely"
    if is_key:
        why = f"{why}, and no two rows share one"
        if _plain(name) in GENERIC:
            sureness = "likely"
    return Guess(name, "the canonical name" if name == canonical else why, sureness)


def _misfit(
    layer: str, column: Column, values: "pd.Series[Any]", ids: set[str], *, is_table: bool
) -> str:
    """Return why values cannot be those of a canonical column; nothing where they can."""
    cells = [v for v in values if not is_missing(v)]
    if not cells:
        return "it is empty"
    if column.type in ("count", "measure", "total"):
        return _not_counts(cells)
    if column.name == "community_id" and layer != "communities":
        return _not_ids(cells, ids)
    if _is_key(layer, column) and not is_table and not is_complete_key(values):
        return "rows share a value or lack one"
    if column.choices:
        known = {*column.choices, *column.spellings}
        odd = sorted({as_text(v) for v in cells} - known)
        shown = name_some((repr(veil(text)) for text in odd), most=2)
        return f"{shown} is none of its values" if odd else ""
    return ""


def _not_counts(cells: Sequence[object]) -> str:
    plain = [v.item() if hasattr(v, "item") else v for v in cells]  # columns with empty cells
    numbers = [as_number(v) if isinstance(v, str | int | float) else None for v in plain]
    bad = sum(n is None or n < 0 for n in numbers)
    return f"{bad} of {len(cells)} values are no counts" if bad > (1 - NUMBERS) * len(cells) else ""


def _not_ids(cells: Sequence[object], ids: set[str]) -> str:
    strange = [v for v in cells if as_text(v) not in ids]
    if not strange:
        return ""
    return f"{len(strange)} of {len(cells)} values are no id of a community; units go by location"
