"""A business with one number on the sandbox, and contracts written straight into the ledger."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from chaos.stage import Stage, utc_now


@dataclass
class Books:
    """What two ledgers say of one contract."""

    total: int = 0
    accepted: int = 0
    lost: int = 0
    duplicated: int = 0
    uncertain_at_once: int = 0
    uncertain: int = 0
    sent: int = 0
    failed: int = 0
    skipped: int = 0
    unbalanced: int = 0

    @property
    def good(self) -> bool:
        """Nothing lost, nothing twice, the counters are the rows."""
        return not (self.lost or self.duplicated or self.unbalanced)

    def as_dict(self) -> dict[str, int]:
        """For the results file."""
        return asdict(self)


class Shop:
    """The tenant of all trials on a stage.

    :ivar ledger_before: how far the sandbox's ledger had been read when the contract at hand was made.
    """

    ledger_before = 0
    _read_up_to = 0
    """It only grows: a hundred runs do not read all of it a hundred times."""

    def __init__(self, stage: Stage, *, throughput: int = 100_000, provider_url: str = "") -> None:
        from qafila.businesses import actions as businesses
        from qafila.businesses.actor import system_actor
        from qafila.senders import actions as senders

        now = utc_now()
        world = stage.get("/admin/state")
        number = world["phone_numbers"][0]
        self.stage = stage
        self.business = businesses.create_business(name="Chaos", default_country="EG", now=now)
        actor = system_actor(self.business)
        self.account = senders.create_provider_account(
            business=self.business,
            kind="cloud_api",
            name="Sandbox",
            base_url=f"{provider_url or stage.sandbox_url}/v23.0",
            ref=number["waba_id"],
            token=world["tokens"][0]["id"],
            app_secret=world["app"]["secret"],
            verify_token=world["app"]["verify_token"],
            allow_private_network=True,
            actor=actor,
            now=now,
        )
        self.sender = senders.create_sender(
            business=self.business,
            name="Main",
            phone="+201200000001",
            provider_account=self.account,
            ref=number["id"],
            throughput=throughput,
            actor=actor,
            now=now,
        )
        self.target: Any = None
        """What contracts go out over; None: the one number."""
        self._next = 0
        self._attempts: Counter[str] = Counter()
        if stage.web_port:
            url = f"http://127.0.0.1:{stage.web_port}/webhooks/{self.account.public_id}"
            stage.send("PUT", "/admin/webhook", {"url": url})

    def contract(self, count: int, *, start: bool = True) -> int:
        """A batch of so many template messages to people of their own; returns its id."""
        from qafila.contacts import actions as contacts
        from qafila.dispatch import actions as dispatch
        from qafila.ledger import actions as ledger
        from qafila.ledger.states import Target

        now = utc_now()
        self.ledger_before = self._read_up_to
        numbers = [f"2010{self._next + i:08d}" for i in range(count)]
        self._next += count
        known: dict[str, int] = {}
        for begin in range(0, count, 10_000):
            chunk = numbers[begin : begin + 10_000]
            known |= contacts.ensure_phones(business_id=self.business.pk, numbers=chunk, names=None, now=now)
        template = {"kind": "template", "name": "qafila_message", "language": "en", "variable": None}
        target = self.target or (Target.SENDER, self.sender.pk)
        batch = ledger.create_batch(business_id=self.business.pk, target=target, content=template, now=now)
        rows = (
            ledger.NewMessage(place, known[number], number, None, f"Your order {place} is ready.")
            for place, number in enumerate(numbers, 1)
        )
        ledger.add_messages(batch=batch, rows=rows, now=now)
        if start:
            dispatch.start_batch(batch_id=batch.pk, business_id=self.business.pk, now=utc_now())
        return batch.pk

    def counts(self, batch_id: int) -> Any:
        """The ledger's counts."""
        from qafila.ledger import queries

        return queries.counts(batch_id)

    def at_rest(self, batch_id: int) -> bool:
        """Nothing is queued or sending any more."""
        counts = self.counts(batch_id)
        return counts.queued == 0 and counts.sending == 0

    def owner_pid(self) -> int | None:
        """The process that runs our number's lane now."""
        from qafila.dispatch.models import Lane, Worker

        owner_id = Lane.objects.filter(pk=self.sender.pk).values_list("owner_id", flat=True).first()
        return Worker.objects.filter(pk=owner_id).values_list("pid", flat=True).first()

    def sandbox_attempts(self) -> Counter[str]:
        """How often the sandbox accepted each attempt id."""
        for row in self.stage.lines(f"/admin/ledger/messages?after={self._read_up_to}"):
            self._attempts[row["biz_opaque_callback_data"]] += 1
            self._read_up_to = row["n"]
        return self._attempts

    def compare(self, batch_id: int, accepted: Counter[str]) -> Books:
        """Our ledger beside the sandbox's.

        lost: we say sent, or nothing at all is left to do, but the sandbox never had it and we do not show it as failed,
        skipped or uncertain. duplicated: the sandbox accepted more than one attempt of the same message.
        """
        from django.db import connection, transaction

        from qafila.ledger import attempt_ids
        from qafila.ledger.models import Installation
        from qafila.ledger.queries import counts as count
        from qafila.ledger.states import State

        key = Installation.objects.get(pk=1).key
        times: Counter[int] = Counter()
        for text, n in accepted.items():
            read = attempt_ids.read(text, key)
            if read is not None:
                times[read[0]] += n
        books = Books()
        by_state: Counter[int] = Counter()
        # One moment for rows and counters: a late receipt between two reads would look like a broken counter.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            counted = count(batch_id)
            cursor.execute("SELECT id, state FROM ledger_message WHERE batch_id = %s", [batch_id])
            for message_id, state in cursor.fetchall():
                books.total += 1
                by_state[state] += 1
                arrived = times.get(message_id, 0)
                books.accepted += arrived > 0
                books.duplicated += arrived > 1
                gone = state in (State.SENT, State.DELIVERED, State.READ)
                open_ = state in (State.QUEUED, State.SENDING)
                books.lost += (gone and not arrived) or open_ or (state == State.SKIPPED and arrived > 0)
        for state in State:
            if state is not State.RECEIVED:
                books.unbalanced += getattr(counted, state.word) != by_state[state]
        books.sent, books.failed, books.skipped = counted.success, counted.failed, counted.skipped
        books.uncertain = counted.uncertain
        return books

    def accepted_messages(self) -> set[int]:
        """The ids of our messages that the sandbox accepted, however often."""
        from qafila.ledger import attempt_ids
        from qafila.ledger.models import Installation

        key = Installation.objects.get(pk=1).key
        found = (attempt_ids.read(text, key) for text in self.sandbox_attempts())
        return {one[0] for one in found if one is not None}

    def settle_by_hand(self, batch_id: int) -> tuple[int, int]:
        """What a person does in the end with what stayed uncertain: "not sent".

        :returns: how many there were, and for how many of them that is wrong by the sandbox's ledger.
        """
        from qafila.ledger import actions, queries
        from qafila.ledger.actions import Resolution

        left = {row.id for row in queries.uncertain(batch_id, limit=1_000_000)}
        wrong = len(left & self.accepted_messages()) if left else 0
        if left:
            actions.resolve_uncertain(
                business_id=self.business.pk, as_=Resolution.FAILED, batch_id=batch_id, now=utc_now()
            )
        return len(left), wrong
