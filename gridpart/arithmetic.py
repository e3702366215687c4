"""Which numbers of grids a total can be divided into.

Only counting: no graph, no geometry. A total that no number of grids can hold is
said before any search, with the sum that shows it.
"""

import math

from gridpart.sentences import Sentence

__all__ = [
    "EPSILON",
    "choose_count",
    "feasible_counts",
    "gap_sentence",
    "has_gaps",
    "least_breach",
    "least_of_any",
]

EPSILON = 1e-9
"""Relative slack in every comparison of a sum with a bound, here and in the referee."""


def feasible_counts(total: float, lower: float, upper: float) -> range:
    """Return the numbers of grids whose range can hold `total`, as a range.

    Grids of ``lower`` to ``upper`` each hold `total` together when
    ``n * lower <= total <= n * upper``.

    Parameters
    ----------
    total : float
        Sum of the measure over all units, >= 0.
    lower, upper : float
        Range of one grid; ``-inf`` and ``inf`` leave an end open.

    Examples
    --------
    >>> feasible_counts(1210, 300, 500)
    range(3, 5)
    >>> len(feasible_counts(530, 300, 500))
    0
    """
    slack = EPSILON * max(1.0, abs(total))
    fewest = 1 if math.isinf(upper) or upper <= 0 else max(1, math.ceil((total - slack) / upper))
    most = math.floor((total + slack) / lower) if lower > 0 else max(fewest, math.floor(total) + 1)
    return range(fewest, most + 1)


def choose_count(total: float, lower: float, upper: float, aim: float) -> int:
    """Return the number of grids nearest to ``total / aim`` that the range can hold.

    Where no number can, the one whose least total breach is smallest, the fewer
    grids on a tie.

    Examples
    --------
    >>> choose_count(1210, 300, 500, 400), choose_count(530, 300, 500, 400)
    (3, 1)
    """
    wanted = max(1, math.floor(total / aim + 0.5)) if aim > 0 and math.isfinite(aim) else 1
    counts = feasible_counts(total, lower, upper)
    if counts:
        return min(max(wanted, counts[0]), counts[-1])
    few = max(1, math.floor(total / upper)) if math.isfinite(upper) and upper > 0 else 1
    return min((few, few + 1), key=lambda n: (least_breach(total, lower, upper, n), n))


def least_breach(total: float, lower: float, upper: float, n_grids: int) -> float:
    """Return the least amount out of range that `n_grids` grids can add up to.

    Examples
    --------
    >>> least_breach(530, 300, 500, 1), least_breach(530, 300, 500, 2)
    (30, 70)
    """
    return max(0.0, total - n_grids * upper, n_grids * lower - total)


def least_of_any(total: float, lower: float, upper: float) -> float:
    """Return the least breach that any number of grids can divide `total` with.

    Examples
    --------
    >>> least_of_any(544, 300, 500), least_of_any(600, 300, 500)
    (44.0, 0.0)
    """
    if feasible_counts(total, lower, upper):
        return 0.0
    few = max(1, math.floor(total / upper)) if math.isfinite(upper) and upper > 0 else 1
    return float(min(least_breach(total, lower, upper, n) for n in (few, few + 1)))


def has_gaps(lower: float, upper: float) -> bool:
    """Return whether some total above `upper` fits no number of grids: n full, n + 1 not enough.

    Examples
    --------
    >>> has_gaps(50, 70), has_gaps(30, 100)
    (True, False)
    """
    return upper < 2 * lower * (1 - EPSILON)


def gap_sentence(total: float, lower: float, upper: float, measure: str) -> str:
    """Return the arithmetic that shows why no number of grids holds `total`.

    Examples
    --------
    >>> gap_sentence(530, 300, 500, "households")
    '530 households: 1 grid holds at most 500, 2 grids need at least 600'
    """
    few = max(0, math.floor(total / upper)) if math.isfinite(upper) and upper > 0 else 0
    held, least = (total, measure), (few + 1) * lower
    if not few:
        return Sentence("gap_first", total=held, least=least)
    if few == 1:
        return Sentence("gap_second", total=held, most=upper, least=least)
    return Sentence("gap", total=held, few=few, most=few * upper, more=few + 1, least=least)
