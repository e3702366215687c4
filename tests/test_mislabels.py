"""The Hankou sample with a datum or CRS that it does not declare: named, undone, and no more."""

from functools import cache
from itertools import product

import geopandas as gpd
import pyogrio
import pytest
import shapely
from districts import build_district, full, plain, units, write
from refusals import refusal
from samples import SAMPLES

from gridpart.datums import add_offset, remove_offset
from gridpart.io import check_district, read_district

SOURCE = SAMPLES / "hankou" / "district.gpkg"
LOCAL = "+proj=tmerc +lon_0=114.2833 +x_0=800000 +y_0=-3000000 +ellps=GRS80 +units=m"
BOUND = "+proj=tmerc +lon_0=114.2833 +x_0=800000 +ellps=krass +towgs84=15.8,-154.4,-82.3 +units=m"
OFFSET = ("gcj02", "bd09")


@cache
def hankou():
    return {name: gpd.read_file(SOURCE, layer=name) for name, _ in pyogrio.list_layers(SOURCE)}


@cache
def town():
    """Return the layers that tell, with every fourth unit."""
    layers = {name: hankou()[name] for name in ("communities", "streets")}
    return {**layers, "units": hankou()["units"].iloc[::4].reset_index(drop=True)}


def with_shapes(frame, shapes, crs=None):
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=crs or frame.crs))


def shifted(frame, datum):
    return with_shapes(frame, add_offset(frame.geometry.to_numpy(), frame.crs, datum))


def corrected(frame, datum):
    return with_shapes(frame, remove_offset(frame.geometry.to_numpy(), frame.crs, datum))


def swapped(frame):
    shapes = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    return with_shapes(frame, shapes)


def relabeled(frame, crs):
    return frame.set_crs(crs, allow_override=True)


def doubts(layers, **options):
    """Return what is probably meant, and everything found."""
    _, findings = build_district(layers, "hankou", **options)
    return [f.what for f in findings if "probably" in f.what], findings


def errors(findings):
    return [finding for finding in findings if finding.kind == "error"]


def farthest(district, name="units"):
    """Return how far any corner lies from its place in the sample, in meters."""
    true = read_district(SOURCE)
    pairs = zip(getattr(district, name).geometry, getattr(true, name).geometry, strict=True)
    return max(shapely.hausdorff_distance(*pair) for pair in pairs)


@pytest.mark.parametrize(("actual", "declared"), list(product(("wgs84", *OFFSET), repeat=2)))
def test_units_in_another_datum_than_declared_are_named(actual, declared):
    frame = corrected(shifted(town()["units"], actual), declared)
    datums = {} if declared == "wgs84" else {"units": declared}

    named, findings = doubts({**town(), "units": frame}, datums=datums)

    if actual == declared:
        assert named == []
        assert not errors(findings)
    else:
        assert named == [f"The layer units is probably in {actual}."]
        assert len(errors(findings)) == 2
        assert all(f'declare datum = "{actual}" for units' in f.fix for f in errors(findings))


@pytest.mark.parametrize("datum", OFFSET)
def test_a_shift_that_is_declared_leaves_every_corner_within_a_millimeter(datum):
    frame = corrected(shifted(hankou()["units"], datum), datum)

    district, _ = build_district({**hankou(), "units": frame}, "hankou", datums={"units": datum})

    assert farthest(district) <= 1.0001e-3
    assert district.units["community_id"].equals(read_district(SOURCE).units["community_id"])


@pytest.mark.parametrize("datum", OFFSET)
def test_a_file_with_shifted_units_is_refused_with_the_likely_datum(tmp_path, datum):
    frame = shifted(hankou()["units"], datum).drop(columns="community_id")
    folder = write(tmp_path, {**hankou(), "units": frame})

    error = refusal(folder)

    assert "lie more than 20 m outside every community" in error.what
    assert error.fix.startswith(f'declare datum = "{datum}" for units in district.toml; else')
    (told,) = (f for f in check_district(folder) if "probably" in f.what)
    assert told.what == f"The layer units is probably in {datum}."
    assert "100% of 1,052 units lie in their community if read so" in told.found


