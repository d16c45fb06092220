"""Which ticket a message joins: by the number and where its conversation went; once; also after closing and merging."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from qafila.businesses.actor import Actor
from qafila.businesses.models import AuditEntry, Business
from qafila.businesses.refusals import Clash, NotAllowed, NotFound
from qafila.contacts import queries as contacts
from qafila.contacts.models import Contact
from qafila.events.models import Event
from qafila.inbox import actions, queries
from qafila.inbox.models import Ticket, TicketMessage
from qafila.ledger.models import Message
from qafila.ledger.states import State
from qafila.senders.actions import create_sender
from qafila.senders.actions.directions import create_direction, delete_direction
from qafila.senders.models import Sender
from tests.inbox.conftest import Line
from tests.inbox.material import Inbox

pytestmark = pytest.mark.django_db


def test_what_a_person_writes_is_held_together(inbox: Inbox, implants: Line, now: datetime) -> None:
    person = inbox.person()
    later = now - timedelta(seconds=5)
    ids = inbox.wrote(person, implants[1], 2) + inbox.wrote(person, implants[1], at=later)
    inbox.wrote(person, implants[1], at=now - timedelta(days=1))
    (ticket,) = inbox.open()
    assert (ticket.direction, ticket.inbound, ticket.senders) == (implants[0], 4, [implants[1].pk])
    assert (ticket.opened_at, ticket.last_inbound_at) == (now, later), (
        "an old message that comes late is not the last"
    )
    assert set(ids) < set(queries.message_ids(ticket, limit=10))


def test_a_provider_ahead_of_time_writes_nothing_into_the_future(
    inbox: Inbox, implants: Line, now: datetime
) -> None:
    inbox.wrote(inbox.person(), implants[1], at=now + timedelta(days=400))
    assert inbox.open()[0].last_inbound_at == now


def test_directions_are_conversations_of_their_own(inbox: Inbox, implants: Line, braces: Line) -> None:
    person = inbox.person()
    ids = inbox.messages(person, implants[1], 2) + inbox.messages(person, braces[1], 3)
    inbox.hears(ids)
    assert {(ticket.direction_id, ticket.inbound) for ticket in inbox.open()} == {
        (implants[0].pk, 2),
        (braces[0].pk, 3),
    }
    inbox.check(ids)


def test_a_number_of_several_directions_or_of_none_says_no_direction(
    inbox: Inbox, implants: Line, sender: Sender, owner_actor: Actor, now: datetime
) -> None:
    person = inbox.person()
    create_direction(
        business=inbox.business, name="The same number", sender=implants[1], actor=owner_actor, now=now
    )
    inbox.wrote(person, implants[1])
    inbox.wrote(person, sender)
    (ticket,) = inbox.open()
    assert (ticket.direction_id, ticket.inbound) == (None, 2)
    assert ticket.senders == sorted((implants[1].pk, sender.pk))


def test_an_event_that_is_handled_twice_counts_once(inbox: Inbox, implants: Line) -> None:
    ids = inbox.wrote(inbox.person(), implants[1], 3)
    inbox.hears(ids)
    more = inbox.messages(Contact.objects.get(), implants[1])
    inbox.hears(ids + more)
    (ticket,) = inbox.open()
    assert ticket.inbound == 4
    inbox.check(ids + more)
    assert Event.objects.filter(kind="ticket.opened").count() == 1


def test_an_event_that_comes_again_after_closing_opens_nothing(
    inbox: Inbox, implants: Line, owner_actor: Actor, now: datetime
) -> None:
    ids = inbox.wrote(inbox.person(), implants[1], 3)
    actions.close(ticket=inbox.open()[0], actor=owner_actor, now=now)
    inbox.hears(ids)
    assert inbox.open() == []
    inbox.check(ids)


def test_a_reply_to_a_closed_ticket_opens_another(
    inbox: Inbox, implants: Line, owner_actor: Actor, now: datetime
) -> None:
    """ticketz #459: it is not dropped, and the closed one stays closed."""
    person = inbox.person()
    ids = inbox.wrote(person, implants[1], 2)
    closed = actions.close(ticket=inbox.open()[0], actor=owner_actor, now=now)
    assert (closed.closed_at, closed.closed_as, closed.merged_into) == (now, "done", None)
    ids += inbox.wrote(person, implants[1])
    (ticket,) = inbox.open()
    assert (ticket.direction_id, ticket.inbound) == (implants[0].pk, 1)
    assert ticket.pk != closed.pk
    inbox.check(ids)


def test_closing_again_changes_nothing(
    inbox: Inbox, implants: Line, owner_actor: Actor, now: datetime
) -> None:
    inbox.wrote(inbox.person(), implants[1])
    (ticket,) = inbox.open()
    actions.close(ticket=ticket, actor=owner_actor, now=now)
    again = actions.close(ticket=ticket, actor=owner_actor, now=now + timedelta(hours=1))
    assert again.closed_at == now
    assert AuditEntry.objects.filter(action="ticket.closed").count() == 1
    told = Event.objects.get(kind="ticket.closed")
    assert (told.subject_kind, told.subject_id, told.data) == (
        "ticket",
        str(ticket.public_id),
        {"as": "done"},
    )


