"""A plan as one page for a browser that needs no network: ``gridpart report``.

The page is put together from the files in ``web``: the map library, our own scripts and
style, and the plan as data. Its policy allows no address at all and only these very scripts.
"""

import base64
import hashlib
import html
from importlib import resources
from pathlib import Path
from typing import Literal

from gridpart.outfile import check_file, write_whole
from gridpart.plan import Plan
from gridpart.web_data import page_data, page_json
from gridpart.web_words import PAGE

__all__ = ["page_html", "write_report"]

STYLES = ("leaflet.css", "page.css")
SCRIPTS = (
    "leaflet.js", "dom.js", "plan.js", "colors.js", "labels.js", "map.js", "detail.js",
    "ledger.js", "search.js", "charts.js", "sections.js", "paper.js", "main.js",
)  # fmt: skip
"""In the order of running; each one knows only those before it."""


def write_report(
    plan: Plan,
    path: str | Path,
    *,
    lang: Literal["zh", "en"] = "zh",
    overwrite: bool = False,
) -> Path:
    """Write a plan as one HTML file and return its path.

    The page has a map to click, the ledger, charts, breaches with their reasons, notes, the
    rules with their clauses, and a style for paper. It opens in `lang`, can be switched to
    the other language, and asks no network for anything.

    Parameters
    ----------
    plan : Plan
    path : str or Path
        File to make, ending in ``.html``.
    lang : {"zh", "en"}
    overwrite : bool
        Whether a file of this name is replaced.

    Raises
    ------
    DataError
        If the file exists, has another ending, or cannot be written.
    """
    target = check_file(path, ".html", overwrite=overwrite)
    page = page_html(plan, lang).encode("utf-8")
    write_whole(target, lambda file: _write(file, page))
    return target


def page_html(plan: Plan, lang: str = "zh") -> str:
    """Return the page as text."""
    styles, scripts = ([_asset(name) for name in names] for names in (STYLES, SCRIPTS))
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join(map(_hash, scripts))}",
            f"style-src {' '.join(map(_hash, styles))}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    data = page_data(plan, lang)
    parts = {
        "lang": "zh-CN" if lang == "zh" else "en",
        "policy": policy,
        "title": html.escape(data["title"]["zh" if lang == "zh" else "en"]),
        "no_script": html.escape(" ".join(PAGE[v]["no_script"] for v in ("zh", "en"))),
        "styles": "\n".join(f"<style>{text}</style>" for text in styles),
        "data": page_json(data),
        "scripts": "\n".join(f"<script>{text}</script>" for text in scripts),
    }
    pieces = _asset("page.html").split("{{")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        name, rest = piece.split("}}", 1)
        filled += [parts[name], rest]
    return "".join(filled)


def _write(file: Path, page: bytes) -> None:
    file.write_bytes(page)


def _asset(name: str) -> str:
    """Return one file of the page; its lines end as a browser counts them for the hash."""
    text = resources.files("gridpart").joinpath("web", name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
