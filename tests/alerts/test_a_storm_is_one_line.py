"""The same trouble again and again is one alert that counts; what people do with it stays done."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from qafila.alerts import actions, queries
from qafila.alerts.models import Alert, Level
from qafila.businesses.actions import add_member
from qafila.businesses.actor import user_actor
from qafila.businesses.models import AuditEntry
from qafila.businesses.refusals import NotAllowed, NotFound

SUBJECT = ("sender", "0b7d9a1e")


def trouble(business_id, now, *, level=Level.WARNING, code="sender_resting", subject=SUBJECT, **params):
    return actions.raise_alert(
        code, business_id=business_id, level=level, params=params, subject=subject, now=now
    )


def test_a_storm_counts_up_and_says_the_last_of_it(business, now):
    for minute in range(50):
        alert = trouble(business.pk, now + timedelta(minutes=minute), until=minute)
    assert Alert.objects.get() == alert
    assert (alert.count, alert.opened_at, alert.last_at) == (50, now, now + timedelta(minutes=49))
    assert alert.params == {"until": 49}


@pytest.mark.django_db
def test_a_storm_about_the_installation_is_one_line_too(now):
    for _ in range(3):
        trouble(None, now, subject=("", ""))
    assert Alert.objects.get().count == 3


@pytest.mark.django_db(transaction=True)
def test_many_at_once_lose_no_count(business, now):
    together = threading.Barrier(4)

    def storm() -> None:
        try:
            together.wait()
            for _ in range(25):
                trouble(business.pk, now)
        finally:
            connection.close()

    threads = [threading.Thread(target=storm) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Alert.objects.get().count == 100


def test_other_subjects_codes_and_businesses_have_lines_of_their_own(business, other_business, now):
    trouble(business.pk, now)
    trouble(business.pk, now, subject=("sender", "other"))
    trouble(business.pk, now, code="sender_stopped")
    trouble(other_business.pk, now)
    trouble(None, now)
    assert Alert.objects.count() == 5
    assert {alert.count for alert in Alert.objects.all()} == {1}


def test_the_level_only_rises(business, now):
    trouble(business.pk, now)
    assert trouble(business.pk, now, level=Level.CRITICAL).level == Level.CRITICAL
    assert trouble(business.pk, now, level=Level.INFO).level == Level.CRITICAL


def test_after_it_is_over_the_same_trouble_is_a_new_line(business, now):
    first = trouble(business.pk, now)
    assert actions.close_alert("sender_resting", business_id=business.pk, subject=SUBJECT, now=now)
    assert not actions.close_alert("sender_resting", business_id=business.pk, subject=SUBJECT, now=now)
    assert list(queries.open_alerts(business.pk)) == []
    second = trouble(business.pk, now)
    assert (second.pk != first.pk, second.count) == (True, 1)
    assert list(queries.open_alerts(business.pk)) == [second]
    assert list(queries.all_alerts(business.pk)) == [second, first]


def test_only_the_business_itself_closes_its_alert(business, other_business, now):
    trouble(business.pk, now)
    assert not actions.close_alert("sender_resting", business_id=other_business.pk, subject=SUBJECT, now=now)
    assert queries.open_alerts(business.pk).count() == 1


def test_read_ones_leave_the_view_until_it_is_new_or_worse(business, owner_actor, now):
    alert = trouble(business.pk, now)
    assert actions.mark_read(public_id=alert.public_id, actor=owner_actor, now=now)
    assert not actions.mark_read(public_id=alert.public_id, actor=owner_actor, now=now)
    trouble(business.pk, now + timedelta(minutes=30))
    assert list(queries.open_alerts(business.pk)) == []
    assert list(queries.open_alerts(business.pk, include_read=True)) == [alert]
    trouble(business.pk, now + timedelta(minutes=100))
    assert list(queries.open_alerts(business.pk)) == [alert]
    actions.mark_read(public_id=alert.public_id, actor=owner_actor, now=now)
    trouble(business.pk, now + timedelta(minutes=101), level=Level.CRITICAL)
    assert list(queries.open_alerts(business.pk)) == [alert]


def test_all_are_read_at_once_and_only_ones_own(business, owner_actor, stranger_actor, now):
    for subject in ("a", "b"):
        trouble(business.pk, now, subject=("sender", subject))
    trouble(stranger_actor.business.pk, now, level=Level.CRITICAL)
    assert queries.unread(business.pk) == {"info": 0, "warning": 2, "critical": 0}
    assert [actions.mark_all_read(actor=owner_actor, now=now) for _ in range(2)] == [2, 0]
    assert queries.unread(business.pk) == {"info": 0, "warning": 0, "critical": 0}
    assert queries.unread(stranger_actor.business.pk) == {"info": 0, "warning": 0, "critical": 1}


def test_a_deleted_one_is_gone_and_its_trouble_comes_back_as_new(business, owner_actor, now):
    alert = trouble(business.pk, now)
    assert actions.delete(public_id=alert.public_id, actor=owner_actor, now=now)
    assert not actions.delete(public_id=alert.public_id, actor=owner_actor, now=now)
    assert list(queries.all_alerts(business.pk)) == []
    assert trouble(business.pk, now).pk != alert.pk
    assert AuditEntry.objects.filter(action="alert.deleted", subject_id=str(alert.public_id)).count() == 1


def test_owner_team_member_and_stranger(business, owner_actor, stranger_actor, now):
    alert = trouble(business.pk, now)
    member = add_member(
        business=business, email="agent@example.com", name="A Gent", role="agent", actor=owner_actor, now=now
    )
    as_agent = user_actor(business=business, user=member.user, role="agent")
    for act in (actions.mark_read, actions.delete):
        with pytest.raises(NotFound):
            act(public_id=alert.public_id, actor=stranger_actor, now=now)
        with pytest.raises(NotAllowed):
            act(public_id=alert.public_id, actor=as_agent, now=now)
        with pytest.raises(NotFound):
            act(public_id="nonsense", actor=owner_actor, now=now)
        assert act(public_id=alert.public_id, actor=owner_actor, now=now)
    with pytest.raises(NotAllowed):
        actions.mark_all_read(actor=as_agent, now=now)
    assert actions.mark_all_read(actor=stranger_actor, now=now) == 0
