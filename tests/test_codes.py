"""A code has one reading, and the numbers of grids do not depend on who counts them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gridpart.codes import format_code, parse_code, parse_template, serial_order
from gridpart.coding import fields_of, own_serial, parse_grid_code, refuse_narrow
from gridpart.errors import DataError, RulesError
from gridpart.rules import load_rules, rules_to_toml

LITERALS = st.text("-/第格 .*(", max_size=2)
NAMES = ["general", "micro", "floor"]


@st.composite
def written(draw):
    """Draw a template and the fields of one grid."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    widths = {name: draw(st.integers(1, 9)) for name in names}
    fields = {name: draw(st.integers(0, 10**width - 1)) for name, width in widths.items()}
    parts = [f"{{{name}:{width}}}" for name, width in widths.items()]
    if draw(st.booleans()) or not parts:
        fields["community_id"] = draw(st.text(min_size=1))
        parts.insert(draw(st.integers(0, len(parts))), "{community_id}")
    return "".join(draw(LITERALS) + part for part in parts) + draw(LITERALS), fields


@given(written())
def test_parsing_a_code_gives_back_its_fields(case):
    template, fields = case

    assert parse_code(template, format_code(template, fields)) == fields


@given(st.lists(st.tuples(st.integers(0, 999), st.integers(0, 99)), unique=True))
def test_codes_of_different_grids_differ(serials):
    template = "{community_id}{general:3}{micro:2}"

    codes = [
        format_code(template, {"community_id": "510121005012", "general": g, "micro": m})
        for g, m in serials
    ]

    assert len(set(codes)) == len(serials)


def test_a_code_of_a_micro_grid_begins_with_that_of_its_general_grid():
    fields = {"community_id": "510121005012", "general": 3, "micro": 7}

    micro = format_code("{community_id}{general:3}{micro:2}", fields)

    assert micro == "51012100501200307"
    assert micro.startswith(format_code("{community_id}{general:3}", fields))


def test_a_serial_too_large_for_its_width_names_level_count_and_width():
    with pytest.raises(RulesError, match=r"1000 grids of level 'general' .* into 3 digits") as e:
        format_code("{general:3}", {"general": 1000})

    assert e.value.wanted == "at most 999"
    assert "{general:4}" in e.value.fix


@pytest.mark.parametrize("serial", [-1, 1.5, "7", True])
def test_a_serial_that_does_not_count_is_refused(serial):
    with pytest.raises(RulesError, match="serial of 'general'"):
        format_code("{general:3}", {"general": serial})


@pytest.mark.parametrize("fields", [{}, {"generl": 1}, {"general": None}])
def test_a_missing_field_is_named(fields):
    with pytest.raises(RulesError, match="no 'general'"):
        format_code("{general:3}", fields)


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("510121", "no field"),
        ("", "no field"),
        ("{a:3}{a:2}{b:1}", "a field twice: a"),
        ("{county}{street}", "several fields without a width: county, street"),
        ("{a:3", "braces that enclose no field: {a:3"),
        ("{a:0}", "braces that enclose no field: {a:0}"),
        ("{a:x}", "braces that enclose no field: {a:x}"),
        ("{}{a}", "braces that enclose no field: {}"),
    ],
)
def test_a_template_with_more_than_one_reading_is_refused(template, fault):
    with pytest.raises(RulesError, match="cannot be used") as error:
        parse_template(template)

    assert error.value.found == fault


@pytest.mark.parametrize("code", ["0317-12", "0317-0123x", "0317012", "-012", "0317-０１２"])
def test_a_code_of_another_template_is_refused(code):
    with pytest.raises(DataError, match="does not follow its template"):
        parse_code("{community_id}-{general:3}", code)


places = arrays(
    np.float64,
    st.tuples(st.integers(0, 30), st.just(2)),
    elements=st.floats(-5000, 5000).map(lambda v: round(v, 2)),
)


@given(places, st.randoms(use_true_random=False))
def test_numbering_does_not_depend_on_the_order_of_the_grids(xy, random):
    shuffled = list(range(len(xy)))
    random.shuffle(shuffled)
    other = xy[shuffled]

    order, other_order = serial_order(xy), serial_order(other)

    assert sorted(order) == list(range(len(xy)))
    np.testing.assert_array_equal(xy[order], other[other_order])


