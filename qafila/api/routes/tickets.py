"""Tickets: listed, shown, closed, transferred. They are opened by the people who write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from qafila.api.auth import needs
from qafila.api.call import actor_of, call_of
from qafila.api.refusals import ApiRefusal
from qafila.api.routes.finding import named_direction
from qafila.api.shapes import tickets as shapes
from qafila.api.shapes.faults import REFUSALS, Refusal
from qafila.businesses.refusals import NotFound
from qafila.contacts import queries as contacts
from qafila.contacts.models import Contact
from qafila.inbox import actions, queries
from qafila.inbox.models import Ticket
from qafila.kit.stamps import stamp
from qafila.senders.direction_models import Direction

router = Router(tags=["tickets"])
MOST_TICKETS = 1_000
MOST_MESSAGES = 100
WITHOUT = "none"
VIEWS = {str(view): view for view in queries.View}


@router.get(
    "",
    response={200: shapes.TicketList, REFUSALS: Refusal},
    auth=needs("messages:read"),
    summary="List tickets",
)
def list_tickets(
    request: HttpRequest,
    *,
    state: str = Query("open", description="`open`, `closed` or `all`."),
    directionId: str | None = Query(None, description="Of this direction; `none`: of none."),
    contactId: str | None = Query(None, description="Of this person."),
    limit: int = Query(100, ge=1, le=MOST_TICKETS),
    after: str | None = Query(None, description="`nextAfter` of the page before."),
) -> dict[str, Any]:
    """The newest first."""
    business_id = actor_of(request).business.pk
    if state not in VIEWS:
        params = {"value": state[:40], "allowed": ", ".join(VIEWS)}
        raise ApiRefusal(422, "unknown_status", params=params, field="state")
    begin = queries.ticket(business_id, after) if after is not None else None
    if after is not None and begin is None:
        raise ApiRefusal(422, "invalid_cursor", field="after")
    found = queries.viewed(
        business_id,
        VIEWS[state],
        direction=_line(request, directionId),
        contact=_person(request, contactId),
        after=begin,
    )
    rows = list(found[:limit])
    return {
        "tickets": _answers(business_id, rows),
        "open": queries.open_count(business_id),
        "nextAfter": str(rows[-1].public_id) if len(rows) == limit else None,
    }


@router.get(
    "/{ticket_id}",
    response={200: shapes.TicketStory, REFUSALS: Refusal},
    auth=needs("messages:read"),
    summary="Show a ticket",
)
def get_ticket(request: HttpRequest, ticket_id: str) -> dict[str, Any]:
    """One ticket, with the ids of what the person wrote last."""
    row = _ticket(request, ticket_id)
    ids = queries.message_ids(row, limit=MOST_MESSAGES)
    return {**_answers(row.business_id, [row])[0], "messageIds": [str(one) for one in ids]}


@router.post(
    "/{ticket_id}/close",
    response={200: shapes.TicketAnswer, REFUSALS: Refusal},
    auth=needs("messages:write"),
    summary="Close a ticket",
)
def close_ticket(request: HttpRequest, ticket_id: str) -> dict[str, Any]:
    """What the person writes next opens another one. Again has no effect."""
    row = actions.close(ticket=_ticket(request, ticket_id), actor=actor_of(request), now=call_of(request).now)
    return _answers(row.business_id, [row])[0]


@router.post(
    "/{ticket_id}/transfer",
    response={200: shapes.TicketAnswer, REFUSALS: Refusal},
    auth=needs("messages:write"),
    summary="Give a ticket to another direction",
)
def transfer_ticket(request: HttpRequest, ticket_id: str, body: shapes.TransferOrder) -> dict[str, Any]:
    """What the person writes next follows it there. Where they have an open ticket in that direction already, the two become one,
    and the answer is that one. 409 `ticket_closed` for a closed one."""
    row = _ticket(request, ticket_id)
    direction = named_direction(request, body.directionId) if body.directionId is not None else None
    row = actions.transfer(ticket=row, direction=direction, actor=actor_of(request), now=call_of(request).now)
    return _answers(row.business_id, [row])[0]


def _ticket(request: HttpRequest, ticket_id: str) -> Ticket:
    found = queries.ticket(actor_of(request).business.pk, ticket_id)
    if found is None:
        raise NotFound("ticket")
    return found


def _line(request: HttpRequest, given: str | None) -> Direction | queries.Line:
    if given is None:
        return queries.Line.ANY
    return queries.Line.NONE if given == WITHOUT else named_direction(request, given)


def _person(request: HttpRequest, given: str | None) -> Contact | None:
    if given is None:
        return None
    found = contacts.by_public_id(actor_of(request).business.pk, given)
    if found is None:
        raise ApiRefusal(404, "not_found", field="contactId")
    return found


def _answers(business_id: int, rows: Sequence[Ticket]) -> list[dict[str, Any]]:
    phones = contacts.phones(business_id, {row.contact_id for row in rows})
    return [_answer(row, phones.get(row.contact_id)) for row in rows]


def _answer(row: Ticket, phone: str | None) -> dict[str, Any]:
    direction, into = row.direction, row.merged_into
    return {
        "id": str(row.public_id),
        "state": "open" if row.is_open else "closed",
        "contactId": str(row.contact.public_id),
        "name": row.contact.name,
        "phoneNumber": f"+{phone}" if phone else None,
        "directionId": str(direction.public_id) if direction else None,
        "direction": direction.name if direction else None,
        "openedAt": stamp(row.opened_at),
        "lastMessageAt": stamp(row.last_inbound_at),
        "messageCount": row.inbound,
        "closedAt": stamp(row.closed_at),
        "closedAs": row.closed_as or None,
        "mergedInto": str(into.public_id) if into else None,
    }
