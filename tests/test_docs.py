"""The documentation holds what it says: links lead somewhere and examples are valid."""

import re
import tomllib
from pathlib import Path

import pytest

from gridpart.model import REASONS
from gridpart.rules import parse_rules

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/**/README.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files(page):
    targets = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))

    local = [target for target in targets if not target.startswith(("http:", "https:"))]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_the_example_of_a_rule_set_is_valid():
    text = (ROOT / "docs" / "reference" / "rules.md").read_text(encoding="utf-8")

    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)

    assert parse_rules(tomllib.loads(example), "docs/reference/rules.md").id == "mine"


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
