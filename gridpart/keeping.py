"""Grids of the plan in force that stay as they are, by wish.

A kept grid keeps the grids inside it, unit for unit, and those that it lies in: its code
begins with theirs.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridpart import _kernels_plans
from gridpart.alternatives import CHANGING
from gridpart.errors import DataError, near_names
from gridpart.metrics import Report
from gridpart.model import Breach, Ground, Note, Standing
from gridpart.revise import InForce
from gridpart.rules import RuleSet
from gridpart.sentences import Sentence

__all__ = ["area_types", "excused", "kept_codes", "missing_units", "standing_of"]

Kept = Mapping[str, frozenset[str]]


def kept_codes(old: InForce, keep: Collection[str], rules: RuleSet) -> dict[str, frozenset[str]]:
    """Return the codes that stay at each level that divides communities.

    Parameters
    ----------
    old : InForce
    keep : collection of str
        Codes of grids of any level; that of a whole community keeps every grid in it, and
        exclusive grids stay anyway.
    rules : RuleSet

    Raises
    ------
    DataError
        If a code is not in force.
    """
    known = old.in_force
    strange = sorted(set(keep) - known)
    if strange:
        raise DataError(
            f"{len(strange)} codes to keep are not in force in {old.name}.",
            found="; ".join(
                f"{code} is retired" if code in old.retired else f"{code}: "
                + near_names(code, known) for code in strange[:3]
            ),
            wanted="codes of grids that stand today",
            fix="correct the list of codes to keep",
        )  # fmt: skip
    levels = [v.id for v in rules.levels if not v.is_whole]
    levels = [level for level in levels if level in old.codes]
    named = old.codes.isin(set(keep))
    found: dict[str, frozenset[str]] = {}
    for at, level in enumerate(old.levels):
        if level not in levels:
            continue
        above = named[list(old.levels[: at + 1])].any(axis=1)
        below = named[list(old.levels[at + 1 :])].any(axis=1)
        codes = old.codes.loc[above | below, level]
        found[level] = frozenset(str(code) for code in codes if code)
    return found


def missing_units(old: InForce, kept: Kept, unit_ids: Collection[str]) -> list[Note]:
    """Return what is said of kept grids: which, and what units they lost."""
    here = set(unit_ids)
    every = sorted(code for codes in kept.values() for code in codes)
    parts = old.parents
    gone = [str(u) for u in old.codes.index if u not in here and parts.get(str(u)) not in here]
    notes = []
    if every:
        text = Sentence("grids_kept", n=len(every), plan=old.name, codes=every)
        notes.append(Note("kept", text, tuple(every)))
    for level, codes in kept.items():
        held = old.codes.loc[old.codes.index.isin(gone), level]
        for code in sorted(set(held) & codes):
            units = held.index[held == code]
            text = Sentence("kept_without", code=code, level=level, n=len(units), units=units)
            notes.append(Note("warning", text, (code, *map(str, units))))
    return notes


def standing_of(
    ground: Ground, codes: pd.DataFrame, kept: Kept, levels: Sequence[str], stability: float
) -> tuple[Standing, list[Note]]:
    """Return the plan in force in one community as arrays, and what is said of it.

    New units with no way to another free one but through kept grids join the kept grid
    that they share most border with.

    Parameters
    ----------
    ground : Ground
    codes : DataFrame
        Old code of each unit of the community, "" for none, a column for each level.
    kept : mapping of str to set of str
        Level id -> codes that stay.
    levels : sequence of str
        Levels that divide communities, coarse to fine.
    stability : float
    """
    old: dict[str, NDArray[np.int32]] = {}
    fixed: dict[str, NDArray[np.bool_]] = {}
    notes: list[Note] = []
    above = np.full(ground.n_units, -1, np.int32)
    for level in levels:
        if level not in codes:
            continue
        texts = codes[level].to_numpy(object)
        names = sorted(set(texts) - {""})
        number = {name: n for n, name in enumerate(names)}
        home = np.array([number.get(text, -1) for text in texts], np.int32)
        stays = np.array([text in kept.get(level, ()) for text in texts], np.bool_)
        joined = _enclosed(ground, home, stays, above)
        home[list(joined)] = list(joined.values())
        stays[list(joined)] = True
        notes += [
            Note(
                "assumption",
                Sentence("joins_kept", unit=ground.unit_ids[unit], code=names[grid], level=level),
                (ground.unit_ids[unit],),
            )
            for unit, grid in joined.items()
        ]
        old[level], fixed[level] = home, stays
        above = np.where(stays, home, -1).astype(np.int32)
    return Standing(old, fixed, stability), notes


def _enclosed(
    ground: Ground, home: NDArray[np.int32], stays: NDArray[np.bool_], above: NDArray[np.int32]
) -> dict[int, int]:
    """Return the kept grid that each new unit joins which borders no free grid.

    `above` tells the kept grid of the level above, beyond which no unit goes.
    """
    if not stays.any():
        return {}
    key = np.where(stays, above.max() + 2 + home, above).astype(np.int32)
    piece = _kernels_plans.label_components(ground.graph, key)
    joined: dict[int, int] = {}
    graph = ground.graph
    for number in np.unique(piece[~stays]):
        own = np.flatnonzero(piece == number)
        if (home[own] >= 0).any():
            continue
        shared: dict[int, float] = {}
        for unit in own:
            rows = slice(graph.indptr[unit], graph.indptr[unit + 1])
            for other, length in zip(graph.indices[rows], graph.lengths[rows], strict=True):
                if stays[other] and (above[unit] < 0 or above[unit] == above[other]):
                    grid = int(home[other])
                    shared[grid] = shared.get(grid, 0.0) + float(length)
        if shared:
            best = min(shared, key=lambda grid: (-shared[grid], grid))
            joined |= {int(unit): best for unit in own}
    return joined


def area_types(layers: Iterable[gpd.GeoDataFrame]) -> dict[str, str]:
    """Return the area type of each grid."""
    return {
        str(code): str(area)
        for table in layers
        for code, area in zip(table["grid_code"], table["area_type"], strict=True)
    }


def excused(
    report: Report, kept: Collection[str], rules: RuleSet, types: Mapping[str, str]
) -> Report:
    """Return the report with breaches of kept grids proven where locks go before the rule.

    What a kept grid holds is not for the plan to choose, and no grid but itself is at fault.

    Parameters
    ----------
    report : Report
    kept : collection of str
        Codes that stay by wish.
    rules : RuleSet
        For the order of its ``priority``.
    types : mapping of str to str
        Grid code to the area type of its community.
    """
    kept = set(kept)
    told = (_unlocked(b, kept) for b in report.breaches)
    return replace(report, breaches=tuple(_excused(b, kept, rules, types) for b in told))


def _unlocked(breach: Breach, kept: set[str]) -> Breach:
    """Return a breach whose alternative tells which kept grids it would change."""
    text = breach.alternative
    then = text.parts.get("then", text) if isinstance(text, Sentence) else text
    if not isinstance(then, Sentence) or then.key not in CHANGING:
        return breach
    codes = sorted(kept & {breach.grid, str(then.parts.get("other", ""))})
    if not codes:
        return breach
    return replace(breach, alternative=Sentence("alt_unlocked", then=text, codes=codes))


def _excused(breach: Breach, kept: set[str], rules: RuleSet, types: Mapping[str, str]) -> Breach:
    if breach.grid not in kept or breach.rule not in ("range", "radius") or breach.proven:
        return breach
    order = rules.priority[types.get(breach.grid, "urban")]
    if order.index("locks") > order.index(breach.rule):
        return breach
    return replace(
        breach,
        proven=True,
        reason="arithmetic" if breach.rule == "range" else breach.reason,
        message=Sentence("kept_by_wish", what=breach.message),
    )
