"""What ``gridpart init`` proposes: values, each with what speaks for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gridpart.candidates import Candidate
from gridpart.recognition import Guess, Recognized

__all__ = ["JoinDraft", "LayerDraft", "Proposal", "Question"]


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the files do not tell for certain."""

    key: str
    """What it decides, such as ``units.households``."""
    text: str
    choices: tuple[str, ...]
    """None where any text may be the answer."""
    default: str
    """The best guess, empty where there is none."""


@dataclass(slots=True, eq=False)
class LayerDraft:
    """One layer as far as it is known."""

    layer: str
    candidate: Candidate
    path: Guess
    keys: dict[str, Guess]
    recognized: Recognized
    remarks: list[str] = field(default_factory=list)
    """Sentences about what is not as it should be."""


@dataclass(frozen=True, slots=True, eq=False)
class JoinDraft:
    """A table to be joined onto the units."""

    candidate: Candidate
    units: tuple[str, ...]
    table: tuple[str, ...]
    match: Guess
    """How many rows go to a unit by these columns."""
    columns: dict[str, Guess]
    recognized: Recognized


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """A manifest in the making."""

    name: str
    layers: Mapping[str, LayerDraft]
    joins: Sequence[JoinDraft]
    unused: Mapping[str, str]
    """File -> why nothing was made of it."""
    questions: tuple[Question, ...]
    """Open ones only."""
    remarks: tuple[str, ...] = ()
    """Sentences about the whole."""
