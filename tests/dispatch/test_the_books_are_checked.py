"""Counters are recounted against the rows each minute; a difference is an alert, and nothing else is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from bench.seeding import fill
from qafila.alerts.models import Alert
from qafila.businesses.models import Business
from qafila.dispatch.books import BookKeeper
from qafila.ledger import balance
from qafila.ledger.finding import OUTGOING
from qafila.ledger.models import Batch, BatchSender
from qafila.ledger.states import BatchState, State
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def batches(business: Business, sender: Sender, now) -> list[Batch]:
    return [
        fill(
            business_id=business.pk,
            sender_id=sender.pk,
            count=90,
            shares=dict.fromkeys(OUTGOING, 1.0),
            begin=now - timedelta(hours=1),
            end=now,
            state=BatchState.FLOWING,
            people=90,
        )
        for _ in range(3)
    ]


def test_balanced_books_raise_no_alert(batches, now) -> None:
    assert BookKeeper().look(now=now) == len(batches)
    assert not Alert.objects.exists()


def test_a_counter_that_is_off_by_one_is_told(batches, business, now) -> None:
    BatchSender.objects.filter(batch_id=batches[1].pk, sent__gt=0).update(sent=F("sent") - 1)
    found = balance.look(now=now).differences
    assert [(one.batch_id, one.states) for one in found] == [(batches[1].pk, (State.QUEUED, State.SENT))]
    BookKeeper().look(now=now)
    alert = Alert.objects.get()
    assert (alert.code, alert.business_id, alert.subject_id) == (
        "books_do_not_balance",
        business.pk,
        str(batches[1].public_id),
    )


def test_a_look_is_bounded_and_the_next_one_goes_on(batches, now) -> None:
    seen, last = [], 0
    for _ in range(4):
        look = balance.look(after_id=last, most_rows=100, now=now)
        last = look.last_id
        seen.append(look.batches)
    assert seen == [1, 1, 1, 0]
    assert last == 0, "then it begins anew"


def test_what_neither_moves_nor_ended_lately_is_left_alone(batches, now) -> None:
    Batch.objects.update(state=BatchState.FINISHED, finished_at=now - timedelta(minutes=6))
    assert BookKeeper().look(now=now) == 0
