"""Tables of a proposal: which columns name a unit, found by trying them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pandas as pd

from gridpart.aliases import NAME_ROLES
from gridpart.candidates import Candidate
from gridpart.errors import DataError
from gridpart.joins import join_table
from gridpart.naming import bare_name, normalize_name
from gridpart.proposal import JoinDraft, LayerDraft, Question
from gridpart.recognition import Guess, Recognized, Sureness, match_rank, recognize_columns
from gridpart.schema import as_text, is_missing
from gridpart.templates import fill_template, is_template

__all__ = ["match_tables", "name_templates"]

_NAMING = ("unit_id", "name", "community_id")
"""Columns of a table that name its unit and add nothing to it."""

_GROUPS = (
    ("id",), ("name",), ("building",),
    ("compound", "building"), ("compound", "name"),
    ("community", "name"), ("community", "building"), ("community", "compound", "building"),
)  # fmt: skip
"""Roles of columns that may name a unit together."""

_JOINED = (("compound", "building"), ("community", "building"),
           ("community", "compound", "building"))  # fmt: skip
"""Roles of columns that may make up the name in one column of the other side."""

SURE, LIKELY, LEAST = 0.95, 0.6, 0.1
"""Shares of rows that find their unit."""

Keys = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Trial:
    """Columns tried, and how many rows and units they bring together."""

    keys: Keys
    rows: int
    units: int


def match_tables(
    units: LayerDraft, tables: Sequence[Candidate], answers: Mapping[str, str]
) -> tuple[list[JoinDraft], list[Question], dict[str, str]]:
    """Return the tables to join onto the units, what to ask, and why others are not joined.

    Parameters
    ----------
    units : LayerDraft
        The units, with their columns recognized.
    tables : sequence of Candidate
        Tables without coordinates.
    answers : mapping of str to str
        ``join.`` and the table -> ``yes`` or ``no``; ``units.`` and a measure -> a column.
    """
    joins: list[JoinDraft] = []
    questions: list[Question] = []
    unused: dict[str, str] = {}
    taken = set(units.recognized.columns)
    for table in tables:
        recognized = recognize_columns("units", table.frame, is_table=True)
        added = {
            column: guess
            for column, guess in recognized.columns.items()
            if column not in _NAMING and column not in taken
        }
        if not added:
            unused[table.shown] = "a table in which no column was recognized that the units lack"
            continue
        trial = _best_trial(units.candidate.frame, table.frame)
        share = trial.rows / max(len(table.frame), 1) if trial else 0.0
        if trial is None or share < LEAST:
            unused[table.shown] = f"a table of which {share:.0%} of the rows name a unit"
            continue
        key = f"join.{table.shown}"
        if answers.get(key) == "no":
            unused[table.shown] = "not joined, as answered"
            continue
        draft = _draft(units, table, trial, added, recognized)
        joins.append(draft)
        taken |= set(draft.columns)
        if draft.match.sureness == "a guess" and key not in answers:
            text = f"{table.shown}: {draft.match.why}. Join it?"
            questions.append(Question(key, text, ("yes", "no"), "yes"))
    return joins, questions, unused


def _draft(
    units: LayerDraft,
    table: Candidate,
    trial: _Trial,
    added: dict[str, Guess],
    recognized: Recognized,
) -> JoinDraft:
    n, n_units = len(table.frame), len(units.candidate.frame)
    share = min(trial.rows / n, trial.units / n_units)
    sureness: Sureness = "sure" if share >= SURE else "likely" if share >= LIKELY else "a guess"
    why = f"{trial.rows:,} of {n:,} rows go to {trial.units:,} of {n_units:,} units"
    return JoinDraft(
        table, trial.keys[0], trial.keys[1], Guess(None, why, sureness), added, recognized
    )


def _best_trial(units: pd.DataFrame, table: pd.DataFrame) -> _Trial | None:
    """Return the columns by which the most rows find one unit each, judged by a join."""
    spelled: dict[tuple[int, str], list[str | None]] = {}

    def names(frame: pd.DataFrame, column: str) -> list[str | None]:
        key = (id(frame), column)
        if key not in spelled:
            values = fill_template(column, frame) if is_template(column) else frame[column]
            spelled[key] = _spelled(values)
        return spelled[key]

    counted: list[tuple[int, int, int, Keys]] = []
    for ours, theirs in _pairs(units, table):
        met = _met([names(units, c) for c in ours], [names(table, c) for c in theirs])
        counted.append((-met, len(ours), len(counted), (ours, theirs)))
    trials = [_try(units, table, keys) for met, *_, keys in sorted(counted)[:3] if met]
    return max((t for t in trials if t), key=lambda t: (t.rows, t.units), default=None)


def _pairs(units: pd.DataFrame, table: pd.DataFrame) -> Iterator[Keys]:
    """Yield columns of both sides that may name a unit, in the order in which they are tried."""
    ours, theirs = _roles(units), _roles(table)
    seen = set()
    for group in _GROUPS:
        sides = [
            [combo for combo in product(*(side[role] for role in group))
             if len(set(combo)) == len(combo)]
            for side in (ours, theirs)
        ]  # fmt: skip
        single = len(group) == 1
        lists = [[(c,) for c in _all(side)] for side in (ours, theirs)] if single else sides
        for pair in product(*lists):
            if pair not in seen:
                seen.add(pair)
                yield pair
    for group in _JOINED:
        yield from (((name,), (text,)) for name in ours["name"] for text in _joined(theirs, group))
        yield from (((text,), (name,)) for name in theirs["name"] for text in _joined(ours, group))


def name_templates(frame: pd.DataFrame) -> Iterator[str]:
    """Yield templates of columns that may tell buildings apart, the shortest first."""
    roles = _roles(frame)
    for group in (*_JOINED, ("compound", "name"), ("community", "name")):
        yield from _joined(roles, group, "-")


def _joined(
    roles: Mapping[str, list[str]], group: Sequence[str], between: str = ""
) -> Iterator[str]:
    """Yield templates that put a name together from its parts."""
    for combo in product(*(roles[role] for role in group)):
        if len(set(combo)) == len(combo) and not any(set("{}") & set(name) for name in combo):
            yield between.join(f"{{{name}}}" for name in combo)


def _all(roles: Mapping[str, list[str]]) -> list[str]:
    return list(dict.fromkeys(c for role in ("id", "name", "building") for c in roles[role]))


def _roles(frame: pd.DataFrame) -> dict[str, list[str]]:
    """Return the columns that may name a unit or a part of its name, by what they hold."""
    columns = [str(c) for c in frame.columns if c != "geometry"]
    found = {}
    for role, aliases in NAME_ROLES.items():
        ranked = [
            (rank, c) for c in columns if (rank := match_rank(c, aliases, cut=True)) is not None
        ]
        found[role] = [c for _, c in sorted(ranked)][:4]
    return found


def _spelled(values: "pd.Series[Any]") -> list[str | None]:
    texts = [None if is_missing(v) else as_text(v) for v in values]
    known = {text: bare_name(normalize_name(text)) for text in set(texts) if text is not None}
    return [None if text is None else known[text] for text in texts]


def _met(ours: Sequence[list[str | None]], theirs: Sequence[list[str | None]]) -> int:
    """Return how many rows of a table bear the name of just one unit."""
    counts: dict[tuple[str | None, ...], int] = {}
    for key in zip(*ours, strict=True):
        counts[key] = counts.get(key, 0) + 1
    return sum(None not in key and counts.get(key) == 1 for key in zip(*theirs, strict=True))


def _try(units: pd.DataFrame, table: pd.DataFrame, keys: Keys) -> _Trial | None:
    """Return what a join by these columns brings together, None where it is refused."""
    plain = _with_templates(pd.DataFrame(units.drop(columns="geometry", errors="ignore")), keys[0])
    table = _with_templates(table, keys[1])
    try:
        joined = join_table(plain, table, units_on=keys[0], table_on=keys[1], columns={})
    except DataError:
        return None
    matched = joined.rows["status"] == "matched"
    sides = joined.rows["side"]
    return _Trial(keys, int((matched & (sides == "table")).sum()),
                  int((matched & (sides == "unit")).sum()))  # fmt: skip


def _with_templates(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    texts = [name for name in names if name not in frame.columns]
    return frame.assign(**{text: fill_template(text, frame) for text in texts})
