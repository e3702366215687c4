"""What makes a place hard to look after: scores, weights, classes, hours, and what they do."""

import tomllib

import numpy as np
import pandas as pd
import pytest
from districts import build_district, square, table
from hardships import COMPLEX, hardship_table, hardships
from hypothesis import given, settings
from hypothesis import strategies as st

import gridpart as gp
from gridpart.difficulty import (
    classify,
    grade_communities,
    mean_scores,
    score_difficulty,
)
from gridpart.errors import DataError, RulesError
from gridpart.indicators import score_indicator
from gridpart.rules import Grade, Indicator, parse_rules, rules_to_toml
from gridpart.smoothing import smoothed_rates
from gridpart.weighting import ahp_weights, entropy_weights
from gridpart.workload import score_units, unit_load

COLUMNS = ("age", "lifts", "migrants")


def frame(age, lifts=0.0, migrants=0.0, households=10.0, **columns):
    """Return units with these columns."""
    names = [f"B{i}" for i in range(len(age))]
    given_columns = {"age": age, "lifts": lifts, "migrants": migrants, "households": households}
    return pd.DataFrame({**given_columns, **columns}, index=names)


# --- scaling ---------------------------------------------------------------------------


@pytest.mark.parametrize(("scaling", "direction", "wanted"), [
    ("min-max", "higher", [0, 0.25, 1]), ("min-max", "lower", [1, 0.75, 0]),
    ("rank", "higher", [0, 0.5, 1]), ("rank", "lower", [1, 0.5, 0]),
])  # fmt: skip
def test_the_units_themselves_may_set_the_scale(scaling, direction, wanted):
    units = frame([20, 30, 60])

    found, _ = score_indicator(units, Indicator("age", scaling=scaling, direction=direction))

    assert found.tolist() == pytest.approx(wanted)


@given(st.lists(st.one_of(st.just(np.nan), st.floats(0, 100)), min_size=1, max_size=12))
def test_ranks_are_the_shares_of_easier_units(values):
    found, missing = score_indicator(frame(values), Indicator("age", scaling="rank"))

    known = [v for v in values if v == v]  # noqa: PLR0124 - nan differs from itself
    for value, score, lacks in zip(values, found, missing, strict=True):
        assert lacks == (value != value)  # noqa: PLR0124
        if not lacks and len(set(known)) > 1:
            below = sum(v < value for v in known) + (known.count(value) - 1) / 2
            assert score == pytest.approx(below / (len(known) - 1))


@pytest.mark.parametrize("scaling", ["min-max", "rank"])
def test_an_indicator_that_is_the_same_everywhere_scores_0_and_is_told(scaling):
    rules = hardships(difficulty={"indicator": [
        {"column": "age", "scaling": scaling, "clause": "a", "label": "found"}]})  # fmt: skip

    score, notes = score_difficulty(frame([30, 30]), rules.difficulty)

    assert score.tolist() == [0, 0]
    assert "'age' is the same in all units" in str(notes[0])


@pytest.mark.parametrize("indicator", [
    {"scaling": "min-max"}, {"scaling": "thresholds", "min": 30, "max": 40},
])  # fmt: skip
def test_an_indicator_is_not_told_to_be_the_same_where_it_says_something(indicator):
    rules = hardships(difficulty={"indicator": [
        {"column": "age", "clause": "a", "label": "found", **indicator}]})  # fmt: skip
    ages = [20, 30] if indicator["scaling"] == "min-max" else [30, 30]

    assert score_difficulty(frame(ages), rules.difficulty)[1] == ()


# --- small counts ----------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 400)), min_size=1, max_size=12))
def test_a_smoothed_rate_lies_between_the_own_one_and_that_of_all(pairs):
    counts, base = np.array(pairs, float).T

    found = smoothed_rates(counts, base)

    own, mean = counts / base, counts.sum() / base.sum()
    assert (found >= np.minimum(own, mean) - 1e-12).all()
    assert (found <= np.maximum(own, mean) + 1e-12).all()


