"""No number or name of a person leaves a table, and codes of houses stay."""

import json
import random
import string

import districts
import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gridpart as gp
from gridpart.columns import conform_layer
from gridpart.interchange import read_grids
from gridpart.privacy import looks_personal, personal_columns, personal_kind, veil
from gridpart.schema import LAYERS

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_number(place, day, serial):
    """Return an ID number by GB 11643: the sum of weighted digits is 1 modulo 11."""
    digits = f"{place:06d}{day:%Y%m%d}{serial:03d}"
    rest = sum(w * int(d) for w, d in zip(WEIGHTS, digits, strict=True)) % 11
    return digits + "10X98765432"[rest]


ids = st.builds(
    id_number,
    st.sampled_from([110105, 510105, 330106, 410103]),
    st.dates(pd.Timestamp("1920-01-01").date(), pd.Timestamp("2025-12-31").date()),
    st.integers(0, 999),
)
mobiles = st.builds(
    "1{}{}".format, st.sampled_from("3456789"), st.integers(0, 10**9 - 1).map("{:09d}".format)
)


# --- numbers ---------------------------------------------------------------------------


def test_the_example_of_the_standard_passes():
    assert personal_kind(["11010519491231002X"]) == "ID numbers"
    assert personal_kind(["440524188001010014"]) is None  # born before 1900


@given(
    number=ids, before=st.sampled_from(["", "身份证", "张三 "]), after=st.sampled_from(["", "。"])
)
def test_an_id_number_is_seen_wherever_it_stands(number, before, after):
    assert personal_kind([None, before + number + after]) == "ID numbers"
    assert number not in veil(before + number + after)


@given(number=ids.filter(str.isdigit), place=st.integers(0, 17), other=st.integers(1, 9))
def test_one_wrong_digit_makes_it_none(number, place, other):
    digits = list(number)
    digits[place] = str((int(digits[place]) + other) % 10)

    assert personal_kind(["".join(digits)]) is None


@given(number=mobiles, form=st.sampled_from(["{}", "电话{}", "+86 {}", "王姐{}号", "{},{}"]))
def test_a_mobile_number_is_seen_wherever_it_stands(number, form):
    assert personal_kind(["底商", form.format(number, number)]) == "telephone numbers"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("028-85123456", "telephone numbers"),
        ("(0571)8512345", "telephone numbers"),
        ("138 1234 5678", "telephone numbers"),
        ("１３８１２３４５６７８", "telephone numbers"),
        (13812345678, "telephone numbers"),
        (13812345678.0, "telephone numbers"),
        ("li.si@example.com", "e-mail addresses"),
        ("510105491231002", "ID numbers"),
    ],
)
def test_other_numbers_of_persons_are_seen(text, kind):
    assert personal_kind([text]) == kind


@pytest.mark.parametrize(
    "value",
    [
        "阳光花园3栋2单元1201室", "人民路138号", "104.13812345678", 104.13812345678, "2026-03-12",
        "510105001001", "510105001001002", "a1b2c13812345678f0", 1234567890123, 138, "030102-13",
        "B0138-1234567", True, None,
    ],
)  # fmt: skip
def test_places_codes_and_measures_are_none(value):
    assert personal_kind([value]) is None


@given(st.lists(st.integers(0, 10**6 - 1), min_size=1, max_size=300, unique=True))
def test_house_codes_of_18_digits_are_no_id_numbers(serials):
    assert personal_kind([f"510105001001{n:06d}" for n in serials]) is None


def test_codes_with_a_day_inside_are_none_though_one_in_eleven_passes():
    draw = random.Random(5)
    codes = [f"51010519{draw.randint(10, 99)}0{draw.randint(1, 9)}1{draw.randint(0, 9)}"
             f"{draw.randint(0, 9999):04d}" for _ in range(400)]  # fmt: skip

    assert personal_kind(codes) is None


def test_codes_of_eleven_digits_that_begin_alike_are_no_telephones():
    assert personal_kind([f"13010200{n:03d}" for n in range(50)]) is None
    assert personal_kind([f"13{n}102{n:03d}" for n in range(100, 150)]) == "telephone numbers"


