"""The atlas is read back by another program with the plan's pages, codes, names and fonts."""

import dataclasses
import io
import re

import hostile
import plans
import pypdf
import pytest
from click.testing import CliRunner
from gridpart_cli.main import cli
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen import canvas

from gridpart import atlas, typefaces
from gridpart.atlas import write_atlas
from gridpart.atlas_book import breach_line
from gridpart.errors import DataError
from gridpart.export import write_plan
from gridpart.fonts import chinese_entry
from gridpart.typefaces import load_typefaces, one_line

A4, A3 = (595, 842), (1191, 842)


@pytest.fixture(scope="module")
def plan():
    if chinese_entry() is None:
        pytest.skip("no font with Chinese characters is installed")
    return plans.small_plan()


@pytest.fixture(scope="module")
def printed(plan, tmp_path_factory):
    return write_atlas(plan, tmp_path_factory.mktemp("a") / "atlas.pdf")


@pytest.fixture(scope="module")
def pages(printed):
    return pypdf.PdfReader(printed).pages


def text_of(page):
    return re.sub(r"\s", "", page.extract_text())


@pytest.mark.system
def test_each_community_has_a_map_and_each_grid_a_sheet(plan, pages):
    sizes = [(round(page.mediabox.width), round(page.mediabox.height)) for page in pages]

    assert sizes == [A4, *([A3, *[A4] * 4] * 2)]
    codes = list(plan.grids("micro")["grid_code"])
    names = list(plan.grids("micro")["name"])
    sheets = [page for page, size in zip(pages, sizes, strict=True) if size == A4][1:]
    for page, code, name in zip(sheets, codes, names, strict=True):
        told = text_of(page)
        assert f"网格编码{code}" in told
        assert name in told
        assert "网格长" in told
        assert "电话" in told


@pytest.mark.system
def test_a_sheet_tells_what_the_grid_holds_and_why_it_is_out_of_range(plan, pages):
    row = plan.grids("micro").iloc[0]

    told = text_of(pages[2])

    assert f"{int(row['households']):,}" in told
    assert "网格C100101：户数25（范围30–100），总数无法分成若干个合规网格。" in told
    assert "（已证明无法避免）" in told
    for name in plan.units[plan.units["micro_code"] == row["grid_code"]]["name"]:
        assert name in told
    assert "违规说明" not in text_of(pages[3])


def test_a_breach_names_the_end_of_its_range_that_it_breaks():
    from gridpart.model import Breach

    far = Breach(
        "g", "general", "radius", "radius", False, "", measure="radius_m", hard=False, value=549,
        max=500,
    )  # fmt: skip

    assert breach_line(far, "zh", {}) == (
        "网格 g：半径(米) 549（范围 ≤ 500），最远单元超出服务半径。（非硬性）"
    )


@pytest.mark.system
def test_the_cover_lists_levels_sources_and_contents(plan, pages):
    told = text_of(pages[0])

    assert "hankou网格图册" in told
    for text in ("总网格", "一般网格", "微网格", "栖贤社区2", "九龙社区7", "金堂社治"):
        assert text in told


@pytest.mark.system
def test_every_font_is_embedded_and_nothing_is_missing(printed):
    reader = pypdf.PdfReader(printed)
    fonts = {}
    for page in reader.pages:
        for name, font in page["/Resources"]["/Font"].items():
            fonts[name] = font.get_object()

    assert fonts
    for font in fonts.values():
        assert "/FontFile2" in font["/FontDescriptor"]
        assert "/ToUnicode" in font
    assert "缺少" not in text_of(reader.pages[0])


@pytest.mark.system
def test_the_same_plan_gives_the_same_bytes(plan, printed, tmp_path):
    again = write_atlas(plan, tmp_path / "again.pdf")

    assert again.read_bytes() == printed.read_bytes()


@pytest.mark.system
def test_levels_addresses_and_progress_are_as_asked(plan, tmp_path, monkeypatch):
    links, steps = [], []
    draw = atlas.draw_grid
    monkeypatch.setattr(
        atlas, "draw_grid", lambda *args: (links.append(args[4]), draw(*args))
    )  # fmt: skip

    path = write_atlas(
        plan, tmp_path / "a.pdf", levels=["exclusive", "general"], lang="en",
        url="https://example.org/{grid_code}", progress=lambda *step: steps.append(step),
    )  # fmt: skip

    codes = [*plan.grids("general")["grid_code"], *plan.grids("exclusive")["grid_code"]]
    assert sorted(links) == sorted(f"https://example.org/{code}" for code in codes)
    assert len(pypdf.PdfReader(path).pages) == 1 + 2 + len(codes)
    assert steps[-1][:2] == (8, 8)


@pytest.mark.system
def test_posts_are_told_where_the_plan_has_them(plan, tmp_path):
    code = plan.grids("micro")["grid_code"].iloc[0]
    posts = plans.pd.DataFrame({"grid_code": [code], "title": ["微网格员"], "needed": [1.5]})

    path = write_atlas(dataclasses.replace(plan, tables={"staffing": posts}), tmp_path / "a.pdf")

    assert "微网格员1.5人" in text_of(pypdf.PdfReader(path).pages[2])


