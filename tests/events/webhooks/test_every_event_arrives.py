"""Promise 29: at least once, signed, with ids that stay, in an order a receiver can restore, over failures and hours."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest

from qafila.events.webhooks.actions import switch_on
from qafila.events.webhooks.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookMessage,
)
from qafila.events.webhooks.resending import resend_since
from qafila.events.webhooks.rules.schedule import WAITS, wait_after
from tests.events.webhooks.receivers import Receiver, deliverer, publish_due, run_until

pytestmark = pytest.mark.django_db(transaction=True)


def work(dsn: str, clock: Any, receiver: Receiver, end: Any, *, prepare: Any = None, **given: Any) -> None:
    """The receiver and the worker, until a moment."""

    async def both() -> None:
        async with receiver, deliverer(dsn, clock, **given) as working:
            if prepare:
                await asyncio.to_thread(prepare, receiver)
            await run_until(working, clock, end)

    asyncio.run(both())


def test_a_receiver_that_fails_a_third_hangs_and_is_off_for_six_hours_gets_everything(
    dsn, clock, now, add, happen
) -> None:
    chance = random.Random(7)
    dead_until = now + timedelta(hours=6)

    def mood(_: int) -> int | str:
        if clock.now() < dead_until:
            return "reset"
        roll = chance.random()
        return 503 if roll < 0.2 else "hang" if roll < 0.25 else "reset" if roll < 0.3 else 200

    receiver = Receiver(mood)

    def prepare(served: Receiver) -> None:
        _, served.secret = add(served.url)
        for number in range(20):
            happen(subject=f"s-{number % 4}", source=f"state-{number}")

    work(dsn, clock, receiver, now + timedelta(hours=110), prepare=prepare, seconds=0.3)
    sent = dict(WebhookMessage.objects.values_list("public_id", "event_id"))
    assert len(sent) == 20
    assert {one["id"] for one in receiver.taken} == set(sent)
    assert set(receiver.seen) == set(sent), "an id changed between two tries"
    assert len(receiver.seen) > 40
    assert receiver.unsigned == 0
    assert set(WebhookDelivery.objects.values_list("state", "next_at")) == {("delivered", None)}
    for subject in {one["object"]["id"] for one in receiver.taken}:
        of_one = sorted(
            (o for o in receiver.taken if o["object"]["id"] == subject), key=lambda o: o["sequence"]
        )
        states = list(dict.fromkeys(int(o["data"]["source"].removeprefix("state-")) for o in of_one))
        assert states == sorted(states), "the sequence does not restore the order"


def test_the_schedule_is_as_written_and_then_it_is_a_failure(dsn, clock, now, add, happen) -> None:
    receiver = Receiver(lambda _: 500)

    def prepare(served: Receiver) -> None:
        add(served.url)
        happen()

    work(dsn, clock, receiver, now + timedelta(hours=115), prepare=prepare)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.next_at, delivery.tries) == ("failed", None, 11)
    times = list(WebhookAttempt.objects.order_by("pk").values_list("at", flat=True))
    assert times[0] == now
    for before, after, planned in zip(times[:-1], times[1:], WAITS, strict=True):
        # The clock of this test steps by five minutes.
        assert planned * 0.9 <= after - before <= planned * 1.1 + timedelta(minutes=5)
    assert wait_after(11, random.Random(1)) is None


def test_what_an_endpoint_asks_for_is_heeded_within_reason() -> None:
    assert wait_after(1, random.Random(1), asked=120) == timedelta(seconds=120)
    assert wait_after(1, random.Random(1), asked=1e6) == timedelta(hours=1)


def test_a_wait_that_no_calendar_holds_is_none(dsn, clock, now, add, happen) -> None:
    """Read as a date it overflows; the try was once never written down, and made anew each minute for ever."""
    zone = "+99999999999999999999"
    receiver = Receiver(lambda _: 503, answer_headers=f"retry-after: Mon, 01 Jan 2024 00:00:00 {zone}\r\n")

    def prepare(served: Receiver) -> None:
        add(served.url)
        happen()

    work(dsn, clock, receiver, now, prepare=prepare)
    assert [one.code for one in WebhookAttempt.objects.all()] == ["answer_not_ok"]
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.tries) == ("pending", 1)


def test_a_fault_of_ours_counts_as_a_try_so_that_the_schedule_ends_it(
    dsn, clock, now, add, happen, caplog
) -> None:
    """The payload that lies in the table is none, as after a change of the program: nobody could foresee what is raised."""
    receiver = Receiver()

    def prepare(served: Receiver) -> None:
        add(served.url, with_contents=True)
        happen()
        WebhookMessage.objects.update(payload="[]")

    work(dsn, clock, receiver, now + timedelta(hours=115), prepare=prepare)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.next_at, delivery.tries) == ("failed", None, 11)
    assert {one.code for one in WebhookAttempt.objects.all()} == {"fault_of_ours"}
    assert receiver.seen == []
    assert "TypeError" in caplog.text


def test_sending_a_span_again_is_one_statement_however_much_it_holds(now, add, happen, owner_actor) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    endpoint, _ = add()
    happen(30)
    WebhookDelivery.objects.update(state="failed", next_at=None, tries=11)
    later = now + timedelta(hours=1)
    with CaptureQueriesContext(connection) as asked:
        count = resend_since(endpoint=endpoint, since=now, until=later, actor=owner_actor, now=later)
    assert count == 30
    about = [one["sql"] for one in asked if "delivery" in one["sql"] and "notify" not in one["sql"].lower()]
    assert len(about) == 1
    assert len(about[0]) < 2_000, "the ids travel to the database and back"
    assert set(WebhookDelivery.objects.values_list("state", "next_at", "tries")) == {("pending", later, 0)}


def test_five_days_of_failures_switch_it_off_and_what_it_missed_is_sent_on_demand(
    dsn, clock, now, add, happen, owner_actor
) -> None:
    is_dead = True
    receiver = Receiver(lambda _: 500 if is_dead else 200)
    steps: list[str] = []

    def prepare(served: Receiver) -> None:
        add(served.url, event_types=["contact.opted_in"])

    async def story() -> None:
        nonlocal is_dead
        async with receiver, deliverer(dsn, clock) as working:
            await asyncio.to_thread(prepare, receiver)
            for day in range(6):
                at = now + timedelta(days=day)
                await asyncio.to_thread(happen, at=at, subject=f"day-{day}")
                await run_until(working, clock, at + timedelta(days=1), step=3600)
            endpoint = await asyncio.to_thread(WebhookEndpoint.objects.get)
            assert (endpoint.state, endpoint.disabled_reason) == ("disabled", "failing")
            assert endpoint.disabled_at is not None
            off_after = endpoint.disabled_at - now
            assert timedelta(hours=120) <= off_after <= timedelta(hours=130)
            seen = len(receiver.seen)
            await asyncio.to_thread(happen, at=clock.now(), subject="while off")
            await run_until(working, clock, clock.now() + timedelta(hours=1))
            assert len(receiver.seen) == seen
            is_dead = False
            await asyncio.to_thread(lambda: switch_on(endpoint=endpoint, actor=owner_actor, now=clock.now()))
            endpoint = await asyncio.to_thread(WebhookEndpoint.objects.get)
            count = await asyncio.to_thread(
                lambda: resend_since(endpoint=endpoint, since=now, actor=owner_actor, now=clock.now())
            )
            steps.append(str(count))
            await run_until(working, clock, clock.now() + timedelta(minutes=1))

    asyncio.run(story())
    assert {one["object"]["id"] for one in receiver.taken} == {*(f"day-{n}" for n in range(6)), "while off"}
    assert steps == ["7"]


def test_its_owner_is_alerted_and_told_when_it_is_over(dsn, clock, now, add, happen, owner_actor) -> None:
    from qafila.alerts.models import Alert

    receiver = Receiver(lambda _: 410)

    def prepare(served: Receiver) -> None:
        add(served.url)
        happen()

    work(dsn, clock, receiver, now, prepare=prepare)
    publish_due(clock.now())
    alert = Alert.objects.get(code="webhook_endpoint_off")
    assert alert.closed_at is None
    assert alert.params["host"].startswith("127.0.0.1:")
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.state, endpoint.disabled_reason) == ("disabled", "gone")
    switch_on(endpoint=endpoint, actor=owner_actor, now=now + timedelta(hours=1))
    publish_due(now + timedelta(hours=1))
    alert.refresh_from_db()
    assert alert.closed_at == now + timedelta(hours=1)


def test_a_worker_that_dies_with_a_delivery_gives_it_back(dsn, clock, now, add, happen) -> None:
    receiver = Receiver()

    async def story() -> None:
        async with receiver, deliverer(dsn, clock) as dead, deliverer(dsn, clock) as living:
            await asyncio.to_thread(lambda: (add(receiver.url), happen()))
            # Taken, and then nothing more: what kill -9 leaves.
            dead._deliver = lambda job: asyncio.sleep(0)
            assert await dead.round() == 1
            assert await living.round() == 0
            clock.move(59)
            assert await living.round() == 0
            clock.move(2)
            assert await living.round() == 1
            await living.landed()

    asyncio.run(story())
    assert len(receiver.taken) == 1
    assert WebhookDelivery.objects.get().tries == 1


def test_a_late_outcome_of_a_lost_worker_undoes_nothing(dsn, clock, now, add, happen) -> None:
    receiver = Receiver()

    async def story() -> None:
        from qafila.events.webhooks.rules.answers import Verdict

        async with receiver, deliverer(dsn, clock) as late, deliverer(dsn, clock) as living:
            await asyncio.to_thread(lambda: (add(receiver.url), happen()))
            kept = []
            late._deliver = lambda job: asyncio.sleep(0, kept.append(job))
            await late.round()
            clock.move(61)
            await living.round()
            await living.landed()
            await late._record(kept[0], Verdict(500, "answer_not_ok"), at=now, ms=1)

    asyncio.run(story())
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.next_at) == ("delivered", None)
    assert WebhookAttempt.objects.count() == 2


def test_an_event_handled_twice_is_told_once(business, now, add, happen) -> None:
    from qafila.events.registry import EventValue
    from qafila.events.webhooks.publishing import publish

    add()
    number = happen()
    event = EventValue(number, "contact.opted_in", business.pk, "contact", "s-1", {"source": "x"}, now, 2)
    publish(event)
    assert WebhookMessage.objects.count() == WebhookDelivery.objects.count() == 1
