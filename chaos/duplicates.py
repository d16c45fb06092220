"""Promise 18: the same webhook from fifty threads at once, again and again, and once more a week later. ``python -m chaos.duplicates``.

Each round is one message of a person (every tenth says STOP), one receipt, one price and one piece of news about a
template, in one webhook that all threads store at the same moment, while four receivers work. Afterwards everything is
delivered once more, seven days later. Each must have had its effect once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

THREADS = 50
RECEIVERS = 4
LATER = timedelta(days=7)


@dataclass
class Outcome:
    """What the database holds after so many rounds; ``good`` when each is there once."""

    rounds: int
    stored: int
    messages: int = 0
    told: int = 0
    told_twice: int = 0
    opt_outs: int = 0
    opt_outs_told: int = 0
    delivered: int = 0
    prices: int = 0
    templates: int = 0
    alerts: int = 0
    unhandled: int = 0
    put_aside: int = 0
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Every effect once, nothing left over."""
        stops = (self.rounds + 9) // 10
        once = (self.messages, self.told, self.delivered, self.prices, self.templates)
        return (
            once == (self.rounds,) * 5
            and (self.opt_outs, self.opt_outs_told) == (stops, stops)
            and not (self.told_twice or self.unhandled or self.put_aside)
        )


def body_of(number: int, *, sender_ref: str, attempt_id: str, at: datetime) -> bytes:
    """The webhook of a round."""
    seconds = str(int(at.timestamp()))
    person = f"2012{number:08}"
    receipt = {"id": f"wamid.out.{number}", "status": "delivered", "timestamp": seconds, "recipient_id": person,
               "biz_opaque_callback_data": attempt_id, "pricing": {"billable": True, "category": "utility"}}  # fmt: skip
    message = {"id": f"wamid.in.{number}", "from": person, "timestamp": seconds, "type": "text",
               "text": {"body": "STOP" if number % 10 == 0 else f"hello {number}"}}  # fmt: skip
    template = {"event": "APPROVED", "message_template_id": number, "message_template_name": f"t{number}",
                "message_template_language": "en"}  # fmt: skip
    value = {
        "metadata": {"phone_number_id": sender_ref},
        "contacts": [{"wa_id": person, "profile": {"name": f"Person {number}"}}],
        "messages": [message],
        "statuses": [receipt],
    }
    changes = [
        {"field": "messages", "value": value},
        {"field": "message_template_status_update", "value": template},
    ]
    entry = {"id": "1", "time": int(at.timestamp()), "changes": changes}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def run(
    dsn: str, *, account: Any, sender: Any, rounds: int, threads: int = THREADS, now: datetime
) -> Outcome:
    """Plays so many rounds on a migrated database and counts. The account and the sender are the caller's."""
    began = time.monotonic()
    bodies = [
        body_of(number, sender_ref=sender.ref, attempt_id=attempt, at=now - timedelta(minutes=1))
        for number, attempt in enumerate(_outgoing(sender, rounds, now))
    ]
    stored = asyncio.run(_play(dsn, account, bodies, threads, now))
    stored += asyncio.run(_play(dsn, account, bodies, 2, now + LATER))
    outcome = _count(account, rounds, stored)
    outcome.seconds = round(time.monotonic() - began, 1)
    return outcome


async def _play(dsn: str, account: Any, bodies: list[bytes], threads: int, now: datetime) -> int:
    """Stores each body from all threads at once while receivers work, until nothing is left."""
    from psycopg_pool import AsyncConnectionPool

    from qafila.kit.clock import VirtualClock
    from qafila.receiving.processor import Receiver

    async with AsyncConnectionPool(
        dsn, min_size=RECEIVERS, max_size=RECEIVERS * 2, open=False, kwargs={"autocommit": True}
    ) as pool:
        clock = VirtualClock(now)
        storing = asyncio.create_task(asyncio.to_thread(_store_all, dsn, account, bodies, threads, now))

        async def receive() -> None:
            receiver = Receiver(pool, clock)
            while await receiver.process_batch() or not storing.done():
                await asyncio.sleep(0)

        await asyncio.gather(storing, *(receive() for _ in range(RECEIVERS)))
        while await Receiver(pool, clock).process_batch():
            pass
        return len(bodies) * threads


