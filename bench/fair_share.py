"""One tenant queues a million, others a hundred each: how long do the small ones wait for their first message (promise 15)?

The large one has four numbers that together could fill every place in the air of the one worker there is; its million flows
from before the small ones begin until after they are done. A provider that answers after 20 ms stands in a process of its own.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import psutil

from bench.parts import database, end, now, responder, spawn, steal_seconds, wait_for

QUEUED = int(os.environ.get("FAIR_QUEUED", "1000000"))
LARGE_NUMBERS = 4
LARGE_RATE = 1_000
TENANTS, EACH, SMALL_RATE = 40, 100, 80
APART_SECONDS = 0.5
LATENCY_MS = 20.0
AIM_SECONDS = 5.0
TEMPLATE = {"kind": "template", "name": "qafila_message", "language": "en", "variable": None}


def run(folder: Path) -> dict[str, Any]:
    """The delays from each small contract's start to its first call; ``FAIR_QUEUED`` makes it smaller."""
    stolen = steal_seconds()
    with database(folder), responder(folder, LATENCY_MS) as (_, base):
        large = _Tenant(0, base)
        million = [
            large.many(large.number(LARGE_RATE), QUEUED // LARGE_NUMBERS) for _ in range(LARGE_NUMBERS)
        ]
        small = [_Tenant(n, base) for n in range(1, TENANTS + 1)]
        waiting = [tenant.hundred(tenant.number(SMALL_RATE)) for tenant in small]
        worker = spawn("-m", "qafila.worker.main", log=folder / "fair-worker.log")
        try:
            for batch in million:
                _start(batch)
            wait_for("the million to flow", lambda: _sent(million) > 2_000, every=0.2)
            before, begin = _sent(million), time.monotonic()
            started = {}
            for batch in waiting:
                started[batch.pk] = now()
                _start(batch)
                time.sleep(APART_SECONDS)
            wait_for("the small ones", lambda: _sent(waiting) == TENANTS * EACH, seconds=1200.0, every=0.2)
            took, meanwhile = time.monotonic() - begin, _sent(million) - before
            left = QUEUED - _sent(million)
        finally:
            end(worker)
        first, last = _delays(started, "min"), _delays(started, "max")
    return {
        "queued_by_one": QUEUED,
        "left_of_it_at_the_end": left,
        "small_tenants": TENANTS,
        "messages_each": EACH,
        "seconds_to_the_first_message": _spread(first),
        "seconds_to_the_last_message": _spread(last),
        "sent_by_the_large_one_meanwhile_a_second": round(meanwhile / took),
        "aim_seconds_to_the_first_p95": AIM_SECONDS,
        "load_average": round(psutil.getloadavg()[0], 1),
        "steal_seconds": round(steal_seconds() - stolen, 1),
    }


class _Tenant:
    """A business with a provider account of its own."""

    def __init__(self, place: int, base: str) -> None:
        from qafila.businesses import actions as businesses
        from qafila.businesses.actor import system_actor
        from qafila.senders import actions as senders

        self.place, self.made = place, 0
        self.business = businesses.create_business(name=f"Tenant {place}", default_country="EG", now=now())
        self.actor = system_actor(self.business)
        self.account = senders.create_provider_account(
            business=self.business,
            kind="cloud_api",
            name="Responder",
            base_url=f"{base}/v23.0",
            ref=str(place),
            token="bench",
            app_secret="bench-app-secret",
            verify_token="bench",
            allow_private_network=True,
            actor=self.actor,
            now=now(),
        )

    def number(self, rate: int) -> Any:
        """One more number of it."""
        from qafila.senders import actions as senders

        self.made += 1
        return senders.create_sender(
            business=self.business,
            name=f"Number {self.made}",
            phone=f"+2012{self.place:05d}{self.made:03d}",
            provider_account=self.account,
            ref=f"{self.place}-{self.made}",
            throughput=rate,
            actor=self.actor,
            now=now(),
        )

    def many(self, sender: Any, count: int) -> Any:
        """A batch of so many by one statement, not started."""
        from bench.seeding import fill
        from qafila.ledger.models import Batch
        from qafila.ledger.states import BatchState, State

        at = now()
        batch = fill(
            business_id=self.business.pk,
            sender_id=sender.pk,
            count=count,
            shares={State.QUEUED: 1.0},
            begin=at,
            end=at,
            contact_from=1 + self.made * count,
            state=BatchState.DRAFT,
        )
        Batch.objects.filter(pk=batch.pk).update(content=TEMPLATE)
        return batch

    def hundred(self, sender: Any) -> Any:
        """A batch of :data:`EACH`, not started."""
        from qafila.contacts.actions import ensure_phones
        from qafila.ledger import actions as ledger
        from qafila.ledger.states import Target

        numbers = [f"2011{self.place:04d}{n:04d}" for n in range(EACH)]
        known = ensure_phones(business_id=self.business.pk, numbers=numbers, names=None, now=now())
        batch = ledger.create_batch(
            business_id=self.business.pk, target=(Target.SENDER, sender.pk), content=TEMPLATE, now=now()
        )
        rows = (
            ledger.NewMessage(n, known[number], number, None, f"Your order {n} is ready.")
            for n, number in enumerate(numbers, 1)
        )
        ledger.add_messages(batch=batch, rows=rows, now=now())
        return batch


def _start(batch: Any) -> None:
    from qafila.dispatch import actions as dispatch

    dispatch.start_batch(batch_id=batch.pk, business_id=batch.business_id, now=now())


def _sent(batches: list[Any]) -> int:
    from qafila.ledger import queries

    return sum(one.success for one in queries.counts_many([batch.pk for batch in batches]).values())


def _delays(started: dict[int, Any], which: str) -> list[float]:
    """Seconds from a contract's start until its first or last message was begun, by the books."""
    from django.db.models import Max, Min

    from qafila.ledger.models import Message

    ends = Message.objects.filter(batch_id__in=started).order_by().values_list("batch_id")
    found = dict(ends.annotate(at=(Min if which == "min" else Max)("claimed_at")))
    return sorted((found[pk] - at).total_seconds() for pk, at in started.items())


def _spread(seconds: list[float]) -> dict[str, float]:
    return {
        "median": round(seconds[len(seconds) // 2], 2),
        "p95": round(seconds[int(0.95 * (len(seconds) - 1))], 2),
        "most": round(seconds[-1], 2),
    }
