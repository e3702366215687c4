"""Which street (街道, a sub-district, not a road) each community belongs to.

Grids above communities are unions of them, so that nothing is searched for: the data say
which communities a street has, or their codes do, or the whole district is one street.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridpart.district import District
from gridpart.errors import DataError, name_some
from gridpart.model import Note
from gridpart.rules import RuleSet
from gridpart.schema import as_text, is_missing
from gridpart.sentences import Sentence

__all__ = ["with_streets"]

COMMUNITY, STREET = 12, 9
"""Digits of a community's code of the statistics, and of those that name its street."""

Texts = NDArray[np.object_]


def with_streets(district: District, rules: RuleSet) -> tuple[District, tuple[Note, ...]]:
    """Return the district with the street of each community, and what was assumed.

    Communities have ``street_id`` and ``street_name`` afterwards, from the columns of these
    names where the data have them; else the first 9 of 12 digits of ``community_id`` tell the
    street; else the whole district is one street. Without a level made of streets nothing is
    done.

    Raises
    ------
    DataError
        If some communities state a street and others none, or if a street has two names or a
        name two streets.
    """
    if not any(level.made_of == "street" for level in rules.levels):
        return district, ()
    communities = district.communities
    ids, names = (_column(communities, key) for key in ("street_id", "street_name"))
    _refuse_gaps(communities, ids, names)
    by_code = _by_code(communities)
    notes: tuple[Note, ...] = ()
    if not (ids != "").any():
        if (names != "").all():
            ids = by_code if by_code is not None and _agree(by_code, names) else names
        else:
            ids = np.full(len(names), district.name, object) if by_code is None else by_code
            found = sorted(set(ids))
            text = (
                Sentence("street_whole", name=district.name)
                if by_code is None
                else Sentence("streets_by_code", n=len(found), streets=found)
            )
            notes = (Note("assumption", text, tuple(found)),)
    if not (names != "").any():
        names = np.full(len(ids), district.name, object) if len(set(ids)) == 1 else ids
    if not _agree(ids, names):
        raise _unclear(ids, names)
    told = communities.drop(columns=["street_id", "street_name"], errors="ignore")
    at = list(told.columns).index("geometry")
    told.insert(at, "street_id", ids)
    told.insert(at + 1, "street_name", names)
    return replace(district, communities=told), notes


def _column(frame: pd.DataFrame, name: str) -> Texts:
    """Return a column as texts, "" where there is none."""
    if name not in frame:
        return np.full(len(frame), "", dtype=object)
    return np.array(["" if is_missing(v) else as_text(v) for v in frame[name]], dtype=object)


def _by_code(communities: pd.DataFrame) -> Texts | None:
    """Return the street's part of each community's code, None where one has not 12 digits."""
    codes = communities["community_id"].astype(str).to_list()
    if not all(len(code) == COMMUNITY and code.isdigit() for code in codes):
        return None
    return np.array([code[:STREET] for code in codes], dtype=object)


def _agree(ids: Texts, names: Texts) -> bool:
    """Return whether each id goes with one name, and each name with one id."""
    return len(set(zip(ids, names, strict=True))) == len(set(ids)) == len(set(names))


def _refuse_gaps(communities: pd.DataFrame, ids: Texts, names: Texts) -> None:
    """Refuse columns that name the street of some communities only."""
    for column, values in (("street_id", ids), ("street_name", names)):
        bare = communities["community_id"].astype(str)[values == ""]
        if 0 < len(bare) < len(values):
            raise DataError(
                f"{len(bare)} of {len(values)} communities have no {column}.",
                found=name_some(bare),
                wanted="the street (街道) of every community, as the rules have a level of streets",
                fix=f"fill in {column}, or leave the whole column out",
            )


def _unclear(ids: Texts, names: Texts) -> DataError:
    """Return the error that a street has several names, or a name several streets."""
    pairs = pd.DataFrame({"street_id": ids, "street_name": names}).drop_duplicates()
    found = []
    for key, other in (("street_id", "street_name"), ("street_name", "street_id")):
        for value, own in pairs.groupby(key)[other]:
            if len(own) > 1:
                found.append(f"{key} {value} with {other} {name_some(sorted(own))}")
    return DataError(
        "The streets (街道) of the communities are not told apart.",
        found="; ".join(found[:3]),
        wanted="one street_name for each street_id, and one street_id for each street_name",
        fix="correct the columns street_id and street_name of the layer communities",
    )
