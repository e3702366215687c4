"""How buildings are called: many spellings, one name.

3栋, 3号楼, 三幢, 3#, 第三栋 and ３栋 are one building. Different numbers stay different, and
what is not understood is left as it is.
"""

import re
from functools import cache

from gridpart.cell_values import narrow

__all__ = ["bare_name", "name_ending", "normalize_name"]

DIGITS = {c: str(n) for n, c in enumerate("零一二三四五六七八九")} | {"〇": "0", "两": "2"}
PLACES = "十百千"
NUMERAL = "".join(DIGITS) + PLACES
ANY = f"0-9{NUMERAL}"

SPACE = re.compile(r"[\s\u200b\ufeff]+")
BETWEEN = re.compile(rf"(?<=[{ANY}]) (?=[{ANY}])|(?<=[{ANY}])第+(?=[{ANY}])")
"""What parts two numbers: closing it would make one number of them."""
ORDINAL = re.compile(rf"第+(?=[{ANY}])")
DASH = re.compile(r"[-‐‑‒–—―−~～]+")
SPELLED = re.compile(rf"(?<![{ANY}])[{NUMERAL}]++(?![0-9])")
ZEROS = re.compile(r"(?<![0-9.])0+(?=[0-9])")
BUILDING = re.compile(
    r"(?<=[0-9a-z甲乙丙丁东西南北])"
    r"(?:号(?:楼栋|楼|栋|幢|座)|[栋幢座#](?:楼)|[栋幢棟座#]|号(?=$|[0-9-]|单元))"
)
ENDING = re.compile(r"(?<=[0-9a-z甲乙丙丁东西南北])(栋|单元)$")


def normalize_name(text: str) -> str:
    """Return a name as every spelling of it comes out.

    Full-width characters become plain ones and Chinese numerals digits; 号楼, 幢, 座, 棟, #
    and a 号 at the end become 栋; leading zeros, blanks and 第 go. Applied twice it does
    no more than once.

    Examples
    --------
    >>> [normalize_name(name) for name in ("三号楼", "３＃", "第二十三幢", "A座", "03栋 1单元")]
    ['3栋', '3栋', '23栋', 'a栋', '3栋1单元']
    >>> normalize_name("一百零二栋"), normalize_name("1 2栋"), normalize_name("3号院2栋")
    ('102栋', '1-2栋', '3号院2栋')
    """
    plain = SPACE.sub(" ", narrow(text).casefold()).strip()
    plain = DASH.sub("-", BETWEEN.sub("-", DASH.sub("-", plain)).replace(" ", ""))
    plain = SPELLED.sub(lambda run: _digits(run.group()), ORDINAL.sub("", plain))
    return BUILDING.sub("栋", ZEROS.sub("", plain))


def name_ending(name: str) -> str:
    """Return what a normalized name ends in after its number: 栋, 单元 or nothing."""
    found = ENDING.search(name)
    return found.group(1) if found else ""


def bare_name(name: str) -> str:
    """Return a normalized name without what follows its number.

    Examples
    --------
    >>> bare_name("3栋"), bare_name("阳光花园3栋"), bare_name("3")
    ('3', '阳光花园3', '3')
    """
    return ENDING.sub("", name)


def _digits(run: str) -> str:
    """Return a spelled number in digits, or the text itself where it is no number."""
    if not any(place in run for place in PLACES):
        return str(int("".join(DIGITS[c] for c in run)))
    usual = run.replace("两", "二").replace("〇", "零")
    usual = re.sub("^十", "一十", usual).replace("百十", "百一十").replace("零十", "零一十")
    return _spelled_numbers().get(usual, run)


@cache
def _spelled_numbers() -> dict[str, str]:
    """Return the full spelling of every number from 10 to 9999, and its digits."""
    return {_spell(number): str(number) for number in range(10, 10_000)}


def _spell(number: int) -> str:
    """Return a number in full Chinese spelling: 一百零二, 一千零一十."""
    digits = "零一二三四五六七八九"
    text = ""
    for place, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // place % 10
        if digit:
            text += digits[digit] + unit
        elif text and not text.endswith("零"):
            text += "零"
    return text.rstrip("零")
