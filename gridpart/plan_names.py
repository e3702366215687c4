"""What plans are called where they stand side by side."""

from collections.abc import Sequence
from pathlib import Path

__all__ = ["name_paths", "plain_name", "unique_names"]

LONGEST = 40
"""Characters of a plan's name that are told."""


def name_paths(paths: Sequence[Path]) -> list[str]:
    """Return short names for plans: as much of the ends of their paths as tells them apart.

    Examples
    --------
    >>> name_paths([Path("out/a"), Path("out/b/plan.gpkg")])
    ['a', 'b']
    >>> name_paths([Path("x/out"), Path("y/out")])
    ['x/out', 'y/out']
    """
    whole = [path.absolute() for path in paths]
    parts = [(p.parent if p.name == "plan.gpkg" else p).parts for p in whole]
    for n in range(1, max(map(len, parts), default=0) + 1):
        names = ["/".join(part[-n:]) for part in parts]
        if len(set(names)) == len(set(parts)):
            break
    return unique_names([plain_name(name) for name in names])


def plain_name(name: object) -> str:
    """Return a name in one line of printable characters, shortened.

    Examples
    --------
    >>> plain_name("two lines " + chr(10) + chr(27) + "[31m")
    'two lines [31m'
    """
    shown = "".join(c if c.isprintable() else " " for c in str(name))
    shown = " ".join(shown.split()) or "?"
    return shown if len(shown) <= LONGEST else "…" + shown[1 - LONGEST :]


def unique_names(names: Sequence[str]) -> list[str]:
    """Return names of which none is there twice, later ones with a number.

    Examples
    --------
    >>> unique_names(["a", "b", "a"])
    ['a', 'b', 'a (2)']
    """
    taken: list[str] = []
    for name in names:
        n, own = 1, name
        while own in taken:
            n += 1
            own = f"{name} ({n})"
        taken.append(own)
    return taken
