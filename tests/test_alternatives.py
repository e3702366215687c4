"""What could be done instead is what it says: done, it mends and breaks what was told."""

import json
import math
from dataclasses import replace

import numpy as np
import shapely
from districts import place
from hypothesis import given, settings
from hypothesis import strategies as st
from referee import Plan, found, near, rules

from gridpart import trials
from gridpart.alternatives import CHANGING
from gridpart.keeping import excused
from gridpart.model import Range
from gridpart.ranges import range_text
from gridpart.records import breach_table, parse_report, report_json
from gridpart.sentences import Sentence
from gridpart.telling import tell
from gridpart.terrain import build_trial

MEASURES = {"range": "households", "radius": "radius_m"}


def done(plan, breach, text):
    """Return the plan with a change made as its sentence tells it, and the grids changed."""
    units, own, parts = plan.units.copy(), breach.grid, text.parts
    moved = units["unit_id"].isin(parts.get("units", ()))
    if text.key == "alt_join":
        units.loc[units["micro_code"] == parts["other"], "micro_code"] = own
        after = {own}
    elif text.key == "alt_give":
        assert (units.loc[moved, "micro_code"] == own).all()
        units.loc[moved, "micro_code"] = parts["other"]
        after = {own, parts["other"]}
    elif text.key == "alt_take":
        assert (units.loc[moved, "micro_code"] == parts["other"]).all()
        units.loc[moved, "micro_code"] = own
        after = {own, parts["other"]}
    else:
        assert (units.loc[moved, "micro_code"] == own).all()
        units.loc[moved, "micro_code"] = "C11new"
        after = {own, "C11new"}
    changed = Plan([1], "a", plan.rules)
    changed.units, changed.cells, changed.others = units, plan.cells, plan.others
    changed.communities = plan.communities
    changed.draw()
    return changed, after


def excess(breach):
    """Return by how much of its limit a grid breaks a rule."""
    limit = breach.max if breach.max is not None and breach.value > breach.max else breach.min
    return abs(breach.value - limit) / limit


def told_prices(text):
    """Return what a sentence says would be broken: values of households and walks."""
    prices = text.parts["price"]
    if [p.key for p in prices] == ["alt_free"]:
        return []
    return sorted(p.parts["held"][0] if p.key == "alt_out" else p.parts["walk"] for p in prices)


def check_changes(plan):
    """Make each change that is told, and compare what the referee finds then; return how many."""
    report, n = plan.judge(), 0
    before = {(b.grid, b.rule): excess(b) for b in report.breaches if b.rule in MEASURES}
    for breach in report.breaches:
        text = breach.alternative
        if breach.rule not in MEASURES or text.key not in CHANGING[:4]:
            continue
        n += 1
        changed, after = done(plan, breach, text)
        again = changed.judge()
        assert all(check.ok for check in again.checks)
        held = changed.units.groupby("micro_code")["households"].sum()
        if text.key == "alt_join":
            assert text.parts["held"] == (held[breach.grid], "households")
        else:
            assert text.parts["here"] == (held[breach.grid], "households")
            other = (after - {breach.grid}).pop()
            assert text.parts["there"] == (held[other], "households")
        broken = [b for b in again.breaches if b.grid in after and b.rule in MEASURES]
        new = [
            round(b.value)
            for b in broken
            if (b.rule == breach.rule and b.grid != text.parts.get("other"))
            or excess(b) > before.get((breach.grid if b.grid == "C11new" else b.grid, b.rule), 0)
        ]
        assert told_prices(text) == sorted(new)
    return n


@st.composite
def rows_of_units(draw):
    """Return units in a row, in grids that are in one piece each."""
    sizes = draw(st.lists(st.integers(5, 140), min_size=2, max_size=7))
    steps = draw(st.lists(st.booleans(), min_size=len(sizes) - 1, max_size=len(sizes) - 1))
    labels = np.concatenate([[0], np.cumsum(steps)])
    return sizes, "".join("abcdefg"[label] for label in labels)


@settings(max_examples=10)
@given(rows_of_units())
def test_a_change_for_a_walk_breaks_what_was_told(row):
    check_changes(Plan(*row, rules(radius=near(120))))


@settings(max_examples=20)
@given(rows_of_units())
def test_no_single_change_mends_more_or_breaks_less(row):
    """In a row every part in one piece that leaves one is an end, so that all can be tried."""
    plan = Plan(*row)

    check_changes(plan)
    for breach in found(plan.judge(), "range"):
        text = breach.alternative
        if text.key in CHANGING[:4]:
            assert price_of(text, breach) == best_price(*row, breach)
            assert told_prices(text) or not breach.proven
        elif breach.reason != "oversize_unit":
            assert best_price(*row, breach) is None


def out(size):
    """Return how far a grid is out of the range, over the limit."""
    return max(0, (size - 100) / 100, (30 - size) / 30)


