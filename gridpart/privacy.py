"""Columns that look as if they were about persons, by their name or by their values.

Such a column is named and left out; no value of one goes into a result or a message.
"""

import datetime
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from gridpart.sentences import Sentence

__all__ = [
    "holds_long_codes",
    "looks_personal",
    "personal_columns",
    "personal_kind",
    "personal_names",
    "veil",
]

CHINESE = (
    "姓名", "户主", "房主", "业主姓名", "联系人", "联系方式", "身份证", "证件号", "电话", "手机",
    "微信", "邮箱", "负责人", "网格员", "网格长", "楼栋长", "单元长",
)  # fmt: skip
STATISTICS = re.compile(r"(数|数量|人数|户数|率|比|比例|占比|覆盖|满意度)[（(_]?[^）)_]{0,3}[）)]?")
"""How the name of a column ends that counts persons and names none: 网格员数, 户主数（人）."""
WORDS = frozenset(
    {"cellphone", "contact", "email", "householder", "idcard", "mobile", "passport", "phone"}
    | {"surname", "tel", "telephone", "wechat"}
)
NAMES = frozenset(
    ("id_card", "id_number", "id_no", "resident_name", "full_name", "owner_name", "业主", "住户")
)
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Where a word begins in a name such as PhoneNumber."""
MAIL = re.compile(r"(?<![a-z])e[-_ ]mail")

FREE = r"(?<![0-9A-Za-z.])"
"""Nothing before that would make digits a part of a longer number, code or decimal."""
ID18 = re.compile(FREE + r"(\d{17}[\dXx])(?![0-9A-Za-z])")
ID15 = re.compile(FREE + r"(\d{15})(?![0-9A-Za-z])")
MOBILE = re.compile(FREE + r"(?:\+?86[- ]?)?1[3-9]\d(?:\d{8}|[- ]\d{4}[- ]\d{4})(?![0-9A-Za-z])")
LANDLINE = re.compile(FREE + r"[(]?0(?:10|2\d|[3-9]\d{2})[)]?[- ]?\d{7,8}(?![0-9A-Za-z])")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
CODE = re.compile(r"[0-9A-Za-z+._/-]+")

PROVINCES = frozenset(
    province
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71))
    for province in range(first, last + 1)
) | {81, 82, 83, 91}
"""The first two digits of the codes that GB/T 2260 gives to places."""

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
"""Weights and check digits of GB 11643-1999; one code in eleven passes by chance."""

WIDE = {0xFF10 + digit: 0x30 + digit for digit in range(10)}
"""Full-width digits to plain ones."""

SHARE = 0.3
"""Of a column of codes, how many must pass as numbers of persons: chance gives 0.09."""
ALIKE = 0.5
"""Where as many begin with the same six digits, they number places and not telephones."""


def looks_personal(column: str) -> bool:
    """Return whether a column's name says that it is about persons.

    Examples
    --------
    >>> [looks_personal(name) for name in ("户主", "姓 名", "PhoneNo", "小区名称", "网格员数")]
    [True, True, True, False, False]
    """
    name = "".join(column.split()).lower()
    if any(part in name for part in CHINESE) and not _counts_people(name):
        return True
    parted = re.findall("[a-z]+", MAIL.sub("email", HUMP.sub("_", column).lower()))
    words = {*parted, *re.findall("[a-z]+", column.lower())}
    return name in NAMES or "_".join(parted) in NAMES or not words.isdisjoint(WORDS)


def _counts_people(name: str) -> bool:
    return re.search(STATISTICS.pattern + "$", name) is not None


def personal_kind(values: Sequence[object]) -> str | None:
    """Return what kind of numbers of persons a column holds, None for none.

    One such number suffices inside text; in a column of codes three in ten must pass,
    since some codes look like one by chance.

    Parameters
    ----------
    values : sequence
        Cells of one column; missing ones and fractions are passed over.

    Examples
    --------
    >>> personal_kind(["11010519491231002X"]), personal_kind(["底商，找王姐 138 1234 5678"])
    ('ID numbers', 'telephone numbers')
    >>> personal_kind(["510105001001000123"]) is None
    True
    """
    texts = [text for text in map(_text, values) if text]
    suspects = {text for text in texts if len(text) >= 7 or "@" in text}
    if not suspects:
        return None
    codes = sum(CODE.fullmatch(text) is not None for text in texts) >= 0.9 * len(texts)
    for kind, holds in KINDS.items():
        hits = [text for text in texts if text in suspects and holds(text)]
        if not hits or (codes and len(hits) < SHARE * len(texts)):
            continue
        if kind == "ID numbers" or not (codes and _numbers_places(hits)):
            return kind
    return None


def _numbers_places(texts: Sequence[str]) -> bool:
    """Return whether most of several codes begin alike, as codes of one district do."""
    heads = pd.Series([text[:6] for text in texts]).value_counts()
    return len(texts) > 1 and bool(heads.iloc[0] > max(1, ALIKE * len(texts)))


def _text(value: object) -> str:
    """Return what a cell says, in full-width digits or plain; "" for what is no name."""
    if isinstance(value, str):
        return value.translate(WIDE).strip()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _holds_id(text: str) -> bool:
    return any(map(_is_id, ID18.findall(text))) or any(map(_is_old_id, ID15.findall(text)))


def _is_id(number: str) -> bool:
    """Return whether 18 digits name a province and a day, and end with their check digit."""
    total = sum(w * int(d) for w, d in zip(WEIGHTS, number, strict=False))
    return (
        int(number[:2]) in PROVINCES
        and number[6:8] in ("19", "20")
        and _is_day(number[6:14])
        and number[17].upper() == CHECKS[total % 11]
    )


def _is_old_id(number: str) -> bool:
    """Return whether 15 digits name a province and a day from 1910 to 1999."""
    return int(number[:2]) in PROVINCES and number[6] != "0" and _is_day(f"19{number[6:12]}")


def _is_day(digits: str) -> bool:
    try:
        datetime.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def _holds_phone(text: str) -> bool:
    return MOBILE.search(text) is not None or LANDLINE.search(text) is not None


def _holds_email(text: str) -> bool:
    return EMAIL.search(text) is not None


KINDS: dict[Sentence, Callable[[str], bool]] = {
    Sentence("id_numbers"): _holds_id,
    Sentence("telephones"): _holds_phone,
    Sentence("mail_addresses"): _holds_email,
}


def personal_columns(frame: pd.DataFrame, canonical: Collection[str] = ()) -> dict[str, str]:
    """Return the columns that look personal, and what says so.

    Parameters
    ----------
    frame : DataFrame
        Its geometry is passed over.
    canonical : collection of str
        Columns whose name is known to be harmless; their values are looked at.
    """
    found = {}
    for name, column in frame.items():
        if str(column.dtype) == "geometry":
            continue
        if str(name) not in canonical and looks_personal(str(name)):
            found[str(name)] = "its name"
        elif kind := personal_kind(_cells(column)):
            found[str(name)] = kind
    return found


def personal_names(found: Mapping[str, str]) -> list[str]:
    """Return columns as `personal_columns` found them, with what their values are.

    Examples
    --------
    >>> personal_names({"户主": "its name", "备注": "telephone numbers"})
    ['户主', '备注 (telephone numbers)']
    """
    return [
        name if why == "its name" else Sentence("column_holds", name=name, kind=why)
        for name, why in found.items()
    ]


def _cells(column: "pd.Series[Any]") -> list[Any]:
    """Return the cells that may hold a number of a person."""
    present = column.dropna()
    if pd.api.types.is_numeric_dtype(present):
        present = present[present.abs() >= 10**9]
    return present.tolist()


def holds_long_codes(values: Sequence[object]) -> bool:
    """Return whether a column holds codes of 18 digits, as long as ID numbers."""
    return any(ID18.fullmatch(text) for text in map(_text, values))


def veil(text: str) -> str:
    """Return a text for a message, without what may be a person's number.

    Examples
    --------
    >>> veil("约30"), veil("13812345678")
    ('约30', '(looks personal, not shown)')
    """
    plain = _text(text)
    hidden = any(holds(plain) for holds in KINDS.values())
    return "(looks personal, not shown)" if hidden else text
