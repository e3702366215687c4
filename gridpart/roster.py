"""The persons who may hold posts, as a table lists them: codes, homes and skills, no names.

A column that looks as if it were about persons in another way is left out and named; no
value of one is in a message.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pandas as pd

from gridpart.cell_values import as_number, narrow
from gridpart.errors import DataError, name_some
from gridpart.findings import as_note
from gridpart.model import Note
from gridpart.privacy import looks_personal, personal_columns, veil
from gridpart.schema import as_text, is_missing
from gridpart.sentences import Sentence
from gridpart.sheets import read_sheet

__all__ = ["COLUMNS", "Person", "Roster", "read_roster", "split_list"]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "person_code": ("人员编号", "人员编码", "人员代码", "工号", "网格员编号", "编号"),
    "home_unit": ("unit_id", "居住楼栋", "住址楼栋", "楼栋编号", "楼栋号", "居住单元"),
    "community": ("community_id", "社区", "所属社区", "社区编码", "居住社区"),
    "lon": ("longitude", "经度"),
    "lat": ("latitude", "纬度"),
    "skills": ("languages", "技能", "语言", "特长", "专长"),
    "posts": ("post", "岗位", "可任岗位"),
    "capacity": ("可任网格数", "可管网格数", "网格上限"),
}
"""What a roster may say, and other names for it."""

SEPARATORS = re.compile(r"[;,/、，；|]+")


@dataclass(frozen=True, slots=True)
class Person:
    """One person, known by a code."""

    code: str
    home_unit: str = ""
    community: str = ""
    """Id or name."""
    point: tuple[float, float] | None = None
    """Longitude and latitude in degrees, WGS 84 or CGCS2000."""
    skills: frozenset[str] = frozenset()
    posts: tuple[str, ...] = ()
    """Ids or titles of posts that the person may hold; any where none is named."""
    capacity: int = 1
    """How many grids the person may serve."""


@dataclass(frozen=True, slots=True)
class Roster:
    """Persons in order of their codes, and what was done to read them."""

    persons: tuple[Person, ...]
    notes: tuple[Note, ...] = ()


def split_list(value: object) -> tuple[str, ...]:
    """Return the items of a cell such as ``英语、手语``.

    Examples
    --------
    >>> split_list("英语、手语; 粤语")
    ('英语', '手语', '粤语')
    """
    if is_missing(value):
        return ()
    items = (item.strip() for item in SEPARATORS.split(narrow(as_text(value))))
    return tuple(dict.fromkeys(item for item in items if item))


def read_roster(path: str | Path) -> Roster:
    """Return the persons that a workbook or a CSV file lists.

    Parameters
    ----------
    path : str or Path
        A table with a header and a row for each person. ``person_code`` is needed; where the
        person lives is said by ``home_unit`` (a ``unit_id``), by ``lon`` and ``lat``, or by
        ``community``, and ``skills``, ``posts`` and ``capacity`` say what the person can and
        may do. The names in `COLUMNS` are understood too.

    Raises
    ------
    DataError
        If nobody is listed, a person has no code or stands there twice, codes look like names
        or numbers of persons, or a cell cannot be what its column says.
    """
    path = Path(path)
    sheet = read_sheet(path)
    named, notes = _known(sheet.frame, path)
    persons = sorted(_persons(named, path), key=lambda person: person.code)
    if not persons:
        raise DataError(
            f"{path.name} lists nobody.",
            found="a header without a row below it",
            wanted="a row for each person",
            fix="fill in the table",
        )
    twice = [p.code for p, q in pairwise(persons) if p.code == q.code]
    if twice := sorted(set(twice)):
        raise DataError(
            f"{len(twice)} persons stand in {path.name} more than once.",
            found=name_some(twice),
            wanted="one row for each person",
            fix="delete the copies, or put all posts of a person into one row, parted by ';'",
        )
    return Roster(tuple(persons), (*map(as_note, sheet.findings), *notes))


def _known(frame: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, list[Note]]:
    """Return the columns that are understood, under their own names, and which are not."""
    by_name = {_plain(name): key for key, others in COLUMNS.items() for name in (key, *others)}
    chosen: dict[str, str] = {}
    for column in map(str, frame.columns):
        key = by_name.get(_plain(column))
        if key is not None and key not in chosen.values():
            chosen[column] = key
    if "person_code" not in chosen.values():
        raise DataError(
            f"{path.name} has no column with the codes of persons.",
            found=name_some(c for c in map(str, frame.columns) if not looks_personal(c)),
            wanted="a column person_code, 人员编号 or 工号",
            fix="add codes that say nothing of the person, such as W001",
        )
    named = frame[list(chosen)].rename(columns=chosen)
    if faults := personal_columns(named.drop(columns="person_code"), list(COLUMNS)):
        raise DataError(
            f"{len(faults)} columns of {path.name} hold what looks personal.",
            found="; ".join(f"{name}: {kind}" for name, kind in faults.items()),
            wanted="codes, units, skills and posts only",
            fix="take these values out",
        )
    left = [str(c) for c in frame.columns if str(c) not in chosen]
    personal = personal_columns(frame[left])
    notes = []
    if personal:
        text = Sentence("personal_left_out", file=path.name, columns=tuple(personal))
        notes.append(Note("warning", text, tuple(personal)))
    if others := [name for name in left if name not in personal]:
        text = Sentence("roster_left_out", file=path.name, columns=others)
        notes.append(Note("warning", text, tuple(others)))
    return named, notes


def _plain(name: str) -> str:
    """Return a column's name as it is compared."""
    return re.sub(r"[\s_]+", "", narrow(name)).lower()


