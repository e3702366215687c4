"""Text of shapefiles in the right encoding, whatever the file says or leaves out.

Drivers hand the text over byte by byte, as ISO-8859-1; here it is tried in the encoding
that was declared, then in UTF-8, then in GB18030, of which GBK and GB 2312 are parts.
"""

import codecs
from pathlib import Path

import pandas as pd

from gridpart.errors import DataError
from gridpart.findings import Finding
from gridpart.sentences import Sentence

__all__ = ["declared_encoding", "decode", "sidecar"]

_DRIVER_IDS = {0x4D: "gb18030"}
"""Language driver ids of a dBASE file that can be believed: 0x4D is code page 936."""


def decode(
    frame: pd.DataFrame, layer: str, shown: str, *, declared: str | None, strict: bool = False
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return a table that was read byte by byte, with its text in the right encoding.

    Parameters
    ----------
    frame : DataFrame
        Names and texts as ISO-8859-1.
    layer, shown : str
        Name of the layer and of the file, for messages.
    declared : str or None
        Encoding that the file or the manifest names.
    strict : bool
        Whether no other encoding is tried.

    Raises
    ------
    DataError
        If the text is in none of the encodings tried.
    """
    names = [str(c) for c in frame.columns]
    columns = [n for n, name in enumerate(names) if name != "geometry"]
    frame = frame.set_axis([n if n in columns else name for n, name in enumerate(names)], axis=1)
    texts = [n for n in columns if any(isinstance(v, str) for v in frame[n])]
    raw = {*names, *(v for n in texts for v in frame[n] if isinstance(v, str))}
    tried = (declared or "utf-8", "utf-8", "gb18030")
    for encoding in dict.fromkeys(tried[:1] if strict else tried):
        try:
            known = {text: _decode_text(text, encoding) for text in raw}
        except UnicodeError:
            continue
        for n in texts:
            frame[n] = frame[n].map(known, na_action="ignore")
        decoded = frame.set_axis(_apart([known[name] for name in names]), axis=1)
        if encoding in (declared, "utf-8"):
            return decoded, []
        what = Sentence("not_encoded", file=shown, declared=declared or "UTF-8")
        return decoded, [Finding("assumption", layer, what)]
    wanted = "another encoding in the manifest" if strict else "a .cpg file that names the encoding"
    raise DataError(
        f"The text in {shown} is in no known encoding.",
        found=f"bytes that are not {declared}" if strict else "bytes neither UTF-8 nor GB18030",
        wanted=wanted,
        fix="name the right encoding, or export the layer as GeoPackage",
    )


def _decode_text(text: str, encoding: str) -> str:
    """Decode bytes read as ISO-8859-1; a last character cut by a field's width is dropped."""
    return codecs.getincrementaldecoder(encoding)().decode(text.encode("iso-8859-1"))


def _apart(names: list[str]) -> list[str]:
    """Return the names with a number behind those that became alike by being cut."""
    seen: dict[str, int] = {}
    for n, name in enumerate(names):
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            names[n] = f"{name}_{seen[name]}"
    return names


def declared_encoding(shapefile: Path) -> str | None:
    """Return the encoding that the .cpg file or the .dbf file of a shapefile names."""
    cpg = sidecar(shapefile, ".cpg")
    text = cpg.read_text("ascii", "ignore") if cpg else ""
    text = text.strip().lower().removeprefix("ansi").strip()
    text = {"936": "gbk", "65001": "utf-8"}.get(text, text)
    try:
        "".encode(text)  # or names of codecs that are no encoding of text would pass
        found = codecs.lookup(text).name
    except (LookupError, ValueError):
        return _driver_encoding(shapefile)
    return "gb18030" if found in ("gbk", "gb2312") else found


def _driver_encoding(shapefile: Path) -> str | None:
    dbf = sidecar(shapefile, ".dbf")
    head = dbf.read_bytes()[:30] if dbf else b""
    return _DRIVER_IDS.get(head[29]) if len(head) == 30 else None


def sidecar(file: Path, suffix: str) -> Path | None:
    """Return the file beside another that goes with it, None where there is none."""
    named = (file.with_suffix(s) for s in (suffix, suffix.upper()))
    return next((path for path in named if path.is_file()), None)
