"""Tickets: messages received into them; closed and transferred by people.

Every verb first locks the people it is about (``sql/lock_people.sql``), in the order of their ids, then writes tickets, then the
audit log. So nobody waits in a circle, and what was read under the lock holds until the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.refusals import Clash, NotFound
from qafila.events.actions import emit
from qafila.inbox.models import ClosedAs, Ticket, TicketMessage
from qafila.inbox.queries import open_tickets, with_all
from qafila.kit.statements import statement
from qafila.senders.direction_models import Direction

SCOPE = "messages:write"


def receive(*, business_id: int, message_ids: Sequence[int], now: datetime) -> None:
    """Puts messages of people into their open tickets, and opens those that are missing. Two statements, however many there are.

    Again for the same messages it changes nothing. A message joins the open ticket over whose numbers the person already wrote to
    the number that got it; else the one of the number's direction. Several directions on one number, or none: no direction.

    :param message_ids: of the ledger; what is no message of a person in this business is left out.
    """
    given = {"business": business_id, "messages": list(message_ids), "contacts": [], "now": now}
    # A fault goes up to whoever began the transaction, and ends it whole.
    with transaction.atomic(savepoint=False):
        _run("lock_people", given)
        rows = _run("receive", given)
        opened = [str(public_id) for public_id, new in rows if new]
        if opened:
            emit("ticket.opened", business_id=business_id, data={"ticket_ids": opened}, now=now)


def close(*, ticket: Ticket, actor: Actor, now: datetime) -> Ticket:
    """Closes a ticket; what the person writes next opens another one. A closed one stays as it is.

    :returns: the ticket as it is now.
    :raises NotFound: another business's. :raises NotAllowed: ``messages:write`` is missing.
    """
    actor.must(SCOPE, business_id=ticket.business_id, what="ticket")
    with transaction.atomic():
        row, _ = _locked(ticket)
        if row.is_open:
            _close(row, ClosedAs.DONE, now)
            _audit("ticket.closed", row, {}, actor, now)
    return row


def transfer(*, ticket: Ticket, direction: Direction | None, actor: Actor, now: datetime) -> Ticket:
    """Gives a ticket to another direction. What the person writes next over the same numbers follows it there.

    Where the person has an open ticket there already, the two become one: that one takes the messages, and this one is closed as
    ``merged``. To the direction it has, nothing happens.

    :param direction: None: no direction.
    :returns: the ticket in which the conversation goes on.
    :raises NotFound: another business's ticket or direction. :raises NotAllowed: ``messages:write`` is missing.
    :raises Clash: ``ticket_closed``.
    """
    actor.must(SCOPE, business_id=ticket.business_id, what="ticket")
    if direction is not None and direction.business_id != ticket.business_id:
        raise NotFound("direction")
    wanted = direction.pk if direction else None
    with transaction.atomic():
        row, person = _locked(ticket)
        if not row.is_open:
            raise Clash("ticket_closed", "This ticket is closed. Look for the open one of this person.")
        if row.direction_id == wanted:
            return row
        other = open_tickets(row.business_id, person, wanted).exclude(pk=row.pk).first()
        detail = {"from": _name(row.direction), "to": _name(direction)}
        if other is None:
            _write(row, direction_id=wanted)
        else:
            detail |= {"merged_into": str(other.public_id), "messages": str(row.inbound)}
            _merge(row, other, now)
        _audit("ticket.transferred", row, detail, actor, now)
        return with_all(row.business_id).get(pk=other.pk if other else row.pk)


def _merge(row: Ticket, into: Ticket, now: datetime) -> None:
    """``into`` takes over what ``row`` holds: its messages, its numbers, and since when the person waits."""
    moved = TicketMessage.objects.filter(ticket=row, business_id=row.business_id).update(ticket=into)
    _write(row, inbound=0)
    _close(row, ClosedAs.MERGED, now, into=into)
    _write(
        into,
        inbound=into.inbound + moved,
        senders=sorted({*into.senders, *row.senders}),
        opened_at=min(into.opened_at, row.opened_at),
        last_inbound_at=max(into.last_inbound_at, row.last_inbound_at),
    )


def _close(row: Ticket, how: ClosedAs, now: datetime, *, into: Ticket | None = None) -> None:
    _write(row, closed_at=now, closed_as=how, merged_into=into)
    data = {"as": str(how)} | ({"into": str(into.public_id)} if into else {})
    emit(
        "ticket.closed",
        business_id=row.business_id,
        subject=("ticket", str(row.public_id)),
        data=data,
        now=now,
    )


def _write(row: Ticket, **values: Any) -> None:
    Ticket.objects.filter(pk=row.pk, business_id=row.business_id).update(**values)
    for name, value in values.items():
        setattr(row, name, value)


def _locked(ticket: Ticket) -> tuple[Ticket, list[int]]:
    """The ticket as it is now, and the rows of its person, which are ours until the end of the transaction.

    :raises NotFound: it is gone.
    """
    given = {"business": ticket.business_id, "messages": [], "contacts": [ticket.contact_id]}
    person = [row_id for (row_id,) in _run("lock_people", given)]
    row = with_all(ticket.business_id).filter(pk=ticket.pk).first()
    if row is None:
        raise NotFound("ticket")
    return row, person


def _run(name: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.inbox", name), given)
        return cursor.fetchall()


def _name(direction: Direction | None) -> str:
    return direction.name if direction else ""


def _audit(action: str, row: Ticket, detail: dict[str, str], actor: Actor, now: datetime) -> None:
    record_audit(
        actor=actor,
        action=action,
        subject_kind="ticket",
        subject_id=str(row.public_id),
        detail=detail,
        now=now,
    )
