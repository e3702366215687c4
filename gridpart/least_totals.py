"""How far out of range all grids of a piece are together, whatever the plan.

Where units come in lumps of half a range, no proof around a single unit tells why a grid is
out of range: all of them vie for few partners. Here every contiguous set that fits the range
is listed, and a program tells whether any choice among them is less out of range in all.
How the plan was made is unknown here.
"""

from gridpart.bitsets import bits
from gridpart.exact_cover import cheapest_cover, possible_sets
from gridpart.terrain import Trial

__all__ = ["is_least"]

MOST_SETS = 100_000
"""More sets than this are not listed, and the question stays open."""
MOST_POSSIBLE = 4_000
"""More sets than this that may be part of a better plan are not looked at."""
MOST_LINKS = 100
"""With more steps than this the ways to link the atoms of a set are not told apart."""
STEPS = 1_000
"""Steps that the end of a range is divided into, where sizes are no whole numbers."""


def is_least(trial: Trial, piece: int, total: float) -> bool:
    """Return whether no plan is less out of range in a piece than `total`, summed over grids.

    A set above the range counts with what it needs to get there and every atom beyond that
    with its size, in one piece or not; so does what joins an atom that alone exceeds the
    range. Of atoms without size a set must have those that link its others, and no two sets
    the same. False where the question stays open.

    Parameters
    ----------
    trial : Trial
    piece : int
        Atoms that are contiguous, none of them above the range.
    total : float
        What the plan is out of range.
    """
    sized = [atom for atom in bits(piece) if trial.sizes[atom] > 0]
    if trial.bound.max is None or not sized:
        return False
    sets = _sets(trial, piece, total)
    if sets is None:
        return False
    whole = all(trial.sizes[atom] % 1 == 0 for atom in sized)
    whole &= trial.bound.max % 1 == 0 and (trial.bound.min or 0) % 1 == 0
    below = total - (1.0 if whole else trial.bound.max / STEPS) / 2
    rows = {atom: row for row, atom in enumerate(sized)}
    sets += [(1 << atom, trial.sizes[atom]) for atom in sized]  # what is too much for a set
    members = [[rows[atom] for atom in bits(mask)] for mask, _ in sets]
    possible = possible_sets(members, [cost for _, cost in sets], below)
    if not possible.size:
        return True
    if possible.size > MOST_POSSIBLE:
        return False
    free = sum(1 << atom for atom in bits(piece) if trial.sizes[atom] <= 0)
    rows |= {atom: len(sized) + row for row, atom in enumerate(bits(free))}
    some = [
        (mask | links, cost)
        for mask, cost in (sets[k] for k in possible)
        for links in _links(trial, free, mask)
    ]
    choice = cheapest_cover(
        [*([rows[atom] for atom in bits(mask)] for mask, _ in some),
         *([rows[atom]] for atom in bits(free))],
        [*(cost for _, cost in some), *([0.0] * free.bit_count())],
        below,
    )  # fmt: skip
    return choice.sets is None and choice.settled


def _sets(trial: Trial, piece: int, most: float) -> list[tuple[int, float]] | None:
    """Return contiguous sets with what each is out of range; None where they are too many.

    Without their atoms of no size. All in and below the range, and of those above it the
    first on the way up, if they are out of it by no more than `most`. Each is met once: from
    its first atom, and an atom once tried is not tried again further down.
    """
    low, high = trial.bound.min or 0.0, trial.bound.max or 0.0
    found: list[tuple[int, float]] = []
    later = sum(1 << atom for atom in bits(piece) if trial.sizes[atom] > 0)
    for first in list(bits(later)):
        later ^= 1 << first
        own, total = 1 << first, trial.sizes[first]
        found.append((own, _short(trial, total, low)))
        stack = [(trial.hops[first] & later, own, own, total)]
        while stack:
            frontier, seen, own, total = stack.pop()
            if not (lowest := frontier & -frontier):
                continue
            atom = lowest.bit_length() - 1
            rest, seen = frontier ^ lowest, seen | lowest
            stack.append((rest, seen, own, total))
            own, total = own | lowest, total + trial.sizes[atom]
            if total <= trial.upper:
                found.append((own, _short(trial, total, low)))
                stack.append(((rest | trial.hops[atom] & later) & ~seen, seen, own, total))
            elif total <= high + most:
                found.append((own, total - high))
            if len(found) > MOST_SETS:
                return None
    return found


def _short(trial: Trial, total: float, low: float) -> float:
    """Return how far a set is below the range."""
    return low - total if total < trial.lower else 0.0


def _links(trial: Trial, free: int, mask: int) -> list[int]:
    """Return sets of atoms without size of which a set needs one to be in one piece.

    All that could do, or sets that contain one; where there are too many, what all of them
    have in common.
    """
    found: set[int] = set()
    tried = 0
    stack = [(trial.reach(mask & -mask, mask), 0)]
    while stack:
        joined, links = stack.pop()
        if not mask & ~joined:
            found.add(links)
            continue
        ways = [(1 << atom, 1 << atom) for atom in bits(trial.edge(joined) & free)]
        closed = trial.edge(joined)
        while ways:  # paths from what is joined to more of the set, no short cut left out
            path, last = ways.pop()
            tried += 1
            if tried > MOST_LINKS:
                return [_common(trial, free, mask)]
            if met := trial.edge(last) & mask & ~joined:
                own = joined | path | met
                stack.append((trial.reach(own, own | mask), links | path))
                continue
            before = closed | trial.edge(path ^ last) if path ^ last else closed
            ways += [
                (path | 1 << atom, 1 << atom)
                for atom in bits(trial.edge(last) & free & ~joined & ~path & ~before)
            ]
    return [links for links in found if not any(o != links and o & links == o for o in found)]


def _common(trial: Trial, free: int, mask: int) -> int:
    """Return the atoms without size without any of which a set is in pieces."""
    first = mask & -mask
    return sum(
        1 << atom for atom in bits(free) if mask & ~trial.reach(first, mask | free & ~(1 << atom))
    )
