"""Promise 19: one open ticket for each person and direction, whatever comes at the same moment, and no message is dropped."""

from __future__ import annotations

import random
import threading
from datetime import datetime
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from qafila.businesses.actor import Actor
from qafila.businesses.refusals import Clash
from qafila.contacts.models import Contact
from qafila.events.jobs import run_due
from qafila.events.models import Event
from qafila.inbox import actions
from qafila.inbox.models import Ticket
from qafila.senders.direction_models import Direction
from qafila.senders.models import Sender
from tests.inbox.conftest import Line
from tests.inbox.material import Crowd, Inbox

pytestmark = pytest.mark.django_db(transaction=True)

ALBUM = 20
ROUNDS = 50


def test_an_album_of_twenty_is_one_ticket_with_twenty_messages(inbox: Inbox, implants: Line) -> None:
    """Each picture is an event of its own, handled by a worker of its own, all at the same moment; 50 people do it."""
    direction, sender = implants
    people = [inbox.person(f"Person {number}") for number in range(ROUNDS)]
    albums = [inbox.messages(person, sender, ALBUM) for person in people]
    Crowd(ALBUM).each(ROUNDS, lambda thread, number: inbox.hears([albums[number][thread]]))
    found = Ticket.objects.values_list("contact", "direction", "inbound", "closed_at")
    assert sorted(found) == sorted((person.pk, direction.pk, ALBUM, None) for person in people)
    inbox.check([one for album in albums for one in album])
    opened = [one for event in Event.objects.filter(kind="ticket.opened") for one in event.data["ticket_ids"]]
    assert len(opened) == len(set(opened)) == ROUNDS, "each ticket is told of once"


def test_events_in_a_row_of_one_album_by_several_workers(inbox: Inbox, implants: Line, now: datetime) -> None:
    """The same with the worker's own loop: it leases an event, runs all its handlers, and takes the next."""
    from qafila.events.actions import emit

    ids = inbox.messages(inbox.person(), implants[1], ALBUM)
    with transaction.atomic():
        for one in ids:
            emit("message.received", business_id=inbox.business.pk, data={"message_ids": [one]}, now=now)
    Crowd(4).each(1, lambda *_: run_due(now=now))
    assert not Event.objects.exclude(due_at=None).exists()
    assert not Event.objects.exclude(trouble="").exists()
    assert [ticket.inbound for ticket in inbox.open()] == [ALBUM]
    inbox.check(ids)


def test_the_database_itself_refuses_a_second_open_one(inbox: Inbox, implants: Line, now: datetime) -> None:
    person = inbox.person()
    for direction in (implants[0], None):
        whole = {"business": inbox.business, "contact": person, "opened_at": now, "last_inbound_at": now}
        first = Ticket.objects.create(**whole, direction=direction)
        with pytest.raises(IntegrityError, match="ticket_open_once"), transaction.atomic():
            Ticket.objects.create(**whole, direction=direction)
        Ticket.objects.filter(pk=first.pk).update(closed_at=now)
        Ticket.objects.create(**whole, direction=direction)


@pytest.mark.parametrize("seed", [1, 2])
def test_races_of_messages_transfers_and_closing_leave_one_open_and_drop_nothing(
    inbox: Inbox, implants: Line, braces: Line, sender: Sender, owner_actor: Actor, now: datetime, seed: int
) -> None:
    """8 threads of 100 steps on three people, three directions (none counts as one) and three numbers; ``sender`` has none."""
    threads, steps = 8, 100
    people = [inbox.person(f"Person {number}") for number in range(3)]
    numbers = [implants[1], braces[1], sender]
    directions = [implants[0], braces[0], None]
    sent: list[list[int]] = [[] for _ in range(threads)]
    chances = [random.Random(f"{seed} {thread}") for thread in range(threads)]

    def step(thread: int, _: int) -> None:
        chance = chances[thread]
        what = chance.choices(("write", "transfer", "close"), (5, 4, 2))[0]
        if what == "write":
            sent[thread] += _several_write(inbox, chance, people, numbers)
            return
        ticket = Ticket.objects.filter(contact=chance.choice(people)).order_by("-pk").first()
        if ticket is None:
            return
        if what == "close":
            actions.close(ticket=ticket, actor=owner_actor, now=now)
            return
        try:
            actions.transfer(ticket=ticket, direction=chance.choice(directions), actor=owner_actor, now=now)
        except Clash as clash:
            assert clash.code == "ticket_closed"

    Crowd(threads).each(steps, step)
    inbox.check([one for mine in sent for one in mine])
    ended = Ticket.objects.exclude(closed_at=None)
    assert ended.filter(closed_as="merged").exclude(merged_into=None).exists()
    assert ended.filter(closed_as="done", merged_into=None).exists()
    assert not ended.filter(closed_as="merged", inbound__gt=0).exists(), "a merged one gave everything away"


