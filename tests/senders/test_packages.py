"""Packages: who is in one, what it says of itself, and who may change it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from qafila.businesses.actor import Actor, system_actor
from qafila.businesses.models import AuditEntry, Business
from qafila.businesses.refusals import Clash, NotAllowed, NotFound, Refused
from qafila.events.models import Event
from qafila.senders import package_queries as queries
from qafila.senders.actions import (
    connect_sender,
    create_provider_account,
    create_sender,
    packages,
    pause_sender,
)
from qafila.senders.models import Package, Sender, SenderState
from qafila.senders.package_queries import PackageState

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(business: Business, owner_actor: Actor, now: datetime) -> Package:
    return packages.create_package(business=business, name=" Clinics ", actor=owner_actor, now=now)


@pytest.fixture
def number(business: Business, owner_actor: Actor, now: datetime) -> Callable[..., Sender]:
    made = iter(range(10, 99))

    def make(kind: str | None = "cloud_api", of: Business = business) -> Sender:
        n = next(made)
        actor = owner_actor if of == business else system_actor(of)
        account = None
        if kind is not None:
            account = create_provider_account(
                business=of, kind=kind, name="A", base_url="https://graph.example.com", ref=str(n),
                token="t", app_secret="s", verify_token="v", actor=actor, now=now,
            )  # fmt: skip
        return create_sender(
            business=of, name=f"Number {n}", phone=f"+2010000000{n}", provider_account=account,
            ref=str(n), actor=actor, now=now,
        )  # fmt: skip

    return make


def state(package: Package) -> PackageState:
    return queries.state_of(member.sender for member in queries.members(package.pk))


def add(package: Package, sender: Sender, actor: Actor, now: datetime, **given: Any) -> None:
    packages.add_member(package=package, sender=sender, actor=actor, now=now, **given)


def test_numbers_come_and_go_and_everybody_hears_of_it(
    made: Package, number: Callable[..., Sender], owner_actor: Actor, now: datetime
) -> None:
    assert made.name == "Clinics"
    first, second = number(), number()
    add(made, first, owner_actor, now, weight=3)
    add(made, second, owner_actor, now)
    with pytest.raises(Clash, match="already"):
        add(made, first, owner_actor, now)
    assert [(m.sender_id, m.weight) for m in queries.members(made.pk)] == [(first.pk, 3), (second.pk, 1)]
    packages.set_weight(package=made, sender=first, weight=100, actor=owner_actor, now=now)
    assert packages.remove_member(package=made, sender=second, actor=owner_actor, now=now)
    assert not packages.remove_member(package=made, sender=second, actor=owner_actor, now=now)
    assert list(queries.packages_of_sender(first.pk)) == [made]
    assert list(queries.packages_of_sender(second.pk)) == []
    told = list(Event.objects.filter(kind="package.changed").order_by("pk").values_list("data", flat=True))
    assert told[0] == {"senders": [first.pk]}
    assert told[-1] == {"senders": sorted([first.pk, second.pk])}
    acts = list(
        AuditEntry.objects.filter(subject_kind="package").order_by("pk").values_list("action", flat=True)
    )
    assert acts == [
        "package.created", "package.member_added", "package.member_added", "package.weight_set", "package.member_removed",
    ]  # fmt: skip


def test_a_number_may_be_in_several_packages(
    business: Business, made: Package, number: Callable[..., Sender], owner_actor: Actor, now: datetime
) -> None:
    other = packages.create_package(business=business, name="Other", actor=owner_actor, now=now)
    sender = number()
    add(made, sender, owner_actor, now)
    add(other, sender, owner_actor, now)
    assert list(queries.packages_of_sender(sender.pk)) == [made, other]


@pytest.mark.parametrize("weight", [0, 101, -1])
def test_a_weight_has_its_bounds(
    made: Package, number: Callable[..., Sender], owner_actor: Actor, now: datetime, weight: int
) -> None:
    with pytest.raises(Refused) as refused:
        add(made, number(), owner_actor, now, weight=weight)
    assert refused.value.code == "weight_invalid"


def test_official_and_phone_linked_numbers_do_not_mix(
    made: Package,
    number: Callable[..., Sender],
    phone_linked_sender: Sender,
    owner_actor: Actor,
    now: datetime,
) -> None:
    add(made, number(), owner_actor, now)
    with pytest.raises(Clash) as refused:
        add(made, phone_linked_sender, owner_actor, now)
    assert refused.value.code == "package_kinds_differ"
    unconnected = number(None)
    add(made, unconnected, owner_actor, now)  # one that is not connected yet is of no kind
    account = phone_linked_sender.provider_account
    assert account is not None
    with pytest.raises(Clash) as refused:
        connect_sender(sender=unconnected, provider_account=account, ref="x", actor=owner_actor, now=now)
    assert refused.value.code == "package_kinds_differ"
    assert queries.is_official(made.pk) is True


def test_what_a_package_says_of_itself(
    made: Package, number: Callable[..., Sender], owner_actor: Actor, now: datetime
) -> None:
    assert state(made) is PackageState.NOTHING_ACTIVE
    first, second, third = number(), number(), number(None)
    for one in (first, second, third):
        add(made, one, owner_actor, now)
    assert state(made) is PackageState.ACTIVE
    assert queries.states_of([made]) == {made.pk: (PackageState.ACTIVE, 3)}
    until = now + timedelta(hours=1)
    Sender.objects.filter(pk=first.pk).update(state=SenderState.RESTING, rest_until=until)
    pause_sender(sender=second, by="person", reason="paused_by_person", actor=owner_actor, now=now)
    assert state(made) is PackageState.RESTING
    rows = [member.sender for member in queries.members(made.pk)]
    assert queries.comes_back_at(rows) == until
    said = [(p.status, p.pause_reason) for p in map(queries.profile, rows)]
    assert said == [("active", ""), ("paused", "paused_by_person"), ("paused", "account_not_connected")]
    Sender.objects.filter(pk=first.pk).update(state=SenderState.STOPPED, state_reason="cloud_api.133010")
    assert state(made) is PackageState.NOTHING_ACTIVE
    stopped = queries.profile(queries.members(made.pk)[0].sender)
    assert (stopped.status, stopped.pause_reason, stopped.state) == ("paused", "cloud_api.133010", "stopped")


def test_pausing_all_and_resuming_touches_only_those(
    made: Package, number: Callable[..., Sender], owner_actor: Actor, now: datetime
) -> None:
    first, second, outside = number(), number(), number()
    for one in (first, second):
        add(made, one, owner_actor, now)
    pause_sender(sender=second, by="person", actor=owner_actor, now=now)
    assert packages.pause_all(package=made, reason="a test", actor=owner_actor, now=now) == 1
    assert packages.pause_all(package=made, reason="a test", actor=owner_actor, now=now) == 0
    states = dict(Sender.objects.values_list("pk", "state"))
    assert [states[one.pk] for one in (first, second, outside)] == ["paused", "paused", "ready"]
    assert packages.resume_all(package=made, actor=owner_actor, now=now) == 1
    states = dict(Sender.objects.values_list("pk", "state"))
    assert [states[one.pk] for one in (first, second, outside)] == ["ready", "paused", "ready"]


def test_the_switch_warns_while_it_is_on(made: Package, owner_actor: Actor, now: datetime) -> None:
    assert made.auto_pause_on_failures is False
    assert (
        packages.set_auto_pause(package=made, on=True, actor=owner_actor, now=now)
        == packages.AUTO_PAUSE_WARNING
    )
    made.refresh_from_db()
    assert made.auto_pause_on_failures
    assert packages.set_auto_pause(package=made, on=False, actor=owner_actor, now=now) is None


def test_a_deleted_package_is_not_there_any_more(
    business: Business, made: Package, number: Callable[..., Sender], owner_actor: Actor, now: datetime
) -> None:
    sender = number()
    add(made, sender, owner_actor, now)
    packages.delete_package(package=made, actor=owner_actor, now=now)
    assert queries.package(business.pk, made.public_id) is None
    assert list(queries.packages_of_sender(sender.pk)) == []
    with pytest.raises(NotFound):
        packages.rename_package(package=made, name="x", actor=owner_actor, now=now)


def test_another_business_and_a_missing_right(
    business: Business, other_business: Business, made: Package, number: Callable[..., Sender], owner_actor: Actor,
    now: datetime,
) -> None:  # fmt: skip
    theirs = number(of=other_business)
    with pytest.raises(NotFound):
        add(made, theirs, owner_actor, now)
    stranger = system_actor(other_business)
    with pytest.raises(NotFound):
        add(made, theirs, stranger, now)
    reader = Actor("user", "", business, frozenset({"accounts:read"}), "en")
    with pytest.raises(NotAllowed):
        packages.rename_package(package=made, name="x", actor=reader, now=now)
    assert queries.package(other_business.pk, made.public_id) is None
    assert queries.package(business.pk, "nonsense") is None
