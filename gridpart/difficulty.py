"""How hard units and communities are to look after: a score from 0 to 1, and a class."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridpart.errors import DataError, RulesError, near_names
from gridpart.indicators import IndicatorLike, score_indicator
from gridpart.model import Note
from gridpart.sentences import Sentence
from gridpart.weighting import MIN_UNITS, ahp_weights, entropy_weights

__all__ = [
    "DifficultyLike",
    "GradeLike",
    "classify",
    "grade_communities",
    "mean_scores",
    "score_difficulty",
]


class GradeLike(Protocol):
    """What classing reads of a class."""

    @property
    def id(self) -> str:
        """Its name in rule sets and columns."""
        ...

    @property
    def min(self) -> float:
        """The least score of the class."""
        ...

    @property
    def community_min(self) -> float | None:
        """What a community must have at least to be of the class."""
        ...


class DifficultyLike(Protocol):
    """What scoring reads of a difficulty."""

    @property
    def indicators(self) -> Sequence[IndicatorLike]:
        """The indicators, at least one with a weight."""
        ...

    @property
    def k_max(self) -> float:
        """What a unit of full difficulty counts, >= 1."""
        ...

    @property
    def weights(self) -> str:
        """``manual``, ``ahp`` or ``entropy``."""
        ...

    @property
    def matrix(self) -> Sequence[Sequence[float]]:
        """Pairwise judgments, for ``ahp``."""
        ...

    @property
    def grades(self) -> Sequence[GradeLike]:
        """Classes from the easiest to the hardest."""
        ...

    @property
    def given_weights(self) -> Sequence[float] | None:
        """The weight of each indicator, None where only the units can tell."""
        ...


def score_difficulty(
    units: pd.DataFrame, difficulty: DifficultyLike
) -> tuple[pd.Series, tuple[Note, ...]]:
    """Return how hard each unit is to look after, from 0 to 1.

    The score is the weighted mean of the indicators' scores. A missing value is never
    taken for 0: the unit's other indicators make up its score, and a unit without any
    takes the mean of the units of its community that have one, or else of all.

    Parameters
    ----------
    units : DataFrame
        One row a unit, indexed by name, with the columns that the indicators name;
        ``community_id`` where it is known.
    difficulty : DifficultyLike
        Indicators and where their weights come from, as a rule set states them.

    Returns
    -------
    score : Series of float64
        On the index of `units`, in [0, 1].
    notes : tuple of Note
        The weights where they are computed; what was missing, in how many units, and
        what was assumed instead.

    Raises
    ------
    DataError
        If some but not all of the indicators' columns are missing, or a column holds text,
        infinite or negative numbers.
    RulesError
        If the weights should come from the entropy of too few units.
    """
    given = difficulty.given_weights
    weights = [1.0] * len(difficulty.indicators) if given is None else list(given)
    indicators = [i for i, w in zip(difficulty.indicators, weights, strict=True) if w > 0]
    absent = [i.column for i in indicators if i.column not in units.columns]
    if len(absent) == len(indicators):
        note = Note(
            "assumption",
            Sentence("no_indicators", columns=absent),
        )
        return pd.Series(0.0, index=units.index, name="difficulty"), (note,)
    _refuse_absent(units, indicators)
    notes: list[Note] = []
    scores = np.empty((len(units), len(indicators)))
    for k, indicator in enumerate(indicators):
        scores[:, k], missing = score_indicator(units, indicator)
        notes += _told_missing(units, indicator, missing)
        notes += _told_constant(indicator, scores[:, k])
    counted, told = _weights(difficulty, indicators, scores, [w for w in weights if w > 0])
    notes += told
    weight = counted * np.isfinite(scores)
    total = weight.sum(axis=1)
    known = total > 0
    score = np.zeros(len(units))
    score[known] = (weight * np.nan_to_num(scores))[known].sum(axis=1) / total[known]
    if not known.all():
        score, note = _filled(units, score, known)
        notes.append(note)
    return pd.Series(np.clip(score, 0, 1), index=units.index, name="difficulty"), tuple(notes)


def _refuse_absent(units: pd.DataFrame, indicators: Sequence[IndicatorLike]) -> None:
    """Refuse units that lack some of the columns that indicators name."""
    named = [c for i in indicators for c in (i.column, i.per) if c is not None]
    columns = [str(c) for c in units.columns]
    if absent := [c for c in dict.fromkeys(named) if c not in columns]:
        raise DataError(
            f"{len(absent)} of {len(set(named))} columns that the indicators name are missing.",
            found="; ".join(f"no {c!r}, {near_names(c, columns)}" for c in absent),
            wanted="a column of numbers for each indicator, or for none of them",
            fix="rename or add the column, or take the indicator out of the rule set",
        )


def _told_missing(
    units: pd.DataFrame, indicator: IndicatorLike, missing: NDArray[np.bool_]
) -> list[Note]:
    if not missing.any():
        return []
    text = Sentence(
        "indicator_missing", n=int(missing.sum()), total=len(units), column=indicator.column
    )
    return [Note("assumption", text, tuple(str(u) for u in units.index[missing]))]


def _told_constant(indicator: IndicatorLike, scores: NDArray[np.float64]) -> list[Note]:
    """Return that an indicator scaled by the units tells them apart in nothing."""
    known = scores[np.isfinite(scores)]
    if indicator.scaling == "thresholds" or known.size < 2 or known.any():
        return []
    text = Sentence("indicator_constant", column=indicator.column)
    return [Note("assumption", text, (indicator.column,))]


def _weights(
    difficulty: DifficultyLike,
    indicators: Sequence[IndicatorLike],
    scores: NDArray[np.float64],
    given: Sequence[float],
) -> tuple[NDArray[np.float64], list[Note]]:
    """Return the weight of each indicator, and what they are where they are computed."""
    if difficulty.weights == "manual":
        return np.array(given), []
    if difficulty.weights == "ahp":
        weights = np.array(given)
        ratio = ahp_weights(difficulty.matrix)[1]
        how = Sentence("by_ahp", ratio=f"{ratio:.3f}")
    else:
        if len(scores) < MIN_UNITS:
            raise RulesError(
                f"Entropy cannot weigh the indicators of {len(scores)} units.",
                found=f'weights = "entropy" in [difficulty], and {len(scores)} units',
                wanted=f"{MIN_UNITS} units or more: among fewer, the spread of a column is chance",
                fix='state weights by hand, or by "ahp"',
            )
        weights = entropy_weights(scores)
        how = Sentence("by_entropy")
    names = [i.column for i in indicators]
    shown = [
        Sentence("weight", column=n, share=f"{w:.3f}") for n, w in zip(names, weights, strict=True)
    ]
    text = Sentence("weights", how=how, weights=shown)
    if idle := [n for n, w in zip(names, weights, strict=True) if w == 0]:
        key = "weights_idle" if weights.any() else "weights_alike"
        text = Sentence(key, how=how, weights=shown, idle=idle)
    if not weights.any():
        weights = np.ones(len(names))
    return weights, [Note("weights", text, tuple(names))]


def _filled(
    units: pd.DataFrame, score: NDArray[np.float64], known: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], Note]:
    """Return the scores with those of units without any indicator taken from around them."""
    lacking = tuple(str(u) for u in units.index[~known])
    counts = {"n": len(lacking), "total": len(units)}
    if not known.any():
        text = Sentence("no_indicator", **counts, instead=Sentence("score_unused"))
        return score, Note("assumption", text, lacking)
    mean = float(score[known].mean())
    whole = pd.Series(np.where(known, score, np.nan), index=units.index)
    if "community_id" in units:
        local = whole.groupby(units["community_id"].to_numpy()).transform("mean").fillna(mean)
        instead = Sentence("score_of_community")
    else:
        local = pd.Series(mean, index=units.index)
        instead = Sentence("score_of_others", mean=f"{mean:.2f}")
    text = Sentence("no_indicator", **counts, instead=instead)
    return np.asarray(whole.fillna(local), np.float64), Note("assumption", text, lacking)


# --- classes ---------------------------------------------------------------------------


def classify(scores: NDArray[np.float64], grades: Sequence[GradeLike]) -> NDArray[np.object_]:
    """Return the class of each score, "" where there are no classes or no score.

    Examples
    --------
    >>> from gridpart._rule_difficulty import Grade
    >>> grades = [Grade("calm", "", 0), Grade("hard", "", 0.5)]
    >>> classify(np.array([0.2, 0.5, np.nan]), grades).tolist()
    ['calm', 'hard', '']
    """
    found = np.full(len(scores), "", dtype=object)
    for grade in grades:
        found[scores >= grade.min - 1e-9] = grade.id  # 0.1 + 0.2 is no less than 0.3
    return found


def mean_scores(
    scores: NDArray[np.float64], sizes: NDArray[np.float64], groups: Sequence[object]
) -> "pd.Series[float]":
    """Return the mean score of each group by what its units hold; alike where that is nothing.

    Parameters
    ----------
    scores, sizes : ndarray of float64, shape (n_units,)
    groups : sequence of n_units names
        Missing for a unit in no group.
    """
    mass = np.where(sizes > 0, sizes, 1e-9)
    table = pd.DataFrame({"group": list(groups), "mass": mass, "score": scores * mass})
    sums = table.dropna(subset=["group"]).groupby("group")[["mass", "score"]].sum()
    return (sums["score"] / sums["mass"]).clip(0, 1)


def grade_communities(
    units: pd.DataFrame, measure: str, grades: Sequence[GradeLike]
) -> dict[str, str]:
    """Return the class of each community with units, "" where there are no classes.

    It is that of the mean score by `measure`, or the hardest below it for which the
    community has enough of the measure.

    Parameters
    ----------
    units : DataFrame
        ``community_id``, ``difficulty`` and `measure`.
    measure : str
    grades : sequence of GradeLike
        From the easiest to the hardest.
    """
    if not grades or "difficulty" not in units:
        return dict.fromkeys(map(str, units["community_id"].dropna().unique()), "")
    sizes = units[measure].fillna(0).to_numpy(np.float64)
    names = list(units["community_id"])
    scores = mean_scores(units["difficulty"].to_numpy(np.float64), sizes, names)
    totals = pd.Series(sizes).groupby(names).sum().to_dict()
    return {
        str(name): str(
            classify(
                np.array([score]),
                [g for g in grades if g.community_min is None or totals[name] >= g.community_min],
            )[0]
        )
        for name, score in scores.items()
    }
