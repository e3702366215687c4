"""A plan whose names are what a careless or ill-meaning ledger may hold."""

import dataclasses

import plans

TEXTS = (
    "<script>alert('x')</script>",
    '=HYPERLINK("http://example.invalid","click")',
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "say \"so\" & 'so'",
    "first line\nsecond line\r\nthird",
    "\u202eright to left\u202c",
    "长" * 300,
    "🏠🏢 emoji",
    "bell\x07 and null\x00",
    "%s {0} {name} $x$ \\alpha_2^3",
    "]]> <!-- -->",
)
"""Names that must be shown as text, wherever they are shown."""


def hostile_plan():
    """Return the small plan with such names for its communities, units, grids and streets."""
    plan = plans.small_plan()
    units = _named(plan.units)
    layers = {name: _named(table, 3) for name, table in plan.layers.items()}
    district = dataclasses.replace(
        plan.district,
        name=TEXTS[0],
        communities=_named(plan.district.communities),
        streets=_named(plan.district.streets),
        stations=_named(plan.district.stations),
    )
    return dataclasses.replace(
        plan, district=district, units=units, layers=layers, exclusive=_named(plan.exclusive, 1)
    )


def _named(table, first=0):
    """Return a table whose names are hostile, one after the other."""
    return table.assign(name=[TEXTS[(first + n) % len(TEXTS)] for n in range(len(table))])
