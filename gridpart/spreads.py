"""How much grids hold together, and how unlike they are."""

from typing import Any

import pandas as pd

__all__ = ["spread", "total_of"]


def total_of(column: "pd.Series[Any]") -> float:
    """Return the sum of a column, as a whole number where it holds whole numbers.

    Examples
    --------
    >>> total_of(pd.Series([1, 2])), total_of(pd.Series([1.5, 2.25]))
    (3, 3.75)
    """
    total = float(column.sum())
    return int(total) if column.dtype.kind == "i" else round(total, 2)


def spread(column: "pd.Series[Any]") -> float | None:
    """Return the coefficient of variation of a column, None where all is 0.

    Examples
    --------
    >>> spread(pd.Series([300, 500])), spread(pd.Series([0, 0]))
    (0.25, None)
    """
    mean = float(column.mean()) if len(column) else 0.0
    return round(float(column.std(ddof=0)) / mean, 6) if mean else None
