"""Grid codes: written by a template, read back, and numbered across the map.

A template such as ``{community_id}{general:3}{micro:2}`` holds at most one field of text
and any number of serials of fixed width, so that a code has only one reading.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridpart.errors import DataError, RulesError, name_some, near_names

__all__ = ["CodeTemplate", "format_code", "parse_code", "parse_template", "serial_order"]

ROW_HEIGHT = 0.6
"""Height of a row over the typical spacing: half would split a wavy row, one merge two."""

_FIELD = re.compile(r"\{([^\W\d]\w*)(?::([1-9]))?\}")


@dataclass(frozen=True, slots=True)
class CodeTemplate:
    """A template taken apart."""

    text: str
    parts: tuple[tuple[str, str, int], ...]
    """For each field the literal before it, its name, and its width (0: a text)."""
    tail: str = ""
    """The literal after the last field."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields, from left to right."""
        return tuple(name for _, name, _ in self.parts)


def parse_template(text: str) -> CodeTemplate:
    """Return a template taken apart.

    Raises
    ------
    RulesError
        If it has no field, a field twice, more than one field without a width, or braces
        that enclose no field.

    Examples
    --------
    >>> parse_template("{community_id}-{general:3}").parts
    (('', 'community_id', 0), ('-', 'general', 3))
    """
    parts: list[tuple[str, str, int]] = []
    end = 0
    for match in _FIELD.finditer(text):
        parts.append((text[end : match.start()], match[1], int(match[2] or 0)))
        end = match.end()
    template = CodeTemplate(text, tuple(parts), text[end:])
    names = template.fields
    texts = [name for _, name, width in parts if width == 0]
    literals = "".join(literal for literal, _, _ in parts) + template.tail
    if "{" in literals or "}" in literals:
        fault = "braces that enclose no field: " + literals
    elif not parts:
        fault = "no field"
    elif len(set(names)) < len(names):
        fault = "a field twice: " + name_some(sorted({n for n in names if names.count(n) > 1}))
    elif len(texts) > 1:
        fault = "several fields without a width: " + name_some(texts)
    else:
        return template
    raise RulesError(
        f"The code template {text!r} cannot be used.",
        found=fault,
        wanted="serials with their number of digits (1 to 9) and at most one field of text, "
        "such as {community_id}{general:3}{micro:2}",
        fix="correct the template in the table codes of the rule set",
    )


def format_code(template: str | CodeTemplate, fields: Mapping[str, object]) -> str:
    """Return the code of one grid.

    Parameters
    ----------
    template : str or CodeTemplate
        The template of the grid's level.
    fields : Mapping
        A serial (int) for each field with a width, a text for the field without one.
        Other keys are passed over.

    Raises
    ------
    RulesError
        If a field is missing, or a serial is no whole number or has too many digits.

    Examples
    --------
    >>> format_code("{community_id}{general:3}{micro:2}",
    ...             {"community_id": "510121005012", "general": 3, "micro": 7})
    '51012100501200307'
    """
    template = parse_template(template) if isinstance(template, str) else template
    written = (
        literal + _write_field(template, name, width, fields)
        for literal, name, width in template.parts
    )
    return "".join(written) + template.tail


def _write_field(
    template: CodeTemplate, name: str, width: int, fields: Mapping[str, object]
) -> str:
    """Return one field as it stands in a code."""
    value = fields.get(name)
    if value is None or value == "":
        raise RulesError(
            f"The code template {template.text!r} has a field that the grid lacks.",
            found=f"no {name!r}; {near_names(name, fields)}",
            wanted="a value for each of " + ", ".join(template.fields),
            fix="use one of the grid's fields in the template",
        )
    if width == 0:
        return str(value)
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 0:
        raise RulesError(
            f"The serial of {name!r} is not a number to count with.",
            found=repr(value),
            wanted="a whole number, 0 or greater",
            fix="number the grids before their codes are written",
        )
    if value >= 10**width:
        raise RulesError(
            f"{value} grids of level {name!r} do not fit into {width} digits.",
            found=f"serial {value} in the code template {template.text!r}",
            wanted=f"at most {10**width - 1}",
            fix=f"write {{{name}:{len(str(value))}}} in the templates, or allow larger grids",
        )
    return f"{value:0{width}d}"