def test_what_comes_next_follows_a_transfer(
    inbox: Inbox, implants: Line, braces: Line, owner_actor: Actor, now: datetime
) -> None:
    person = inbox.person()
    ids = inbox.wrote(person, implants[1])
    (ticket,) = inbox.open()
    moved = actions.transfer(ticket=ticket, direction=braces[0], actor=owner_actor, now=now)
    assert (moved.pk, moved.direction) == (ticket.pk, braces[0])
    ids += inbox.wrote(person, implants[1])
    ids += inbox.wrote(person, braces[1])
    assert [(one.pk, one.inbound) for one in inbox.open()] == [(ticket.pk, 3)]
    actions.close(ticket=ticket, actor=owner_actor, now=now)
    ids += inbox.wrote(person, implants[1])
    assert [one.direction for one in inbox.open()] == [implants[0]], "a new one begins where the number leads"
    inbox.check(ids)


def test_where_one_is_open_already_the_two_become_one(
    inbox: Inbox, implants: Line, braces: Line, owner_actor: Actor, now: datetime
) -> None:
    person = inbox.person()
    ids = inbox.wrote(person, implants[1], 2, at=now - timedelta(minutes=2))
    ids += inbox.wrote(person, braces[1], 3, at=now - timedelta(minutes=9))
    mine, other = inbox.open()
    Ticket.objects.filter(pk=other.pk).update(opened_at=now + timedelta(minutes=1))
    left = actions.transfer(ticket=mine, direction=braces[0], actor=owner_actor, now=now)
    assert (left.pk, left.inbound, left.opened_at) == (other.pk, 5, now)
    assert (left.last_inbound_at, left.senders) == (
        now - timedelta(minutes=2),
        [implants[1].pk, braces[1].pk],
    )
    mine.refresh_from_db()
    assert (mine.closed_at, mine.closed_as, mine.merged_into, mine.inbound) == (now, "merged", other, 0)
    assert queries.message_ids(left, limit=10) == sorted(ids)
    ids += inbox.wrote(person, implants[1])
    assert [(one.pk, one.inbound) for one in inbox.open()] == [(other.pk, 6)]
    inbox.check(ids)
    told = Event.objects.get(kind="ticket.closed")
    assert (told.subject_id, told.data) == (
        str(mine.public_id),
        {"as": "merged", "into": str(other.public_id)},
    )
    entry = AuditEntry.objects.get(action="ticket.transferred")
    assert entry.detail == {
        "from": "Implants",
        "to": "Braces",
        "merged_into": str(other.public_id),
        "messages": "2",
    }


def test_transfers_to_where_it_is_and_of_a_closed_one(
    inbox: Inbox, implants: Line, owner_actor: Actor, now: datetime
) -> None:
    inbox.wrote(inbox.person(), implants[1])
    (ticket,) = inbox.open()
    actions.transfer(ticket=ticket, direction=implants[0], actor=owner_actor, now=now)
    assert not AuditEntry.objects.filter(action="ticket.transferred").exists()
    actions.close(ticket=ticket, actor=owner_actor, now=now)
    with pytest.raises(Clash) as refused:
        actions.transfer(ticket=ticket, direction=None, actor=owner_actor, now=now)
    assert refused.value.code == "ticket_closed"


def test_a_deleted_direction_keeps_its_tickets_apart_and_shows_none(
    inbox: Inbox, implants: Line, braces: Line, owner_actor: Actor, now: datetime
) -> None:
    person = inbox.person()
    ids = inbox.wrote(person, implants[1]) + inbox.wrote(person, braces[1])
    for direction, _ in (implants, braces):
        delete_direction(direction=direction, actor=owner_actor, now=now)
    ids += inbox.wrote(person, implants[1])
    shown = list(queries.viewed(inbox.business.pk, queries.View.OPEN, direction=queries.Line.NONE))
    assert [(one.direction, one.inbound) for one in shown] == [(None, 1), (None, 2)]
    assert queries.open_count(inbox.business.pk) == 2
    left = actions.transfer(ticket=shown[0], direction=None, actor=owner_actor, now=now)
    assert left.direction_id is None
    left = actions.transfer(ticket=shown[1], direction=None, actor=owner_actor, now=now)
    assert (left.pk, left.inbound) == (shown[0].pk, 3)
    inbox.check(ids)


