"""What a list counts is what it lists: by state, batch, sender, reason, person and day, from either end, page by page."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from bench.seeding import fill
from qafila.businesses.models import Business
from qafila.ledger import finding, queries, walking
from qafila.ledger.finding import OUTGOING, Wanted
from qafila.ledger.models import Batch, Message
from qafila.ledger.states import BatchState, State
from qafila.ledger.today import ENDED

pytestmark = pytest.mark.django_db
MIDNIGHT = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
ALL = dict.fromkeys(OUTGOING, 1.0)


@pytest.fixture(autouse=True)
def same_draw(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")


@pytest.fixture
def books(business: Business, other_business: Business) -> list[Batch]:
    """Yesterday's batch, one over midnight, today's, a finished one of last week, another sender's, and a stranger's."""
    hour = timedelta(hours=1)
    spans = [
        (1, 300, MIDNIGHT - 9 * hour, MIDNIGHT - hour, BatchState.PAUSED),
        (1, 200, MIDNIGHT - 3 * hour, MIDNIGHT + 3 * hour, BatchState.FLOWING),
        (1, 150, MIDNIGHT + hour, MIDNIGHT + 4 * hour, BatchState.FLOWING),
        (1, 90, MIDNIGHT - 150 * hour, MIDNIGHT - 140 * hour, BatchState.FINISHED),
        (2, 120, MIDNIGHT + hour, MIDNIGHT + 2 * hour, BatchState.FLOWING),
    ]
    made = [
        fill(
            business_id=business.pk,
            sender_id=sender,
            count=count,
            shares=ALL if state is not BatchState.FINISHED else dict.fromkeys((*ENDED, State.READ), 1.0),
            begin=begin,
            end=end,
            state=state,
            people=100,
        )
        for sender, count, begin, end, state in spans
    ]
    fill(
        business_id=other_business.pk,
        sender_id=3,
        count=50,
        shares=ALL,
        begin=MIDNIGHT,
        end=MIDNIGHT + hour,
        people=10,
    )
    return made


def listed(wanted: Wanted, *, page: int, oldest_first: bool = False) -> list[int]:
    ids: list[int] = []
    for offset in itertools.count(0, page):
        rows = finding.rows(wanted, offset=offset, limit=page, oldest_first=oldest_first)
        ids += [row.id for row in rows]
        if len(rows) < page:
            return ids
    raise AssertionError


def agrees(wanted: Wanted, *, page: int = 37) -> list[int]:
    total = finding.total(wanted)
    newest, oldest = listed(wanted, page=page), listed(wanted, page=page, oldest_first=True)
    everything = [row.id for row in finding.all_rows(wanted, chunk=41)]
    assert total.exact
    assert len(newest) == len(set(newest)) == total.count
    assert oldest == newest[::-1]
    assert sorted(everything) == sorted(newest)
    return newest


def test_a_hundred_random_filters(books: list[Batch], business: Business) -> None:
    rng = random.Random(7)
    reasons = ["cloud_api.131026", "cancelled", "opted_out", "", "unheard_of"]
    for _ in range(100):
        given: dict[str, Any] = {"business_id": business.pk}
        if rng.random() < 0.8:
            given["states"] = tuple(rng.sample(OUTGOING, rng.choice((1, 1, 1, 2, 4))))
        for name, value in (
            ("batch_id", rng.choice(books).pk),
            ("sender_id", rng.choice((1, 2))),
            ("reason", rng.choice(reasons)),
            ("contact_ids", (rng.randint(1, 100), 5)),
            ("since", MIDNIGHT + timedelta(hours=rng.randint(-8, 3))),
            ("until", MIDNIGHT + timedelta(hours=rng.randint(-2, 5))),
        ):
            if rng.random() < 0.25:
                given[name] = value
        wanted = Wanted(**given)
        assert sorted(agrees(wanted)) == sorted(truth(wanted)), wanted


def truth(wanted: Wanted) -> list[int]:
    """The same in plain words, from every row."""
    targets = dict(Batch.objects.values_list("pk", "target_id"))
    begun = dict(Batch.objects.values_list("pk", "created_at"))
    alone = not (wanted.batch_id or wanted.sender_id or wanted.contact_ids) and wanted.reason is None
    found = []
    for m in Message.objects.filter(business_id=wanted.business_id).exclude(state=State.RECEIVED):
        state = State(m.state)
        moment = m.failed_at if state in ENDED else m.created_at if state is State.QUEUED else m.claimed_at
        of_today = alone and wanted.until is None and wanted.since and begun[m.batch_id] >= wanted.since
        if (
            (not wanted.states or state in wanted.states)
            and (wanted.batch_id is None or m.batch_id == wanted.batch_id)
            and (wanted.sender_id is None or wanted.sender_id in (m.sender_id, targets[m.batch_id]))
            and (wanted.reason is None or (m.reason or "") == wanted.reason)
            and (wanted.contact_ids is None or m.contact_id in wanted.contact_ids)
            and (wanted.since is None or moment >= wanted.since or of_today)
            and (wanted.until is None or moment < wanted.until)
        ):
            found.append(m.pk)
    return found


@pytest.mark.parametrize("sparse", [0, 3_000], ids=["along the key", "by partial indexes"])
def test_each_state_of_each_batch(
    books: list[Batch], business: Business, sparse: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "SPARSE", sparse)
    for batch in books:
        counts = queries.counts(batch.pk)
        for state in OUTGOING:
            wanted = Wanted(business.pk, (state,), batch_id=batch.pk)
            assert len(agrees(wanted)) == getattr(counts, state.word)
    totals = queries.queue_totals(business.pk)
    for state in OUTGOING:
        assert len(agrees(Wanted(business.pk, (state,)))) == totals[state]


def test_today_is_what_moved_today(books: list[Batch], business: Business) -> None:
    today = finding.counts_since(business.pk, since=MIDNIGHT)
    for state in OUTGOING:
        assert len(agrees(Wanted(business.pk, (state,), since=MIDNIGHT))) == today[state]
    over = books[1]
    read = Message.objects.filter(batch_id=over.pk, state=State.READ)
    before, after = (
        read.filter(claimed_at__lt=MIDNIGHT).first(),
        read.filter(claimed_at__gte=MIDNIGHT).first(),
    )
    assert before is not None
    assert after is not None
    ids = agrees(Wanted(business.pk, (State.READ,), since=MIDNIGHT))
    assert after.pk in ids
    assert before.pk not in ids
    assert not set(Message.objects.filter(batch_id=books[0].pk).values_list("pk", flat=True)) & set(ids)


def test_reasons_of_a_batch_add_up(books: list[Batch], business: Business) -> None:
    for batch in books:
        figures = walking.figures(business.pk, batch_id=batch.pk)[0].by_state()
        rows = Counter(
            (State(state), reason)
            for state, reason in Message.objects.filter(batch_id=batch.pk, state__in=ENDED).values_list(
                "state", "reason"
            )
        )
        found = {(state, reason): count for state, reason, count in finding.reasons_of(batch.pk, figures)}
        assert found == rows
        for (state, reason), count in found.items():
            wanted = Wanted(business.pk, (state,), batch_id=batch.pk, reason=reason)
            assert len(agrees(wanted)) == count


def test_one_reason_for_two_states_is_told_apart(books: list[Batch], business: Business) -> None:
    batch = books[0]
    Message.objects.filter(batch_id=batch.pk, state__in=ENDED).update(reason="opted_out")
    known = walking.figures(business.pk, batch_id=batch.pk)[0].by_state()
    found = {(state, reason): count for state, reason, count in finding.reasons_of(batch.pk, known)}
    assert found == {(state, "opted_out"): known[state] for state in ENDED}


def test_where_nothing_counts_counting_ends(
    books: list[Batch], business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MOST_COUNTED", 20)
    wanted = Wanted(business.pk, batch_id=books[0].pk, until=MIDNIGHT + timedelta(days=9))
    assert finding.total(wanted) == finding.Total(20, exact=False)
    assert len(listed(wanted, page=50)) == 300


def test_rows_that_leave_the_filter_meanwhile_are_met_once(books: list[Batch], business: Business) -> None:
    wanted = Wanted(business.pk, (State.FAILED,))
    count = finding.total(wanted).count
    met = []
    for row in finding.all_rows(wanted, chunk=5):
        met.append(row.id)
        Message.objects.filter(pk=row.id).update(state=State.QUEUED, due_at=MIDNIGHT, failed_at=None)
    assert len(met) == len(set(met)) == count
