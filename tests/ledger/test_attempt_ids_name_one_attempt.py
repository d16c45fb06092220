"""An attempt's id comes back from a provider as it went; nothing else is taken for one of ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qafila.ledger import attempt_ids

KEY = "a1b2c3d4e5"


@given(message_id=st.integers(1, 2**63 - 1), number=st.integers(1, 2**15 - 1))
def test_it_comes_back_as_it_went(message_id: int, number: int) -> None:
    made = attempt_ids.make(KEY, message_id, number)
    assert len(made) <= 64
    assert attempt_ids.read(made, KEY) == (message_id, number)
    assert attempt_ids.read(made, "a1b2c3d4e6") is None


@pytest.mark.parametrize(
    "text",
    [
        *(None, 7, b"q.a1b2c3d4e5.1.1", "", "q", "q.a1b2c3d4e5.1", "q.a1b2c3d4e5.1.1.1", "Q.a1b2c3d4e5.1.1"),
        *(
            "q.a1b2c3d4e5.01.1",
            "q.a1b2c3d4e5.1.01",
            "q.a1b2c3d4e5.0.1",
            "q.a1b2c3d4e5.1.0",
            "q.a1b2c3d4e5.A.1",
        ),
        *("q.a1b2c3d4e5.1y2p0ij32e8e8.1", "q.a1b2c3d4e5.1.32768", "q.a1b2c3d4e5.1.1\n", "q.a1b2c3d4e5.١.1"),
        *("q.a1b2c3d4e5.-1.1", " q.a1b2c3d4e5.1.1", "q..1.1", "x" * 100_000),
    ],
)
def test_nothing_else_is_taken_for_one(text: object) -> None:
    assert attempt_ids.read(text, KEY) is None


@pytest.mark.parametrize(
    ("key", "message_id", "number"), [("", 1, 1), ("a.b", 1, 1), (KEY, 0, 1), (KEY, 1, 0)]
)
def test_what_could_not_be_read_back_is_not_made(key: str, message_id: int, number: int) -> None:
    with pytest.raises(ValueError, match="attempt id"):
        attempt_ids.make(key, message_id, number)
