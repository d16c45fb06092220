"""What the fuzzer finds in the books: a business with two of everything that the API can name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Things:
    """``key``: an API key with every right. ``known``: path parameters to ids that exist; ``spare``: others, for calls that delete."""

    key: str
    known: dict[str, str]
    spare: dict[str, str]


def furnish(now: datetime, name: str = "Fuzz") -> Things:
    """A new business of this name."""
    from qafila.businesses import actions as businesses
    from qafila.businesses.actor import command_actor

    business = businesses.create_business(name=name, default_country="EG", now=now)
    actor = command_actor(business)
    known, spare = (_one_of_each(business, actor, now, n) for n in range(2))
    _, key = businesses.create_api_key(business=business, name="fuzz", scopes=("*",), actor=actor, now=now)
    return Things(key, known, spare)


def _one_of_each(business: Any, actor: Any, now: datetime, n: int) -> dict[str, str]:
    from qafila.senders import actions as senders
    from qafila.senders.actions.directions import create_direction
    from qafila.senders.actions.listing import add_number
    from qafila.senders.actions.packages import add_member, create_package

    account = senders.create_provider_account(
        business=business,
        kind="cloud_api",
        name=f"Nowhere {n}",
        base_url="http://127.0.0.1:9/v23.0",
        ref=str(n + 1),
        token="t",
        app_secret="fuzz-app-secret",
        verify_token="v",
        allow_private_network=True,
        actor=actor,
        now=now,
    )
    sender = senders.create_sender(
        business=business,
        name=f"Main {n}",
        phone=f"+20120000000{n}",
        provider_account=account,
        ref=str(n + 1),
        actor=actor,
        now=now,
    )
    number = add_number(business=business, phone=f"+20120000001{n}", actor=actor, now=now)
    direction = create_direction(business=business, name=f"Line {n}", sender=sender, actor=actor, now=now)
    package = create_package(business=business, name=f"Package {n}", actor=actor, now=now)
    add_member(package=package, sender=sender, actor=actor, now=now)
    return {
        "account_id": str(sender.public_id),
        "profile_id": str(sender.public_id),
        "number_id": str(number.public_id),
        "direction_id": str(direction.public_id),
        "package_id": str(package.public_id),
        **_contracts(business, sender, actor, now, n),
        "open_id": _open_message(business, sender, actor, now),
        "ticket_id": _ticket(business, sender, direction, now, n),
        "alert_id": _alert(sender, now),
        **_webhooks(business, actor, now, n),
    }


def _contracts(business: Any, sender: Any, actor: Any, now: datetime, n: int) -> dict[str, str]:
    """Three contracts; of the last one the id, and that of a message of which nobody knows whether it went out."""
    from django.db import connection

    from qafila.campaigns import actions as campaigns
    from qafila.ledger.models import Message
    from qafila.ledger.states import State

    rows = [{"phoneNumber": f"2010{row:08d}", "message": f"Hello {row}"} for row in range(20)]
    rows += [{"phoneNumber": "1", "message": "x"}, {"phoneNumber": "201000000001"}]
    for number in range(3):
        made = campaigns.create_contract(
            business=business,
            sender=sender,
            name=f"Contract {n}-{number}",
            recipients=rows,
            template=None,
            strict=False,
            actor=actor,
            now=now,
        ).campaign
    message = Message.objects.filter(business_id=business.pk, batch_id=made.batch_id, row_number=1).get()
    uncertain = {"state": int(State.UNCERTAIN), "uncertain_at": now, "due_at": None, "tries": 1, "attempt": 1}
    Message.objects.filter(business_id=business.pk, pk=message.pk).update(**uncertain)
    with connection.cursor() as cursor:  # the counters say so, too
        cursor.execute(
            "INSERT INTO ledger_batchsender AS c (batch_id, sender_id, uncertain) VALUES (%s, 0, 1)"
            " ON CONFLICT (batch_id, sender_id) DO UPDATE SET uncertain = c.uncertain + 1",
            [made.batch_id],
        )
    return {"contract_id": made.public_id, "message_id": str(message.pk)}


def _open_message(business: Any, sender: Any, actor: Any, now: datetime) -> str:
    from qafila.campaigns.actions.open_messages import create_open_message
    from qafila.campaigns.rules.open_content import read_open_content

    content = read_open_content("text", "Hello")
    opened = create_open_message(
        business=business,
        target=sender,
        content=content,
        recipients=["+201000000001"],
        actor=actor,
        now=now,
    )
    return str(opened.campaign.public_id)


def _ticket(business: Any, sender: Any, direction: Any, now: datetime, n: int) -> str:
    """Of a person who wrote to the number of a direction."""
    from qafila.contacts.models import Contact, Identity
    from qafila.inbox import actions as inbox
    from qafila.inbox.models import Ticket
    from qafila.ledger.models import Message
    from qafila.ledger.states import State

    person = Contact.objects.create(business=business, name=f"Nour {n}")
    Identity.objects.create(business=business, contact=person, kind="phone", value=f"20100000009{n}")
    written = Message.objects.create(
        business_id=business.pk,
        batch_id=1,
        sender_id=sender.pk,
        pinned_to=sender.pk,
        contact_id=person.pk,
        state=State.RECEIVED,
        address=f"20100000009{n}",
        body="Hello",
        provider_id=f"wamid.fuzz.{business.pk}.{n}",
        created_at=now,
        sent_at=now,
    )
    inbox.receive(business_id=business.pk, message_ids=[written.pk], now=now)
    return str(Ticket.objects.get(business=business, direction=direction).public_id)


def _alert(sender: Any, now: datetime) -> str:
    from qafila.alerts.actions import raise_alert
    from qafila.alerts.models import Level

    subject = ("sender", str(sender.public_id))
    params = {"sender": sender.name}
    alert = raise_alert(
        "sender_stopped",
        business_id=sender.business_id,
        level=Level.CRITICAL,
        params=params,
        subject=subject,
        now=now,
    )
    return str(alert.public_id)


def _webhooks(business: Any, actor: Any, now: datetime, n: int) -> dict[str, str]:
    """An endpoint, and what is to be sent to it. No worker runs: nothing is."""
    from qafila.events.webhooks import actions as webhooks

    endpoint, _ = webhooks.create_endpoint(
        business=business, url=f"https://hooks.example.com/{n}", actor=actor, now=now
    )
    delivery = webhooks.send_test(endpoint=endpoint, actor=actor, now=now)
    return {"endpoint_id": str(endpoint.public_id), "delivery_id": str(delivery.public_id)}