@given(
    st.integers(1, 6),
    st.integers(2, 6),
    arrays(np.float64, (6, 6, 2), elements=st.floats(-14, 14)),
)
def test_a_lattice_a_seventh_out_of_line_is_numbered_row_by_row(n_rows, n_columns, wobble):
    assume(n_rows * n_columns > 1)
    row, column = np.mgrid[:n_rows, :n_columns]
    xy = np.stack([column * 100.0, -row * 100.0], axis=-1) + wobble[:n_rows, :n_columns]

    order = serial_order(xy.reshape(-1, 2))

    assert order.tolist() == list(range(n_rows * n_columns))


def test_one_far_place_does_not_make_the_rows_higher():
    xy = [[0, 0], [100, 0], [0, -100], [100, -100], [0, -90_000]]

    assert serial_order(xy).tolist() == [0, 1, 2, 3, 4]


def test_grids_at_the_same_place_and_no_grids_at_all_are_numbered():
    assert serial_order([[1, 1], [1, 1]]).tolist() == [0, 1]
    assert serial_order([]).tolist() == []


def test_a_grid_without_a_center_is_refused():
    with pytest.raises(DataError, match="1 of 2 grids have no center"):
        serial_order([[0, 0], [np.nan, 1]])


QIXIAN = load_rules("qixian")
HOME = {"community_id": "510121001002", "name": "栖贤社区"}
BEIJING = "{county:6}{street:3}{community:3}{general:3}"
"""15 digits of DB11/T 2157."""
MANAGED = "010101{county:6}{street:3}{community:3}{general:2}"
"""20 digits of CJ/T 349: a class of objects before the place."""


@pytest.mark.parametrize(("template", "code"), [
    (BEIJING, "510121001002007"), (MANAGED, "01010151012100100207"),
])  # fmt: skip
def test_templates_of_standards_write_and_read_their_digits(template, code):
    written = format_code(template, fields_of(HOME, {"general": 7}))

    assert written == code
    assert parse_code(template, code)["general"] == 7
    assert own_serial(template, code, "general", HOME, {}) == 7


def test_a_rule_set_may_take_community_codes_apart(tmp_path):
    text = rules_to_toml(QIXIAN).replace("{community_id}", "{county:6}{street:3}{community:3}")
    (tmp_path / "rules.toml").write_text(text, encoding="utf-8")

    rules = load_rules(tmp_path / "rules.toml")

    assert parse_grid_code("51012100100200307", rules).level == "micro"
    with pytest.raises(RulesError, match=r"(?s)takes the code of 甲 apart.*county.*12 digits"):
        refuse_narrow(rules.codes, rules.levels, {"community_id": "C1", "name": "甲"}, {}, 0)


@given(st.integers(1, 900), st.integers(1, 99))
def test_a_grid_code_tells_its_level(general, micro):
    fields = {"community_id": "510121001002", "general": general, "micro": micro}
    for level in ("overall", "general", "micro"):
        code = format_code(QIXIAN.codes.templates[level], fields)
        assert parse_grid_code(code, QIXIAN).level == level
    site = format_code(QIXIAN.codes.templates["exclusive"], {**fields, "general": 901})
    assert parse_grid_code(site, QIXIAN).level == "exclusive"


@pytest.mark.parametrize("code", ["5101210010020", "51012100100200", ""])
def test_a_code_of_no_template_is_refused(code):
    with pytest.raises(DataError, match="is none of the rule set 'qixian'"):
        parse_grid_code(code, QIXIAN)


@pytest.mark.parametrize(("households", "level", "needed"), [
    (900 * 500 + 1, "general", 901), (900 * 99 * 100 + 1, "micro", 89101),
])  # fmt: skip
def test_a_template_too_narrow_is_refused_with_community_and_count(households, level, needed):
    levels = [v for v in QIXIAN.levels if v.id in ("overall", level) or level == "micro"]
    levels = [replace(v, ranges=() if v.id != level else v.ranges) for v in levels]

    refuse_narrow(QIXIAN.codes, levels, HOME, {"households": households - 1}, 99)
    with pytest.raises(RulesError, match="too narrow for 栖贤社区") as error:
        refuse_narrow(QIXIAN.codes, levels, HOME, {"households": households}, 0)

    assert f"at least {needed} grids" in error.value.found


def test_more_sites_than_exclusive_serials_are_refused():
    with pytest.raises(RulesError, match="too narrow for 栖贤社区") as error:
        refuse_narrow(QIXIAN.codes, QIXIAN.levels, HOME, {}, 100)

    assert "100 sites; 99 serials" in error.value.found
