"""The plan in force, as a new plan takes it up: who was where, and which codes were given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridpart.model import Note
from gridpart.sentences import Sentence

__all__ = ["InForce", "aligned_codes", "code_table", "told_changes"]


@dataclass(frozen=True, slots=True, eq=False)
class InForce:
    """The grids that stand today, whoever drew them."""

    name: str
    """Where they come from, for messages."""
    codes: pd.DataFrame
    """By ``unit_id``: a column for each level with the code of the unit's grid, "" for none."""
    parents: Mapping[str, str] = field(default_factory=dict)
    """Unit id of a part of a building to that of the building."""
    sites: Mapping[str, str] = field(default_factory=dict)
    """Exclusive site to the code of its grid."""
    given: frozenset[str] = frozenset()
    """Codes in force of grids that hold no unit."""
    retired: Mapping[str, str] = field(default_factory=dict)
    """Code to the run in which it was retired."""

    @property
    def levels(self) -> tuple[str, ...]:
        """Levels that it has."""
        return tuple(str(level) for level in self.codes.columns)

    @property
    def in_force(self) -> frozenset[str]:
        """Every code in force."""
        held = {str(code) for level in self.levels for code in self.codes[level] if code}
        return self.given | held | set(self.sites.values())

    @property
    def taken(self) -> frozenset[str]:
        """Every code that was ever given."""
        return self.in_force | set(self.retired)


def aligned_codes(units: pd.DataFrame, old: InForce) -> pd.DataFrame:
    """Return the old code of each unit, "" for none, with a column for each old level.

    A unit is found by its id. A part of a building that was whole has the building's
    code, and a building whose parts had several has that of most parts.

    Parameters
    ----------
    units : DataFrame
        ``unit_id`` and ``parent_unit_id``.
    old : InForce
    """
    whole = units["parent_unit_id"] if "parent_unit_id" in units else pd.Series(None, units.index)
    parts = pd.Series(old.codes.index, dtype=object).map(old.parents)
    columns: dict[str, NDArray[np.object_]] = {}
    for level in old.levels:
        known = dict(zip(old.codes.index, old.codes[level], strict=True))
        voted: dict[str, list[str]] = {}
        for building, code in zip(parts, old.codes[level], strict=True):
            if isinstance(building, str) and code:
                voted.setdefault(building, []).append(str(code))
        known |= {
            building: min(codes, key=lambda code: (-codes.count(code), code))
            for building, codes in voted.items()
            if building not in known
        }
        found = [
            known.get(unit, known.get(building, "") if isinstance(building, str) else "")
            for unit, building in zip(units["unit_id"], whole, strict=True)
        ]
        columns[level] = np.array(found, dtype=object)
    return pd.DataFrame(columns, index=units.index)


def code_table(current: Sequence[str], old: InForce | None, run: str) -> pd.DataFrame:
    """Return the table ``codes``: codes in force, and those retired now or ever before.

    Parameters
    ----------
    current : sequence of str
        Codes of the new plan.
    old : InForce or None
    run : str
        What tells the run in which a code was retired.
    """
    rows = [(code, "in_force", "") for code in sorted(current)]
    if old is not None:
        gone = {**dict.fromkeys(sorted(old.in_force.difference(current)), run), **old.retired}
        rows += [(c, "retired", gone[c]) for c in sorted(set(gone).difference(current))]
    return pd.DataFrame(rows, columns=["code", "status", "retired_in"])


def told_changes(
    old: InForce, units: pd.DataFrame, levels: Sequence[str], codes: pd.DataFrame
) -> list[Note]:
    """Return what is said of a plan in force that a new one took up; nothing if all is as it was.

    Parameters
    ----------
    old : InForce
    units : DataFrame
        ``unit_id`` and ``parent_unit_id`` of the new plan.
    levels : sequence of str
        Levels that divide communities.
    codes : DataFrame
        The table ``codes`` of the new plan.
    """
    notes = []
    silent = [level for level in levels if level not in old.levels]
    if silent:
        text = Sentence("level_unknown", plan=old.name, levels=silent)
        notes.append(Note("warning", text, tuple(silent)))
    here = {*units["unit_id"], *units["parent_unit_id"].dropna()}
    known = {str(unit) for unit in old.codes.index}
    wholes = set(old.parents.values())
    gone = sorted(u for u in known if u not in here and old.parents.get(u) not in here)
    parents = units["parent_unit_id"].where(units["parent_unit_id"].notna(), units["unit_id"])
    new = sorted(
        {str(p) for u, p in zip(units["unit_id"], parents, strict=True)
         if u not in known and p not in known and p not in wholes}
    )  # fmt: skip
    for listed, key in ((gone, "units_gone"), (new, "units_new")):
        if listed:
            text = Sentence(key, n=len(listed), plan=old.name, units=listed)
            notes.append(Note("warning", text, tuple(listed)))
    retired = codes.loc[codes["status"] == "retired", "code"]
    fresh = sorted(set(retired) - set(old.retired))
    if fresh:
        text = Sentence("codes_retired", n=len(fresh), codes=fresh)
        notes.append(Note("coded", text, tuple(fresh)))
    return notes
