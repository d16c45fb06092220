"""From a webhook of the gateway to the health of the number: the quota of new conversations, and a lock that is lifted."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qafila.dispatch.health_rounds import HealthRounds
from qafila.providers.baileys import webhooks
from qafila.providers.interface import OtherEvent
from qafila.senders.models import Score, Sender, SenderHealth

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2036, 11, 21, 12, 2, 30, tzinfo=UTC)
"""After the real time, at which rows say they were changed: a number changed since its last look is looked at at once."""
HOUR = timedelta(hours=1)


def told(sender: Sender, kind: str, at: datetime, **fields: Any) -> None:
    """What the gateway sends, read and heeded."""
    from qafila.senders.actions.news import heed

    event = {"id": "e1", "type": kind, "at": int(at.timestamp()), **fields}
    raw = json.dumps({"gateway": "baileys", "session": sender.ref, "events": [event]}).encode()
    (found,) = webhooks.parse(raw)
    assert isinstance(found, OtherEvent)
    assert sender.provider_account_id is not None
    for notice in found.notices:
        heed(account_id=sender.provider_account_id, notice=notice, at=found.at or at, now=at)


def quota(status: str, used: int, until: datetime | None = None) -> dict[str, Any]:
    found = {"status": status, "total": 200, "used": used}
    return {"capping": {**found, "until": until.isoformat() if until else None}}


def lock(*, active: bool, until: datetime | None = None) -> dict[str, Any]:
    return {"time_lock": {"active": active, "until": until.isoformat() if until else None, "type": "DEFAULT"}}


def why(sender: Sender, now: datetime) -> list[tuple[str, int]]:
    HealthRounds().look(now=now)
    reasons = Score.objects.get(sender=sender).reasons
    return [(one["code"], one["weight"]) for one in reasons if one["weight"]]


def test_a_warning_lowers_the_score_and_the_next_cycle_ends_it(number: Callable[..., Sender]) -> None:
    sender = number("baileys")
    told(sender, "session.capping", NOW, **quota("NONE", 40))
    assert why(sender, NOW) == []
    told(sender, "session.capping", NOW + HOUR, **quota("FIRST_WARNING", 170, NOW + 9 * HOUR))
    assert why(sender, NOW + HOUR) == [("health_new_chats", 10)]
    params = Score.objects.get(sender=sender).reasons[0]["params"]
    assert params == {"percent": 85}
    sender.refresh_from_db()
    assert sender.state == "ready", "a warning is no rest"
    assert why(sender, NOW + 10 * HOUR) == []


def test_a_quota_that_is_used_up_rests_until_its_end(number: Callable[..., Sender]) -> None:
    sender = number("baileys")
    told(sender, "session.capping", NOW, **quota("CAPPED", 200, NOW + 5 * HOUR))
    assert ("health_new_chats", 20) in why(sender, NOW)
    sender.refresh_from_db()
    assert (sender.state, sender.state_reason, sender.rest_until) == (
        "resting",
        "phone_capped",
        NOW + 5 * HOUR,
    )
    assert "health_new_chats" not in dict(why(sender, NOW + 6 * HOUR))


def test_a_new_cycle_ends_the_rest(number: Callable[..., Sender]) -> None:
    sender = number("baileys")
    told(sender, "session.capping", NOW, **quota("CAPPED", 200))
    told(sender, "session.capping", NOW + HOUR, **quota("NONE", 0))
    sender.refresh_from_db()
    assert (sender.state, sender.rest_until) == ("ready", None)
    assert why(sender, NOW + HOUR) == []


def test_a_lock_that_is_lifted_early_ends_its_rest(number: Callable[..., Sender]) -> None:
    sender = number("baileys")
    told(sender, "session.time_lock", NOW, **lock(active=True, until=NOW + 20 * HOUR))
    assert ("health_time_lock", 50) in why(sender, NOW)
    sender.refresh_from_db()
    assert sender.state == "resting"
    told(sender, "session.time_lock", NOW + HOUR, **lock(active=False))
    sender.refresh_from_db()
    assert (sender.state, sender.state_reason, sender.rest_until) == ("ready", "", None)
    assert why(sender, NOW + HOUR) == []


def test_only_that_rest_ends_and_nobodys_pause(number: Callable[..., Sender]) -> None:
    from qafila.businesses.actor import system_actor
    from qafila.senders.actions import pause_sender
    from qafila.senders.actions.states import rest_sender, resume_sender

    sender = number("baileys")
    rest_sender(sender_id=sender.pk, until=NOW + 30 * HOUR, reason="baileys.463", now=NOW)
    told(sender, "session.time_lock", NOW, **lock(active=True, until=NOW + 20 * HOUR))
    told(sender, "session.time_lock", NOW + HOUR, **lock(active=False))
    sender.refresh_from_db()
    assert (sender.state, sender.state_reason) == ("resting", "baileys.463")

    other = number("baileys")
    told(other, "session.time_lock", NOW, **lock(active=True, until=NOW + 20 * HOUR))
    other.refresh_from_db()
    actor = system_actor(other.business)
    pause_sender(sender=other, by="person", actor=actor, now=NOW)
    told(other, "session.time_lock", NOW + HOUR, **lock(active=False))
    other.refresh_from_db()
    assert (other.state, other.rest_until, other.rest_reason) == ("paused", None, "")
    resume_sender(sender=other, actor=actor, now=NOW + HOUR)
    assert other.state == "ready"


def test_an_end_without_a_word_on_it_is_no_end(number: Callable[..., Sender]) -> None:
    sender = number("baileys")
    SenderHealth.objects.create(sender=sender, details={"new_chats_used": 0.9, "new_chats_until": "soon"})
    assert why(sender, NOW) == [("health_new_chats", 10)]
