"""What tests of the inbox are made of: people who wrote, their messages in the ledger, events as the worker handles them."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count

from qafila.businesses.models import Business
from qafila.contacts.models import Contact, Identity
from qafila.events.registry import EventValue, handlers_of
from qafila.inbox.models import Ticket, TicketMessage
from qafila.ledger.models import Message
from qafila.ledger.states import State
from qafila.senders.models import Sender

_HANDLER = dict(handlers_of("message.received"))["inbox.tickets"]


@dataclass
class Inbox:
    """A business to which people write, and what its tickets must be like at any time."""

    business: Business
    now: datetime
    _count: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def person(self, name: str = "Nour") -> Contact:
        """Somebody with a phone number."""
        made = Contact.objects.create(business=self.business, name=name)
        phone = f"2010{next(self._count):08}"
        Identity.objects.create(business=self.business, contact=made, kind="phone", value=phone)
        return made

    def messages(
        self, person: Contact, sender: Sender, count: int = 1, *, at: datetime | None = None
    ) -> list[int]:
        """Messages of a person as receiving leaves them in the ledger; nobody has told of them."""
        made = Message.objects.bulk_create(
            Message(
                business_id=self.business.pk,
                batch_id=1,
                sender_id=sender.pk,
                pinned_to=sender.pk,
                contact_id=person.pk,
                state=State.RECEIVED,
                address="201000000100",
                body="Hello",
                provider_id=f"wamid.inbox.{next(self._count)}",
                created_at=self.now,
                sent_at=at or self.now - timedelta(minutes=1),
            )
            for _ in range(count)
        )
        return [one.pk for one in made]

    def hears(self, message_ids: Iterable[int]) -> None:
        """The handler runs as the worker runs it: in a transaction of its own."""
        ids = list(message_ids)
        event = EventValue(
            1, "message.received", self.business.pk, "sender", "", {"message_ids": ids}, self.now
        )
        with transaction.atomic():
            _HANDLER(event)

    def wrote(
        self, person: Contact, sender: Sender, count: int = 1, *, at: datetime | None = None
    ) -> list[int]:
        """Both: messages, and the one event that tells of them."""
        ids = self.messages(person, sender, count, at=at)
        self.hears(ids)
        return ids

    def open(self) -> list[Ticket]:
        """The open tickets, oldest first."""
        return list(Ticket.objects.filter(business=self.business, closed_at=None).order_by("pk"))

    def check(self, message_ids: Sequence[int]) -> None:
        """Each message lies in exactly one ticket, each ticket counts what it holds, and nobody has two open for one thing."""
        assert sorted(TicketMessage.objects.values_list("message_id", flat=True)) == sorted(message_ids)
        held = Ticket.objects.annotate(held=Count("messages")).values_list("pk", "inbound", "held")
        assert [row for row in held if row[1] != row[2]] == []
        alive = [(one.contact_id, one.direction_id, tuple(one.senders)) for one in self.open()]
        lines = [(contact, direction) for contact, direction, _ in alive]
        assert len(set(lines)) == len(lines), "two open tickets of a person in one direction"
        numbers = [(contact, sender) for contact, _, senders in alive for sender in senders]
        assert len(set(numbers)) == len(numbers), (
            "what a person writes to one number goes to two open tickets"
        )


class Crowd:
    """Threads that do something at the same moment, again and again, each with a connection of its own."""

    def __init__(self, size: int) -> None:
        self._begin = threading.Barrier(size)
        self._faults: list[BaseException] = []
        self._size = size

    def each(self, rounds: int, work: Callable[[int, int], object]) -> None:
        """``work(thread, round)``: no thread begins a round before all have ended the one before. Faults fail the test."""

        def run(thread: int) -> None:
            try:
                for number in range(rounds):
                    self._begin.wait()
                    work(thread, number)
            except threading.BrokenBarrierError:
                pass  # another thread has the fault
            except BaseException as exc:  # noqa: BLE001 - told by the test
                self._faults.append(exc)
                self._begin.abort()
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=[number]) for number in range(self._size)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._faults:
            raise self._faults[0]
