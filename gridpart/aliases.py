"""What planners call layers and columns, in Chinese and English.

This table is the one place to add a name that ``gridpart init`` should recognize. Names
are compared without case, blanks, underscores and what stands in parentheses.
"""

from collections.abc import Mapping

__all__ = ["COLUMN_ALIASES", "LAYER_WORDS", "NAME_ROLES"]

LAYER_WORDS: Mapping[str, tuple[str, ...]] = {
    "communities": (
        "communities", "community", "社区", "村界", "村居", "居委会", "村委会", "行政村",
        "neighbourhood", "neighborhood", "village",
    ),
    "units": (
        "units", "unit", "楼栋", "建筑", "房屋", "楼房", "幢", "地块", "宗地", "building",
        "house", "footprint", "parcel",
    ),
    "streets": ("streets", "street", "道路", "路网", "街道中心线", "街巷", "road", "highway"),
    "barriers": (
        "barriers", "barrier", "阻隔", "障碍", "河流", "水系", "铁路", "快速路", "高速",
        "railway", "river", "water", "rail",
    ),
    "crossings": (
        "crossings", "crossing", "道口", "桥梁", "桥", "天桥", "地道", "过街", "bridge",
        "underpass",
    ),
    "exclusive": (
        "exclusive", "专属网格", "专属", "楼宇", "园区", "商圈", "重点单位", "企事业", "单位院落",
        "campus",
    ),
    "stations": (
        "stations", "station", "服务站", "警务", "党群", "服务中心", "驿站", "网格站",
    ),
    "grids": ("grids", "grid", "网格"),
    "incidents": (
        "incidents", "incident", "事件", "工单", "警情记录", "纠纷记录", "reports", "report",
    ),
}  # fmt: skip
"""Canonical layer -> what names of files, layers and sheets contain, plainest first."""

_NAMES = ("name", "名称", "名字", "fullname", "title")
_IDS = ("编码", "代码", "编号", "code", "id", "objectid", "fid", "gid", "uuid", "序号")
"""Names that say nothing of what they name: they count where nothing better is there."""

