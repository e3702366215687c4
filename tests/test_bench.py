"""The benchmark's cities and its judge, on which every figure rests; no peer is needed."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay

sys.path.insert(0, str(Path(__file__).parents[1]))  # bench is not installed

from bench import contiguity, instances, table
from bench.judge import judge
from bench.tasks import KINDS, catalog

SIDE = 100.0


def lattice(columns=4, rows=4):
    """Return square units, row by row, with a load of 1 each."""
    n = columns * rows
    at = np.arange(n).reshape(rows, columns)
    heads = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()])
    tails = np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    graph = instances.compressed(n, heads, tails, np.full(heads.size, SIDE))
    xy = np.column_stack([np.arange(n) % columns, np.arange(n) // columns]) * SIDE + 5e5
    outer = 4 * SIDE - np.diff(graph[0]) * SIDE
    return instances.Instance(xy, np.ones(n, np.int64), *graph, np.full(n, SIDE**2), outer)


@pytest.mark.parametrize("river", [True, False])
def test_a_city_is_connected_symmetric_and_seeded(river):
    city = instances.city(400, 3, river=river)
    again = instances.city(400, 3, river=river)
    graph = csr_array((city.lengths, city.indices, city.indptr), shape=(400, 400))

    assert connected_components(graph, directed=False)[0] == 1
    assert abs(graph - graph.T).max() == 0
    assert graph.diagonal().sum() == 0
    assert city.n_edges < 3 * 400
    assert np.array_equal(city.xy, again.xy)
    assert np.array_equal(city.indices, again.indices)
    assert not np.array_equal(city.xy, instances.city(400, 4, river=river).xy)
    assert city.load.min() >= 1
    assert (city.lengths > 0).all()
    assert (city.area > 0).all()


def test_a_cloud_is_every_triangle_in_random_order():
    cloud, again = instances.cloud(400, 3), instances.cloud(400, 3)
    graph = csr_array((cloud.lengths, cloud.indices, cloud.indptr), shape=(400, 400))
    ends = np.sort(np.vstack([Delaunay(cloud.xy).simplices[:, [i, i - 1]] for i in range(3)]))

    assert cloud.n_edges == len(np.unique(ends, axis=0))
    assert abs(graph - graph.T).max() == 0
    assert np.array_equal(cloud.xy, again.xy)
    assert not np.array_equal(cloud.xy, instances.cloud(400, 4).xy)
    assert np.hypot(*np.diff(cloud.xy, axis=0).T).mean() > 5 * instances.SPACING_M
    assert (cloud.area > 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_made_place_is_kept_and_read_again(kind, tmp_path):
    made, kept = (instances.load(f"{kind}-60", 1, tmp_path) for _ in range(2))

    assert len(list(tmp_path.iterdir())) == 1
    assert made.n_units == 60
    assert np.array_equal(made.xy, kept.xy)
    assert np.array_equal(made.xy, instances.made_of(kind, 60, 1).xy)


def test_areas_and_outlines_of_cells_are_those_of_the_ground():
    city = instances.city(2_000, 0, river=False)
    ground = np.pi * instances.SPACING_M**2 * 2_000 / np.pi

    # Waves of the outline add a little to the disk, and sparse cells reach beyond it.
    assert city.area.sum() == pytest.approx(ground, rel=0.15)
    assert city.outer.sum() == pytest.approx(2 * np.sqrt(np.pi * ground), rel=0.35)


def test_only_bridges_cross_the_river():
    city, field = instances.city(1_000, 1), instances.city(1_000, 1, river=False)
    ground = instances._ground(1_000, np.random.default_rng([1_000, 1]))
    north = ground.north_of_river(city.xy) > 0
    heads = np.repeat(np.arange(1_000), np.diff(city.indptr))
    over = north[heads] != north[city.indices]

    assert 2 <= over.sum() // 2 <= 5
    assert city.lengths[over].max() <= instances.BRIDGE_M
    assert city.n_edges < field.n_edges


def test_no_load_exceeds_its_share_of_a_grid():
    load = instances.capped(np.array([1, 1, 1, 1, 1, 1, 90, 90]), 2)

    assert load.max() <= instances.CAP * load.sum() / 2


def test_a_plan_by_hand_is_judged_by_hand():
    units = lattice()
    quarters = (np.arange(16) % 4 // 2) + 2 * (np.arange(16) // 8)

    verdict = judge(units, units.load, quarters, lower=4, upper=4, n_grids=4)

    assert verdict["valid"]
    assert verdict["inertia"] == pytest.approx(16 * 2 * 50**2)
    assert verdict["cut_edges"] == 8
    assert verdict["border_m"] == 800
    assert verdict["worst"] == verdict["cv"] == 0
    assert verdict["polsby_popper"] == pytest.approx(np.pi / 4)


def test_every_way_to_break_a_plan_is_found():
    units = lattice()
    stripes = np.arange(16) % 4
    broken = stripes.copy()
    broken[[0, 3]] = 3, 0

    assert judge(units, units.load, stripes, lower=4, upper=4, n_grids=4)["valid"]
    assert judge(units, units.load, stripes * 7, n_grids=4)["valid"]
    assert judge(units, units.load, stripes, n_grids=5)["faults"] == ["4 grids for 5"]
    assert judge(units, units.load, broken, n_grids=4)["faults"] == ["2 loose pieces"]
    assert judge(units, units.load, stripes // 3, upper=5)["faults"] == ["1 grids out of range"]
    assert not judge(units, units.load, stripes - 1)["valid"]
    assert not judge(units, units.load, stripes[:-1])["valid"]
    assert not judge(units, units.load, stripes + 0.5)["valid"]
    assert not judge(units, units.load, stripes, lower=4 * (1 + 1e-6))["valid"]
    assert judge(units, units.load, stripes, lower=4 * (1 + 1e-12))["valid"]


def test_whole_loads_bound_the_number_of_grids():
    task = catalog()["1000/50/most"]

    assert task.most(np.full(1_000, 20)) == 50
    assert task.most(np.append(np.full(999, 20), 21)) == 49


def test_a_method_that_ran_out_of_time_is_spared_what_asks_no_less():
    tasks = catalog()

    assert tasks["10000/500/5"].includes(tasks["1000/50/5"])
    assert tasks["10000/500/1"].includes(tasks["1000/50/5"])
    assert not tasks["10000/100/5"].includes(tasks["1000/50/5"])
    assert not tasks["10000/500/5"].includes(tasks["1000/50/1"])
    assert not tasks["1000/50/5"].includes(tasks["10000/500/5"])
    assert not tasks["providence/60/5"].includes(tasks["1000/50/5"])


def test_ratios_are_means_over_valid_runs_only():
    verdict = {
        "mib": 9.0, "n_grids": 50, "worst": 0.04, "cv": 0.02, "cut_edges": 10,
        "border_m": 10.0, "polsby_popper": 0.5,
    }  # fmt: skip

    def run(method, seed, inertia, faults=()):
        found = {"inertia": inertia, "seconds": 1.0, "valid": not faults, "faults": list(faults)}
        return {"task": "1000/50/5", "method": method, "seed": seed, **verdict, **found}

    records = [
        run("METIS k-way", 0, 100.0, ["3 grids out of range"]),
        run("METIS k-way", 1, 100.0),
        run("gridpart", 0, 80.0),
        run("gridpart", 1, 20.0, ["1 loose pieces"]),
        {"task": "1000/50/5", "method": "GerryChain", "seed": 0, "error": "timeout: 9 s"},
    ]
    page = table.render(json.loads(json.dumps(records)), [], catalog())
    row = {line.split(" | ")[0]: line.split(" | ")[1:] for line in page.splitlines()}

    assert row["| gridpart"][:4] == ["1 of 2", "50", "0.800", "1.000"]
    assert row["| gridpart"][-1] == "1 × in pieces |"
    assert row["| METIS k-way"][:4] == ["1 of 2", "50", "1.000", "1.000"]
    assert row["| GerryChain"][-1] == "1 × timeout: 9 s |"


@pytest.mark.parametrize(("place", "edges"), [("lattice", 180), ("bricks", 261)])
def test_contiguity_is_measured_on_maps_whose_edges_are_known(place, edges):
    found = contiguity.run("gridpart", place, 100)

    assert (found["units"], found["edges"]) == (100, edges)
    assert 0 <= found["cpu"] < 60


def test_the_cells_of_a_city_use_up_its_outlines():
    cells = contiguity.city(300)

    found = contiguity.run("gridpart", "city", 300)

    assert len(cells) == 300
    inner = shapely.length(cells).sum() - shapely.union_all(cells, grid_size=0.001).length
    assert 2 * found["meters"] == pytest.approx(inner, rel=1e-3)