def test_smoothing_finds_true_rates_better_than_the_counts_do():
    rng = np.random.default_rng(0)
    base = rng.integers(5, 120, 2000).astype(float)
    true = rng.gamma(3, 0.02, 2000)
    counts = rng.poisson(true * base).astype(float)

    found = smoothed_rates(counts, base)

    assert ((found - true) ** 2).mean() < 0.5 * ((counts / base - true) ** 2).mean()
    # the oracle: the mean of the gamma, had its parameters been known
    best = (3 + counts) / (50 + base)
    np.testing.assert_allclose(found, best, atol=0.02)


def test_what_is_chance_is_one_rate_and_nobody_has_none():
    found = smoothed_rates(np.array([1, 1, np.nan, 0.0]), np.array([10, 10, 10, 0.0]))

    assert found[:2].tolist() == [0.1, 0.1]
    assert np.isnan(found[2:]).all()


def test_an_indicator_may_be_smoothed():
    units = frame([20, 20, 20], migrants=[5, 0, 100], households=[10, 10, 1000])
    smooth = Indicator("migrants", 0, 1, per="households", smooth=True)

    found, _ = score_indicator(units, smooth)

    assert 0.1 < found[0] < 0.2  # its own rate is 0.5, that of all 0.1
    with pytest.raises(RulesError, match="smooth without per"):
        hardships(difficulty={"indicator": [
            {"column": "age", "scaling": "rank", "smooth": True, "clause": "a", "label": "found"}
        ]})  # fmt: skip


# --- weights ---------------------------------------------------------------------------


@given(st.lists(st.floats(0.2, 5), min_size=1, max_size=7))
def test_judgments_made_of_weights_give_them_back_without_contradiction(weights):
    matrix = [[a / b for b in weights] for a in weights]

    found, ratio = ahp_weights(matrix)

    np.testing.assert_allclose(found, np.array(weights) / sum(weights), rtol=1e-6)
    assert ratio == pytest.approx(0, abs=1e-6)


def test_weights_of_contradicting_judgments_are_the_limit_of_powers():
    matrix = np.array([[1, 3, 5], [1 / 3, 1, 4], [1 / 5, 1 / 4, 1]])

    found, ratio = ahp_weights(matrix.tolist())

    grown = np.linalg.matrix_power(matrix, 40).sum(axis=1)  # the oracle
    np.testing.assert_allclose(found, grown / grown.sum(), rtol=1e-9)
    largest = (matrix @ np.array(found) / np.array(found)).mean()
    assert ratio == pytest.approx((largest - 3) / 2 / 0.58)
    assert 0 < ratio < 0.1


def ahp(*rows):
    return {"difficulty": {"weights": "ahp", "matrix": [list(row) for row in rows]}}


def test_judgments_in_a_rule_set_weigh_the_indicators_and_are_told():
    rules = hardships(**ahp([1, 2, 4], ["1/2", 1, 2], [0.25, "1/2", 1]))

    score, notes = score_difficulty(frame([40, 20], lifts=[4, 4]), rules.difficulty)

    assert score.tolist() == pytest.approx([4 / 7, 0])
    told = next(str(n) for n in notes if n.kind == "weights")
    assert (
        told == "Weights by AHP, consistency ratio 0.000: age 0.571, lifts 0.286, migrants 0.143."
    )
    assert parse_rules(tomllib.loads(rules_to_toml(rules)), "copy") == rules


@pytest.mark.parametrize(("rows", "fault"), [
    (([1, 2, 4], [2, 1, 2], [0.25, 0.5, 1]),
     "matrix, row 'age', column 'lifts': 2 is not 1 over the 2 of row 'lifts', column 'age'"
     " (clause: article 2)"),
    (([2, 1, 1], [1, 1, 1], [1, 1, 1]), "row 'age', column 'age': 2 is not 1 over"),
    (([1, 9, "1/9"], ["1/9", 1, 9], [9, "1/9", 1]), "above 0.1: the judgments contradict"),
    (([1, 2], [0.5, 1]), "not 3 rows of 3 numbers, one for each of age, lifts, migrants"),
    (([1, 0, 4], [2, 1, 2], [0.25, 0.5, 1]), "matrix is [[1, 0, 4]"),
    (([1, "1/0", 4], [2, 1, 2], [0.25, 0.5, 1]), "wanted rows of numbers above 0"),
])  # fmt: skip
def test_judgments_that_contradict_one_another_are_refused(rows, fault):
    with pytest.raises(RulesError) as error:
        hardships(**ahp(*rows))

    assert fault in error.value.found


