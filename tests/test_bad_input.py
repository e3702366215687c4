"""Each fault ends in one error that names what is wrong, and never a row number."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from districts import (
    communities,
    full,
    place,
    plain,
    square,
    units,
    with_cell,
    with_row,
    write,
)
from refusals import refusal

from gridpart.findings import has_errors
from gridpart.io import check_district

BOWTIE = shapely.Polygon(
    [square(0, 0).exterior.coords[i] for i in (0, 2, 1, 3)],
)


def refused(tmp_path, **layers):
    return refusal(write(tmp_path / "bad", {**plain(), **layers}))


@pytest.mark.parametrize("name", ["communities", "units"])
def test_a_missing_layer_is_named(tmp_path, name):
    layers = plain()
    layers["strees"] = layers.pop(name)

    error = refusal(write(tmp_path / "bad", layers))

    assert error.what == f"The layer '{name}' is missing from bad."
    assert "strees" in error.found


def test_a_missing_layer_offers_the_near_name(tmp_path):
    error = refusal(write(tmp_path, {"communities": communities(), "unit": units()}))

    assert "did you mean 'unit'?" in error.found


@pytest.mark.parametrize(
    ("layer", "column"),
    [("communities", "community_id"), ("units", "unit_id"), ("exclusive", "exclusive_id")],
)
def test_a_missing_column_is_named_with_the_near_one(tmp_path, layer, column):
    frame = full()[layer].rename(columns={column: column[:-3] + "_code"})

    error = refused(tmp_path, **{layer: frame})

    assert error.what == f"The layer '{layer}' has no column '{column}'."
    assert column[:-3] + "_code" in error.found


def test_units_need_something_to_count(tmp_path):
    error = refused(tmp_path, units=units().rename(columns={"households": "housholds"}))

    assert error.what == "The layer 'units' has no column that counts anything."
    assert "did you mean 'households'?" in error.found


@pytest.mark.parametrize("layer", ["communities", "units"])
def test_a_layer_without_crs_is_named(tmp_path, layer):
    error = refused(tmp_path, **{layer: plain()[layer].set_crs(None, allow_override=True)})

    assert error.what == f"The layer '{layer}' has no CRS."


@pytest.mark.parametrize("layer", ["communities", "units"])
def test_degrees_in_a_metric_crs_are_refused(tmp_path, layer):
    frame = plain()[layer].to_crs("EPSG:4490").set_crs("EPSG:4547", allow_override=True)

    error = refused(tmp_path, **{layer: frame})

    assert layer in error.what
    assert "degrees" in error.what


def test_meters_in_a_geographic_crs_are_refused(tmp_path):
    frame = units().set_crs("EPSG:4490", allow_override=True)

    assert "units" in refused(tmp_path, units=frame).what


def test_lost_datums_are_refused(tmp_path):
    frame = units().set_crs("EPSG:2383", allow_override=True)

    assert "Xian 1980" in refused(tmp_path, units=frame).found


@pytest.mark.parametrize("layer", ["communities", "units"])
def test_shared_ids_are_named(tmp_path, layer):
    frame = plain()[layer]
    first, last = frame.iloc[0, 0], frame.iloc[-1, 0]

    error = refused(tmp_path, **{layer: with_cell(frame, last, frame.columns[0], first)})

    assert error.found == f"{first} (2 rows)"


def test_missing_ids_are_told_by_place(tmp_path):
    error = refused(tmp_path, units=with_cell(units(), "U31", "unit_id", None))

    assert error.what == "1 of 32 units have no 'unit_id'."
    assert error.found == "the unit at (500350, 3380150)"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(-2, "-2 (unit U31)"), (None, "no value (unit U31)"), (0.5, "0.5 (unit U31)")],
)
def test_bad_counts_are_shown_with_their_units(tmp_path, value, shown):
    frame = units().assign(households=units()["households"].astype(float))

    error = refused(tmp_path, units=with_cell(frame, "U31", "households", value))

    assert error.what == "1 of 32 units have no usable 'households'."
    assert error.found == shown


def test_counts_in_text_are_refused(tmp_path):
    error = refused(tmp_path, units=units().assign(households="dozens"))

    assert error.what == "32 of 32 units have no usable 'households'."
    assert error.found.startswith("text 'dozens' (unit U00), ")
    assert error.found.endswith(" and 27 more")


@pytest.mark.parametrize("nothing", [None, shapely.Polygon()], ids=["null", "empty"])
@pytest.mark.parametrize("layer", ["communities", "units"])
def test_rows_without_geometry_are_named(tmp_path, layer, nothing):
    last = plain()[layer].iloc[-1, 0]

    error = refused(tmp_path, **{layer: with_cell(plain()[layer], last, "geometry", nothing)})

    assert f"{layer} have no geometry" in str(error)
    assert last in error.found


def test_lines_as_units_are_named(tmp_path):
    line = shapely.LineString([place(0, 0), place(1, 1)])

    error = refused(tmp_path, units=with_cell(units(), "U11", "geometry", line))

    assert error.found == "U11 (LineString)"


@pytest.mark.parametrize("layer", ["communities", "units"])
def test_a_layer_without_rows_is_named(tmp_path, layer):
    error = refused(tmp_path, **{layer: plain()[layer].iloc[:0]})

    assert error.what == f"The layer '{layer}' has no rows."


def test_units_far_outside_are_named_with_the_distance(tmp_path):
    frame = with_row(units(), unit_id="U99", households=1, geometry=square(8.3, 0))

    error = refused(tmp_path, units=frame)

    assert error.what == "1 of 33 units lie more than 20 m outside every community."
    assert error.found == "U99 (30 m)"


def test_unknown_communities_are_named(tmp_path):
    error = refused(tmp_path, units=with_cell(units(), "U11", "community_id", "C11"))

    assert error.what == "1 of 32 units name a community that does not exist."
    assert error.found == "'C11' (unit U11)"
    assert "did you mean 'C1'?" in error.wanted


@pytest.mark.parametrize("outside", ["error", "list"])
def test_units_far_from_their_stated_community_are_named(tmp_path, outside):
    frame = with_cell(units(), "U00", "community_id", "C2")

    error = refusal(write(tmp_path, {**plain(), "units": frame}), outside=outside)

    assert error.found == "U00 (300 m from C2)"


@pytest.mark.parametrize("layer", ["communities", "units"])
def test_outlines_beyond_repair_are_named(tmp_path, layer):
    first = plain()[layer].iloc[0, 0]

    error = refused(tmp_path, **{layer: with_cell(plain()[layer], first, "geometry", BOWTIE)})

    assert f"{layer} cross themselves or enclose no area" in str(error)
    assert first in error.found


@pytest.mark.parametrize("layer", ["communities", "units"])
def test_overlaps_are_listed_as_pairs(tmp_path, layer):
    frame = plain()[layer]
    first, last = frame.iloc[0, 0], frame.iloc[-1, 0]
    both = with_cell(frame, last, "geometry", frame.geometry.iloc[0])

    error = refused(tmp_path, **{layer: both})

    assert f"2 of {len(frame)} {layer} overlap each other." in str(error)
    assert f"{first} with {last} ({frame.geometry.iloc[0].area:.2f} m2)" in error.found


def test_sites_across_communities_are_named(tmp_path):
    site = full()["exclusive"]

    error = refused(tmp_path, exclusive=with_cell(site, "E1", "geometry", square(3.2, 1)))

    assert error.what == "1 of 1 exclusive sites do not lie inside one community."
    assert error.found == "E1 (80% in C1)"


def test_sites_that_overlap_are_named(tmp_path):
    site = full()["exclusive"]
    two = with_row(site, exclusive_id="E2", geometry=square(5.4, 1.2, 0.5, 0.5))

    error = refused(tmp_path, exclusive=two)

    assert error.what == "2 of 2 exclusive sites overlap each other."
    assert error.found.startswith("E1 with E2")


def test_sites_that_state_another_community_are_named(tmp_path):
    error = refused(tmp_path, exclusive=full()["exclusive"].assign(community_id="C1"))

    assert error.found == "E1 (states C1, lies in C2)"


def test_several_faults_are_told_in_one_error(tmp_path):
    frame = with_cell(units(), "U00", "households", -1)
    frame = with_cell(frame, "U01", "geometry", None)
    frame = with_cell(frame, "U02", "community_id", "C9")
    frame = with_cell(frame, "U73", "geometry", square(20, 20))
    folder = write(tmp_path / "bad", {"communities": communities(), "units": frame})

    error = refusal(folder)

    assert error.what == "4 things are wrong with bad."
    for named in ("-1 (unit U00)", "U01", "'C9' (unit U02)", "U73 ("):
        assert named in error.found
    assert len([f for f in check_district(folder) if f.severity == "error"]) == 4


def test_layers_that_all_lack_a_crs_are_all_named(tmp_path):
    bare = {n: f.set_crs(None, allow_override=True) for n, f in plain().items()}

    error = refused(tmp_path, **bare)

    assert "'communities' has no CRS" in error.found
    assert "'units' has no CRS" in error.found


def moved(frame, east, north):
    """Return a layer in degrees, moved, with longitudes beyond 180 on the other side."""

    def move(xy):
        lon = (xy[:, 0] + east + 180) % 360 - 180
        return np.column_stack([lon, xy[:, 1] + north])

    return frame.set_geometry(
        gpd.GeoSeries(shapely.transform(frame.geometry.to_numpy(), move), crs=frame.crs)
    )


def in_degrees():
    return {name: frame.to_crs("EPSG:4490") for name, frame in plain().items()}


@pytest.mark.parametrize("layers", [plain(), in_degrees()], ids=["meters", "degrees"])
def test_units_at_the_origin_are_named(tmp_path, layers):
    units = with_row(layers["units"], unit_id="U99", households=1, geometry=shapely.Point(0, 0))

    error = refusal(write(tmp_path, {**layers, "units": units}))

    assert error.what == "1 of 33 units stand at (0, 0), like addresses that were not found."
    assert error.found == "U99"


@pytest.mark.parametrize("x", [np.inf, -np.inf])
def test_infinite_coordinates_are_named(tmp_path, x):
    frame = with_row(units(), unit_id="U99", households=1, geometry=shapely.Point(x, 3e6))

    error = refused(tmp_path, units=frame)

    assert error.what == "1 of 33 units have coordinates that are no numbers."
    assert error.found == "U99"


@pytest.mark.parametrize("place", [(10, 90), (114, -90), (-179.9, 30.5), (180, 0), (-66, 30.5)])
def test_units_at_the_ends_of_the_earth_are_named(tmp_path, place):
    layers = in_degrees()
    far = with_row(layers["units"], unit_id="U99", households=1, geometry=shapely.Point(place))

    error = refusal(write(tmp_path, {**layers, "units": far}))

    assert "1 of 33 units lie" in error.what
    assert "U99" in error.found


@pytest.mark.parametrize("north", [59.4, -120.5])
def test_a_district_at_a_pole_is_refused(tmp_path, north):
    layers = {name: moved(frame, 0, north) for name, frame in in_degrees().items()}

    assert refusal(write(tmp_path, layers)).what == "The layer communities lies at a pole."


def test_a_district_at_a_pole_is_refused_in_meters_too(tmp_path):
    layers = {name: moved(f, 0, 59).to_crs("EPSG:3413") for name, f in in_degrees().items()}

    assert refusal(write(tmp_path, layers)).what == "The layer communities lies at a pole."


def test_a_district_across_the_antimeridian_is_refused(tmp_path):
    layers = {name: moved(frame, 66 - 0.004, 0) for name, frame in in_degrees().items()}

    error = refusal(write(tmp_path, layers))

    assert error.what == "The layer communities spans 360 degrees of longitude."
    assert "projected CRS" in error.fix


def test_a_district_beside_the_antimeridian_passes(tmp_path):
    layers = {name: moved(frame, 65.9, 0) for name, frame in in_degrees().items()}

    assert not has_errors(check_district(write(tmp_path, layers)))


def test_coordinates_off_the_map_are_refused(tmp_path):
    frame = communities()
    off = frame.set_geometry(frame.geometry.translate(9e7, 9e7))

    assert refused(tmp_path, communities=off).wanted
