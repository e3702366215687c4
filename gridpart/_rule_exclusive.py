"""What a rule set says of exclusive sites: which units become one, and when one is split."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_type_hints

from gridpart._rule_stated import stated
from gridpart.errors import near_names

__all__ = [
    "EXCLUSIVE_CHECKS",
    "EXCLUSIVE_CHOICES",
    "EXCLUSIVE_SHAPES",
    "SiteRule",
    "SplitRule",
    "build_site_rules",
    "build_split_rule",
    "exclusive_faults",
    "exclusive_tables",
]

THRESHOLDS = ("min_firms", "min_workers", "min_floor_area_m2")


@dataclass(frozen=True, slots=True)
class SiteRule:
    """Units that become exclusive sites: those that meet all that is stated."""

    kind: str
    """Kind of the sites."""
    kinds: tuple[str, ...] = ()
    """Kinds of units; all where none is named."""
    min_firms: float | None = None
    min_workers: float | None = None
    min_floor_area_m2: float | None = None
    """Footprint times floors, or the column ``floor_area_m2`` where there is one."""
    clause: str = ""
    label: str = "assumption"


@dataclass(frozen=True, slots=True)
class SplitRule:
    """When a site becomes several exclusive grids."""

    measure: Literal["firms", "workers"]
    by: Literal["building", "floor", "firms"]
    """How far a site is divided: into its buildings; these into bands of floors; or these
    into equal shares."""
    max: float | None = None
    """The most that a grid holds."""
    target: float | None = None
    """What a grid holds on average: a site becomes as many grids as come nearest to it."""
    clause: str = ""
    label: str = "assumption"

    def n_grids(self, amount: float) -> int:
        """Return how many grids a site of this size becomes.

        Examples
        --------
        >>> SplitRule("firms", "firms", max=87).n_grids(200)
        3
        >>> SplitRule("firms", "firms", target=87).n_grids(200)
        2
        """
        wanted = 1 if self.target is None else math.floor(amount / self.target + 0.5)
        needed = 1 if self.max is None else math.ceil(amount / self.max)
        return max(wanted, needed, 1)


_CITED = {"clause": "text!", "label": "label!"}

EXCLUSIVE_SHAPES: dict[str, dict[str, str]] = {
    "exclusive": {"title": "text", "kinds": "texts", "from": "[from]", "split": "{split}"},
    "from": {
        "kind": "text!", "kinds": "names", **dict.fromkeys(THRESHOLDS, "number"), **_CITED,
    },
    "split": {"measure": "split_measure!", "max": "number", "target": "number",
              "by": "split_by!", **_CITED},
}  # fmt: skip
"""The keys of each table, in the notation of ``_rule_form``."""

EXCLUSIVE_CHOICES: dict[str, tuple[str, ...]] = {
    "split_measure": get_args(get_type_hints(SplitRule)["measure"]),
    "split_by": get_args(get_type_hints(SplitRule)["by"]),
}


def _is_number(value: object) -> bool:
    """Return whether a value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_from(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield whether a rule would make every unit a site."""
    if not {"kinds", *THRESHOLDS} & set(table):
        yield f"neither kinds nor any of {', '.join(THRESHOLDS)}: every unit would be a site"


def _check_split(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield whether nothing would fit into a grid."""
    stated = {key: table[key] for key in ("max", "target") if _is_number(table.get(key))}
    yield from (f"{key} is 0: such a grid holds nothing" for key, n in stated.items() if n == 0)
    if not {"max", "target"} & set(table):
        yield "neither max nor target: no site would be split"
    if len(stated) == 2 and stated["target"] > stated["max"]:
        yield f"target {stated['target']:g} is greater than max {stated['max']:g}"


EXCLUSIVE_CHECKS: dict[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "from": _check_from,
    "split": _check_split,
}


def build_site_rules(table: Mapping[str, Any]) -> tuple[SiteRule, ...]:
    """Return which units become sites by the table ``exclusive``."""
    return tuple(
        SiteRule(**{**_floats(t), "kinds": tuple(t.get("kinds", ()))})
        for t in table.get("from", ())
    )


def build_split_rule(table: Mapping[str, Any]) -> SplitRule | None:
    """Return when the table ``exclusive`` has a site split, if at all."""
    return SplitRule(**_floats(table["split"])) if table.get("split") else None


def _floats(table: Mapping[str, Any]) -> dict[str, Any]:
    return {k: float(v) if _is_number(v) else v for k, v in table.items()}


def exclusive_tables(sites: Iterable[SiteRule], split: SplitRule | None) -> dict[str, Any]:
    """Return the tables inside ``exclusive`` that read back as these rules."""
    table: dict[str, Any] = {}
    if listed := [stated(rule) for rule in sites]:
        table["from"] = listed
    if split is not None:
        table["split"] = stated(split)
    return table


def exclusive_faults(sites: Iterable[SiteRule], kinds: Iterable[str]) -> Iterator[str]:
    """Yield which rules make sites of a kind that has no name.

    Examples
    --------
    >>> list(exclusive_faults([SiteRule("tower")], ["market"]))
    ["exclusive, from: no kind 'tower' in [exclusive.kinds]; known names: market"]
    """
    kinds = list(kinds)
    for rule in sites:
        if rule.kind not in kinds:
            hint = near_names(rule.kind, kinds)
            yield f"exclusive, from: no kind {rule.kind!r} in [exclusive.kinds]; {hint}"
