"""Maps are measured in meters whatever their coordinates are, and lose no border by it."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

import gridpart as gp
from gridpart.adjacency import as_graph
from gridpart.planes import plane_of


def mosaic(n_units=120, size=1.0, seed=3):
    """Cells around random points in a square of `size`."""
    points = np.random.default_rng(seed).random((n_units, 2))
    square = shapely.box(0, 0, 1, 1)
    cells = shapely.voronoi_polygons(shapely.multipoints(points), extend_to=square)
    cells = shapely.intersection(shapely.get_parts(cells), square)
    return shapely.transform(cells, lambda xy: xy * size)


def edges(units):
    graph = as_graph(None, units, np.arange(len(units)))
    return set(zip(graph.heads.tolist(), graph.indices.tolist(), strict=True)), graph


@pytest.mark.parametrize("size", [1e-3, 1.0, 30.0, 1e6])
def test_borders_do_not_depend_on_the_unit_of_a_map_without_a_crs(size):
    there, graph = edges(gpd.GeoDataFrame(geometry=mosaic(size=size)))
    here, reference = edges(gpd.GeoDataFrame(geometry=mosaic(size=12_000)))

    ratio = np.sort(graph.lengths) / size * 12_000 / np.sort(reference.lengths)

    assert there == here
    assert np.allclose(ratio[reference.lengths.size // 10 :], 1, rtol=1e-3)


def test_a_map_of_the_unit_square_is_divided_like_a_large_one():
    small, large = (gpd.GeoDataFrame(geometry=mosaic(size=size)) for size in (1, 2**20))
    load = np.arange(120) % 7 + 3.0

    here = gp.regionalize(small, load, n_grids=8, tolerance=0.1)
    there = gp.regionalize(large, load, n_grids=8, tolerance=0.1)

    assert here.feasible
    assert here.objective == pytest.approx(there.objective / 2**40, rel=0.02)


def test_feet_are_measured_in_meters():
    meters = gpd.GeoDataFrame(geometry=mosaic(size=20_000), crs="EPSG:32118")
    meters.geometry = meters.translate(300_000, 60_000)
    feet = meters.to_crs("EPSG:2263")

    here, there = plane_of(meters.geometry), plane_of(feet.geometry)

    assert np.allclose(here.places_m(meters.geometry), there.places_m(feet.geometry), atol=0.01)
    assert edges(meters)[0] == edges(feet)[0]
    assert np.allclose(edges(meters)[1].lengths, edges(feet)[1].lengths, atol=0.02)


def test_a_radius_is_in_meters_on_a_map_in_feet():
    feet = gpd.GeoDataFrame(geometry=mosaic(size=20_000), crs="EPSG:2263")
    feet.geometry = feet.translate(980_000, 200_000)

    result = gp.regionalize(feet, np.ones(120), n_grids=6, max_radius_m=2100, seed=1)

    assert result.feasible


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4326"])
def test_a_map_far_north_has_true_lengths(crs):
    true = gpd.GeoDataFrame(geometry=mosaic(size=30_000), crs="EPSG:32635")
    true.geometry = true.translate(400_000, 6_680_000)
    given = true.to_crs(crs)

    here, there = edges(true)[1], edges(given)[1]

    assert np.allclose(here.lengths, there.lengths, rtol=2e-3, atol=1)
    spreads = [plane_of(s).places_m(s).std(axis=0) for s in (given.geometry, true.geometry)]
    assert np.allclose(*spreads, rtol=0.01)


def test_borders_in_degrees_are_found_where_straight_edges_have_corners_on_them():
    wide = shapely.box(10, 50, 16, 52)
    low = [shapely.box(10 + i, 48, 11 + i, 50) for i in range(6)]
    map_of = gpd.GeoDataFrame(geometry=[wide, *low], crs="EPSG:4326")

    found, graph = edges(map_of)

    assert {(0, i) for i in range(1, 7)} <= found
    assert graph.lengths[graph.heads == 0].sum() == pytest.approx(430_000, rel=0.01)


def test_the_whole_world_is_divided():
    boxes = [shapely.box(x, y, x + 10, y + 10) for x in range(-180, 180, 10)
             for y in range(-90, 90, 10)]  # fmt: skip
    world = gpd.GeoDataFrame(geometry=boxes, crs="EPSG:4326")

    result = gp.regionalize(world, np.ones(len(world)), n_grids=12, tolerance=0.1)

    assert result.feasible
    assert np.isfinite(result.objective)
    places = plane_of(world.geometry).places_m(world.geometry)
    assert np.hypot(*places.T).max() < 2 * 6_372_000


def test_a_country_across_the_antimeridian_lies_together():
    boxes = [shapely.box(x, 60, x + 2, 62) for x in (174, 176, 178, -180, -178)]
    country = gpd.GeoDataFrame(geometry=boxes, crs="EPSG:4326")

    places = plane_of(country.geometry).places_m(country.geometry)

    assert np.ptp(places[:, 0]) < 500_000


def test_places_that_are_no_numbers_are_named():
    boxes = [shapely.box(0, 0, 10, 10), shapely.box(10, 0, np.inf, 10)]
    units = gpd.GeoDataFrame(geometry=boxes, index=["here", "gone"])

    with pytest.raises(gp.DataError, match="gone"):
        gp.regionalize(units, [1, 1], n_grids=1)


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:2056", 'LOCAL_CS["site",UNIT["metre",1]]'])
def test_a_sketch_in_some_projection_is_taken_as_it_is(crs):
    boxes = [shapely.box(10 * x, 10 * y, 10 * x + 10, 10 * y + 10) for x in range(4)
             for y in range(4)]  # fmt: skip

    found, graph = edges(gpd.GeoDataFrame(geometry=boxes, crs=crs))

    assert len(found) == 2 * 24
    assert graph.lengths.tolist() == [10.0] * 48


def test_lines_that_mending_left_beside_a_polygon_cost_no_border():
    left, middle, right = (shapely.box(100 * i, 0, 100 * i + 100, 100) for i in range(3))
    mended = shapely.GeometryCollection([middle, shapely.LineString([(150, 100), (150, 160)])])

    found, _ = edges(gpd.GeoDataFrame(geometry=[left, mended, right]))

    assert found == {(0, 1), (1, 0), (1, 2), (2, 1)}


def test_an_enclave_drawn_on_top_of_its_surroundings_borders_them():
    shapes = [
        shapely.box(0, 0, 300, 300),
        shapely.box(100, 100, 200, 200),
        shapely.box(300, 0, 600, 300),
    ]
    units = gpd.GeoDataFrame(geometry=shapes, index=["around", "town", "beside"])

    with pytest.warns(gp.GridpartWarning, match="1 units lie inside others.*town"):
        found, graph = edges(units)

    assert found == {(0, 1), (1, 0), (0, 2), (2, 0)}
    assert graph.lengths[graph.heads == 1].tolist() == [400.0]