COLUMN_ALIASES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "communities": {
        "community_id": (
            "community_id", "社区编码", "社区代码", "社区编号", "行政区划代码", "区划代码",
            "统计用区划代码", "村居代码", "村代码", "村编码", "sqbm", "sqdm", "xzqdm",
            "communitycode", *_IDS,
        ),
        "name": (
            "社区名称", "社区名", "社区", "村居名称", "村名", "村名称", "行政村", "sqmc", "xzqmc",
            "communityname", *_NAMES,
        ),
        "area_type": ("area_type", "城乡类型", "城乡分类", "城乡属性", "城乡分类代码", "城乡"),
        "households": ("households", "户数", "总户数", "常住户数", "hs"),
        "population": ("population", "常住人口", "人口", "总人口", "人口数", "人数", "rks"),
        "street_id": (
            "street_id", "街道编码", "街道代码", "所属街道编码", "所属街道代码", "乡镇代码",
            "乡镇编码", "镇街代码", "镇街编码", "jdbm", "jddm", "subdistrictid",
        ),
        "street_name": (
            "street_name", "街道名称", "街道", "所属街道", "街道办事处", "街道办", "乡镇名称",
            "乡镇", "所属乡镇", "镇街", "镇街名称", "jdmc", "subdistrict", "township",
        ),
    },
    "units": {
        "unit_id": (
            "unit_id", "楼栋编码", "楼栋代码", "楼栋编号", "房屋编码", "房屋代码", "房屋编号",
            "建筑编码", "建筑编号", "建筑物编码", "幢编码", "标准地址编码", "宗地代码", "ldbm",
            "buildingid", "buildingcode", *_IDS, "楼栋号", "楼号", "楼栋名称",
        ),
        "community_id": (
            "community_id", "社区编码", "社区代码", "社区编号", "所属社区编码", "所属社区代码",
            "sqbm", "sqdm", "所属社区", "社区",
        ),
        "compound_id": (
            "compound_id", "小区编码", "小区代码", "小区编号", "院落编码", "院落编号", "小区名称",
            "院落名称", "小区名", "小区", "院落", "小区院落", "楼盘", "xqmc", "compound", "estate",
        ),
        "kind": (
            "kind", "用途", "房屋用途", "建筑用途", "房屋类型", "建筑类型", "楼栋类型", "类型",
            "性质", "房屋性质", "usage", "type", "building",
        ),
        "floors": (
            "floors", "层数", "楼层数", "地上层数", "总层数", "楼层", "建筑层数", "cs",
            "levels", "storeys", "numfloors",
        ),
        "stairwells": (
            "stairwells", "单元数", "单元数量", "楼道数", "单元个数", "梯数", "entrances",
        ),
        "name": (
            "楼栋名称", "楼栋名", "房屋名称", "建筑名称", "建筑物名称", "楼名", "楼名称",
            "楼宇名称", "ldmc", "buildingname", *_NAMES,
        ),
        "households": (
            "households", "户数", "常住户数", "总户数", "住户数", "居民户数", "实有户数",
            "户籍户数", "hs", "zhs", "household",
        ),
        "population": (
            "population", "常住人口", "常住人口数", "实有人口", "人口数", "人口", "总人口", "人数",
            "常住人数", "居住人数", "户籍人口", "rks", "residents",
        ),
        "firms": ("firms", "企业数", "商户数", "单位数", "企业数量", "法人单位数", "商铺数"),
        "workers": ("workers", "从业人员", "从业人数", "从业人员数", "职工数", "员工数"),
        "building_age": ("building_age", "楼龄", "房龄"),
        "no_property_mgmt": ("no_property_mgmt", "无物业", "无物业管理"),
        "migrants": ("migrants", "流动人口", "流动人口数", "外来人口", "流动人数"),
        "elderly_alone": ("elderly_alone", "独居老人", "独居老人数", "空巢老人"),
        "incidents": ("incidents", "事件数", "警情数", "矛盾纠纷", "纠纷数", "警情", "年事件数"),
    },
    "streets": {
        "class": ("class", "道路等级", "等级", "道路类型", "类型", "道路类别", "highway", "fclass"),
        "name": ("道路名称", "路名", "街道名称", "街路巷名称", *_NAMES),
    },
    "barriers": {
        "kind": ("kind", "类型", "种类", "阻隔类型", "类别", "type", "fclass"),
        "name": ("线路名称", "河流名称", *_NAMES),
    },
    "crossings": {"kind": ("kind", "类型", "种类", "类别", "type"), "name": _NAMES},
    "exclusive": {
        "exclusive_id": (
            "exclusive_id", "专属编码", "专属网格编码", "楼宇编码", "单位编码", "专属编号", *_IDS,
        ),
        "community_id": ("community_id", "社区编码", "社区代码", "所属社区编码"),
        "kind": ("kind", "类型", "种类", "类别", "专属类型", "单位类型", "楼宇类型", "type"),
        "name": ("单位名称", "楼宇名称", "专属网格名称", *_NAMES),
        "firms": ("firms", "企业数", "商户数", "单位数", "企业数量"),
        "workers": ("workers", "从业人员", "从业人数", "从业人员数", "职工数", "员工数"),
    },
    "stations": {
        "kind": ("kind", "类型", "种类", "type"),
        "name": ("站点名称", "服务站名称", "服务站", *_NAMES),
    },
    "grids": {
        "level": ("level", "网格级别", "网格层级", "层级", "级别"),
        "grid_code": ("grid_code", "网格编码", "网格代码", "网格编号", *_IDS),
        "name": ("网格名称", *_NAMES),
    },
    "incidents": {
        "date": (
            "date", "日期", "事件日期", "上报日期", "上报时间", "发生时间", "受理时间", "发生日期",
            "登记时间", "时间", "day",
        ),
        "unit_id": (
            "unit_id", "楼栋编码", "楼栋代码", "楼栋编号", "房屋编码", "标准地址编码", "楼栋",
            "楼栋名称", "buildingid",
        ),
        "kind": ("kind", "类别", "事件类型", "事件类别", "类型", "问题类别", "type", "category"),
        "count": ("count", "件数", "数量", "次数"),
    },
}  # fmt: skip
"""Layer -> canonical column, or an indicator of a shipped rule set -> names, best first."""

NAME_ROLES: Mapping[str, tuple[str, ...]] = {
    "id": COLUMN_ALIASES["units"]["unit_id"],
    "name": COLUMN_ALIASES["units"]["name"],
    "building": (
        "楼栋号", "楼号", "幢号", "栋号", "楼栋", "楼幢", "幢", "栋", "楼座", "楼栋序号",
        "buildingno", "building",
    ),
    "compound": COLUMN_ALIASES["units"]["compound_id"],
    "community": ("社区名称", "社区", "所属社区", "村居", "村社区"),
}  # fmt: skip
"""What a column that helps to name a building holds -> names of such columns."""
