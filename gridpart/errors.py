"""What can go wrong, by who can mend it.

* GridpartError
    + DataError         the data owner mends a table or a geometry
    + RulesError        the rule author mends the rule set
    + InfeasibleError   nothing is wrong: no plan exists, the planner decides

GridpartWarning is raised only where the result is still right.
"""

from collections.abc import Iterable

__all__ = [
    "DataError",
    "GridpartError",
    "GridpartWarning",
    "InfeasibleError",
    "RulesError",
    "name_some",
    "near_names",
]


class GridpartError(Exception):
    """An error with its four parts: what, found, wanted and fix.

    Parameters
    ----------
    what : str
        One sentence, counts first.
    found : str
        What the data holds, with at most five names of units.
    wanted : str
        What would pass.
    fix : str
        The next thing to do.
    """

    def __init__(self, what: str, *, found: str, wanted: str, fix: str) -> None:
        self.what = what
        self.found = found
        self.wanted = wanted
        self.fix = fix
        super().__init__(
            f"{what}\n  found:  {found}\n  wanted: {wanted}\n  fix:    {fix}",
        )

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the four parts, so that worker processes can hand errors back."""
        return (_rebuild, (type(self), self.what, self.found, self.wanted, self.fix))


def _rebuild(
    kind: type[GridpartError], what: str, found: str, wanted: str, fix: str
) -> GridpartError:
    return kind(what, found=found, wanted=wanted, fix=fix)


class DataError(GridpartError, ValueError):
    """The data owner mends the table or the geometry."""


class RulesError(GridpartError, ValueError):
    """The rule author mends the rule set."""


class InfeasibleError(GridpartError):
    """Nothing is wrong with the input, but no plan exists; the planner decides."""


class GridpartWarning(UserWarning):
    """Something to know; the result is still right."""


def name_some(names: Iterable[object], most: int = 5) -> str:
    """Return the first few names, and how many more there are.

    Examples
    --------
    >>> name_some(["U1", "U2", "U3"], most=2)
    'U1, U2 and 1 more'
    """
    listed = [str(name) for name in names]
    text = ", ".join(listed[:most])
    return text if len(listed) <= most else f"{text} and {len(listed) - most} more"


def near_names(name: str, known: Iterable[str]) -> str:
    """Return a hint with the known names nearest to `name`, or all of them.

    Examples
    --------
    >>> near_names("househols", ["households", "population"])
    "did you mean 'households'?"
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only on the way to an error

    known = sorted(known)
    near = get_close_matches(name, known, n=2, cutoff=0.6)
    if near:
        return "did you mean " + " or ".join(repr(n) for n in near) + "?"
    return "known names: " + name_some(known, most=12)
