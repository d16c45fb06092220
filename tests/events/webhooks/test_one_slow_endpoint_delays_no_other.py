"""Promise 30: one endpoint that takes its whole time, among a hundred; and what an endpoint may cost us (54)."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from django.db import transaction

from qafila.events.webhooks.models import WebhookAttempt, WebhookDelivery
from qafila.kit.clock import SystemClock
from tests.events.webhooks.receivers import Receiver, deliverer

pytestmark = pytest.mark.django_db(transaction=True)
SLOW_SECONDS = 2.5
"""How long the slow one is waited for here; in a worker ten seconds."""


def test_one_slow_endpoint_among_a_hundred_delays_no_other(dsn, add, happen, business, settings) -> None:
    from qafila.events.webhooks import actions

    slow, quick = Receiver(lambda _: "hang"), Receiver()
    clock = SystemClock()

    async def story() -> float:
        async with slow, quick, deliverer(dsn, clock, seconds=SLOW_SECONDS) as working:

            def prepare() -> None:
                actions.MOST_ENDPOINTS, before = 200, actions.MOST_ENDPOINTS
                with transaction.atomic():
                    add(slow.url, event_types=["contact.opted_in"])
                    for _ in range(99):
                        add(quick.url, event_types=["contact.opted_in"])
                actions.MOST_ENDPOINTS = before
                happen(5)

            await asyncio.to_thread(prepare)
            loop = asyncio.get_running_loop()
            stopping = asyncio.Event()
            began = loop.time()
            running = asyncio.create_task(working.run(stopping))
            while len(quick.taken) < 99 * 5:
                await asyncio.sleep(0.02)
                assert loop.time() - began < 60
            took = loop.time() - began
            stopping.set()
            await running
            return took

    took = asyncio.run(story())
    rounds = 1 + int(
        took // SLOW_SECONDS
    )  # on a busy machine the first calls to the slow one may be given up meanwhile
    assert len(slow.seen) <= 4 * rounds, "the slow endpoint had more in the air than one endpoint may"
    delays = sorted(
        (attempt.at - attempt.delivery.message.at).total_seconds()
        for attempt in WebhookAttempt.objects.filter(code="").select_related("delivery__message")
    )
    assert len(delays) == 495
    assert took < SLOW_SECONDS * 5


@pytest.mark.parametrize("bad", ["endless", "drip", "lie"])
def test_an_answer_without_end_is_cut(dsn, add, happen, clock, bad: str) -> None:
    """The worker is free again, and the try counts as failed."""

    class Bad(Receiver):
        async def _serve(self, connection) -> None:  # type: ignore[no-untyped-def]
            await connection.request()
            length = b"content-length: 100000000\r\n" if bad != "endless" else b""
            await connection.write(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n")
            if bad == "lie":
                await connection.write(b"short")
                return
            with contextlib.suppress(ConnectionError):
                while True:
                    await connection.write(b"x" if bad == "drip" else b"x" * 65536)
                    if bad == "drip":
                        await asyncio.sleep(0.05)

    receiver = Bad()

    async def story() -> float:
        async with receiver, deliverer(dsn, clock, seconds=1.0) as working:
            await asyncio.to_thread(lambda: (add(receiver.url), happen()))
            began = asyncio.get_running_loop().time()
            await working.round()
            await working.landed()
            return asyncio.get_running_loop().time() - began

    assert asyncio.run(story()) < 5
    code = WebhookAttempt.objects.get().code
    expected = {"endless": "response_too_large", "drip": "response_timeout", "lie": "response_truncated"}
    assert code == expected[bad]
    assert WebhookDelivery.objects.get().state == "pending"
