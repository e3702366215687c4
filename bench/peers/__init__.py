"""How each library is asked, one module a library.

A module has ``prepare(instance, load, task)``, which makes the objects that the library wants
and whose time does not count, and a function ``method(given, seed)`` a method, which returns
labels. Every library gets the same graph, loads, range and seed. Modules are imported only
by the process that runs one.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """One way to make a plan."""

    module: str
    function: str
    package: str
    """The name under which it is installed."""
    kinds: tuple
    """The tasks it can be given."""
    note: str = ""


PARTS = ("fixed", "range")
METHODS = {
    "gridpart": Method("ours", "regionalize", "gridpart", ("fixed", "range", "most")),
    "METIS k-way": Method(
        "metis", "k_way", "pymetis", PARTS, "`contig=1`, `ufactor` = 1,000 × tolerance"
    ),
    "METIS k-way long": Method(
        "metis", "k_way_long", "pymetis", PARTS, "the same with `ncuts=8`, `niter=50`"
    ),
    "METIS recursive": Method(
        "metis",
        "bisection",
        "pymetis",
        PARTS,
        "no contiguity here; the tolerance spread over the cuts, `ncuts=8`, `niter=50`",
    ),
    "KaHIP eco": Method("kahip", "eco", "kahip", PARTS, "cannot keep contiguity"),
    "KaHIP strong": Method("kahip", "strong", "kahip", PARTS, "cannot keep contiguity"),
    "GerryChain": Method(
        "gerrychain",
        "tree_part",
        "gerrychain",
        PARTS,
        "`recursive_tree_part`, begun anew after 1,000 trees in vain",
    ),
    "spopt Skater": Method(
        "spopt", "skater", "spopt", PARTS, "a floor on the number of units only: half the mean"
    ),
    "spopt Ward": Method("spopt", "ward", "spopt", PARTS, "no range"),
    "spopt MaxP": Method("spopt", "max_p", "spopt", ("most",), "its default of 99 constructions"),
    "pygeoda skater": Method(
        "pygeoda", "skater", "pygeoda", PARTS, "a lower bound only: half the mean load"
    ),
    "pygeoda redcap": Method(
        "pygeoda", "redcap", "pygeoda", PARTS, "full-order Ward; a lower bound only, as above"
    ),
    "pygeoda azp": Method(
        "pygeoda", "azp", "pygeoda", PARTS, "greedy; a lower bound only, as above"
    ),
    "pygeoda maxp": Method("pygeoda", "max_p", "pygeoda", ("most",), "greedy, 99 constructions"),
    "pygeoda maxp tabu": Method(
        "pygeoda", "max_p_tabu", "pygeoda", ("most",), "tabu, 9 constructions"
    ),
    "k-means-constrained": Method(
        "kmeans", "constrained", "k-means-constrained", PARTS, "counts units; no contiguity"
    ),
}