def price_of(text, breach):
    """Return whether a change does not mend a breach, and what it breaks."""
    parts = text.parts
    held = [parts["held"]] if text.key == "alt_join" else [parts["here"], parts["there"]]
    own = held if text.key == "alt_split" else held[:1]
    prices = [out_of(price) for price in parts["price"]]
    grows = any(price > out(breach.value) + 1e-9 for price in prices)
    return grows or any(out(value) for value, _ in own), round(sum(prices), 6)


def out_of(price):
    return 0.0 if price.key == "alt_free" else out(price.parts["held"][0])


def best_price(sizes, labels, breach):
    """Return the least price of joining, exchanging an end, or dividing, None where none is."""
    names = list(dict.fromkeys(labels))
    grids = {c: [s for s, x in zip(sizes, labels, strict=True) if x == c] for c in names}
    at = names.index(breach.grid[-1])
    own, small = grids[names[at]], breach.value < 30
    options = []
    for beside, is_left in ((at - 1, True), (at + 1, False)):
        if not 0 <= beside < len(names):
            continue
        other = grids[names[beside]]
        if small:
            options.append(([sum(own) + sum(other)], None))
            ends = [other[-k:] if is_left else other[:k] for k in range(1, len(other))]
            options += [([sum(own) + sum(e), sum(other) - sum(e)], sum(other)) for e in ends]
        else:
            ends = [own[:k] if is_left else own[-k:] for k in range(1, len(own))]
            options += [([sum(own) - sum(e), sum(other) + sum(e)], sum(other)) for e in ends]
    splits = [] if small else [[sum(own[:k]), sum(own[k:])] for k in range(1, len(own))]
    prices = []
    for held, before in options:
        price = [out(held[0])]
        if len(held) == 2 and out(held[1]) > out(before) + 1e-9:
            price.append(out(held[1]))
        mended = not price[0] and all(p <= out(breach.value) + 1e-9 for p in price)
        prices.append((not mended, round(sum(price), 6)))
    prices += [(any(map(out, s)), round(sum(map(out, s)), 6)) for s in splits]
    return min(prices, default=None)


# --- each kind of breach -----------------------------------------------------------------


def only(report, rule="range"):
    (breach,) = found(report, rule)
    return breach


def test_a_unit_too_large_is_cut_as_fine_as_it_takes():
    tower = {"stairwells": [1, 2, 1], "floors": [6, 11, 6]}

    for size, split_to, finer, n, most in (
        (150, "building", "stairwell", 2, 75),
        (260, "building", "floor", 4, 71),
        (150, "stairwell", "floor", 2, 82),
    ):
        columns = tower if split_to == "building" else {**tower, "stairwells": [1, 1, 1]}
        report = Plan([50, size, 50], "abc", rules(split_to=split_to), **columns).judge()
        text = only(report).alternative
        assert text == (
            f'Cut U10 by split_to = "{finer}" into {n} pieces of at most {most} households.'
        )


def test_a_compound_kept_whole_is_opened():
    plan = Plan([50, 70, 70], "abb", rules(split_to="compound"), compound_id=["K", "L", "L"])

    assert only(plan.judge()).alternative == (
        'Cut U10, U20 by split_to = "building" into 2 pieces of at most 70 households.'
    )


def test_a_unit_too_large_of_which_nothing_is_known_asks_for_a_higher_limit():
    assert only(Plan([50, 130, 50], "abc").judge()).alternative == (
        "Let a grid hold up to 130 households."
    )


def test_a_community_too_small_asks_for_a_lower_limit():
    assert only(Plan([10, 10], "aa").judge()).alternative == (
        "Let a grid hold as little as 20 households."
    )


def test_what_a_barrier_cuts_off_is_told_what_a_crossing_would_do():
    plan = Plan([20, 50, 40], "abb")
    plan.put("barriers", shapely.LineString([place(1, -1), place(1, 2)]))

    text = only(plan.judge()).alternative

    assert text == (
        "Take U10 from grid C11b (70 households here, 40 households there): no rule of the level "
        "would be broken. That needs a crossing over the barrier."
    )
    plan.put("crossings", place(1, 0.5))
    changed, _ = done(plan, only(Plan([20, 50, 40], "abb").judge()), text.parts["then"])
    assert not found(changed.judge(), "range")


def test_a_change_stays_in_the_grid_above():
    plan = Plan([20, 50], "ab")
    plan.units["general_code"] = ["C11", "C12"]
    plan.draw()

    assert only(plan.judge()).alternative.key == "alt_least"


def test_a_walk_too_long_is_mended_at_the_price_of_the_range():
    plan = Plan([40, 20, 15, 40], "aaaa", rules(radius=near(130)))

    text = only(plan.judge(), "radius").alternative

    assert text.key == "alt_split"
    assert check_changes(plan) == 2  # 115 households are too many as well
    assert Plan([50, 50], "ab", rules(radius=near(130))).judge().breaches == ()


