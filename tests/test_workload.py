"""More difficulty is more work, and what is not known is said, never taken for zero."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridpart.difficulty import score_difficulty
from gridpart.errors import DataError
from gridpart.rules import Difficulty, Grade, Hours, Indicator, Task
from gridpart.workload import counted_columns, score_units, unit_load


@dataclass(frozen=True)
class Rules:
    measure: str
    difficulty: Difficulty | None
    hours: Hours | None = None
    load: str = ""
    derived: tuple = ()
    counts_hours: bool = False


def score_workload(units, measure, difficulty):
    rules = Rules(measure, difficulty)
    scored, notes = score_units(units, rules)
    return unit_load(units.join(scored), rules), notes


AGE = Indicator("building_age", 20, 40)
LIFT = Indicator("lifts", 0, 4, direction="lower", weight=2)
MIGRANTS = Indicator("migrants", 0.1, 1, per="households")
ALL = Difficulty((AGE, LIFT, MIGRANTS), k_max=1.6)

count = st.integers(0, 300).map(float)
maybe = st.one_of(st.just(np.nan), st.floats(0, 300))


@st.composite
def tables(draw):
    """Draw units, some of whose indicators are not known."""
    n = draw(st.integers(1, 6))
    columns = {"building_age": maybe, "lifts": maybe, "migrants": maybe, "households": count}
    values = {k: draw(st.lists(v, min_size=n, max_size=n)) for k, v in columns.items()}
    return pd.DataFrame(values, index=[f"B{i}" for i in range(n)], dtype=float)


@given(tables(), st.data())
def test_more_of_a_factor_never_lowers_the_workload_of_any_unit(units, data):
    row = data.draw(st.sampled_from(list(units.index)))
    column, harder = data.draw(
        st.sampled_from([("building_age", 1), ("migrants", 1), ("lifts", -1)])
    )
    step = data.draw(st.floats(0, 300))
    worse = units.copy()
    worse.loc[row, column] = max(0.0, units.loc[row, column] + harder * step)

    before, _ = score_workload(units, "households", ALL)
    after, _ = score_workload(worse, "households", ALL)

    if not np.isnan(units.loc[row, column]):
        assert (after >= before - 1e-9).all()


@given(tables())
def test_scores_are_from_0_to_1_and_loads_from_the_measure_to_k_max_times_it(units):
    score, _ = score_difficulty(units, ALL)
    load, _ = score_workload(units, "households", ALL)

    pd.testing.assert_index_equal(score.index, units.index)
    assert score.between(0, 1).all()
    np.testing.assert_allclose(load, units["households"] * (1 + 0.6 * score))


@given(tables())
def test_a_load_that_the_rules_name_is_not_raised(units):
    rules = Rules("migrants", ALL, load="households")
    scored, _ = score_units(units, rules)

    np.testing.assert_array_equal(unit_load(units.join(scored), rules), units["households"])


def test_counts_that_rates_and_tasks_need_are_shared_out_over_parts():
    hours = Hours((Task("sick", 1, 30), Task("migrants", 1, 15)))

    assert counted_columns(Rules("households", None)) == ()
    assert counted_columns(Rules("households", ALL, derived=("firms",))) == ("migrants", "firms")
    assert counted_columns(Rules("households", ALL, hours=hours)) == ("migrants", "sick")


def test_how_many_units_are_of_each_class_is_told():
    grades = (Grade("calm", "", 0), Grade("hard", "", 0.5))
    rules = Rules("households", Difficulty((AGE,), k_max=1.6, grades=grades))
    units = pd.DataFrame({"building_age": [20.0, 21, 40], "households": 9.0})

    table, notes = score_units(units, rules)

    assert table["difficulty_class"].tolist() == ["calm", "calm", "hard"]
    assert str(notes[-1]) == "Units by class of difficulty: calm 2, hard 1."


@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_units_does_not_matter(units, random):
    order = list(units.index)
    random.shuffle(order)

    score, _ = score_difficulty(units, ALL)
    other, _ = score_difficulty(units.loc[order], ALL)

    np.testing.assert_allclose(other[units.index], score, atol=1e-12)


def test_the_score_is_the_weighted_mean_of_the_indicators():
    units = pd.DataFrame(
        {"building_age": [30], "lifts": [1], "migrants": [55], "households": [100]}
    )

    score, notes = score_difficulty(units, ALL)

    assert score.tolist() == pytest.approx([(0.5 + 2 * 0.75 + 0.5) / 4])
    assert notes == ()


def test_a_missing_value_leaves_the_score_to_the_other_indicators_and_is_noted():
    units = pd.DataFrame({"building_age": [40, None], "lifts": [4, 0]}, index=["B1", "B2"])

    score, notes = score_difficulty(units, Difficulty((AGE, LIFT), 1.6))

    assert score.tolist() == pytest.approx([1 / 3, 1])
    assert [note.names for note in notes] == [("B2",)]
    assert "1 of 2 units have no 'building_age'" in str(notes[0])


def test_a_unit_without_any_indicator_takes_the_mean_of_the_others():
    units = pd.DataFrame({"building_age": [40, 30, None]}, index=["B1", "B2", "B3"])

    score, notes = score_difficulty(units, Difficulty((AGE,), 1.6))

    assert score.tolist() == [1, 0.5, 0.75]
    assert "the mean score of the others, 0.75" in str(notes[-1])
    assert notes[-1].names == ("B3",)


def test_columns_without_any_value_give_no_difficulty_and_say_so():
    units = pd.DataFrame({"building_age": [None, None]})

    score, notes = score_difficulty(units, Difficulty((AGE,), 1.6))

    assert score.tolist() == [0, 0]
    assert "2 of 2 units have no indicator at all: difficulty not used" in str(notes[-1])


def test_nothing_among_nobody_is_not_reported_as_missing():
    units = pd.DataFrame({"building_age": [40], "migrants": [0], "households": [0]})

    score, notes = score_difficulty(units, Difficulty((AGE, MIGRANTS), 1.6))

    assert score.tolist() == [1]
    assert notes == ()


def test_without_any_indicator_column_the_score_is_0_and_says_so():
    units = pd.DataFrame({"households": [40, 60]})

    load, notes = score_workload(units, "households", ALL)

    assert load.tolist() == [40, 60]
    assert [note.kind for note in notes] == ["assumption"]
    assert "no indicator columns" in str(notes[0])


def test_an_indicator_without_weight_needs_no_column():
    units = pd.DataFrame({"building_age": [40]})
    idle = Indicator("not_collected", 0, 1, weight=0)

    assert score_difficulty(units, Difficulty((AGE, idle), 1.6))[0].tolist() == [1]


def test_yes_and_no_count_as_1_and_0():
    units = pd.DataFrame({"walled": pd.array([True, False, None], dtype="boolean")})

    score, _ = score_difficulty(units, Difficulty((Indicator("walled", 0, 1),), 1.6))

    assert score.tolist() == [1, 0, 0.5]


def test_a_missing_column_is_named_with_the_near_one():
    units = pd.DataFrame({"building_age": [40], "lift": [0], "migrants": [3]})

    with pytest.raises(DataError, match="2 of 4 columns") as error:
        score_difficulty(units, ALL)

    assert "no 'lifts', did you mean 'lift'?" in error.value.found
    assert "no 'households'" in error.value.found


@pytest.mark.parametrize("bad", ["many", -3, np.inf])
def test_a_value_that_is_no_count_is_named_with_its_unit(bad):
    units = pd.DataFrame({"building_age": [40, bad]}, index=["B1", "B2"])

    with pytest.raises(DataError, match=r"1 of 2 units have no usable 'building_age'") as error:
        score_difficulty(units, Difficulty((AGE,), 1.6))

    assert "(unit B2)" in error.value.found


def test_a_missing_measure_is_refused_with_its_units():
    units = pd.DataFrame({"households": [40, None]}, index=["B1", "B2"])

    with pytest.raises(DataError, match=r"1 of 2 units have no 'households'[\s\S]*units B2"):
        score_workload(units, "households", None)


def test_a_measure_that_no_column_holds_is_named_with_the_near_one():
    with pytest.raises(DataError, match="did you mean 'household'"):
        score_workload(pd.DataFrame({"household": [40]}), "households", None)