def _store_all(dsn: str, account: Any, bodies: list[bytes], threads: int, now: datetime) -> None:
    import psycopg

    together = threading.Barrier(threads)
    faults: list[BaseException] = []

    def store() -> None:
        try:
            with psycopg.connect(dsn, autocommit=True) as connection:
                for body in bodies:
                    together.wait(60)
                    connection.execute(
                        "INSERT INTO receiving_rawwebhook (received_at, provider_account_id, business_id, body)"
                        " VALUES (%s, %s, %s, %s)",
                        (now, account.pk, account.business_id, body),
                    )
        except BaseException as exc:  # noqa: BLE001 - told by the caller
            faults.append(exc)
            together.abort()

    running = [threading.Thread(target=store) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if faults:
        raise faults[0]


def _outgoing(sender: Any, rounds: int, now: datetime) -> list[str]:
    """Messages that were sent, and our ids of their attempts."""
    from qafila.ledger import attempt_ids
    from qafila.ledger.models import Attempt, Batch, BatchSender, Installation, Message
    from qafila.ledger.states import BatchState, State, Target

    batch = Batch.objects.create(
        business_id=sender.business_id, state=BatchState.FLOWING, target_kind=Target.SENDER, target_id=sender.pk,
        content={"kind": "text"}, total=rounds, created_at=now,
    )  # fmt: skip
    rows = Message.objects.bulk_create(
        Message(
            business_id=sender.business_id, batch_id=batch.pk, sender_id=sender.pk, state=State.SENT, attempt=1, tries=1,
            address=f"2012{number:08}", body="Hello", created_at=now, claimed_at=now, sent_at=now,
        )
        for number in range(rounds)
    )  # fmt: skip
    Attempt.objects.bulk_create(
        Attempt(
            message_id=row.pk,
            number=1,
            sender_id=sender.pk,
            worker_id=1,
            epoch=1,
            began_at=now,
            outcome="accepted",
        )
        for row in rows
    )
    BatchSender.objects.create(batch_id=batch.pk, sender_id=sender.pk, sent=rounds)
    key = Installation.objects.get(pk=1).key
    return [attempt_ids.make(key, row.pk, 1) for row in rows]


def _count(account: Any, rounds: int, stored: int) -> Outcome:
    from qafila.alerts.models import Alert
    from qafila.contacts.models import OptOut
    from qafila.events.models import Event
    from qafila.ledger.models import Message
    from qafila.ledger.states import State
    from qafila.receiving.models import MessagePrice, RawWebhook
    from qafila.senders.models import MessageTemplate

    told = [
        message_id
        for event in Event.objects.filter(kind="message.received")
        for message_id in event.data["message_ids"]
    ]
    return Outcome(
        rounds=rounds,
        stored=stored,
        messages=Message.objects.filter(state=State.RECEIVED).count(),
        told=len(set(told)),
        told_twice=len(told) - len(set(told)),
        opt_outs=OptOut.objects.count(),
        opt_outs_told=Event.objects.filter(kind="contact.opted_out").count(),
        delivered=Message.objects.filter(state=State.DELIVERED).count(),
        prices=MessagePrice.objects.count(),
        templates=MessageTemplate.objects.filter(provider_account=account).count(),
        alerts=Alert.objects.count(),
        unhandled=RawWebhook.objects.filter(handled_at=None).count(),
        put_aside=RawWebhook.objects.exclude(trouble=None).count(),
    )


def main() -> int:
    """Plays the rounds on a PostgreSQL of its own at full durability; 1 when anything happened twice."""
    parser = argparse.ArgumentParser(prog="python -m chaos.duplicates", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=THREADS)
    options = parser.parse_args()
    from chaos.__main__ import RESULTS
    from chaos.house import Shop
    from chaos.stage import open_stage, utc_now

    with tempfile.TemporaryDirectory(prefix="qafila-chaos-") as folder:
        Path(folder).chmod(0o755)
        with open_stage(Path(folder), web=False) as stage:
            shop = Shop(stage)
            outcome = run(
                stage.postgres.dsn if hasattr(stage.postgres, "dsn") else stage.environment["DATABASE_URL"],
                account=shop.account,
                sender=shop.sender,
                rounds=options.rounds,
                threads=options.threads,
                now=utc_now(),
            )
    line = {
        "kind": "duplicates",
        "at": utc_now().isoformat(timespec="seconds"),
        **asdict(outcome),
        "good": outcome.good,
    }
    with RESULTS.open("a") as file:
        file.write(json.dumps(line) + "\n")
    sys.stdout.write(json.dumps(line) + "\n")
    return 0 if outcome.good else 1


if __name__ == "__main__":
    raise SystemExit(main())
