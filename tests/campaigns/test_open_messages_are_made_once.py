"""An open message whose id was given out before is made once, however often and however many at a time ask for it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from django.db import connection

from qafila.businesses.actor import Actor
from qafila.businesses.models import AuditEntry, Business
from qafila.businesses.refusals import NotFound
from qafila.campaigns.actions import Opened, Reach, create_open_message, reach_of
from qafila.campaigns.models import Campaign
from qafila.campaigns.rules.open_content import read_open_content
from qafila.kit.ids import new_public_id
from qafila.ledger.models import Batch, Message
from qafila.senders.models import Sender

CONTENT = read_open_content("text", "We are open again.")
GIVEN = ["+201000000077", "+20 100 000 0077", "nonsense", "+201000000078"]


@pytest.fixture
def send(business: Business, owner_actor: Actor, phone_linked_sender: Sender) -> Callable[[str], Opened]:
    def create(public_id: str) -> Opened:
        return create_open_message(
            business=business,
            target=phone_linked_sender,
            content=CONTENT,
            recipients=GIVEN,
            actor=owner_actor,
            now=datetime.now(UTC),
            public_id=public_id,
        )

    return create


def books() -> tuple[int, int, int, int]:
    made = AuditEntry.objects.filter(action="open_message.created").count()
    return Campaign.objects.count(), Batch.objects.count(), Message.objects.count(), made


@pytest.mark.django_db
def test_the_same_id_again_makes_nothing(send: Callable[[str], Opened]) -> None:
    wanted = new_public_id("open")
    first = send(wanted)
    assert (first.campaign.public_id, first.is_new, len(first.rejected)) == (wanted, True, 2)
    before = books()
    again = send(wanted)
    assert (again.campaign, again.is_new) == (first.campaign, False)
    assert books() == before
    assert send(new_public_id("open")).is_new


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_make_one(send: Callable[[str], Opened]) -> None:
    wanted, together = new_public_id("open"), Barrier(4)

    def one(_: int) -> tuple[bool, int]:
        together.wait()
        try:
            opened = send(wanted)
            return opened.is_new, opened.campaign.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(one, range(4)))
    assert sorted(new for new, _ in found) == [False, False, False, True]
    assert len({pk for _, pk in found}) == 1
    assert books() == (1, 1, 4, 1)


@pytest.mark.django_db
def test_anothers_id_is_not_there(
    send: Callable[[str], Opened], other_business: Business, stranger_actor: Actor, business: Business
) -> None:
    wanted = new_public_id("open")
    made = send(wanted).campaign
    Campaign.objects.filter(pk=made.pk).update(business=other_business)
    before = books()
    with pytest.raises(NotFound):
        send(wanted)
    assert books() == before


@pytest.mark.django_db
def test_whom_it_reaches_is_known_before(
    business: Business, owner_actor: Actor, phone_linked_sender: Sender, send: Callable[[str], Opened]
) -> None:
    before = books()
    found = reach_of(
        business=business,
        target=phone_linked_sender,
        content=CONTENT,
        recipients=GIVEN,
        actor=owner_actor,
    )
    assert (found, books()) == (Reach(people=2, left_out=2), before)
    assert len(send(new_public_id("open")).rejected) == found.left_out
