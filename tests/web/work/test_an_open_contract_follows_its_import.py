"""An open page of a contract is told at each step from the file to the end, and what it then asks for says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.test import Client

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.campaigns import actions, incoming, reading
from qafila.campaigns.importing import Import, give_up
from qafila.campaigns.models import Campaign
from qafila.campaigns.watching import Watcher
from qafila.events import live
from qafila.ledger import actions as ledger
from qafila.ledger import some_messages
from qafila.ledger.models import Message
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db(transaction=True)

Heard = Callable[[], str]


@pytest.fixture
def heard(dsn: str) -> Iterator[Heard]:
    """What was told since the last call, as the hub of a web process hears it; waits for the first word."""
    with psycopg.connect(dsn, autocommit=True) as ear:
        ear.execute(f"LISTEN {live.CHANNEL}")

        def listen() -> str:
            said = [notice.payload for notice in ear.notifies(timeout=10, stop_after=1)]
            return " ".join([*said, *(notice.payload for notice in ear.notifies(timeout=0))])

        yield listen


@pytest.fixture
def campaign(business: Business, owner_actor: Actor, phone_linked_sender: Sender) -> Campaign:
    """Two chunks of rows, to be sent as soon as they are read."""
    rows = "".join(f"+2010000000{n:02d},Hello\n" for n in range(6))
    made = actions.create_contract_from_file(
        business=business,
        sender=phone_linked_sender,
        name="File",
        file=incoming.store(iter([f"phone,message\n{rows}".encode()])),
        actor=owner_actor,
        now=datetime.now(UTC),
    )
    actions.start_contract(
        business=business, public_id=made.public_id, actor=owner_actor, now=datetime.now(UTC)
    )
    return made


@pytest.fixture
def shown(owner: Client, campaign: Campaign) -> Callable[[], str]:
    """The part of the page that refreshes itself."""

    def look() -> str:
        return owner.get(f"/campaigns/{campaign.public_id}/part").content.decode()

    return look


def round_of_a_worker(watcher: Watcher) -> None:
    watcher.look(now=datetime.now(UTC))
    live.flush()


def test_from_the_file_to_the_end(
    campaign: Campaign, shown: Callable[[], str], heard: Heard, owner: Client, monkeypatch: Any
) -> None:
    monkeypatch.setattr(reading, "CHUNK", 3)
    topic, watcher = f"batch:{campaign.public_id}", Watcher()
    round_of_a_worker(watcher)
    assert topic in heard()
    page = owner.get(f"/campaigns/{campaign.public_id}").content.decode()
    assert f'data-live="{topic}"' in page
    assert f"live:{topic} from:body" in page
    assert "The rows are being read" in page

    with Import(campaign.pk) as run:
        assert run.begin(now=datetime.now(UTC))
        for rows in (3, 6):
            assert run.step(now=datetime.now(UTC))
            assert topic in heard()
            assert "The rows are being read" in (part := shown())
            assert f'value="{rows}"' in part
        assert not run.step(now=datetime.now(UTC))
    assert topic in heard(), "the end of reading is told by who read, not by the next look"
    assert "The rows are being read" not in (part := shown())
    assert "Running" in part

    waiting = list(Message.objects.filter(batch_id=campaign.batch_id).values_list("pk", flat=True))
    now = datetime.now(UTC)
    some_messages.cancel_messages(business_id=campaign.business_id, message_ids=waiting, now=now)
    ledger.finish_batches(now=now, uncertain_before=now - timedelta(days=1))
    round_of_a_worker(watcher)
    assert topic in heard()
    assert "Finished" in (part := shown())
    assert "Running" not in part


def test_a_file_that_cannot_be_read_is_told_of(
    campaign: Campaign, shown: Callable[[], str], heard: Heard
) -> None:
    give_up(campaign.pk, code="file_unreadable", now=datetime.now(UTC))
    assert f"batch:{campaign.public_id}" in heard()
    assert "The rows are being read" not in shown()


def test_what_moved_while_no_worker_looked_is_told_by_the_next_one(
    campaign: Campaign, shown: Callable[[], str], heard: Heard
) -> None:
    round_of_a_worker(Watcher())
    heard()
    Campaign.objects.filter(pk=campaign.pk).update(import_rows=5)  # by a worker that died before it told
    round_of_a_worker(Watcher())
    assert f"batch:{campaign.public_id}" in heard()
    assert 'value="5"' in shown()
