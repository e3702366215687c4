"""How compiled loops are compiled, and where their cache lies.

A module of kernels calls no kernel of another module: numba's disk cache does not see
an edit in another file.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from numba import config as numba_config
from numba import njit
from numba.misc.appdirs import AppDirs

__all__ = ["compiled"]

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
