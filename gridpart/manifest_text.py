"""A proposed manifest as TOML with comments, and in words."""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gridpart.outfile import check_file, write_whole
from gridpart.proposal import JoinDraft, LayerDraft, Proposal
from gridpart.recognition import Guess
from gridpart.schema import LAYERS

__all__ = ["proposal_text", "proposal_toml", "write_manifest"]

_KEYS = ("layer", "sheet", "header", "encoding", "crs", "datum", "axes", "x", "y", "wkt")
"""Keys of a layer in the order in which they are written."""

_WIDEST = 44
"""Comments stand in one line up to this width, to be read down the page."""

_CONTROL = re.compile(r"[\s\x00-\x1f\x7f\x85\u2028\u2029]+")
"""What may not stand in a comment, or would end it."""

Line = tuple[str, object, Guess]
"""A key, its value, and what speaks for it."""


# --- TOML ------------------------------------------------------------------------------


def proposal_toml(proposal: Proposal, folder: Path, target: Path) -> str:
    """Return a manifest in which each line says why, and how sure that is.

    Parameters
    ----------
    proposal : Proposal
        What to write.
    folder : Path
        Where the files are.
    target : Path
        Where the manifest will be, for its paths are relative to that.
    """
    lines = [
        "# How gridpart reads this district, written by gridpart init.",
        "# Behind each line stands how sure it is, and why: look at those that are not sure.",
        "# All keys are in docs/reference/manifest.md; `gridpart check` says what the data lack.",
        "",
        f"name = {_toml(proposal.name)}",
    ]
    for draft in proposal.layers.values():
        lines += ["", *_layer_lines(draft, folder, target)]
        if draft.layer == "units":
            for join in proposal.joins:
                lines += ["", *_join_lines(join, folder, target)]
    if proposal.unused:
        lines += ["", "# Not used:"]
        lines += [f"#   {_one_line(f'{name}: {why}')}" for name, why in proposal.unused.items()]
    return "\n".join(lines) + "\n"


def _layer_lines(draft: LayerDraft, folder: Path, target: Path) -> Iterator[str]:
    yield f"[{draft.layer}]"
    path = _relative(draft.candidate.path, folder, target)
    pairs: list[Line] = [("path", path, draft.path)]
    pairs += [(key, draft.keys[key].value, draft.keys[key]) for key in _KEYS if key in draft.keys]
    yield from _aligned(pairs)
    yield from (f"# {_one_line(remark)}" for remark in draft.remarks)
    columns = draft.recognized.columns
    if columns:
        yield f"[{draft.layer}.columns]"
        yield from _aligned([(column, g.value, g) for column, g in columns.items()])
    absent = [c.name for c in LAYERS[draft.layer].columns if c.name not in columns]
    yield from _asides(draft.recognized.refused, draft.recognized.personal)
    others = [c for c in draft.recognized.rest if c not in draft.recognized.refused]
    others = [c for c in others if c not in _coordinates(draft)]
    if others:
        yield f"# kept under their own names: {_one_line(', '.join(others))}"
    if absent:
        yield f"# no column was recognized as: {', '.join(absent)}"


def _coordinates(draft: LayerDraft) -> set[object]:
    return {draft.keys[key].value for key in ("x", "y", "wkt") if key in draft.keys}


def _join_lines(join: JoinDraft, folder: Path, target: Path) -> Iterator[str]:
    yield "[[units.join]]"
    keys = join.candidate.keys
    path = Guess(None, join.match.why, join.match.sureness)
    pairs: list[Line] = [("path", _relative(join.candidate.path, folder, target), path)]
    pairs += [(key, keys[key].value, keys[key]) for key in _KEYS if key in keys]
    yield from _aligned(pairs)
    yield f"units = {_toml(list(join.units))}"
    yield f"table = {_toml(list(join.table))}"
    yield "[units.join.columns]"
    yield from _aligned([(column, g.value, g) for column, g in join.columns.items()])
    yield from _asides({}, join.recognized.personal)
    used = {*join.table, *(guess.value for guess in join.columns.values())}
    others = [c for c in join.candidate.columns if c not in used | set(join.recognized.personal)]
    if others:
        yield f"# not joined: {_one_line(', '.join(others))}"


