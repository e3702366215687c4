"""Names and values that planners write, and what they mean."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridpart.aliases import COLUMN_ALIASES, LAYER_WORDS
from gridpart.recognition import match_rank, name_strength, recognize_columns
from gridpart.rules import load_rules
from gridpart.schema import LAYERS


def test_every_layer_has_words_and_columns():
    assert set(LAYER_WORDS) == set(COLUMN_ALIASES) == set(LAYERS)


def test_every_aliased_column_is_canonical_or_an_indicator_of_a_preset():
    rules = load_rules("qixian")
    indicators = {indicator.column for indicator in rules.difficulty.indicators}
    for layer, columns in COLUMN_ALIASES.items():
        assert set(columns) - {c.name for c in LAYERS[layer].columns} <= indicators


@pytest.mark.parametrize("layer", LAYERS)
def test_every_canonical_name_is_recognized(layer):
    assert name_strength(layer, [layer]) == 3
    for column, aliases in COLUMN_ALIASES[layer].items():
        assert match_rank(column, aliases) is not None or column == "name"


@pytest.mark.parametrize(
    ("text", "layer"),
    [
        ("社区界", "communities"),
        ("某街道社区边界2024", "communities"),
        ("Community_boundary", "communities"),
        ("楼栋面", "units"),
        ("房屋建筑_2023年", "units"),
        ("OSM_buildings", "units"),
        ("道路中心线", "streets"),
        ("铁路", "barriers"),
        ("铁路道口", "crossings"),
        ("社区服务站", "stations"),
        ("专属网格", "exclusive"),
        ("网格", "grids"),
        ("社区楼栋", "units"),
    ],
)
def test_no_other_layer_is_said_as_plainly(text, layer):
    strengths = {name: name_strength(name, [text]) for name in LAYERS}

    # of exclusive grids (专属网格) only the columns tell that they are no grids in force
    rivals = {name for name in strengths if name not in (layer, "grids")}
    assert strengths[layer] == max(strengths.values()) > 0
    assert all(strengths[name] < strengths[layer] for name in rivals)


def test_a_community_is_no_unit():
    assert name_strength("units", ["community"]) == 0


@given(
    aside=st.sampled_from(["", "（户）", "(户)", " "]),
    column=st.sampled_from(["户数", "总户数", "常住人口", "households"]),
)
def test_blanks_and_what_stands_in_parentheses_change_nothing(aside, column):
    for aliases in COLUMN_ALIASES["units"].values():
        assert match_rank(column + aside, aliases) == match_rank(column, aliases)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
@pytest.mark.parametrize(
    ("layer", "column", "full"),
    [
        ("communities", "community_id", "行政区划代码"),
        ("units", "population", "常住人口数"),
        ("units", "compound_id", "小区名称"),
    ],
)
def test_names_cut_to_ten_bytes_are_recognized(layer, column, full, encoding):
    cut = full.encode(encoding)[:10].decode(encoding, "ignore")

    assert match_rank(cut, COLUMN_ALIASES[layer][column], cut=True) is not None


def test_short_names_are_not_taken_for_cut_ones():
    assert match_rank("社", COLUMN_ALIASES["communities"]["name"], cut=True) is None


def columns_of(layer, frame, **options):
    found = recognize_columns(layer, pd.DataFrame(frame), **options)
    return {column: guess.value for column, guess in found.columns.items()}, found


def test_an_id_that_rows_share_is_no_key():
    taken, found = columns_of("units", {"楼栋编码": ["A", "A"], "编号": [1, 2], "户数": [3, 4]})

    assert taken == {"unit_id": "编号", "households": "户数"}
    assert found.refused == {"楼栋编码": "not unit_id: rows share a value or lack one"}


def test_a_count_of_texts_is_no_count():
    taken, found = columns_of("units", {"ID": [1, 2], "户数": ["约三十", "四十"]})

    assert "households" not in taken
    assert "no counts" in found.refused["户数"]


def test_names_of_communities_are_no_ids():
    taken, found = columns_of(
        "units", {"ID": [1, 2], "社区": ["甲社区", "乙社区"]}, known_ids=["510121001001"]
    )

    assert "community_id" not in taken
    assert "units go by location" in found.refused["社区"]


def test_ids_of_communities_are_taken():
    taken, _ = columns_of(
        "units", {"ID": [1, 2], "社区": [510121001001] * 2}, known_ids=["510121001001"]
    )

    assert taken["community_id"] == "社区"


def test_several_counts_of_the_same_are_told():
    taken, found = columns_of("units", {"ID": [1], "户籍户数": [3], "总户数": [4]})

    assert taken["households"] == "总户数"
    assert found.rivals == {"households": ("户籍户数",)}


def test_personal_columns_are_no_columns_of_a_layer():
    taken, found = columns_of("units", {"ID": [1], "联系电话": ["13812345678"], "户数": [3]})

    assert "联系电话" not in {*taken.values(), *found.rest}
    assert found.personal == {"联系电话": "its name"}


def test_no_value_that_looks_personal_is_in_a_reason():
    _, found = columns_of("communities", {"社区编码": ["1"], "城乡": ["13812345678"]})

    assert "13812345678" not in str(found)


@given(order=st.permutations(["楼栋编码", "总户数", "常住人口", "小区", "层数", "备注"]))
def test_the_order_of_columns_changes_nothing(order):
    frame = {"楼栋编码": ["A"], "总户数": [3], "常住人口": [7], "小区": ["x"], "层数": [6],
             "备注": ["-"]}  # fmt: skip

    taken, found = columns_of("units", {name: frame[name] for name in order})

    assert taken == columns_of("units", frame)[0]
    assert found.rest == ("备注",)
