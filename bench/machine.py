"""What a table of times must say about where it was made."""

import datetime
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

BELOW = ("numpy", "scipy", "numba", "geopandas", "shapely", "networkx", "rustworkx", "libpysal")


def describe(packages):
    """Return the date, the machine and the version of every package."""
    return {
        "date": datetime.date.today().isoformat(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in dict.fromkeys([*packages, *BELOW])},
    }


def line(packages, told=None):
    """Return the same as one sentence, with the versions of `told` or of all packages."""
    about = describe(packages)
    versions = ", ".join(
        f"{name} {number}"
        for name, number in about["packages"].items()
        if name in (told or about["packages"])
    )
    return (
        f"{about['date']}, {about['cpu']}, {about['cores']} cores, {about['gib']} GiB, "
        f"{about['system']}, Python {about['python']}; {versions}."
    )


def _cpu():
    """Return the model of the processor."""
    file = Path("/proc/cpuinfo")
    rows = file.read_text().splitlines() if file.exists() else []
    models = [row.partition(":")[2].strip() for row in rows if row.startswith("model name")]
    return models[0] if models else platform.processor()


def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
