"""Build the Hankou sample: real streets and blocks, synthetic everything else.

Run from anywhere: ``python data/samples/hankou/build.py``.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

os.environ["OGR_CURRENT_DATE"] = "2024-01-01T00:00:00.000Z"  # keeps the file byte-stable

import geopandas as gpd
import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import linemerge, substring

HERE = Path(__file__).resolve().parent
CRS = "EPSG:4547"
SEED = 20240517
MM = 0.001
Rng = np.random.Generator
Span = tuple[float, float]


@dataclass(frozen=True)
class Plan:
    """What one community is made of."""

    number: int
    name: str
    households: int
    blocks: tuple[int, ...]
    mix: tuple[float, float, float] = (0.3, 0.5, 0.2)  # courtyards, slabs, towers
    rural: bool = False
    south: int = 0  # households south of the railway, where it runs through


PLANS = (
    Plan(1, "云栖村", 836, (159, 1293, 3645, 3664, 3666, 3668), rural=True),
    Plan(2, "长汀社区", 1204, (1191, 1192, 1197, 1221, 3678, 3683, 3693, 3705, 3712)),
    Plan(3, "梧桐社区", 1222, (1203, 1209, 1226, 1241, 3687, 3691, 3707), (0.6, 0.4, 0.0)),
    Plan(4, "锦和社区", 1198, (3704, 4453, 4455, 4456, 4457, 4458), (0.2, 0.7, 0.1)),
    Plan(5, "清源社区", 1215, (3708, 3728, 3729, 4454), (0.5, 0.4, 0.1)),
    Plan(6, "望山社区", 1190, (1220, 1389, 3710, 3711), (0.1, 0.4, 0.5)),
    Plan(7, "知春社区", 824, (188, 1404, 1408, 1446, 3730, 3739, 3740, 3742)),
    Plan(8, "永宁社区", 838, (187, 1378, 1379, 1409, 1422, 1474), (0.6, 0.4, 0.0)),
    Plan(9, "南枝社区", 1218, (1447, 1448, 1461, 1513, 1556), (0.3, 0.6, 0.1)),
    Plan(10, "柳溪村", 829, (1345, 1368, 1411, 1687, 1691, 3745, 3753, 3760, 4493), rural=True),
    Plan(11, "新禾社区", 816, (1410, 3746, 3759, 3771), (0.1, 0.4, 0.5)),
    Plan(12, "小桥社区", 530, (1449, 1511, 1554, 1578), (0.5, 0.5, 0.0)),
    Plan(
        13,
        "听松社区",
        1206,
        (1500, 1501, 1512, 1532, 1555, 1560, 1581, 1600),
        (0.3, 0.5, 0.2),
        south=402,
    ),
    Plan(14, "白鹭社区", 1225, (1622, 1652, 1682, 1689, 3786, 3791), (0.2, 0.4, 0.4)),
    Plan(
        15,
        "明渠社区",
        1212,
        (1623, 1634, 1664, 1665, 1678, 1705, 1730, 4523),
        (0.4, 0.4, 0.2),
        south=396,
    ),
    Plan(
        16,
        "禾田村",
        837,
        (
            *(1694, 1778, 1779, 1806, 1831, 1872, 1924, 1942),
            *(1967, 2000, 2017, 2018, 2074, 2075, 4650),
        ),
        rural=True,
    ),
)
COUNTY = "990101001"  # no such county in GB/T 2260
RAILWAY = (
    *((525110, 3389780), (525200, 3389930), (525330, 3390075)),
    *((525550, 3390205), (525850, 3390350), (526150, 3390490), (526450, 3390620)),
    (526680, 3390720),
)
HALF_WIDTH = {
    "motorway": 24.0,
    "trunk": 22.0,
    "primary": 18.0,
    "secondary": 15.0,
    "tertiary": 11.0,
    "residential": 8.0,
}
SITES = (  # kind, community, wanted area in m2, firms, workers, name
    ("office_tower", 6, 8_000, 142, 3150, "望山国际大厦"),
    ("office_tower", 14, 9_000, 96, 2240, "白鹭金融中心"),
    ("market", 5, 13_000, 268, 910, "清源综合市场"),
    ("school", 12, 15_000, 1, 164, "小桥学校"),
    ("hospital", 9, 22_000, 3, 1280, "南枝医院"),
)
STATIONS = (2, 5, 9, 10, 13, 16)
OLD_COURT, QUARTER, LONE_TOWER = 3, 8, 14  # communities of the special cases
KINDS = ("courtyard", "slab", "tower")
NAME_HEADS = "云松梧桂兰荷梅竹柏枫晴霁朗澄清沐锦瑞嘉和安宁景颐惠永新望听知"
NAME_TAILS = "澜岚溪汀洲浦泽渚屿桥亭台苑圃坪岭原川泉湖庭轩园林石竹月星露禾"
SUFFIX = {"courtyard": "里", "slab": "小区", "tower": "花园"}


@dataclass(frozen=True)
class Parcel:
    """A lot inside one street block; `angle` is the bearing of the block's axis."""

    shape: Polygon
    angle: float
    block: int


@dataclass
class Zone:
    """A community, or one side of the railway in it, with its free parcels."""

    plan: Plan
    target: int
    parcels: list[Parcel]


@dataclass
class Town:
    """What has been built so far."""

    rng: Rng
    names: list[str]
    units: list[dict[str, object]] = field(default_factory=list)
    sites: list[dict[str, object]] = field(default_factory=list)
    stations: list[dict[str, object]] = field(default_factory=list)
    compounds: dict[int, int] = field(default_factory=dict)

    def compound(self, plan: Plan) -> str:
        """Return the next compound id of a community."""
        count = self.compounds[plan.number] = self.compounds.get(plan.number, 0) + 1
        return f"C{plan.number:02d}-{count:02d}"


def code(plan: Plan) -> str:
    """Return the twelve-digit id of a community."""
    return f"{COUNTY}{plan.number:03d}"


# --- communities and village groups ---------------------------------------------------------


