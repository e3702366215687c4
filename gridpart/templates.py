"""Text put together from columns, such as ``{小区}{楼栋号}``."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from gridpart.schema import as_text, is_missing

__all__ = ["fill_template", "is_template", "template_columns"]

_PART = re.compile(r"\{([^{}]+)\}")


def template_columns(text: str) -> tuple[str, ...]:
    """Return the columns that a template names.

    Raises
    ------
    ValueError
        If it names none, or a brace is left open.

    Examples
    --------
    >>> template_columns("{小区}-{楼栋号}")
    ('小区', '楼栋号')
    """
    names = tuple(_PART.findall(text))
    if not names:
        raise ValueError("it names no column in braces, such as {小区}{楼栋号}")
    if set("{}") & set(_PART.sub("", text)):
        raise ValueError("a brace stands alone")
    return tuple(dict.fromkeys(names))


def is_template(text: str) -> bool:
    """Return whether a text names columns in braces.

    Examples
    --------
    >>> is_template("{小区}{楼号}"), is_template("楼号")
    (True, False)
    """
    return _PART.search(text) is not None


def fill_template(text: str, frame: pd.DataFrame) -> "pd.Series[Any]":
    """Return the text of each row, None where a column of it holds nothing.

    Parameters
    ----------
    text : str
        A template; its columns are in `frame`.
    frame : DataFrame, shape (n, ...)

    Examples
    --------
    >>> frame = pd.DataFrame({"小区": ["阳光", None], "楼": [3, 4]})
    >>> fill_template("{小区}{楼}栋", frame).tolist()
    ['阳光3栋', None]
    """
    names = template_columns(text)
    rows = zip(*(frame[name].tolist() for name in names), strict=True)
    texts = []
    for row in rows:
        known = dict(zip(names, map(as_text, row), strict=True))
        texts.append(None if any(map(is_missing, row)) else _filled(text, known))
    return pd.Series(texts, index=frame.index, dtype=object)


def _filled(text: str, known: Mapping[str, str]) -> str:
    return _PART.sub(lambda part: known[part.group(1)], text)
