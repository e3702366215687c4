"""Why a grid is out of range, and whether any plan could avoid it.

A breach is proven where no contiguous set of units around one of the grid's units comes
nearer to the range, or where the sums of whole pieces leave nothing better. How the plan
was made is unknown here.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from gridpart.arithmetic import EPSILON, gap_sentence, least_of_any
from gridpart.bitsets import bits
from gridpart.least_totals import is_least
from gridpart.model import Range, Reason
from gridpart.ranges import amount_out, range_text
from gridpart.sentences import Sentence, number
from gridpart.terrain import Trial

__all__ = ["Piece", "Verdict", "explain", "least_around"]

NODES = 20_000
"""Sets of atoms tried around one of them before the question is left open."""
OPEN_QUESTIONS = 3
"""Atoms of one grid that may be left open before its proof is given up."""


class Verdict(NamedTuple):
    """Why a grid is out of range."""

    reason: Reason
    proven: bool
    why: str
    """The rest of a sentence that began with the grid, its value and its range."""
    atoms: int = 0
    """The atoms that it is about."""


class Piece(NamedTuple):
    """Atoms that are contiguous once those above the range are taken away."""

    atoms: int
    total: float
    least: float
    """The least breach that its grids, and what joins an oversize atom, can add up to."""
    actual: float
    """What they add up to in the plan; infinite where a grid reaches out of the piece."""


OPEN = Verdict("search", False, Sentence("unproven"))


def least_around(trial: Trial, atom: int) -> float | None:
    """Return how far out of range every grid with this atom is at least.

    0 where some contiguous set around it is in range, or where an atom might be cut;
    None where the question stayed open.
    """
    if atom not in trial.memo:
        trial.memo[atom] = _least_around(trial, atom)
    return trial.memo[atom]


def _least_around(trial: Trial, atom: int) -> float | None:
    size, most, least = trial.sizes[atom], trial.bound.max or 0.0, trial.bound.min or 0.0
    if trial.wild >> atom & 1:
        return 0.0
    if size > trial.upper:
        return size - most
    if size >= trial.lower:
        return 0.0
    light = sum(1 << a for a, other in enumerate(trial.sizes) if other + size <= trial.upper)
    within = trial.reach(1 << atom, light)
    if (total := trial.total(within)) >= trial.lower:
        return _least_of_sets(trial, atom)
    edge = trial.edge(within)  # whoever joins an atom of it has joined too much
    if edge & trial.wild:
        return 0.0
    return min([least - total, *(size + trial.sizes[a] - most for a in bits(edge))])


def _least_of_sets(trial: Trial, atom: int) -> float | None:
    """Return the least breach of all contiguous sets around an atom that is too small.

    Each set is met once: an atom once tried is not tried again further down. Nothing is
    added to a set that is too large already.
    """
    best = (trial.bound.min or 0.0) - trial.sizes[atom]
    stack = [(trial.hops[atom], 1 << atom, trial.sizes[atom])]
    tried = 0
    while stack:
        frontier, seen, total = stack.pop()
        if not (first := frontier & -frontier):
            continue
        tried += 1
        if tried > NODES:
            return None
        if trial.wild & first:
            return 0.0
        other = first.bit_length() - 1
        rest, seen = frontier ^ first, seen | first
        stack.append((rest, seen, total))
        total += trial.sizes[other]
        if trial.lower <= total <= trial.upper:
            return 0.0
        best = min(best, amount_out(total, trial.bound))
        if total < trial.lower:
            stack.append(((rest | trial.hops[other]) & ~seen, seen, total))
    return best


# --- one grid --------------------------------------------------------------------------


def explain(trial: Trial, grid: str) -> Verdict:
    """Return why a grid that is out of range is so, and whether it had to be.

    Proven is a grid with a unit around which no contiguous set comes nearer to the
    range; one whose units can all be in no range, while it can neither take in a
    neighbor nor leave a unit out; one of a piece whose total leaves nothing better; and
    one around a unit of several that have too few neighbors to complete them all.

    Parameters
    ----------
    trial : Trial
        The range that the grid is out of, in the grid's community.
    grid : str
        Its code.
    """
    members, value = trial.grids.get(grid, (0, 0.0))
    if not (out := amount_out(value, trial.bound)) or not members:
        return OPEN
    counted = [a for a in bits(members) if trial.sizes[a] > 0] or list(bits(members))
    stuck, unknown = True, 0
    for atom in counted:
        least = least_around(trial, atom)
        unknown += least is None
        if least is not None and least >= out - EPSILON * max(1.0, out):
            return _classify(trial, atom)
        stuck &= bool(least)
        if unknown >= OPEN_QUESTIONS:
            break
    if stuck and (
        not _can_grow(trial, members, value)
        if value < trial.lower
        else _must_hold(trial, members, counted, value)
    ):
        return _classify(trial, counted[0])
    proof = _by_totals(trial, members) or _by_partners(trial, members, out)
    return proof or _by_plans(trial, members) or _left_open(trial, members)


def _left_open(trial: Trial, members: int) -> Verdict:
    """Return the verdict on a grid of which nothing is proven."""
    if not (heavy := members & trial.heavy & ~trial.wild):
        return OPEN
    heavy_names, rest = _names(trial, heavy), _names(trial, members & ~heavy)
    size = trial.total(heavy)
    return OPEN._replace(why=Sentence("unproven_join", heavy=heavy_names, size=size, rest=rest))


def _can_grow(trial: Trial, members: int, value: float) -> bool:
    """Return whether a grid too small could take in a neighbor and not be too large."""
    beside = 0
    for atom in bits(members):
        beside |= trial.hops[atom]
    return any(value + trial.sizes[a] <= trial.upper for a in bits(beside & ~members))


def _must_hold(trial: Trial, members: int, counted: Sequence[int], value: float) -> bool:
    """Return whether a grid too large holds nothing that could be left out of it."""
    if value - trial.sizes[counted[-1]] < trial.lower:
        return True
    if (members & trial.heavy).bit_count() != 1:
        return False
    rest = [a for a in counted if not trial.heavy >> a & 1]
    return all(trial.total(trial.reach(1 << a, trial.calm)) < trial.lower for a in rest)


def _classify(trial: Trial, atom: int) -> Verdict:
    """Return the reason for which every grid with this atom is out of range."""
    name, measure = trial.names[atom], trial.bound.measure
    if trial.sizes[atom] > trial.upper:
        why = Sentence("alone_has", name=name, size=trial.sizes[atom])
        return Verdict("oversize_unit", True, why, 1 << atom)
    piece = trial.reach(1 << atom, trial.everyone)
    if (total := trial.total(piece)) < trial.lower:
        return _too_small(trial, atom, piece, total)
    calm = trial.reach(1 << atom, trial.calm)
    if (total := trial.total(calm)) < trial.lower:
        cut, rest = _names(trial, trial.edge(calm) & trial.heavy), _names(trial, calm)
        why = Sentence("heavy_cuts_off", cut=cut, units=rest, held=(total, measure))
        return Verdict("oversize_unit", True, why, calm)
    why = Sentence("no_set", name=name, limits=range_text(trial.bound), measure=measure)
    return Verdict("arithmetic", True, why, 1 << atom)


def _too_small(trial: Trial, atom: int, piece: int, total: float) -> Verdict:
    """Return why the piece of the community around an atom is less than one grid."""
    held, units = (total, trial.bound.measure), _names(trial, piece)
    if math.isclose(total, trial.total(trial.everyone)):
        why = Sentence("community_has_only", held=held)
        return Verdict("community_too_small", True, why, piece)
    if trial.reach(1 << atom, trial.everyone, trial.open_near) != piece:
        why = Sentence("barrier_cuts_off", units=units, held=held)
        return Verdict("barrier", True, why, piece)
    return Verdict("piece", True, Sentence("border_no_other", units=units, held=held), piece)


def _names(trial: Trial, mask: int) -> list[str]:
    """Return what the atoms of a set are called."""
    return sorted(trial.names[atom] for atom in bits(mask))


# --- totals ----------------------------------------------------------------------------


def _by_totals(trial: Trial, members: int) -> Verdict | None:
    """Return a proof from the sums of whole pieces, where they leave nothing better."""
    heavy = members & trial.heavy
    if heavy.bit_count() > 1 or heavy & trial.wild:
        return None
    touched = [p for p in _pieces(trial, members & ~heavy) if p.total > 0]
    if not touched or not all(p.actual <= p.least + EPSILON * max(1.0, p.total) for p in touched):
        return None
    if heavy:
        return _classify(trial, next(bits(heavy)))
    low, high = trial.bound.min or 0.0, trial.bound.max or math.inf
    few = math.floor(touched[0].total / high)
    first, last = few * high + 1, (few + 1) * low - 1
    span = number(first) if first == last else range_text(Range("", first, last))
    shown = gap_sentence(touched[0].total, low, high, trial.bound.measure)
    why = Sentence("no_count_holds", span=span, shown=shown)
    return Verdict("arithmetic", True, why, members)


def _pieces(trial: Trial, start: int) -> list[Piece]:
    """Return the pieces without oversize atoms that hold part of `start`."""
    found = []
    while start:
        atoms = trial.reach(start & -start, trial.calm)
        start &= ~atoms
        found.append(_piece(trial, atoms))
    return found


def _piece(trial: Trial, atoms: int) -> Piece:
    """Return one piece with the least breach that its total allows, and the plan's."""
    total, edge = trial.total(atoms), trial.edge(atoms) & trial.heavy
    low, high = trial.bound.min, trial.bound.max
    least = least_of_any(total, low or 0.0, math.inf if high is None else high)
    least = min(least, total) if edge else least
    actual, covered = math.inf if edge & trial.wild else 0.0, 0.0
    for members, value in trial.grids.values():
        if not (part := members & atoms):
            continue
        covered += trial.total(part)
        if trial.total(members & ~atoms & trial.calm) > 0:
            actual = math.inf
        elif members & trial.heavy:
            actual += trial.total(part)
        else:
            actual += amount_out(value, trial.bound)
    return Piece(atoms, total, least, actual if math.isclose(covered, total) else math.inf)