def to_mm(shape: BaseGeometry) -> BaseGeometry:
    """Round coordinates to the millimeter."""
    return shapely.transform(shape, lambda xy: np.round(xy, 3))


def polygonize(lines: list[BaseGeometry]) -> list[Polygon]:
    """Node lines on a millimeter grid and return the faces, in a stable order."""
    noded = shapely.union_all(lines, grid_size=MM)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    centers = shapely.get_coordinates(shapely.point_on_surface(faces))
    return list(faces[np.lexsort((centers[:, 1], centers[:, 0]))])


def adopt(faces: list[Polygon], owner: list[int], least: float) -> list[int]:
    """Give each face without owner (-1) to the owner it shares most border with."""
    known = list(owner)
    tree = shapely.STRtree(faces)
    for index in [i for i, value in enumerate(owner) if value < 0]:
        face = faces[index]
        shared: dict[int, float] = {}
        for other in sorted(tree.query(face, predicate="intersects").tolist()):
            if owner[other] >= 0:
                length = face.intersection(faces[other]).length
                shared[owner[other]] = shared.get(owner[other], 0.0) + length
        best = max(shared, key=lambda key: (shared[key], -key), default=-1)
        if sum(shared.values()) > least * face.length:
            known[index] = best
    return known


def block_faces(blocks: gpd.GeoDataFrame) -> tuple[list[Polygon], list[int]]:
    """Return the street-bounded faces of the district and the community number of each."""
    number = {block: plan.number for plan in PLANS for block in plan.blocks}
    shapes = blocks.geometry.to_numpy()
    faces = polygonize(list(shapely.boundary(shapes)))
    inside = shapely.STRtree(shapes).query(shapely.point_on_surface(faces), predicate="within")
    owner = [-1] * len(faces)
    outside = [False] * len(faces)
    for face, block in zip(*inside.tolist(), strict=True):
        owner[face] = number.get(int(blocks["block_id"].iloc[block]), -1)
        outside[face] = owner[face] < 0
    adopted = adopt(faces, owner, 0.6)
    keep = [i for i in range(len(faces)) if adopted[i] > 0 and not outside[i]]
    return [faces[i] for i in keep], [adopted[i] for i in keep]


def voronoi_edges(block: Polygon, cells: int, rng: Rng) -> list[BaseGeometry]:
    """Return the edges which cut a block into about `cells` evenly sized pieces."""
    if cells < 2:
        return []
    left, low, right, high = block.bounds
    tries = shapely.points(rng.uniform((left, low), (right, high), (cells * 60, 2)))
    cloud = shapely.get_coordinates(tries[shapely.contains(block, tries)])
    seeds = cloud[:cells]
    for _ in range(4):
        nearest = np.argmin(np.linalg.norm(cloud[:, None] - seeds[None], axis=2), axis=1)
        seeds = np.array([cloud[nearest == i].mean(axis=0) for i in range(cells)])
    seeds = seeds + rng.normal(0, 18, seeds.shape)
    edges = shapely.voronoi_polygons(
        shapely.MultiPoint(seeds), extend_to=block.envelope.buffer(500), only_edges=True
    )
    return [edges.intersection(block)]


def village_groups(faces: list[Polygon], owner: list[int], rng: Rng) -> list[BaseGeometry]:
    """Return the lines which divide the blocks of the rural communities."""
    lines: list[BaseGeometry] = []
    for plan in (plan for plan in PLANS if plan.rural):
        mine = [face for face, number in zip(faces, owner, strict=True) if number == plan.number]
        share = sum(face.area for face in mine) / 18
        for face in mine:
            lines += voronoi_edges(face, round(face.area / share), rng)
    return lines


def merge_small(faces: list[Polygon], least: float) -> list[list[int]]:
    """Group faces of one community so that every group has at least `least` m2."""
    groups = [[i] for i in range(len(faces))]
    shapes: list[BaseGeometry] = list(faces)
    while True:
        small = min(range(len(groups)), key=lambda g: shapes[g].area)
        if shapes[small].area >= least:
            return groups
        rest = [g for g in range(len(groups)) if g != small]
        best = max(rest, key=lambda g: shapes[g].intersection(shapes[small]).length)
        groups[best] += groups[small]
        shapes[best] = shapely.coverage_union_all([faces[i] for i in groups[best]])
        del groups[small], shapes[small]


def lay_out_district(
    blocks: gpd.GeoDataFrame, rng: Rng
) -> tuple[gpd.GeoDataFrame, dict[int, list[Polygon]], dict[int, list[Polygon]]]:
    """Return the communities, their street blocks and the village groups of the rural ones."""
    coarse, owner = block_faces(blocks)
    lines = [face.boundary for face in coarse] + village_groups(coarse, owner, rng)
    faces = polygonize(lines)
    hits = shapely.STRtree(coarse).query(shapely.point_on_surface(faces), predicate="within")
    number = {face: owner[block] for face, block in zip(*hits.tolist(), strict=True)}
    members: dict[int, list[Polygon]] = {plan.number: [] for plan in PLANS}
    for index, community in sorted(number.items()):
        members[community].append(faces[index])
    groups: dict[int, list[Polygon]] = {}
    for plan in (plan for plan in PLANS if plan.rural):
        mine = members[plan.number]
        parts = merge_small(mine, 55_000)
        groups[plan.number] = [
            shapely.get_parts(shapely.coverage_union_all([mine[i] for i in part]))[0]
            for part in parts
        ]
    frame = gpd.GeoDataFrame(
        {
            "community_id": [code(plan) for plan in PLANS],
            "name": [plan.name for plan in PLANS],
            "area_type": ["rural" if plan.rural else "urban" for plan in PLANS],
        },
        geometry=[
            shapely.get_parts(shapely.coverage_union_all(members[plan.number]))[0] for plan in PLANS
        ],
        crs=CRS,
    )
    return frame, members, groups


# --- streets and the railway ----------------------------------------------------------------


def base_class(highway: str) -> str:
    """Return the class without its link suffix."""
    return highway.removesuffix("_link")


