"""Who unsubscribed and whose window is shut is no work for the forecast, and what went out today leaves less for today."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from qafila.contacts.actions import opt_out
from qafila.dispatch.forecast import forecast_batch
from qafila.dispatch.models import Lane
from qafila.dispatch.waiting import waiting
from qafila.ledger.models import Batch, Message, Window
from qafila.ledger.states import Target
from qafila.senders.models import Sender
from tests.dispatch.conftest import TEXT

pytestmark = pytest.mark.django_db
Number = Callable[..., Sender]
Contract = Callable[..., Batch]


def people(batch: Batch) -> list[int]:
    rows = Message.objects.filter(batch_id=batch.pk).order_by("id")
    return list(rows.values_list("contact_id", flat=True))


def test_an_opt_out_and_a_closed_window_are_listed_and_not_sent(number: Number, contract: Contract) -> None:
    now = datetime.now(UTC)
    sender = number()
    batch = contract((Target.SENDER, sender.pk), 5, start=False, content=TEXT)
    first, second, *_, last = people(batch)
    for person in people(batch):
        if person not in (second, last):  # these two wrote nothing lately
            Window.objects.create(
                sender_id=sender.pk, contact_id=person, business_id=batch.business_id, last_inbound_at=now
            )
    for person in (first, last):  # the last one is both: it is counted once
        assert opt_out(business_id=batch.business_id, contact_id=person, source="message", now=now)

    seen = forecast_batch(batch.pk, now=now)
    assert list(seen.waits) == [("opted_out", 2), ("window_closed", 1)]
    assert list(seen.per_sender) == [(sender.name, 2)]
    skipped = {line.code: line.count for line in waiting(batch, now=now) if line.is_skip}
    assert skipped == dict(seen.waits)


def lane_with(sender: Sender, hours: dict[int, int]) -> None:
    human: dict[str, Any] = {"recent": [], "hours": hours, "since_rest": 0, "free_at": 0.0}
    Lane.objects.update_or_create(
        sender=sender, defaults={"business_id": sender.business_id, "pace": {"human": human}}
    )


def test_what_was_sent_today_counts_against_the_day(number: Number, contract: Contract) -> None:
    now = datetime.now(UTC)
    sender = number("memory", in_use_since=now)
    batch = contract((Target.SENDER, sender.pk), 600, start=False)
    ((code, held),) = forecast_batch(batch.pk, now=now).waits
    room = 600 - held
    assert code == "pace_day"
    assert room >= 50, "what a new number may send on its first day"

    hour = int(now.timestamp() // 3600)
    lane_with(sender, {hour - 1: 20, hour: 10, hour - 30: 500})
    assert list(forecast_batch(batch.pk, now=now).waits) == [("pace_day", held + 30)]

    lane_with(sender, {hour: room + 5})
    assert list(forecast_batch(batch.pk, now=now).waits) == [("pace_day", 600)]
