"""The laws that hold for every plan, whatever its ranges: each checked from the maps.

Grids cover their community without gap or overlap, each inside its parent; units are
whole and in exactly one grid of a level; nothing is lost from the sums. Contiguity has
a module of its own.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridpart.atoms import atom_names
from gridpart.evidence import Evidence
from gridpart.model import Breach
from gridpart.sentences import Sentence

__all__ = ["LAWS", "Check", "Finding", "broken_law", "has_units"]

AREA = 1e-6
"""Share of the area of a community, or of a parent, that rounding may gain or lose."""
INSIDE_M = 0.05
"""A unit with a cell lies in its grid when its ground is this near."""
NEAR_M = 20.0
"""A unit without a cell may lie this far outside its grid, as outside its community."""

Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Check:
    """One law that a level was held to, with the numbers that decided it."""

    rule: str
    """``cover``, ``overlap``, ``contiguity``, ``nesting``, ``codes``, ``sums``, ``whole_units``."""
    level: str
    ok: bool
    detail: str


Finding = tuple[Check, list[Breach]]


def broken_law(
    rule: str, level: str, grid: str, message: str, units: tuple[object, ...] = ()
) -> Breach:
    """Return the breach of a law, which is never proven to be unavoidable."""
    return Breach(
        grid=grid,
        level=level,
        rule=rule,
        reason="search",
        proven=False,
        message=message,
        units=units,
    )


def _concluded(rule: str, level: str, breaches: list[Breach], detail: str) -> Finding:
    return Check(rule, level, not breaches, detail), breaches


def has_units(evidence: Evidence, community_id: str) -> bool:
    """Return whether a community has a unit that needs a grid."""
    own = (evidence.units["community_id"] == community_id).to_numpy()
    return bool((own & evidence.needs_grid).any())


# --- cover and overlap -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Region:
    """What the grids of one level have to cover, and what covers it."""

    name: Sentence
    area: shapely.Geometry
    shapes: Geometries
    """Grids, and exclusive sites below the level that includes them."""
    names: list[str]
    """Codes of the grids, and then the sites as sentences."""
    n_grids: int


def _regions(evidence: Evidence, level: str) -> Iterator[_Region]:
    """Yield each region that grids of a level have to cover."""
    grids, communities = evidence.grids[level], evidence.communities
    names, shapes = grids["grid_code"].astype(str).to_numpy(), grids.geometry.to_numpy()
    if evidence.is_joined(level):
        district = shapely.union_all(communities.geometry.to_numpy())
        name = Sentence("area_of_district")
        yield _Region(name, district, shapes, list(names), len(names))
        return
    whole = evidence.is_whole(level)
    tree = shapely.STRtree(evidence.sites)
    for community, area in zip(communities["community_id"], communities.geometry, strict=True):
        own = (grids["community_id"] == community).to_numpy()
        if not (whole or own.any() or has_units(evidence, community)):
            continue
        held = np.empty(0, np.int64) if whole else np.sort(tree.query(area, "intersects"))
        sites = shapely.intersection(evidence.sites[held], area)
        yield _Region(
            Sentence("area_of_community", name=str(community)),
            area,
            np.concatenate([shapes[own], sites]),
            [*names[own], *(Sentence("site_named", name=evidence.site_ids[s]) for s in held)],
            int(own.sum()),
        )


def _in_a_million(share: float) -> str:
    return f"{share * 1e6:.2g}"


def _check_cover(evidence: Evidence, level: str) -> Finding:
    """Every community is covered by its grids, and they reach nowhere else."""
    breaches: list[Breach] = []
    worst, n_regions = 0.0, 0
    for region in _regions(evidence, level):
        n_regions += 1
        covered = shapely.union_all(region.shapes)
        for left, what in (
            (shapely.difference(region.area, covered), "leaves_bare"),
            (shapely.difference(covered, region.area), "reaches_outside"),
        ):
            share = float(shapely.area(left) / shapely.area(region.area))
            worst = max(worst, share)
            if share > AREA:
                breaches.append(_uncovered(level, region, left, what, share))
    known = set(evidence.area_types)
    grids = evidence.grids[level]
    if not evidence.is_joined(level):
        strange = grids[~grids["community_id"].isin(known)]
        for code, community in zip(strange["grid_code"], strange["community_id"], strict=True):
            message = Sentence("community_strange", grid=code, community=str(community))
            breaches.append(broken_law("cover", level, str(code), message))
    detail = Sentence("checked_cover", n=n_regions, share=_in_a_million(worst))
    return _concluded("cover", level, breaches, detail)


def _uncovered(
    level: str, region: _Region, left: shapely.Geometry, what: str, share: float
) -> Breach:
    """Return the breach for ground that is not as it should be."""
    if not region.n_grids:
        message = Sentence("none_covers", level=level, region=region.name)
        return broken_law("cover", level, "", message)
    largest = max(shapely.get_parts(left), key=shapely.area)
    away = shapely.distance(region.shapes[: region.n_grids], largest)
    nearest = region.names[int(np.argmin(away))]
    message = Sentence(
        what, level=level, region=region.name, share=_in_a_million(share),
        area=f"{float(shapely.area(largest)):.4g}", grid=nearest,
    )  # fmt: skip
    return broken_law("cover", level, nearest, message)


def _check_overlap(evidence: Evidence, level: str) -> Finding:
    """No ground belongs to two grids, or to a grid and an exclusive site."""
    breaches: list[Breach] = []
    worst = 0.0
    for region in _regions(evidence, level):
        twice = shapely.area(region.shapes).sum() - shapely.area(shapely.union_all(region.shapes))
        share = float(twice / shapely.area(region.area))
        worst = max(worst, share)
        if share > AREA:
            one, other, shared_m2 = _largest_overlap(region)
            both = [n if isinstance(n, Sentence) else Sentence("grid_named", name=n)
                    for n in (one, other)]  # fmt: skip
            area = f"{shared_m2:.4g}"
            message = Sentence("overlaps", both=both, area=area, region=region.name)
            breaches.append(broken_law("overlap", level, str(one), message))
    detail = Sentence("checked_overlap", share=_in_a_million(worst))
    return _concluded("overlap", level, breaches, detail)


def _largest_overlap(region: _Region) -> tuple[str, str, float]:
    """Return the two that share most, a grid first, and how much."""
    one, other = shapely.STRtree(region.shapes).query(region.shapes, "intersects")
    once = one < other
    one, other = one[once], other[once]
    shared = shapely.area(shapely.intersection(region.shapes[one], region.shapes[other]))
    most = int(np.argmax(shared))
    return region.names[one[most]], region.names[other[most]], float(shared[most])


# --- nesting and codes ---------------------------------------------------------------------


def _check_nesting(evidence: Evidence, level: str) -> Finding:
    """Each grid lies inside the grid that it names as its parent."""
    above = evidence.level(level).nests_in
    if above is None or above not in evidence.grids:
        return _concluded("nesting", level, [], Sentence("checked_no_nesting"))
    parents = dict(
        zip(evidence.grids[above]["grid_code"], evidence.grids[above].geometry, strict=True)
    )
    breaches: list[Breach] = []
    worst = 0.0
    grids = evidence.grids[level]
    for code, parent, outline in zip(
        grids["grid_code"], grids["parent_code"], grids.geometry, strict=True
    ):
        if parent not in parents:
            message = Sentence("parent_strange", grid=code, parent=str(parent), level=above)
            breaches.append(broken_law("nesting", level, str(code), message))
            continue
        outside = shapely.area(shapely.difference(outline, parents[parent]))
        share = float(outside / shapely.area(parents[parent]))
        worst = max(worst, share)
        if share > AREA:
            area = f"{float(outside):.4g}"
            message = Sentence("outside_parent", grid=code, parent=parent, area=area)
            breaches.append(broken_law("nesting", level, str(code), message))
    breaches += _strays(evidence, level, above)
    detail = Sentence("checked_nesting", n=len(grids), share=_in_a_million(worst))
    return _concluded("nesting", level, breaches, detail)


def _strays(evidence: Evidence, level: str, above: str) -> Iterator[Breach]:
    """Yield a breach for each grid with units that are not in its parent."""
    grids = evidence.grids[level]
    parent = dict(zip(grids["grid_code"], grids["parent_code"], strict=True))
    stray: dict[str, list[str]] = {}
    codes = zip(
        evidence.units["unit_id"], evidence.codes[level], evidence.codes[above], strict=True
    )
    for unit, code, upper in codes:
        if code in parent and parent[code] != upper:
            stray.setdefault(code, []).append(unit)
    for code, units in stray.items():
        message = Sentence("not_in_parent", grid=code, units=units)
        yield broken_law("nesting", level, code, message, tuple(units))


def _check_codes(evidence: Evidence, level: str) -> Finding:
    """Codes are texts, each there once, and begin with the code of the parent.

    Communities have codes of their own, whatever lies above them.
    """
    grids = evidence.grids[level]
    above = evidence.level(level).nests_in
    parents = grids["parent_code"] if above in evidence.grids else [""] * len(grids)
    bound = above is not None and above in evidence.grids and not evidence.is_joined(above)
    breaches: list[Breach] = []
    seen: set[str] = set()
    for code, parent in zip(grids["grid_code"], parents, strict=True):
        told = {"code": repr(code), "level": level}
        if not isinstance(code, str) or not code:
            message = Sentence("code_no_text", **told)
        elif code in seen:
            message = Sentence("code_twice", **told)
        elif bound and isinstance(parent, str) and not code.startswith(parent):
            message = Sentence("code_of_other", **told, parent=parent)
        else:
            seen.add(code)
            continue
        breaches.append(broken_law("codes", level, str(code), message))
    detail = Sentence("checked_codes", n=len(grids), codes=len(seen))
    return _concluded("codes", level, breaches, detail)


# --- units ---------------------------------------------------------------------------------


def _check_whole_units(evidence: Evidence, level: str) -> Finding:
    """Each unit that needs a grid has one, where it lies, and buildings stay whole."""
    units, codes, grids = evidence.units, evidence.codes[level], evidence.grids[level]
    ids = units["unit_id"].to_numpy(dtype=object)
    home = dict(zip(grids["grid_code"], grids["community_id"], strict=True))
    known = np.array([code in home for code in codes], dtype=bool)
    joined = evidence.is_joined(level)
    abroad = np.array(
        [
            not joined and code in home and home[code] != community
            for code, community in zip(codes, units["community_id"], strict=True)
        ],
        dtype=bool,
    )
    faults = {
        "units_twice": units["unit_id"].duplicated().to_numpy(),
        "units_no_grid": (codes == "") & evidence.needs_grid,
        "units_no_such_grid": (codes != "") & ~known,
        "units_abroad": abroad,
        "units_outside": _misplaced(evidence, level),
    }
    breaches = []
    for fault, wrong in faults.items():
        if wrong.any():
            named = tuple(ids[wrong])
            of_level = {"level": level} if fault in ("units_no_grid", "units_no_such_grid") else {}
            message = Sentence(fault, n=len(named), total=len(ids), units=named, **of_level)
            breaches.append(broken_law("whole_units", level, str(codes[wrong][0]), message, named))
    breaches += _torn(evidence, level) if joined else _divided(evidence, level)
    n, total = int((evidence.needs_grid & known).sum()), int(evidence.needs_grid.sum())
    return _concluded("whole_units", level, breaches, Sentence("checked_units", n=n, total=total))


def _misplaced(evidence: Evidence, level: str) -> NDArray[np.bool_]:
    """Return which units outside sites have their ground outside their grid."""
    grids = evidence.grids[level]
    outlines = dict(zip(grids["grid_code"], grids.geometry, strict=True))
    shapes = evidence.units.geometry.to_numpy().copy()
    limit = np.full(len(shapes), NEAR_M)
    if evidence.cells is not None:
        has_cell = ~shapely.is_missing(evidence.cells)
        shapes[has_cell], limit[has_cell] = evidence.cells[has_cell], INSIDE_M
    places = shapely.point_on_surface(shapes)
    own = np.array([outlines.get(code) for code in evidence.codes[level]] + [None], dtype=object)
    away = shapely.distance(places, own[:-1])
    return np.asarray((evidence.inside < 0) & (away > limit))


def _torn(evidence: Evidence, level: str) -> Iterator[Breach]:
    """Yield a breach for each community that lies in several grids of a level above it."""
    grids, communities = evidence.grids[level], evidence.communities
    names, shapes = grids["grid_code"].astype(str).to_numpy(object), grids.geometry.to_numpy()
    ids = evidence.units["unit_id"].to_numpy(dtype=object)
    own_units = evidence.units["community_id"].to_numpy(object)
    for community, area, holder in zip(
        communities["community_id"], communities.geometry, evidence.holders(level), strict=True
    ):
        held = shapely.area(shapely.intersection(shapes, area))
        parts = set(names[held > AREA * shapely.area(area)])
        codes = np.where(own_units == community, evidence.codes[level], "")
        labeled = set(codes[codes != ""])
        if len(parts | labeled) > 1:
            listed = sorted(parts | labeled)
            message = Sentence("torn", name=str(community), grids=listed, level=level)
            away = tuple(ids[(codes != "") & (codes != holder)])
            yield broken_law("whole_units", level, holder or listed[0], message, away)


def _divided(evidence: Evidence, level: str) -> Iterator[Breach]:
    """Yield a breach for each building, or stairwell, that a level may not divide but does."""
    units = evidence.units.assign(_code=evidence.codes[level])
    types = units["community_id"].map(evidence.area_types)
    is_part = (units["_code"] != "") & units["parent_unit_id"].notna()
    for area_type in types.dropna().unique():
        stated = evidence.level(level, str(area_type))
        finest = "building" if stated.split_to == "compound" else stated.split_to
        some = units[is_part & (types == area_type)]
        atoms = atom_names(some, replace(stated, split_to=finest))
        named_as = {str(atom): atom for atom in atoms}
        for name, parts in some.groupby(np.array(list(map(str, atoms)), dtype=object)):
            if parts["_code"].nunique() > 1:
                codes = sorted(set(parts["_code"]))
                what = named_as[str(name)]
                message = Sentence("divided", grids=codes, level=level, what=what)
                named = tuple(parts["unit_id"])
                yield broken_law("whole_units", level, codes[0], message, named)


def _check_sums(evidence: Evidence, level: str) -> Finding:
    """Over the grids of a level, each measure adds up to that of the units, to the unit."""
    grids, codes = evidence.grids[level], evidence.codes[level]
    in_grid = np.isin(codes, grids["grid_code"].to_numpy(dtype=object))
    expected = evidence.needs_grid | (codes != "")
    breaches, found = [], []
    for measure in evidence.measures:
        values = evidence.units[measure].fillna(0)
        total, wanted = values[in_grid].sum(), values[expected].sum()
        found.append(Sentence("checked_sum", total=f"{total:.10g}", measure=measure))
        if round(float(total - wanted), 6):
            sums = {"total": f"{total:.10g}", "wanted": f"{wanted:.10g}"}
            message = Sentence("sum_differs", level=level, measure=measure, **sums)
            breaches.append(broken_law("sums", level, "", message))
        if measure in grids:
            held = values.groupby(codes).sum().to_dict()
            for code, stated in zip(grids["grid_code"], grids[measure], strict=True):
                actual = held.get(code, 0)
                if pd.notna(stated) and round(float(stated - actual), 6):
                    sums = {"stated": f"{stated:.10g}", "actual": f"{actual:.10g}"}
                    message = Sentence("grid_sum_differs", grid=code, measure=measure, **sums)
                    breaches.append(broken_law("sums", level, str(code), message))
    return _concluded("sums", level, breaches, Sentence("checked_sums", sums=found))


LAWS: tuple[Callable[[Evidence, str], Finding], ...] = (
    _check_cover,
    _check_overlap,
    _check_nesting,
    _check_codes,
    _check_whole_units,
    _check_sums,
)
"""Every law of this module: evidence and level in, one check and its breaches out."""
