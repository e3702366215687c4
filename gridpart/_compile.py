"""How compiled loops are compiled, and where their cache lies.

A module of kernels calls no kernel of another module: numba's disk cache does not see
an edit in another file.
"""

import gc
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from numba import config as numba_config
from numba import njit
from numba.core import event
from numba.misc.appdirs import AppDirs

from gridpart.sentences import Sentence

__all__ = ["NO", "ONE", "YES", "ZERO", "announce", "compiled", "inner"]

logger = logging.getLogger(__name__)

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

OPTIONS = {"nogil": True, "no_cfunc_wrapper": True, "error_model": "numpy", "_nrt": False}
"""What makes kernels compile sooner: none is called from C or divides by zero, and none makes
or keeps an array, so that no references to arrays need be counted."""

ZERO, ONE = cast("int", np.int64(0)), cast("int", np.int64(1))
NO, YES = cast("bool", np.bool_(False)), cast("bool", np.bool_(True))
"""Where the counters and flags of a kernel begin. Numba gives a literal 0 a type of its own
and has to go through the whole kernel once more when it finds that it becomes any number;
handed to a kernel that is called, it has another one compiled."""


class _NoCollection(event.Listener):
    """Stops the collection of garbage while a kernel of this package compiles.

    Compiling makes millions of objects that live as long as it does, and going through them
    again and again took a seventh of its time. Numba compiles on one thread at a time.
    """

    def __init__(self) -> None:
        self.depth = 0
        self.collects = False

    def on_start(self, event: event.Event) -> None:
        if self.depth or event.data["dispatcher"].py_func.__module__.startswith("gridpart."):
            if self.depth == 0:
                self.collects = gc.isenabled()
                gc.disable()
            self.depth += 1

    def on_end(self, event: event.Event) -> None:  # noqa: ARG002
        if self.depth:
            self.depth -= 1
            if self.depth == 0 and self.collects:
                gc.enable()


events: Any = event
events.register("numba:compile", _NoCollection())


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
        any_njit: Any = njit
        compiler = any_njit(cache=True, **OPTIONS)
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
    compiler = any_njit(no_cpython_wrapper=True, **OPTIONS)
    kernel: Kernel = compiler(function)
    return kernel


def announce(kernel: Callable[..., Any]) -> None:
    """Log a line if `kernel` was never compiled on this machine, since that takes a while."""
    stats = getattr(kernel, "stats", None)  # a plain function where compiling is switched off
    if stats is None:
        return
    name = kernel.__name__
    if not any(Path(stats.cache_path).glob(f"*.{name}-*.nbi")):
        logger.warning("%s", Sentence("compiling"))
