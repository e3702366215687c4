"""Residents where only a community's total is known, spread over its buildings.

Each building takes a share in proportion to its floor area (footprint times floors) and
to how much of it is lived in, by its kind. The numbers are whole, add up to the total,
and are estimates: the district names them, and every output says so.

This is a dasymetric interpolation inside one zone after another; libraries for it (tobler)
interpolate between two sets of zones and return fractions, which need not add up.
"""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from gridpart.findings import Finding, listed
from gridpart.privacy import veil
from gridpart.schema import LAYERS, as_text, is_missing, refuse_rows, row_names, tell_rows
from gridpart.sentences import Sentence

__all__ = [
    "ESTIMABLE",
    "apportion",
    "estimable",
    "estimate_residents",
    "lived_in",
    "mark_estimated",
]

ESTIMABLE = ("households", "population")
"""What a community's total can be spread of."""

SHARE = "resident_weight"
"""Column of units that says how much of a building is lived in, instead of its kind."""

LIVED_IN = frozenset(
    {"residential", "apartments", "apartment", "house", "detached", "semidetached_house", "terrace"}
    | {
        "bungalow",
        "dormitory",
        "farm",
        "hut",
        "courtyard",
        "slab",
        "tower",
        "village_group",
        "block",
    }
)
MIXED = frozenset({"mixed", "mixed_use", "mixed-use"})
NOT_LIVED_IN = frozenset(
    {"commercial", "retail", "shop", "office", "industrial", "warehouse", "workshop", "factory"}
    | {"school", "university", "college", "kindergarten", "hospital", "clinic", "public", "civic"}
    | {"government", "hotel", "church", "temple", "garage", "garages", "parking", "shed", "roof"}
    | {"service", "supermarket", "kiosk", "train_station", "transportation", "construction"}
    | {"greenhouse", "stadium", "sports_hall", "museum", "toilets", "hangar", "storage_tank"}
)
"""Kinds as OpenStreetMap and the samples call them."""

HOMES = (
    "住宅",
    "居住",
    "居民",
    "公寓",
    "宿舍",
    "民房",
    "自建房",
    "平房",
    "别墅",
    "高层",
    "多层",
    "院落",
)
SHARED = ("商住", "住商", "综合", "混合")
OTHERS = (
    "商", "办公", "写字楼", "学校", "幼儿园", "医院", "厂", "工业", "仓", "车库", "车棚", "酒店",
    "宾馆", "机关", "公共", "公厕", "配电", "市场", "门卫", "物业", "教堂", "寺", "在建", "体育",
)  # fmt: skip

HALF = 0.5
"""How much of a mixed building is lived in: an assumption, as is 1 for homes and 0 for others."""

UNITS, COMMUNITIES = LAYERS["units"], LAYERS["communities"]

Floats = NDArray[np.float64]


def lived_in(kind: str | None) -> float | None:
    """Return the share of a building of this kind that is lived in, None where unknown.

    Examples
    --------
    >>> [lived_in(kind) for kind in ("住宅", "商住楼", "商业", "apartments", "retail", "yes", None)]
    [1.0, 0.5, 0.0, 1.0, 0.0, None, None]
    """
    name = "" if kind is None else kind.strip().lower()
    homes = name in LIVED_IN or any(part in name for part in HOMES)
    others = name in NOT_LIVED_IN or any(part in name for part in OTHERS)
    if name in MIXED or any(part in name for part in SHARED) or (homes and others):
        return HALF
    return 1.0 if homes else 0.0 if others else None


def apportion(total: int, weights: ArrayLike) -> NDArray[np.int64]:
    """Return whole numbers in proportion to `weights` that add up to `total`.

    By the largest remainder; of equal remainders the first goes first. A greater weight
    never gets less.

    Parameters
    ----------
    total : int
        At least 0.
    weights : array_like of float, shape (n,)
        At least 0, and one of them more.

    Examples
    --------
    >>> apportion(10, [1, 1, 1, 0])
    array([4, 3, 3, 0])
    """
    shares = np.asarray(weights, dtype=np.float64)
    quotas = total * (shares / shares.sum())
    whole: NDArray[np.int64] = np.floor(quotas).astype(np.int64)
    left = total - int(whole.sum())
    order = np.lexsort((-shares, whole - quotas))
    order = order[shares[order] > 0]
    whole[order[:left]] += 1
    return whole


def estimable(frames: dict[str, gpd.GeoDataFrame]) -> tuple[str, ...]:
    """Return the measures to estimate: totals of communities, where units count no residents."""
    if "communities" not in frames or "units" not in frames:
        return ()
    if any(measure in frames["units"].columns for measure in ESTIMABLE):
        return ()
    totals = frames["communities"]
    return tuple(m for m in ESTIMABLE if m in totals.columns and totals[m].notna().any())


