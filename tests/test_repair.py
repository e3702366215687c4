"""A repaired district needs no repair, and has an account of every change."""

import districts
import faulty
import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import SAMPLES

from gridpart.coverage import Tolerances
from gridpart.district import survey_layers
from gridpart.errors import DataError
from gridpart.inspection import inspect
from gridpart.io import survey_source
from gridpart.repair import repair_district

seeds = st.integers(0, 2**16)
few = settings(max_examples=12)

MENDED = {"seam", "sliver", "overlap", "ring"}
"""What no repaired district has, but for slivers that were a row."""


def surveyed(layers):
    survey = survey_layers(layers, "town")
    assert survey.district is not None, [str(f) for f in survey.findings if f.kind == "error"]
    return survey


def outlines(layers):
    """Return layer -> id -> outline as bytes."""
    return {
        name: dict(zip(frame.iloc[:, 0], shapely.to_wkb(frame.geometry.to_numpy()), strict=True))
        for name, frame in layers.items()
    }


def topics(survey):
    return {f.topic for f in inspect(survey).findings if f.topic}


@given(seed=seeds)
@few
def test_repair_is_idempotent(seed):
    once = repair_district(surveyed(faulty.layers(seed)))

    twice = repair_district(surveyed(once.layers))

    assert outlines(twice.layers) == outlines(once.layers)
    assert len(twice.changes) == 0


@given(seed=seeds)
@few
def test_a_repaired_district_has_none_of_the_faults(seed):
    repair = repair_district(surveyed(faulty.layers(seed)))

    assert not topics(surveyed(repair.layers)) & MENDED


@given(seed=seeds)
@few
def test_every_change_is_logged_and_adds_up(seed):
    survey = surveyed(faulty.layers(seed))

    repair = repair_district(survey)

    for name in ("communities", "units"):
        before, after = (
            frame.set_index(frame.columns[0]).geometry
            for frame in (getattr(survey.district, name), repair.layers[name])
        )
        logged = repair.changes[repair.changes["layer"] == name]
        same = shapely.to_wkb(before.to_numpy()) == shapely.to_wkb(after.to_numpy())
        assert set(before.index[~same]) <= set(logged["name"])
        per_unit = logged.groupby("name")["change_m2"].sum().reindex(before.index).fillna(0)
        assert (after.area - before.area).to_numpy() == pytest.approx(per_unit.to_numpy(), abs=1e-6)
        (total,) = repair.totals[repair.totals["layer"] == name].itertuples()
        assert total.change_m2 == pytest.approx(logged["change_m2"].sum(), abs=1e-5)
        assert total.area_after_m2 == pytest.approx(after.area.sum())
        assert abs(total.change_m2) <= 0.03 * total.area_before_m2


@given(seed=seeds)
@few
def test_what_is_sound_is_untouched(seed):
    survey = surveyed(faulty.layers(seed, n_faults=0))

    repair = repair_district(survey)

    given_layers = {name: getattr(survey.district, name) for name in repair.layers}
    assert outlines(repair.layers) == outlines(given_layers)
    assert len(repair.changes) == 0


@given(seed=seeds)
@few
def test_nothing_is_dropped_and_the_order_of_rows_does_not_matter(seed):
    layers = faulty.layers(seed)
    order = np.random.default_rng(seed).permutation(len(layers["units"]))
    shuffled = {**layers, "units": layers["units"].iloc[order]}

    repair, other = (repair_district(surveyed(each)) for each in (layers, shuffled))

    assert sorted(repair.layers["units"]["unit_id"]) == sorted(layers["units"]["unit_id"])
    assert (repair.layers["units"]["households"] == other.layers["units"]["households"]).all()
    assert outlines(repair.layers) == outlines(other.layers)


@pytest.mark.parametrize("name", ["hankou", "providence"])
def test_samples_need_no_repair(name):
    survey = survey_source(SAMPLES / name)

    repair = repair_district(survey)

    given_layers = {key: getattr(survey.district, key) for key in ("communities", "units")}
    assert outlines({key: repair.layers[key] for key in given_layers}) == outlines(given_layers)
    assert len(repair.changes) == 0
    assert not topics(survey) & MENDED


def test_mended_rings_are_in_the_account():
    layers = districts.plain()
    kink = [(0, 0), (100, 0), (100, 100), (50, 100), (49.5, 100.5), (50, 100.5), (0, 100)]
    west, south, _, _ = districts.square(0, 3).bounds
    ring = shapely.affinity.translate(shapely.Polygon(kink), west, south)
    layers["units"] = districts.with_cell(layers["units"], "U03", "geometry", ring)

    repair = repair_district(surveyed(layers))

    assert repair.changes.iloc[0][["name", "what"]].tolist() == ["U03", "ring mended"]
    assert repair.changes.iloc[0]["area_before_m2"] == pytest.approx(ring.area, abs=1e-6)


def test_overlaps_beyond_tolerance_are_refused():
    layers = districts.plain()
    wide = districts.square(0, 0, 1.5, 1)
    layers["units"] = districts.with_cell(layers["units"], "U00", "geometry", wide)

    with pytest.raises(DataError, match="U00 with U10"):
        repair_district(survey_layers(layers, "town"))


def test_a_copy_in_tolerance_is_refused_by_name():
    layers = districts.plain()
    shed = shapely.box(*[c + 0.4 for c in districts.square(0, 0).bounds[:2]],
                       *[c + 1.2 for c in districts.square(0, 0).bounds[:2]])  # fmt: skip
    buildings = [
        {"unit_id": f"S{i}", "households": 1, "geometry": shed} for i in range(2)
    ]  # fmt: skip
    layers["units"] = districts.table(buildings)

    with pytest.raises(DataError, match="S1"):
        repair_district(surveyed(layers))


def test_units_follow_a_border_that_moved():
    layers = districts.plain()
    east = districts.square(4.0003, 0, 3.9997, 4)  # 3 cm short of the other community
    layers["communities"] = districts.with_cell(layers["communities"], "C2", "geometry", east)

    repair = repair_district(surveyed(layers))

    communities = repair.layers["communities"]
    assert shapely.union_all(communities.geometry).area == pytest.approx(320_000)
    for _, row in communities.iterrows():
        own = repair.layers["units"].query("community_id == @row.community_id")
        assert own.geometry.area.sum() == pytest.approx(row.geometry.area, abs=0.01)


def test_tolerances_decide_what_is_filled():
    layers = districts.plain()
    short = districts.square(0, 0, 0.995, 1)  # 50 cm
    layers["units"] = districts.with_cell(layers["units"], "U00", "geometry", short)

    assert len(repair_district(surveyed(layers), Tolerances(gap_m=0.4)).changes) == 0
    assert len(repair_district(surveyed(layers), Tolerances(gap_m=0.6)).changes) == 1


def test_ground_between_buildings_is_no_gap():
    layers = districts.plain()
    houses = [
        {"unit_id": f"H{i}", "households": 3, "geometry": districts.square(i * 0.3, 1, 0.297, 0.5)}
        for i in range(20)
    ]
    layers["units"] = districts.table(houses)

    repair = repair_district(surveyed(layers))

    assert len(repair.changes) == 0


def test_a_site_is_no_gap():
    layers = districts.full()
    site = layers["exclusive"].geometry.iloc[0]
    units = layers["units"]
    cut = units.geometry.difference(site)
    layers["units"] = gpd.GeoDataFrame(units.assign(geometry=cut)[~cut.is_empty], crs=units.crs)

    assert not topics(surveyed(layers)) & {"seam", "sliver", "hole"}
