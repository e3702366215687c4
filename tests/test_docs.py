"""The documentation holds what it says: links lead somewhere and examples are valid."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import districts
import pandas as pd
import pytest

import gridpart
from gridpart.datums import from_wgs84
from gridpart.drivers import VECTOR
from gridpart.io import read_district
from gridpart.manifest import LayerSource, Manifest, TableSource
from gridpart.model import REASONS
from gridpart.rules import load_rules, parse_rules
from gridpart.sources import TABLES

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/**/README.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files(page):
    targets = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))

    local = [target for target in targets if not target.startswith(("http:", "https:"))]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_the_examples_of_rule_sets_are_valid(tmp_path):
    text = (ROOT / "docs" / "reference" / "rules.md").read_text(encoding="utf-8")

    example, *additions = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)

    assert parse_rules(tomllib.loads(example), "docs/reference/rules.md").id == "mine"
    for addition in additions:
        own = tmp_path / "own.toml"
        own.write_text(addition if "extends" in addition else example + addition, encoding="utf-8")
        assert load_rules(own) not in (
            parse_rules(tomllib.loads(example), "it"),
            load_rules("chengdu"),
        )


def test_the_example_of_a_manifest_reads_the_folder_it_describes(tmp_path):
    text = (ROOT / "docs" / "reference" / "manifest.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    ground = districts.communities().drop(columns="area_type")
    ground.columns = ["社区编码", "社区名称", "geometry"]
    districts.write_file(ground, tmp_path / "社区.shp", encoding="GBK")
    units = districts.units().rename(columns={"unit_id": "楼栋号"})
    lon, lat = from_wgs84(*places(units), "gcj02")
    units[["楼栋号"]].assign(经度=lon, 纬度=lat).to_csv(tmp_path / "楼栋.csv", index=False)
    rows = [
        ("二〇二六年台账", None),
        ("楼号", "户数"),
        *zip(units["楼栋号"], units["households"], strict=True),
    ]
    with pd.ExcelWriter(tmp_path / "台账.xlsx") as book:
        pd.DataFrame(rows).to_excel(book, sheet_name="2026年", header=False, index=False)
    (tmp_path / "district.toml").write_text(example, encoding="utf-8")

    district = read_district(tmp_path)

    assert district.name == "栖贤街道"
    assert district.units["households"].tolist() == districts.units()["households"].tolist()
    assert district.units["community_id"].value_counts().to_dict() == {"C1": 16, "C2": 16}


def places(frame):
    """Return longitude and latitude of the middle of each row."""
    middle = frame.geometry.centroid.to_crs(4326)
    return middle.x.to_numpy(), middle.y.to_numpy()


def test_every_key_of_a_manifest_is_explained():
    text = (ROOT / "docs" / "reference" / "manifest.md").read_text(encoding="utf-8")
    keys = {field.name for kind in (Manifest, LayerSource, TableSource) for field in fields(kind)}

    assert [key for key in keys - {"layers", "join"} if f"`{key}`" not in text] == []
    assert [suffix for suffix in (*VECTOR, *TABLES) if f"`{suffix}`" not in text] == []


def test_every_reason_is_explained():
    text = (ROOT / "docs" / "reference" / "plan.md").read_text(encoding="utf-8")

    assert all(f"| `{reason}` | {title} |" in text for reason, title in REASONS.items())


def test_all_thirty_expectations_have_their_place_and_their_tests_exist():
    text = (ROOT / "docs" / "explanation" / "expectations.md").read_text(encoding="utf-8")
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("test_*.py"))

    rows = re.findall(r"^\| (\d+) \| [^|]+ \| (kept|open|in part) \|", text, re.MULTILINE)
    named = re.findall(r"`[^`]*?(test_\w+?)_?(?:\.py|…)?`", text)

    assert [int(number) for number, _ in rows] == list(range(1, 31))
    assert all(f"def {name}" in tests or (ROOT / "tests" / f"{name}.py").exists() for name in named)


def test_every_module_has_a_place_in_the_architecture():
    text = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    modules = [path.stem for path in (ROOT / "gridpart").glob("*.py") if path.stem != "__init__"]

    assert [module for module in modules if f"`{module}`" not in text] == []


def test_every_public_name_is_in_the_reference():
    text = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")

    listed = re.findall(r"auto(?:function|class|exception):: gridpart[.](\w+)", text)

    assert sorted(listed) == sorted(gridpart.__all__)


def test_every_page_is_reached_from_the_index():
    folder = ROOT / "docs"
    listed = {"index", "changes/README"}
    for index in [folder / "index.md", *folder.glob("*/index.md")]:
        (toctree,) = re.findall(r"```{toctree}\n(.*?)```", index.read_text("utf-8"), re.DOTALL)
        for entry in (line for line in toctree.splitlines() if line and line[0] != ":"):
            listed |= {p.with_suffix("").relative_to(folder).as_posix()
                       for p in index.parent.glob(f"{entry}.md")}  # fmt: skip

    pages = {p.with_suffix("").relative_to(folder).as_posix() for p in folder.glob("[!_]*/*.md")}
    assert {page for page in pages if not page.startswith("changes/")} <= listed
