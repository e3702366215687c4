"""What a rule set says of columns that are counted from records of incidents."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gridpart.days import read_day

__all__ = [
    "INCIDENT_SHAPES",
    "RATE",
    "IncidentRule",
    "build_incidents",
    "incident_faults",
    "incident_tables",
]

RATE = "_rate"
"""What follows the name of a column of counts in that of its rates."""


@dataclass(frozen=True, slots=True)
class IncidentRule:
    """Two columns of units counted from records: reports a year, and their rate.

    The period is that from `since` to `until`, both included; without either it is the
    last 12 months of the records, and with one of them the 12 months from or up to it.
    """

    column: str
    """Reports a year, each times the weight of its kind; with ``_rate`` after it, the
    same for each 100 of `per`."""
    kinds: Mapping[str, float] = field(default_factory=dict)
    """Kind -> what a report counts; empty where all kinds count 1."""
    since: str = ""
    until: str = ""
    per: str = "households"
    smooth: bool = True
    """Whether rates of small places are drawn toward that of all, by empirical Bayes."""
    clause: str = ""
    label: str = "assumption"


INCIDENT_SHAPES: dict[str, dict[str, str]] = {
    "incidents": {
        "column": "text!", "kinds": "numbers", "since": "date", "until": "date", "per": "text",
        "smooth": "flag", "clause": "text!", "label": "label!",
    },
}  # fmt: skip
"""The keys of ``[[incidents]]``, in the signs of ``_rule_form``."""


def build_incidents(tables: Sequence[Mapping[str, Any]]) -> tuple[IncidentRule, ...]:
    """Return the columns that tables of the right form state."""
    return tuple(
        IncidentRule(
            **{
                **table,
                "kinds": {str(k): float(v) for k, v in table.get("kinds", {}).items()},
                **{k: str(table[k]) for k in ("since", "until") if k in table},
            }
        )
        for table in tables
    )


def incident_tables(rules: Sequence[IncidentRule]) -> list[dict[str, Any]]:
    """Return the columns as the tables that a rule file holds."""
    tables = []
    for rule in rules:
        table: dict[str, Any] = {"column": rule.column, "per": rule.per, "smooth": rule.smooth}
        table |= {k: v for k in ("since", "until") if (v := getattr(rule, k))}
        table |= {"clause": rule.clause, "label": rule.label}
        tables.append(table | ({"kinds": dict(rule.kinds)} if rule.kinds else {}))
    return tables


def incident_faults(rules: Sequence[IncidentRule]) -> Iterator[str]:
    """Yield where columns counted from incidents make no sense."""
    names = [rule.column for rule in rules]
    for rule in rules:
        place, cited = f"incidents {rule.column!r}", f" (clause: {rule.clause})"
        if names.count(rule.column) > 1:
            yield f"{place}: {names.count(rule.column)} tables count into this column"
        days = {k: read_day(v) for k in ("since", "until") if (v := getattr(rule, k))}
        yield from (
            f"{place}: {k} is {getattr(rule, k)!r}, wanted a day such as 2025-03-01{cited}"
            for k, day in days.items()
            if day is None
        )
        since, until = days.get("since"), days.get("until")
        if since and until and since > until:
            yield f"{place}: since {since} is after until {until}{cited}"
        if rule.kinds and not any(rule.kinds.values()):
            yield f"{place}: the weights of all kinds are 0{cited}"
