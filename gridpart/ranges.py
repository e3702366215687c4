"""How far a value is out of a range, and what is said of it."""

from gridpart.arithmetic import EPSILON
from gridpart.model import Range
from gridpart.sentences import Sentence

__all__ = ["amount_out", "out_of_range", "range_text"]


def range_text(bound: Range) -> str:
    """Return a range in words.

    Examples
    --------
    >>> range_text(Range("households", 300, 500)), range_text(Range("households", max=500))
    ('300-500', 'at most 500')
    """
    if bound.max is None:
        return Sentence("range_from", low=bound.min or 0)
    if bound.min is None:
        return Sentence("range_to", high=bound.max)
    return Sentence("range_between", low=bound.min, high=bound.max)


def out_of_range(grid: str, value: float, bound: Range, why: str) -> Sentence:
    """Return what is said of a grid with a `value` out of a range, and why it is."""
    held, limits = (value, bound.measure), range_text(bound)
    return Sentence("out_of_range", grid=grid, held=held, limits=limits, why=why)


def amount_out(value: float, bound: Range) -> float:
    """Return how far `value` is out of a range, 0 inside it.

    Examples
    --------
    >>> amount_out(530, Range("households", 300, 500)), amount_out(500, Range("x", 300, 500))
    (30, 0.0)
    """
    over = 0.0 if bound.max is None else value - bound.max
    under = 0.0 if bound.min is None else bound.min - value
    nearest = bound.max if over > under else bound.min
    out = max(over, under)
    return out if out > EPSILON * max(1.0, abs(nearest or 0.0)) else 0.0
