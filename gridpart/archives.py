"""Archives: looked through before anything is unpacked, then unpacked into a folder.

An archive from elsewhere may hold more than a disk does, or paths that lead out of the
folder. Both are seen from its list of members, and refused.
"""

import stat
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from gridpart.errors import DataError, name_some

__all__ = ["unpack"]

MOST_MEMBERS = 10_000
MOST_BYTES = 2**31
MOST_RATIO = 200
"""Zeros pack 1 to 1,000 and the blanks of a dBASE table 1 to 100 at most."""
FREE_BYTES = 2**25
"""A small archive may be packed as tightly as it likes."""

_CHUNK = 2**20
_ENCODINGS = ("utf-8", "gb18030")
_FAULTS = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError)
"""What a damaged or encrypted archive raises while it is read."""


def unpack(path: Path, folder: Path, suffixes: Collection[str]) -> list[Path]:
    """Return the files that an archive holds, unpacked into a folder.

    Parameters
    ----------
    path : Path
        A zip archive.
    folder : Path
        Where to unpack to.
    suffixes : collection of str
        Ends of names, in lower case, of the files wanted; the rest stays packed.

    Raises
    ------
    DataError
        If the archive is damaged, encrypted, too large, or leads out of its folder.
    """
    files = []
    members = [(info, name) for info, name in _members(path) if name.suffix.lower() in suffixes]
    try:
        with zipfile.ZipFile(path) as archive:
            for info, name in members:
                file = folder / name
                file.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as packed, file.open("wb") as loose:
                    while chunk := packed.read(_CHUNK):
                        loose.write(chunk)
                files.append(file)
    except _FAULTS as error:
        locked = "encrypted" in str(error) or "password" in str(error)
        raise _damaged(path, "members under a password" if locked else "damaged members") from None
    return sorted(files)


def _members(path: Path) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """Return the files of an archive that passes, with their names as they should be."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except _FAULTS:
        raise _damaged(path, "no list of members, or a damaged one") from None
    _refuse_bomb(path, infos)
    named = [(info, _name(info)) for info in infos if not info.is_dir()]
    if strays := [name for _, name in named if _leads_out(name)]:
        raise DataError(
            f"The archive {path.name} holds paths that lead out of its folder.",
            found=name_some(strays),
            wanted="members below the folder that the archive is unpacked to",
            fix="do not use this archive; ask where it comes from",
        )
    links = [name for info, name in named if stat.S_ISLNK(info.external_attr >> 16)]
    if links:
        raise DataError(
            f"The archive {path.name} holds links instead of files.",
            found=name_some(links),
            wanted="the files themselves",
            fix="pack the files that the links lead to",
        )
    junk = ("__MACOSX", ".")
    return [(i, n) for i, n in named if not any(part.startswith(junk) for part in n.parts)]


def _refuse_bomb(path: Path, infos: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive that would fill a disk."""
    size, packed = sum(i.file_size for i in infos), max(path.stat().st_size, 1)
    swollen = size > FREE_BYTES and size > MOST_RATIO * packed
    if len(infos) > MOST_MEMBERS or size > MOST_BYTES or swollen:
        raise DataError(
            f"The archive {path.name} unpacks to more than map data do.",
            found=f"{len(infos):,} members, {size:,} bytes from {packed:,}",
            wanted=f"up to {MOST_MEMBERS:,} members and {MOST_BYTES:,} bytes, "
            f"at most {MOST_RATIO} times the archive",
            fix="unpack it yourself if you trust it, and pass the folder",
        )


def _name(info: zipfile.ZipInfo) -> PurePosixPath:
    """Return the name of a member; Chinese systems write it in GBK and don't say so."""
    name = info.orig_filename.split("\0")[0]
    if not info.flag_bits & 0x800 and not name.isascii():
        raw = name.encode("cp437")
        for encoding in _ENCODINGS:
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return PurePosixPath(name.replace("\\", "/"))


def _leads_out(name: PurePosixPath) -> bool:
    return name.is_absolute() or ".." in name.parts or any(":" in part for part in name.parts)


def _damaged(path: Path, found: str) -> DataError:
    return DataError(
        f"The archive {path.name} cannot be unpacked.",
        found=found,
        wanted="a whole zip archive without a password",
        fix="pack or download it again, or unpack it yourself and pass the folder",
    )
