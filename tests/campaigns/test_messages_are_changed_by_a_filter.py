"""Cancelling, retrying and settling by a filter: only what stands in the right state moves, the counters stay equal to
the rows, nobody reaches another business, and each time one line in the audit log says how many."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta

import pytest
from django.db import connection

from bench.seeding import fill
from qafila.businesses.actor import Actor, user_actor
from qafila.businesses.models import AuditEntry, Business
from qafila.businesses.refusals import NotAllowed, NotFound
from qafila.campaigns.actions import Verb, change_messages, several
from qafila.events.models import Event
from qafila.ledger import queries
from qafila.ledger.finding import OUTGOING, Wanted
from qafila.ledger.models import Batch, Message
from qafila.ledger.queries import Counts
from qafila.ledger.states import BatchState, State
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def batches(business: Business, sender: Sender, now, monkeypatch) -> list[Batch]:
    """A finished, a running and a cancelled one, with every state in each; chunks are small."""
    monkeypatch.setattr(several, "CHUNK", 7)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.25)")
    return [
        fill(
            business_id=business.pk,
            sender_id=sender.pk,
            count=90,
            shares=dict.fromkeys(OUTGOING, 1.0),
            begin=now - timedelta(hours=3),
            end=now - timedelta(hours=1),
            state=state,
            people=90,
        )
        for state in (BatchState.FINISHED, BatchState.FLOWING, BatchState.CANCELLED)
    ]


def balanced(batches: list[Batch]) -> None:
    for batch in batches:
        counts = queries.counts(batch.pk)
        for field in fields(Counts):
            if field.name != "total":
                rows = Message.objects.filter(batch_id=batch.pk, state=State[field.name.upper()]).count()
                assert getattr(counts, field.name) == rows, field.name


def totals(business: Business) -> dict[State, int]:
    return queries.queue_totals(business.pk)


def test_retry_queues_what_failed_but_not_of_a_cancelled_contract(
    batches, business, owner_actor, now
) -> None:
    failed = [queries.counts(batch.pk).failed for batch in batches]
    done = change_messages(wanted=Wanted(business.pk), verb=Verb.RETRY, actor=owner_actor, now=now)
    assert done == failed[0] + failed[1] > 0
    assert totals(business)[State.FAILED] == failed[2]
    again = Message.objects.filter(
        batch_id=batches[0].pk, state=State.QUEUED, tries=0, reason=None, due_at=now
    )
    assert again.count() == failed[0]
    batches[0].refresh_from_db()
    assert (batches[0].state, batches[0].finished_at) == (BatchState.FLOWING, None)
    assert {e.subject_id for e in Event.objects.filter(kind="batch.started")} == {
        str(batches[0].public_id),
        str(batches[1].public_id),
    }
    balanced(batches)
    entry = AuditEntry.objects.filter(business=business).latest("pk")
    assert (entry.action, entry.detail["count"]) == ("messages.retried", done)


def test_only_some_reasons_are_retried(batches, business, owner_actor, now) -> None:
    reason = "cloud_api.131016"
    there = Message.objects.filter(batch_id=batches[1].pk, reason=reason).count()
    wanted = Wanted(business.pk, batch_id=batches[1].pk)
    done = change_messages(wanted=wanted, verb=Verb.RETRY, reasons=[reason], actor=owner_actor, now=now)
    assert done == there > 0
    assert Message.objects.filter(batch_id=batches[1].pk, state=State.FAILED).exists()
    balanced(batches)


def test_cancelling_takes_the_queued_of_a_filter(batches, business, owner_actor, now) -> None:
    wanted = Wanted(business.pk, (State.QUEUED, State.FAILED), batch_id=batches[1].pk)
    queued = queries.counts(batches[1].pk).queued
    assert change_messages(wanted=wanted, verb=Verb.CANCEL, actor=owner_actor, now=now) == queued > 0
    assert queries.counts(batches[1].pk).queued == 0
    assert queries.counts(batches[0].pk).queued > 0
    assert change_messages(wanted=wanted, verb=Verb.CANCEL, actor=owner_actor, now=now) == 0
    balanced(batches)


@pytest.mark.parametrize(
    ("verb", "state"),
    [
        (Verb.SETTLE_SENT, State.SENT),
        (Verb.SETTLE_FAILED, State.FAILED),
        (Verb.SETTLE_RESEND, State.QUEUED),
    ],
)
def test_uncertain_ones_are_settled(batches, business, owner_actor, now, verb: Verb, state: State) -> None:
    before = totals(business)
    done = change_messages(wanted=Wanted(business.pk), verb=verb, actor=owner_actor, now=now)
    after = totals(business)
    assert (done, after[State.UNCERTAIN]) == (before[State.UNCERTAIN], 0)
    assert after[state] == before[state] + done
    balanced(batches)


def test_ticked_ones_only_as_far_as_the_filter_holds_them(batches, business, owner_actor, now) -> None:
    queued = list(
        Message.objects.filter(batch_id=batches[1].pk, state=State.QUEUED).values_list("pk", flat=True)
    )
    other = Message.objects.filter(batch_id=batches[0].pk, state=State.QUEUED).first()
    assert other is not None
    wanted = Wanted(business.pk, batch_id=batches[1].pk)
    only = [*queued[:3], other.pk, 10**12]
    assert change_messages(wanted=wanted, verb=Verb.CANCEL, only=only, actor=owner_actor, now=now) == 3
    other.refresh_from_db()
    assert other.state == State.QUEUED
    assert change_messages(wanted=wanted, verb=Verb.CANCEL, only=[], actor=owner_actor, now=now) == 0


def test_a_tab_of_another_state_changes_nothing(batches, business, owner_actor, now) -> None:
    wanted = Wanted(business.pk, (State.READ,))
    assert change_messages(wanted=wanted, verb=Verb.RETRY, actor=owner_actor, now=now) == 0


def test_nobody_reaches_another_business(
    batches, business, stranger_actor: Actor, owner_actor: Actor, now
) -> None:
    before = totals(business)
    with pytest.raises(NotFound):
        change_messages(wanted=Wanted(business.pk), verb=Verb.CANCEL, actor=stranger_actor, now=now)
    ids = list(Message.objects.filter(business_id=business.pk).values_list("pk", flat=True))
    theirs = Wanted(stranger_actor.business.pk)
    assert change_messages(wanted=theirs, verb=Verb.CANCEL, only=ids, actor=stranger_actor, now=now) == 0
    assert totals(business) == before


def test_a_role_without_the_right_is_refused(batches, business, now) -> None:
    from qafila.businesses.models import User

    reader = user_actor(business=business, user=User(email="r@example.com", name="R"), role="agent")
    with pytest.raises(NotAllowed):
        change_messages(wanted=Wanted(business.pk), verb=Verb.CANCEL, actor=reader, now=now)
