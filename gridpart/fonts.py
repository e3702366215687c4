"""Fonts with Chinese characters, as they are installed on this machine."""

from contextlib import suppress
from functools import cache
from typing import Any

from matplotlib import font_manager

from gridpart.model import Note
from gridpart.sentences import Sentence

__all__ = ["FONTS", "chinese_entry", "chinese_font", "font_note"]

FONTS = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Noto Sans SC",
    "Microsoft YaHei", "PingFang SC", "Hiragino Sans GB", "SimHei", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Noto Sans CJK JP", "Droid Sans Fallback", "Arial Unicode MS",
    "Noto Serif CJK SC", "SimSun",
)  # fmt: skip
"""Fonts with Chinese characters, the better ones first."""


@cache
def chinese_font() -> str | None:
    """Return the name of an installed font with Chinese characters, None without one."""
    entry = chinese_entry()
    return None if entry is None else str(entry.name)


def chinese_entry() -> Any:
    """Return what matplotlib knows of that font: its ``name`` and its file, ``fname``."""
    listed = font_manager.fontManager.ttflist
    if not any(entry.name in FONTS for entry in listed):
        _look_again()
    upright = sorted(
        (entry for entry in listed if entry.style == "normal"),
        key=lambda entry: (abs(_weight(entry.weight) - 400), str(entry.fname)),
    )
    known = {entry.name: entry for entry in reversed(upright)}
    return next((known[name] for name in FONTS if name in known), None)


def _weight(weight: int | str) -> int:
    """Return a weight as a number; matplotlib has both."""
    return font_manager.weight_dict.get(weight, 400) if isinstance(weight, str) else weight


def _look_again() -> None:
    """Add fonts that were installed after matplotlib made its list, which it keeps for good."""
    known = {str(entry.fname) for entry in font_manager.fontManager.ttflist}
    for path in sorted(set(font_manager.findSystemFonts()) - known):
        with suppress(RuntimeError, OSError):  # a file that is no font after all
            font_manager.fontManager.addfont(path)


def font_note(lang: str = "zh") -> Note | None:
    """Return the note that maps come without Chinese text, None where they have it."""
    if lang != "zh" or chinese_font() is not None:
        return None
    return Note(
        "warning",
        Sentence("no_font"),
    )
