"""How compiled loops are compiled, and where their cache lies.

A module of kernels calls no kernel of another module: numba's disk cache does not see
an edit in another file.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from numba import config as numba_config
from numba import njit
from numba.misc.appdirs import AppDirs

__all__ = ["announce", "compiled", "inner"]

logger = logging.getLogger(__name__)

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(function: Kernel) -> Kernel:
    """Return `function` compiled when first called, with its cache in the user's own folder.

    Beside the module, where numba would put them, cached files outlive an uninstall. What
    is left of the folder then hides a package installed in editable mode.
    """
    config: Any = numba_config
    folders: Any = AppDirs
    given = config.CACHE_DIR
    config.CACHE_DIR = given or folders(appname="gridpart", appauthor=False).user_cache_dir
    try:
        compiler: Any = njit(cache=True, nogil=True)
        kernel: Kernel = compiler(function)
    finally:
        config.CACHE_DIR = given
    return kernel


def inner(function: Kernel) -> Kernel:
    """Return `function` compiled into the kernels of its own module, which alone may call it.

    Without an entry from Python and a cache of its own it takes half the time to compile;
    it is cached as a part of each kernel that calls it.
    """
    any_njit: Any = njit
    compiler = any_njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
    kernel: Kernel = compiler(function)
    return kernel


def announce(kernel: Callable[..., Any]) -> None:
    """Log a line if `kernel` was never compiled on this machine, since that takes a while."""
    stats = getattr(kernel, "stats", None)  # a plain function where compiling is switched off
    if stats is None:
        return
    name = kernel.__name__
    if not any(Path(stats.cache_path).glob(f"*.{name}-*.nbi")):
        logger.warning("compiling the search: about ten seconds, once on this machine")
