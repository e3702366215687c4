"""Districts that tile their ground but for faults of drawing, from a seed."""

import districts
import numpy as np
import shapely

SIDE = districts.SIDE


def cells(rng, area, n):
    """Return irregular polygons that tile `area`, with corners on millimeters."""
    west, south, east, north = area.bounds
    points = np.column_stack([rng.uniform(west, east, n), rng.uniform(south, north, n)])
    drawn = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=area)
    shapes = shapely.set_precision(shapely.intersection(shapely.get_parts(drawn), area), 0.001)
    shapes = shapely.set_precision(shapes[shapely.area(shapes) > 200], 0.0)
    return shapely.transform(shapes, lambda xy: np.round(xy, 3))


def spoiled(rng, shapes, n_faults):
    """Return the polygons, some drawn a little too large, too small or aside."""
    out = shapes.copy()
    for row in rng.choice(len(shapes), min(n_faults, len(shapes)), replace=False):
        width = float(rng.choice([0.004, 0.03, 0.2, 0.6]))
        kind = rng.integers(4)
        if kind == 0:
            out[row] = shapely.buffer(out[row], -width, join_style="mitre")
        elif kind == 1:
            out[row] = shapely.buffer(out[row], min(width, 0.03), join_style="mitre")
        elif kind == 2:
            out[row] = shapely.affinity.translate(out[row], min(width, 0.03), 0.011)
        else:
            west, south, east, north = out[row].bounds
            strip = shapely.box(west, south, west + (east - west) / 3 + width, north)
            middle = shapely.box(strip.bounds[2] - width, south, strip.bounds[2], north)
            out[row] = max(shapely.get_parts(out[row].difference(middle)), key=lambda p: p.area)
            if out[row].area < 0.97 * shapes[row].area:
                out[row] = shapely.buffer(shapes[row], -width, join_style="mitre")
    good = (shapely.get_type_id(out) == 3) & ~shapely.is_empty(out)
    out[~good] = shapes[~good]
    return shapely.transform(out, lambda xy: np.round(xy, 3))


def layers(seed, n_units=12, n_faults=4):
    """Return two communities that share a border, tiled by units, with faults in both."""
    rng = np.random.default_rng(seed)
    areas = np.array([districts.square(0, 0, 2, 3), districts.square(2, 0, 2, 3)], dtype=object)
    shapes = [cells(rng, area, n_units // 2) for area in areas]
    homes = np.repeat(["C1", "C2"], [len(s) for s in shapes])
    drawn = spoiled(rng, np.concatenate(shapes), n_faults)
    if n_faults and rng.random() < 0.5:
        areas[1] = shapely.affinity.translate(areas[1], float(rng.choice([0.02, 0.3, -0.01])), 0)
    units = districts.table(
        [
            {"unit_id": f"U{i:02}", "community_id": home, "households": 10 + i, "geometry": shape}
            for i, (home, shape) in enumerate(zip(homes, drawn, strict=True))
        ]
    )
    communities = districts.table(
        [
            {"community_id": f"C{i + 1}", "name": f"Town {i + 1}", "geometry": area}
            for i, area in enumerate(areas)
        ]
    )
    return {"communities": communities, "units": units}
