"""What one change to a grid could be: joined, divided, or a part of it in other hands.

Sets of atoms only, as a trial has them. Every grid that a change leaves behind is in one
piece; what it holds is not looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from gridpart.bitsets import bits
from gridpart.terrain import Trial

__all__ = ["Change", "changes", "cuts", "handed_over"]

FEW_ATOMS = 12
"""Sets of no more atoms are cut along trees from each of them, others from a few."""
FEW_ROOTS = 3


class Change(NamedTuple):
    """One grid changed, and perhaps one beside it."""

    how: Literal["join", "give", "take", "split"]
    other: str
    """The grid that it is joined with, or that atoms go to or come from; "" for none."""
    moved: int
    """Atoms that change hands; those of the new grid where one is divided."""
    after: tuple[int, ...]
    """The atoms of the grid, and of the other or the new one; of one where they are joined."""
    held: tuple[float, ...]
    """What each of these holds."""
    step: float
    """How much changes hands, or by how much the halves of a grid differ."""


def changes(
    trial: Trial, own: int, others: Mapping[str, int], near: Sequence[int] | None = None
) -> Iterator[Change]:
    """Yield changes to a grid of atoms `own`, each leaving grids in one piece.

    Parameters
    ----------
    trial : Trial
    own : int
        Atoms of the grid.
    others : mapping of str to int
        The grids that it may be joined with or exchange atoms with, and their atoms.
    near : sequence of int, optional
        Who borders whom, where it is not as in the trial.

    Examples
    --------
    >>> from gridpart.model import Range
    >>> from gridpart.terrain import Terrain, build_trial
    >>> row = Terrain((frozenset([1]), frozenset([0, 2]), frozenset([1])), ())
    >>> trial = build_trial(Range("x"), list("abc"), [3, 2, 1], list("ggh"), unit_ids=list("abc"),
    ...                     terrain=row._replace(open_links=row.links))
    >>> for change in changes(trial, 0b011, {"h": 0b100}):
    ...     print(change.how, *map(trial.units_of, change.after), *change.held)
    join ('a', 'b', 'c') 6.0
    give ('a',) ('b', 'c') 3.0 3.0
    split ('a',) ('b',) 3.0 2.0
    """
    near = trial.near if near is None else near
    if not _in_one_piece(trial, own, near):
        return
    beside, size = _edge(own, near), trial.total(own)
    own_parts = cuts(own, near, trial.sizes)
    for other, mask in others.items():
        if not mask & beside or not _in_one_piece(trial, mask, near):
            continue
        around, theirs = _edge(mask, near), trial.total(mask)
        yield Change("join", other, mask, (own | mask,), (size + theirs,), theirs)
        for part, held in own_parts.items():
            if part & around:
                after = own ^ part, mask | part
                yield Change("give", other, part, after, (size - held, theirs + held), held)
        for part, held in cuts(mask, near, trial.sizes).items():
            if part & beside:
                after = own | part, mask ^ part
                yield Change("take", other, part, after, (size + held, theirs - held), held)
    for part, held in own_parts.items():
        if not part & own & -own:  # its complement is the same division
            halves = size - held, held
            yield Change("split", "", part, (own ^ part, part), halves, abs(size - 2 * held))


def handed_over(trial: Trial, own: int, part: int, others: Mapping[str, int]) -> Iterator[Change]:
    """Yield to which other grids a part of a grid could go, each leaving grids in one piece."""
    held = trial.total(part)
    for other, mask in others.items():
        after = own ^ part, mask | part
        if all(_in_one_piece(trial, atoms, trial.near) for atoms in after):
            yield Change("give", other, part, after, tuple(map(trial.total, after)), held)


def cuts(mask: int, near: Sequence[int], sizes: Sequence[float]) -> dict[int, float]:
    """Return parts of a contiguous set that are contiguous and leave the rest so, with sizes.

    They are what an edge of a tree cuts off, for breadth-first trees from each atom of a
    few, or from some of many.
    """
    atoms = list(bits(mask))
    roots = atoms if len(atoms) <= FEW_ATOMS else _far_apart(mask, atoms[0], near)
    total = sum(sizes[atom] for atom in atoms)
    found: dict[int, float] = {}
    for root in roots:
        order, parent = _tree(mask, root, near)
        below = {atom: 1 << atom for atom in order}
        held = {atom: sizes[atom] for atom in order}
        for atom in reversed(order[1:]):
            found[below[atom]] = held[atom]
            found[mask ^ below[atom]] = total - held[atom]
            below[parent[atom]] |= below[atom]
            held[parent[atom]] += held[atom]
    return found


def _far_apart(mask: int, start: int, near: Sequence[int]) -> list[int]:
    """Return atoms of a set that lie far from each other: ends of its breadth-first trees."""
    roots = [start]
    while len(roots) < FEW_ROOTS:
        last = _tree(mask, roots[-1], near)[0][-1]
        if last in roots:
            break
        roots.append(last)
    return roots


def _tree(mask: int, root: int, near: Sequence[int]) -> tuple[list[int], dict[int, int]]:
    """Return the atoms of a set in breadth-first order, and above which each hangs."""
    order, parent, left = [root], dict[int, int](), mask & ~(1 << root)
    for atom in order:  # grows
        for beside in bits(near[atom] & left):
            parent[beside] = atom
            order.append(beside)
        left &= ~near[atom]
    return order, parent


def _edge(mask: int, near: Sequence[int]) -> int:
    beside = 0
    for atom in bits(mask):
        beside |= near[atom]
    return beside & ~mask


def _in_one_piece(trial: Trial, mask: int, near: Sequence[int]) -> bool:
    return bool(mask) and trial.reach(mask & -mask, mask, near) == mask
