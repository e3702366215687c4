"""Rule sets that know difficulty, classes and hours, to change a part of."""

import tomllib

from gridpart.rules import parse_rules

TEXT = """
id = "hardships"
title = "Difficulty in every way"
measure = "households"

[[level]]
id = "overall"
title = "总网格"
made_of = "community"

[[level]]
id = "general"
title = "一般网格"
made_of = "compound"
nests_in = "overall"
split_to = "building"

[level.measures.households]
min = 300
max = 500
target = 400
clause = "article 1"
label = "found"

[difficulty]
k_max = 1.6
clause = "article 2"
label = "assumption"

[[difficulty.class]]
id = "calm"
title = "一般"
min = 0
clause = "article 3"
label = "assumption"

[[difficulty.class]]
id = "complex"
title = "复杂"
min = 0.5
clause = "article 4"
label = "assumption"

[[difficulty.indicator]]
column = "age"
min = 20
max = 40
clause = "article 5"
label = "assumption"

[[difficulty.indicator]]
column = "lifts"
direction = "lower"
min = 0
max = 4
clause = "article 6"
label = "assumption"

[[difficulty.indicator]]
column = "migrants"
per = "households"
min = 0
max = 1
clause = "article 7"
label = "assumption"

[[hours.visit]]
class = "calm"
per_month = 0.25
minutes = 10
clause = "article 8"
label = "assumption"

[[hours.visit]]
class = "complex"
per_month = 1
minutes = 20
clause = "article 9"
label = "assumption"

[[hours.task]]
column = "migrants"
per_month = 0.5
minutes = 30
clause = "article 10"
label = "assumption"

[codes.templates]
overall = "{community_id}"
general = "{community_id}{general:3}"

[names]
overall = "{community}"
general = "{community}第{general}网格"
"""

COMPLEX = {"complex": {"measures": {"households": {
    "min": 200, "max": 300, "clause": "article 11", "label": "found"}}}}  # fmt: skip
"""Ranges of the general level in complex communities."""


def hardship_table():
    """Return the rule set as a table."""
    return tomllib.loads(TEXT)


def hardships(level=None, difficulty=None, **changes):
    """Return the rule set with keys of its general level, its difficulty or the top changed."""
    table = hardship_table()
    table["level"][1] |= level or {}
    table["difficulty"] |= difficulty or {}
    return parse_rules(table | changes, "hardships")
