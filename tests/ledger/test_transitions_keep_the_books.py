"""Starting, pausing, cancelling, duplicates, retries and a person's word: every transition keeps the counters equal to
the rows, and nothing moves that should not."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from qafila.businesses.models import Business
from qafila.ledger import actions, queries
from qafila.ledger.models import Batch, Message
from qafila.ledger.queries import Counts
from qafila.ledger.states import BatchState, State, Target

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def rows_of(batch: Batch) -> Counter[str]:
    return Counter(
        State(s).word for s in Message.objects.filter(batch_id=batch.pk).values_list("state", flat=True)
    )


def balanced(batch: Batch) -> Counts:
    counts, rows = queries.counts(batch.pk), rows_of(batch)
    for field in fields(Counts):
        if field.name != "total":
            assert getattr(counts, field.name) == rows[field.name], field.name
    assert counts.total == sum(rows.values())
    return counts


@pytest.fixture
def batch(business: Business) -> Batch:
    """Ten rows: one bad number, one said twice, one person with two texts."""
    made = actions.create_batch(
        business_id=business.pk, target=(Target.SENDER, 1), content={"kind": "text"}, sealed=False, now=NOW
    )
    people = [1, 2, 3, 4, 5, 6, 7, 7, 7, None]
    texts = ["a"] * 7 + ["a", "b", "a"]
    rows = [
        actions.NewMessage(
            n + 1,
            person,
            f"20100000{n}",
            "٠١٠٠" if n == 3 else None,
            texts[n],
            None,
            None if person else "invalid_number",
        )
        for n, person in enumerate(people)
    ]
    added = actions.add_messages(batch=made, rows=rows[:6], now=NOW)
    assert (added.total, added.skipped) == (6, 0)
    added = actions.add_messages(batch=made, rows=rows[6:], now=NOW)
    assert (added.total, added.skipped) == (4, 1)
    made.refresh_from_db()
    return made


def test_rows_are_kept_as_given_and_read_in_order(batch: Batch) -> None:
    listed = list(queries.messages(batch.pk))
    assert [row.row_number for row in listed] == list(range(1, 11))
    assert listed[3].given_or_address == "٠١٠٠"
    assert listed[4].given_or_address == listed[4].address
    assert (listed[9].state, listed[9].reason, listed[9].tries) == (State.SKIPPED, "invalid_number", 0)
    page = list(queries.messages(batch.pk, after_id=listed[2].id, limit=3))
    assert [row.row_number for row in page] == [4, 5, 6]
    assert [r.row_number for r in queries.messages(batch.pk, states=[State.SKIPPED])] == [10]
    assert balanced(batch).queued == 9


def test_other_batches_between_are_not_read(batch: Batch, business: Business) -> None:
    other = actions.create_batch(
        business_id=business.pk, target=(Target.SENDER, 1), content={"kind": "text"}, now=NOW
    )
    actions.add_messages(batch=other, rows=[actions.NewMessage(1, 1, "2010", None, "x")], now=NOW)
    actions.add_messages(batch=batch, rows=[actions.NewMessage(11, 8, "2011", None, "y")], now=NOW)
    assert [row.row_number for row in queries.messages(batch.pk)] == list(range(1, 12))
    assert [row.body for row in queries.messages(other.pk)] == ["x"]


def test_the_same_words_to_the_same_person_go_once(batch: Batch) -> None:
    assert actions.skip_duplicates(batch_id=batch.pk, now=NOW) == 1
    twice = Message.objects.get(batch_id=batch.pk, reason="duplicate")
    assert twice.row_number == 8
    assert actions.skip_duplicates(batch_id=batch.pk, now=NOW) == 0
    assert balanced(batch).skipped == 2


def test_start_pause_and_start_again(batch: Batch) -> None:
    at = {"batch_id": batch.pk, "business_id": batch.business_id}
    assert actions.start_batch(**at, now=NOW) is BatchState.FLOWING
    assert actions.start_batch(**at, now=NOW) is BatchState.FLOWING
    assert actions.pause_batch(**at, now=NOW) is BatchState.PAUSED
    assert actions.pause_batch(**at, now=NOW) is BatchState.PAUSED
    assert not actions.hold_batch(batch_id=batch.pk, code="x", now=NOW)
    actions.start_batch(**at, now=NOW)
    assert actions.hold_batch(batch_id=batch.pk, code="cloud_api.132001", now=NOW)
    batch.refresh_from_db()
    assert (batch.state, batch.hold_code) == (BatchState.PAUSED, "cloud_api.132001")
    actions.start_batch(**at, now=NOW)
    batch.refresh_from_db()
    assert batch.hold_code == ""


def test_a_batch_of_another_business_is_not_there(batch: Batch, other_business: Business) -> None:
    for verb in (actions.start_batch, actions.pause_batch, actions.cancel_batch):
        with pytest.raises(actions.NoSuchBatch):
            verb(batch_id=batch.pk, business_id=other_business.pk, now=NOW)
    batch.refresh_from_db()
    assert batch.state == BatchState.DRAFT
    message = Message.objects.filter(batch_id=batch.pk).earliest("pk")
    assert queries.message(other_business.pk, message.pk) is None
    assert queries.message(batch.business_id, message.pk) is not None


def test_cancelling_marks_what_was_queued_in_rounds(batch: Batch) -> None:
    actions.cancel_batch(batch_id=batch.pk, business_id=batch.business_id, now=NOW)
    assert actions.cancel_some(most=4, now=NOW) == 4
    assert balanced(batch).cancelled == 4
    assert actions.cancel_some(most=100, now=NOW) == 5
    assert actions.cancel_some(most=100, now=NOW) == 0
    counts = balanced(batch)
    assert (counts.cancelled, counts.queued, counts.skipped) == (9, 0, 1)
    batch.refresh_from_db()
    assert batch.finished_at is not None


def _force(batch: Batch, state: State, n: int, *, at: datetime = NOW) -> list[int]:
    """Puts n queued rows into a state by hand, with counters."""
    ids = list(Message.objects.filter(batch_id=batch.pk, state=State.QUEUED).values_list("pk", flat=True)[:n])
    Message.objects.filter(pk__in=ids).update(
        state=state,
        due_at=None,
        sender_id=5,
        attempt=1,
        tries=3,
        claimed_at=at,
        uncertain_at=at if state is State.UNCERTAIN else None,
        failed_at=at if state is State.FAILED else None,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO ledger_batchsender AS c (batch_id, sender_id, {state.word}) VALUES (%s, 5, %s)"
            f" ON CONFLICT (batch_id, sender_id) DO UPDATE SET {state.word} = c.{state.word} + excluded.{state.word}",
            [batch.pk, n],
        )
    return ids


def test_a_batch_finishes_when_everything_has_its_final_state(batch: Batch) -> None:
    day_ago = NOW - timedelta(hours=24)
    actions.start_batch(batch_id=batch.pk, business_id=batch.business_id, now=NOW)
    _force(batch, State.SENT, 8)
    assert actions.finish_batches(now=NOW, uncertain_before=day_ago) == []
    [last] = _force(batch, State.UNCERTAIN, 1)
    assert actions.finish_batches(now=NOW, uncertain_before=day_ago) == []  # not sealed, and young
    actions.seal_batch(batch_id=batch.pk, now=NOW)
    assert actions.finish_batches(now=NOW, uncertain_before=day_ago) == []
    later = NOW + timedelta(hours=24, seconds=1)
    finished = actions.finish_batches(now=later, uncertain_before=later - timedelta(hours=24))
    assert [f[0] for f in finished] == [batch.pk]
    assert actions.finish_batches(now=later, uncertain_before=later - timedelta(hours=24)) == []
    assert Message.objects.get(pk=last).state == State.UNCERTAIN


@pytest.mark.parametrize(
    ("word", "state"),
    [
        (actions.Resolution.SENT, State.SENT),
        (actions.Resolution.FAILED, State.FAILED),
        (actions.Resolution.RESEND, State.QUEUED),
    ],
)
def test_a_persons_word_settles_uncertain_ones(batch: Batch, word: actions.Resolution, state: State) -> None:
    ids = _force(batch, State.UNCERTAIN, 3)
    one = actions.resolve_uncertain(business_id=batch.business_id, as_=word, message_ids=ids[:1], now=NOW)
    assert one == 1
    assert (
        actions.resolve_uncertain(business_id=batch.business_id, as_=word, message_ids=ids[:1], now=NOW) == 0
    )
    assert actions.resolve_uncertain(business_id=batch.business_id, as_=word, batch_id=batch.pk, now=NOW) == 2
    assert set(Message.objects.filter(pk__in=ids).values_list("state", flat=True)) == {state}
    if state is State.QUEUED:
        message = Message.objects.get(pk=ids[0])
        assert (message.sender_id, message.tries, message.attempt, message.due_at) == (0, 0, 1, NOW)
    balanced(batch)


def test_a_stranger_resolves_nothing(batch: Batch, other_business: Business) -> None:
    ids = _force(batch, State.UNCERTAIN, 2)
    word = actions.Resolution.RESEND
    assert actions.resolve_uncertain(business_id=other_business.pk, as_=word, message_ids=ids, now=NOW) == 0
    assert actions.resolve_uncertain(business_id=other_business.pk, as_=word, batch_id=batch.pk, now=NOW) == 0
    assert balanced(batch).uncertain == 2


def test_failed_ones_are_tried_again_and_skipped_ones_are_not(batch: Batch, other_business: Business) -> None:
    _force(batch, State.FAILED, 4)
    _force(batch, State.UNCERTAIN, 1)
    assert actions.retry_failed(business_id=other_business.pk, batch_id=batch.pk, now=NOW) == 0
    assert actions.retry_failed(business_id=batch.business_id, batch_id=batch.pk, now=NOW) == 4
    counts = balanced(batch)
    assert (counts.queued, counts.failed, counts.uncertain, counts.skipped) == (8, 0, 1, 1)
    assert set(
        Message.objects.filter(batch_id=batch.pk, state=State.QUEUED).values_list("tries", flat=True)
    ) == {0}


def test_queue_totals_add_up_over_batches(batch: Batch, business: Business, other_business: Business) -> None:
    _force(batch, State.SENT, 2)
    totals = queries.queue_totals(business.pk)
    assert (totals[State.QUEUED], totals[State.SENT], totals[State.SKIPPED]) == (7, 2, 1)
    assert set(queries.queue_totals(other_business.pk).values()) == {0}
    assert queries.reasons(batch.pk) == [(State.SKIPPED, "invalid_number", 1)]
