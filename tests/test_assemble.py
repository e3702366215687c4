"""Codes and outlines follow from where grids lie, not from the order they were found in."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from districts import CRS, place, square
from hypothesis import given
from hypothesis import strategies as st

from gridpart.assemble import code_exclusive, code_grids
from gridpart.hierarchy import Division
from gridpart.rules import load_rules

RULES = load_rules("qixian")
LEVELS = RULES.levels_for("urban")
COMMUNITY = {"community_id": "510121001002", "name": "栖贤社区", "area_type": "urban"}
CELLS = np.array([square(i, j) for j in range(4) for i in range(4)], dtype=object)
"""Cells row by row from the south-west."""
X, Y = np.arange(16) % 4, np.arange(16) // 4
NO_SITES = np.empty(0, dtype=object)


def division(general, micro):
    """Return a division of the 16 cells."""
    overall = np.zeros(16, np.int32)
    labels = {"overall": overall, "general": np.asarray(general), "micro": np.asarray(micro)}
    return Division(labels, (), "budget")


def coded(general, micro, sites=NO_SITES, cells=CELLS):
    return code_grids(COMMUNITY, LEVELS, RULES, division(general, micro), cells, sites)


def test_codes_run_from_north_to_south_and_west_to_east_inside_the_parent():
    result = coded(Y // 2 * 2 + X // 2, np.arange(16))

    north_west, south_east = 12, 3
    assert result.unit_codes["overall"].tolist() == ["510121001002"] * 16
    assert result.unit_codes["general"][north_west] == "510121001002001"
    assert result.unit_codes["general"][south_east] == "510121001002004"
    assert result.unit_codes["micro"][north_west] == "51012100100200101"
    assert result.unit_codes["micro"][south_east] == "51012100100200404"


@given(seed=st.integers(0, 2**16))
def test_the_numbers_of_labels_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    general, micro = Y // 2 * 2 + X // 2, Y * 2 + X // 2
    one, other = rng.permutation(4)[general], rng.permutation(8)[micro]

    first, second = coded(general, micro), coded(one, other)

    for level in ("overall", "general", "micro"):
        assert first.unit_codes[level].tolist() == second.unit_codes[level].tolist()
        for table in (first, second):
            assert table.grids[level]["grid_code"].is_monotonic_increasing
        same = [
            a.equals(b) or a.symmetric_difference(b).area == 0
            for a, b in zip(
                first.grids[level]["geometry"], second.grids[level]["geometry"], strict=True
            )
        ]
        assert all(same)


def test_grids_are_named_and_know_their_parents():
    result = coded(Y // 2, Y)

    micro = result.grids["micro"]
    assert micro["name"].tolist()[:2] == ["栖贤社区第1网格第1微网格", "栖贤社区第1网格第2微网格"]
    assert result.grids["general"]["parent_code"].tolist() == ["510121001002"] * 2
    assert result.grids["overall"]["parent_code"].tolist() == [""]
    assert result.grids["overall"]["name"].tolist() == ["栖贤社区总网格"]
    parents = set(result.grids["general"]["grid_code"])
    assert all(p in parents and c.startswith(p)
               for c, p in zip(micro["grid_code"], micro["parent_code"], strict=True))  # fmt: skip
    assert set(micro["community_id"]) == {"510121001002"}


def test_each_outline_is_the_ground_of_its_units():
    result = coded(Y // 2 * 2 + X // 2, X)

    for level in ("overall", "general", "micro"):
        table = result.grids[level].set_index("grid_code")["geometry"]
        codes = result.unit_codes[level]
        for code, outline in table.items():
            expected = shapely.union_all(CELLS[codes == code])
            assert shapely.symmetric_difference(outline, expected).area == 0


def test_only_the_overall_grid_includes_sites():
    site = square(4, 0)
    cells = CELLS.copy()

    result = coded(Y // 2, Y, np.array([site], dtype=object), cells)

    assert result.grids["overall"]["geometry"].iloc[0].area == 17 * 10_000
    assert sum(s.area for s in result.grids["general"]["geometry"]) == 16 * 10_000


def test_units_without_ground_carry_codes_and_add_no_outline():
    cells = CELLS.copy()
    cells[5] = None

    result = coded(Y // 2, Y, cells=cells)

    assert result.unit_codes["micro"][5] == result.unit_codes["micro"][4]
    assert sum(s.area for s in result.grids["micro"]["geometry"]) == 15 * 10_000


def test_a_community_without_a_12_digit_code_is_coded_by_its_id():
    labels = np.zeros(16, np.int32)
    community = {"community_id": "C1", "name": "West", "area_type": "rural"}

    result = code_grids(community, LEVELS, RULES, division(labels, labels), CELLS, NO_SITES)

    assert [result.grids[level.id]["grid_code"].iloc[0] for level in LEVELS] == [
        "C1", "C1001", "C100101",
    ]  # fmt: skip


def sites(*places):
    """Return schools at places on the lattice."""
    return gpd.GeoDataFrame(
        {
            "exclusive_id": [f"E{i}" for i in range(len(places))],
            "kind": "school",
            "name": [f"第{i}小学" for i in range(len(places))],
        },
        geometry=[place(*p).buffer(10) for p in places],
        crs=CRS,
    )


def test_exclusive_grids_take_the_serials_set_aside_in_order_of_place():
    table = code_exclusive(sites((3, 0), (0, 3), (3, 3)), COMMUNITY, RULES, "510121001002")

    assert table["grid_code"].tolist() == [f"51012100100290{n}" for n in (1, 2, 3)]
    assert table["exclusive_id"].tolist() == ["E1", "E2", "E0"]
    assert table["name"].iloc[0] == "第1小学专属网格"
    assert set(table["parent_code"]) == {"510121001002"}
    assert set(table["level"]) == {"exclusive"}


@pytest.mark.parametrize("n", [1, 12])
def test_every_site_has_a_code_of_its_own(n):
    table = code_exclusive(sites(*[(i, i % 3) for i in range(n)]), COMMUNITY, RULES, "P")

    assert table["grid_code"].is_unique
    assert len(table) == n
