"""The atlas (图册) of a plan: one PDF with a cover, a map a community and a sheet a grid."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from matplotlib import font_manager
from reportlab.pdfgen.canvas import Canvas

from gridpart.atlas_book import A3, A4, WORDS, Book, breach_line, open_book
from gridpart.atlas_cover import draw_cover
from gridpart.atlas_pages import draw_community, draw_grid
from gridpart.errors import DataError, name_some
from gridpart.fonts import FONTS, chinese_entry
from gridpart.model import REASONS
from gridpart.outfile import check_file, write_whole
from gridpart.plan import Plan
from gridpart.printing import Pen
from gridpart.telling import source_line, titles_of
from gridpart.titles import column_title
from gridpart.typefaces import Typefaces, load_typefaces
from gridpart.wording import words

__all__ = ["write_atlas"]

Progress = Callable[[int, int, str], None]

CODE = "{grid_code}"
"""What stands for the code in the pattern of an address."""

MOST_URL = 300
"""Characters of an address; a QR code of more is too fine to scan from a wall."""


@dataclass(frozen=True, slots=True)
class _Page:
    """One page to draw: a community's map, or the sheet of one grid."""

    community: str
    name: str
    level: str = ""
    row: int = -1


def write_atlas(
    plan: Plan,
    out: str | Path,
    *,
    levels: Sequence[str] = (),
    url: str | None = None,
    lang: Literal["zh", "en"] = "zh",
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write the atlas of a plan to a PDF and return its path.

    It has a cover, an A3 map of each community, and an A4 sheet of each grid. Fonts are
    embedded. The same plan gives the same bytes.

    Parameters
    ----------
    plan : Plan
    out : str or Path
        Ends in ``.pdf``.
    levels : sequence of str
        Levels whose grids get sheets, or ``exclusive``; by default the finest.
    url : str, optional
        Address that a QR code leads to, with ``{grid_code}`` in it; by default the QR
        code says the code of the grid.
    lang : {"zh", "en"}
    overwrite : bool
        Whether a file of this name is replaced.
    progress : callable, optional
        Called with pages done, pages in all and what was drawn.

    Raises
    ------
    DataError
        If the file is taken or cannot be written, a level is unknown, the address lacks
        the code, or no font has Chinese characters where they are needed.
    """
    path = check_file(out, ".pdf", overwrite=overwrite)
    chosen = _levels(plan, levels)
    _require_url(url)
    faces = _typefaces(plan, lang)
    book, pages = open_book(plan, lang, chosen), _pages(plan, chosen)

    def write(target: Path) -> None:
        canvas = Canvas(
            str(target), pagesize=A4, invariant=1, pageCompression=1,
            initialFontName=faces.names[0], lang="zh-CN" if lang == "zh" else "en",
        )  # fmt: skip
        canvas.setTitle(WORDS[book.lang]["title"].format(name=plan.district.name))
        canvas.setCreator("gridpart")
        _draw(Pen(canvas, faces), book, pages, url, progress)
        canvas.save()

    write_whole(path, write)
    return path


def _levels(plan: Plan, levels: Sequence[str]) -> tuple[str, ...]:
    """Return the levels to draw; refuse one that the plan does not have."""
    known = (*plan.levels, "exclusive")
    unknown = [level for level in levels if level not in known]
    if unknown:
        raise DataError(
            f"{len(unknown)} levels are not in this plan.",
            found=name_some(unknown),
            wanted=f"any of {', '.join(known)}",
            fix="name one of these, or none for the finest",
        )
    return tuple(level for level in known if level in levels) or plan.levels[-1:]


def _require_url(url: str | None) -> None:
    if url is not None and (CODE not in url or len(url) > MOST_URL):
        raise DataError(
            "The address for QR codes cannot be used.",
            found=url if len(url) <= MOST_URL else f"{len(url)} characters",
            wanted=f"at most {MOST_URL} characters with {CODE} where the code of a grid belongs",
            fix=f"write it like https://example.org/grids/{CODE}",
        )


def _typefaces(plan: Plan, lang: str) -> Typefaces:
    """Return the fonts with every character of the atlas; refuse to print boxes."""
    characters = _characters(plan, lang)
    entry = chinese_entry()
    chinese = {c for c in characters if "\u2e80" <= c <= "\u9fff" or "\uf900" <= c <= "\ufaff"}
    if entry is None and chinese:
        raise DataError(
            "The atlas has Chinese text, and no font with Chinese characters is installed.",
            found=f"{len(chinese)} characters without a font, such as {min(chinese)}",
            wanted=f"a font such as {', '.join(FONTS[:6])}",
            fix="install Noto Sans CJK SC (on Debian and Ubuntu the package fonts-noto-cjk)",
        )
    files: list[tuple[str, Sequence[str]]] = []
    if entry is not None:
        files.append((str(entry.fname), FONTS))
    files.append((str(font_manager.findfont("DejaVu Sans")), ()))
    return load_typefaces(files, characters)


def _characters(plan: Plan, lang: str) -> set[str]:
    """Return every character that the atlas may set."""
    district, rules = plan.district, plan.rules
    tables = [*plan.layers.values(), plan.exclusive, plan.units, *plan.tables.values()]
    tables += [district.communities, district.streets, district.barriers, district.stations]
    found: set[str] = set()
    for table in tables:
        for name in ("name", "unit_id", "grid_code", "bounds_text", "title"):
            if name in table:
                found |= set().union(*table[name].dropna().astype(str))
    told = [district.name, district.crs.name, rules.title, rules.id]
    told += [source_line(source, lang, titles_of(rules)) for source in rules.sources]
    told += [level.title for level in rules.levels]
    titles = titles_of(rules)
    told += [breach_line(breach, lang, titles) for breach in plan.report.breaches]
    told += ["·–≤≥", *WORDS["zh" if lang == "zh" else "en"].values()]
    if lang == "zh":
        told += [*words("zh").values(), *REASONS.values(), "（），；"]
        columns = ("n_units", "workload", "area_m2", "walk_max_m", "walk_mean_m")
        told += [column_title(name).zh for name in (*columns, *district.measures)]
    return {c for text in (*found, *told) for c in text if c.isprintable()}


def _pages(plan: Plan, levels: Sequence[str]) -> list[_Page]:
    """Return the pages after the cover: each community's map, then the sheets of its grids."""
    communities = plan.district.communities
    ids = communities["community_id"].astype(str)
    names = dict(zip(ids, communities["name"].fillna("").astype(str), strict=True))
    sheets: dict[str, list[_Page]] = {community: [] for community in names}
    for level in levels:
        grids = plan.grids(level)
        for n, community in enumerate(grids["community_id"].fillna("").astype(str)):
            page = _Page(community, names.get(community, ""), level, n)
            sheets.setdefault(community, []).append(page)
    pages = sheets.pop("", [])  # grids above communities lie in none
    for community, own in sheets.items():
        if community in names:
            pages.append(_Page(community, names[community] or community))
        pages += own
    return pages


def _draw(
    pen: Pen, book: Book, pages: Sequence[_Page], url: str | None, progress: Progress | None
) -> None:
    """Draw the cover and all pages, with bookmarks to each community and grid."""
    total = len(pages) + 1
    maps = [(page.name, n) for n, page in enumerate(pages, 2) if not page.level]
    draw_cover(pen, book, maps, total)
    _close(pen.canvas, book.say["contents"], "cover", 0)
    rows = {level: book.plan.grids(level) for level in {p.level for p in pages if p.level}}
    for n, page in enumerate(pages, 2):
        if page.level:
            row = _row(rows[page.level], page.row)
            code = str(row["grid_code"])
            link = code if url is None else url.replace(CODE, quote(code, safe=""))
            pen.canvas.setPageSize(A4)
            draw_grid(pen, book, page.level, row, link, (n, total))
            _close(pen.canvas, f"{row['name']} {code}", f"page{n}", 1)
        else:
            pen.canvas.setPageSize(A3)
            draw_community(pen, book, page.community, page.name, (n, total))
            _close(pen.canvas, page.name, f"page{n}", 0)
        if progress is not None and (n == total or n % 20 == 0):
            progress(n, total, page.name)


def _row(grids: Any, at: int) -> dict[str, Any]:
    return dict(zip(grids.columns, grids.iloc[at], strict=True))


def _close(canvas: Any, title: str, key: str, depth: int) -> None:
    """Finish a page and list it among the bookmarks."""
    canvas.bookmarkPage(key)
    canvas.addOutlineEntry(title, key, depth, closed=True)
    canvas.showPage()
