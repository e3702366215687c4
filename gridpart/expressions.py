"""Arithmetic over columns, as a manifest may write it: ``户数 * 2.5``.

Numbers, column names, ``+ - * /``, parentheses, ``min``, ``max`` and ``round`` are all there
is. The text is parsed as Python and every node outside that list is refused, so that a
manifest from elsewhere can compute but never call, look up or import anything.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["column_names", "evaluate"]

LONGEST = 500
"""Characters: no honest expression is longer, and parsing stays instant."""
DEEPEST = 40
"""Levels of nesting, far below what Python's own stack allows."""

Values = NDArray[np.float64]

_QUOTED = re.compile(r"`([^`]*)`")
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    "min": (np.minimum, 2),
    "max": (np.maximum, 2),
    "round": (np.rint, 1),
}
"""Each with the number of its arguments."""


def column_names(text: str) -> tuple[str, ...]:
    """Return the columns that an expression reads, in order of appearance.

    Raises
    ------
    ValueError
        If the text is no expression; the message goes on from ``expression: ``.

    Examples
    --------
    >>> column_names("round(户数 * 2.5 + `外来人口（人）`)")
    ('户数', '外来人口（人）')
    >>> column_names("__import__('os')")
    Traceback (most recent call last):
    ValueError: only min, max and round may be called
    """
    tree, quoted = _parse(text)
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = sorted((n.col_offset, n.id) for n in names if id(n) not in functions)
    return tuple(dict.fromkeys(quoted.get(name, name) for _, name in found))


def evaluate(text: str, columns: Mapping[str, Values]) -> Values:
    """Return the value of an expression for every row.

    Division by zero and what follows from a missing value are no numbers, never an error.

    Parameters
    ----------
    text : str
        An expression that `column_names` accepts.
    columns : mapping of str to ndarray of float64, shape (n_rows,)
        Every column it names; NaN where a row has none.

    Returns
    -------
    ndarray of float64, shape (n_rows,)

    Examples
    --------
    >>> evaluate("max(户数, 1) / 2", {"户数": np.array([3.0, 0.0])})
    array([1.5, 0.5])
    """
    tree, quoted = _parse(text)
    named = {short: columns[full] for short, full in quoted.items()}
    with np.errstate(all="ignore"):
        value = np.asarray(_value(tree, {**columns, **named}), dtype=np.float64)
    size = next((len(column) for column in columns.values()), 1)
    return np.broadcast_to(value, (size,)).copy() if value.ndim == 0 else value


def _parse(text: str) -> tuple[ast.expr, dict[str, str]]:
    """Return the checked tree, and what stands for names in backticks."""
    if len(text) > LONGEST:
        raise ValueError(f"{len(text)} characters, more than {LONGEST}")
    quoted: dict[str, str] = {}
    prefix = "quoted"
    while prefix in text:
        prefix += "_"

    def shorten(match: re.Match[str]) -> str:
        short = f"{prefix}{len(quoted)}"
        quoted[short] = match[1]
        return f" {short} "

    try:
        tree = ast.parse(_QUOTED.sub(shorten, text).strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(
            f"{text!r} is no arithmetic; put column names with signs or blanks into `backticks`"
        ) from None
    _check(tree, 0)
    return tree, quoted


def _check(node: ast.expr, depth: int) -> None:
    """Refuse everything that is not on the list."""
    if depth > DEEPEST:
        raise ValueError(f"nested more than {DEEPEST} deep")
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        parts = [node.left, node.right]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        parts = [node.operand]
    elif isinstance(node, ast.Call):
        parts = _arguments(node)
    elif isinstance(node, ast.Name) or _is_number(node):
        parts = []
    else:
        raise ValueError("only numbers, columns, + - * / and parentheses are known")
    for part in parts:
        _check(part, depth + 1)


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _arguments(node: ast.Call) -> list[ast.expr]:
    """Return the arguments of a call to a known function."""
    if not isinstance(node.func, ast.Name) or node.func.id not in _FUNCTIONS:
        raise ValueError("only min, max and round may be called")
    wanted = _FUNCTIONS[node.func.id][1]
    if node.keywords or len(node.args) != wanted:
        raise ValueError(f"{node.func.id} takes {wanted} argument{'s' * (wanted > 1)}")
    return node.args


def _value(node: ast.expr, columns: Mapping[str, Values]) -> Any:
    """Return the value of a checked node."""
    if isinstance(node, ast.BinOp):
        act = _OPERATORS[type(node.op)]
        return act(_value(node.left, columns), _value(node.right, columns))
    if isinstance(node, ast.UnaryOp):
        value = _value(node.operand, columns)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        return _FUNCTIONS[node.func.id][0](*(_value(part, columns) for part in node.args))
    if isinstance(node, ast.Name):
        return columns[node.id]
    assert isinstance(node, ast.Constant)
    assert isinstance(node.value, int | float)
    return np.float64(node.value)
