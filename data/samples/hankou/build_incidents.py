"""Write the synthetic records of incidents of the Hankou sample: a year of hotline reports.

Run ``python data/samples/hankou/build_incidents.py``. Nobody ever reported any of this. Each
record is drawn for a unit of ``district.gpkg`` with a chance that grows with the unit's own
synthetic ``incidents``, by a fixed seed. The file is what a hotline exports: GBK, Chinese
headers, days written in several ways, buildings by their code or their name or not at all,
and some records that belong to no building.
"""

import csv
import datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import shapely

HERE = Path(__file__).parent
SEED = 2025
RECORDS = 600
FIRST, DAYS = datetime.date(2025, 1, 1), 365
KINDS = {"环境卫生": 0.24, "噪声扰民": 0.2, "邻里纠纷": 0.18, "物业服务": 0.16, "安全隐患": 0.12,
         "群众求助": 0.1}  # fmt: skip
HEADER = ("工单编号", "日期", "类别", "楼栋", "件数", "经度", "纬度")
WAYS = {"code": 0.34, "name": 0.2, "inside": 0.3, "near": 0.1, "lost": 0.06}
"""How a record says where it belongs; those lost cannot be told."""
NEAR_M = (5.0, 30.0)
BASE = 0.15
"""What a unit without incidents of its own counts when units are drawn."""


def write_day(day, rng):
    """Return a day as one of several clerks writes it."""
    return (
        day.isoformat(), f"{day.year}/{day.month}/{day.day}", f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
    )[rng.integers(4)]  # fmt: skip


def write_name(name, rng):
    """Return the name of a building as one of several clerks writes it."""
    return rng.choice([name, name.replace("号楼", "栋"), name.replace("号楼", "幢"), f" {name}"])


def place_near(shape, rng):
    """Return a point some meters outside a footprint."""
    ring = shapely.boundary(shapely.buffer(shape, rng.uniform(*NEAR_M)))
    return shapely.line_interpolate_point(ring, rng.uniform(), normalized=True)


def lost_place(units, rng):
    """Return a building that nobody knows, a point far away, or nothing."""
    how = rng.integers(3)
    if how == 0:
        return "星河湾88号楼", None
    if how == 1:
        west, south, east, _ = units.total_bounds
        return "", shapely.Point(rng.uniform(west, east), south - rng.uniform(500, 2000))
    return "", None


def draw_records(units):
    """Return the rows of the file, in order of day."""
    rng = np.random.default_rng(SEED)
    weight = units["incidents"].to_numpy(float) + BASE
    named = ~units["name"].fillna("").duplicated(keep=False).to_numpy()
    days = np.sort(rng.integers(0, DAYS, RECORDS))
    to_degrees = pyproj.Transformer.from_crs(units.crs, 4326, always_xy=True)
    rows = []
    for at, passed in enumerate(days):
        way = rng.choice(list(WAYS), p=list(WAYS.values()))
        chance = np.where(named, weight, 0) if way == "name" else weight
        unit = units.iloc[rng.choice(len(units), p=chance / chance.sum())]
        building, point = "", None
        if way == "lost":
            building, point = lost_place(units, rng)
        elif way == "code":
            building = unit["unit_id"]
        elif way == "name":
            building = write_name(unit["name"], rng)
        elif way == "inside":
            point = shapely.point_on_surface(unit["geometry"])
        else:
            point = place_near(unit["geometry"], rng)
        lon, lat = ("", "") if point is None else to_degrees.transform(point.x, point.y)
        rows.append((
            f"GD{FIRST.year}{at + 1:05}",
            write_day(FIRST + datetime.timedelta(days=int(passed)), rng),
            rng.choice(list(KINDS), p=list(KINDS.values())), building,
            rng.choice(["", "1", "1", "1", "2", "3"]),
            *(f"{v:.6f}" if v != "" else "" for v in (lon, lat)),
        ))  # fmt: skip
    return rows


def main():
    """Write the file."""
    units = gpd.read_file(HERE / "district.gpkg", layer="units")
    with (HERE / "records" / "incidents_2025.csv").open("w", encoding="gbk", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(draw_records(units))


if __name__ == "__main__":
    main()
