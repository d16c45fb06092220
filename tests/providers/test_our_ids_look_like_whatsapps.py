"""Our id of an attempt, inside a WhatsApp message id."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from qafila.ledger import attempt_ids
from qafila.providers import own_ids

KEYS = st.text("0123456789abcdef", min_size=10, max_size=10)


@given(KEYS, st.integers(1, 2**63 - 1), st.integers(1, 255))
def test_every_attempt_comes_back(key: str, message: int, number: int) -> None:
    attempt = attempt_ids.make(key, message, number)
    own = own_ids.message_id(attempt)
    assert re.fullmatch(r"3EB0[0-9A-F]{18,34}", own)
    assert own_ids.attempt_id(own) == attempt


@given(st.text(max_size=60))
def test_other_texts_have_an_id_that_names_nothing(text: str) -> None:
    own = own_ids.message_id(text)
    assert own_ids.attempt_id(own) in (None, text)
    assert len(own) <= 40
    assert own_ids.attempt_id(text) is None or own_ids.message_id(own_ids.attempt_id(text) or "") == text


def test_one_changed_digit_is_not_ours() -> None:
    own = own_ids.message_id("q.0123456789.1b.1")
    for place in range(len(own)):
        other = "0" if own[place] != "0" else "1"
        assert own_ids.attempt_id(own[:place] + other + own[place + 1 :]) is None
