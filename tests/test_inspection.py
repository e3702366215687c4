"""A check lists copies, slivers, parts, gaps, islands, pieces and bottlenecks by name."""

import districts
import numpy as np
import pytest
import shapely
from districts import square, with_cell

from gridpart.coverage import Tolerances
from gridpart.district import survey_layers
from gridpart.inspection import inspect


def found(layers, topic, **options):
    """Return the findings of one topic that only a check has, or all of them."""
    survey = inspect(survey_layers(layers, "town"), **options)
    return [f for f in survey.findings if f.topic == topic]


def only(layers, topic, **options):
    (finding,) = found(layers, topic, **options)
    assert finding.what[0].isdigit()
    return finding


def edited(name, row, geometry, layers=None):
    layers = layers or districts.plain()
    return {**layers, name: with_cell(layers[name], row, "geometry", geometry)}


@pytest.mark.parametrize("make", [districts.plain, districts.full])
def test_a_sound_district_has_nothing_to_list(make):
    survey = survey_layers(make(), "town")

    assert inspect(survey).findings == survey.findings


def test_layers_without_a_crs_are_not_looked_at():
    layers = {name: frame.set_crs(None, allow_override=True) for name, frame in
              districts.plain().items()}  # fmt: skip
    survey = survey_layers(layers, "town")

    assert inspect(survey) is survey


def test_copies_are_named_with_their_original_and_whether_all_else_is_equal():
    layers = edited("units", "U11", square(0, 0))
    layers["units"] = with_cell(layers["units"], "U11", "households", 10)

    finding = only(layers, "copy")

    assert finding.names == ("U11",)
    assert "U11 of U00, all else equal, too" in finding.found
    assert found(layers, "overlap")


def test_rows_that_repeat_an_id_say_whether_they_are_equal():
    units = districts.units()
    same = districts.with_row(units, **units.iloc[0].to_dict())
    other = districts.with_row(units, **{**units.iloc[0].to_dict(), "households": 99})

    texts = [
        [f.found for f in survey_layers({**districts.plain(), "units": u}, "town").findings]
        for u in (same, other)
    ]

    assert any("U00 (2 rows, all equal)" in text for text in texts[0])
    assert any("U00 (2 rows)" in text for text in texts[1])


def test_outlines_thinner_than_a_meter_are_slivers():
    layers = edited("units", "U00", square(0, 0, 0.995, 1))
    thin = {"unit_id": "U99", "households": 0, "geometry": square(0.995, 0, 0.005, 1)}
    layers["units"] = districts.with_row(layers["units"], **thin)

    finding = only(layers, "sliver")

    assert finding.names == ("U99",)


def test_units_in_parts_are_listed():
    parts = shapely.MultiPolygon([square(0, 0, 0.4, 1), square(0.6, 0, 0.4, 1)])

    assert only(edited("units", "U00", parts), "multipart").found == "U00 (2 parts)"


@pytest.mark.parametrize(
    ("width_m", "topic"), [(0.001, "seam"), (0.03, "seam"), (0.5, "sliver"), (3, "hole")]
)
def test_gaps_between_units_go_by_their_width(width_m, topic):
    layers = edited("units", "U11", square(1, 1, 1 - width_m / 100, 1))

    finding = only(layers, topic)

    assert set(finding.names) == {"U11", "U21", "U10", "U12"} & set(finding.names)
    assert {"U11", "U21"} <= set(finding.names)
    assert finding.places[0].amount == pytest.approx(width_m * 100, abs=1e-3)
    assert finding.places[0].geometry.area == pytest.approx(width_m * 100, abs=1e-3)
    assert finding.fix


def test_gaps_between_communities_are_found_though_no_ring_encloses_them():
    layers = edited("communities", "C2", square(4.002, 0, 3.998, 4))

    finding = only(layers, "sliver", tolerances=Tolerances())

    assert (finding.layer, finding.names) == ("communities", ("C1", "C2"))
    assert finding.places[0].amount == pytest.approx(0.2 * 400)


