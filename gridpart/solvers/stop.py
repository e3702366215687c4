"""When a search stops: a callable of the best so far, the work done and the time.

A criterion answers True to stop. The same seed gives the same plan only under
criteria that don't look at the clock.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from gridpart.model import Solution

__all__ = ["Iterations", "Seconds", "Since", "Stop", "as_stop", "at_once", "seconds_left"]

Stop = Callable[[Solution | None, int, float], bool]
"""``stop(best, iterations, elapsed_s) -> bool``; `iterations` counts proposals."""


@dataclass(frozen=True, slots=True)
class Iterations:
    """Stop after `n` proposals."""

    n: int

    def __call__(self, best: Solution | None, iterations: int, elapsed_s: float) -> bool:  # noqa: ARG002
        """Return whether `n` proposals were made."""
        return iterations >= self.n


@dataclass(frozen=True, slots=True)
class Seconds:
    """Stop after `limit` seconds by the wall clock; not reproducible."""

    limit: float

    def __call__(self, best: Solution | None, iterations: int, elapsed_s: float) -> bool:  # noqa: ARG002
        """Return whether `limit` seconds have passed."""
        return elapsed_s >= self.limit


@dataclass(frozen=True, slots=True)
class Since:
    """Another criterion, its clock started once for many searches."""

    stop: Stop
    began: float
    """As ``time.monotonic()`` told it."""

    def __call__(self, best: Solution | None, iterations: int, elapsed_s: float) -> bool:  # noqa: ARG002
        """Return what the criterion says of the time since it began."""
        return self.stop(best, iterations, time.monotonic() - self.began)


def at_once(best: Solution | None, iterations: int, elapsed_s: float) -> bool:  # noqa: ARG001
    """Stop now: the planner has interrupted, or time is up."""
    return True


def seconds_left(stop: Stop | None, elapsed_s: float) -> float:
    """Return how long a step may take that cannot ask; inf where the criterion knows no time.

    Examples
    --------
    >>> seconds_left(Seconds(8), 5.0), seconds_left(Iterations(100), 5.0)
    (3.0, inf)
    """
    match stop:
        case Seconds(limit):
            return max(0.0, limit - elapsed_s)
        case Since(other, began):
            return seconds_left(other, time.monotonic() - began)
    return math.inf


def as_stop(stop: float | Stop | None) -> Stop | None:
    """Return the criterion that the public argument means: None, seconds or a callable.

    Raises
    ------
    ValueError
        If the seconds are below 0 or no number: such a search would not end.
    """
    if stop is None or callable(stop):
        return stop
    if not float(stop) >= 0:
        raise ValueError(f"stop must be seconds >= 0 or a callable, not {stop!r}")
    return Seconds(float(stop))
