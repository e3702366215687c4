"""Text put together from columns."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridpart.errors import DataError
from gridpart.manifest import Template, parse_manifest
from gridpart.mapping import map_columns
from gridpart.schema import LAYERS
from gridpart.templates import fill_template, template_columns

NAMES = st.text(st.characters(exclude_characters="{}", exclude_categories=["C"]), min_size=1)


@given(names=st.lists(NAMES, min_size=1, max_size=3, unique=True), between=st.sampled_from("-x楼"))
def test_a_template_of_all_columns_is_their_texts_joined(names, between):
    text = between.join(f"{{{name}}}" for name in names)
    frame = pd.DataFrame({name: [f"v{n}"] for n, name in enumerate(names)})

    assert template_columns(text) == tuple(names)
    assert fill_template(text, frame).tolist() == [between.join(f"v{n}" for n in range(len(names)))]


def test_a_part_that_is_missing_makes_the_whole_missing():
    frame = pd.DataFrame({"a": ["x", None], "b": [1.0, 2.0]})

    assert fill_template("{a}-{b}", frame).tolist() == ["x-1", None]


def test_braces_in_a_value_stay_as_they_are():
    frame = pd.DataFrame({"a": ["{b}"], "b": ["y"]})

    assert fill_template("{a}{b}", frame).tolist() == ["{b}y"]


@pytest.mark.parametrize("text", ["楼", "{}", "{楼", "楼}", "{a}}"])
def test_what_is_no_template_is_refused_in_the_manifest(text, tmp_path):
    (tmp_path / "a.csv").write_text("a\n", "utf-8")
    table = {"units": {"path": "a.csv", "columns": {"unit_id": {"text": text}}}}

    with pytest.raises(DataError, match="text "):
        parse_manifest(table, tmp_path)


def test_columns_that_a_template_lacks_are_named():
    frame = pd.DataFrame({"小区": ["x"]})

    with pytest.raises(DataError, match="楼号"):
        map_columns(frame, {"unit_id": Template("{小区}{楼号}")}, LAYERS["units"], "a.csv")
