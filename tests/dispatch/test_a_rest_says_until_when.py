"""The alert of a number that rests says until when, on the clock of its business."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qafila.alerts.models import Alert
from qafila.alerts.saying import says
from qafila.dispatch import consequences
from qafila.senders.actions import link_news
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db

UNTIL = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)


def _cause() -> str:
    return says(Alert.objects.get(code="sender_resting"), "en").cause


def test_after_a_refused_call(sender: Sender) -> None:
    now = UNTIL - timedelta(hours=1)
    consequences.rest_sender(
        business_id=sender.business_id, sender_id=sender.pk, until=UNTIL, code="cloud_api.130429", now=now
    )
    assert _cause().startswith("It rests until 2026-11-22 08:30. The reason: ")


def test_after_word_of_the_link(phone_linked_sender: Sender) -> None:
    link_news._rest(phone_linked_sender, "phone.time_locked", UNTIL, UNTIL - timedelta(hours=1))
    assert _cause().startswith("It rests until 2026-11-22 08:30. The reason: ")


def test_one_that_was_raised_before_is_said_in_the_zone_that_is_active(sender: Sender, now: datetime) -> None:
    from zoneinfo import ZoneInfo

    from django.utils import timezone

    given = {"sender": "Main", "until": UNTIL.isoformat(), "reason": "cloud_api.130429"}
    alert = Alert(business=sender.business, code="sender_resting", params=given)
    with timezone.override(ZoneInfo("Africa/Cairo")):
        assert says(alert, "en").cause.startswith("It rests until 2026-11-22 08:30. The reason: ")