def _by_plans(trial: Trial, members: int) -> Verdict | None:
    """Return a proof from pieces that no plan divides with a smaller breach in all."""
    heavy = members & trial.heavy
    if heavy.bit_count() > 1 or heavy & trial.wild:
        return None
    touched = 0
    for piece in _pieces(trial, members & ~heavy):
        actual, atoms = piece.actual, piece.atoms
        if not math.isfinite(actual):
            return None
        if atoms not in trial.least:
            trial.least[atoms] = is_least(trial, atoms, actual)
        if not trial.least[atoms]:
            return None
        touched |= atoms
    if not touched:
        return None
    why = Sentence("no_plan_betters", units=_names(trial, touched))
    return Verdict("arithmetic", True, why, members)


# --- partners --------------------------------------------------------------------------


def _by_partners(trial: Trial, members: int, out: float) -> Verdict | None:
    """Return a proof from units that need a neighbor each, and have too few between them.

    No two of them fit into one grid, so that grids in range give each a neighbor of its
    own. The grid must be no further out than its unit alone, and no more of the units
    out of range than have to be.
    """
    for atom in bits(members):
        needy, partners = _rivals(trial, atom)
        short = needy.bit_count() - partners.bit_count()
        if (
            not partners
            or short <= 0
            or out > (trial.bound.min or 0.0) - trial.sizes[atom] + EPSILON * max(1.0, out)
        ):
            continue
        kept = sum(
            (own & needy).bit_count()
            for own, value in trial.grids.values()
            if not amount_out(value, trial.bound)
        )
        if needy.bit_count() - kept == short:
            why = Sentence(
                "too_few_partners", needy=_names(trial, needy), partners=_names(trial, partners),
                short=short, total=needy.bit_count(),
            )  # fmt: skip
            return Verdict("arithmetic", True, why, 1 << atom)
    return None


