"""The Hankou sample as a sub-district keeps its files: nothing canonical, nothing plain.

Communities lie in a shapefile in GBK that says so nowhere, buildings in one with the offset
of web maps and no residents, those stand in a ledger made for printing, and lines have
eight digits to the east and no CRS.
"""

import warnings

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
from samples import SAMPLES

from gridpart.datums import add_offset

NUMERALS = "零一二三四五六七八九十"
AREA_TYPES = {"urban": "城镇", "rural": "乡村"}


def write_subdistrict(folder):
    """Write the folder and return it."""
    folder.mkdir(parents=True)
    layers = {
        name: pyogrio.read_dataframe(SAMPLES / "hankou" / "district.gpkg", layer=name)
        for name in ("communities", "units", "streets", "barriers", "crossings", "exclusive",
                     "stations")
    }  # fmt: skip
    _write_communities(layers["communities"], folder)
    names = _building_names(layers["units"], layers["communities"])
    _write_buildings(layers["units"], names, folder)
    _write_ledger(layers["units"], names, layers["communities"], folder)
    _write_lines(layers, folder)
    return folder


def _shapefile(frame, path, *, encoding="GBK", bare=()):
    """Write a shapefile, without the files whose ends are in `bare`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.write_dataframe(frame, path, encoding=encoding)
    for end in bare:
        path.with_suffix(end).unlink()


def _write_communities(communities, folder):
    frame = gpd.GeoDataFrame(
        {
            "OBJECTID": range(1, len(communities) + 1),
            "行政区划代码": communities["community_id"],
            "社区名称": communities["name"],
            "城乡类型": communities["area_type"].map(AREA_TYPES),
            "负责人": "张三",
        },
        geometry=communities.geometry,
        crs=communities.crs,
    )
    _shapefile(frame, folder / "社区界.shp", bare=(".cpg",))


def _building_names(units, communities):
    """Return a compound and a full name for each building, no two alike."""
    town = dict(zip(communities["community_id"], communities["name"], strict=True))
    housed = units["compound_id"].notna()
    compound = units["name"].str.replace(r"\d+号楼$", "", regex=True)
    first = compound[housed].groupby(units["compound_id"]).first()
    compound = units["compound_id"].map(first)
    group = compound.where(housed, units["community_id"].map(town) + units["name"])
    number = units.groupby(group).cumcount() + 1
    full = group + number.astype(str) + "号楼"
    village = units["kind"] == "village_group"
    full = full.where(~village, units["name"])
    assert full.is_unique
    assert first.is_unique
    return pd.DataFrame({"compound": compound, "name": full, "number": number, "group": group})


def _write_buildings(units, names, folder):
    degrees = units.geometry.to_crs(4326)
    frame = gpd.GeoDataFrame(
        {
            "房屋编码": units["unit_id"],
            "小区名称": names["compound"],
            "楼栋名称": names["name"],
            "房屋用途": units["kind"],
            "地上层数": units["floors"],
            "单元数": units["stairwells"],
            "楼龄": units["building_age"],
            "无物业管理": units["no_property_mgmt"],
        },
        geometry=add_offset(np.asarray(degrees), 4326, "gcj02"),
        crs=4326,
    )
    _shapefile(frame, folder / "楼栋" / "房屋建筑.shp")


def _spelled(name, number, n):
    """Return one of the ways in which a ledger writes the name of a building."""
    if not name.endswith("号楼"):
        return name
    stem = name.removesuffix(f"{number}号楼")
    tens = NUMERALS[number] if number <= 10 else None
    wide = str(number).translate({48 + d: 0xFF10 + d for d in range(10)})
    ways = (f"{number}栋", f"{tens or number}幢", f"{wide}号楼", f"第{number}幢", f" {number}#")
    return stem + ways[n % len(ways)]


def _shares(total, parts):
    """Return whole numbers that add up, one for each stairwell."""
    return [total // parts + (n < total % parts) for n in range(parts)]


def _write_ledger(units, names, communities, folder):
    book = openpyxl.Workbook()
    cover = book.active
    cover.title = "封面"
    cover.append(["汉口街道房屋及人口台账"])
    sheet = book.create_sheet("台账")
    sheet.append(["汉口街道房屋及人口台账（2026年3月）"])
    sheet.append(["序号", "社区", "楼栋名称", "单元", "户数", "人口", None, None, "单位", None,
                  "年事件数", "户主姓名", "联系电话"])  # fmt: skip
    sheet.append([None] * 5 + ["常住人口", "流动人口", "独居老人", "企业数", "从业人员"])
    sheet.merge_cells("A1:M1")
    for column in "ABCDEKLM":
        sheet.merge_cells(f"{column}2:{column}3")
    sheet.merge_cells("F2:H2")
    sheet.merge_cells("I2:J2")
    measures = ["households", "population", "migrants", "elderly_alone", "firms", "workers",
                "incidents"]  # fmt: skip
    serial = 0
    for community in communities.itertuples():
        mine = units[units["community_id"] == community.community_id]
        top = sheet.max_row + 1
        for unit in mine.itertuples():
            parts = max(int(unit.stairwells) if unit.stairwells > 0 else 1, 1)
            called = _spelled(names.at[unit.Index, "name"], names.at[unit.Index, "number"], serial)
            split = [_shares(int(getattr(unit, m)), parts) for m in measures]
            first = sheet.max_row + 1
            for part in range(parts):
                serial += 1
                values = [share[part] for share in split]
                sheet.append(
                    [serial, community.name if first == top and part == 0 else None,
                     called if part == 0 else None, f"{part + 1}单元" if parts > 1 else None,
                     *values, "李四", f"138{serial:08d}"]
                )  # fmt: skip
            if parts > 1:
                sheet.merge_cells(f"C{first}:C{sheet.max_row}")
        sheet.merge_cells(f"B{top}:B{sheet.max_row}")
        sums = [int(mine[m].sum()) for m in measures]
        sheet.append(["小计", None, None, None, *sums])
    sheet.append(["合计", None, None, None, *(int(units[m].sum()) for m in measures)])
    sheet.append(["备注：户数以2026年3月入户核查为准"])
    book.save(folder / "房屋人口台账.xlsx")


def _write_lines(layers, folder):
    def lines(name, columns, path, bare=()):
        frame = layers[name].to_crs(4526)
        renamed = frame.rename(columns=columns)[[*columns.values(), "geometry"]]
        _shapefile(renamed, folder / path, bare=bare)

    lines("streets", {"class": "道路等级", "name": "路名"}, "道路中心线.shp", (".prj", ".cpg"))
    lines("barriers", {"kind": "类型", "name": "名称"}, "铁路.shp")
    lines("crossings", {"kind": "类型", "name": "名称"}, "铁路道口.shp", (".prj",))
    lines("exclusive", {"exclusive_id": "编号", "kind": "类型", "name": "单位名称",
                        "firms": "企业数", "workers": "从业人数"}, "专属网格.shp")  # fmt: skip
    lines("stations", {"name": "名称"}, "警务服务站.shp")
