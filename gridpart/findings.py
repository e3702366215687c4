"""What a check found in the data: an error, or what was done about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import shapely

from gridpart.errors import DataError
from gridpart.model import Note
from gridpart.sentences import Sentence

__all__ = [
    "Finding",
    "Kind",
    "Place",
    "as_error",
    "as_note",
    "from_error",
    "has_errors",
    "listed",
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

    @property
    def text(self) -> str:
        """The finding as one line, to be told in either language."""
        if not self.found:
            return self.what
        return Sentence("finding", what=self.what, found=self.found)

    def __str__(self) -> str:
        """Return the finding as one line."""
        return str(self.text)


def listed(names: Iterable[object], most: int = 5) -> Sentence:
    """Return the first few names, and how many more there are; `most` is 5, 12 or 20.

    Examples
    --------
    >>> listed(f"U{n}" for n in range(7))
    'U0, U1, U2, U3, U4 and 2 more'
    """
    return Sentence("listed" if most == 5 else f"listed_{most}", names=list(names))


def has_errors(findings: Iterable[Finding]) -> bool:
    """Return whether any finding is an error."""
    return any(finding.kind == "error" for finding in findings)


def with_places(finding: Finding, topic: str, places: Iterable[Place] = ()) -> Finding:
    """Return the finding with its topic and its places on the map."""
    return replace(finding, topic=topic, places=tuple(places))


def as_note(finding: Finding) -> Note:
    """Return a finding that is no error as a note."""
    return Note(finding.kind, finding.text, finding.names)


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