@pytest.mark.system
def test_hostile_names_are_shortened_and_missing_characters_told(tmp_path):
    path = write_atlas(hostile.hostile_plan(), tmp_path / "a.pdf")

    found = [text_of(page) for page in pypdf.PdfReader(path).pages]
    assert "字体缺少" in found[0]
    assert "U+1F3E0" in found[0]
    assert any("<script>" in told for told in found)
    assert any("=HYPERLINK" in told for told in found)
    assert any("长…" in told for told in found)
    assert not any("\u202e" in told for told in found)


def test_without_a_chinese_font_the_atlas_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(atlas, "chinese_entry", lambda: None)

    with pytest.raises(DataError, match="fonts-noto-cjk"):
        write_atlas(plans.small_plan(), tmp_path / "a.pdf")

    assert not list(tmp_path.iterdir())


def test_a_plan_without_chinese_text_needs_no_chinese_font(monkeypatch, tmp_path):
    monkeypatch.setattr(atlas, "chinese_entry", lambda: None)
    plan = plans.small_plan()
    bare = {
        name: table.assign(name=table["grid_code"]).iloc[:1] for name, table in plan.layers.items()
    }
    district = dataclasses.replace(
        plan.district,
        communities=plan.district.communities.assign(name="West"),
        stations=plan.district.stations.assign(name="S"),
        streets=plan.district.streets.assign(name=None),
        measures=(),
    )
    rules = dataclasses.replace(plan.rules, title="Rules", sources=(), levels=())
    plain = dataclasses.replace(
        plan, layers=bare, district=district, rules=rules, exclusive=plan.exclusive.iloc[:0],
        units=plan.units.assign(name=None), notes=(),
    )  # fmt: skip

    path = write_atlas(plans.with_report(plain, breaches=()), tmp_path / "a.pdf", lang="en")

    assert "C1" in text_of(pypdf.PdfReader(path).pages[-2])


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"levels": ["streets"]}, "not in this plan"),
        ({"url": "https://example.org"}, "grid_code"),
        ({"url": "https://example.org/{grid_code}" + "x" * 400}, "300 characters"),
    ],
)
def test_what_cannot_be_printed_is_refused_before_the_work(tmp_path, asked, told):
    with pytest.raises(DataError, match=told):
        write_atlas(plans.small_plan(), tmp_path / "a.pdf", **asked)

    assert not list(tmp_path.iterdir())


def test_interruption_leaves_nothing(plan, tmp_path, monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(atlas, "draw_grid", interrupt)

    with pytest.raises(KeyboardInterrupt):
        write_atlas(plan, tmp_path / "a.pdf")

    assert not list(tmp_path.iterdir())


@pytest.mark.system
def test_the_command_writes_the_atlas_and_takes_no_file_twice(plan, tmp_path):
    folder = write_plan(plan, tmp_path / "plan")
    asked = ["atlas", str(folder), "-o", str(tmp_path / "a.pdf"), "--level", "overall"]

    first, second = (CliRunner().invoke(cli, asked) for _ in range(2))

    assert (first.exit_code, second.exit_code) == (0, 1)
    assert "--overwrite" in second.output
    assert len(pypdf.PdfReader(tmp_path / "a.pdf").pages) == 5


@given(text=st.text(max_size=60), wide=st.floats(20, 300), most=st.integers(1, 4))
def test_wrapped_text_fits_and_is_whole_unless_it_ends_in_an_ellipsis(text, wide, most):
    faces = dejavu()
    told = one_line(text)

    lines = faces.wrapped(told, 10, wide, most)

    assert len(lines) <= most
    assert all(faces.width(line, 10) <= wide + 1e-9 for line in lines)
    joined = re.sub(r"\s", "", "".join(lines))
    whole = re.sub(r"\s", "", told)
    assert joined == whole or (lines[-1].endswith("…") and whole.startswith(joined[:-1]))


@pytest.mark.system
def test_a_second_document_has_the_characters_that_the_first_had_not(tmp_path):
    entry = chinese_entry()
    for name in ("甲乙丙一级网格", "西山街道二级网格"):
        faces = load_typefaces([(entry.fname, [entry.name])], name)
        page = canvas.Canvas(str(tmp_path / "page.pdf"))
        page.setFont(faces.home[name[0]], 20)
        page.drawString(50, 500, name)
        page.save()

        assert name in pypdf.PdfReader(tmp_path / "page.pdf").pages[0].extract_text()


def test_a_character_that_no_font_has_is_told_and_stood_in_for():
    faces = load_typefaces([(typefaces_file(), ())], "ab\U0001f3e0")

    assert faces.missing == {"\U0001f3e0"}
    assert "".join(part for _, part in faces.runs("a\U0001f3e0")) == f"a{faces.stand_in}"


def typefaces_file():
    from matplotlib import font_manager

    return str(font_manager.findfont("DejaVu Sans"))


def dejavu(made=[]):  # noqa: B006 - made once
    if not made:
        made.append(load_typefaces([(typefaces_file(), ())], "abc"))
    return made[0]


@pytest.mark.system
def test_cubic_outlines_become_quadratic_with_the_same_widths(plan):
    from fontTools.ttLib import TTFont

    entry = chinese_entry()
    font = typefaces._open(typefaces.Path(str(entry.fname)), [entry.name])
    name = font.getBestCmap()[ord("网")]
    wide = font["hmtx"][name][0]

    cut = TTFont(io.BytesIO(typefaces._cut(font, {"网", "格"})))

    assert "glyf" in cut
    assert set(cut.getBestCmap()) == {ord("网"), ord("格")}
    assert cut["hmtx"][cut.getBestCmap()[ord("网")]][0] == wide
