"""Where new service stations would bring most households within a walk (maximal cover).

Candidates are the units, for stations are put into rooms of buildings. Households that a
station of today covers are covered already. Up to ``EXACT_UNITS`` units HiGHS solves the
problem and its bound; beyond that stations are chosen one by one and then exchanged while
that gains, and the bound is what the best further stations could add.
"""

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, hstack, vstack

from gridpart.access import walk_m
from gridpart.errors import DataError
from gridpart.model import Note
from gridpart.plan import Plan
from gridpart.sentences import Sentence
from gridpart.service import lay_walk

__all__ = ["Siting", "cover_most", "locate_stations"]

EXACT_UNITS = 3000
"""More units than this are left to the exchanges."""
NODES = 2000
"""Branches that HiGHS may look at: a count, so that the result never depends on the clock."""
CHUNK = 256


@dataclass(frozen=True, slots=True, eq=False)
class Siting:
    """Candidates chosen, and how good the choice is."""

    chosen: tuple[int, ...]
    """By what each adds to those before it, the most first."""
    gains: tuple[float, ...]
    covered: float
    """Weight covered by all of them."""
    bound: float
    """No choice of as many covers more."""


def locate_stations(plan: Plan, n_stations: int, within_m: float = 500.0) -> Plan:
    """Return the plan with places for new stations that would cover most households.

    Parameters
    ----------
    plan : Plan
    n_stations : int
        How many new ones; fewer are proposed where no further one would gain anything.
    within_m : float
        The walk that counts as covered, in meters along the streets. 500 m is about ten
        minutes, a tier of planning norms for neighborhoods.

    Returns
    -------
    Plan
        With `proposed`, and a note that says what they gain and the bound.

    Raises
    ------
    DataError
        If no station or no distance is asked for.
    """
    if n_stations < 1 or not within_m > 0:
        raise DataError(
            "No place for a station can be found.",
            found=f"{n_stations} stations within {within_m:g} m",
            wanted="one station or more, and a walk longer than 0 m",
            fix="pass other numbers",
        )
    district, units = plan.district, plan.district.units
    measure = "households" if "households" in units else plan.rules.measure
    weight = units[measure].fillna(0).to_numpy(np.float64)
    reached, served = _reached(plan, within_m)
    open_weight = np.where(served, 0.0, weight)
    siting = cover_most(reached, open_weight, n_stations)
    before, total = float(weight[served].sum()), float(weight.sum())
    own = units.iloc[list(siting.chosen)]
    middle = shapely.centroid(own.geometry.to_numpy())
    proposed = gpd.GeoDataFrame(
        {
            "station_id": [f"P{rank:02}" for rank in range(1, len(own) + 1)],
            "unit_id": own["unit_id"].to_numpy(object),
            "community_id": own["community_id"].to_numpy(object),
            "within_m": float(within_m),
            f"{measure}_gained": np.round(siting.gains).astype(np.int64),
        },
        geometry=middle,
        crs=district.crs,
    )
    best = before + siting.bound
    after = before + siting.covered
    told = {
        "n": len(own), "measure": measure, "within": f"{within_m:g}",
        "before": f"{before:,.0f}", "after": f"{after:,.0f}", "total": f"{total:,.0f}",
        "bound": Sentence("stations_best")
        if best - after < 0.5
        else Sentence("stations_bound", best=f"{best:,.0f}"),
    }  # fmt: skip
    text = (
        Sentence("stations", **told, units=tuple(proposed["unit_id"]))
        if len(own)
        else Sentence("stations_none", **told)
    )
    note = Note("proposed", text, tuple(proposed["unit_id"]))
    kept = tuple(n for n in plan.notes if n.kind != "proposed")
    return replace(plan, proposed=proposed, notes=(*kept, note))


def _reached(plan: Plan, within_m: float) -> tuple[csr_array, NDArray[np.bool_]]:
    """Return which units each unit would cover, and which a station of today covers."""
    district = plan.district
    layers = (district.streets, district.barriers, district.crossings, district.stations)
    walk = lay_walk(district.units, *layers)
    n_units = len(district.units)
    everyone, stations = np.arange(n_units), np.arange(n_units, len(walk.xy))
    rows = []
    for at in range(0, n_units, CHUNK):
        ways, _ = walk_m(walk, everyone[at : at + CHUNK], everyone)
        rows.append(csr_array(ways <= within_m))
    ways, _ = walk_m(walk, stations, everyone)
    served = np.asarray((ways <= within_m).any(axis=0), dtype=bool)
    return vstack(rows).tocsr(), served