def half_width(highway: str) -> float:
    """Return the distance kept free on either side of a street's center line."""
    return HALF_WIDTH.get(base_class(highway), 7.0)


def line_ends(line: LineString) -> list[tuple[tuple[float, float], float]]:
    """Return node and outward bearing at both ends of a line."""
    reach = min(15.0, line.length / 2)
    ends = []
    for node, far in ((0.0, reach), (line.length, line.length - reach)):
        start, toward = line.interpolate(node), line.interpolate(far)
        bearing = math.atan2(toward.y - start.y, toward.x - start.x)
        ends.append(((round(start.x, 2), round(start.y, 2)), bearing))
    return ends


def stroke_ids(lines: list[LineString], classes: list[str]) -> list[int]:
    """Join lines which continue each other nearly straight into strokes."""
    nodes: dict[tuple[float, float], list[tuple[int, float]]] = {}
    for index, line in enumerate(lines):
        for node, bearing in line_ends(line):
            nodes.setdefault(node, []).append((index, bearing))
    label = list(range(len(lines)))

    def root(index: int) -> int:
        while label[index] != index:
            index = label[index]
        return index

    for ends in nodes.values():
        pairs = sorted(
            (abs(math.pi - abs(a[1] - b[1])), i, j)
            for (i, a), (j, b) in combinations(enumerate(ends), 2)
            if a[0] != b[0] and classes[a[0]] == classes[b[0]]
        )
        used: set[int] = set()
        for bend, i, j in pairs:
            if bend < math.radians(40) and not used & {i, j}:
                used |= {i, j}
                label[root(ends[i][0])] = root(ends[j][0])
    return [root(index) for index in range(len(lines))]


def name_streets(frame: gpd.GeoDataFrame, rng: Rng) -> list[str | None]:
    """Invent street names; parallel carriageways of one class share theirs."""
    pool = [head + tail for head in NAME_HEADS for tail in NAME_TAILS if head != tail]
    rng.shuffle(pool)
    named: list[tuple[str, str, BaseGeometry]] = []
    names: list[str | None] = [None] * len(frame)
    lengths = frame.length.to_numpy()
    for index in np.argsort(-lengths, kind="stable"):
        highway, line = frame["class"].iloc[index], frame.geometry.iloc[index]
        if highway.endswith("_link") or lengths[index] < 40:
            continue
        for other, name, area in named:
            if other == highway and line.intersection(area).length > 0.55 * line.length:
                names[index] = name
                break
        else:
            if lengths[index] >= 180:
                left, low, right, high = line.bounds
                suffix = (
                    "大道" if highway == "trunk" else "街" if high - low > right - left else "路"
                )
                names[index] = pool.pop() + suffix
                named.append((highway, names[index] or "", line.buffer(45)))
    return names


def make_streets(source: gpd.GeoDataFrame, district: BaseGeometry, rng: Rng) -> gpd.GeoDataFrame:
    """Clip the streets to the district and 100 m around it, join and name them."""
    clipped = shapely.intersection(source.geometry.to_numpy(), district.buffer(100))
    pieces = gpd.GeoDataFrame({"class": source["highway"].values}, geometry=clipped, crs=CRS)
    pieces = pieces.explode(ignore_index=True)
    pieces = pieces[(pieces.geom_type == "LineString") & (pieces.length > 0.5)]
    classes = pieces["class"].tolist()
    pieces["stroke"] = stroke_ids(list(pieces.geometry), classes)
    rows = []
    for _, group in pieces.groupby("stroke", sort=True):
        merged = linemerge(list(group.geometry)) if len(group) > 1 else group.geometry.iloc[0]
        rows += [(group["class"].iloc[0], to_mm(line)) for line in shapely.get_parts(merged)]
    rows.sort(key=lambda row: (row[0], *row[1].bounds, row[1].length))
    frame = gpd.GeoDataFrame(
        {"class": [row[0] for row in rows]}, geometry=[row[1] for row in rows], crs=CRS
    )
    frame["name"] = name_streets(frame, rng)
    return frame[["class", "name", "geometry"]]


def smooth(points: tuple[tuple[float, float], ...]) -> LineString:
    """Round the corners of a polyline (Chaikin)."""
    xy = np.array(points, dtype=float)
    for _ in range(3):
        inner = np.concatenate([xy[:-1] * 0.75 + xy[1:] * 0.25, xy[:-1] * 0.25 + xy[1:] * 0.75], 1)
        xy = np.vstack([xy[:1], inner.reshape(-1, 2), xy[-1:]])
    return LineString(np.round(xy, 2))


