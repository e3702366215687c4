"""A larger district than any sample: a plan laid beside itself."""

import dataclasses
import math

import geopandas as gpd
import pandas as pd

GROUND = ("communities", "units", "streets", "barriers", "crossings", "exclusive", "stations")


def side_by_side(plan, times):
    """Return a plan of so many copies of another in rows, each under codes of its own."""
    left, bottom, right, top = plan.district.communities.total_bounds
    columns = math.ceil(math.sqrt(times))

    def repeated(frame):
        keys = [name for name in frame.columns if name.endswith(("_code", "_id"))]
        parts = [frame]
        for k in range(1, times):
            row, column = divmod(k, columns)
            shift = column * 1.05 * (right - left), row * 1.05 * (top - bottom)
            part = frame.assign(**{name: _prefixed(frame[name], k) for name in keys})
            part[frame.geometry.name] = frame.geometry.translate(*shift)
            parts.append(part)
        return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=frame.crs)

    district = dataclasses.replace(
        plan.district, **{name: repeated(getattr(plan.district, name)) for name in GROUND}
    )
    return dataclasses.replace(
        plan,
        district=district,
        layers={name: repeated(table) for name, table in plan.layers.items()},
        exclusive=repeated(plan.exclusive),
        units=repeated(plan.units),
        cells=repeated(plan.cells),
    )


def _prefixed(column, k):
    return [v if pd.isna(v) or v == "" else f"{k:02}-{v}" for v in column]
