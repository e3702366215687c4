"""Grids that others drew: which units and which community each one holds."""

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridpart.district import District
from gridpart.errors import DataError
from gridpart.model import Level

__all__ = ["codes_at", "located_grids"]


def located_grids(outlines: gpd.GeoDataFrame, district: District, level: Level) -> gpd.GeoDataFrame:
    """Return drawn grids in the district's CRS, each with its code and its community.

    The code is the column ``grid_code``, else ``code`` or ``id``, else the row's label. A
    grid belongs to the community that holds most of it, one above communities to none.
    """
    grids = outlines.to_crs(district.crs)
    named = next((c for c in ("grid_code", "code", "id") if c in grids), None)
    codes = grids.index if named is None else grids[named]
    shapes = grids.geometry.to_numpy()
    communities = district.communities
    found = np.full(shapes.size, -1)
    places = communities.geometry.to_numpy()
    inside, at = shapely.STRtree(places).query(shapes, "intersects")
    share = shapely.area(shapely.intersection(shapes[inside], places[at]))
    order = np.lexsort((at, -share, inside))
    first = order[np.unique(inside[order], return_index=True)[1]]
    found[inside[first]] = at[first]
    if (found < 0).all():
        raise DataError(
            f"None of the {shapes.size} grids touches a community of the district.",
            found=f"grids within {np.round(grids.total_bounds).tolist()}",
            wanted=f"grids within {np.round(communities.total_bounds).tolist()}",
            fix="check the CRS of the layer",
        )
    found = np.maximum(found, 0)
    columns = {
        "grid_code": [str(code) for code in codes],
        "level": level.id,
        "parent_code": "",
        "community_id": ""
        if level.is_joined
        else communities["community_id"].to_numpy(object)[found],
        "area_type": communities["area_type"].to_numpy(object)[found],
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=district.crs)


def codes_at(grids: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return the code of the grid that holds each unit, None for units in no grid.

    A unit inside an exclusive site, which no grid need cover, goes to the nearest grid.
    """
    codes = np.full(len(units), None, dtype=object)
    places = shapely.point_on_surface(units.geometry.to_numpy())
    unit, grid = shapely.STRtree(grids.geometry.to_numpy()).query(places, "intersects")
    names = grids["grid_code"].to_numpy(object)
    codes[unit] = names[grid]
    guests = np.flatnonzero(units["exclusive_id"].notna().to_numpy() & (codes == np.array(None)))
    if guests.size:
        codes[guests] = names[shapely.STRtree(grids.geometry.to_numpy()).nearest(places[guests])]
    return codes