def test_a_grid_too_small_because_the_radius_goes_first_is_told_what_a_walk_would_cost():
    for limit, told in (
        (80, "no rule of the level would be broken."),
        (40, "a walk of 50 m would be beyond 40 m."),
    ):
        laws = replace(
            rules(radius=near(limit, hard=True)),
            priority=dict.fromkeys(("urban", "rural"), ("locks", "radius", "range")),
        )
        report = Plan([20, 20, 60, 60], "abcd", laws).judge()

        breach = next(b for b in found(report, "range") if b.grid == "C11a")

        assert (breach.reason == "radius") == breach.proven == (limit == 40)
        assert breach.alternative == f"Join it with grid C11b (40 households together): {told}"


def test_without_a_better_division_the_radius_gives_way():
    text = only(Plan([9, 9, 9, 9], "aaaa", rules(radius=near(120))).judge(), "radius").alternative
    alone = rules(split_to="compound", radius=near(120))
    whole = only(Plan([9, 9, 9, 9], "aaaa", alone, compound_id=["K"] * 4).judge(), "radius")

    assert text.key == "alt_split"
    assert whole.alternative == "Let the radius be 150 m."


def test_a_whole_community_is_not_divided_for_a_walk():
    laws = rules()
    levels = (replace(laws.levels[0], radius=near(70)), *laws.levels[1:])
    plan = Plan([40, 40, 40], "abc", replace(laws, levels=levels, rural_levels=levels))

    breach = only(plan.judge(), "radius")

    assert breach.level == "overall"
    assert breach.alternative == f"Let the radius be {math.ceil(breach.value)} m."


def test_from_a_station_another_station_is_proposed():
    level = replace(near(120), origin="station")
    plan = Plan([20, 20, 20], "aaa", rules(radius=level))
    plan.put("stations", place(0.5, 0.5), station_id="S")

    assert only(plan.judge(), "radius").alternative == (
        "Open a station nearer to U20, or let the radius be 200 m."
    )


def test_a_grid_in_a_hole_could_join_the_one_around_it():
    plan = Plan([[10, 10, 10], [10, 30, 10], [10, 10, 10]], ["aaa", "aba", "aaa"])

    assert only(plan.judge(), "enclosed").alternative == (
        "Join it with grid C11a (110 households together): 110 households would be out of 30-100."
    )


def test_units_apart_could_go_to_the_grid_between():
    plan = Plan([40, 30, 20], "aba")

    assert only(plan.judge(), "contiguity").alternative == (
        "Move U20 to grid C11b (40 households here, 50 households there): no rule of the level "
        "would be broken."
    )


def test_where_nobody_knows_who_borders_whom_only_limits_are_told():
    report = Plan([20, 50, 60], "abc").judge(cells=None)

    assert only(report).alternative == "Let a grid hold as little as 20 households."


def test_a_range_is_looked_at_once_for_why_and_for_what_else(monkeypatch):
    made = []

    def counted(bound, *args, **given):
        made.append(bound.measure)
        return build_trial(bound, *args, **given)

    monkeypatch.setattr(trials, "build_trial", counted)
    report = Plan([20, 110], "ab").judge()

    assert [b.rule for b in report.breaches if b.alternative] == ["range", "range"]
    assert made == ["households"]


def test_kept_grids_that_a_change_touches_are_named():
    plan = Plan([20, 50], "ab")
    report, types = plan.judge(), {"C11a": "urban", "C11b": "urban"}
    laws = replace(plan.rules, priority={"urban": ("locks", "range", "radius")})

    (kept,) = excused(report, ["C11b"], laws, types).breaches
    (other,) = excused(report, ["C11z"], laws, types).breaches

    assert kept.alternative == f"{other.alternative} Then C11b would not be kept."
    assert other.alternative == report.breaches[0].alternative


# --- kept and told -----------------------------------------------------------------------


def test_alternatives_are_kept_with_their_parts_and_older_tables_have_none():
    report = Plan([20, 130, 50], "abb").judge()
    table = breach_table(report.breaches)

    again = parse_report(report_json(report), table)
    older = table.drop(columns=["alternative", "alternative_parts"])
    old = parse_report(report_json(report), older)

    for one, other in zip(report.breaches, again.breaches, strict=True):
        assert one.alternative
        assert isinstance(other.alternative, Sentence)
        assert (one.alternative, one.alternative.parts) == (
            other.alternative, other.alternative.parts)  # fmt: skip
    assert {b.alternative for b in old.breaches} == {""}
    assert json.dumps(report.to_dict())  # a sentence is text


def test_alternatives_are_told_in_chinese():
    text = only(Plan([20, 50], "ab").judge()).alternative

    assert tell(text, "zh") == "与网格 C11b 合并（合计 70 户）；不违反本级规则。"


def test_a_range_that_would_be_broken_is_told_as_ranges_are_in_messages():
    low, high = Range("households", 100), Range("households", max=100)
    small = found(Plan([20, 30], "ab", rules(low)).judge(), "range")[0]
    apart = only(Plan([40, 70, 40], "aba", rules(high)).judge(), "contiguity")

    for breach, bound in ((small, low), (apart, high)):
        for lang in ("en", "zh"):
            assert tell(range_text(bound), lang) in tell(breach.alternative, lang)