def _asides(refused: Mapping[str, str], personal: Mapping[str, str]) -> Iterator[str]:
    yield from (f"# {_one_line(f'{name} is {why}')}" for name, why in refused.items())
    if personal:
        yield f"# left out, as they look personal: {_personal(personal)}"


def _aligned(pairs: Sequence[Line]) -> Iterator[str]:
    """Yield lines of TOML with their comments in one column, as wide characters take two."""
    texts = [f"{key} = {_toml(value)}" for key, value, _ in pairs]
    edge = max((w for w in map(_width, texts) if w <= _WIDEST), default=0)
    for text, (_, _, guess) in zip(texts, pairs, strict=True):
        gap = " " * max(edge - _width(text), 0)
        yield f"{text}{gap}  # {guess.sureness}: {_one_line(guess.why)}"


def _width(text: str) -> int:
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)


def _toml(value: object) -> str:
    """Return a value as TOML; a derived column is a table in one line."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(v)}' for key, v in value.items())} }}"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    return _CONTROL.sub(" ", text)


def _relative(path: str, folder: Path, target: Path) -> str:
    """Return a path as seen from the manifest, whole where they share no drive."""
    file = folder.absolute() / path
    try:
        return Path(os.path.relpath(file, target.absolute().parent)).as_posix()
    except ValueError:
        return file.as_posix()


def _personal(personal: Mapping[str, str]) -> str:
    return _one_line(", ".join(f"{name} ({why})" for name, why in personal.items()))


# --- words -----------------------------------------------------------------------------


def proposal_text(proposal: Proposal) -> str:
    """Return what was recognized, as lines for a screen."""
    lines: list[str] = []
    for draft in proposal.layers.values():
        lines.append(f"{draft.layer}: {draft.candidate.shown}{_doubt(draft.path)}")
        lines += [f"  {k} = {_plain(draft.keys[k].value)}{_because(draft.keys[k])}"
                  for k in _KEYS if k in draft.keys]  # fmt: skip
        lines += _column_lines(draft.recognized.columns)
        lines += [f"  {name} is {_one_line(why)}" for name, why in draft.recognized.refused.items()]
        lines += _left_out(draft.recognized.personal)
        lines += [f"  ! {_one_line(remark)}" for remark in draft.remarks]
        for join in proposal.joins if draft.layer == "units" else ():
            named = f"{' + '.join(join.table)} = {' + '.join(join.units)}"
            match = Guess(None, f"{join.match.why} by {named}", join.match.sureness)
            lines.append(f"  joined: {join.candidate.shown}{_because(match)}")
            lines += [f"  {line}" for line in _column_lines(join.columns)]
            lines += [f"  {line}" for line in _left_out(join.recognized.personal)]
    if proposal.unused:
        lines.append("not used:")
        lines += [f"  {name}: {_one_line(why)}" for name, why in proposal.unused.items()]
    return "\n".join(lines) + "\n"


def _column_lines(columns: Mapping[str, Guess]) -> list[str]:
    same = [column for column, guess in columns.items() if column == guess.value]
    lines = [f"  {c} = {_plain(g.value)}{_doubt(g)}" for c, g in columns.items() if c not in same]
    return lines + ([f"  columns {', '.join(same)}"] if same else [])


def _left_out(personal: Mapping[str, str]) -> list[str]:
    return [f"  left out, as they look personal: {_personal(personal)}"] if personal else []


def _doubt(guess: Guess) -> str:
    return "" if guess.sureness == "sure" else _because(guess)


def _because(guess: Guess) -> str:
    doubt = "" if guess.sureness == "sure" else f"{guess.sureness}: "
    return f" ({doubt}{_one_line(guess.why)})"


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return _plain(list(value.values()))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def write_manifest(
    proposal: Proposal, folder: Path, target: Path, *, overwrite: bool = False
) -> Path:
    """Write a proposal as a manifest, whole or not at all, and return its path.

    Raises
    ------
    DataError
        If a manifest is there already, or the place cannot be written to.
    """
    path = check_file(target, ".toml", overwrite=overwrite)
    text = proposal_toml(proposal, folder, path)
    write_whole(path, lambda file: _write(file, text))
    return path


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")
