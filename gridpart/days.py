"""Days as people write them: 2025-3-1, 2025年3月1日, 20250301, and the numbers of Excel."""

import datetime
import re

__all__ = ["read_day"]

WRITTEN = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s]\s*\d.*)?", re.ASCII
)
"""Year, month and day in that order; a time of day may follow."""

TOGETHER = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0+)?", re.ASCII)

FIRST = datetime.date(1899, 12, 30)
"""Day 0 of Excel."""
SERIALS = (20_000, 80_000)
"""Numbers of Excel for days from 1954 to 2119."""
YEARS = (1900, 2200)


def read_day(value: object) -> str | None:
    """Return the day that a cell names, as ``YYYY-MM-DD``, None where it names none.

    Days whose year does not come first are not guessed.

    Examples
    --------
    >>> [read_day(v) for v in ("2025-3-1", "2025/03/01 8:30", "2025年3月1日", 20250301, 45717)]
    ['2025-03-01', '2025-03-01', '2025-03-01', '2025-03-01', '2025-03-01']
    >>> read_day("1/3/2025"), read_day("2025-2-30"), read_day(None)
    (None, None, None)
    """
    if isinstance(value, datetime.datetime | datetime.date):
        return None if value != value else value.isoformat()[:10]  # noqa: PLR0124 - NaT
    text = str(value).strip()
    found = WRITTEN.fullmatch(text) or TOGETHER.fullmatch(text)
    if found is not None:
        return _day(*map(int, found.groups()))
    try:
        serial = float(text)
    except ValueError:
        return None
    if not SERIALS[0] <= serial <= SERIALS[1]:
        return None
    return (FIRST + datetime.timedelta(days=int(serial))).isoformat()


def _day(year: int, month: int, day: int) -> str | None:
    """Return a day, None where the calendar has none such."""
    if not YEARS[0] <= year < YEARS[1]:
        return None
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return None
