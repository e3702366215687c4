"""Contiguity between units as arrays, and its way to other libraries."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridpart.errors import DataError

__all__ = ["Graph"]


class Graph(NamedTuple):
    """Contiguity between units as compressed sparse rows; symmetric, no loops.

    A named tuple, so that compiled loops take it as one argument.
    """

    indptr: NDArray[np.int64]
    """Shape (n_units + 1,): the neighbors of unit i stand at indptr[i]:indptr[i + 1]."""
    indices: NDArray[np.int32]
    """Shape (2 * n_edges,): neighbors in ascending order within a row."""
    lengths: NDArray[np.float64]
    """Shape (2 * n_edges,): shared border in meters, or 1 where it is unknown."""

    @property
    def n_units(self) -> int:
        """Number of units."""
        return self.indptr.size - 1

    @property
    def n_edges(self) -> int:
        """Number of pairs of contiguous units."""
        return self.indices.size // 2

    def neighbors(self, unit: int) -> NDArray[np.int32]:
        """Return the units contiguous to `unit`."""
        return self.indices[self.indptr[unit] : self.indptr[unit + 1]]

    @property
    def heads(self) -> NDArray[np.int32]:
        """Shape (2 * n_edges,): the row of each stored entry."""
        return np.repeat(np.arange(self.n_units, dtype=np.int32), np.diff(self.indptr))

    def to_networkx(self, names: Sequence[Any] | None = None) -> Any:
        """Return a ``networkx.Graph`` whose edges have ``length`` in meters.

        Parameters
        ----------
        names : sequence, optional
            Names of the nodes in the order of the units; by default 0, 1, …

        Examples
        --------
        >>> line = Graph(np.array([0, 1, 2]), np.array([1, 0], np.int32), np.array([9.0, 9.0]))
        >>> line.to_networkx(["A", "B"]).edges["A", "B"]
        {'length': 9.0}
        """
        import networkx as nx  # noqa: PLC0415 - heavy, and seldom asked for

        called = self._names(names)
        graph: Any = nx.Graph()
        graph.add_nodes_from(called)
        graph.add_edges_from(
            (called[head], called[tail], {"length": float(length)})
            for head, tail, length in zip(self.heads, self.indices, self.lengths, strict=True)
            if head < tail
        )
        return graph

    def to_libpysal(self, names: Sequence[Any] | None = None) -> Any:
        """Return a ``libpysal.graph.Graph`` weighted by meters of common border.

        Parameters
        ----------
        names : sequence, optional
            Focal ids in the order of the units; by default 0, 1, …

        Raises
        ------
        DataError
            If libpysal is not installed.
        """
        try:
            from libpysal import graph as pysal  # noqa: PLC0415 - only where it is installed
        except ImportError:
            raise DataError(
                "A graph for PySAL needs the package libpysal.",
                found="no package libpysal in this environment",
                wanted="libpysal 4.9 or later",
                fix="python -m pip install libpysal",
            ) from None
        from scipy import sparse  # noqa: PLC0415

        called = self._names(names)
        size = (self.n_units, self.n_units)
        matrix = sparse.coo_array((self.lengths, (self.heads, self.indices)), shape=size)
        return pysal.Graph.from_sparse(matrix, ids=called)

    def _names(self, names: Sequence[Any] | None) -> list[Any]:
        """Return one name a unit, no two alike."""
        called = list(range(self.n_units)) if names is None else list(names)
        if len(called) != self.n_units or len(set(called)) != len(called):
            raise DataError(
                f"{self.n_units} units need as many names.",
                found=f"{len(called)} names, {len(set(called))} different ones",
                wanted="one name a unit, no two alike",
                fix="pass the ids of the table that the graph was built from",
            )
        return called

    def part(self, units: NDArray[np.int64]) -> tuple["Graph", NDArray[np.int64]]:
        """Return the graph of `units` (ascending) alone, and which entries it keeps.

        O(size of the part), whatever the size of the graph.
        """
        degree = self.indptr[units + 1] - self.indptr[units]
        ends = np.cumsum(degree)
        entries = np.arange(degree.sum()) + np.repeat(self.indptr[units] - ends + degree, degree)
        others = self.indices[entries]
        place = np.searchsorted(units, others)
        inside = units[np.minimum(place, units.size - 1)] == others if units.size else place < 0
        heads = np.repeat(np.arange(units.size), degree)[inside]
        counts = np.bincount(heads, minlength=units.size)
        indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        kept = entries[inside]
        return Graph(indptr, place[inside].astype(np.int32), self.lengths[kept]), kept
