"""New stations cover as much as any choice of as many could."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import no_map, small_plan
from scipy.sparse import csr_array

import gridpart as gp
from gridpart import export, station_sites
from gridpart.errors import DataError
from gridpart.station_sites import cover_most


@st.composite
def covers(draw):
    """Return who covers whom, and weights."""
    n_candidates, n_units = draw(st.integers(1, 7)), draw(st.integers(1, 9))
    row = st.lists(st.booleans(), min_size=n_units, max_size=n_units)
    reached = draw(st.lists(row, min_size=n_candidates, max_size=n_candidates))
    weight = draw(st.lists(st.integers(0, 20), min_size=n_units, max_size=n_units))
    return np.array(reached, bool), np.array(weight, float), draw(st.integers(1, 4))


def covered(reached, weight, chosen):
    return weight[reached[list(chosen)].any(axis=0)].sum() if len(chosen) else 0.0


@given(covers())
def test_a_small_choice_is_the_best_there_is(case):
    reached, weight, n_chosen = case
    every = combinations(range(len(reached)), min(n_chosen, len(reached)))

    found = cover_most(csr_array(reached), weight, n_chosen)

    assert found.covered == max(covered(reached, weight, some) for some in every)
    assert found.covered == covered(reached, weight, found.chosen)
    assert found.covered == pytest.approx(found.bound, abs=0.5)
    assert len(found.chosen) <= n_chosen


@given(covers())
def test_a_large_choice_is_within_its_bound_and_half_as_good_at_least(case):
    reached, weight, n_chosen = case
    exact = cover_most(csr_array(reached), weight, n_chosen)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(station_sites, "EXACT_UNITS", 0)
        found = cover_most(csr_array(reached), weight, n_chosen)

    assert exact.covered / 2 <= found.covered <= exact.covered <= found.bound + 1e-6


def test_proposed_stations_are_named_counted_and_kept_in_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "draw_level", no_map)
    plan = gp.locate_stations(small_plan(), 2, within_m=150)

    gp.write_plan(plan, tmp_path / "out")
    again = gp.read_plan(tmp_path / "out")

    (note,) = (n for n in plan.notes if n.kind == "proposed")
    assert list(plan.proposed["station_id"]) == ["P01", "P02"]
    assert note.names == tuple(plan.proposed["unit_id"])
    assert plan.proposed["households_gained"].is_monotonic_decreasing
    assert again.proposed.equals(plan.proposed)
    assert "P01" not in str(small_plan().notes)


def test_households_near_a_station_of_today_gain_nothing_from_a_new_one():
    everyone = small_plan().district.units["households"].sum()

    plan = gp.locate_stations(small_plan(), 3, within_m=5000)

    assert plan.proposed.empty
    assert f"{everyone:,.0f} of {everyone:,.0f} households" in plan.notes[-1].what


@pytest.mark.parametrize(("number", "within_m"), [(0, 500), (2, 0), (1, float("nan"))])
def test_no_station_and_no_distance_are_refused(number, within_m):
    with pytest.raises(DataError, match="No place for a station"):
        gp.locate_stations(small_plan(), number, within_m)
