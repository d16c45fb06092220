"""The whole way: Meta's signed webhook is stored, read into the ledger, told of, and is a ticket that the API shows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from psycopg_pool import AsyncConnectionPool

from qafila.businesses.models import Business
from qafila.contacts.models import Contact, OptOut
from qafila.events.jobs import run_due
from qafila.events.models import Event
from qafila.inbox.models import Ticket, TicketMessage
from qafila.intake.app import IntakeApp
from qafila.kit.clock import VirtualClock
from qafila.ledger.models import Message
from qafila.providers.signatures import sign
from qafila.receiving.processor import Receiver
from qafila.senders.direction_models import Direction
from qafila.senders.models import ProviderAccount, Sender
from tests.intake.conftest import Client
from tests.receiving.material import metadata, said, webhook

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_webhooks_left(db: None) -> Iterator[None]:
    """Django does not manage the table of raw webhooks, so it does not empty it either."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE receiving_rawwebhook")


@pytest.fixture
def implants(business: Business, sender: Sender) -> Direction:
    """The direction of the number that Meta knows."""
    return Direction.objects.create(business=business, name="Implants", sender=sender)


def _post(dsn: str, account: ProviderAccount, *bodies: bytes) -> None:
    """As Meta posts them, all at once."""

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("a webhook went past the intake")

    async def go() -> list[int]:
        app = IntakeApp(dsn, inner)
        client = Client(app)
        try:
            replies = await asyncio.gather(
                *(
                    client(
                        "POST",
                        f"/webhooks/{account.public_id}",
                        body=body,
                        headers={"X-Hub-Signature-256": sign(body, "test-app-secret")},
                    )
                    for body in bodies
                )
            )
        finally:
            await app.close()
        return [reply.status for reply in replies]

    assert asyncio.run(go()) == [200] * len(bodies)


def _handle(dsn: str, now: datetime) -> None:
    """What the workers do, until nothing is left: webhooks by two receivers beside one another, then events."""

    async def one(pool: Any) -> None:
        receiver = Receiver(pool, VirtualClock(now))
        while await receiver.process_batch():
            pass

    async def go() -> None:
        async with AsyncConnectionPool(dsn, min_size=2, open=False, kwargs={"autocommit": True}) as pool:
            await asyncio.gather(one(pool), one(pool))

    asyncio.run(go())
    while run_due(now=now):
        pass
    assert not Event.objects.exclude(trouble="").exists()


def test_an_album_a_reaction_and_stop_are_one_ticket(
    dsn: str, business: Business, provider_account: ProviderAccount, sender: Sender, implants: Direction
) -> None:
    now = datetime.now(UTC) + timedelta(minutes=1)

    def arrived(place: int, kind: str, what: dict[str, Any]) -> bytes:
        at = str(int((now - timedelta(seconds=120 - place)).timestamp()))
        message = {"from": "201000000100", "id": f"wamid.{place}", "timestamp": at, "type": kind, kind: what}
        person = {"profile": {"name": "Nour"}, "wa_id": "201000000100", "user_id": "EG.1"}
        return webhook({"metadata": metadata(sender), "contacts": [person], "messages": [message]})

    album = [
        arrived(place, "image", {"id": f"44{place:02}", "mime_type": "image/jpeg", "sha256": f"hash-{place}"})
        for place in range(20)
    ]
    reaction = arrived(20, "reaction", {"message_id": "wamid.3", "emoji": "👍"})
    stop = said(sender, "STOP", now - timedelta(seconds=60), wamid="wamid.stop")
    _post(dsn, provider_account, *album, reaction, stop, album[0], stop)
    _handle(dsn, now)

    assert OptOut.objects.filter(ended_at=None).count() == 1
    ticket = Ticket.objects.get()
    contact = Contact.objects.get()
    assert (ticket.business, ticket.contact, ticket.direction) == (business, contact, implants)
    assert (ticket.inbound, ticket.closed_at) == (22, None)
    assert set(ticket.messages.values_list("message_id", flat=True)) == set(
        Message.objects.values_list("pk", flat=True)
    )

    ticket.closed_at, ticket.closed_as = now, "done"
    ticket.save()
    _post(dsn, provider_account, said(sender, "One more thing", now, wamid="wamid.more"), album[7])
    _handle(dsn, now)
    assert list(Ticket.objects.order_by("pk").values_list("inbound", "closed_as")) == [(22, "done"), (1, "")]
    assert TicketMessage.objects.count() == Message.objects.count() == 23


def test_many_people_at_once_have_one_each(
    dsn: str, provider_account: ProviderAccount, sender: Sender, implants: Direction
) -> None:
    now = datetime.now(UTC) + timedelta(minutes=1)
    bodies = [
        said(
            sender,
            f"text {place}",
            now - timedelta(seconds=place + 1),
            wamid=f"wamid.{place}",
            by=f"2010000002{place % 30:02}",
            user_id="",
        )
        for place in range(120)
    ]
    _post(dsn, provider_account, *bodies)
    _handle(dsn, now)
    assert Contact.objects.count() == 30
    assert sorted(Ticket.objects.values_list("inbound", "direction")) == [(4, implants.pk)] * 30
    assert len(set(Ticket.objects.values_list("contact", flat=True))) == 30
