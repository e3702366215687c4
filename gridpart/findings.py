"""What a check found in the data: an error, or what was done about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from gridpart.errors import DataError
from gridpart.model import Note

__all__ = ["Finding", "Kind", "as_error", "as_note", "from_error", "has_errors"]

Kind = Literal["error", "repair", "moved", "assumption", "warning"]


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
