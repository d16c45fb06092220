"""What a gateway says of the link to a phone when it is asked: in the words of its webhooks, and only what is certain."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from qafila.providers.interface import OtherEvent
from tests.providers.conformance.fake import said
from tests.providers.conformance.sides.baileys import BaileysSide, baileys_side
from tests.providers.conformance.sides.evolution import evolution_side
from tests.providers.conformance.sides.waha import SESSION, waha_side
from tests.providers.conformance.sides.wppconnect import wppconnect_side

LOCK = {"active": True, "until": "2026-11-22T10:00:00.000Z", "type": "WEB_COMPANION_ONLY"}
NO_LOCK = {"active": False, "until": None, "type": ""}
END = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("CONNECTED", "connected"),
        ("CLOSED", "logged_out"),
        ("QRCODE", "logged_out"),
        ("INITIALIZING", ""),
        ("notLogged", "logged_out"),
        ("TOS_BLOCK", "banned"),
    ],
)
async def test_a_wppconnect_session(state: str, code: str) -> None:
    async with wppconnect_side() as side:
        side.server.state = state
        found = await side.provider.status(side.credentials)
    notices = found.notices
    assert found.away is (state == "INITIALIZING")
    assert [one.code for one in notices] == ([code] if code else [])
    assert {one.ref for one in notices} <= {side.credentials.sender_ref}


@pytest.mark.parametrize(
    ("state", "lock", "codes"),
    [
        ("WORKING", None, ["connected"]),
        ("SCAN_QR_CODE", None, ["logged_out"]),
        ("STARTING", None, []),
        ("WORKING", {"isActive": True, "timeEnforcementEnds": "1795341600"}, ["connected", "time_locked"]),
        ("WORKING", {"isActive": True, "timeEnforcementEnds": 1795341600000}, ["connected", "time_locked"]),
        ("WORKING", {"isActive": True, "timeEnforcementEnds": "2026-11-22T10:00:00.000Z"}, ["connected", "time_locked"]),
        ("WORKING", {"isActive": False}, ["connected", "unlocked"]),
        ("WORKING", {"isActive": "yes"}, ["connected"]),
    ],
)  # fmt: skip
async def test_a_waha_session_and_its_time_lock(state: str, lock: Any, codes: list[str]) -> None:
    async with waha_side() as side:
        found = {"name": SESSION, "status": state, "me": {"id": "5511@c.us", "reachoutTimelock": lock}}
        side.gateway.reply = lambda _: said(200, found)
        status = await side.provider.status(side.credentials)
    notices = status.notices
    assert status.away is (state == "STARTING")
    assert [one.code for one in notices] == codes
    assert {one.until for one in notices if one.code == "time_locked"} <= {END}


@pytest.mark.parametrize("ends", [None, "", "soon", True, [], 1e300, -5, "\ud800", 10**30])
async def test_an_end_that_is_none_is_left_out(ends: Any) -> None:
    from qafila.providers.waha.webhooks import notices_of

    (notice,) = notices_of(SESSION, "", {"isActive": True, "timeEnforcementEnds": ends})
    assert notice.until is None or notice.until.year == 1970


@pytest.mark.parametrize(
    ("state", "code"), [("open", "connected"), ("close", "logged_out"), ("connecting", "")]
)
async def test_an_evolution_instance(state: str, code: str) -> None:
    async with evolution_side() as side:
        side.gateway.reply = lambda _: said(200, {"instance": {"instanceName": "s1", "state": state}})
        found = await side.provider.status(side.credentials)
    notices = found.notices
    assert found.away is (state == "connecting")
    assert [one.code for one in notices] == ([code] if code else [])


async def _baileys(side: BaileysSide, **view: Any) -> list[str]:
    side.answers.view |= view
    return [one.code for one in (await side.provider.status(side.credentials)).notices]


@pytest.mark.parametrize(
    ("state", "away"),
    [("open", False), ("connecting", True), ("waiting", True), ("qr", False), ("stopped", False)],
)
async def test_a_baileys_session_that_is_away(state: str, away: bool) -> None:
    async with baileys_side() as side:
        side.answers.view |= {"state": state}
        assert (await side.provider.status(side.credentials)).away is away


async def test_a_baileys_session() -> None:
    async with baileys_side() as side:
        assert await _baileys(side) == ["connected"], "an unlocked view may only be a young one"
        assert await _baileys(side, time_lock=LOCK) == ["connected", "time_locked"]
        capping = {"status": "FIRST_WARNING", "total": 100, "used": 85, "until": None}
        assert await _baileys(side, time_lock=NO_LOCK, capping=capping) == ["connected", "chats_counted"]
        closed = {"state": "stopped", "reason": "logged_out", "capping": {"status": "NONE"}}
        assert await _baileys(side, **closed) == ["logged_out"]
        assert await _baileys(side, state="closed", reason="", linked=False) == ["logged_out"]
        assert await _baileys(side, state="closed", reason="", linked=True) == []


def _told(event_type: str, **fields: Any) -> OtherEvent:
    from qafila.providers.baileys import webhooks

    event = {"id": "e1", "type": event_type, "at": 1795255200, **fields}
    (found,) = webhooks.parse(
        json.dumps({"gateway": "baileys", "session": "main", "events": [event]}).encode()
    )
    assert isinstance(found, OtherEvent)
    return found


@pytest.mark.parametrize(
    ("capping", "code", "used"),
    [
        ({"status": "NONE", "total": 200, "used": 40}, "chats_counted", 0.2),
        ({"status": "FIRST_WARNING", "total": 200, "used": 170}, "chats_counted", 0.85),
        ({"status": "FIRST_WARNING", "total": 0, "used": 0}, "chats_counted", 0.8),
        ({"status": "SECOND_WARNING"}, "chats_counted", 0.9),
        ({"status": "SECOND_WARNING", "total": 10, "used": 12}, "chats_counted", 1.0),
        ({"status": "NONE", "total": 0, "used": 0}, "chats_counted", None),
        ({"status": "NONE", "total": True, "used": -3}, "chats_counted", None),
        ({"status": "CAPPED", "total": 200, "used": 200}, "capped", 1.0),
    ],
)
def test_every_word_on_the_quota_is_a_notice(capping: Any, code: str, used: float | None) -> None:
    (notice,) = _told("session.capping", capping=capping).notices
    assert (notice.code, notice.used) == (code, used)  # type: ignore[union-attr]


def test_a_lock_that_is_lifted_is_a_notice() -> None:
    assert [one.code for one in _told("session.time_lock", time_lock=LOCK).notices] == ["time_locked"]  # type: ignore[union-attr]
    assert [one.code for one in _told("session.time_lock", time_lock=NO_LOCK).notices] == ["unlocked"]  # type: ignore[union-attr]
    assert not _told("session.time_lock", time_lock={"active": "no"}).notices
