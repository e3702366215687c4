"""Tables come out in canonical columns and types, or with findings that name the rows."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from districts import communities, full, place, plain, square, table, units, with_cell

from gridpart import columns, schema
from gridpart.findings import has_errors


def conform(name, frame):
    return columns.conform_layer(schema.LAYERS[name], frame)


@pytest.mark.parametrize("name", list(full()))
def test_good_layers_pass_without_an_error(name):
    frame, findings = conform(name, full()[name])

    assert not has_errors(findings)
    assert len(frame) == len(full()[name])


def test_absent_optional_columns_come_as_null():
    frame, findings = conform("units", units())

    optional = ["community_id", "compound_id", "kind", "floors", "stairwells", "name"]
    assert list(frame.columns) == ["unit_id", *optional, "households", "geometry"]
    assert frame[optional].isna().all(axis=None)
    assert findings == []


def test_other_columns_are_kept():
    frame, _ = conform("units", units().assign(elderly=[0.5] * 32, 老人=list(range(32))))

    assert frame["elderly"].tolist() == [0.5] * 32
    assert frame["老人"].tolist() == list(range(32))


@pytest.mark.parametrize(
    ("ids", "wanted"),
    [
        ([510121001001, 510121001002], ["510121001001", "510121001002"]),
        ([510121001001.0, 2.0], ["510121001001", "2"]),
        ([" C1 ", "C2"], ["C1", "C2"]),
        (["001", "01"], ["001", "01"]),
    ],
)
def test_ids_become_text(ids, wanted):
    frame, findings = conform("communities", communities().assign(community_id=ids))

    assert frame["community_id"].tolist() == wanted
    assert findings == []


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "float64", "Int64"])
def test_whole_numbers_of_any_type_become_int64(dtype):
    frame, findings = conform("units", units().astype({"households": dtype}))

    assert frame["households"].dtype == "int64"
    assert frame["households"].tolist() == units()["households"].tolist()
    assert findings == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (-2, "-2 (unit U31)"),
        (None, "no value (unit U31)"),
        (float("nan"), "no value (unit U31)"),
        (float("inf"), "inf (unit U31)"),
        (2.5, "2.5 (unit U31)"),
        ("many", "text 'many' (unit U31)"),
        ("12", "text '12' (unit U31)"),
        (2 * 10**9, "2000000000 (unit U31)"),
        (True, "True (unit U31)"),
    ],
)
@pytest.mark.parametrize("measure", schema.MEASURES)
def test_counts_must_be_whole_numbers(measure, value, shown):
    frame = units().rename(columns={"households": measure})

    _, (finding,) = conform("units", with_cell(frame, "U31", measure, value))

    assert finding.severity == "error"
    assert finding.what == f"1 of 32 units have no usable '{measure}'."
    assert finding.found == shown
    assert finding.names == ("U31",)


def test_at_most_five_rows_are_shown_and_all_are_named():
    _, (finding,) = conform("units", units().assign(households=-1))

    assert finding.found.endswith("-1 (unit U10) and 27 more")
    assert len(finding.names) == 32


@pytest.mark.parametrize("column", ["floors", "stairwells"])
def test_optional_counts_may_be_empty_but_not_odd(column):
    frame, none = conform("units", with_cell(units(), "U00", column, 6))
    _, (finding,) = conform("units", with_cell(units(), "U00", column, 6.5))

    assert none == []
    assert frame[column].dtype == "Int64"
    assert frame[column].sum() == 6
    assert finding.found == "6.5 (unit U00)"


def test_area_type_is_urban_where_it_is_not_stated():
    frame, (finding,) = conform("communities", with_cell(communities(), "C2", "area_type", None))

    assert frame["area_type"].tolist() == ["urban", "urban"]
    assert finding.kind == "assumption"
    assert finding.names == ("C2",)


def test_odd_area_types_are_refused():
    _, (finding,) = conform("communities", with_cell(communities(), "C2", "area_type", "town"))

    assert finding.severity == "error"
    assert finding.found == "'town' (community C2)"


def test_nameless_communities_bear_their_id():
    frame, (finding,) = conform("communities", with_cell(communities(), "C1", "name", " "))

    assert frame["name"].tolist() == ["C1", "East"]
    assert finding.names == ("C1",)


def test_missing_columns_offer_the_near_name():
    _, (finding,) = conform("units", units().rename(columns={"unit_id": "unitid"}))

    assert finding.what == "The layer 'units' has no column 'unit_id'."
    assert "did you mean 'unitid'?" in finding.found


def test_units_without_a_measure_offer_the_near_name():
    (finding,) = columns.missing_measures(units().rename(columns={"households": "househols"}))

    assert "'househols': did you mean 'households'?" in finding.found


def test_missing_ids_are_named_by_name_or_by_place():
    frame = with_cell(units(), "U00", "name", "Old Mill")
    frame = with_cell(with_cell(frame, "U31", "unit_id", ""), "U00", "unit_id", None)

    rest, (finding,) = conform("units", frame)

    assert finding.what == "2 of 32 units have no 'unit_id'."
    assert finding.names == ("Old Mill", "the unit at (500350, 3380150)")
    assert len(rest) == 30


def test_all_ids_missing_is_an_error():
    _, (finding,) = conform("units", units().assign(unit_id=None))

    assert finding.what == "32 of 32 units have no 'unit_id'."


def test_shared_ids_are_named():
    _, (finding,) = conform("units", with_cell(units(), "U31", "unit_id", "U00"))

    assert finding.severity == "error"
    assert finding.found == "U00 (2 rows)"


@pytest.mark.parametrize("nothing", [None, shapely.Polygon()], ids=["null", "empty"])
@pytest.mark.parametrize("name", ["communities", "units"])
def test_rows_without_geometry_are_named(name, nothing):
    frame = plain()[name]
    last = frame.iloc[-1, 0]

    rest, (finding,) = conform(name, with_cell(frame, last, "geometry", nothing))

    assert finding.what.endswith(f"{name} have no geometry.")
    assert finding.names == (last,)
    assert len(rest) == len(frame) - 1


def test_wrong_geometry_types_are_named():
    line = shapely.LineString([place(0, 0), place(1, 1)])

    _, (finding,) = conform("units", with_cell(units(), "U11", "geometry", line))

    assert finding.found == "U11 (LineString)"
    assert finding.wanted.startswith("a Polygon or MultiPolygon or Point")


def test_infinite_coordinates_are_named():
    far = shapely.Polygon([(0, 0), (float("inf"), 0), (1, 1)])

    _, (finding,) = conform("units", with_cell(units(), "U11", "geometry", far))

    assert finding.what == "1 of 32 units have coordinates that are no numbers."
    assert finding.names == ("U11",)


def test_needed_layers_without_rows_are_refused_and_others_are_absent():
    _, (needed,) = conform("units", units().iloc[:0])
    empty, (optional,) = conform("streets", full()["streets"].iloc[:0])

    assert needed.severity == "error"
    assert needed.what == "The layer 'units' has no rows."
    assert optional.kind == "assumption"
    assert empty.columns.tolist() == ["class", "name", "geometry"]


@pytest.mark.parametrize(
    "column",
    [
        "姓名",
        "户主姓名",
        "联系人",
        "身份证号",
        "联系电话",
        "手机",
        "phone",
        "Phone_2",
        "id_card",
        "Mobile",
    ],
)
def test_personal_columns_are_left_out_and_told(column):
    frame, (finding,) = conform("units", units().assign(**{column: "secret"}))

    assert column not in frame
    assert finding.severity == "warning"
    assert finding.names == (column,)
    assert "secret" not in str(finding)


@pytest.mark.parametrize(
    "column", ["name", "kind", "telecoms", "elderly_alone", "老人", "mobility"]
)
def test_harmless_columns_stay(column):
    frame, findings = conform("units", units().assign(**{column: "x"}))

    assert column in frame
    assert findings == []


def test_grids_need_a_level_in_every_row():
    grids = table([{"level": None, "name": "North", "geometry": square(0, 0)}])

    _, (finding,) = conform("grids", grids)

    assert finding.what == "1 of 1 grids have no 'level'."
    assert finding.names == ("North",)


def test_missing_layers_offer_the_near_name():
    findings = columns.missing_layers(["units"], ["comunities"], "toy")

    assert [f.severity for f in findings] == ["error", "warning"]
    assert "did you mean 'comunities'?" in findings[0].found
    assert findings[1].names == ("comunities",)


def test_empty_frames_have_the_canonical_columns():
    for layer in schema.LAYERS.values():
        frame = schema.empty_frame(layer, "EPSG:4547")

        assert isinstance(frame, gpd.GeoDataFrame)
        assert frame.crs == "EPSG:4547"
        wanted = [
            c.name for c in layer.columns
            if c.type not in ("measure", "total") and not c.optional
        ]  # fmt: skip
        assert frame.columns.tolist() == [*wanted, "geometry"]


@pytest.mark.parametrize("value", [pd.NA, pd.NaT, None, float("nan"), "", " \t"])
def test_every_kind_of_nothing_is_missing(value):
    assert schema.is_missing(value)


def test_other_spellings_of_a_choice_are_read_and_told():
    towns = communities().assign(area_type=["城镇", 220])

    frame, findings = conform("communities", towns)

    assert frame["area_type"].tolist() == ["urban", "rural"]
    (told,) = findings
    assert (told.kind, told.names) == ("assumption", ("220", "城镇"))
