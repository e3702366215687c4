"""Totals of communities come back to the last person, and nobody takes them for counts."""

import json

import districts
import geopandas as gpd
import numpy as np
import pandas as pd
import plans
import pytest
from click.testing import CliRunner
from districts import build_district
from gridpart_cli.main import cli
from hypothesis import given
from hypothesis import strategies as st

import gridpart as gp
from gridpart import export
from gridpart.estimates import apportion, estimable, estimate_residents, lived_in
from gridpart.findings import has_errors
from gridpart.plot import draw_level
from gridpart.report import summary_text

weights = st.lists(st.floats(0, 1e6) | st.just(0.0), min_size=1, max_size=30).filter(any)


# --- whole numbers ---------------------------------------------------------------------


@given(st.integers(0, 10**7), weights)
def test_shares_are_whole_and_add_up(total, shares):
    counts = apportion(total, shares)

    assert counts.sum() == total
    assert (counts >= 0).all()


@given(st.integers(0, 10**7), weights)
def test_each_share_is_its_quota_rounded_down_or_up(total, shares):
    quotas = total * (np.array(shares) / np.sum(shares))

    assert (np.abs(apportion(total, shares) - quotas) < 1 + 1e-6).all()


@given(st.integers(0, 10**5), weights)
def test_more_weight_never_gets_less_and_none_gets_nothing(total, shares):
    counts = apportion(total, shares)

    order = np.argsort(shares, kind="stable")
    heavier = np.diff(np.array(shares)[order]) > 0
    assert (np.diff(counts[order])[heavier] >= 0).all()
    assert (counts[np.array(shares) == 0] == 0).all()


# --- buildings -------------------------------------------------------------------------

kinds = st.sampled_from(["住宅", "商住", "商业", "residential", "office", "mixed", None, "mystery"])
buildings = st.lists(
    st.tuples(
        st.floats(0.05, 0.9), st.integers(1, 33) | st.none(), kinds, st.sampled_from(["C1", "C2"])
    ),
    min_size=1,
    max_size=12,
)


def layers(rows, households=(500, 321)):
    """Return units and communities with totals."""
    communities = districts.communities()
    communities["households"] = pd.array(households, "Int64")
    units = gpd.GeoDataFrame(
        {
            "unit_id": [f"U{i:02d}" for i in range(len(rows))],
            "community_id": [row[3] for row in rows],
            "kind": [row[2] for row in rows],
            "floors": pd.array([row[1] for row in rows], "Int64"),
        },
        geometry=[districts.square(i, 0, row[0]) for i, row in enumerate(rows)],
        crs=districts.CRS,
    )
    return units, communities


def totals(units):
    return units.groupby("community_id")["households"].sum()


@given(buildings)
def test_every_total_is_kept_or_refused(rows):
    units, communities = layers(rows)

    estimated, findings = estimate_residents(units, communities, ["households"])

    if not has_errors(findings):
        sums = totals(estimated)
        assert all(sums[c] == n for c, n in zip(["C1", "C2"], [500, 321], strict=True) if c in sums)
    else:
        homes = {row[3] for row in rows if lived_in(row[2]) != 0}
        assert homes != {row[3] for row in rows}


@given(buildings, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, draw):
    units, communities = layers(rows)
    order = draw.sample(range(len(units)), len(units))

    plain, _ = estimate_residents(units, communities, ["households"])
    mixed, _ = estimate_residents(units.iloc[order], communities, ["households"])

    assert list(mixed.sort_values("unit_id")["households"]) == list(plain["households"])


@given(buildings)
def test_a_larger_building_of_one_kind_never_has_fewer_households(rows):
    units, communities = layers(rows)

    estimated, _ = estimate_residents(units, communities, ["households"])

    known = estimated[estimated["floors"].notna()]
    for _, group in known.groupby(["community_id", known["kind"].fillna("")]):
        area = group.geometry.area.round(6) * group["floors"].astype(float)
        by_area = group.assign(area=area).sort_values(["area", "households"])
        assert by_area["households"].is_monotonic_increasing


@given(buildings)
def test_nobody_lives_where_nobody_can(rows):
    units, communities = layers(rows)

    estimated, _ = estimate_residents(units, communities, ["households"])

    assert not estimated.loc[estimated["kind"].isin(["商业", "office"]), "households"].any()