def _several_write(
    inbox: Inbox, chance: random.Random, people: list[Contact], numbers: list[Sender]
) -> list[int]:
    """One event with messages of several people to several numbers, in any order, told of twice now and then."""
    ids = [
        one
        for person in chance.sample(people, chance.randint(1, 3))
        for one in inbox.messages(person, chance.choice(numbers), chance.randint(1, 2))
    ]
    chance.shuffle(ids)
    inbox.hears(ids)
    if chance.random() < 0.2:
        inbox.hears(ids)
    return ids


def test_a_transfer_and_a_message_at_the_same_moment_are_one_ticket(
    inbox: Inbox, implants: Line, braces: Line, owner_actor: Actor, now: datetime
) -> None:
    """Whichever is first: the message lies in the ticket that moved. 50 people, three workers and two agents each."""
    people = [inbox.person(f"Person {number}") for number in range(ROUNDS)]
    first = [inbox.wrote(person, implants[1]) for person in people]
    tickets = {ticket.contact_id: ticket for ticket in inbox.open()}
    more = [inbox.messages(person, implants[1], 3) for person in people]
    agents: list[Direction | None] = [braces[0], None]

    def work(thread: int, number: int) -> None:
        if thread < 3:
            inbox.hears([more[number][thread]])
        else:
            ticket = tickets[people[number].pk]
            actions.transfer(ticket=ticket, direction=agents[thread - 3], actor=owner_actor, now=now)

    Crowd(5).each(ROUNDS, work)
    assert [(ticket.contact_id, ticket.inbound) for ticket in inbox.open()] == [
        (person.pk, 4) for person in people
    ]
    inbox.check([one for ids in (*first, *more) for one in ids])


def test_people_are_locked_in_the_order_of_their_ids(inbox: Inbox, implants: Line, dsn: str) -> None:
    """Whatever order an event names them in: so two events with the same people never wait for one another in a circle."""
    people = sorted(inbox.person(f"Person {number}").pk for number in range(12))
    ids = [inbox.messages(Contact.objects.get(pk=person), implants[1])[0] for person in people]
    random.Random(7).shuffle(ids)

    def hear() -> None:
        try:
            inbox.hears(ids)
        finally:
            connection.close()

    worker = threading.Thread(target=hear)
    with psycopg.connect(dsn) as holder, psycopg.connect(dsn, autocommit=True) as watcher:
        holder.execute("SELECT FROM contacts_contact WHERE id = %s FOR UPDATE", [people[-1]])
        worker.start()
        _until_somebody_waits_for(holder.info.backend_pid, watcher)
        free = "SELECT id FROM contacts_contact WHERE id = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED"
        assert watcher.execute(free, [people]).fetchall() == [], (
            "it waits for the last with all others in its hands"
        )
        holder.rollback()
        worker.join()
    assert len(inbox.open()) == len(people)
    inbox.check(ids)


def _until_somebody_waits_for(pid: int, watcher: psycopg.Connection[Any]) -> None:
    waiting = "SELECT FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"
    patience = threading.Event()
    for _ in range(1_200):
        if watcher.execute(waiting, [pid]).fetchone() is not None:
            return
        patience.wait(0.05)
    pytest.fail("nobody waits for the person who is held")
