"""U4 and promises 38 and 43: pages hear within two seconds, only of what is theirs, and only as long as it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business, Membership, User
from qafila.events import live

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Any]


@pytest.fixture
def owner(owner_actor: Actor) -> User:
    del owner_actor
    return User.objects.get(email="owner@example.com")


def test_a_change_arrives_at_once_and_only_where_it_belongs(
    open_page: Open, owner: User, stranger_actor: Actor, business: Business, other_business: Business
) -> None:
    stranger = User.objects.get(email="stranger@example.com")
    ours, theirs = open_page(owner, "alerts,batch:abc"), open_page(stranger, "alerts,batch:abc")
    began = time.monotonic()
    live.notify_now(business.pk, "batch:abc")
    live.notify_now(business.pk, "senders")
    assert ours.next() == "batch:abc"
    assert time.monotonic() - began < 2
    live.notify_now(other_business.pk, "alerts")
    assert theirs.next() == "alerts", "another business's change was heard"


def test_what_the_worker_touched_is_told_by_its_round(
    open_page: Open, owner: User, business: Business
) -> None:
    page = open_page(owner, "queue,batch:x1")
    live.flush()  # what tests before this one touched in the same process
    for _ in range(1000):
        live.touch(business.pk, "queue")
        live.touch(business.pk, "batch:x1")
    assert live.flush() == 2
    assert {page.next(), page.next()} == {"queue", "batch:x1"}
    assert live.flush() == 0


def test_a_heard_lost_database_is_heard_again(open_page: Open, owner: User, business: Business) -> None:
    from django.db import connection

    page = open_page(owner, "alerts")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'qafila live'"
            " AND datname = current_database()"
        )
        assert cursor.rowcount == 1, "not one ear a process"
    assert page.next() == "alerts", "what was missed is not asked for again"
    live.notify_now(business.pk, "alerts")
    assert page.next() == "alerts"


def _sign_out(person: User, business: Business) -> None:
    from django.contrib.sessions.models import Session

    del person, business
    Session.objects.all().delete()


def _new_password(person: User, business: Business) -> None:
    del business
    person.set_password("another long pass phrase 9")
    person.save()


def _switch_off(person: User, business: Business) -> None:
    del business
    User.objects.filter(pk=person.pk).update(is_active=False)


def _take_out(person: User, business: Business) -> None:
    Membership.objects.filter(user=person, business=business).delete()


def _another_role(person: User, business: Business) -> None:
    Membership.objects.filter(user=person, business=business).update(role="agent")


@pytest.mark.parametrize("lose", [_sign_out, _new_password, _switch_off, _take_out, _another_role])
def test_who_loses_access_is_cut_within_five_seconds(
    open_page: Open, owner: User, business: Business, lose: Callable[[User, Business], None]
) -> None:
    page = open_page(owner, "alerts")
    began = time.monotonic()
    lose(owner, business)
    page.until("over", 8)
    assert page.next() is None
    assert time.monotonic() - began < 5


def test_who_keeps_access_is_not_cut(open_page: Open, owner: User, business: Business, now: datetime) -> None:
    other = User.objects.create_user("b@example.com")
    Membership.objects.create(business=business, user=other, role="agent", created_at=now)
    ours, theirs = open_page(owner, "alerts"), open_page(other, "alerts")
    _take_out(other, business)
    theirs.until("over", 8)
    live.notify_now(business.pk, "alerts")
    assert ours.next() == "alerts"


def test_a_page_of_another_business_than_the_open_one_is_over_at_once(
    open_page: Open, owner: User, business: Business, other_business: Business
) -> None:
    page = open_page(owner, "alerts,dashboard", stale_of=str(other_business.public_id))
    assert (page.next(), page.next()) == ("over", None)
    ours = open_page(owner, "alerts", business=str(business.public_id))
    live.notify_now(business.pk, "alerts")
    assert ours.next() == "alerts"


def test_the_door(open_page: Open, server: Any, owner: User, business: Business, now: datetime) -> None:
    agent = User.objects.create_user("agent@example.com")
    Membership.objects.create(business=business, user=agent, role="agent", created_at=now)
    assert open_page(agent, "team").status == 403
    for nonsense in (
        "",
        "nothing",
        "alerts,nothing",
        "batch:a%20b",
        ",".join(f"batch:{n}" for n in range(21)),
    ):
        assert open_page(owner, nonsense).status == 400, nonsense
    assert open_page(owner, "alerts", cookie="qafila=unknown").status == 401
    page = open_page(owner, "alerts")
    assert page.headers["content-type"].startswith("text/event-stream")
    assert page.headers["x-accel-buffering"] == "no"
    assert page.headers["cache-control"] == "no-store"


def test_a_stopping_server_does_not_wait_for_open_pages(open_page: Open, server: Any, owner: User) -> None:
    pages = [open_page(owner, "alerts") for _ in range(20)]
    began = time.monotonic()
    server.ask_to_stop()
    assert all(page.next() is None for page in pages), "pages were told that they lost access"
    assert time.monotonic() - began < 2.5
    server.process.wait(30)
    assert "graceful shutdown exceeded" not in server.log.read_text()


def test_open_pages_hold_no_database_connections(open_page: Open, owner: User, business: Business) -> None:
    from django.db import connection

    pages = [open_page(owner, "alerts") for _ in range(15)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        row = cursor.fetchone()
    assert row is not None
    assert row[0] <= 5, f"{row[0]} connections for {len(pages)} open pages"
    live.notify_now(business.pk, "alerts")
    assert [page.next() for page in pages] == ["alerts"] * 15
