"""Transformers between coordinate systems, each made once.

PROJ looks for the best operation whenever a transformer is made, which takes it some 0.1 s
of the processor, and reading a small district asks for the same three or four ten times over.
"""

from functools import lru_cache
from typing import Any

import pyproj

__all__ = ["transformer"]


@lru_cache(maxsize=64)
def transformer(source: Any, target: Any) -> pyproj.Transformer:
    """Return the transformer from one CRS to another, x always east and y north.

    Parameters
    ----------
    source, target : pyproj.CRS or int
        Two coordinate systems, or their EPSG codes. Equal ones get the same transformer,
        which threads may share.

    Raises
    ------
    pyproj.exceptions.ProjError
        If there is no operation between the two, each time it is asked for.

    Examples
    --------
    >>> x, y = transformer(4326, 4547).transform(114.0, 30.5)
    >>> round(x)
    500000
    """
    return pyproj.Transformer.from_crs(source, target, always_xy=True)
