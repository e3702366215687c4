"""How much of two divisions of the same units is the same, whatever the grids are called."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

__all__ = ["Change", "count_moved", "match_grids"]


@dataclass(frozen=True, slots=True)
class Change:
    """What changes grid between two divisions."""

    moved: float
    total: float
    spread: tuple[str, ...]
    """Buildings that the two cut differently: their amounts count as spread evenly."""


def count_moved(one: pd.DataFrame, other: pd.DataFrame, column: str, measure: str) -> Change:
    """Return how much of a measure is in another grid, however the grids are called.

    Each grid of one division stands for at most one of the other, so that as much as
    possible stays; what does not stay has moved. The order of the two does not matter.

    Parameters
    ----------
    one, other : DataFrame
        ``unit_id``, ``parent_unit_id`` (null for a unit that is whole), `measure` and
        `column`, the code of the unit's grid; units without a code in both are left out,
        and those with one in either have moved.
    column, measure : str
        Of both tables; an empty `measure` counts buildings.
    """
    parts, spread = _shared(_pieces(one, column, measure), _pieces(other, column, measure))
    parts = parts[(parts["code"] != "") | (parts["code_other"] != "")]
    total = float(parts["amount"].sum())
    rows, columns = (pd.factorize(parts[name])[0] for name in ("code", "code_other"))
    in_both = (parts["code"] != "") & (parts["code_other"] != "")
    kept = match_grids(rows, columns, parts["amount"].where(in_both, 0.0).to_numpy(float))
    return Change(max(total - kept, 0.0), total, spread)


def _pieces(units: pd.DataFrame, column: str, measure: str) -> pd.DataFrame:
    """Return building, unit, grid and amount of each unit."""
    parent = units["parent_unit_id"]
    name = units["unit_id"].astype(object)
    building = parent.astype(object).where(parent.notna(), name)
    if measure:
        amount = units[measure].fillna(0).astype(float)
    else:
        amount = 1.0 / building.groupby(building).transform("size")
    return pd.DataFrame(
        {
            "building": building,
            "unit": name,
            "code": units[column].astype(object).where(units[column].notna(), ""),
            "amount": amount,
        }
    )


def _shared(one: pd.DataFrame, other: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return what each pair of grids has in common, piece by piece where they are the same."""
    keys = ["building", "unit"]
    joined = one.merge(other, on=keys, how="outer", suffixes=("", "_other"), indicator=True)
    differs = set(joined.loc[joined["_merge"] != "both", "building"])
    alike = joined[~joined["building"].isin(differs)]
    halves = [pieces[pieces["building"].isin(differs)] for pieces in (one, other)]
    crossed = halves[0].merge(halves[1], on="building", suffixes=("", "_other"))
    whole = halves[1].groupby("building")["amount"].sum()
    held = crossed["building"].map(whole).to_numpy(float)
    share = np.divide(crossed["amount_other"], held, out=np.zeros(len(held)), where=held > 0)
    crossed = crossed.assign(amount=crossed["amount"] * share)
    columns = ["code", "code_other", "amount"]
    parts = pd.concat([alike[columns], crossed[columns]], ignore_index=True)
    return parts, tuple(sorted(map(str, differs)))


def match_grids(
    rows: NDArray[np.int64], columns: NDArray[np.int64], amounts: NDArray[np.float64]
) -> float:
    """Return the most that rows and columns hold in common when each is used at most once.

    Parameters
    ----------
    rows, columns : ndarray of int64, shape (n_parts,)
        The grid of each part in either division, from 0.
    amounts : ndarray of float64, shape (n_parts,)
        At least 0; parts of the same pair add up.

    Returns
    -------
    float

    Examples
    --------
    >>> match_grids(np.array([0, 0, 1]), np.array([1, 0, 0]), np.array([5.0, 2.0, 4.0]))
    9.0
    """
    some = amounts > 0
    if not some.any():
        return 0.0
    shape = int(rows.max()) + 1, int(columns.max()) + 1
    common = sparse.coo_array((amounts[some], (rows[some], columns[some])), shape=shape)
    common = common.tocsr().tocoo()
    # A full matching of a square twice over always exists: whoever finds no partner takes a
    # stand-in of its own, and where two are partners, so are their stand-ins.
    n, m = shape
    high = 1.0 + common.data.max()
    row, column = common.coords
    heads = np.concatenate([row, np.arange(n), n + np.arange(m), n + column])
    tails = np.concatenate([column, m + np.arange(n), np.arange(m), m + row])
    costs = np.concatenate([high - common.data, np.full(n + m + common.nnz, high)])
    doubled = sparse.csr_array((costs, (heads, tails)), shape=(n + m, n + m))
    taken = min_weight_full_bipartite_matching(doubled)
    return float((high - np.asarray(doubled[taken])).sum())
