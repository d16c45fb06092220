"""What leaves the house: ids, counts and states; texts and numbers only where an endpoint's owner asked for them."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from qafila.events.actions import emit
from qafila.events.kinds import KINDS
from qafila.events.webhooks.models import WebhookDelivery, WebhookMessage
from qafila.events.webhooks.types import TEST, TYPES
from qafila.ledger.models import Batch, Message
from qafila.ledger.states import BatchState, State, Target
from tests.events.webhooks.receivers import Receiver, deliverer, publish_due

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]
CANARY = "Zubaida +201012345678 secret words"


def test_every_type_stands_on_a_kind_of_event_and_is_documented() -> None:
    assert {one.kind for one in TYPES.values()} <= set(KINDS)
    documented = set(
        re.findall(r"^\| `([a-z]+\.[a-z_]+)` \|", (ROOT / "docs/webhooks.md").read_text(), re.MULTILINE)
    )
    assert documented == {*TYPES, TEST}


def test_what_an_event_carries_beside_the_named_fields_stays_here(business, now, add) -> None:
    add()
    with transaction.atomic():
        for one in TYPES.values():
            data: dict[str, Any] = dict.fromkeys(one.fields, "x") | {
                "name_of_person": CANARY,
                "text": CANARY,
            }
            emit(one.kind, business_id=business.pk, subject=("thing", "t-1"), data=data, now=now)
    # Only the handler of webhooks: the others would look for things that are not there.
    from qafila.events.models import Event
    from qafila.events.registry import EventValue
    from qafila.events.webhooks.publishing import publish

    for event in Event.objects.all():
        publish(EventValue(event.pk, event.kind, event.business_id, "thing", "t-1", event.data, event.at))
    told = {one.type: json.loads(one.payload) for one in WebhookMessage.objects.all()}
    assert set(told) == set(TYPES)
    for name, payload in told.items():
        assert "Zubaida" not in json.dumps(payload)
        assert "2010" not in json.dumps(payload).replace(payload["timestamp"], "")
        assert set(payload) == {"type", "timestamp", "businessId", "sequence", "object", "data"}
        assert payload["type"] == name
        assert payload["businessId"] == str(business.public_id)


def test_an_endpoint_hears_only_of_its_own_business_and_its_own_types(
    business, other_business, stranger_actor, now, add, loopback
) -> None:
    from qafila.events.webhooks.actions import create_endpoint

    mine, _ = add(event_types=["contact.opted_out"])
    everything, _ = add()
    create_endpoint(business=other_business, url="http://127.0.0.1:8099/", actor=stranger_actor, now=now)
    with transaction.atomic():
        for kind in ("contact.opted_out", "contact.opted_in"):
            emit(
                kind, business_id=business.pk, subject=("contact", "c-1"), data={"source": "person"}, now=now
            )
    publish_due(now)
    found = WebhookDelivery.objects.values_list("endpoint", "message__type")
    assert sorted(found) == sorted(
        [
            (mine.pk, "contact.opted_out"),
            (everything.pk, "contact.opted_out"),
            (everything.pk, "contact.opted_in"),
        ]
    )


def test_contents_go_only_where_they_were_asked_for_and_are_kept_nowhere(
    dsn, clock, business, now, add, sender
) -> None:
    batch = Batch.objects.create(
        business=business,
        state=BatchState.OPEN,
        target_kind=Target.SENDER,
        target_id=sender.pk,
        priority=1,
        content={},
        created_at=now,
    )
    message = Message.objects.create(
        business_id=business.pk,
        batch_id=batch.pk,
        sender_id=sender.pk,
        state=State.RECEIVED,
        address="201012345678",
        body="secret words",
        created_at=now,
    ).pk
    plain, full = Receiver(), Receiver()

    async def story() -> None:
        async with plain, full, deliverer(dsn, clock) as working:

            def prepare() -> None:
                add(plain.url, event_types=["message.received"])
                _, full.secret = add(full.url, event_types=["message.received"], with_contents=True)
                with transaction.atomic():
                    emit(
                        "message.received",
                        business_id=business.pk,
                        subject=("sender", str(sender.public_id)),
                        data={"sender_id": sender.pk, "message_ids": [message]},
                        now=now,
                    )
                publish_due(now)

            await asyncio.to_thread(prepare)
            await working.round()
            await working.landed()

    asyncio.run(story())
    (bare,), (whole,) = plain.taken, full.taken
    assert bare["data"] == {"messageIds": [str(message)]}
    assert "contents" not in bare
    assert whole["contents"]["messages"][0]["from"] == "+201012345678"
    assert whole["contents"]["messages"][0]["text"] == "secret words"
    assert (bare["id"], full.unsigned) == (whole["id"], 0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m::text FROM events_webhookmessage m UNION ALL SELECT a::text FROM events_webhookattempt a"
        )
        assert not any("secret words" in row[0] for row in cursor.fetchall())


def test_an_answer_is_kept_in_part_without_secrets_and_numbers(dsn, clock, add, happen) -> None:
    from qafila.events.webhooks.models import WebhookAttempt

    answer = b"no: token=abcdef123456 for +20 101 234 5678 \x00\x1b[31m" + b"x" * 5000
    receiver = Receiver(lambda _: 500, answer_body=answer)

    async def story() -> None:
        async with receiver, deliverer(dsn, clock) as working:
            await asyncio.to_thread(lambda: (add(receiver.url), happen()))
            await working.round()
            await working.landed()

    asyncio.run(story())
    kept = WebhookAttempt.objects.get().snippet
    assert len(kept) <= 1000
    assert "abcdef123456" not in kept
    assert "2345678" not in kept.replace(" ", "")
    assert "\x00" not in kept
    assert "\x1b" not in kept


def test_old_deliveries_go_and_waiting_ones_stay(now, add, happen) -> None:
    from datetime import timedelta

    from qafila.events.webhooks.models import DeliveryState
    from qafila.events.webhooks.retention import remove_old

    add()
    happen(3)
    done, _failed, _waiting = WebhookDelivery.objects.order_by("pk")
    WebhookDelivery.objects.filter(pk=done.pk).update(state=DeliveryState.DELIVERED, next_at=None)
    WebhookDelivery.objects.filter(pk=_failed.pk).update(state=DeliveryState.FAILED, next_at=None)
    done.attempts.create(at=now, ms=1, status=200)
    assert remove_old(before=now, limit=100) == 0
    assert remove_old(before=now + timedelta(seconds=1), limit=1) == 1
    assert remove_old(before=now + timedelta(seconds=1), limit=100) == 1
    assert list(WebhookDelivery.objects.values_list("pk", flat=True)) == [_waiting.pk]
    assert WebhookMessage.objects.count() == 1