def make_crossings(
    railway: LineString, streets: gpd.GeoDataFrame, communities: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Put one level crossing into each severed community, where a street meets the railway."""
    rows = []
    for plan in (plan for plan in PLANS if plan.south):
        home = communities.geometry.iloc[plan.number - 1]
        inner = railway.intersection(home)
        middle = inner.interpolate(0.5, normalized=True)
        local = streets[streets["class"].isin(["residential", "unclassified", "tertiary"])]
        meets = shapely.get_parts(shapely.intersection(local.geometry.to_numpy(), railway))
        meets = [p for p in meets if p.geom_type == "Point" and p.within(home.buffer(-60))]
        point = min(meets, key=middle.distance)
        on_line = railway.interpolate(railway.project(point))
        rows.append((f"{plan.name.removesuffix('社区')}道口", "level_crossing", on_line))
    columns = {"name": [r[0] for r in rows], "kind": [r[1] for r in rows]}
    return gpd.GeoDataFrame(columns, geometry=[r[2] for r in rows], crs=CRS)


# --- parcels --------------------------------------------------------------------------------


def block_angle(block: Polygon) -> float:
    """Return the bearing of the block's sides that is nearest to east, in degrees."""
    xy = np.asarray(block.simplify(3).exterior.coords)
    step = np.diff(xy, axis=0)
    length = np.hypot(step[:, 0], step[:, 1])
    turn = np.exp(4j * np.arctan2(step[:, 1], step[:, 0]))
    return math.degrees(np.angle((length * turn).sum()) / 4)


def open_up(shape: BaseGeometry, width: float) -> list[Polygon]:
    """Drop necks narrower than `width` and return the polygons left."""
    wide = shape.buffer(-width / 2, join_style="mitre").buffer(width / 2, join_style="mitre")
    return [p for p in shapely.get_parts(wide.intersection(shape)) if p.geom_type == "Polygon"]


def split(shape: BaseGeometry, most: float, rng: Rng) -> list[Polygon]:
    """Cut an axis-aligned lot across its longer side until no piece exceeds `most` m2."""
    pieces = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon" and p.area > 2500]
    result = []
    for piece in pieces:
        if piece.area <= most:
            result.append(piece)
            continue
        left, low, right, high = piece.bounds
        at = rng.uniform(0.44, 0.56)
        if right - left > high - low:
            cut = left + at * (right - left)
            halves = box(left, low, cut - 4, high), box(cut + 4, low, right, high)
        else:
            cut = low + at * (high - low)
            halves = box(left, low, right, cut - 4), box(left, cut + 4, right, high)
        for half in halves:
            result += split(piece.intersection(half), most, rng)
    return result


def make_parcels(block: Polygon, index: int, keep_free: BaseGeometry, rng: Rng) -> list[Parcel]:
    """Cut the buildable part of a street block into parcels."""
    angle = block_angle(block)
    free = block.buffer(-7).difference(keep_free)
    parcels = []
    for part in open_up(free, 24):
        flat = affinity.rotate(part, -angle, origin=(0, 0))
        for piece in split(flat, rng.uniform(11_000, 19_000), rng):
            for core in open_up(piece, 24):
                if core.area > 3000:
                    shape = affinity.rotate(core, angle, origin=(0, 0))
                    parcels.append(Parcel(shape, angle, index))
    return parcels


def rows_of(parcel: Parcel, lengths: tuple[int, ...], depth: float, gaps: Span) -> list[Polygon]:
    """Set rectangles in rows along the block's axis; gaps are (between rows, within a row)."""
    flat = affinity.rotate(parcel.shape, -parcel.angle, origin=(0, 0))
    shapely.prepare(flat)
    left, low, right, high = flat.bounds
    count = max(1, int((high - low - 4 + gaps[0]) // (depth + gaps[0])))
    slack = (high - low - count * depth - (count - 1) * gaps[0]) / (count + 1)
    boxes = []
    for row in range(count):
        y = low + slack + row * (depth + gaps[0] + slack)
        x = left + 2
        while x < right:
            fit = (box(x, y, x + length, y + depth) for length in lengths)
            found = next((b for b in fit if flat.contains(b)), None)
            if found is None:
                x += 3
            else:
                boxes.append(found)
                x = found.bounds[2] + gaps[1]
    return [to_mm(affinity.rotate(b, parcel.angle, origin=(0, 0))) for b in boxes]


# --- buildings ------------------------------------------------------------------------------


def side_length(shape: Polygon) -> float:
    """Return the longer side of a rectangle."""
    xy = np.asarray(shape.exterior.coords)
    return float(np.hypot(*np.diff(xy[:3], axis=0).T).max())


def add_unit(town: Town, plan: Plan, shape: Polygon, **columns: object) -> dict[str, object]:
    """Record one unit; absent columns get their neutral value."""
    unit: dict[str, object] = {
        "community_id": code(plan),
        "compound_id": None,
        "stairwells": None,
        "name": "",
        "households": 0,
        "population": -1,  # drawn later
        "firms": 0,
        "workers": 0,
        "low": 0,
        "high": 0,
        "age": 20,
        "unmanaged": 0,
        "geometry": shape,
    }
    unit |= columns
    town.units.append(unit)
    return unit


def courtyard_figures(rng: Rng, _shape: Polygon) -> tuple[int, int | None, int, int, int]:
    """Return floors, stairwells, households and their range for a courtyard house."""
    return int(rng.integers(2, 4)), None, int(rng.integers(8, 16)), 8, 25


def slab_figures(rng: Rng, shape: Polygon) -> tuple[int, int | None, int, int, int]:
    """Return floors, stairwells, households and their range for a slab."""
    stairs = max(2, round(side_length(shape) / 14))
    floors = int(rng.choice([5, 6, 6, 6, 7]))
    households = min(60, stairs * floors * 2 - int(rng.integers(0, 3)))
    return floors, stairs, max(20, households), 20, 60


def tower_figures(rng: Rng, _shape: Polygon) -> tuple[int, int | None, int, int, int]:
    """Return floors, stairwells, households and their range for a tower."""
    stairs = int(rng.choice([1, 2, 2, 2, 3]))
    floors = int(rng.integers(18, 25 if stairs == 1 else 31))
    households = floors * (4 if stairs == 1 else 2 * stairs)
    return floors, stairs, households, 60, min(200, 100 * stairs)


FIGURES = {"courtyard": courtyard_figures, "slab": slab_figures, "tower": tower_figures}
LAYOUT: dict[str, tuple[tuple[int, ...], float, Span]] = {
    "courtyard": ((20,), 10.0, (12.0, 8.0)),
    "slab": ((42, 28), 12.0, (23.0, 10.0)),
    "tower": ((38,), 25.0, (34.0, 24.0)),
}
LONG_SLABS = (56, 28)
AGES = {"courtyard": (32, 58), "slab": (14, 36), "tower": (2, 16)}
UNMANAGED = {"courtyard": 0.85, "slab": 0.4, "tower": 0.03}


def build_compound(
    town: Town, zone: Zone, parcel: Parcel, kind: str, room: int
) -> list[dict[str, object]]:
    """Fill a parcel with one compound of at most `room` households."""
    rng, (lengths, depth, gaps) = town.rng, LAYOUT[kind]
    if kind == "slab" and rng.random() < 0.35:
        lengths = LONG_SLABS
    rows = []
    for shape in rows_of(parcel, lengths, depth, gaps):
        figures = FIGURES[kind](rng, shape)
        if sum(row[1][2] for row in rows) + figures[2] > min(room, 400):
            break
        rows.append((shape, figures))
    if sum(row[1][2] for row in rows) < min(60, room - 25) or len(rows) < 2:
        return []
    compound, name = town.compound(zone.plan), town.names.pop() + SUFFIX[kind]
    age = int(rng.integers(*AGES[kind]))
    unmanaged = int(rng.random() < UNMANAGED[kind])
    return [
        add_unit(
            town,
            zone.plan,
            shape,
            compound_id=compound,
            kind=kind,
            floors=floors,
            stairwells=stairs,
            name=f"{name}{index}号楼",
            households=households,
            low=low,
            high=high,
            age=age,
            unmanaged=unmanaged,
        )
        for index, (shape, (floors, stairs, households, low, high)) in enumerate(rows, 1)
    ]


def settle(units: list[dict[str, object]], missing: int) -> None:
    """Spread missing (or surplus) households over buildings, within their ranges."""
    step = 1 if missing > 0 else -1
    while missing:
        before = missing
        for unit in units:
            value = unit["households"] + step
            if missing and unit["low"] <= value <= unit["high"]:
                unit["households"] = value
                missing -= step
        assert missing != before, "no room to settle the households"


def fill_zone(town: Town, zone: Zone) -> None:
    """Build compounds until the zone has its households, then leave the other parcels."""
    rng, plan = town.rng, zone.plan
    done = dict.fromkeys(KINDS, 0)
    fit = [p for p in zone.parcels if p.shape.area > 0.85 * p.shape.convex_hull.area]
    order = [fit[i] for i in rng.permutation(len(fit))]
    built: list[dict[str, object]] = []
    for parcel in order:
        left = zone.target - sum(unit["households"] for unit in built)
        if left < 30:
            break
        short = {k: share * zone.target - done[k] for k, share in zip(KINDS, plan.mix, strict=True)}
        for kind in sorted(KINDS, key=lambda k: -short[k])[:2]:
            rows = build_compound(town, zone, parcel, kind, left) if short[kind] > 0 else []
            if rows:
                built += rows
                done[kind] += sum(unit["households"] for unit in rows)
                zone.parcels.remove(parcel)
                break
    settle(built, zone.target - sum(unit["households"] for unit in built))


def add_business(town: Town, plan: Plan, shape: Polygon, kind: str, **columns: object) -> None:
    """Record one unit without residents."""
    rng = town.rng
    firms, floors = {
        "shop": (int(rng.integers(2, 13)), int(rng.integers(1, 4))),
        "office": (int(rng.integers(4, 31)), int(rng.integers(5, 13))),
        "workshop": (int(rng.integers(1, 4)), int(rng.integers(1, 3))),
    }[kind]
    staff = {"shop": 4, "office": 16, "workshop": 28}[kind]
    workers = firms + int(rng.poisson(firms * (staff - 1)))
    age = int(rng.integers(4, 30))
    label = {"shop": "商铺", "office": "办公楼", "workshop": "厂房"}[kind]
    columns = {"name": label} | columns
    add_unit(
        town,
        plan,
        shape,
        kind=kind,
        floors=floors,
        firms=firms,
        workers=workers,
        age=age,
        **columns,
    )


def fill_business(town: Town, zone: Zone) -> None:
    """Put shops, offices and workshops on about a third of the parcels left."""
    rng = town.rng
    for parcel in list(zone.parcels):
        draw = rng.random()
        if draw > 0.34:
            continue
        zone.parcels.remove(parcel)
        if draw < 0.17:
            kind, shapes = "shop", rows_of(parcel, (48, 32), 14.0, (40.0, 8.0))
        elif draw < 0.25:
            kind, shapes = "office", rows_of(parcel, (44, 30), 22.0, (36.0, 20.0))
        else:
            kind, shapes = "workshop", rows_of(parcel, (72, 54), 28.0, (18.0, 14.0))
        for shape in shapes[:6]:
            add_business(town, zone.plan, shape, kind)


# --- special cases --------------------------------------------------------------------------


def build_old_court(town: Town, zone: Zone) -> int:
    """Build the courtyard compound of 461 households, 10 buildings and 39 stairwells."""
    lots = sorted(zone.parcels, key=lambda p: p.shape.area)
    trials = ((lot, rows_of(lot, (46,), 12.0, (11.0, 8.0))) for lot in lots)
    parcel, shapes = next(trial for trial in trials if len(trial[1]) >= 10)
    zone.parcels.remove(parcel)
    compound = town.compound(zone.plan)
    for index, shape in enumerate(shapes[:10], 1):
        add_unit(
            town,
            zone.plan,
            shape,
            compound_id=compound,
            kind="slab",
            floors=6,
            stairwells=3 if index == 10 else 4,
            name=f"梧桐老院{index}号楼",
            households=35 if index == 10 else 48 if index <= 3 else 47,
            age=44,
            unmanaged=1,
        )
    return 461


def build_quarter(town: Town, zone: Zone) -> int:
    """Build the office quarter: 12 business units and 2 slabs with 300 residents in one block."""
    lots: dict[int, list[Polygon]] = {}
    for parcel in zone.parcels:
        lots.setdefault(parcel.block, []).extend(rows_of(parcel, (50,), 18.0, (26.0, 14.0)))
    block = min(lots, key=lambda key: (len(lots[key]) < 14, len(lots[key]), key))
    zone.parcels = [parcel for parcel in zone.parcels if parcel.block != block]
    even = np.linspace(0, len(lots[block]) - 1, 14).round().astype(int)
    compound = town.compound(zone.plan)
    for index, position in enumerate(even, 1):
        shape, name = lots[block][position], f"永宁商务区{index}号楼"
        if index in (6, 9):
            columns = {"households": 60, "population": 150, "stairwells": 5, "floors": 6}
            add_unit(
                town,
                zone.plan,
                shape,
                compound_id=compound,
                kind="slab",
                name=name,
                age=27,
                **columns,
            )
        else:
            kind = "shop" if index % 4 == 0 else "office"
            add_business(town, zone.plan, shape, kind, name=name, compound_id=compound)
    return 120


def build_site(town: Town, zone: Zone, site: tuple[str, int, int, int, int, str]) -> int:
    """Take a parcel for an exclusive site; the hospital has staff housing inside."""
    kind, _, area, firms, workers, name = site
    lots = [p for p in zone.parcels if p.shape.area > 0.9 * p.shape.convex_hull.area]
    parcel = min(lots, key=lambda p: abs(p.shape.area - area))
    zone.parcels.remove(parcel)
    columns = {"exclusive_id": f"E{len(town.sites) + 1:02d}", "kind": kind, "name": name}
    shape = to_mm(parcel.shape)
    town.sites.append(columns | {"firms": firms, "workers": workers, "geometry": shape})
    if kind != "hospital":
        return 0
    inner = Parcel(parcel.shape.buffer(-12), parcel.angle, parcel.block)
    house = rows_of(inner, (52,), 12.0, (20.0, 9.0))[0]
    figures = {"households": 40, "floors": 5, "stairwells": 4, "age": 31}
    add_unit(town, zone.plan, house, kind="slab", name=f"{name}职工宿舍", **figures)
    return 40


def mark_lone_tower(town: Town) -> None:
    """Give one tower a single stairwell of 132 households and take the surplus from others."""
    home = code(PLANS[LONE_TOWER - 1])
    towers = [u for u in town.units if u["kind"] == "tower" and u["community_id"] == home]
    tower = towers[0]
    others = [u for u in town.units if u["community_id"] == home and u is not tower and u["high"]]
    change = 132 - tower["households"]
    tower |= {"households": 132, "floors": 33, "stairwells": 1, "high": 132}
    settle(others, -change)


def build_villages(town: Town, groups: dict[int, list[Polygon]]) -> None:
    """Give every village group its households."""
    for plan in (plan for plan in PLANS if plan.rural):
        shapes = groups[plan.number]
        draws = town.rng.integers(32, 62, len(shapes)).tolist()
        rows = [
            add_unit(
                town,
                plan,
                shape,
                kind="village_group",
                floors=2,
                name=f"{plan.name}第{index}村民小组",
                households=draw,
                low=20,
                high=90,
                age=int(town.rng.integers(14, 34)),
                unmanaged=1,
            )
            for index, (shape, draw) in enumerate(zip(shapes, draws, strict=True), 1)
        ]
        settle(rows, plan.households - sum(draws))


def add_station(town: Town, plan: Plan, spot: Point) -> None:
    """Record one service station."""
    name = f"{plan.name.removesuffix('社区').removesuffix('村')}警务服务站"
    number = len(town.stations) + 1
    town.stations.append({"station_id": f"S{number:02d}", "name": name, "geometry": to_mm(spot)})


def drop_intruders(units: list[dict[str, object]]) -> list[dict[str, object]]:
    """Leave out business buildings which stand between the buildings of a compound."""
    groups: dict[object, list[BaseGeometry]] = {}
    for unit in units:
        if unit["compound_id"]:
            groups.setdefault(unit["compound_id"], []).append(unit["geometry"])
    hulls = {key: MultiPolygon(shapes).convex_hull for key, shapes in groups.items()}
    tree = shapely.STRtree(list(hulls.values()))
    return [
        unit
        for unit in units
        if unit["households"]
        or unit["compound_id"]
        or not len(tree.query(unit["geometry"], predicate="intersects"))
    ]


# --- putting it together --------------------------------------------------------------------


def zones_of(
    plan: Plan, blocks: list[Polygon], keep_free: shapely.STRtree, railway: LineString, rng: Rng
) -> list[Zone]:
    """Cut a community's blocks into parcels and divide them by the railway where it severs."""
    parcels: list[Parcel] = []
    for index, block in enumerate(blocks):
        near = keep_free.geometries[np.sort(keep_free.query(block))]
        parcels += make_parcels(block, plan.number * 100 + index, shapely.union_all(near), rng)
    if not plan.south:
        return [Zone(plan, plan.households, parcels)]
    sides: tuple[list[Parcel], list[Parcel]] = ([], [])
    for parcel in parcels:
        sides[south_of(railway, parcel.shape.centroid)].append(parcel)
    return [Zone(plan, plan.households - plan.south, sides[0]), Zone(plan, plan.south, sides[1])]


def south_of(railway: LineString, point: Point) -> bool:
    """Tell whether a point lies to the right of the railway, which runs northeast."""
    along = railway.project(point)
    near = substring(railway, max(0, along - 5), along + 5).coords
    (x0, y0), (x1, y1) = near[0], near[-1]
    return (x1 - x0) * (point.y - y0) - (y1 - y0) * (point.x - x0) < 0


def build_community(town: Town, zones: list[Zone]) -> None:
    """Build special cases first, then compounds, then business."""
    plan = zones[0].plan
    for site in (site for site in SITES if site[1] == plan.number):
        zones[0].target -= build_site(town, zones[0], site)
    if plan.number == OLD_COURT:
        zones[0].target -= build_old_court(town, zones[0])
    if plan.number == QUARTER:
        zones[0].target -= build_quarter(town, zones[0])
    for zone in zones:
        fill_zone(town, zone)
    if plan.number in STATIONS:
        lots = [parcel for zone in zones for parcel in zone.parcels]
        middle = shapely.union_all([lot.shape for lot in lots]).centroid
        lot = min(lots, key=lambda p: p.shape.distance(middle))
        zones[0].parcels = [p for p in zones[0].parcels if p is not lot]
        zones[-1].parcels = [p for p in zones[-1].parcels if p is not lot]
        add_station(town, plan, lot.shape.representative_point())
    for zone in zones:
        fill_business(town, zone)


def indicators(unit: dict[str, object], rng: Rng) -> dict[str, int]:
    """Draw population and the management indicators of one unit."""
    households, kind = unit["households"], str(unit["kind"])
    population = unit["population"]
    if population < 0:
        population = round(households * rng.uniform(2.3, 2.7)) if households else 0
    rates = {
        "courtyard": (0.26, 0.11, 0.030),
        "slab": (0.12, 0.06, 0.014),
        "tower": (0.09, 0.02, 0.008),
        "village_group": (0.05, 0.12, 0.010),
    }
    migrants, elderly, incidents = rates.get(kind, (0.0, 0.0, 0.0))
    if unit["age"] > 40:
        elderly *= 1.4
    small = households and kind != "village_group"
    firms = int(rng.poisson(0.012 * households)) if small else unit["firms"]
    calls = population * incidents + 0.006 * unit["workers"]
    return {
        "population": population,
        "firms": firms,
        "workers": firms + int(rng.poisson(2 * firms)) if small else unit["workers"],
        "building_age": max(1, unit["age"] + int(rng.integers(-1, 2))),
        "no_property_mgmt": unit["unmanaged"],
        "migrants": int(rng.binomial(population, migrants)),
        "elderly_alone": int(rng.binomial(households, elderly)),
        "incidents": int(rng.poisson(calls)),
    }


UNIT_COLUMNS = (
    *("unit_id", "community_id", "compound_id", "kind", "floors", "stairwells", "name"),
    *("households", "population", "firms", "workers", "building_age", "no_property_mgmt"),
    *("migrants", "elderly_alone", "incidents", "geometry"),
)


def make_units(town: Town) -> gpd.GeoDataFrame:
    """Turn the records into the units layer."""
    units = sorted(drop_intruders(town.units), key=lambda unit: str(unit["community_id"]))
    counts: dict[object, int] = {}
    for unit in units:
        home = unit["community_id"]
        counts[home] = counts.get(home, 0) + 1
        unit["unit_id"] = f"B{str(home)[-2:]}-{counts[home]:03d}"
        unit.update(indicators(unit, town.rng))
    frame = gpd.GeoDataFrame(units, geometry="geometry", crs=CRS)[list(UNIT_COLUMNS)]
    whole = ["floors", *UNIT_COLUMNS[7:-1]]
    return frame.astype(dict.fromkeys(whole, "int32") | {"stairwells": "Int32"})


def build() -> dict[str, gpd.GeoDataFrame]:
    """Return all layers of the sample."""
    rng = np.random.default_rng(SEED)
    source = HERE / "source" / "hankou_osm.gpkg"
    blocks = gpd.read_file(source, layer="blocks").to_crs(CRS)
    osm = gpd.read_file(source, layer="streets").to_crs(CRS)
    communities, members, groups = lay_out_district(blocks, rng)
    district = shapely.coverage_union_all(communities.geometry.to_numpy())
    streets = make_streets(osm, district, rng)
    railway = smooth(RAILWAY)
    widths = [half_width(c) for c in streets["class"]]
    free = shapely.STRtree([*shapely.buffer(streets.geometry.values, widths), railway.buffer(22)])
    names = [head + tail for head in NAME_TAILS[:20] for tail in NAME_HEADS if head != tail]
    rng.shuffle(names)
    town = Town(rng, names)
    build_villages(town, groups)
    for plan in PLANS:
        if plan.rural:
            if plan.number in STATIONS:
                add_station(town, plan, groups[plan.number][8].representative_point())
            continue
        build_community(town, zones_of(plan, members[plan.number], free, railway, rng))
    mark_lone_tower(town)
    barriers = gpd.GeoDataFrame(
        {"kind": ["railway"], "name": ["云汀线"]}, geometry=[railway], crs=CRS
    )
    return {
        "communities": communities,
        "units": make_units(town),
        "streets": streets,
        "barriers": barriers,
        "crossings": make_crossings(railway, streets, communities),
        "exclusive": gpd.GeoDataFrame(town.sites, geometry="geometry", crs=CRS),
        "stations": gpd.GeoDataFrame(town.stations, geometry="geometry", crs=CRS),
    }


# --- checks ---------------------------------------------------------------------------------


def feasible(households: int) -> bool:
    """Tell whether grids of 300 to 500 households can add up to this number."""
    return any(
        300 * count <= households <= 500 * count for count in range(1, households // 300 + 1)
    )


def check_communities(communities: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> None:
    """Sixteen seamless communities with the promised households."""
    shapes = communities.geometry.to_numpy()
    whole = shapely.union_all(shapes)
    assert len(communities) == communities["community_id"].nunique() == 16
    assert set(communities.geom_type) == {"Polygon"}
    assert shapely.coverage_is_valid(shapes)
    assert whole.geom_type == "Polygon"
    assert not whole.interiors
    assert abs(whole.area - shapely.area(shapes).sum()) < 0.01
    assert 15e6 <= whole.area <= 25e6
    totals = units.groupby("community_id")["households"].sum()
    assert totals.to_dict() == {code(plan): plan.households for plan in PLANS}
    assert totals.sum() == 16_400
    assert totals.between(501, 599).sum() == 1
    assert totals.between(1180, 1240).sum() == 9
    assert totals.between(800, 860).sum() == 6
    assert [t for t in totals if not feasible(t)] == [530]


def check_villages(communities: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> None:
    """Village groups tile the three rural communities."""
    rural = communities[communities["area_type"] == "rural"].set_index("community_id")
    assert len(rural) == 3
    village = units[units["kind"] == "village_group"]
    assert set(village["community_id"]) == set(rural.index)
    assert village["households"].between(20, 90).all()
    for community, group in village.groupby("community_id"):
        shapes = group.geometry.to_numpy()
        assert 16 <= len(group) <= 21
        assert set(group.geom_type) == {"Polygon"}
        assert shapely.coverage_is_valid(shapes)
        tiled = shapely.coverage_union_all(shapes)
        assert tiled.symmetric_difference(rural.geometry[community]).area < 1e-3
    both = np.concatenate(
        [
            village.geometry.to_numpy(),
            communities.geometry[communities["area_type"] == "urban"].to_numpy(),
        ]
    )
    assert shapely.coverage_is_valid(both)


def check_buildings(layers: dict[str, gpd.GeoDataFrame]) -> None:
    """Buildings keep clear of each other, of borders, of streets and of the railway."""
    units = layers["units"]
    houses = units[units["kind"] != "village_group"]
    shapes = houses.geometry.to_numpy()
    homes = layers["communities"].set_index("community_id").geometry
    inner = homes.loc[houses["community_id"]].buffer(-2).to_numpy()
    assert shapely.contains_properly(inner, shapes).all()
    pairs = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=4)
    assert (pairs[0] == pairs[1]).all()
    assert shapely.distance(shapes, shapely.union_all(layers["streets"].geometry)).min() >= 5
    assert shapely.distance(shapes, layers["barriers"].geometry.iloc[0]).min() >= 15
    assert units["unit_id"].is_unique
    assert 950 <= len(units) <= 1150
    assert (units.drop(columns="geometry").select_dtypes("number").fillna(0) >= 0).all(axis=None)
    assert (houses["households"] == 0).equals(~houses["kind"].isin(KINDS))


def check_kinds(units: gpd.GeoDataFrame) -> None:
    """Every kind of building has households and stairwells in its range."""
    for kind, low, high in (("courtyard", 8, 25), ("slab", 20, 60), ("tower", 60, 200)):
        assert units.loc[units["kind"] == kind, "households"].between(low, high).all()
    towers = units[units["kind"] == "tower"]
    assert towers["stairwells"].between(1, 4).all()
    crowded = towers[towers["households"] > 100 * towers["stairwells"]]
    assert crowded[["households", "stairwells"]].to_numpy().tolist() == [[132, 1]]
    assert units.loc[units["kind"] == "slab", "stairwells"].between(2, 5).all()
    people = units["population"].sum() / units["households"].sum()
    assert 2.3 <= people <= 2.7


def check_compounds(layers: dict[str, gpd.GeoDataFrame]) -> None:
    """Compounds lie in one street block each, with no foreign building in between."""
    units = layers["units"]
    lines = shapely.union_all([*layers["streets"].geometry, *layers["barriers"].geometry])
    tree = shapely.STRtree(units.geometry.to_numpy())
    sizes = []
    for compound, group in units.groupby("compound_id"):
        hull = shapely.union_all(group.geometry.to_numpy()).convex_hull
        assert not hull.intersects(lines), compound
        inside = tree.query(hull, predicate="intersects")
        assert set(units["compound_id"].iloc[inside]) == {compound}, compound
        sizes.append(int(group["households"].sum()))
    assert max(sizes) == 461
    assert sum(60 <= size <= 400 for size in sizes) > 0.9 * len(sizes)


def check_railway(layers: dict[str, gpd.GeoDataFrame]) -> None:
    """The railway severs two communities into feasible halves, with one crossing each."""
    railway = layers["barriers"].geometry.iloc[0]
    crossings, units = layers["crossings"], layers["units"]
    assert len(layers["barriers"]) == 1
    assert len(crossings) == 2
    assert crossings.distance(railway).max() < 1e-6
    severed = []
    for community in layers["communities"].itertuples():
        if not railway.intersects(community.geometry):
            continue
        severed.append(community.community_id)
        assert crossings.within(community.geometry.buffer(-20)).sum() == 1
        mine = units[units["community_id"] == community.community_id]
        cut = shapely.node(shapely.union_all([community.geometry.boundary, railway]))
        halves = [
            half
            for half in shapely.get_parts(shapely.polygonize(shapely.get_parts(cut)))
            if half.representative_point().within(community.geometry)
        ]
        totals = [int(mine.loc[mine.within(half), "households"].sum()) for half in halves]
        assert len(totals) == 2
        assert all(feasible(total) for total in totals)
        assert sum(totals) == mine["households"].sum()
    assert severed == [code(plan) for plan in PLANS if plan.south]


def check_sites(layers: dict[str, gpd.GeoDataFrame]) -> None:
    """Five exclusive sites, one of them with residents inside."""
    sites, units = layers["exclusive"], layers["units"]
    assert sorted(sites["kind"]) == ["hospital", "market", "office_tower", "office_tower", "school"]
    assert sites.area.between(5_000, 30_000).all()
    assert (sites["firms"] > 0).all()
    assert (sites["workers"] > 0).all()
    for site in sites.itertuples():
        assert layers["communities"].contains_properly(site.geometry).sum() == 1
        touched = units[units.intersects(site.geometry) & (units["kind"] != "village_group")]
        if site.kind == "hospital":
            assert touched["households"].tolist() == [40]
            assert touched.within(site.geometry.buffer(-5)).all()
        else:
            assert touched.empty


def check_cases(layers: dict[str, gpd.GeoDataFrame]) -> None:
    """The courtyard compound, the office quarter and the stations."""
    units = layers["units"]
    old = units[units["name"].str.startswith("梧桐老院")]
    assert old["compound_id"].nunique() == 1
    assert (len(old), old["households"].sum(), old["stairwells"].sum()) == (10, 461, 39)
    assert old["no_property_mgmt"].all()
    quarter = units[units["name"].str.startswith("永宁商务区")]
    assert quarter["compound_id"].nunique() == 1
    assert (quarter["households"] == 0).sum() == 12
    assert (quarter["households"].sum(), quarter["population"].sum()) == (120, 300)
    assert len(layers["stations"]) == 6


def check(layers: dict[str, gpd.GeoDataFrame]) -> None:
    """Verify every fact the README states."""
    check_communities(layers["communities"], layers["units"])
    check_villages(layers["communities"], layers["units"])
    check_buildings(layers)
    check_kinds(layers["units"])
    check_compounds(layers)
    check_railway(layers)
    check_sites(layers)
    check_cases(layers)


def main() -> None:
    """Build, check and write the sample."""
    layers = build()
    check(layers)
    target = HERE / "district.gpkg"
    target.unlink(missing_ok=True)
    for name, frame in layers.items():
        frame.to_file(target, layer=name, driver="GPKG", engine="pyogrio")


if __name__ == "__main__":
    main()
