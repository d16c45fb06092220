"""That no worker runs is said by who still lives, when messages have waited for a minute; it is over when one is back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.utils import timezone

from qafila.alerts.effects import effects_of
from qafila.alerts.models import Alert, Level
from qafila.alerts.saying import says
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.dispatch import actions, missing_workers
from qafila.dispatch.models import Worker
from qafila.dispatch.rules.nobody_works import is_missed
from qafila.ledger.models import Batch, Message
from qafila.ledger.states import Target
from qafila.project.watching import Watch
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("last_seen", "waits_since", "missed"),
    [
        (None, None, False),
        (None, 61, True),
        (None, 60, True),
        (None, 59, False),
        (3600, None, False),
        (3600, 59, False),
        (59, 3600, False),
        (60, 3600, True),
    ],
)
def test_when_it_is_said(last_seen: int | None, waits_since: int | None, missed: bool, now: datetime) -> None:
    """Figures: seconds ago."""
    ago = {seconds: now - seconds * SECOND for seconds in (last_seen, waits_since) if seconds is not None}
    seen, since = (ago.get(one) if one is not None else None for one in (last_seen, waits_since))
    assert is_missed(last_seen=seen, waits_since=since, now=now) is missed


def standing() -> list[tuple[str, str, int]]:
    found = Alert.objects.filter(closed_at=None, business=None)
    return [(one.code, one.level, one.count) for one in found]


@pytest.fixture
def running(number: Callable[..., Sender], contract: Callable[..., Batch]) -> Batch:
    """A contract that was started just now."""
    return contract((Target.SENDER, number().pk), 3)


def test_it_is_raised_once_and_over_with_the_first_worker(running: Batch) -> None:
    at = datetime.now(UTC)
    assert not missing_workers.look(now=at + 30 * SECOND)
    assert standing() == []
    for minutes in (2, 3, 4):
        assert missing_workers.look(now=at + minutes * MINUTE)
    assert standing() == [("no_worker_running", Level.CRITICAL, 1)]
    back = at + 5 * MINUTE
    Worker.objects.create(host="h", pid=1, version="0", started_at=back, seen_at=back)
    assert not missing_workers.look(now=back + SECOND)
    assert standing() == []


def test_a_worker_that_died_with_messages_in_its_hands_is_missed_too(running: Batch) -> None:
    at = datetime.now(UTC)
    Worker.objects.create(host="h", pid=1, version="0", started_at=at, seen_at=at)
    Message.objects.filter(batch_id=running.pk).update(due_at=None, claimed_by=1, claimed_at=at)
    assert not missing_workers.look(now=at + 20 * SECOND)
    assert not missing_workers.look(now=at + 45 * SECOND), "a restart takes as long"
    assert missing_workers.look(now=at + 2 * MINUTE)


def test_nobody_is_missed_while_nothing_waits(running: Batch, contract: Callable[..., Batch]) -> None:
    at = datetime.now(UTC)
    contract((Target.SENDER, running.target_id), 3, start=False)
    assert missing_workers.look(now=at + 2 * MINUTE)
    actions.pause_batch(batch_id=running.pk, business_id=running.business_id, now=at + 3 * MINUTE)
    assert not missing_workers.look(now=at + 3 * MINUTE)
    assert standing() == []
    Message.objects.filter(batch_id=running.pk).update(due_at=at + timedelta(days=1))
    actions.start_batch(batch_id=running.pk, business_id=running.business_id, now=at + 4 * MINUTE)
    assert not missing_workers.look(now=at + 9 * MINUTE), "what is due tomorrow waits for nobody"


def test_it_says_since_when_on_the_clock_of_who_reads(running: Batch) -> None:
    at = datetime.now(UTC)
    missing_workers.look(now=at + 2 * MINUTE)
    alert = Alert.objects.get(code="no_worker_running")
    since = datetime.fromisoformat(alert.params["since"])
    assert abs(since - at) < MINUTE
    with timezone.override(ZoneInfo("Asia/Kolkata")):
        shown = f"{since.astimezone(ZoneInfo('Asia/Kolkata')):%Y-%m-%d %H:%M}"
        assert says(alert, "en").cause == f"Messages are waiting since {shown}."


def test_each_business_reads_what_it_holds_up_there(
    business: Business, owner_actor: Actor, sender: Sender, other_business: Business
) -> None:
    from qafila.campaigns.actions import create_contract, start_contract

    at = datetime.now(UTC)
    made = create_contract(
        business=business,
        sender=sender,
        name="Offers",
        recipients=[{"phoneNumber": "201000000031", "message": "Hello"}],
        actor=owner_actor,
        now=at,
    ).campaign
    start_contract(business=business, public_id=made.public_id, actor=owner_actor, now=at)
    assert missing_workers.look(now=at + 2 * MINUTE)
    (alert,) = Alert.objects.filter(code="no_worker_running")
    assert effects_of([alert], business_id=business.pk, language="en") == {
        alert.pk: "1 running contract waits for it"
    }
    assert effects_of([alert], business_id=other_business.pk, language="en") == {}


def test_the_web_process_raises_it_and_writes_the_letters_itself(
    running: Batch, owner_actor: Actor, settings: Any
) -> None:
    settings.ENV = settings.ENV.model_copy(update={"email_host": "mail.example"})
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Watch().look(now=datetime.now(UTC) + 2 * MINUTE)
    (letter,) = mail.outbox
    assert letter.to == ["owner@example.com"]
    assert "no worker is running" in letter.subject
