"""Who answered a contract, and who wanted no more after it: the figures of its funnel are the lists behind them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from qafila.businesses.models import Business
from qafila.campaigns.models import Campaign
from qafila.contacts.models import Contact, OptOut
from qafila.kit import looks
from qafila.ledger import answers, finding
from qafila.ledger.answers import Answer
from qafila.ledger.finding import Wanted
from qafila.ledger.models import Batch, Message
from qafila.ledger.states import BatchState, State, Target
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db
PEOPLE = 8


@pytest.fixture
def people(business: Business) -> list[int]:
    """Ids of eight people, one after another."""
    ids = [Contact.objects.create(business=business).pk for _ in range(PEOPLE)]
    assert ids == list(range(ids[0], ids[0] + PEOPLE))
    return ids


@pytest.fixture
def sent(contract: Callable[..., Campaign], people: list[int], at: datetime) -> Campaign:
    """A contract that reached everybody between 40 and 30 minutes ago."""
    return contract(
        "Offers",
        PEOPLE,
        shares={State.DELIVERED: 1.0},
        begin=at - timedelta(minutes=40),
        end=at - timedelta(minutes=30),
        contact_from=people[0],
        people=PEOPLE,
    )


@pytest.fixture
def write(business: Business, sender: Sender, at: datetime) -> Callable[..., Message]:
    """A person writes: ``write(contact_id, at)``."""
    batch = Batch.objects.create(
        business=business,
        state=BatchState.OPEN,
        target_kind=Target.SENDER,
        target_id=sender.pk,
        content={},
        created_at=at,
    )

    def says(contact: int, at: datetime, *, to: int | None = None) -> Message:
        count = Message.objects.count()
        return Message.objects.create(
            business_id=business.pk,
            batch_id=batch.pk,
            sender_id=to or sender.pk,
            contact_id=contact,
            state=State.RECEIVED,
            address="x",
            provider_id=f"in{count}",
            created_at=at,
        )

    return says


def message_of(campaign: Campaign, contact: int) -> int:
    return int(Message.objects.get(batch_id=campaign.batch_id, contact_id=contact).pk)


def found(campaign: Campaign, answer: Answer) -> set[int]:
    answers._looks.clear()
    wanted = Wanted(campaign.business_id, batch_id=campaign.batch_id, answer=answer)
    rows = {row.id for row in finding.rows(wanted, offset=0, limit=100)}
    assert len(rows) == finding.total(wanted).count
    assert rows == {row.id for row in finding.all_rows(wanted, chunk=2)}
    return rows


def test_only_what_follows_the_message_is_an_answer(
    sent: Campaign, people: list[int], write: Callable[..., Message], at: datetime
) -> None:
    write(people[0], at)
    write(people[0], at - timedelta(minutes=1))  # the same person twice is one message answered
    write(people[1], at - timedelta(hours=1))  # before it
    write(people[2], at + timedelta(days=8))  # too late
    write(people[3], at, to=987_654)  # to another number
    write(people[4], at + timedelta(days=6))
    assert found(sent, Answer.REPLIED) == {message_of(sent, people[0]), message_of(sent, people[4])}


def test_only_a_persons_own_word_is_their_opt_out(
    sent: Campaign, people: list[int], business: Business, at: datetime
) -> None:
    for contact, source in zip(people, ("message", "provider", "person", "import"), strict=False):
        OptOut.objects.create(business=business, contact_id=contact, at=at, source=source)
    OptOut.objects.create(
        business=business, contact_id=people[5], at=at, source="message", ended_at=at
    )  # who came back had gone, too
    expected = {message_of(sent, people[n]) for n in (0, 1, 5)}
    assert found(sent, Answer.OPTED_OUT) == expected


def test_the_figure_is_the_list(
    sent: Campaign, people: list[int], write: Callable[..., Message], owner: Client, at: datetime
) -> None:
    for contact in people[:3]:
        write(contact, at)
    answers._looks.clear()
    text = owner.get(f"/campaigns/{sent.public_id}").content.decode()
    links = re.findall(r'<a class="q-figure" href="([^"]+)"><bdi dir="ltr" class="q-num">(\d+)</bdi>', text)
    figures = {url.replace("&amp;", "&"): int(n) for url, n in links}
    (replied,) = [url for url in figures if "reached=replied" in url]
    (gone,) = [url for url in figures if "reached=opted_out" in url]
    assert (figures[replied], figures[gone]) == (3, 0)
    listed = owner.get(replied).content.decode()
    assert '<span id="list-total"><bdi dir="ltr" class="q-num">3</bdi>' in listed
    assert "No entry fits these filters" in owner.get(gone).content.decode()
    assert "No entry fits these filters" in owner.get("/messages/?reached=replied").content.decode()


def test_a_filter_beside_it_narrows_both(
    sent: Campaign, people: list[int], write: Callable[..., Message], at: datetime
) -> None:
    write(people[0], at)
    write(people[1], at)
    Message.objects.filter(pk=message_of(sent, people[1])).update(state=State.READ)
    answers._looks.clear()
    wanted = Wanted(sent.business_id, (State.READ,), batch_id=sent.batch_id, answer=Answer.REPLIED)
    assert finding.total(wanted).count == 1
    assert [row.id for row in finding.rows(wanted, offset=0, limit=9)] == [message_of(sent, people[1])]
    only = [message_of(sent, people[0]), message_of(sent, people[1]), message_of(sent, people[2])]
    assert [row.id for row in finding.some_rows(wanted, only)] == [message_of(sent, people[1])]


def test_a_look_is_kept_for_a_moment_only(
    sent: Campaign, people: list[int], write: Callable[..., Message], at: datetime
) -> None:
    answers._looks.clear()
    time = 100.0
    batch = sent.batch
    assert answers.answered(batch, Answer.REPLIED, clock=lambda: time) == ()
    write(people[0], at)
    time += looks.FRESH_SECONDS / 2
    assert answers.answered(batch, Answer.REPLIED, clock=lambda: time) == ()
    time += looks.FRESH_SECONDS
    assert answers.answered(batch, Answer.REPLIED, clock=lambda: time) == (message_of(sent, people[0]),)


def test_what_never_began_was_never_answered(contract: Callable[..., Campaign]) -> None:
    waiting = contract("Later", 5, shares={State.QUEUED: 1.0}, state=BatchState.DRAFT)
    assert found(waiting, Answer.REPLIED) == set()
