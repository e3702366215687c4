"""Which fields of a rule's value are written."""

from dataclasses import fields
from typing import Any

__all__ = ["stated"]


def stated(value: Any) -> dict[str, Any]:
    """Return the fields of a value that state something."""
    given = {f.name: getattr(value, f.name) for f in fields(value)}
    return {k: v for k, v in given.items() if v is not None and v not in ("", ())}
