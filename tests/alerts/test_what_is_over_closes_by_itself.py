"""A number or account that works again closes the alerts about its state; each new alert leaves one line in the log."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest

from qafila.alerts.actions import mark_read, raise_alert
from qafila.alerts.models import Alert, Level
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.dispatch import consequences
from qafila.events.jobs import run_due
from qafila.senders import actions as senders
from qafila.senders.models import ProviderAccount, Sender

pytestmark = pytest.mark.django_db(transaction=True)


def test_resuming_closes_what_was_raised_about_it(
    phone_linked_sender: Sender, provider_account: ProviderAccount, owner_actor: Actor, now: datetime
) -> None:
    business_id = phone_linked_sender.business_id
    consequences.stop_sender(
        business_id=business_id, sender_id=phone_linked_sender.pk, code="133010", now=now
    )
    account_id = phone_linked_sender.provider_account_id
    assert account_id is not None
    consequences.stop_account(business_id=business_id, account_id=account_id, code="190", now=now)
    assert Alert.objects.filter(closed_at=None).count() == 2
    sender = Sender.objects.select_related("provider_account").get(pk=phone_linked_sender.pk)
    later = now + timedelta(hours=1)
    senders.resume_work(sender=sender, actor=owner_actor, now=later)
    run_due(now=later)
    assert list(Alert.objects.values_list("closed_at", flat=True)) == [later, later]


def test_a_number_that_is_deleted_takes_its_alerts_along(
    phone_linked_sender: Sender, sender: Sender, owner_actor: Actor, now: datetime
) -> None:
    gone, business_id = phone_linked_sender, phone_linked_sender.business_id
    consequences.stop_sender(business_id=business_id, sender_id=gone.pk, code="133010", now=now)
    for one in (gone, sender):
        raise_alert(
            "number_black_hole",
            business_id=business_id,
            level=Level.CRITICAL,
            params={"sender": one.name},
            subject=("sender", str(one.public_id)),
            now=now,
        )
    later = now + timedelta(minutes=1)
    senders.delete_number(sender=gone, actor=owner_actor, now=later)
    run_due(now=later)
    (left,) = Alert.objects.filter(closed_at=None)
    assert left.subject_id == str(sender.public_id)


def test_trouble_that_came_back_before_the_handler_ran_stays_open(
    phone_linked_sender: Sender, owner_actor: Actor, now: datetime
) -> None:
    sender, business_id = phone_linked_sender, phone_linked_sender.business_id
    consequences.stop_sender(business_id=business_id, sender_id=sender.pk, code="1", now=now)
    senders.resume_sender(sender=sender, actor=owner_actor, now=now + timedelta(seconds=1))
    consequences.stop_sender(
        business_id=business_id, sender_id=sender.pk, code="2", now=now + timedelta(seconds=2)
    )
    run_due(now=now + timedelta(seconds=3))
    assert Alert.objects.get().closed_at is None


def test_a_new_alert_is_one_line_in_the_log_and_a_storm_is_no_more(
    business: Business, owner_actor: Actor, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="qafila.alerts")

    def trouble(minutes: float, level: Level = Level.WARNING) -> Alert:
        return raise_alert(
            "sender_resting",
            business_id=business.pk,
            level=level,
            params={"sender": "canary-name", "reason": "131048"},
            subject=("sender", "1"),
            now=now + timedelta(minutes=minutes),
        )

    for minute in range(20):
        alert = trouble(minute)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    trouble(21, Level.CRITICAL)
    assert len(caplog.records) == 1
    mark_read(public_id=alert.public_id, actor=owner_actor, now=now)
    trouble(22, Level.CRITICAL)
    assert len(caplog.records) == 1
    trouble(200, Level.CRITICAL)
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]
    assert caplog.records[1].__dict__["code"] == "sender_resting"
    assert "canary" not in str([record.__dict__ for record in caplog.records])
