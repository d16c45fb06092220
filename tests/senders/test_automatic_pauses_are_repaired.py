"""`fix-auto-pause`: the switch goes off everywhere, and what was paused automatically works again; nothing else changes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from qafila.alerts.models import Alert
from qafila.businesses.actor import Actor
from qafila.businesses.models import AuditEntry, Business
from qafila.senders import actions
from qafila.senders.actions.auto_pause import auto_pause, repair, would_pause
from qafila.senders.health_queries import shadows_of_package, shadows_of_sender, wellbeing_of
from qafila.senders.models import (
    Package,
    PackageMember,
    ProviderAccount,
    Score,
    Sender,
    SenderState,
    ShadowPause,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def numbers(
    business: Business, provider_account: ProviderAccount, owner_actor: Actor, now: datetime
) -> Callable[[int], list[Sender]]:
    def make(count: int) -> list[Sender]:
        return [
            actions.create_sender(
                business=business,
                name=f"Number {n}",
                phone=f"+20100000{n:04d}",
                provider_account=provider_account,
                ref=str(n),
                actor=owner_actor,
                now=now,
            )
            for n in range(count)
        ]

    return make


def package(business: Business, now: datetime, *members: Sender, on: bool, name: str = "Shop") -> Package:
    found = Package.objects.create(business=business, name=name, auto_pause_on_failures=on, created_at=now)
    for sender in members:
        PackageMember.objects.create(package=found, sender=sender)
    return found


def test_a_pause_has_its_reason_its_alert_and_its_line_in_the_log(
    numbers: Callable[[int], list[Sender]], now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    (sender,) = numbers(1)
    with caplog.at_level(logging.INFO):
        assert auto_pause(sender=sender, reason="health_black_hole", now=now)
    sender.refresh_from_db()
    assert (sender.state, sender.paused_by, sender.state_reason) == ("paused", "auto", "health_black_hole")
    (record,) = [one for one in caplog.records if "auto-paused" in one.getMessage()]
    assert record.getMessage() == "Profile auto-paused due to block detection"
    assert record.levelname == "ERROR" and sender.phone not in str(record.__dict__)
    alert = Alert.objects.get()
    assert (alert.code, alert.level) == ("profile_auto_paused", "critical")
    assert not auto_pause(sender=sender, reason="health_black_hole", now=now)
    assert Alert.objects.get().count == 1


def test_what_a_person_paused_and_what_cannot_send_is_not_paused_again(
    numbers: Callable[[int], list[Sender]], owner_actor: Actor, now: datetime
) -> None:
    by_person, stopped = numbers(2)
    actions.pause_sender(sender=by_person, by="person", actor=owner_actor, now=now)
    assert not auto_pause(sender=by_person, reason="health_failing", now=now)
    actions.stop_sender(sender_id=stopped.pk, reason="cloud_api.133010", now=now)
    stopped.refresh_from_db()
    assert auto_pause(sender=stopped, reason="health_logged_out", now=now)
    for sender in (by_person, stopped):
        sender.refresh_from_db()
    assert by_person.paused_by == "person"
    assert (stopped.state, stopped.paused_by, stopped.state_reason) == ("stopped", "auto", "cloud_api.133010")


def test_the_repair_does_what_it_says_and_nothing_else(
    business: Business, numbers: Callable[[int], list[Sender]], owner_actor: Actor, now: datetime
) -> None:
    auto, also_auto, by_person, cannot, ready = numbers(5)
    on = package(business, now, auto, also_auto, cannot, on=True)
    off = package(business, now, ready, on=False, name="Quiet")
    for sender in (auto, also_auto):
        auto_pause(sender=sender, reason="health_failing", now=now)
    actions.pause_sender(sender=by_person, by="person", actor=owner_actor, now=now)
    actions.stop_sender(sender_id=cannot.pk, reason="cloud_api.133010", now=now)
    cannot.refresh_from_db()
    auto_pause(sender=cannot, reason="health_logged_out", now=now)
    before = list(Sender.objects.order_by("pk").values())

    shown = repair(dry_run=True, now=now)
    assert list(Sender.objects.order_by("pk").values()) == before
    assert Package.objects.get(pk=on.pk).auto_pause_on_failures

    done = repair(dry_run=False, now=now)
    assert done == shown
    assert done.packages == [(on.name, str(on.public_id)), (off.name, str(off.public_id))]
    assert done.updated == [(on.name, str(on.public_id))]
    assert done.paused == [(one.name, str(one.public_id)) for one in (auto, also_auto, cannot)]
    assert done.resumed == [(one.name, str(one.public_id)) for one in (auto, also_auto)]
    assert done.cannot_send == [(cannot.name, str(cannot.public_id), "cloud_api.133010")]
    states = {one.pk: one.state for one in Sender.objects.all()}
    assert [states[one.pk] for one in (auto, also_auto, by_person, cannot, ready)] == [
        "ready", "ready", "paused", "stopped", "ready",
    ]  # fmt: skip
    assert not Package.objects.filter(auto_pause_on_failures=True).exists()
    assert not Alert.objects.filter(
        code="profile_auto_paused", closed_at=None, subject_id=auto.public_id
    ).exists()
    assert AuditEntry.objects.filter(action="sender.resumed").count() == 2


def test_the_repair_may_be_done_again(
    business: Business, numbers: Callable[[int], list[Sender]], now: datetime
) -> None:
    (sender,) = numbers(1)
    package(business, now, sender, on=True)
    auto_pause(sender=sender, reason="health_failing", now=now)
    repair(dry_run=False, now=now)
    entries = AuditEntry.objects.count()
    again = repair(dry_run=False, now=now)
    assert (len(again.packages), again.updated, again.paused, again.resumed) == (1, [], [], [])
    assert AuditEntry.objects.count() == entries


def test_a_number_whose_account_is_stopped_is_only_listed(
    business: Business, numbers: Callable[[int], list[Sender]], now: datetime
) -> None:
    (sender,) = numbers(1)
    auto_pause(sender=sender, reason="health_failing", now=now)
    assert sender.provider_account_id is not None
    actions.stop_account(account_id=sender.provider_account_id, reason="cloud_api.190", now=now)
    done = repair(dry_run=False, now=now)
    assert done.cannot_send == [(sender.name, str(sender.public_id), "cloud_api.190")]
    assert Sender.objects.get().state == SenderState.PAUSED


def test_a_resumed_number_of_which_nothing_is_known_counts_as_unwell(
    numbers: Callable[[int], list[Sender]], now: datetime
) -> None:
    """So that it begins slowly (``dispatch.slow_start``)."""
    (sender,) = numbers(1)
    auto_pause(sender=sender, reason="health_failing", now=now)
    repair(dry_run=False, now=now)
    assert Score.objects.get(sender=sender).score == 0


def test_the_shadow_is_one_while_it_goes_on_and_reads_as_a_sentence(
    business: Business, numbers: Callable[[int], list[Sender]], now: datetime
) -> None:
    (sender,) = numbers(1)
    mine = package(business, now, sender, on=False)
    assert would_pause(sender_id=sender.pk, kind="black_hole", code="silence", now=now)
    assert not would_pause(sender_id=sender.pk, kind="failing", code="x", now=now)
    ShadowPause.objects.update(followed=61)
    (shadow,) = shadows_of_package(mine.pk, "en", since=now - timedelta(days=1))
    assert (shadow.sender.pk, shadow.at, shadow.followed, shadow.ended_at) == (sender.pk, now, 61, None)
    assert shadow.because == "It said “sent”, but nothing arrived."
    assert shadows_of_sender(sender.pk, "en") == [shadow]
    assert shadows_of_package(mine.pk, "en", since=now + timedelta(days=1)) == []


def test_wellbeing_reads_as_sentences(numbers: Callable[[int], list[Sender]], now: datetime) -> None:
    (sender,) = numbers(1)
    assert wellbeing_of(sender, "en", now=now) is None
    Score.objects.create(
        sender=sender,
        score=55,
        known=True,
        factor=0.4,
        pace={"rest_until": now.timestamp() + 60},
        reasons=[{"code": "health_stops", "weight": 45, "params": {"count": 9, "of": 100}}],
        at=now,
    )
    well = wellbeing_of(sender, "en", now=now)
    assert well is not None
    assert (well.band, well.pace, well.rests_until) == ("watch", 0.4, now + timedelta(seconds=60))
    assert well.reasons[0].message == "9 of 100 people said STOP or blocked the number."
    Sender.objects.update(use_limits=False)
    sender.refresh_from_db()
    free = wellbeing_of(sender, "en", now=now)
    assert free is not None and (free.pace, free.rests_until) == (1.0, None)
