"""Code and parameters become a sentence, a cause and a step; nothing from outside can break or turn a sentence."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qafila import wording
from qafila.kit.phones import Reason
from qafila.kit.tables import RowReason, TableCode
from qafila.providers.cloud_api import codes
from qafila.providers.interface import Failure
from qafila.wording.catalogue import CATALOGUE

ALL_PARAMS = {
    name: 3 for entry in CATALOGUE.values() for text in entry for name in re.findall(r"\{(\w+)\}", str(text))
}


@pytest.mark.parametrize("language", wording.languages)
def test_every_code_is_said_whole_in_every_language(language):
    for code in CATALOGUE:
        said = wording.say(code, language, **ALL_PARAMS)
        assert said.code == code
        assert said.sentence
        # What is shown as it is typed, {{name|friend}}, keeps its two braces; a parameter that was left open has one.
        assert "{" not in re.sub(r"\{\{\w+\|\w+\}\}", "", str(said))
        assert str(said).count("\u2066") + str(said).count("\u2068") == str(said).count("\u2069")
        if language in ("en", "ru"):
            assert not re.search("[\u2066-\u2069\u200f]", str(said))


def test_no_english_sentence_says_error():
    for code, entry in CATALOGUE.items():
        for text in entry:
            assert "error" not in str(text).lower(), code


def test_the_users_own_words_are_kept():
    assert wording.say("no_active_profiles").sentence == "No active profiles available in this package"
    assert wording.say("uncertain").sentence == "Outcome unknown, not resent"
    assert wording.say("invalid_number").sentence == "Invalid number"
    assert wording.say("profile_auto_paused").sentence == "Profile Auto-Paused"
    assert "`Authorization: Bearer KEY` or `X-API-Key: KEY`" in wording.say("unauthorised").step


@pytest.mark.parametrize(
    "code",
    [
        *(f"phone.{reason}" for reason in Reason),
        *RowReason,
        *TableCode,
        *(f"failure.{failure}" for failure in Failure),
        *(f"cloud_api.{code}" for code in codes.CODES),
    ],
)
def test_every_code_of_the_basement_has_a_wording(code):
    assert code in CATALOGUE


def test_a_provider_code_without_an_entry_is_said_in_general_words():
    assert wording.say("wppconnect.response_lost").sentence == "Outcome unknown, not resent"
    assert wording.say("cloud_api.http_502").sentence == "Outcome unknown, not resent"
    said = wording.say("cloud_api.999999")
    assert "999999" in said.cause
    assert wording.is_known("cloud_api.999999")


@pytest.mark.parametrize("code", ["nope", "", "phone.nope", "a" * 500, "x\ny", ".", "kind.", "{0.__class__}"])
def test_an_unknown_code_is_admitted(code):
    said = wording.say(code, "ru")
    assert said.sentence == "Произошло то, для чего здесь нет описания."
    assert not wording.is_known(code)


def test_a_reason_may_be_a_code():
    said = wording.say("sender_stopped", "ar", sender="الفرع", reason="cloud_api.190")
    assert wording.say("cloud_api.190", "ar").sentence in said.cause
    assert wording.say("sender_stopped", reason="131048").cause.startswith(
        "The reason: Meta limits this number"
    )
    assert (
        wording.say("sender_stopped", reason="the words of a person").cause
        == "The reason: the words of a person"
    )


def test_what_lacks_a_parameter_leaves_it_out():
    said = wording.say("sender_stopped")
    assert said.sentence == "The number cannot send."
    assert said.cause == ""
    assert wording.say("strict_rejected", "ar").sentence


@pytest.mark.parametrize(
    ("language", "count", "words"),
    [
        ("en", 1, "1 row was taken."),
        ("en", 12_345, "12,345 rows were taken."),
        ("ru", 1, "Принята 1 строка."),
        ("ru", 3, "Приняты 3 строки."),
        ("ru", 11, "Принято 11 строк."),
        ("ru", 21, "Принята 21 строка."),
        ("ru", 12_345, "Принято 12\u00a0345 строк."),
        ("he", 1, "שורה אחת נקלטה."),
        ("he", 2, "שתי שורות נקלטו."),
        ("he", 5, "\u20665\u2069 שורות נקלטו."),
        ("ar", 0, "لم يُقبل أي صف."),
        ("ar", 1, "قُبل صف واحد."),
        ("ar", 2, "قُبل صفّان."),
        ("ar", 3, "قُبلت \u20663\u2069 صفوف."),
        ("ar", 11, "قُبل \u206611\u2069 صفًا."),
        ("ar", 100, "قُبل \u2066100\u2069 صف."),
    ],
)
def test_numbers_take_their_own_forms(language, count, words):
    assert wording.say("import_finished", language, count=count, refused=0).sentence == words


def test_a_port_is_not_a_quantity():
    assert (
        wording.say("port_in_use", port=50010, holder="x", free_port=50011).sentence
        == "Port 50010 is in use."
    )


def test_phones_and_names_are_isolated_in_right_to_left_languages_only():
    arabic = wording.say("possible_ban", "ar", sender="+79991234567", reason="x y")
    assert "\u2066+79991234567\u2069" in arabic.sentence
    hebrew = wording.say("possible_ban", "he", sender="Main (2)", reason="x y")
    assert "\u2068Main (2)\u2069" in hebrew.sentence
    assert "\u2066" not in wording.say("possible_ban", "ru", sender="+79991234567", reason="x y").sentence


def test_a_literal_can_be_copied_without_invisible_marks():
    step = wording.say("key_file_open_to_others", "he", path="/data/keys.json").step
    assert "\u2066`chmod 600 /data/keys.json`\u2069" in step


def test_a_sentence_that_begins_with_a_latin_name_stays_right_to_left():
    assert wording.say("cloud_api.1", "he").sentence.startswith("יש")
    assert wording.say("cloud_api.131053", "he").sentence.startswith("\u200fMeta")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400), st.sampled_from(["en", "ar", "he", "ru", "xx", ""]), st.text(max_size=30))
def test_hostile_values_stay_values(value, language, code):
    said = wording.say("column_not_found", language, column=value)
    assert "\n" not in said.sentence
    assert "\u202e" not in said.sentence
    assert len(said.sentence) < 300
    assert said.sentence.count("\u2066") + said.sentence.count("\u2068") == said.sentence.count("\u2069")
    assert wording.say(code, language, **{"column": value}).sentence


def test_format_tricks_are_only_text():
    assert "{0.__class__}" in wording.say("column_not_found", column="{0.__class__}").sentence
    assert "%(x)s {code}" in wording.say("column_not_found", column="%(x)s {code}", code="y").sentence


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("ar", "ar"),
        ("ar-EG,ar;q=0.9,en;q=0.8", "ar"),
        ("iw-IL", "he"),
        ("fr-FR, ru;q=0.5, he;q=0.7", "he"),
        ("ru;q=0, en;q=0.1", "en"),
        ("fr", "en"),
        ("*", "en"),
        ("", "en"),
        (None, "en"),
        ("ru;q=nonsense, he", "he"),
        ("\x00;;;,,,q=", "en"),
        ("x" * 100_000, "en"),
    ],
)
def test_the_readers_language_is_found(header, language):
    assert wording.pick_language(header) == language


def test_the_default_is_the_callers():
    assert wording.pick_language("fr", default="ru") == "ru"
    assert wording.pick_language("*;q=0.1", default="ru") == "ru"
    assert wording.pick_language("ar, en", among=("en",)) == "en"
    assert wording.is_right_to_left("he-IL")
    assert not wording.is_right_to_left("ru")