@pytest.mark.parametrize("datum", OFFSET)
def test_communities_in_another_datum_are_named(datum):
    named, _ = doubts({**town(), "communities": shifted(town()["communities"], datum)})

    assert named == [f"The layer communities is probably in {datum}."]


@pytest.mark.parametrize("datum", OFFSET)
def test_streets_tell_of_layers_that_are_off_together(datum):
    moved = {n: shifted(town()[n], datum) for n in ("units", "communities")}

    named, findings = doubts({**town(), **moved})

    assert named == [f"The layers units and communities are probably in {datum}."]
    (told,) = (f for f in findings if "probably" in f.what)
    assert told.found.startswith("Streets run through 2% of 263 units if read so, ")
    assert not errors(findings)


def test_three_layers_in_three_datums_are_told_apart():
    moved = {"units": shifted(town()["units"], "gcj02")}
    moved["streets"] = shifted(town()["streets"], "bd09")

    named, _ = doubts({**town(), **moved})

    assert named == [
        "The layer units is probably in gcj02.",
        "The layer streets is probably in bd09.",
    ]


@pytest.mark.parametrize("datum", ["wgs84", *OFFSET])
@pytest.mark.parametrize("n_units", [1, 5, 9])
def test_a_handful_of_units_is_told_nothing(n_units, datum):
    some = town()["units"].iloc[:: len(town()["units"]) // n_units].iloc[:n_units]

    named, _ = doubts({**town(), "units": shifted(some.reset_index(drop=True), datum)})

    assert named == []


def test_layers_outside_china_are_told_nothing():
    source = SAMPLES / "providence" / "district.gpkg"
    layers = {name: gpd.read_file(source, layer=name) for name in ("units", "communities")}
    frame = layers["units"]
    moved = with_shapes(frame, shapely.transform(frame.geometry.to_numpy(), lambda xy: xy + 700))

    named, _ = doubts({**layers, "units": moved})

    assert named == []


def test_units_of_another_town_are_told_nothing():
    frame = town()["units"]
    moved = with_shapes(frame, shapely.transform(frame.geometry.to_numpy(), lambda xy: xy + 9000))

    named, findings = doubts({**town(), "units": moved})

    assert named == []
    assert errors(findings)


def test_a_likely_datum_is_a_note_of_the_district(tmp_path):
    streets = shifted(hankou()["streets"], "bd09")

    district = read_district(write(tmp_path, {**hankou(), "streets": streets}))

    (note,) = district.notes
    assert str(note).startswith("The layer streets is probably in bd09. Streets run through 3% of")


@pytest.mark.parametrize(
    ("true", "label"),
    [("EPSG:4547", "EPSG:4548"), ("EPSG:4526", "EPSG:3857"), ("EPSG:4547", "EPSG:32650")],
)
@pytest.mark.parametrize("layer", ["units", "communities"])
def test_a_wrong_zone_is_named(layer, true, label):
    layers = {**plain(), layer: relabeled(plain()[layer].to_crs(true), label)}
    other = ({"units", "communities"} - {layer}).pop()
    layers[other] = layers[other].to_crs("EPSG:4490")

    named, findings = doubts(layers)

    assert named == [f"The layer {layer} is probably in {true}."]
    assert any(f'declare crs = "{true}" for {layer}' in f.fix for f in errors(findings))


def test_a_wrong_zone_and_datum_are_named_together():
    frame = relabeled(shifted(town()["units"], "gcj02"), "EPSG:4550")

    named, findings = doubts({**town(), "units": frame})

    assert named == ["The layer units is probably in EPSG:4547 and gcj02."]
    fix = errors(findings)[0].fix
    assert 'crs = "EPSG:4547" and datum = "gcj02" for units' in fix


def test_coordinates_out_of_reach_of_their_crs_are_named(tmp_path):
    frame = relabeled(units().to_crs("EPSG:4526"), "EPSG:32650")

    error = refusal(write(tmp_path, {**plain(), "units": frame}))

    assert "32 of 32 units lie where WGS 84 / UTM zone 50N reaches no place on Earth" in str(error)
    assert 'declare crs = "EPSG:4526" for units' in error.fix


@pytest.mark.parametrize(
    ("crs", "is_swapped", "entries"),
    [
        ("EPSG:4490", False, 'crs = "EPSG:4490"'),
        ("EPSG:4490", True, 'crs = "EPSG:4490" and axes = "yx"'),
        ("EPSG:4526", False, 'crs = "EPSG:4526"'),
        ("EPSG:4526", True, 'crs = "EPSG:4526" and axes = "yx"'),
        ("EPSG:4547", False, 'crs = "EPSG:4547"'),
        ("EPSG:4547", True, 'crs = "EPSG:4547" and axes = "yx"'),
        ("EPSG:4497", False, 'crs = "EPSG:4497"'),
        ("EPSG:4508", True, 'crs = "EPSG:4508" and axes = "yx"'),
    ],
)
@pytest.mark.parametrize("layer", ["units", "communities", "streets"])
def test_a_missing_crs_is_found_near_the_other_layers(layer, crs, is_swapped, entries):
    frame = full()[layer].to_crs(crs)
    bare = relabeled(swapped(frame) if is_swapped else frame, None)

    _, findings = doubts({**plain(), layer: bare})

    (error,) = errors(findings)
    assert error.what == f"The layer '{layer}' has no CRS."
    assert error.fix.startswith(f"declare {entries} for {layer} in district.toml")


def test_a_missing_crs_is_found_with_the_datum():
    frame = relabeled(shifted(town()["units"].to_crs("EPSG:4490"), "gcj02"), None)

    _, findings = doubts({**town(), "units": frame})

    (error,) = errors(findings)
    assert error.fix == (
        'declare crs = "EPSG:4490" and datum = "gcj02" for units in district.toml: '
        "100% of 263 units then lie in their community"
    )


def test_zones_that_nothing_tells_apart_are_left_open():
    layers = {name: relabeled(frame, None) for name, frame in plain().items()}

    _, findings = doubts(layers)

    assert [error.layer for error in errors(findings)] == ["communities", "units"]
    assert all("one of EPSG:4534 to 4554" in error.fix for error in errors(findings))


def test_coordinates_that_fit_nowhere_in_china_are_left_open():
    _, findings = doubts({n: relabeled(f.to_crs(LOCAL), None) for n, f in plain().items()})

    assert all(error.fix.startswith("assign the CRS") for error in errors(findings))


@pytest.mark.parametrize("label", ["EPSG:2362", "EPSG:2383"])
def test_lost_datums_are_never_called_cgcs2000(label):
    crs = "EPSG:4526" if label == "EPSG:2362" else "EPSG:4547"

    _, findings = doubts({**plain(), "units": relabeled(units().to_crs(crs), label)})

    (error,) = errors(findings)
    assert "cannot be converted" in error.what
    assert "EPSG" not in error.fix


@pytest.mark.parametrize("crs", [LOCAL, BOUND], ids=["plain", "with parameters"])
def test_a_system_of_the_city_is_read_as_its_proj_string_says(tmp_path, crs):
    layers = {name: frame.to_crs(crs) for name, frame in hankou().items()}

    district = read_district(write(tmp_path, layers))

    assert district.crs.to_epsg() == (4547 if crs == BOUND else None)
    true = read_district(SOURCE).units.geometry.to_crs(district.crs)
    pairs = zip(district.units.geometry, true, strict=True)
    assert max(shapely.hausdorff_distance(*pair) for pair in pairs) < 2e-3


@pytest.mark.parametrize("crs", [LOCAL, BOUND], ids=["plain", "with parameters"])
def test_a_shift_in_a_system_of_the_city_is_named_and_comes_off(crs):
    layers = {name: frame.to_crs(crs) for name, frame in town().items()}
    moved = {**layers, "units": shifted(layers["units"], "gcj02")}

    assert doubts(moved)[0] == ["The layer units is probably in gcj02."]

    mended = {**layers, "units": corrected(moved["units"], "gcj02")}
    named, findings = doubts(mended, datums={"units": "gcj02"})
    assert named == []
    assert not errors(findings)
