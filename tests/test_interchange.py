"""Plans in the formats of other programs hold what the plan holds, and graphs come back."""

import builtins
import importlib
import io
import json

import geopandas as gpd
import numpy as np
import plans
import pytest
import shapely
from scipy import sparse

import gridpart as gp
from gridpart.adjacency import as_graph
from gridpart.errors import DataError
from gridpart.geopackage import plan_layers
from gridpart.graph import build_graph
from gridpart.interchange import FORMATS, grid_lines, write_format

EXTENSIONS = {"geojson": "geojson", "parquet": "parquet", "fgb": "fgb", "topojson": "topojson"}
DEGREE_M = 111_000


@pytest.fixture(scope="module")
def plan():
    return plans.small_plan()


@pytest.fixture(scope="module")
def written(plan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("formats")
    for name in FORMATS:
        write_format(plan, name, folder / name)
    return folder


def read(path):
    return gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)


@pytest.mark.parametrize("name", EXTENSIONS)
def test_grids_of_every_level_come_back(plan, written, name):
    for level, table in {**plan.layers, "exclusive": plan.exclusive}.items():
        found = read(written / name / f"{level}.{EXTENSIONS[name]}").set_index("grid_code")
        found = found.set_crs(found.crs or 4326).to_crs(plan.district.crs).loc[table["grid_code"]]

        assert found["households"].tolist() == table["households"].tolist()
        assert found["name"].tolist() == table["name"].tolist()
        wanted = table.geometry.to_numpy()
        apart = shapely.hausdorff_distance(found.geometry.to_numpy(), wanted)
        assert apart.max() < 0.02
        assert set(table.columns) - {"geometry"} <= {*found.columns, "grid_code"}


@pytest.mark.parametrize("name", ["geojson", "parquet", "fgb"])
def test_every_layer_is_written(plan, written, name):
    files = {path.stem for path in (written / name).iterdir()}

    assert files == set(plan_layers(plan))


def test_layers_without_rows_are_written_too(plan, tmp_path):
    bare = plans.dataclasses.replace(plan, exclusive=plan.exclusive.iloc[:0])
    for name in FORMATS:
        write_format(bare, name, tmp_path / name)

    for name in ("parquet", "fgb"):
        found = read(tmp_path / name / f"exclusive.{name}")
        assert len(found) == 0
        assert "grid_code" in found


def test_topojson_holds_common_borders_once(plan, written):
    topology = json.loads((written / "topojson" / "micro.topojson").read_text("utf-8"))
    used = {}

    def walk(arcs):
        for arc in arcs:
            if isinstance(arc, list):
                walk(arc)
            else:
                used[arc if arc >= 0 else ~arc] = used.get(arc if arc >= 0 else ~arc, 0) + 1

    for shape in topology["objects"]["micro"]["geometries"]:
        walk(shape["arcs"])

    assert set(used) == set(range(len(topology["arcs"])))
    assert max(used.values()) == 2


@pytest.mark.parametrize(("name", "package"), [("parquet", "pyarrow"), ("topojson", "topojson")])
def test_package_that_is_missing_is_named(plan, tmp_path, monkeypatch, name, package):
    def missing(wanted):
        raise ImportError(wanted)

    monkeypatch.setattr(importlib, "import_module", missing)

    with pytest.raises(DataError, match=package) as caught:
        write_format(plan, name, tmp_path / name)
    assert f"gridpart[{name}]" in str(caught.value)


def test_lines_hold_every_grid_once(plan):
    lines = [json.loads(line) for line in grid_lines(plan)]
    codes = [feature["properties"]["grid_code"] for feature in lines]
    wanted = [*plan.layers.values(), plan.exclusive]

    assert codes == [code for table in wanted for code in table["grid_code"]]
    frame = gpd.read_file(io.BytesIO("\n".join(grid_lines(plan)).encode()), driver="GeoJSONSeq")
    assert frame["households"].sum() == sum(table["households"].sum() for table in wanted)
    outline = shapely.geometry.shape(lines[0]["geometry"])
    first = plan.layers["overall"].to_crs(4326).geometry.iloc[0]
    assert shapely.hausdorff_distance(outline, first) * DEGREE_M < 0.05


def test_lines_have_null_where_nothing_is_known(plan):
    some = plan.layers["micro"].assign(walk_max_m=np.nan)
    odd = plans.dataclasses.replace(plan, layers={**plan.layers, "micro": some})
    lines = [json.loads(line, parse_constant=pytest.fail) for line in grid_lines(odd)]

    micro = [f["properties"] for f in lines if f["properties"]["level"] == "micro"]
    assert {grid["walk_max_m"] for grid in micro} == {None}


# --- graphs ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def squares():
    """Return seven squares of which the last stands alone."""
    boxes = [shapely.box(x, y, x + 1, y + 1) for y in range(2) for x in range(3)]
    names = ["A", "B", "C", "D", "E", "F", "alone"]
    return gpd.GeoDataFrame(index=names, geometry=[*boxes, shapely.box(9, 9, 10, 10)])


@pytest.mark.parametrize("kind", ["to_networkx", "to_libpysal"])
def test_graph_comes_back_from_other_libraries(squares, kind):
    graph = build_graph(squares.geometry.to_numpy())
    other = getattr(graph, kind)(squares.index)
    order = np.arange(len(squares))

    again = as_graph(other, squares, order)

    assert again.indptr.tolist() == graph.indptr.tolist()
    assert again.indices.tolist() == graph.indices.tolist()


def test_lengths_go_along(squares):
    graph = build_graph(squares.scale(10, 10, origin=(0, 0)).to_numpy())
    names = squares.index
    in_networkx = graph.to_networkx(names)
    in_pysal = graph.to_libpysal(names)

    assert in_networkx.edges["A", "B"]["length"] == pytest.approx(10)
    assert in_pysal["A"].to_dict() == {"B": pytest.approx(10), "D": pytest.approx(10)}
    assert list(in_networkx.neighbors("alone")) == []
    assert list(in_pysal.isolates) == ["alone"]
    matrix = sparse.csr_array((graph.lengths, graph.indices, graph.indptr), shape=(7, 7))
    assert (in_pysal.sparse.toarray() == matrix.toarray()).all()


@pytest.mark.parametrize("names", [["A", "B"], ["A"] * 7])
def test_names_that_do_not_fit_are_refused(squares, names):
    graph = build_graph(squares.geometry.to_numpy())

    with pytest.raises(DataError, match="7 units need as many names"):
        graph.to_networkx(names)


def test_missing_libpysal_is_named(squares, monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **named):
        if name == "libpysal":
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(DataError, match="pip install libpysal"):
        build_graph(squares.geometry.to_numpy()).to_libpysal()


def test_labels_go_back_to_pysal(squares):
    graph = build_graph(squares.iloc[:6].geometry.to_numpy())
    pysal = graph.to_libpysal(squares.index[:6])

    labels = gp.regionalize(
        squares.iloc[:6], np.ones(6), n_grids=2, tolerance=0, graph=pysal
    ).labels

    assert labels.index.tolist() == squares.index[:6].tolist()
    assert labels.value_counts().tolist() == [3, 3]