def test_entropy_gives_weight_to_what_differs():
    rng = np.random.default_rng(3)
    scores = np.column_stack([rng.random(200), np.full(200, 0.5), rng.random(200) < 0.05])

    found = entropy_weights(scores.astype(float))

    assert found.sum() == pytest.approx(1)
    assert found[1] == 0
    assert found[2] > found[0] > 0


def test_entropy_of_few_units_is_refused_and_says_why():
    rules = hardships(difficulty={"weights": "entropy"})

    with pytest.raises(RulesError, match="9 units") as error:
        score_difficulty(frame([30.0] * 9), rules.difficulty)

    score_difficulty(frame([30.0] * 10), rules.difficulty)
    assert "10 units or more" in error.value.wanted
    assert "by hand" in error.value.fix


def test_a_column_without_differences_gets_no_weight_by_entropy_and_is_named():
    rules = hardships(difficulty={"weights": "entropy"})
    units = frame(np.linspace(20, 40, 12), lifts=2.0, migrants=np.arange(12) % 2 * 9.0)

    score, notes = score_difficulty(units, rules.difficulty)

    told = next(str(n) for n in notes if n.kind == "weights")
    assert "lifts 0.000" in told
    assert "the same in all units, which is no weight: lifts" in told
    assert score.iloc[0] == pytest.approx(0)


def test_entropy_of_columns_that_are_all_the_same_weighs_them_alike_and_says_so():
    rules = hardships(difficulty={"weights": "entropy"})

    units = frame([30.0] * 12)
    score, notes = score_difficulty(units, rules.difficulty)

    told = next(n.what for n in notes if n.kind == "weights")
    assert told.key == "weights_alike"
    alone = [score_indicator(units, one)[0] for one in rules.difficulty.indicators]
    np.testing.assert_allclose(score, np.mean(alone, axis=0))


# --- what is not known -----------------------------------------------------------------


def test_a_unit_without_any_indicator_takes_the_mean_of_its_community():
    rules = hardships()
    units = frame(
        [40, 20, np.nan, 20], lifts=[0, 4, np.nan, 0], migrants=[10, 0, np.nan, 0],
        community_id=["C1", "C2", "C1", "C2"],
    )  # fmt: skip

    score, notes = score_difficulty(units, rules.difficulty)

    assert score["B2"] == score["B0"] == 1
    assert notes[-1].names == ("B2",)
    assert "the mean score of their community" in str(notes[-1])


def test_unknown_counts_take_the_mean_of_the_community_and_are_told():
    units = frame([20, 20, 20], migrants=[6, np.nan, 0], community_id=["C1", "C1", "C2"])

    table_, notes = score_units(units, hardships())

    assert table_["hours"].tolist() == [4.83, 4.83, 0.42]
    assert any("1 of 3 units have no 'migrants': their hours" in str(n) for n in notes)


# --- classes and hours -----------------------------------------------------------------


def test_the_class_of_a_community_is_that_of_its_mean_household_if_it_is_large_enough():
    grades = [Grade("calm", "", 0), Grade("hard", "", 0.5), Grade("complex", "", 0.8, 3000)]
    units = pd.DataFrame({
        "community_id": ["A", "A", "B", "C"],
        "difficulty": [1.0, 0.2, 0.9, 0.9],
        "households": [100, 100, 2999, 3000],
    })  # fmt: skip

    found = grade_communities(units, "households", grades)

    assert found == {"A": "hard", "B": "hard", "C": "complex"}


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 9), st.sampled_from("ABC")), min_size=1))
def test_the_score_of_a_group_is_that_of_its_mean_household(rows):
    scores, sizes, groups = (np.array(column) for column in zip(*rows, strict=True))

    found = mean_scores(scores, sizes.astype(float), groups)

    for name in set(groups):
        own, size = scores[groups == name], sizes[groups == name]
        wanted = np.average(own, weights=size) if size.any() else own.mean()
        assert found[name] == pytest.approx(wanted, abs=1e-6)