def _persons(frame: pd.DataFrame, path: Path) -> Iterator[Person]:
    """Yield the person of each row."""
    codes = {row: "" if is_missing(v) else as_text(v) for row, v in frame["person_code"].items()}
    _refuse(
        path, "have no code", (row for row, code in codes.items() if not code),
        "a code in every row", "add the codes, or delete these rows",
    )  # fmt: skip
    named = (r for r, code in codes.items() if not re.search(r"\d", code) or veil(code) != code)
    _refuse(
        path, "have a code that looks like a name or a number of a person", named,
        "codes that say nothing of the person, with a digit in each, such as W001",
        "give each person such a code",
    )  # fmt: skip
    capacity = {
        row: 1 if is_missing(v) else as_number(v if isinstance(v, int | float) else str(v))
        for row, v in frame.get("capacity", pd.Series(None, index=frame.index)).items()
    }
    _refuse(
        path, "have a capacity that is no number of grids",
        (row for row, n in capacity.items() if n is None or n < 1 or n != int(n)),
        "a whole number, 1 or greater, or nothing", "correct the column capacity",
    )  # fmt: skip
    for row, cells in zip(frame.index, frame.to_dict("records"), strict=True):
        yield Person(
            code=codes[row],
            home_unit=_text(cells.get("home_unit")),
            community=_text(cells.get("community")),
            point=_point(cells.get("lon"), cells.get("lat")),
            skills=frozenset(split_list(cells.get("skills"))),
            posts=split_list(cells.get("posts")),
            capacity=int(capacity[row] or 1),
        )


def _refuse(path: Path, fault: str, rows: Iterable[object], wanted: str, fix: str) -> None:
    """Refuse rows at fault; they are named by their number, since a cell may be personal."""
    rows = list(rows)
    if rows:
        what = f"{len(rows)} persons in {path.name} {fault}."
        raise DataError(what, found=f"rows {name_some(rows)}", wanted=wanted, fix=fix)


def _text(value: object) -> str:
    return "" if is_missing(value) else as_text(value)


def _point(lon: object, lat: object) -> tuple[float, float] | None:
    """Return a place on Earth, None where the cells name none."""
    values = [
        None if is_missing(v) else as_number(v if isinstance(v, int | float) else str(v))
        for v in (lon, lat)
    ]
    if values[0] is None or values[1] is None or abs(values[0]) > 180 or abs(values[1]) > 90:
        return None
    return float(values[0]), float(values[1])