def _rivals(trial: Trial, atom: int) -> tuple[int, int]:
    """Return the units that vie with this one for a neighbor, and all the neighbors they have.

    Of all units of more than half a range that need one: those that a matching with
    neighbors leaves over, and what is linked to them by matches; connected to the atom.
    """
    wants = {a: w for a in bits(trial.calm) if (w := _wanted(trial, a)) is not None}
    match: dict[int, int] = {}

    def place(a: int, seen: set[int]) -> bool:
        for b in bits(wants[a]):
            if b not in seen:
                seen.add(b)
                if b not in match or place(match[b], seen):
                    match[b] = a
                    return True
        return False

    short = [a for a in wants if not place(a, set())]
    for a in short:  # grows: whoever has what one of them wants
        short += [match[b] for b in bits(wants[a]) if match[b] not in short]
    needy, partners = 0, 0
    queue = [atom] if atom in short else []
    for a in queue:
        needy |= 1 << a
        partners |= wants[a]
        queue += [b for b in short if b not in queue and wants[a] & wants[b]]
    return needy, partners


def _wanted(trial: Trial, atom: int) -> int | None:
    """Return the neighbors with which a unit fits into a grid.

    None for a unit in range alone, for one that fits beside its like, and for one beside a
    unit that may be cut.
    """
    size = trial.sizes[atom]
    if size >= trial.lower or 2 * size <= trial.upper or trial.hops[atom] & trial.wild:
        return None
    return sum(1 << a for a in bits(trial.hops[atom]) if size + trial.sizes[a] <= trial.upper)
