"""Units and sites learn their community; what is odd but usable is told and kept."""

import pytest
import shapely
from districts import communities, full, place, plain, square, units, with_cell, with_row, write

from gridpart.io import read_district

OPTIONAL = ("streets", "barriers", "crossings", "exclusive", "stations", "grids")


def by_id(frame):
    return frame.set_index(frame.columns[0])


def test_absent_layers_are_empty_with_canonical_columns(tmp_path):
    district = read_district(write(tmp_path, plain()))

    assert district.streets.columns.tolist() == ["class", "name", "geometry"]
    assert district.exclusive.crs == district.crs
    for layer in OPTIONAL:
        assert getattr(district, layer).empty


def test_a_district_cannot_be_changed(tmp_path):
    district = read_district(write(tmp_path, plain()))

    with pytest.raises(AttributeError):
        district.name = "other"
    assert "2 communities, 32 units, 0 streets" in repr(district)


def test_other_content_has_another_hash(tmp_path):
    changed = [
        plain(),
        full(),
        {**plain(), "units": with_cell(units(), "U00", "households", 99)},
        {**plain(), "units": with_cell(units(), "U00", "geometry", square(0, 0, 0.9, 1))},
        {**plain(), "units": with_cell(units(), "U00", "unit_id", "U99")},
        {**plain(), "units": with_cell(units(), "U00", "elderly", 1.0)},
    ]

    hashes = {
        read_district(write(tmp_path / str(i), layers)).source_hash
        for i, layers in enumerate(changed)
    }

    assert len(hashes) == len(changed)


def test_units_learn_their_community(tmp_path):
    district = read_district(write(tmp_path, plain()))

    located = by_id(district.units)["community_id"]
    assert located["U00"] == located["U33"] == "C1"
    assert located["U40"] == located["U73"] == "C2"


def test_stated_communities_hold_and_gaps_are_filled(tmp_path):
    layers = {**plain(), "units": with_cell(units(), "U40", "community_id", "C1")}

    district = read_district(write(tmp_path, layers))

    located = by_id(district.units)["community_id"]
    assert located["U40"] == "C1"
    assert located["U41"] == "C2"
    assert {note.names for note in district.notes} == {("U40",)}


def test_points_are_units_too(tmp_path):
    frame = units()
    points = frame.set_geometry(frame.geometry.centroid)

    district = read_district(write(tmp_path, {**plain(), "units": points}))

    assert district.units["community_id"].value_counts().to_dict() == {"C1": 16, "C2": 16}


def test_points_at_one_place_are_told(tmp_path):
    frame = with_row(units(), unit_id="P1", households=1, geometry=place(1.5, 1.5))
    frame = with_row(frame, unit_id="P2", households=1, geometry=place(1.5, 1.5))

    district = read_district(write(tmp_path, {**plain(), "units": frame}))

    assert [note.names for note in district.notes] == [("P1", "P2")]


@pytest.mark.parametrize("distance_m", [0.5, 19.5])
def test_units_just_outside_go_to_the_nearest_community(tmp_path, distance_m):
    frame = with_row(units(), unit_id="U99", households=5, geometry=square(8 + distance_m / 100, 0))

    district = read_district(write(tmp_path, {**plain(), "units": frame}))

    (note,) = district.notes
    assert note.kind == "moved"
    assert note.names == ("U99",)
    assert "U99 to C2" in str(note)
    assert by_id(district.units)["community_id"]["U99"] == "C2"


def test_units_far_outside_can_be_listed_instead(tmp_path):
    frame = with_row(units(), unit_id="U99", households=7, geometry=square(8.3, 0))

    district = read_district(write(tmp_path, {**plain(), "units": frame}), outside="list")

    (note,) = district.notes
    assert note.kind == "warning"
    assert note.names == ("U99",)
    assert "7 households" in str(note)
    assert "U99" not in set(district.units["unit_id"])
    assert len(district.units) == 32


def test_exclusive_sites_learn_their_community(tmp_path):
    district = read_district(write(tmp_path, full()))

    assert district.exclusive["community_id"].tolist() == ["C2"]
    assert district.exclusive["workers"].tolist() == [80]


def test_small_overlaps_are_told_and_kept(tmp_path):
    layers = {**plain(), "units": with_cell(units(), "U00", "geometry", square(0, 0, 1.005, 1))}

    district = read_district(write(tmp_path, layers))

    (note,) = district.notes
    assert note.kind == "warning"
    assert set(note.names) == {"U00", "U10"}
    assert "50.00 m2" in str(note)


def test_communities_in_several_parts_pass_and_are_told(tmp_path):
    far = shapely.MultiPolygon([square(4, 0, 4, 4), square(20, 0)])
    layers = {**plain(), "communities": with_cell(communities(), "C2", "geometry", far)}

    (note,) = read_district(write(tmp_path, layers)).notes

    assert note.names == ("C2",)


@pytest.mark.parametrize(
    "frame",
    [units().iloc[:16], units().assign(households=0), units().assign(households=10**6)],
    ids=["a community without units", "all counts zero", "units above any maximum"],
)
def test_unusual_districts_pass_without_a_note(tmp_path, frame):
    district = read_district(write(tmp_path, {**plain(), "units": frame}))

    assert len(district.units) == len(frame)
    assert district.notes == ()


def test_personal_columns_are_never_copied(tmp_path):
    frame = units().assign(户主="张三", 联系电话="13800000000")

    district = read_district(write(tmp_path, {**plain(), "units": frame}))

    assert not {"户主", "联系电话"} & set(district.units.columns)
    assert [note.names for note in district.notes] == [("户主", "联系电话")]


def test_units_across_a_border_are_told(tmp_path):
    frame = with_cell(units(), "U70", "geometry", square(7, 0, 1.2, 1))

    district = read_district(write(tmp_path, {**plain(), "units": frame}))

    (note,) = district.notes
    assert note.names == ("U70",)
    assert "U70 (2000 m2)" in str(note)
