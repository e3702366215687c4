"""Compounds that a plan divides, and why."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridpart import _kernels_plans
from gridpart.model import Ground, Level

__all__ = ["Opening", "find_openings"]

Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Opening:
    """A compound that lies in more than one grid of a level though it is one place."""

    level: str
    compound: int
    why: str
    """``exceeds``: more than the range holds. ``pieces``: cut by a barrier or another
    compound. ``balance``: for an even load, as the rules allow. ``range``: the range could not
    be met otherwise."""


def find_openings(
    ground: Ground, level: Level, labels: Labels, evened: Collection[int] = ()
) -> list[Opening]:
    """Return the compounds that lie in more than one grid of `level`, and why.

    Those of `evened` were divided for the balance, here or at a level above.
    """
    if level.is_whole:
        return []
    openings = []
    maxima = [
        (ground.measures.index(bound.measure), bound.max)
        for bound in level.ranges
        if bound.hard and bound.max is not None
    ]
    for compound in np.unique(ground.compound[ground.compound >= 0]):
        own = np.flatnonzero(ground.compound == compound)
        if np.unique(labels[own]).size == 1:
            continue
        part, _ = ground.graph.part(own)
        pieces = _kernels_plans.label_components(part, np.zeros(own.size, np.int32)).max() + 1
        if any(ground.sizes[own, m].sum() > most for m, most in maxima):
            why = "exceeds"
        else:
            why = "pieces" if pieces > 1 else "balance" if compound in evened else "range"
        openings.append(Opening(level.id, int(compound), why))
    return openings
