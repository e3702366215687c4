"""Trials of ranges, from what the referee looks at."""

import numpy as np
from numpy.typing import NDArray

from gridpart.atoms import atom_names, cuttable
from gridpart.evidence import Evidence
from gridpart.model import Level, Range
from gridpart.terrain import Terrain, Trial, build_trial, survey

__all__ = ["Terrains", "make_trial"]

Terrains = dict[str, Terrain | None]
"""Community id -> who borders whom in it, None where no cells are known; filled when asked."""


def make_trial(
    evidence: Evidence, level: Level, bound: Range, community: str, terrains: Terrains
) -> Trial:
    """Return the trial of one range of a level in one community.

    Parameters
    ----------
    evidence : Evidence
    level : Level
        As it stands for the community.
    bound : Range
    community : str
    terrains : dict
        What was found out about communities; this one is added.
    """
    at = np.flatnonzero((evidence.units["community_id"] == community) & evidence.needs_grid)
    own = evidence.units.iloc[at]
    if community not in terrains:
        terrains[community] = _terrain(evidence, at)
    return build_trial(
        bound,
        atom_names(own, level),
        own[bound.measure].fillna(0).to_list(),
        evidence.codes[level.id][at].tolist(),
        unit_ids=own["unit_id"].to_list(),
        terrain=terrains[community],
        cuttable=cuttable(own, level),
    )


def _terrain(evidence: Evidence, at: NDArray[np.int64]) -> Terrain | None:
    """Return who borders whom among some units, None where no cells are known."""
    if evidence.cells is None:
        return None
    return survey(
        evidence.cells[at].tolist(),
        barriers=evidence.barriers,
        crossings=evidence.crossings,
        sites=evidence.sites,
        inside=evidence.inside[at].tolist(),
        places=evidence.places[at].tolist(),
    )