def test_tolerances_tell_seams_from_slivers():
    layers = edited("units", "U11", square(1, 1, 0.995, 1))

    assert not found(layers, "seam")
    assert only(layers, "seam", tolerances=Tolerances(snap_m=0.6))
    assert only(layers, "hole", tolerances=Tolerances(gap_m=0.4))


def test_ground_held_by_a_unit_of_another_community_is_no_gap():
    layers = districts.plain()
    units = with_cell(layers["units"], "U31", "geometry", square(3, 1, 0.9, 1))
    layers["units"] = with_cell(units, "U41", "geometry", square(3.9, 1, 1.1, 1))

    assert not found(layers, "hole")
    assert only(layers, "across").names == ("U41",)


def test_islands_and_pieces_are_named_with_what_they_hold():
    layers = districts.plain()
    units = layers["units"]
    for row, shape in (
        ("U00", square(0, 0, 0.97, 0.97)),
        ("U33", square(3, 3.03, 1, 0.97)),
        ("U23", square(2, 3.03, 1, 0.97)),
        ("U13", square(1.03, 3.03, 0.97, 0.97)),
    ):
        units = with_cell(units, row, "geometry", shape)
    layers["units"] = units

    island, piece = only(layers, "island"), only(layers, "piece")

    assert island.names == ("U00",)
    assert piece.names == ("C1",)
    assert "3 units with 45 households" in piece.found
    assert set(piece.places[0].names) == {"U13", "U23", "U33"}


def test_a_barrier_parts_a_community_and_a_crossing_joins_it():
    layers = districts.full()

    assert not found(layers, "piece")
    del layers["crossings"]
    assert "8 units" in only(layers, "piece").found


def houses(layers):
    """Return the layers with buildings that do not touch in place of units that tile."""
    shapes = layers["units"].geometry.scale(0.4, 0.4)
    return {**layers, "units": layers["units"].set_geometry(shapes)}


def test_between_buildings_only_barriers_part_a_community():
    layers = houses(districts.full())

    assert not found(layers, "piece")
    assert not found(layers, "island")
    del layers["crossings"]
    assert "8 units" in only(layers, "piece").found
    assert not any(found(layers, topic) for topic in ("seam", "sliver", "hole", "bottleneck"))


def test_points_have_pieces_but_no_outlines():
    layers = houses(districts.full())
    layers["units"] = layers["units"].set_geometry(layers["units"].geometry.centroid)
    del layers["crossings"]

    assert "8 units" in only(layers, "piece").found


def test_a_house_alone_behind_a_barrier_is_an_island():
    layers = houses(districts.plain())
    wall = shapely.LineString([districts.place(0, 1), districts.place(1, 1), districts.place(1, 0)])
    layers["barriers"] = districts.table([{"kind": "wall", "geometry": wall}])

    assert only(layers, "island").names == ("U00",)


def test_bottlenecks_tell_what_lies_beyond_them():
    strip = np.array([square(i, 0) for i in range(4)])
    layers = {
        "communities": districts.communities().iloc[:1].assign(geometry=[square(0, 0, 4, 1)]),
        "units": districts.table(
            [
                {"unit_id": f"U{i}", "households": 10 * (i + 1), "geometry": shape}
                for i, shape in enumerate(strip)
            ]
        ),
    }

    finding = only(layers, "bottleneck")

    assert finding.names == ("U2", "U1")
    assert finding.found == (
        "U2 (2 units with 30 households beyond it), U1 (1 unit with 10 households beyond it)"
    )


def test_what_is_wrong_elsewhere_does_not_hide_what_lies_on_the_ground():
    layers = edited("units", "U11", square(1, 1, 0.995, 1))
    layers["units"] = with_cell(layers["units"], "U00", "households", -3)

    assert only(layers, "sliver")


def test_units_that_were_not_located_are_looked_at_one_by_one():
    parts = shapely.MultiPolygon([square(0, 0, 0.4, 1), square(0.6, 0, 0.4, 1)])
    layers = edited("units", "U00", parts)
    layers["communities"] = with_cell(layers["communities"], "C2", "geometry", square(3, 0, 5, 4))

    assert only(layers, "multipart").names == ("U00",)
    assert not found(layers, "hole")
    del layers["communities"]
    assert only(layers, "multipart").names == ("U00",)
