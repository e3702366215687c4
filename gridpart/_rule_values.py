"""The values of a rule set: frozen, and nothing but data."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gridpart._rule_difficulty import Difficulty, Hours
from gridpart._rule_exclusive import SiteRule, SplitRule
from gridpart._rule_incidents import IncidentRule
from gridpart._rule_staffing import Staffing
from gridpart.errors import DataError
from gridpart.model import COMMUNITIES, HOURS, WEIGHTED, Level, Range

__all__ = [
    "AREA_TYPES",
    "LABELS",
    "NEVER_YIELD",
    "PRIORITY",
    "CodeRule",
    "RuleSet",
    "Source",
    "Weights",
]

AREA_TYPES = ("urban", "rural")
"""The kinds of community that may have rules of their own."""

LABELS = ("found", "press", "assumption")
"""How well a number is supported: read in a source, told by a newspaper, or chosen by us."""

NEVER_YIELD = ("nesting", "contiguity", "whole_units")
"""The hard rules that hold in every plan."""
PRIORITY = (*NEVER_YIELD, "locks", "range", "radius")
"""The hard rules in their default order, the one that yields last first."""


@dataclass(frozen=True, slots=True)
class Source:
    """A document that the clauses of a rule set cite by its id."""

    id: str
    title: str
    issuer: str = ""
    date: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Weights:
    """What each soft term counts in the weighted sum."""

    compactness: float = 1.0
    balance: float = 0.5
    border: float = 0.15
    radius: float = 1.0
    compounds: float = 1.0
    stability: float = 0.0


@dataclass(frozen=True, slots=True)
class CodeRule:
    """How grid codes are written."""

    templates: Mapping[str, str]
    """Level id, or ``exclusive``, to its template."""
    exclusive_from: int = 900
    """The last ordinary serial: exclusive grids are numbered from the next one on."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything that a division has to keep and how its result is named."""

    id: str
    title: str
    measure: str
    """The measure that drives the load, e.g. ``households``."""
    levels: tuple[Level, ...]
    """Levels of an urban community, coarse to fine."""
    rural_levels: tuple[Level, ...]
    codes: CodeRule
    names: Mapping[str, str]
    """Level id, or ``exclusive``, to the pattern of a grid's name."""
    sources: tuple[Source, ...] = ()
    exclusive_title: str = ""
    exclusive_kinds: Mapping[str, str] = field(default_factory=dict)
    load: str = ""
    """What is balanced: a measure, ``weighted_<measure>`` or ``hours``; "" for the measure
    raised by difficulty."""
    difficulty: Difficulty | None = None
    hours: Hours | None = None
    priority: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: dict.fromkeys(AREA_TYPES, PRIORITY)
    )
    weights: Weights = Weights()
    staffing: Staffing | None = None
    site_rules: tuple[SiteRule, ...] = ()
    """Which units become exclusive sites; the first rule that a unit meets counts."""
    split_rule: SplitRule | None = None
    incidents: tuple[IncidentRule, ...] = ()
    """Columns of units that are counted from records of incidents."""
    chinese: Mapping[str, str] = field(default_factory=dict)
    """Clauses and titles of sources to what they are in Chinese."""

    @property
    def grades(self) -> tuple[str, ...]:
        """Ids of the classes of difficulty, "" for none of them first."""
        return ("", *(g.id for g in (self.difficulty.grades if self.difficulty else ())))

    @property
    def ranges(self) -> tuple[Range, ...]:
        """Every range of every level, area type and class, by the columns that they count.

        A range that counts communities counts no column.
        """
        return tuple(
            bound
            for level in (*self.levels, *self.rural_levels)
            for grade in self.grades
            for bound in level.counted(grade)
            if bound.measure != COMMUNITIES
        )

    @property
    def counts_hours(self) -> bool:
        """Whether the load or a range counts hours."""
        return HOURS in (self.load, *(bound.measure for bound in self.ranges))

    @property
    def derived(self) -> tuple[str, ...]:
        """Columns that are computed from others for each unit."""
        named = [self.load, *(bound.measure for bound in self.ranges)]
        weighted = [name for name in named if name.startswith(WEIGHTED)]
        return tuple(dict.fromkeys([*weighted, *([HOURS] if self.hours else [])]))

    def level(self, level_id: str) -> Level:
        """Return the level of an id, as it stands for urban communities."""
        return next(level for level in self.levels if level.id == level_id)

    def levels_for(self, area_type: str, grade: str = "") -> tuple[Level, ...]:
        """Return the levels of a community of this area type and class, coarse to fine."""
        if area_type not in AREA_TYPES:
            raise DataError(
                f"No levels for communities of area type {area_type!r}.",
                found=f"area_type {area_type!r}",
                wanted=" or ".join(AREA_TYPES),
                fix="correct the column area_type of the layer communities",
            )
        order = self.priority[area_type]
        first = order.index("radius") < order.index("range")
        levels = self.levels if area_type == "urban" else self.rural_levels
        return tuple(
            replace(
                v,
                ranges=v.counted(grade),
                radius=v.radius and replace(v.radius, goes_first=first),
            )
            for v in levels
        )
