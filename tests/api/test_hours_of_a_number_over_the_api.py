"""``hours`` of an account: shown as they are kept, changed by the rules of the number's page."""

from __future__ import annotations

from typing import Any

import pytest

from qafila.businesses.models import AuditEntry
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db

WEEK = [[["00:00", "02:00"], ["09:00", "13:00"], ["16:00", "20:00"]], *[[]] * 5, [["22:00", "24:00"]]]


@pytest.fixture
def path(phone_linked_sender: Sender) -> str:
    return f"/api/accounts/{phone_linked_sender.public_id}"


def test_hours_are_shown_set_and_taken_back(call: Any, path: str, phone_linked_sender: Sender) -> None:
    assert call.get(path).json()["hours"] is None
    assert call("PUT", path, {"hours": WEEK}).json()["hours"] == WEEK
    assert call.get(path).json()["hours"] == WEEK
    phone_linked_sender.refresh_from_db()
    assert phone_linked_sender.hours == WEEK
    entry = AuditEntry.objects.filter(action="sender.changed").get()
    assert entry.detail == {"hours": [None, WEEK]}
    assert call("PUT", path, {"name": "Another"}).json()["hours"] == WEEK, "what is not given stays"
    assert call("PUT", path, {"hours": None}).json()["hours"] is None
    assert call("PUT", path, {"hours": [[["00:00", "24:00"]]] * 7}).json()["hours"] is None, "any time"


@pytest.mark.parametrize(
    ("hours", "code"),
    [
        ([[]] * 7, "hours_closed"),
        ([[["09:00", "12:00"], ["11:00", "13:00"]], *[[]] * 6], "hours_overlap"),
        ([[["09:00", "09:00"]], *[[]] * 6], "hours_invalid"),
        ([[["18:00", "09:00"]], *[[]] * 6], "hours_invalid"),
        ([[["9:00", "10:00"]], *[[]] * 6], "hours_invalid"),
        ([[["09:00", "10:00"]]] * 6, "hours_invalid"),
        ("at night", "hours_invalid"),
        ({"monday": [["09:00", "10:00"]]}, "hours_invalid"),
        # The page shows two times of a day; a third one would be lost with the next change there.
        ([[["01:00", "02:00"], ["03:00", "04:00"], ["05:00", "06:00"]], *[[]] * 6], "hours_invalid"),
    ],
)
def test_what_are_no_hours_is_refused(call: Any, path: str, hours: object, code: str) -> None:
    answer = call("PUT", path, {"hours": hours, "name": "Another"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["field"]) == (422, code, "hours")
    assert call.get(path).json()["name"] != "Another", "nothing of the call has an effect"