def parse_code(template: str | CodeTemplate, code: str) -> dict[str, str | int]:
    """Return the fields that a code was written from.

    Raises
    ------
    DataError
        If the template cannot have written the code.

    Examples
    --------
    >>> parse_code("{community_id}-{general:3}", "0317-012")
    {'community_id': '0317', 'general': 12}
    """
    template = parse_template(template) if isinstance(template, str) else template
    pattern = "".join(
        re.escape(literal) + (f"([0-9]{{{width}}})" if width else "(.+)")
        for literal, _, width in template.parts
    )
    match = re.fullmatch(pattern + re.escape(template.tail), code, flags=re.DOTALL)
    if match is None:
        raise DataError(
            f"The code {code!r} does not follow its template.",
            found=f"{code!r}, {len(code)} characters",
            wanted=f"a code as {template.text!r} writes it",
            fix="keep codes as text (a spreadsheet rounds long numbers), or use the rule set "
            "that they were written with",
        )
    return {
        name: int(value) if width else value
        for (_, name, width), value in zip(template.parts, match.groups(), strict=True)
    }


def serial_order(xy: ArrayLike) -> NDArray[np.int64]:
    """Return the order in which places are numbered: rows from the north, each from the west.

    The northernmost place opens a row, which takes in every place less than 0.6 of the
    typical spacing to the south of it; then the northernmost of the rest opens the next.
    The typical spacing is the median distance from a place to its nearest neighbor, which
    a far-off place does not change. Within a row the order is by x, then from the north.

    Parameters
    ----------
    xy : array_like of float, shape (n_grids, 2)
        Centers in a projected CRS, meters; compared to the millimeter.

    Returns
    -------
    ndarray of int64, shape (n_grids,)
        Positions in `xy`: the first is that of the grid with serial 1. The order of `xy`
        itself plays no part.

    Notes
    -----
    Numbering a community's grids from west to east and then from north to south follows
    DB11/T 2157-2023; how high a row is, that standard was not seen to say.

    Examples
    --------
    >>> serial_order([[0, 0], [100, 100], [100, 5], [0, 95]])
    array([3, 1, 0, 2])
    """
    places = np.round(np.asarray(xy, dtype=np.float64).reshape(-1, 2), 3)
    if not np.isfinite(places).all():
        bad = np.flatnonzero(~np.isfinite(places).all(axis=1))
        raise DataError(
            f"{bad.size} of {len(places)} grids have no center to be numbered by.",
            found=f"positions {name_some(bad.tolist())}",
            wanted="finite coordinates for every grid",
            fix="drop empty grids before numbering",
        )
    height = ROW_HEIGHT * _typical_spacing(places)
    southward = np.lexsort((places[:, 0], -places[:, 1]))
    rows = np.zeros(len(places), dtype=np.int64)
    row, top = -1, np.inf
    for place in southward:
        y = places[place, 1]
        if row < 0 or top - y >= height > 0 or (height == 0 and y < top):
            row, top = row + 1, y
        rows[place] = row
    return np.lexsort((-places[:, 1], places[:, 0], rows)).astype(np.int64)


def _typical_spacing(places: NDArray[np.float64]) -> float:
    """Return the median distance from a place to the nearest other place; 0 for one place."""
    distinct = [shapely.Point(place) for place in np.unique(places, axis=0)]
    if len(distinct) < 2:
        return 0.0
    _, distances = shapely.STRtree(distinct).query_nearest(
        distinct, exclusive=True, all_matches=False, return_distance=True
    )
    return float(np.median(distances))
