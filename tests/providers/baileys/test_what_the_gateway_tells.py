"""Each event of the gateway in our words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from qafila.providers.baileys import webhooks
from qafila.providers.interface import (
    BadItem,
    EchoEvent,
    Failure,
    InboundEvent,
    OtherEvent,
    Receipt,
    StatusEvent,
)
from qafila.providers.notices import LinkNotice
from tests.providers.conformance.sides.baileys import event, hook, inbound, status

AT = datetime.fromtimestamp(1763719200, UTC)


def one(found: dict[str, Any]) -> Any:
    [read] = webhooks.parse(hook(found))
    return read


def test_receipts() -> None:
    read = one(status("q.k.1.1", "3EB0A1", "read"))
    assert isinstance(read, StatusEvent)
    assert (read.receipt, read.attempt_id, read.at) == (Receipt.READ, "q.k.1.1", AT)
    locked = one(status("q.k.1.2", "3EB0A2", "failed", "463"))
    assert locked.error.failure is Failure.RESTING
    assert one(status("q.k.1.3", "3EB0A3", "failed", "999")).error.failure is Failure.RECIPIENT
    assert isinstance(one(status("q.k.1.4", "3EB0A4", "unheard-of")), BadItem)


def test_a_person_whose_number_is_hidden_is_known_by_what_lasts() -> None:
    read = one(event("message.received", message=inbound("Hi", **{"from": "", "lid": "777777777"})))
    assert isinstance(read, InboundEvent)
    assert (read.address, dict(read.aliases)) == ("", {"lid": "777777777"})
    both = one(event("message.received", message=inbound("Hi", lid="777777777")))
    assert (both.address, dict(both.aliases)) == ("16505551234", {"lid": "777777777"})
    assert isinstance(one(event("message.received", message=inbound("Hi", **{"from": ""}))), BadItem)


def test_what_else_a_message_says() -> None:
    media = {"mime": "audio/ogg", "filename": "", "voice": True, "size": 7}
    read = one(event("message.received", message=inbound("", kind="audio", media=media, forwarded=True)))
    assert read.detail == {
        "media": {"mime": "audio/ogg", "filename": "", "voice": True},
        "forwarded": True,
    }
    pressed = one(event("message.received", message=inbound("Stop", kind="button", choice="STOP")))
    assert (pressed.kind, pressed.choice, pressed.opens_window) == ("button", "STOP", True)
    taken_back = one(event("message.received", message=inbound("", kind="revoke", original="3A1")))
    assert (taken_back.detail, taken_back.opens_window) == ({"original": "3A1"}, False)
    poll = one(event("message.received", message=inbound("", kind="unsupported", unknown="pollCreation")))
    assert poll.unknown == "pollCreation"


def test_what_the_business_wrote_on_its_phone_is_an_echo() -> None:
    read = one(event("message.echo", message=inbound("by hand")))
    assert isinstance(read, EchoEvent)
    assert (read.text, read.address) == ("by hand", "16505551234")


@pytest.mark.parametrize(
    ("state", "reason", "code"),
    [
        ("open", "", "connected"),
        ("waiting", "timed_out", "disconnected"),
        ("stopped", "logged_out", "logged_out"),
        ("closed", "logged_out", "logged_out"),
        ("stopped", "replaced", "logged_out"),
        ("stopped", "unknown_799", "logged_out"),
        ("stopped", "banned", "banned"),
        ("stopped", "temporarily_banned", "banned"),
        ("stopped", "qr_not_scanned", ""),
        ("closed", "", ""),
    ],
)
def test_the_state_of_the_link_is_news(state: str, reason: str, code: str) -> None:
    read = one(event("session.state", state=state, reason=reason, phone="15550001111"))
    assert isinstance(read, OtherEvent)
    assert [notice.code for notice in read.notices if isinstance(notice, LinkNotice)] == (
        [code] if code else []
    )
    assert "15550001111" not in repr(read)


def test_restrictions_of_the_account_make_it_rest() -> None:
    until = "2026-11-22T10:00:00.000Z"
    lock = one(event("session.time_lock", time_lock={"active": True, "until": until, "type": "BIZ_QUALITY"}))
    at = datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert list(lock.notices) == [LinkNotice("time_locked", "main", "BIZ_QUALITY", at)]
    over = one(event("session.time_lock", time_lock={"active": False, "until": None, "type": ""}))
    assert list(over.notices) == [LinkNotice("unlocked", "main")]
    capped = one(
        event("session.capping", capping={"status": "CAPPED", "total": 9, "used": 9, "until": until})
    )
    assert list(capped.notices) == [LinkNotice("capped", "main", "CAPPED", at, used=1.0)]
    warned = one(event("session.capping", capping={"status": "FIRST_WARNING", "until": until}))
    assert list(warned.notices) == [LinkNotice("chats_counted", "main", "FIRST_WARNING", at, used=0.8)]


def test_one_bad_event_does_not_cost_the_others() -> None:
    found = webhooks.parse(hook(status("a", "3EB0A1", "read"), {"type": 7}, event("something.new", x=1)))
    assert [type(read) for read in found] == [StatusEvent, BadItem, OtherEvent]
