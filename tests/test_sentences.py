"""Sentences of a plan, in two languages."""

import pickle
import re

import numpy as np
import pandas as pd
import pytest

from gridpart.model import Note
from gridpart.records import note_table, parse_notes
from gridpart.sentences import Sentence, fields_of, parts_json, restored
from gridpart.sentences_en import ENGLISH
from gridpart.sentences_zh import CHINESE
from gridpart.telling import tell

CHINESE_CHARACTER = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
WORD = re.compile(r"[A-Za-z]{3,}")
RULE_WORDS = {"split_to", "split", "stairwell", "AHP", "Noto", "Sans", "CJK",
              "district", "toml"}  # fmt: skip

TITLES = {"level": {"micro": "微网格"}, "grade": {"key": "重点"}}


def test_both_languages_have_every_key_with_the_same_parts():
    assert ENGLISH.keys() == CHINESE.keys()
    for key, pattern in ENGLISH.items():
        assert fields_of(pattern) == fields_of(CHINESE[key]), key


@pytest.mark.parametrize("key", sorted(ENGLISH))
def test_patterns_are_in_their_own_language(key):
    bare = re.sub(r"\{[^}]*\}", "", CHINESE[key])
    assert not set(WORD.findall(bare)) - RULE_WORDS
    assert not CHINESE_CHARACTER.search(ENGLISH[key])


def test_a_sentence_is_told_with_its_parts_in_chinese():
    why = Sentence("gap_second", total=(530.0, "households"), most=500.0, least=600.0)
    told = Sentence("no_number", level="micro", name="小桥社区", why=why)
    assert told == (
        "No number of micro grids divides 小桥社区: 530 households: 1 grid holds at most 500, "
        "2 grids need at least 600."
    )
    assert tell(told, "en") == told
    assert tell(told, "zh", TITLES) == (
        "小桥社区无法划分为若干个合规的微网格：共 530 户，1 个网格至多容纳 500，"
        "2 个网格至少需 600。"
    )
    names = Sentence("codes_retired", n=7, codes=[str(n) for n in range(7)])
    assert tell(names, "zh") == "7 个编码停用，今后不再启用：0、1、2、3、4 等 7 个。"


def test_a_sentence_survives_files_and_processes():
    inner = Sentence("into_bands", n=2, floors=Sentence("span", low="3", high="4"))
    told = Sentence(
        "cut", unit="B1", held=(120, "households"), limit=Sentence("one_floor"), into=[inner],
        sizes="60", measure="households",
    )  # fmt: skip
    for again in (pickle.loads(pickle.dumps(told)), restored(told, parts_json(told))):
        assert again == told
        assert tell(again, "zh") == tell(told, "zh") != told
    notes = (Note("opened", told, ("B1",)), Note("warning", "By hand.", ()))
    back = parse_notes(note_table(notes))
    assert back == notes
    assert tell(back[0].what, "zh") == tell(told, "zh")


def test_what_another_release_said_stays_as_it_was_said():
    assert restored("Old words.", '["no_such_key", {}]') == "Old words."
    assert restored("Old words.", '["span", {"low": "1"}]') == "Old words."
    assert restored("Old words.", "") == "Old words."
    assert tell("By hand.", "zh") == "By hand."


def test_arrays_become_lists_that_json_can_keep():
    told = Sentence("units_gone", n=np.int64(2), plan="old", units=pd.Index(["U1", "U2"]))
    assert told == "2 units are no longer in the district (old): U1, U2."
    assert restored(told, parts_json(told)).parts == told.parts
