"""Pages that show a campaign are told when it moved, stopped or went on, and only then."""

from __future__ import annotations

import pytest

from bench.seeding import fill
from qafila.businesses.models import Business
from qafila.campaigns.models import Campaign, Kind
from qafila.campaigns.watching import Watcher
from qafila.events import live
from qafila.ledger.models import Batch, BatchSender
from qafila.ledger.states import BatchState, State
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def touched(monkeypatch) -> set[tuple[int, str]]:
    heard: set[tuple[int, str]] = set()
    monkeypatch.setattr(live, "touch", lambda business_id, topic: heard.add((business_id, topic)))
    return heard


@pytest.fixture
def batch(business: Business, sender: Sender, now) -> Batch:
    batch = fill(
        business_id=business.pk,
        sender_id=sender.pk,
        count=10,
        shares={State.SENT: 1.0},
        begin=now,
        end=now,
        state=BatchState.FLOWING,
        people=10,
    )
    Campaign.objects.create(
        public_id="contract_1",
        business=business,
        kind=Kind.CONTRACT,
        name="One",
        sender=sender,
        batch=batch,
        total_count=10,
        created_at=now,
    )
    return batch


def test_a_campaign_is_told_of_once_for_each_look_in_which_it_moved(batch, business, now, touched) -> None:
    watcher = Watcher()
    assert watcher.look(now=now) == 1, "what moved while no worker looked"
    assert (business.pk, "batch:contract_1") in touched
    touched.clear()
    assert watcher.look(now=now) == 0
    assert not touched
    counter = BatchSender.objects.filter(batch_id=batch.pk)
    counter.update(delivered=1)
    assert watcher.look(now=now) == 1
    topics = {"batch:contract_1", "queue", "dashboard", "senders"}
    assert touched == {(business.pk, topic) for topic in topics}
    touched.clear()
    assert watcher.look(now=now) == 0
    assert not touched


def test_a_pause_is_told_of_although_the_campaign_is_watched_no_more(batch, business, now, touched) -> None:
    watcher = Watcher()
    watcher.look(now=now)
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.PAUSED)
    assert watcher.look(now=now) == 1
    assert (business.pk, "batch:contract_1") in touched
    assert watcher.look(now=now) == 0
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.FLOWING)
    assert watcher.look(now=now) == 1