@pytest.mark.parametrize(
    ("kind", "share"),
    [
        ("住宅", 1), ("多层住宅楼", 1), ("自建房", 1), ("apartments", 1), ("Residential ", 1),
        ("商住楼", 0.5), ("综合楼", 0.5), ("底商住宅", 0.5), ("mixed", 0.5), ("商业", 0),
        ("写字楼", 0), ("小学学校", 0), ("retail", 0), ("yes", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_kinds_are_known_in_both_languages(kind, share):
    assert lived_in(kind) == share


def test_a_weight_of_its_own_goes_before_the_kind():
    units, communities = layers([(0.5, 6, "住宅", "C1"), (0.5, 6, "商业", "C1")])
    units["resident_weight"] = [0.25, 0.75]

    estimated, _ = estimate_residents(units, communities, ["households"])

    assert list(estimated["households"]) == [125, 375]


def test_a_weight_that_is_no_share_is_refused():
    units, communities = layers([(0.5, 6, "住宅", "C1"), (0.5, 6, "商业", "C1")])
    units["resident_weight"] = [2.0, None]

    _, findings = estimate_residents(units, communities, ["households"])

    assert "1 of 2 units have no usable 'resident_weight'. 2 (unit U00)" in map(str, findings)


def test_what_is_missing_counts_as_the_median_and_is_told():
    units, communities = layers(
        [(0.5, 2, None, "C1"), (0.5, 6, None, "C1"), (0.5, None, "?", "C1")]
    )

    estimated, findings = estimate_residents(units, communities, ["households"])

    text = "\n".join(map(str, findings))
    assert list(estimated["households"]) == [83, 250, 167]
    assert "have no floors and count with 4 floors, the median of the others: U02" in text
    assert "not known are taken to be lived in: ?" in text
    assert "homes 1, mixed 0.5, others 0" in text


def test_points_count_alike():
    units, communities = layers([(0.5, None, "住宅", "C1")] * 3, households=(9, 0))
    points = units.set_geometry(units.geometry.centroid)

    estimated, findings = estimate_residents(points, communities, ["households"])

    assert list(estimated["households"]) == [3, 3, 3]
    assert "No unit has an outline: all count alike." in map(str, findings)


@pytest.mark.parametrize(
    ("households", "kind", "message"),
    [
        ((500, None), "住宅", "1 of 2 communities have units and no total of 'households'. East"),
        ((500, 9), "商业", "have households and no building that is lived in. East (9)"),
    ],
)
def test_totals_that_cannot_be_spread_are_refused_by_name(households, kind, message):
    units, communities = layers([(0.5, 6, "住宅", "C1"), (0.5, 6, kind, "C2")], households)
    communities["community_id"] = ["C1", "C2"]
    communities = communities.rename(columns={"name": "title"})

    _, findings = estimate_residents(units, communities, ["households"])

    errors = [str(f) for f in findings if f.kind == "error"]
    assert len(errors) == 1
    assert message.replace("East", "C2") in errors[0]


def test_residents_of_a_community_without_units_are_not_lost_in_silence():
    units, communities = layers([(0.5, 6, "住宅", "C1")])

    _, findings = estimate_residents(units, communities, ["households"])

    told = [str(f) for f in findings if f.kind == "warning"]
    assert told == [
        "1 of 2 communities have households and no units, and theirs are left out: C2 (321)"
    ]


# --- a district ------------------------------------------------------------------------


def uncounted():
    """Return a district whose communities are counted and whose units are not."""
    made = districts.full()
    made["communities"]["households"] = [640, 480]
    made["communities"]["population"] = [1500, 1103]
    made["units"] = made["units"].drop(columns="households").assign(kind="住宅", floors=6)
    return made


@pytest.fixture(scope="module")
def plan():
    district, findings = build_district(uncounted(), "hill")
    assert district is not None, findings
    return gp.partition(district, gp.load_rules("qixian"), stop=0.3)


def test_a_district_without_counts_is_estimated_and_says_so(plan):
    district = plan.district

    assert district.estimated == ("households", "population")
    assert district.measures == ("households", "population")
    assert list(district.units.groupby("community_id")["population"].sum()) == [1500, 1103]
    assert sum("estimated, not counted" in note.what for note in district.notes) == 2


@pytest.mark.parametrize("measure", ["households", "population"])
def test_units_that_count_residents_are_never_estimated(measure):
    made = uncounted()
    made["units"][measure] = [3] * 31 + [None]

    district, findings = build_district(made, "hill")

    assert district is None
    assert [f.what for f in findings if f.kind == "error"] == [
        f"1 of 32 units have no usable {measure!r}."
    ]


def test_without_totals_missing_counts_are_an_error_as_ever():
    made = uncounted()
    made["communities"] = districts.communities()

    assert estimable(made) == ()
    assert "counts anything" in repr(build_district(made, "hill")[1])


def test_an_estimated_plan_reads_back_equal_with_its_marks(plan, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "draw_level", plans.no_map)
    monkeypatch.setattr(export, "draw_charts", plans.no_charts)
    out = gp.write_plan(plan, tmp_path / "out")

    plans.assert_same_plan(plan, gp.read_plan(out))
    for name in ("overall", "general", "micro", "exclusive", "units"):
        marks = set(gpd.read_file(out / "plan.gpkg", layer=name)["estimated"])
        assert marks == {"households, population"}


def test_every_output_says_estimated(plan, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "draw_level", plans.no_map)
    monkeypatch.setattr(export, "draw_charts", plans.no_charts)
    out = gp.write_plan(plan, tmp_path / "out")

    assert "户数、人口为估算值" in (out / "summary.txt").read_text("utf-8")
    assert "households, people: estimated, not counted" in summary_text(plan, "en")
    told = json.loads((out / "summary.json").read_text("utf-8"))
    assert told["district"]["estimated"] == ["households", "population"]
    assert plan.meta["estimated"] == "households, population"
    judged = CliRunner().invoke(cli, ["evaluate", str(out), "--lang", "en"])
    assert "households, people: estimated, not counted" in judged.stdout
    judged = CliRunner().invoke(cli, ["evaluate", str(out), "--json"])
    assert json.loads(judged.stdout)["estimated"] == ["households", "population"]


def test_the_map_says_estimated(plan, tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    texts = []
    draw = Figure.text
    monkeypatch.setattr(
        Figure, "text", lambda self, x, y, s, **k: (texts.append(s), draw(self, x, y, s, **k))[1]
    )

    draw_level(plan, "micro", tmp_path / "map.png", lang="en")

    assert any("estimated, not counted" in text for text in texts)


def test_a_counted_plan_bears_no_mark():
    plan = plans.small_plan()

    assert plan.district.estimated == ()
    assert "estimated" not in summary_text(plan, "en")
    assert "estimated" not in plan.meta
