"""Muting: out of the first views and the badge, counted all the same, back when it is over; and told to programs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from qafila.alerts import actions, muting, queries
from qafila.alerts.models import Alert, Level
from qafila.alerts.queries import View
from qafila.businesses.refusals import NotFound, Refused
from qafila.events.models import Event
from qafila.events.webhooks.types import BY_KIND

pytestmark = pytest.mark.django_db


def trouble(business, now, subject="s-1", code="sender_stopped", level=Level.WARNING):
    return actions.raise_alert(
        code,
        business_id=business.pk if business else None,
        level=level,
        params={},
        subject=("sender", subject),
        now=now,
    )


def shown(business, view, now, **given):
    return list(queries.viewed(business.pk, view, now=now, **given))


def test_one_alert_is_muted_for_eight_hours_and_goes_on_being_counted(business, owner_actor, now):
    first, second = trouble(business, now), trouble(business, now, "s-2")
    muting.mute(public_id=first.public_id, until=now + timedelta(hours=8), actor=owner_actor, now=now)
    assert shown(business, View.UNREAD, now) == [second]
    assert shown(business, View.MUTED, now) == [first]
    assert queries.unread(business.pk, now=now)["warning"] == 1
    for minute in range(1, 11):
        trouble(business, now + timedelta(minutes=minute))
    later = now + timedelta(hours=8)
    assert {alert.count for alert in shown(business, View.UNREAD, later)} == {11, 1}


def test_a_whole_kind_is_muted_until_somebody_ends_it(business, owner_actor, now):
    first = trouble(business, now)
    made = muting.mute(public_id=first.public_id, whole_code=True, until=None, actor=owner_actor, now=now)
    other = trouble(business, now, "s-9", code="sender_resting")
    trouble(business, now, "s-3")
    assert shown(business, View.UNREAD, now + timedelta(days=300)) == [other]
    muting.unmute(mute_id=made.public_id, actor=owner_actor, now=now)
    assert len(shown(business, View.UNREAD, now)) == 3


def test_muting_again_changes_the_end(business, owner_actor, now):
    alert = trouble(business, now)
    for hours in (1, 8):
        muting.mute(public_id=alert.public_id, until=now + timedelta(hours=hours), actor=owner_actor, now=now)
    assert [one.until for one in muting.muted(business.pk, now=now)] == [now + timedelta(hours=8)]
    assert muting.muted(business.pk, now=now + timedelta(hours=8)) == []
    assert muting.remove_over(now=now + timedelta(hours=8)) == 1


def test_it_concerns_one_business_only(business, other_business, owner_actor, stranger_actor, now):
    mine, theirs = trouble(business, now), trouble(other_business, now)
    made = muting.mute(public_id=mine.public_id, whole_code=True, until=None, actor=owner_actor, now=now)
    assert shown(other_business, View.UNREAD, now) == [theirs]
    with pytest.raises(NotFound):
        muting.mute(public_id=mine.public_id, until=None, actor=stranger_actor, now=now)
    with pytest.raises(NotFound):
        muting.unmute(mute_id=made.public_id, actor=stranger_actor, now=now)
    with pytest.raises(Refused):
        muting.mute(public_id=mine.public_id, until=now, actor=owner_actor, now=now)


def test_programs_are_told_with_a_mark(business, owner_actor, now):
    alert = trouble(business, now)
    muting.mute(public_id=alert.public_id, until=None, actor=owner_actor, now=now)
    trouble(business, now + timedelta(minutes=1), level=Level.CRITICAL)
    actions.close_alert("sender_stopped", business_id=business.pk, subject=("sender", "s-1"), now=now)
    told = Event.objects.filter(kind__startswith="alert.").order_by("pk").values_list("kind", "data")
    assert [(kind, data.get("muted"), data["level"], data.get("how")) for kind, data in told] == [
        ("alert.raised", False, "warning", None),
        ("alert.raised", True, "critical", None),
        ("alert.closed", None, "critical", "over"),
    ]


def test_programs_are_told_what_a_person_would_read(business, owner_actor, now, settings):
    settings.ENV = settings.ENV.model_copy(update={"public_url": "https://wa.example.com"})
    alert = actions.raise_alert(
        "sender_stopped",
        business_id=business.pk,
        level=Level.CRITICAL,
        params={"sender": "Shop", "reason": "cloud_api.190"},
        now=now,
    )
    told = Event.objects.get(kind="alert.raised").data
    public = BY_KIND["alert.raised"].fields
    said = {public[name]: told[name] for name in public}
    assert said["sentence"] == "The number Shop cannot send."
    assert said["step"]
    assert said["openedAt"] == now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert said["url"] == f"https://wa.example.com/alerts/{alert.public_id}"
    assert said["url"].endswith(reverse("alerts:go", args=[alert.public_id]))


def test_the_end_of_a_muting_is_found_by_the_alert(business, owner_actor, stranger_actor, now):
    alert = trouble(business, now)
    for whole in (False, True):
        muting.mute(public_id=alert.public_id, whole_code=whole, until=None, actor=owner_actor, now=now)
    with pytest.raises(NotFound):
        muting.unmute_alert(public_id=alert.public_id, actor=stranger_actor, now=now)
    assert muting.unmute_alert(public_id=alert.public_id, actor=owner_actor, now=now)
    assert muting.muted(business.pk, now=now) == []
    assert not muting.unmute_alert(public_id=alert.public_id, actor=owner_actor, now=now)


def test_a_storm_is_told_once(business, now):
    for second in range(50):
        trouble(business, now + timedelta(seconds=second))
    assert Event.objects.filter(kind="alert.raised").count() == 1


def test_owners_and_admins_see_and_delete_what_is_about_the_installation(business, owner_actor, now):
    import dataclasses

    from qafila.businesses.rules.scopes import ROLE_SCOPES

    alert = trouble(None, now, code="no_worker_running")
    assert shown(business, View.UNREAD, now) == []
    assert shown(business, View.UNREAD, now, installation=True) == [alert]
    writer = dataclasses.replace(owner_actor, scopes=frozenset({"events:read", "events:write"}))
    with pytest.raises(NotFound):
        actions.mark_read(public_id=alert.public_id, actor=writer, now=now)
    admin = dataclasses.replace(owner_actor, scopes=ROLE_SCOPES["admin"])
    assert actions.mark_read(public_id=alert.public_id, actor=admin, now=now)
    assert actions.delete(public_id=alert.public_id, actor=owner_actor, now=now)
    assert Alert.objects.get().deleted_at == now