def estimate_residents(
    units: gpd.GeoDataFrame, communities: gpd.GeoDataFrame, measures: Sequence[str]
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the units with each measure estimated, and what was assumed.

    Parameters
    ----------
    units : GeoDataFrame
        Canonical, in the working CRS, with ``community_id``. ``kind``, ``floors`` and
        ``resident_weight`` are heeded where there is any.
    communities : GeoDataFrame
        With a column of totals for each measure.
    measures : sequence of str
        Names of the totals.
    """
    order = np.argsort(units["unit_id"].to_numpy(object), kind="stable")
    sorted_units = units.iloc[order]
    share, findings = _shares(sorted_units)
    floor_area, told = _floor_area(sorted_units, share)
    findings += told
    weights = share * floor_area
    estimated = units
    for measure in measures:
        counts, told = _spread(sorted_units, communities, measure, weights)
        findings = [*told, *findings]
        back = np.empty(len(order), np.int64)
        back[order] = counts
        estimated = estimated.assign(**{measure: back})
    last = [c for c in estimated.columns if c != "geometry"]
    return estimated[[*last, "geometry"]], findings


def _shares(units: gpd.GeoDataFrame) -> tuple[Floats, list[Finding]]:
    """Return how much of each unit is lived in."""
    kinds = units["kind"].tolist() if "kind" in units.columns else [None] * len(units)
    known = [lived_in(None if is_missing(kind) else kind) for kind in kinds]
    given = units[SHARE].tolist() if SHARE in units.columns else [None] * len(units)
    findings = []
    wrong = [not (is_missing(g) or _is_share(g)) for g in given]
    if any(wrong):
        names = row_names(UNITS, units[wrong])
        cells = [g for g, is_wrong in zip(given, wrong, strict=True) if is_wrong]
        shown = (f"{veil(as_text(g))} (unit {n})" for g, n in zip(cells, names, strict=True))
        remedy = ("a number from 0 to 1, or nothing", f"correct {SHARE!r} in these rows")
        fault = f"have no usable {SHARE!r}"
        findings.append(refuse_rows(UNITS, names, len(units), fault, remedy, shown))
    open_rows = [
        kind for kind, share, own in zip(kinds, known, given, strict=True)
        if share is None and is_missing(own) and not is_missing(kind)
    ]  # fmt: skip
    if odd := sorted(set(map(str, open_rows))):
        what = Sentence("kinds_lived_in")
        findings.append(Finding("assumption", "units", what, tuple(odd), listed(odd, 12)))
    shares = [
        float(own) if _is_share(own) else 1.0 if share is None else share
        for own, share in zip(given, known, strict=True)
    ]
    return np.array(shares, dtype=np.float64), findings


def _is_share(value: Any) -> bool:
    return (
        isinstance(value, int | float | np.number)
        and not isinstance(value, bool)
        and 0 <= float(value) <= 1
    )


def _floor_area(units: gpd.GeoDataFrame, share: Floats) -> tuple[Floats, list[Finding]]:
    """Return footprint times floors; what is missing is the median of the homes that tell it."""
    areas = shapely.area(units.geometry.to_numpy())
    floors = (
        units["floors"].astype("Float64").to_numpy(np.float64, na_value=np.nan)
        if "floors" in units.columns
        else np.full(len(units), np.nan)
    )
    findings = []
    for values, what in ((areas, "outline"), (floors, "floors")):
        missing = ~(values > 0)
        told = ~missing & (share > 0)
        usual = float(np.median(values[told])) if told.any() else 1.0
        concerned = missing & (share > 0)
        values[missing] = usual
        if concerned.any() and told.any():
            names = row_names(UNITS, units[concerned])
            deed = Sentence(f"no_{what}_median", usual=f"{usual:,.4g}")
            findings.append(tell_rows("assumption", UNITS, names, len(units), deed))
        elif concerned.any():
            findings.append(Finding("assumption", "units", Sentence(f"no_{what}_at_all")))
    return areas * floors, findings


def _spread(
    units: gpd.GeoDataFrame, communities: gpd.GeoDataFrame, measure: str, weights: Floats
) -> tuple[NDArray[np.int64], list[Finding]]:
    """Return the measure of each unit, and the totals that cannot be spread."""
    counts = np.zeros(len(units), np.int64)
    own = units["community_id"].to_numpy(object)
    names = row_names(COMMUNITIES, communities)
    unknown, homeless, empty, spread = [], [], [], 0
    for at, (community, total) in enumerate(
        zip(communities["community_id"], communities[measure], strict=True)
    ):
        rows = np.flatnonzero(own == community)
        if is_missing(total):
            unknown += [names[at]] * bool(rows.size)
        elif total > 0 and not rows.size:
            empty.append(f"{names[at]} ({total:,})")
        elif total > 0 and not (weights[rows] > 0).any():
            homeless.append(f"{names[at]} ({total:,})")
        elif rows.size and total > 0:
            counts[rows] = apportion(int(total), weights[rows])
            spread += int(total)
    n = len(communities)
    findings = []
    for concerned, fault, remedy in (
        (unknown, f"have units and no total of {measure!r}",
         ("a total for every community with units", f"fill {measure!r} of the communities")),
        (homeless, f"have {measure} and no building that is lived in",
         ("a building with residents", "correct the kinds of its units, or the total")),
    ):  # fmt: skip
        if concerned:
            findings.append(refuse_rows(COMMUNITIES, concerned, n, fault, remedy))
    if empty:
        deed = Sentence("no_units_for_total", measure=measure)
        findings.append(tell_rows("warning", COMMUNITIES, empty, n, deed))
    what = Sentence(
        "estimated", measure=measure, total=f"{spread:,}", half=f"{HALF:g}",
        n=f"{int((weights > 0).sum()):,}", units=f"{len(units):,}",
    )  # fmt: skip
    return counts, [*findings, Finding("assumption", "units", what, (measure,))]


def mark_estimated(frame: gpd.GeoDataFrame, estimated: Sequence[str]) -> gpd.GeoDataFrame:
    """Return a layer with the column ``estimated``, which names the measures that are."""
    if not estimated:
        return frame
    marked = frame.copy()
    text = pd.Series(", ".join(estimated), index=frame.index, dtype=object)
    marked.insert(len(marked.columns) - 1, "estimated", text)
    return marked
