"""The table ``staffing`` of a rule set says what it means, and is refused with every fault."""

import tomllib

import pytest

from gridpart.errors import RulesError
from gridpart.rules import load_rules, parse_rules, rules_to_toml

POST = {
    "id": "worker", "title": "专职网格员", "level": "general", "number": 1,
    "clause": "article 5", "label": "found",
}  # fmt: skip
SWEEP = {
    "measure": "households", "level": "micro", "per_day": 50, "minutes": 5, "min_hours": 3,
    "max_hours": 5, "clause": "article 6", "label": "press",
}  # fmt: skip


def rules_with(post=None, **staffing):
    """Return qixian with one post, or with other staffing, as a table."""
    table = tomllib.loads(rules_to_toml(load_rules("qixian")))
    table["staffing"] = {"post": [{**POST, **(post or {})}], **staffing}
    return table


def without(key, **changes):
    return {k: v for k, v in {**POST, **changes}.items() if k != key}


def test_qixian_states_the_posts_of_its_source():
    posts = {post.title: post for post in load_rules("qixian").staffing.posts}

    assert posts["总网格长"].number == 1
    assert round(40 * posts["网格长"].number) == 33
    assert posts["网格长"].shared_by == 2
    assert round(328 * posts["微网格长（员）"].number) == 564
    assert {posts[t].level for t in ("行业网格长", "行业指导员")} == {"exclusive"}
    assert all(post.clause for post in posts.values())


def test_staffing_survives_being_written():
    kinds = {"level": "exclusive", "kinds": ["market", "park"]}
    table = rules_with(kinds, sweep=SWEEP, skills_column="languages")

    rules = parse_rules(table, "a file")

    assert rules.staffing.posts[0].kinds == ("market", "park")
    assert parse_rules(tomllib.loads(rules_to_toml(rules)), "a copy") == rules


@pytest.mark.parametrize(
    ("post", "fault"),
    [
        ({"level": "genral"}, "no level 'genral'; did you mean 'general'"),
        ({"per": 1000, "measure": "population"}, "exactly one of"),
        ({"shared_by": 3}, "at most two grids"),
        ({"shared_by": 2, "number": 1.5}, "a number of at most 1"),
        ({"kinds": ["market"]}, "those of exclusive grids"),
        ({"level": "exclusive", "kinds": ["marked"]}, "no kind 'marked'"),
        ({"number": -1}, "number is -1"),
        ({"nmber": 1}, "did you mean 'number'?"),
        ({"full_time": "yes"}, "true or false"),
    ],
)
def test_faults_of_a_post_are_named_with_its_clause_or_id(post, fault):
    with pytest.raises(RulesError) as error:
        parse_rules(rules_with(post), "a file")

    assert fault in error.value.found
    assert "worker" in error.value.found or "article 5" in error.value.found


@pytest.mark.parametrize(
    ("post", "fault"),
    [
        (without("number"), "none of them"),
        (without("number", per=1000), "'per' and 'measure' go together"),
        (without("number", per=0, measure="firms"), "per is 0"),
        (without("number", hours_per_month=0), "hours_per_month is 0"),
        (without("clause"), "say where its numbers come from"),
    ],
)
def test_a_post_has_one_count_and_a_clause(post, fault):
    table = rules_with()
    table["staffing"]["post"] = [post]

    with pytest.raises(RulesError, match=fault):
        parse_rules(table, "a file")


def test_two_posts_of_one_name_are_refused():
    table = rules_with()
    table["staffing"]["post"] *= 2

    with pytest.raises(RulesError, match="2 posts have the id 'worker'"):
        parse_rules(table, "a file")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"min_hours": 6}, "min_hours 6 is greater than max_hours 5"),
        ({"level": "mikro"}, "did you mean 'micro'?"),
        ({"per_day": 0}, "no sweep would end"),
    ],
)
def test_faults_of_a_sweep_are_named(changes, fault):
    with pytest.raises(RulesError) as error:
        parse_rules(rules_with(sweep={**SWEEP, **changes}), "a file")

    assert fault in error.value.found
