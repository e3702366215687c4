"""Small districts of square units, as layers in memory and as files.

The plain one has two communities side by side, C1 and C2, each 400 m wide and tiled by
16 units of 100 m: U00, U01 ... U73, column first, west to east and south to north.
"""

import warnings

import geopandas as gpd
import shapely

from gridpart.district import survey_layers

CRS = "EPSG:4547"
WEST, SOUTH, SIDE = 500_000.0, 3_380_000.0, 100.0


def square(column, row, columns=1.0, rows=1.0):
    """Return a rectangle on the lattice of units."""
    x, y = WEST + column * SIDE, SOUTH + row * SIDE
    return shapely.box(x, y, x + columns * SIDE, y + rows * SIDE)


def place(column, row):
    """Return a point on the lattice of units."""
    return shapely.Point(WEST + column * SIDE, SOUTH + row * SIDE)


def table(rows, crs=CRS):
    """Return a layer from rows with a ``geometry`` each."""
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=crs)


def communities():
    """Return the two communities."""
    return table(
        [
            {
                "community_id": "C1",
                "name": "West",
                "area_type": "urban",
                "geometry": square(0, 0, 4, 4),
            },
            {
                "community_id": "C2",
                "name": "East",
                "area_type": "rural",
                "geometry": square(4, 0, 4, 4),
            },
        ]
    )


def units():
    """Return the 32 units, with 10 to 20 households each."""
    return table(
        [
            {"unit_id": f"U{i}{j}", "households": 10 + i + j, "geometry": square(i, j)}
            for i in range(8)
            for j in range(4)
        ]
    )


def plain():
    """Return the needed layers only."""
    return {"communities": communities(), "units": units()}


def full():
    """Return every layer, each with a row or two."""
    return {
        **plain(),
        "streets": table(
            [
                {
                    "class": "residential",
                    "name": "South Street",
                    "geometry": shapely.LineString([place(0, 1), place(8, 1)]),
                },
                {
                    "class": "primary",
                    "name": "Middle Road",
                    "geometry": shapely.LineString([place(4, 0), place(4, 4)]),
                },
            ]
        ),
        "barriers": table(
            [{"kind": "river", "geometry": shapely.LineString([place(2, 0), place(2, 4)])}]
        ),
        "crossings": table([{"kind": "bridge", "geometry": place(2, 1)}]),
        "exclusive": table(
            [
                {
                    "exclusive_id": "E1",
                    "kind": "school",
                    "name": "First School",
                    "firms": 1,
                    "workers": 80,
                    "geometry": square(5.2, 1.2, 0.5, 0.5),
                }
            ]
        ),
        "stations": table([{"name": "Hall", "geometry": place(1, 1)}]),
        "grids": table(
            [{"level": "general", "grid_code": "C1-001", "geometry": square(0, 0, 4, 4)}]
        ),
    }


def with_cell(frame, row_id, column, value):
    """Return the frame with one cell changed, found by the id in its first column."""
    cells = frame[column].astype(object).to_list() if column in frame else [None] * len(frame)
    cells[frame[frame.columns[0]].to_list().index(row_id)] = value
    if column == "geometry":
        return frame.set_geometry(gpd.GeoSeries(cells, crs=frame.crs))
    return frame.assign(**{column: cells})


def with_row(frame, **cells):
    """Return the frame with one more row."""
    return table([*frame.to_dict("records"), cells], crs=frame.crs)


def write(folder, layers, name="district.gpkg"):
    """Write the layers to one GeoPackage in a folder and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for layer, frame in layers.items():
        write_file(frame, folder / name, layer=layer)
    return folder


def write_file(frame, path, **options):
    """Write one layer without the drivers' remarks on what is wrong with it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame.to_file(path, **options)
    return path


def build_district(layers, name, **options):
    """Return the district that the layers make, None if they cannot, and all findings."""
    survey = survey_layers(layers, name, **options)
    return survey.district, survey.findings
