"""One file, written whole or not at all."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from gridpart.errors import DataError

__all__ = ["check_file", "write_whole"]


def check_file(path: str | Path, suffix: str, *, overwrite: bool = False) -> Path:
    """Return the absolute path of a file to write, or refuse it; to be called before the work.

    Raises
    ------
    DataError
        If the name does not end in `suffix`, or something stands there that may not be
        replaced.
    """
    path = Path(path).absolute()
    if path.suffix.lower() != suffix:
        raise DataError(
            f"{path.name} is no name for this file.",
            found=path.suffix or "a name without an ending",
            wanted=f"a name that ends in {suffix}",
            fix=f"write to {path.with_suffix(suffix).name}",
        )
    if path.is_dir() or (path.exists() and not overwrite):
        raise DataError(
            f"{path} exists.",
            found="a folder" if path.is_dir() else "a file of this name",
            wanted="the name of a file that is not there yet",
            fix="choose another name, or pass --overwrite (overwrite=True) to replace a file",
        )
    return path


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` make a file beside the target, and move it there when it is finished.

    Parameters
    ----------
    path : Path
        As `check_file` returned it.
    write : callable
        Takes the path of a file that is not there yet.

    Raises
    ------
    DataError
        If the place cannot be written to.
    """
    aside = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{path.stem}-", dir=path.parent))
        write(aside / path.name)
        (aside / path.name).replace(path)
    except OSError as error:
        raise DataError(
            f"{path} cannot be written.",
            found=error.strerror or str(error),
            wanted="a folder that may be written, with room on its disk",
            fix="choose another place, or close the programs that hold the file",
        ) from error
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)
