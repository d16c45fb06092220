"""What happened reaches whoever wants to hear of it: once it is committed, until it worked, or until it is given up."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from qafila.alerts.models import Alert, Level
from qafila.businesses.models import Business
from qafila.events import registry
from qafila.events.actions import emit
from qafila.events.jobs import remove_old, run_due
from qafila.events.models import Event
from qafila.events.registry import EventValue, TryAgainLater, on
from qafila.events.rules.backing_off import MAX_ATTEMPTS, wait_after
from qafila.events.sql import EMIT

KIND = "messages.receipts"
"""A kind that nobody of the house listens to: see the first test."""


@pytest.fixture
def listen():
    """Registers handlers for one test."""
    names = []

    def register(handler, name="tests.listener", kind=KIND):
        on(kind, name)(handler)
        names.append((kind, name))

    yield register
    for kind, name in names:
        registry.forget(kind, name)


def tell(business, now, **data):
    with transaction.atomic():
        return emit(KIND, business_id=business.pk, subject=("template", "t-1"), data=data, now=now)


def test_only_these_tests_listen():
    assert registry.handlers_of(KIND) == []


def test_a_handler_hears_what_happened_once(business, now, listen):
    heard: list[EventValue] = []
    listen(heard.append)
    event_id = tell(business, now, name="order", state="approved")
    assert run_due(now=now) == 1
    assert run_due(now=now + timedelta(days=1)) == 0
    assert heard == [
        EventValue(
            id=event_id,
            kind=KIND,
            business_id=business.pk,
            subject_kind="template",
            subject_id="t-1",
            data={"name": "order", "state": "approved"},
            at=now,
            attempt=1,
        )
    ]


def test_nothing_is_heard_of_what_was_rolled_back(business, now, listen):
    heard: list[EventValue] = []
    listen(heard.append)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        emit(KIND, business_id=business.pk, data={}, now=now)
        raise ZeroDivisionError
    assert run_due(now=now) == 0
    assert heard == []


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused(business, now):
    with pytest.raises(transaction.TransactionManagementError):
        emit(KIND, business_id=business.pk, data={}, now=now)


def test_an_unknown_kind_is_refused(business, now):
    with pytest.raises(ValueError, match="no kind of event"):
        emit("made.up", business_id=business.pk, data={}, now=now)
    with pytest.raises(ValueError, match="no kind of event"):
        on("made.up", "tests.listener")


def test_two_handlers_cannot_share_a_name(listen):
    listen(lambda event: None)
    with pytest.raises(ValueError, match="Two handlers"):
        on(KIND, "tests.listener")(print)


def test_oldest_first_and_no_more_than_asked(business, now, listen):
    heard: list[int] = []
    listen(lambda event: heard.append(event.data["n"]))
    for n in (2, 0, 1):
        tell(business, now + timedelta(seconds=n), n=n)
    assert run_due(limit=2, now=now + timedelta(seconds=5)) == 2
    assert heard == [0, 1]
    assert run_due(now=now + timedelta(seconds=1)) == 0
    assert run_due(now=now + timedelta(seconds=5)) == 1


@pytest.mark.parametrize(
    "fault", [TryAgainLater("not yet"), OperationalError("x"), ValueError("+79991234567"), KeyError("a")]
)
def test_after_a_known_fault_it_waits_longer_each_time(fault, business, now, listen):
    tries: list[int] = []

    def handler(event: EventValue) -> None:
        tries.append(event.attempt)
        if len(tries) < 4:
            raise fault

    listen(handler)
    event_id = tell(business, now)
    at = now
    for wait in (2, 4, 8):
        assert run_due(now=at) == 1
        assert run_due(now=at + timedelta(seconds=wait - 0.1)) == 0
        assert "+79991234567" not in Event.objects.get(pk=event_id).trouble
        assert Event.objects.get(pk=event_id).trouble.startswith("tests.listener: ")
        at += timedelta(seconds=wait)
    assert run_due(now=at) == 1
    assert tries == [1, 2, 3, 4]
    done = Event.objects.get(pk=event_id)
    assert (done.due_at, done.trouble) == (None, "")


def test_what_a_handler_did_before_its_fault_is_undone(business, other_business, now, listen):
    def handler(event: EventValue) -> None:
        Business.objects.filter(pk=other_business.pk).update(name="changed")
        raise TryAgainLater

    listen(handler)
    tell(business, now)
    run_due(now=now)
    assert Business.objects.get(pk=other_business.pk).name == other_business.name


def test_one_that_never_works_is_given_up_and_becomes_one_alert(business, now, listen):
    def handler(event: EventValue) -> None:
        raise TryAgainLater("the door is shut")

    listen(handler)
    event_ids = [tell(business, now) for _ in range(3)]
    at = now
    for _ in range(MAX_ATTEMPTS + 1):
        run_due(now=at)
        at += timedelta(minutes=5)
    for event in Event.objects.filter(pk__in=event_ids):
        assert (event.due_at, event.attempts) == (None, MAX_ATTEMPTS)
    alert = Alert.objects.get()
    assert (alert.business, alert.code, alert.level, alert.count) == (
        business,
        "event_given_up",
        Level.CRITICAL,
        3,
    )
    assert alert.params == {
        "kind": KIND,
        "handler": "tests.listener",
        "trouble": "tests.listener: the door is shut",
    }
    assert not Event.objects.exclude(due_at=None).exists()


def test_giving_up_the_news_of_giving_up_ends_there(business, now, listen):
    def handler(event: EventValue) -> None:
        raise TryAgainLater

    listen(handler, name="tests.deaf", kind="event.given_up")
    with transaction.atomic():
        emit("event.given_up", business_id=None, data={"kind": KIND, "handler": "h", "trouble": ""}, now=now)
    at = now
    for _ in range(MAX_ATTEMPTS + 2):
        run_due(now=at)
        at += timedelta(minutes=5)
    assert Event.objects.exclude(kind="alert.raised").count() == 1


def test_a_fault_of_no_known_kind_goes_up_and_blocks_nothing_else(business, now, listen):
    heard: list[int] = []

    class Unheard(Exception):
        pass

    def handler(event: EventValue) -> None:
        if event.data["n"] == 0 and event.attempt == 1:
            raise Unheard
        heard.append(event.data["n"])

    listen(handler)
    for n in range(3):
        tell(business, now, n=n)
    with pytest.raises(Unheard):
        run_due(now=now)
    assert run_due(now=now) == 2
    assert heard == [1, 2]
    assert run_due(now=now + timedelta(minutes=5)) == 1
    assert heard == [1, 2, 0]


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_run_the_same_event(business, now, listen):
    heard: list[int] = []
    in_handler, go_on = threading.Event(), threading.Event()

    def handler(event: EventValue) -> None:
        heard.append(event.data["n"])
        if event.data["n"] == 0:
            in_handler.set()
            assert go_on.wait(20)

    listen(handler)
    for n in range(40):
        tell(business, now + timedelta(microseconds=n), n=n)

    def other_worker() -> None:
        try:
            run_due(now=now + timedelta(seconds=1))
        finally:
            connection.close()

    thread = threading.Thread(target=other_worker)
    thread.start()
    assert in_handler.wait(20)
    run_due(now=now + timedelta(seconds=1))
    assert sorted(heard) == list(range(40))
    go_on.set()
    thread.join()
    assert sorted(heard) == list(range(40))
    assert not Event.objects.exclude(due_at=None).exists()


@pytest.mark.django_db(transaction=True)
async def test_async_code_writes_the_same_event(business, now, listen, async_pool):
    heard: list[EventValue] = []
    listen(heard.append)
    given = {
        "kind": KIND,
        "business_id": business.pk,
        "subject_kind": "template",
        "subject_id": "t-2",
        "data": '{"name": "ё"}',
        "now": now,
    }
    async with async_pool.connection() as aconn:
        await aconn.execute(EMIT, given)
    done = threading.Thread(target=lambda: (run_due(now=now), connection.close()))
    done.start()
    done.join()
    assert [(e.subject_id, e.data, e.business_id) for e in heard] == [("t-2", {"name": "ё"}, business.pk)]


def test_old_events_go_but_never_one_that_is_still_due(business, now, listen):
    listen(lambda event: None)
    tell(business, now - timedelta(days=31))
    run_due(now=now)
    waiting = tell(business, now - timedelta(days=31))
    young = tell(business, now - timedelta(days=29))
    Event.objects.filter(pk=young).update(due_at=None)
    assert remove_old(now=now) == 1
    assert set(Event.objects.values_list("pk", flat=True)) == {waiting, young}


def test_waits_grow_to_five_minutes_at_most_and_end():
    waits = [wait_after(attempt) for attempt in range(1, MAX_ATTEMPTS + 1)]
    assert waits[:3] == [timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8)]
    assert waits[-1] is None
    assert max(wait for wait in waits if wait) <= timedelta(minutes=5)
    assert None not in waits[:-1]
