"""What a check found in the data: an error, or what was done about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import shapely

from gridpart.errors import DataError
from gridpart.model import Note

__all__ = [
    "Finding",
    "Kind",
    "Place",
    "as_error",
    "as_note",
    "from_error",
    "has_errors",
    "with_places",
]

Kind = Literal["error", "repair", "moved", "assumption", "warning"]


class Place(NamedTuple):
    """Where on the map a finding holds."""

    names: tuple[str, ...]
    """The rows concerned."""
    geometry: shapely.Geometry
    """The overlap, the gap or the outline, in the working CRS."""
    text: str
    """What holds there, in a few words."""
    amount: float | None = None
    """The same as a number: square meters, negative where lost, or what the units hold."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found in the data: an error, or what was done about it."""

    kind: Kind
    layer: str
    what: str
    """One sentence, counts first."""
    names: tuple[str, ...] = ()
    found: str = ""
    wanted: str = ""
    fix: str = ""
    topic: str = ""
    """One word for what it is about, such as ``gap``; empty for what is not drawn."""
    places: tuple[Place, ...] = field(default=(), compare=False, repr=False)
    """Empty where the outlines of the rows named are the place."""

    @property
    def severity(self) -> Literal["error", "repaired", "warning"]:
        """How much it matters: only errors keep a district from being read."""
        if self.kind == "error":
            return "error"
        return "repaired" if self.kind in ("repair", "moved") else "warning"

    def __str__(self) -> str:
        """Return the finding as one line."""
        return f"{self.what} {self.found}" if self.found else self.what


def has_errors(findings: Iterable[Finding]) -> bool:
    """Return whether any finding is an error."""
    return any(finding.kind == "error" for finding in findings)


def with_places(finding: Finding, topic: str, places: Iterable[Place] = ()) -> Finding:
    """Return the finding with its topic and its places on the map."""
    return replace(finding, topic=topic, places=tuple(places))


def as_note(finding: Finding) -> Note:
    """Return a finding that is no error as a note."""
    return Note(finding.kind, str(finding), finding.names)


def as_error(findings: Sequence[Finding], name: str) -> DataError:
    """Return one error that says everything wrong with the district `name`.

    Examples
    --------
    >>> lacks = Finding("error", "units", "units has no rows.", (), "0 rows", "1 or more", "add")
    >>> print(as_error([lacks], "hankou"))
    units has no rows.
      found:  0 rows
      wanted: 1 or more
      fix:    add
    """
    errors = [finding for finding in findings if finding.kind == "error"]
    if len(errors) == 1:
        only = errors[0]
        return DataError(only.what, found=only.found, wanted=only.wanted, fix=only.fix)
    lines = "\n          "
    return DataError(
        f"{len(errors)} things are wrong with {name}.",
        found=lines.join(f"{error.what} {error.found}" for error in errors),
        wanted=lines.join(dict.fromkeys(error.wanted for error in errors)),
        fix=lines.join(dict.fromkeys(error.fix for error in errors)),
    )


def from_error(error: DataError, layer: str) -> Finding:
    """Return the finding that an error from a floor below stands for."""
    return Finding("error", layer, error.what, (), error.found, error.wanted, error.fix)
