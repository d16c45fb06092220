"""Tickets over the API: listed by state, direction and person; closed, transferred, made one; every refusal by its code."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import pytest

from qafila.businesses.models import AuditEntry, Business
from qafila.contacts.models import Contact, Identity
from qafila.inbox import actions
from qafila.inbox.models import Ticket
from qafila.ledger.models import Message
from qafila.ledger.states import State
from qafila.senders.direction_models import Direction
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db
PATH = "/api/v1/tickets"


@pytest.fixture
def implants(business: Business, sender: Sender) -> Direction:
    return Direction.objects.create(business=business, name="Implants", sender=sender)


@pytest.fixture
def braces(business: Business, phone_linked_sender: Sender) -> Direction:
    return Direction.objects.create(business=business, name="Braces", sender=phone_linked_sender)


@pytest.fixture
def wrote(business: Business, now: datetime) -> Any:
    """Somebody writes to a direction's number: ``wrote("Nour", direction)``; the ids of the messages."""

    def write(name: str, direction: Direction, count: int = 1) -> list[str]:
        contact, new = Contact.objects.get_or_create(business=business, name=name)
        if new:
            phone = f"2010000{contact.pk:05}"
            Identity.objects.create(business=business, contact=contact, kind="phone", value=phone)
        made = Message.objects.bulk_create(
            Message(
                business_id=business.pk,
                batch_id=1,
                sender_id=direction.sender_id,
                contact_id=contact.pk,
                state=State.RECEIVED,
                address="x",
                created_at=now,
                sent_at=now,
            )
            for _ in range(count)
        )
        actions.receive(business_id=business.pk, message_ids=[one.pk for one in made], now=now)
        return [str(one.pk) for one in made]

    return write


