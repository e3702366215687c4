"""Expressions compute what Python computes, and do nothing else."""

import contextlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridpart.expressions import DEEPEST, LONGEST, column_names, evaluate

NAMES = ("户数", "人数", "k", "q2")
ODD = ("quoted", "外来人口（人）", "a b", "1", "min", "import", "x-y", "户 数")


def leaves(names):
    numbers = st.floats(0, 1e6, allow_nan=False).map(repr) | st.integers(0, 99).map(str)
    return numbers | st.sampled_from(names)


def texts(names):
    return st.recursive(
        leaves(names),
        lambda part: st.one_of(
            st.tuples(part, st.sampled_from("+-*/"), part).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            part.map(lambda t: f"-({t})"),
            st.tuples(st.sampled_from(["min", "max"]), part, part).map(
                lambda t: f"{t[0]}({t[1]}, {t[2]})"
            ),
        ),
        max_leaves=6,
    )


@given(text=texts(NAMES), values=st.lists(st.floats(0.5, 1e4), min_size=4, max_size=4))
def test_it_computes_what_python_computes(text, values):
    columns = {name: np.array([value]) for name, value in zip(NAMES, values, strict=True)}
    plain = dict(zip(NAMES, values, strict=True))

    try:
        wanted = float(eval(text, {"__builtins__": {}, "min": min, "max": max}, plain))
    except (ZeroDivisionError, OverflowError):
        wanted = math.nan

    (found,) = evaluate(text, columns)

    assert set(column_names(text)) == {name for name in NAMES if name in text}
    if math.isfinite(wanted) and math.isfinite(found):
        assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    else:
        assert not (math.isfinite(wanted) and abs(wanted) < 1e300)


@pytest.mark.parametrize("name", ODD)
def test_odd_names_stand_in_backticks(name):
    text = f"`{name}` * 2 + a"

    assert column_names(text) == (name, "a")
    assert evaluate(text, {name: np.array([3.0]), "a": np.array([1.0])}).tolist() == [7.0]


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "a +", "a b", "户数（人）", "a ** 2", "a % 2", "a // 2", "a if b else 1", "a < b",
        "a and b", "not a", "[a]", "(a, b)", "{a}", "a.b", "a[0]", "f(a)", "a(b)", "max(a)",
        "max(a, b, 3)", "round(a, 2)", "min(*a)", "min(a, b=1)", "lambda: a", "a := 1", "'a'",
        "b'a'", "True", "None", "1j", "...", "`", "``a", "a; b", "a\nb", "~a",
        "__import__('os').system('true')", "a.__class__", "f'{a}'", "await a", "(yield a)",
    ],
)  # fmt: skip
def test_anything_but_arithmetic_is_refused(text):
    with pytest.raises(ValueError, match=r"\w"):
        column_names(text)
    with pytest.raises(ValueError, match=r"\w"):
        evaluate(text, {"a": np.array([1.0]), "b": np.array([2.0])})


@pytest.mark.parametrize("text", ["-" * 60 + "1", "1+" * 45 + "1"])
def test_deep_nesting_is_refused(text):
    with pytest.raises(ValueError, match=f"more than {DEEPEST} deep"):
        column_names(text)


def test_long_texts_are_refused():
    with pytest.raises(ValueError, match=f"more than {LONGEST}"):
        column_names("1" * (LONGEST + 1))


@given(text=st.text(max_size=40))
def test_any_text_is_an_expression_or_refused(text):
    with contextlib.suppress(ValueError):
        assert all(isinstance(name, str) for name in column_names(text))


def test_missing_values_and_division_by_zero_are_no_numbers():
    columns = {"a": np.array([1.0, np.nan, 0.0]), "b": np.array([0.0, 1.0, 0.0])}

    assert np.isfinite(evaluate("a / b", columns)).tolist() == [False, False, False]
    assert np.isnan(evaluate("max(a, b)", columns)).tolist() == [False, True, False]


def test_a_number_alone_stands_in_every_row():
    assert evaluate("2 * 3", {"a": np.zeros(3)}).tolist() == [6.0, 6.0, 6.0]
    assert evaluate("+7", {}).tolist() == [7.0]
