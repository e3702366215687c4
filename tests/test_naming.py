"""Spellings of one building meet, and two buildings never do."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gridpart.naming import bare_name, name_ending, normalize_name

DIGITS = "零一二三四五六七八九"


def chinese(number):
    """Return a number below 1,000 as people write it: 十二, 一百零二."""
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    text = DIGITS[hundreds] + "百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else DIGITS[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + DIGITS[ones] if ones or not number else text


def wide(number):
    return "".join(chr(0xFF10 + int(digit)) for digit in str(number))


SPELLINGS = [
    "{}栋", "{}幢", "{}号楼", "{}#", "{}#楼", "{}号", "{}座", "第{}栋", " {} 栋 ", "{}＃", "{}棟",
    "{}号栋", "{}　号楼", "第 {} 幢",
]  # fmt: skip
NUMBERS = [str, chinese, wide, "{:03d}".format, lambda n: "".join(DIGITS[int(d)] for d in str(n))]

numbers = st.integers(1, 999)
spelled = st.tuples(st.sampled_from(SPELLINGS), st.sampled_from(NUMBERS))


@given(numbers, spelled)
def test_every_spelling_of_a_number_meets(number, how):
    form, digits = how

    assert normalize_name(form.format(digits(number))) == f"{number}栋"


@given(numbers, numbers, spelled, spelled)
def test_different_numbers_never_meet(one, other, how, else_how):
    names = [
        normalize_name(form.format(digits(number)))
        for number, (form, digits) in ((one, how), (other, else_how))
    ]

    assert (names[0] == names[1]) == (one == other)


@given(
    st.lists(numbers, min_size=2, max_size=3),
    st.lists(numbers, min_size=2, max_size=3),
    st.sampled_from([" ", "-", "－", "第", " 第", "~", "栋", "#", "号楼"]),
    st.sampled_from(NUMBERS),
)
def test_parted_numbers_stay_parted(one, other, mark, digits):
    names = [normalize_name(mark.join(map(digits, part)) + "栋") for part in (one, other)]

    assert (names[0] == names[1]) == (one == other)


@given(
    st.text(st.sampled_from("0123十百千零一二两三第号楼栋幢座#＃甲aA单元 　-—~．.院")) | st.text()
)
@example("~ ~")
def test_doing_it_twice_does_no_more(text):
    assert normalize_name(normalize_name(text)) == normalize_name(text)


@pytest.mark.parametrize(
    ("spellings", "name"),
    [
        (["A座", "Ａ栋", "a 幢"], "a栋"),
        (["3栋1单元", "三号楼一单元", "3#1单元", "03幢 01单元"], "3栋1单元"),
        (["阳光花园3栋", "阳光花园三幢", "阳光花园 3号楼"], "阳光花园3栋"),
        (["二十三栋", "23栋"], "23栋"),
        (["一百零二栋", "一零二栋", "102#"], "102栋"),
        (["一百一十栋", "110栋"], "110栋"),
        (["十栋", "10号楼", "一十栋"], "10栋"),
        (["三期五栋", "3期5号楼"], "3期5栋"),
    ],
)
def test_names_that_people_write_meet(spellings, name):
    assert {normalize_name(text) for text in spellings} == {name}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3号院2栋", "3栋2栋"), ("3楼", "3栋"), ("1单元", "1栋"), ("一百二栋", "102栋"),
        ("12栋", "1 2栋"), ("二十三栋", "20栋3"), ("3-1栋", "31栋"), ("百花园", "100花园"),
        ("1.5栋", "15栋"), ("A1栋", "A11栋"),
    ],
)  # fmt: skip
def test_what_may_differ_stays_apart(one, other):
    assert normalize_name(one) != normalize_name(other)


def test_an_ending_is_known_after_a_number_only():
    assert [name_ending(n) for n in ("3栋", "a栋", "1单元", "3", "大楼栋")] == [
        "栋",
        "栋",
        "单元",
        "",
        "",
    ]
    assert bare_name("3栋1单元") == "3栋1"
