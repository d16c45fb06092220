"""A row of a posted contract, whatever was posted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qafila.campaigns.rules.content import content_for
from qafila.campaigns.rules.duplicates import content_hash, mark_duplicates
from qafila.campaigns.rules.recipients import LONGEST_ADDRESS, LONGEST_GIVEN, LONGEST_MESSAGE, read_recipient
from qafila.campaigns.rules.results import ROW_WORDS, error_code, is_rejection
from qafila.ledger.states import State
from qafila.wording import is_known, say

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(alphabet=st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(["phoneNumber", "message", "name", "params", "components"]) | st.text(max_size=6)


def _read(raw: Any, *, region: str | None = None, templated: bool = False) -> Any:
    return read_recipient(raw, 1, region=region, templated=templated)


@given(ANYTHING | st.dictionaries(NAMES, ANYTHING | st.just("79991234567"), max_size=5), st.booleans())
def test_nothing_that_can_be_posted_breaks_the_reading(raw: object, templated: bool) -> None:
    row = _read(raw, region="EG", templated=templated)
    for text in (row.given, row.body, row.name, row.digits):
        assert "\x00" not in text
        text.encode()  # can be stored
    assert len(row.given) <= LONGEST_GIVEN
    assert len(row.digits) <= LONGEST_ADDRESS
    assert len(row.body) <= LONGEST_MESSAGE
    if row.reason:
        assert is_known(row.reason)
        assert is_rejection(row.reason)
        said = say(row.reason, "en", **ROW_WORDS.get(row.reason, {}))
        assert "``" not in said.sentence
    else:
        assert row.digits
        assert row.body.strip() or row.params


@pytest.mark.parametrize(
    ("given", "region", "digits", "reason"),
    [
        ("79991234567", None, "79991234567", ""),
        ("79991234567", "IL", "79991234567", ""),
        ("+7 (999) 123-45-67", None, "79991234567", ""),
        ("0079991234567", None, "79991234567", ""),
        ("01012345678", "EG", "201012345678", ""),
        ("01012345678", None, "", "phone.country_missing"),
        ("201012345678", "RU", "201012345678", ""),
        ("٠١٠١٢٣٤٥٦٧٨", "EG", "201012345678", ""),
        ("9.72E+11", "IL", "", "phone.spreadsheet_damage"),
        ("", None, "", "phone.empty"),
        (None, None, "", "phone.empty"),
        (79991234567, None, "", "wrong_type"),
    ],
)
def test_digits_that_are_an_international_number_are_that(
    given: Any, region: str | None, digits: str, reason: str
) -> None:
    row = _read({"phoneNumber": given, "message": "x"}, region=region)
    assert (row.digits, row.reason) == (digits, reason)


def test_the_number_is_kept_as_it_was_given() -> None:
    assert _read({"phoneNumber": "+7 999 123 45 67", "message": "x"}).given == "+7 999 123 45 67"


def test_a_message_has_at_most_4096_characters() -> None:
    assert _read({"phoneNumber": "79991234567", "message": "я" * 4096}).reason == ""
    row = _read({"phoneNumber": "79991234567", "message": "я" * 4097})
    assert (row.reason, row.wrong, row.words["limit"]) == ("message_too_long", "message", 4096)


def test_parameters_need_a_template() -> None:
    raw = {"phoneNumber": "79991234567", "message": "x", "params": ["a"]}
    assert _read(raw).reason == "invalid_value"
    assert _read(raw, templated=True).params == ["a"]
    assert _read({**raw, "params": {"first": "a"}}, templated=True).params == {"first": "a"}
    for wrong in ([1], {}, [], "a", {"a": None}, ["x" * 1025], ["a"] * 51):
        assert _read({**raw, "params": wrong}, templated=True).reason


def test_the_same_words_to_the_same_number_are_sent_once() -> None:
    rows = [
        read_recipient({"phoneNumber": number, "message": text}, place, region=None, templated=False)
        for place, (number, text) in enumerate(
            [
                ("79991234567", "a"),
                ("+7 999 123 45 67", "a"),
                ("79991234567", "b"),
                ("79991234568", "a"),
                ("1", "a"),
                ("1", "a"),
            ],
            start=1,
        )
    ]
    several = mark_duplicates(rows)
    assert [row.reason for row in rows] == ["", "duplicate", "", "", "phone.too_short", "phone.too_short"]
    assert rows[1].words == {"row": 1}
    assert (several.people, list(several.rows)) == (1, [(3, 1)])


def _rows(*texts: str, number: str = "79991234567") -> list[Any]:
    return [
        read_recipient({"message": text, "phoneNumber": number}, place, region=None, templated=False)
        for place, text in enumerate(texts, start=1)
    ]


def test_the_hash_of_a_contract_is_of_its_account_and_rows() -> None:
    first = content_hash("x", _rows("a", "b"))
    assert first == content_hash("x", _rows("a", "b"))
    assert first != content_hash("y", _rows("a", "b"))
    assert first != content_hash("x", _rows("b", "a"))
    assert first != content_hash("x", _rows("a", "b", number="79991234568"))
    assert len(content_hash("x", _rows("half \ud800"))) == 32


@pytest.mark.parametrize(
    ("state", "reason", "code"),
    [
        (State.SKIPPED, "phone.too_short", "invalid_number"),
        (State.SKIPPED, "opted_out", "opted_out"),
        (State.UNCERTAIN, "provider.response_lost", "uncertain"),
        (State.CANCELLED, None, "cancelled"),
        (State.FAILED, None, "failure.unknown"),
    ],
)
def test_what_the_error_message_says(state: State, reason: str | None, code: str) -> None:
    assert error_code(state, reason) == code


def test_an_official_number_carries_the_message_in_a_template() -> None:
    default, chosen = {"name": "d", "language": "en"}, {"name": "c", "language": "ru", "variable": "text"}
    assert content_for(chosen=None, default=None, official=True) == {"kind": "text"}
    assert content_for(chosen=None, default=default, official=True)["name"] == "d"
    assert content_for(chosen=None, default=default, official=False) == {"kind": "text"}
    assert content_for(chosen=chosen, default=default, official=True)["variable"] == "text"
