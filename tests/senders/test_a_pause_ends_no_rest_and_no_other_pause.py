"""A pause, whoever gives and ends it, lifts neither a provider's rest nor somebody else's pause; the same for the switch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.events.models import Event
from qafila.senders import actions, package_queries
from qafila.senders.actions import packages
from qafila.senders.actions.auto_pause import auto_pause, repair
from qafila.senders.models import Package, Sender
from qafila.senders.queries import rests_until
from qafila.senders.rules.transitions import after_resume

pytestmark = pytest.mark.django_db
LIMIT = "cloud_api.131048"
Pair = tuple[Callable[[], object], Callable[[], object]]


@pytest.fixture
def keeper(business: Business) -> Actor:
    """Keeps the list of numbers, and may do nothing else."""
    return Actor("user", "", business, frozenset({"numbers:write"}), "en")


@pytest.fixture
def pool(business: Business, sender: Sender, owner_actor: Actor, now: datetime) -> Package:
    made = packages.create_package(business=business, name="Clinics", actor=owner_actor, now=now)
    packages.add_member(package=made, sender=sender, actor=owner_actor, now=now)
    return made


@pytest.fixture
def ways(business: Business, sender: Sender, pool: Package, owner_actor: Actor) -> Callable[..., Pair]:
    """How a number goes out of work and back: ``ways(name, at)`` gives both acts, the second at that moment."""

    def make(way: str, begin: datetime, end: datetime) -> Pair:
        who = {"actor": owner_actor, "now": begin}
        back = {"actor": owner_actor, "now": end}
        pairs: dict[str, Pair] = {
            "one": (
                lambda: actions.pause_sender(sender=sender, by="person", **who),
                lambda: actions.resume_work(sender=sender, **back),
            ),
            "package": (
                lambda: packages.pause_all(package=pool, reason="", **who),
                lambda: packages.resume_all(package=pool, **back),
            ),
            "everywhere": (
                lambda: actions.pause_all(business=business, reason="", **who),
                lambda: actions.resume_all(business=business, **back),
            ),
            "switch": (
                lambda: actions.change_number(sender=sender, is_active=False, **who),
                lambda: actions.change_number(sender=sender, is_active=True, **back),
            ),
            "automatic": (
                lambda: auto_pause(sender=sender, reason="health_failing", now=begin),
                lambda: repair(dry_run=False, now=end),
            ),
        }
        return pairs[way]

    return make


WAYS = ("one", "package", "everywhere", "switch", "automatic")


@pytest.mark.parametrize("way", WAYS)
def test_what_is_left_of_a_rest_goes_on_after_a_pause(
    way: str, ways: Callable[..., Pair], sender: Sender, now: datetime
) -> None:
    until = now + timedelta(hours=20)
    actions.rest_sender(sender_id=sender.pk, until=until, reason=LIMIT, now=now)
    pause, resume = ways(way, now, now + timedelta(minutes=1))
    assert pause()
    sender.refresh_from_db()
    assert sender.state == "paused"
    assert rests_until(sender) is None
    Event.objects.all().delete()
    assert resume()
    sender.refresh_from_db()
    assert (sender.state, sender.rest_until, sender.state_reason) == ("resting", until, LIMIT)
    assert (sender.paused_by, sender.paused_with, sender.rest_reason) == ("", None, "")
    assert rests_until(sender) == until
    told = [e.data for e in Event.objects.filter(kind="sender.state_changed")]
    why = "repaired" if way == "automatic" else ""
    assert told == [{"from": "paused", "to": "resting", "reason": why}], "one limit is not told twice"
    assert actions.end_rest(sender_id=sender.pk, now=until)


@pytest.mark.parametrize("way", WAYS)
def test_a_rest_that_is_over_by_then_is_over(
    way: str, ways: Callable[..., Pair], sender: Sender, now: datetime
) -> None:
    until = now + timedelta(hours=1)
    actions.rest_sender(sender_id=sender.pk, until=until, reason=LIMIT, now=now)
    pause, resume = ways(way, now, until)
    pause()
    resume()
    sender.refresh_from_db()
    assert (sender.state, sender.rest_until, sender.state_reason, sender.rest_reason) == (
        "ready", None, "", "",
    )  # fmt: skip


def test_a_limit_that_is_told_while_it_is_paused_counts_afterwards(
    sender: Sender, owner_actor: Actor, now: datetime
) -> None:
    actions.pause_sender(sender=sender, by="person", actor=owner_actor, now=now)
    short, long = now + timedelta(hours=1), now + timedelta(hours=9)
    assert not actions.rest_sender(sender_id=sender.pk, until=long, reason=LIMIT, now=now)
    assert not actions.rest_sender(sender_id=sender.pk, until=short, reason="x", now=now)
    assert Sender.objects.get().state == "paused"
    actions.resume_sender(sender=sender, actor=owner_actor, now=now)
    assert (sender.state, sender.rest_until, sender.state_reason) == ("resting", long, LIMIT)
    assert actions.resume_sender(sender=sender, actor=owner_actor, now=now), (
        "a person may end the rest itself"
    )
    assert (sender.state, sender.rest_until) == ("ready", None)


def test_a_persons_pause_over_an_automatic_one_keeps_the_rest(
    sender: Sender, owner_actor: Actor, now: datetime
) -> None:
    until = now + timedelta(hours=9)
    actions.rest_sender(sender_id=sender.pk, until=until, reason=LIMIT, now=now)
    auto_pause(sender=sender, reason="health_failing", now=now)
    actions.pause_sender(sender=sender, by="person", reason="paused_by_person", actor=owner_actor, now=now)
    actions.resume_sender(sender=sender, actor=owner_actor, now=now)
    assert (sender.state, sender.rest_until, sender.state_reason) == ("resting", until, LIMIT)


@pytest.mark.parametrize("way", ["one", "package", "everywhere", "automatic"])
def test_off_and_on_again_lifts_no_pause(
    way: str, ways: Callable[..., Pair], sender: Sender, keeper: Actor, now: datetime
) -> None:
    ways(way, now, now)[0]()
    before = Sender.objects.values("state", "state_reason", "paused_by", "paused_with").get()
    for on in (False, True):
        actions.change_number(sender=sender, is_active=on, actor=keeper, now=now)
        found = Sender.objects.values("state", "state_reason", "paused_by", "paused_with").get()
        assert found == before
        assert Sender.objects.get().is_active is on


@pytest.mark.parametrize("way", ["package", "everywhere", "automatic"])
def test_what_somebody_switched_off_is_not_resumed_with_the_others(
    way: str, ways: Callable[..., Pair], sender: Sender, pool: Package, keeper: Actor, now: datetime
) -> None:
    pause, resume = ways(way, now, now)
    pause()
    actions.change_number(sender=sender, is_active=False, actor=keeper, now=now)
    assert not package_queries.may_resume(pool.pk)
    resume()
    sender.refresh_from_db()
    assert (sender.state, sender.is_active) == ("paused", False)
    actions.change_number(sender=sender, is_active=True, actor=keeper, now=now)
    resume()
    sender.refresh_from_db()
    assert (sender.state, sender.is_active) == ("ready", True)


def test_a_package_resumes_only_what_was_paused_with_it(
    business: Business, pool: Package, sender: Sender, owner_actor: Actor, now: datetime
) -> None:
    other = packages.create_package(business=business, name="Other", actor=owner_actor, now=now)
    packages.add_member(package=other, sender=sender, actor=owner_actor, now=now)
    assert packages.pause_all(package=pool, reason="", actor=owner_actor, now=now) == 1
    assert packages.pause_all(package=other, reason="", actor=owner_actor, now=now) == 0
    assert (package_queries.may_resume(pool.pk), package_queries.may_resume(other.pk)) == (True, False)
    assert packages.resume_all(package=other, actor=owner_actor, now=now) == 0
    assert Sender.objects.get().state == "paused"
    assert packages.resume_all(package=pool, actor=owner_actor, now=now) == 1
    sender.refresh_from_db()
    assert (sender.state, sender.paused_with) == ("ready", None)
    assert not package_queries.may_resume(pool.pk)


def test_any_other_change_of_state_forgets_the_package(
    pool: Package, sender: Sender, owner_actor: Actor, now: datetime
) -> None:
    packages.pause_all(package=pool, reason="", actor=owner_actor, now=now)
    assert Sender.objects.get().paused_with == pool
    actions.stop_sender(sender_id=sender.pk, reason="logged_out", now=now)
    assert Sender.objects.get().paused_with is None
    packages.pause_all(package=pool, reason="", actor=owner_actor, now=now)
    actions.resume_sender(sender=sender, actor=owner_actor, now=now)
    actions.pause_sender(sender=sender, by="person", actor=owner_actor, now=now)
    assert packages.resume_all(package=pool, actor=owner_actor, now=now) == 0
    assert Sender.objects.get().state == "paused"


def test_only_a_pause_leads_back_to_a_rest(now: datetime) -> None:
    later = now + timedelta(seconds=1)
    assert after_resume("paused", later, now) == "resting"
    for state, until in (("paused", now), ("paused", None), ("resting", later), ("stopped", later)):
        assert after_resume(state, until, now) == "ready"