def test_a_score_at_a_cut_point_is_in_the_harder_class():
    grades = [Grade("a", "", 0), Grade("b", "", 0.3)]

    assert classify(np.array([0.1 + 0.2, 0.29, 0.3]), grades).tolist() == ["b", "a", "b"]


def test_hours_are_visits_by_class_and_tasks():
    units = frame([40, 20], lifts=[0, 4], migrants=[10, 2], households=[30, 30])

    scored, notes = score_units(units, hardships(load="hours"))

    assert scored["difficulty_class"].tolist() == ["complex", "calm"]
    # 30 visits of 20 minutes and 5 tasks of 30; 7.5 visits of 10 minutes and 1 task
    assert scored["hours"].tolist() == pytest.approx([12.5, 1.75])
    assert unit_load(units.join(scored), hardships(load="hours")).tolist() == [12.5, 1.75]
    assert "calm 1, complex 1" in str(notes[-1])


@settings(max_examples=60)
@given(data=st.data(), scaling=st.sampled_from(["thresholds", "min-max", "rank"]))
def test_more_of_any_indicator_never_lowers_the_hours_of_a_unit(data, scaling):
    table_ = hardship_table()
    if scaling != "thresholds":
        for own in table_["difficulty"]["indicator"]:
            own["scaling"] = scaling
            del own["min"], own["max"]
    rules = parse_rules(table_, "hardships")
    n = data.draw(st.integers(2, 6))
    numbers = st.lists(st.integers(0, 60).map(float), min_size=n, max_size=n)
    units = frame(*(data.draw(numbers) for _ in COLUMNS), households=data.draw(numbers))
    row = data.draw(st.sampled_from(list(units.index)))
    column = data.draw(st.sampled_from(COLUMNS))
    step = data.draw(st.integers(1, 60))
    worse = units.copy()
    worse.loc[row, column] = max(0.0, worse.loc[row, column] + step * (1 - 2 * (column == "lifts")))

    before, _ = score_units(units, rules)
    after, _ = score_units(worse, rules)

    assert after["hours"][row] >= before["hours"][row]
    assert after["difficulty"][row] >= before["difficulty"][row] - 1e-12


# --- refusals --------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "value", "fault"), [
    (("difficulty", "class", 0, "min"), 0.1, "'calm': min is 0.1; the first class begins at 0"),
    (("difficulty", "class", 1, "min"), 0, "min 0 is not above the 0 of 'calm'"),
    (("difficulty", "class", 1, "min"), 1.5, "min 1.5 is not above"),
    (("difficulty", "class", 1, "id"), "calm", "2 classes have this id"),
    (("difficulty", "indicator", 0, "scaling"), "rank", "'rank' takes no min or max"),
    (("difficulty", "indicator", 0, "scaling"), "log", "scaling is 'log'"),
    (("difficulty", "weights"), "saaty", "weights is 'saaty'"),
    (("difficulty", "matrix"), [[1]], "a matrix, but weights are 'manual'"),
    (("level", 1, "class"), {"hard": COMPLEX["complex"]}, "class 'hard': no class of"),
    (("hours", "visit", 1, "minutes"), 2, "2 minutes a month for each of 'households', less than"),
    (("hours", "visit", 1, "class"), "hard", "hours, visit 'hard': no class"),
    (("hours", "task", 0, "clause"), " ", "clause is ' '"),
    (("load",), 3, "load is 3, wanted a text"),
])  # fmt: skip
def test_a_fault_is_named_with_its_place(path, value, fault):
    rules = hardship_table()
    *way, last = path
    place = rules
    for key in way:
        place = place[key]
    place[last] = value

    with pytest.raises(RulesError) as error:
        parse_rules(rules, "hardships")

    assert fault in error.value.found


def test_hours_and_weighted_measures_need_their_tables():
    rules = hardship_table() | {"load": "hours"}
    rules["level"][1]["weighted"] = True
    del rules["hours"], rules["difficulty"]

    with pytest.raises(RulesError) as error:
        parse_rules(rules, "hardships")

    assert "load counts hours, but there is no table [hours]" in error.value.found
    assert "(clause: article 1) counts weighted_households" in error.value.found