def _listed(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [one["name"] for one in answer.json()["tickets"]]


def test_one_ticket_says_who_where_and_what(
    call: Any, wrote: Any, implants: Direction, now: datetime
) -> None:
    ids = wrote("Nour", implants, 3)
    contact = Contact.objects.get()
    listed = call.get(PATH).json()
    (line,) = listed["tickets"]
    assert line == {
        "id": str(Ticket.objects.get().public_id),
        "state": "open",
        "contactId": str(contact.public_id),
        "name": "Nour",
        "phoneNumber": f"+2010000{contact.pk:05}",
        "directionId": str(implants.public_id),
        "direction": "Implants",
        "openedAt": "2026-06-01T12:00:00.000Z",
        "lastMessageAt": "2026-06-01T12:00:00.000Z",
        "messageCount": 3,
        "closedAt": None,
        "closedAs": None,
        "mergedInto": None,
    }
    assert (listed["open"], listed["nextAfter"]) == (1, None)
    assert call.get(f"{PATH}/{line['id']}").json() == {**line, "messageIds": ids}
    assert call.get(f"/api/messages/{ids[0]}").status_code == 200


def test_lists_by_state_direction_and_person(
    call: Any, wrote: Any, implants: Direction, braces: Direction
) -> None:
    for name, direction in (("Ali", implants), ("Dana", braces), ("Ali", braces), ("Nour", implants)):
        wrote(name, direction)
    assert _listed(call.get(PATH)) == ["Nour", "Ali", "Dana", "Ali"]
    assert _listed(call.get(f"{PATH}?directionId={implants.public_id}")) == ["Nour", "Ali"]
    assert _listed(call.get(f"{PATH}?directionId=none")) == []
    ali = Contact.objects.get(name="Ali").public_id
    assert _listed(call.get(f"{PATH}?contactId={ali}")) == ["Ali", "Ali"]
    first = call.get(f"{PATH}?contactId={ali}&directionId={implants.public_id}").json()["tickets"][0]["id"]
    closed = call.post(f"{PATH}/{first}/close").json()
    assert (closed["state"], closed["closedAs"], closed["mergedInto"]) == ("closed", "done", None)
    assert closed["closedAt"]
    assert call.post(f"{PATH}/{first}/close").json() == closed
    assert _listed(call.get(f"{PATH}?state=closed")) == ["Ali"]
    assert _listed(call.get(f"{PATH}?state=all")) == ["Nour", "Ali", "Dana", "Ali"]
    assert call.get(PATH).json()["open"] == 3
    other = call.get(f"{PATH}?contactId={ali}").json()["tickets"][0]["id"]
    assert call.post(f"{PATH}/{other}/transfer", {"directionId": None}).json()["directionId"] is None
    assert _listed(call.get(f"{PATH}?directionId=none")) == ["Ali"]


def test_pages_meet_though_others_write(call: Any, wrote: Any, implants: Direction) -> None:
    for number in range(5):
        wrote(f"Person {number}", implants)
    first = call.get(f"{PATH}?limit=2").json()
    wrote("Person 0", implants)
    wrote("Somebody new", implants)
    second = call.get(f"{PATH}?limit=2&after={first['nextAfter']}").json()
    last = call.get(f"{PATH}?limit=2&after={second['nextAfter']}").json()
    names = [one["name"] for page in (first, second, last) for one in page["tickets"]]
    assert names == [f"Person {number}" for number in (4, 3, 2, 1, 0)]
    assert last["nextAfter"] is None


def test_a_transfer_to_where_one_is_open_answers_with_that_one(
    call: Any, wrote: Any, implants: Direction, braces: Direction
) -> None:
    wrote("Nour", implants, 2)
    wrote("Nour", braces)
    into, moved = (one["id"] for one in call.get(PATH).json()["tickets"])
    answer = call.post(
        f"{PATH}/{moved}/transfer", {"directionId": str(braces.public_id)}, Idempotency_Key="once"
    )
    assert (answer.json()["id"], answer.json()["messageCount"]) == (into, 3)
    again = call.post(
        f"{PATH}/{moved}/transfer", {"directionId": str(braces.public_id)}, Idempotency_Key="once"
    )
    assert (again.content, again.headers["Idempotency-Replayed"]) == (answer.content, "true")
    left = call.get(f"{PATH}/{moved}").json()
    assert (left["state"], left["closedAs"], left["mergedInto"]) == ("closed", "merged", into)
    assert (left["messageCount"], left["messageIds"]) == (0, [])
    entry = AuditEntry.objects.get(action="ticket.transferred")
    assert (entry.subject_kind, entry.subject_id) == ("ticket", moved)


def test_every_refusal_has_its_code(
    call: Any, stranger: Any, wrote: Any, implants: Direction, other_business: Business
) -> None:
    wrote("Nour", implants)
    ticket = call.get(PATH).json()["tickets"][0]["id"]
    theirs = Direction.objects.create(business=other_business, name="Theirs")

    def refused(answer: Any) -> tuple[int, str, str | None]:
        error = answer.json()["error"]
        return answer.status_code, error["code"], error.get("field")

    where = f"{PATH}/{ticket}/transfer"
    for unknown in (str(theirs.public_id), str(uuid.uuid4()), "x"):
        assert refused(call.post(where, {"directionId": unknown})) == (
            404,
            "direction_not_found",
            "directionId",
        )
        assert refused(call.get(f"{PATH}?directionId={unknown}"))[:2] == (404, "direction_not_found")
        assert refused(call.get(f"{PATH}?contactId={unknown}")) == (404, "not_found", "contactId")
    assert refused(call.post(where, {})) == (422, "field_required", "directionId")
    assert refused(call.post(where, {"directionId": None, "state": "closed"}))[:2] == (422, "unknown_field")
    assert refused(call.post(where, {"directionId": 7}))[:2] == (422, "wrong_type")
    assert refused(call.get(f"{PATH}?state=deleted")) == (422, "unknown_status", "state")
    assert refused(call.get(f"{PATH}?after=x")) == (422, "invalid_cursor", "after")
    assert refused(call.get(f"{PATH}/x"))[:2] == (404, "not_found")
    assert refused(stranger.get(f"{PATH}/{ticket}"))[:2] == (404, "not_found")
    call.post(f"{PATH}/{ticket}/close")
    assert refused(call.post(where, {"directionId": None})) == (409, "ticket_closed", None)
