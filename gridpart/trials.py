"""Trials of ranges, from what the referee looks at."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gridpart.atoms import atom_names, cuttable
from gridpart.evidence import Evidence
from gridpart.model import Level, Range
from gridpart.terrain import Terrain, Trial, build_trial, survey

__all__ = ["Trials"]


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """The trials of one plan, each made when it is first asked for."""

    evidence: Evidence
    _made: dict[tuple[str, str, str], Trial] = field(default_factory=dict, init=False)
    _terrains: dict[str, Terrain | None] = field(default_factory=dict, init=False)
    """Community id -> who borders whom in it, None where no cells are known."""

    def of(self, level: Level, bound: Range, community: str) -> Trial:
        """Return the trial of one range of a level that divides communities, in one of them.

        Parameters
        ----------
        level : Level
            As it stands for the community.
        bound : Range
            The one of its measure that the level has there, or one without ends for a
            measure that has none.
        community : str
        """
        key = level.id, community, bound.measure
        if key not in self._made:
            self._made[key] = self._make(level, bound, community)
        return self._made[key]

    def _make(self, level: Level, bound: Range, community: str) -> Trial:
        evidence = self.evidence
        at = np.flatnonzero((evidence.units["community_id"] == community) & evidence.needs_grid)
        own = evidence.units.iloc[at]
        if community not in self._terrains:
            self._terrains[community] = _terrain(evidence, at)
        return build_trial(
            bound,
            atom_names(own, level),
            own[bound.measure].fillna(0).to_list(),
            evidence.codes[level.id][at].tolist(),
            unit_ids=own["unit_id"].to_list(),
            terrain=self._terrains[community],
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