RANKED = {"indicator": [
    {"column": "households", "scaling": "rank", "clause": "a", "label": "found"}]}  # fmt: skip


def test_a_missing_column_of_a_task_is_named_with_the_near_one():
    units = frame([20]).rename(columns={"migrants": "migrant"}).drop(columns=["age", "lifts"])

    with pytest.raises(DataError, match="did you mean 'migrant'"):
        score_units(units, hardships(difficulty=RANKED, load="hours"))


def test_hours_that_nothing_counts_leave_out_what_has_no_column_and_say_so():
    units = frame([20, 20]).drop(columns=["age", "lifts", "migrants"])

    scored, notes = score_units(units, hardships(difficulty=RANKED))

    assert scored["hours"].tolist() == pytest.approx([0.42, 0.42])
    assert any("no columns migrants in the units: hours leave out" in str(n) for n in notes)


# --- plans -----------------------------------------------------------------------------


def town(**hard):
    """Return a district of two communities of 4,000 households, the east one as told."""
    rows = [
        {"unit_id": f"{name}{i:02}{j:02}", "households": 40, "population": 100, "age": 10.0,
         "lifts": 4.0, "migrants": 0.0, "geometry": square(west + i + 0.3, j + 0.3, 0.4, 0.4)}
        | (hard if name == "E" else {})
        for name, west in (("W", 0), ("E", 10)) for i in range(10) for j in range(10)
    ]  # fmt: skip
    places = [
        {"community_id": n, "name": n, "area_type": "urban", "geometry": square(w, 0, 10, 10)}
        for n, w in (("W", 0), ("E", 10))
    ]
    district, _ = build_district({"communities": table(places), "units": table(rows)}, "town")
    return district


COMPLEX_TOWN = {"age": 50.0, "lifts": 0.0, "migrants": 40.0}


def n_grids(plan):
    return plan.grids("general")["community_id"].value_counts()


def test_expectation_13_a_complex_community_gets_up_to_1_6_times_as_many_grids():
    plan = gp.partition(town(**COMPLEX_TOWN), hardships(level={"weighted": True}))

    found = n_grids(plan)
    assert found["W"] == 10
    assert found["E"] == 16
    grids = plan.grids("general")
    assert grids["weighted_households"].between(300, 500).all()
    assert grids["households"].sum() == 8000
    assert grids.groupby("community_id")["difficulty"].mean().to_dict() == {"E": 1, "W": 0}
    assert set(grids.loc[grids["community_id"] == "E", "difficulty_class"]) == {"complex"}
    assert not plan.report.breaches


def test_a_complex_community_takes_the_ranges_of_its_class(tmp_path):
    plan = gp.partition(town(**COMPLEX_TOWN), hardships(level={"class": COMPLEX}))

    grids = plan.grids("general")
    sizes = grids.groupby("community_id")["households"]
    assert sizes.min()["W"] >= 300
    assert sizes.max()["E"] <= 300
    assert n_grids(plan)["E"] == 16
    assert not plan.report.breaches
    gp.write_plan(plan, tmp_path / "out")
    again = gp.read_plan(tmp_path / "out" / "plan.gpkg")
    assert again.rules == plan.rules
    assert gp.evaluate(again) == plan.report
    # the referee holds a plan to the class of its communities, whoever made it
    plain = gp.partition(town(**COMPLEX_TOWN), hardships())
    judged = gp.evaluate(plain, rules=plan.rules)
    assert {b.max for b in judged.breaches} == {300}
    assert {b.grid[0] for b in judged.breaches} == {"E"}


def test_hours_may_be_the_load_and_a_range_at_once():
    ranges = {"households": {"min": 300, "max": 500, "clause": "a", "label": "found"},
              "hours": {"max": 120, "clause": "b", "label": "found"}}  # fmt: skip
    rules = hardships(level={"measures": ranges}, load="hours")
    plan = gp.partition(town(age=50.0, lifts=0.0), rules)

    grids = plan.grids("general")
    np.testing.assert_allclose(grids["hours"], grids["workload"])
    assert grids["hours"].max() <= 120  # 360 households in the east
    assert grids["households"].between(300, 500).all()
    assert n_grids(plan).to_dict() == {"E": 12, "W": 10}
    assert not plan.report.breaches