def test_a_merged_person_is_one_person(
    inbox: Inbox, implants: Line, braces: Line, owner_actor: Actor, now: datetime
) -> None:
    """Messages of before the merging that are handled after it, and tickets that were open when it happened."""
    former, whole = inbox.person("Nour"), inbox.person("Nour Ali")
    ids = inbox.wrote(former, implants[1])
    late = inbox.messages(former, braces[1])
    Contact.objects.filter(pk=former.pk).update(merged_into=whole)
    inbox.hears(late)
    ids += late + inbox.wrote(whole, implants[1]) + inbox.wrote(whole, braces[1])
    assert [(one.contact_id, one.direction, one.inbound) for one in inbox.open()] == [
        (former.pk, implants[0], 2),
        (whole.pk, braces[0], 2),
    ]
    business_id = inbox.business.pk
    for contact in Contact.objects.filter(pk__in=(former.pk, whole.pk)):
        assert queries.viewed(business_id, queries.View.OPEN, contact=contact).count() == 2
        in_implants = queries.viewed(business_id, queries.View.OPEN, contact=contact, direction=implants[0])
        assert [one.contact_id for one in in_implants] == [former.pk]
    left = actions.transfer(ticket=inbox.open()[0], direction=braces[0], actor=owner_actor, now=now)
    assert (left.contact_id, left.inbound) == (whole.pk, 4)
    inbox.check(ids)


def test_only_what_people_sent_gets_a_ticket(inbox: Inbox, implants: Line) -> None:
    person = inbox.person()
    ids = inbox.messages(person, implants[1], 3)
    Message.objects.filter(pk=ids[0]).update(state=State.SENT)
    Message.objects.filter(pk=ids[1]).update(contact_id=999_999_999)
    inbox.hears([*ids, 999_999_999])
    inbox.check(ids[2:])
    inbox.hears([])


def test_nothing_crosses_businesses(
    inbox: Inbox,
    implants: Line,
    braces: Line,
    other_business: Business,
    owner_actor: Actor,
    stranger_actor: Actor,
    now: datetime,
) -> None:
    ids = inbox.wrote(inbox.person(), implants[1])
    actions.receive(
        business_id=other_business.pk, message_ids=inbox.messages(inbox.person(), implants[1]), now=now
    )
    assert sorted(TicketMessage.objects.values_list("message_id", flat=True)) == ids
    (ticket,) = inbox.open()
    theirs = create_direction(business=other_business, name="Theirs", actor=stranger_actor, now=now)
    for attempt in (
        lambda: actions.close(ticket=ticket, actor=stranger_actor, now=now),
        lambda: actions.transfer(ticket=ticket, direction=braces[0], actor=stranger_actor, now=now),
        lambda: actions.transfer(ticket=ticket, direction=theirs, actor=owner_actor, now=now),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert queries.ticket(other_business.pk, ticket.public_id) is None
    assert not queries.viewed(other_business.pk, queries.View.ALL).exists()
    assert queries.open_count(other_business.pk) == 0
    assert contacts.phones(other_business.pk, [ticket.contact_id]) == {}
    assert inbox.open() == [ticket]


def test_two_businesses_that_hear_of_the_same_number_of_a_line_stay_apart(
    inbox: Inbox, implants: Line, other_business: Business, stranger_actor: Actor, now: datetime
) -> None:
    """A person of another business with the same phone writes to a number of that business."""
    theirs = Inbox(other_business, now)
    number = create_sender(
        business=other_business, name="Theirs", phone="+201000009999", actor=stranger_actor, now=now
    )
    inbox.wrote(inbox.person(), implants[1])
    theirs.wrote(theirs.person(), number)
    assert [one.business_id for one in (*inbox.open(), *theirs.open())] == [
        inbox.business.pk,
        other_business.pk,
    ]


def test_reading_is_not_enough_to_change(
    inbox: Inbox, implants: Line, business: Business, now: datetime
) -> None:
    inbox.wrote(inbox.person(), implants[1])
    (ticket,) = inbox.open()
    reader = Actor("api_key", "x", business, frozenset({"messages:read"}), "en")
    with pytest.raises(NotAllowed):
        actions.close(ticket=ticket, actor=reader, now=now)
    with pytest.raises(NotAllowed):
        actions.transfer(ticket=ticket, direction=None, actor=reader, now=now)


@pytest.mark.parametrize("count", [1, 60])
def test_an_event_costs_two_statements_however_many_messages_it_tells_of(
    inbox: Inbox, implants: Line, sender: Sender, count: int
) -> None:
    people = [inbox.person(f"Person {number}") for number in range(count)]
    inbox.hears([one for person in people for one in inbox.messages(person, implants[1])])
    ids = [one for person in people for one in inbox.messages(person, implants[1], 2)]
    with transaction.atomic(), CaptureQueriesContext(connection) as seen:
        actions.receive(business_id=inbox.business.pk, message_ids=ids, now=inbox.now)
    assert len(seen) == 2, [query["sql"][:80] for query in seen]
    assert {ticket.inbound for ticket in inbox.open()} == {3}
