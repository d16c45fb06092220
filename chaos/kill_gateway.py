"""The Baileys gateway is killed at random under load with campaigns running: the real library, a mock of WhatsApp's server.

What our books say is compared with what reached the mock, by our ids and once more by the numbers alone. The gateway keeps our ids, so it is asked what became of the
messages whose answer was lost: what never arrived goes out again, what nobody can say stays uncertain and is shown.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
import urllib.request
from collections import Counter
from typing import Any

from chaos.gateway_process import TOKEN, GatewayHouse
from chaos.house import Books, Shop
from chaos.kill_workers import settle
from chaos.stage import Stage, utc_now, wait_for

MESSAGES = 300
SESSIONS = ("one", "two", "three")
SECRET = "secret-of-the-webhooks-in-trials"
_PATIENCE_SECONDS = 900.0
"""A number that nobody answers rests for ten seconds, then one minute, then five (``dispatch/rules/silence.py``)."""
_CALM_SECONDS = 4.0
"""A gateway that does not know is asked again within so long at first."""


class PhoneShop(Shop):
    """A business with three phone-linked numbers on one gateway, without our own pace: a phone each, one message at a time."""

    def __init__(self, stage: Stage, house: GatewayHouse) -> None:
        from qafila.businesses import actions as businesses
        from qafila.businesses.actor import system_actor
        from qafila.senders import actions as senders
        from qafila.senders.models import Sender

        now = utc_now()
        self.stage = stage
        self._house = house
        self.business = businesses.create_business(name="Chaos", default_country="EG", now=now)
        actor = system_actor(self.business)
        self.account = senders.create_provider_account(
            business=self.business,
            kind="baileys",
            name="Gateway",
            base_url=house.url,
            ref="",
            token=TOKEN,
            app_secret=SECRET,
            verify_token="",
            allow_private_network=True,
            actor=actor,
            now=now,
        )
        self.senders = [
            senders.create_sender(
                business=self.business,
                name=session,
                phone=f"+20120000000{place}",
                provider_account=self.account,
                ref=session,
                actor=actor,
                now=now,
            )
            for place, session in enumerate(SESSIONS, 1)
        ]
        Sender.objects.filter(provider_account=self.account).update(use_limits=False)
        self.sender = self.senders[0]
        self._next = 0
        url = f"http://127.0.0.1:{stage.web_port}/webhooks/{self.account.public_id}"
        for session in SESSIONS:
            self.call("POST", f"/sessions/{session}/start", {"webhook": {"url": url, "secret": SECRET}})

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """A call to the gateway."""
        request = urllib.request.Request(  # noqa: S310 - loopback
            self._house.url + path,
            json.dumps(body).encode() if body is not None else None,
            {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def texts(self, count: int) -> list[int]:
        """A batch of texts for each number; returns their ids."""
        from qafila.contacts import actions as contacts
        from qafila.dispatch import actions as dispatch
        from qafila.ledger import actions as ledger
        from qafila.ledger.states import Target

        batches = []
        for sender in self.senders:
            now = utc_now()
            numbers = [f"2010{self._next + i:08d}" for i in range(count // len(self.senders))]
            self._next += len(numbers)
            known = contacts.ensure_phones(business_id=self.business.pk, numbers=numbers, names=None, now=now)
            batch = ledger.create_batch(
                business_id=self.business.pk,
                target=(Target.SENDER, sender.pk),
                content={"kind": "text"},
                now=now,
            )
            rows = (
                ledger.NewMessage(place, known[number], number, None, f"Your order {place} is ready.")
                for place, number in enumerate(numbers, 1)
            )
            ledger.add_messages(batch=batch, rows=rows, now=now)
            dispatch.start_batch(batch_id=batch.pk, business_id=self.business.pk, now=utc_now())
            batches.append(batch.pk)
        return batches

    def arrived(self, batch_ids: list[int]) -> Counter[str]:
        """How often each of our attempts reached the mock, whatever was answered."""
        from qafila.ledger import attempt_ids
        from qafila.ledger.models import Attempt, Installation, Message

        key = Installation.objects.get(pk=1).key
        names = {one.pk: one.ref for one in self.senders}
        messages = Message.objects.filter(batch_id__in=batch_ids).values_list("pk", flat=True)
        reached, found = self._house.sent(), Counter[str]()
        for attempt in Attempt.objects.filter(message_id__in=list(messages)):
            attempt_id = attempt_ids.make(key, attempt.message_id, attempt.number)
            times = reached[whatsapp_id(names[attempt.sender_id], attempt_id)]
            if times:
                found[attempt_id] = times
        return found

    def people(self, batch_ids: list[int]) -> Counter[str]:
        """How often a message to each person of the batches reached the mock: counted without any id of ours."""
        from qafila.ledger.models import Message

        reached = self._house.people()
        numbers = Message.objects.filter(batch_id__in=batch_ids).values_list("address", flat=True)
        return Counter({number: reached[number] for number in numbers if reached[number]})


def whatsapp_id(session: str, attempt_id: str) -> str:
    """As the gateway names a message (``gateways/baileys/src/journal.js``)."""
    digest = hashlib.sha256(f"{session}\0{attempt_id}".encode()).hexdigest()
    return f"3EB0{digest[:18].upper()}"


def one_run(shop: PhoneShop, house: GatewayHouse, *, seed: int, messages: int = MESSAGES) -> dict[str, Any]:
    """One campaign a number, with 2 to 4 kills of the gateway; returns the counts."""
    rng = random.Random(seed)
    batches = shop.texts(messages)
    total = sum(shop.counts(batch).total for batch in batches)
    kills = 0
    for share in sorted(rng.uniform(0.05, 0.9) for _ in range(rng.randint(2, 4))):
        wait_for(
            "progress",
            lambda share=share: (
                sum(shop.counts(batch).success for batch in batches) >= share * total
                or all(shop.at_rest(batch) for batch in batches)
            ),
            every=0.01,
            seconds=_PATIENCE_SECONDS,
        )
        time.sleep(rng.uniform(0.0, 0.05))
        house.kill()
        kills += 1
        time.sleep(rng.uniform(0.0, 1.0))
        house.start()
    wait_for(
        "the end of the campaigns",
        lambda: all(shop.at_rest(batch) for batch in batches),
        seconds=_PATIENCE_SECONDS,
    )
    at_once = sum(shop.counts(batch).uncertain for batch in batches)
    for batch in batches:
        settle(shop, batch, calm=_CALM_SECONDS, seconds=40.0)
    wait_for("what went back to the queue", lambda: all(shop.at_rest(batch) for batch in batches))
    sums: Counter[str] = Counter()
    arrived = shop.arrived(batches)
    good = True
    for batch in batches:
        books: Books = shop.compare(batch, arrived)
        sums.update(books.as_dict())
        good = good and books.good
    wrong = _failed_and_arrived(batches, arrived)
    people = shop.people(batches)
    # A message that went out twice under ids that nobody here expects would be in no attempt's count.
    people_twice = sum(times > 1 for times in people.values())
    unaccounted = abs(len(people) - sums["accepted"])
    return {
        "seed": seed,
        "kills": kills,
        **sums,
        "uncertain_at_once": at_once,
        "failed_and_arrived": wrong,
        "people_twice": people_twice,
        "people_unaccounted": unaccounted,
        "good": good and not (wrong or people_twice or unaccounted),
    }


def _failed_and_arrived(batch_ids: list[int], arrived: Counter[str]) -> int:
    """Messages that we call failed and that reached the mock: a person would send them again."""
    from qafila.ledger import attempt_ids
    from qafila.ledger.models import Installation, Message
    from qafila.ledger.states import State

    key = Installation.objects.get(pk=1).key
    there = {found[0] for text in arrived if (found := attempt_ids.read(text, key)) is not None}
    failed = Message.objects.filter(batch_id__in=batch_ids, state=State.FAILED).values_list("pk", flat=True)
    return len(there & set(failed))