def cover_most(reached: csr_array, weight: NDArray[np.float64], n_chosen: int) -> Siting:
    """Return the candidates that together cover most.

    Parameters
    ----------
    reached : sparse array of bool, shape (n_candidates, n_units)
        Which units each candidate covers.
    weight : ndarray of float64, shape (n_units,)
    n_chosen : int
        At most so many.

    Examples
    --------
    >>> reached = csr_array(np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]], bool))
    >>> best = cover_most(reached, np.array([5.0, 1, 1, 4]), 2)
    >>> best.chosen, best.covered, best.bound
    ((0, 2), 11.0, 11.0)
    """
    matrix = reached.astype(np.float64).tocsr()
    chosen = _exchanged(matrix, weight, _greedy(matrix, weight, n_chosen))
    bound = _beyond(matrix, weight, chosen, n_chosen)
    if matrix.shape[1] <= EXACT_UNITS and bound > _covered(matrix, weight, chosen) + 0.5:
        exact, proven = _exact(matrix, weight, n_chosen)
        bound = min(bound, proven)
        if _covered(matrix, weight, exact) > _covered(matrix, weight, chosen):
            chosen = exact
    order, gains = _in_order(matrix, weight, chosen)
    return Siting(order, gains, float(sum(gains)), max(bound, float(sum(gains))))


def _covered(matrix: csr_array, weight: NDArray[np.float64], chosen: list[int]) -> float:
    return float(weight[_hit(matrix, chosen)].sum())


def _hit(matrix: csr_array, chosen: list[int]) -> NDArray[np.bool_]:
    """Return which units some chosen candidate covers."""
    if not chosen:
        return np.zeros(matrix.shape[1], dtype=bool)
    hit: NDArray[np.bool_] = np.asarray(matrix[chosen].sum(axis=0)).ravel() > 0
    return hit


def _greedy(matrix: csr_array, weight: NDArray[np.float64], n_chosen: int) -> list[int]:
    """Return candidates taken one by one, each the one that adds most."""
    left, chosen = weight.copy(), list[int]()
    while len(chosen) < n_chosen:
        gains = matrix @ left
        best = int(np.argmax(gains))
        if gains[best] <= 0:
            break
        chosen.append(best)
        left[_hit(matrix, [best])] = 0.0
    return chosen


def _exchanged(matrix: csr_array, weight: NDArray[np.float64], chosen: list[int]) -> list[int]:
    """Return the choice after exchanging single candidates as long as that gains."""
    chosen, gained = list(chosen), True
    while gained:
        gained = False
        for at in range(len(chosen)):
            others = chosen[:at] + chosen[at + 1 :]
            gains = matrix @ np.where(_hit(matrix, others), 0.0, weight)
            best = int(np.argmax(gains))
            if gains[best] > gains[chosen[at]] + 1e-6:
                chosen[at], gained = best, True
    return chosen


def _beyond(
    matrix: csr_array, weight: NDArray[np.float64], chosen: list[int], n_chosen: int
) -> float:
    """Return what no choice exceeds: what is covered, and the greatest gains beside it."""
    hit = _hit(matrix, chosen)
    gains = np.sort(matrix @ np.where(hit, 0.0, weight))[::-1]
    return float(min(weight[hit].sum() + gains[:n_chosen].sum(), weight.sum()))


def _exact(
    matrix: csr_array, weight: NDArray[np.float64], n_chosen: int
) -> tuple[list[int], float]:
    """Return the choice that HiGHS finds, and its bound."""
    n_candidates, n_units = matrix.shape
    units = np.arange(n_units)
    ones = coo_array((np.ones(n_units), (units, units)), shape=(n_units, n_units))
    covers = hstack([-matrix.T, ones], format="csr")
    count = np.concatenate([np.ones(n_candidates), np.zeros(n_units)])
    found = milp(
        -np.concatenate([np.zeros(n_candidates), weight]),
        integrality=np.concatenate([np.ones(n_candidates), np.zeros(n_units)]),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(covers, -np.inf, 0),
                     LinearConstraint(count[None, :], 0, n_chosen)],
        options={"node_limit": NODES},
    )  # fmt: skip
    bound = getattr(found, "mip_dual_bound", None)
    chosen = [] if found.x is None else np.flatnonzero(found.x[:n_candidates] > 0.5).tolist()
    return chosen, float("inf") if bound is None else -float(bound)


def _in_order(
    matrix: csr_array, weight: NDArray[np.float64], chosen: list[int]
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Return the chosen that add anything, by what they add, and what that is."""
    left, waiting = weight.copy(), sorted(chosen)
    order, gains = list[int](), list[float]()
    while waiting:
        adds = matrix[waiting] @ left
        at = int(np.argmax(adds))
        if adds[at] <= 0:
            break
        gains.append(float(adds[at]))
        order.append(waiting.pop(at))
        left[_hit(matrix, [order[-1]])] = 0.0
    return tuple(order), tuple(gains)