# --- names -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["户主", "户主姓名", "居民姓名", "联系人", "联系电话", "手机号", "身份证号码", "微信号",
     "网格员", "楼栋长电话", "业主", "姓 名", "身份 证", "phone", "PhoneNumber", "Tel.", "tel1",
     "E-mail", "e_mail", "ID Card", "OwnerName", "WeChat", "Contact", "id_card",
     "owner phone", "E_mobile"],
)  # fmt: skip
def test_names_of_personal_columns_are_known(name):
    assert looks_personal(name)


@pytest.mark.parametrize(
    "name",
    ["小区名称", "楼栋名称", "地址", "社区", "户数", "常住人口", "网格员数", "户主数（人）",
     "业主委员会", "手机基站数", "满意度", "name", "hotel", "telecom_mast", "phoneme", "residents",
     "Hotel2", "mailbox"],
)  # fmt: skip
def test_names_of_places_and_counts_are_kept(name):
    assert not looks_personal(name)


def test_a_column_is_named_with_what_gives_it_away():
    frame = pd.DataFrame({"户主": ["x"], "备注": ["13812345678"], "小区": ["a"], "name": ["b"]})

    assert personal_columns(frame) == {"户主": "its name", "备注": "telephone numbers"}


# --- layers ----------------------------------------------------------------------------


def test_an_id_number_as_key_is_refused_and_not_shown():
    units = districts.units()
    people = [id_number(510105, pd.Timestamp(1980, 1, 1 + n % 28), n) for n in range(len(units))]
    units["unit_id"] = people

    _, findings = conform_layer(LAYERS["units"], units)

    text = repr(findings)
    errors = [f for f in findings if f.kind == "error"]
    assert len(errors) == 1
    assert "'unit_id' of units holds what looks like ID numbers" in errors[0].what
    assert not any(person in text for person in people)


def test_house_codes_of_18_digits_are_kept_as_units_ids_and_told():
    units = districts.units()
    units["unit_id"] = [f"510105001001{n:06d}" for n in range(len(units))]

    frame, findings = conform_layer(LAYERS["units"], units)

    assert list(frame["unit_id"]) == list(units["unit_id"])
    assert [str(f) for f in findings] == [
        "The codes of 18 digits in 'unit_id' are no ID numbers and are kept."
    ]


def test_a_message_about_a_wrong_value_does_not_show_a_persons_number():
    units = districts.with_cell(districts.units(), "U00", "households", "13812345678")

    _, findings = conform_layer(LAYERS["units"], units)

    assert "13812345678" not in repr(findings)


def secret(draw):
    return "".join(draw.choices(string.ascii_lowercase, k=14))


def test_nothing_personal_is_in_any_byte_of_a_plan(tmp_path):
    draw = random.Random(1)
    layers, planted = districts.full(), []
    for number, (name, frame) in enumerate(layers.items()):
        for column, make in (
            ("户主", secret),
            ("phone", secret),
            ("remark", lambda d: f"call 139{d.randint(0, 10**8 - 1):08d}"),
            ("memo", lambda d: id_number(510105, pd.Timestamp(1990, 5, 6), d.randint(0, 999))),
        ):
            cells = [make(draw) for _ in range(len(frame))]
            frame[column] = cells
            planted += [cell.removeprefix("call ") for cell in cells]
        assert number < len(LAYERS), name
    districts.write(tmp_path / "hill", layers)

    district = gp.read_district(tmp_path / "hill")
    plan = gp.partition(district, gp.load_rules("qixian"), stop=0.2)
    out = gp.write_plan(plan, tmp_path / "out", formats=("geojson", "shp"))

    content = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    assert b"U00" in content
    assert not [text for text in planted if text.encode() in content]
    notes = json.loads((out / "summary.json").read_text("utf-8"))["notes"]
    assert sum("look personal" in note["what"] for note in notes) == len(layers)


def test_grids_from_elsewhere_lose_personal_columns(tmp_path, caplog):
    grids = gpd.GeoDataFrame(
        {"grid_code": ["A"], "网格员": ["张三"]},
        geometry=[districts.square(0, 0)],
        crs=districts.CRS,
    )
    path = districts.write_file(grids, tmp_path / "grids.gpkg", layer="grids")

    assert "网格员" not in read_grids(path, "general").columns
    assert "网格员" in caplog.text
    assert "张三" not in caplog.text
