"""Alerts by e-mail: once each, again when worse, a storm in one line, in the person's language, whatever the mail server does."""

from __future__ import annotations

import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from qafila.alerts import letters, muting
from qafila.alerts.actions import close_alert, mark_read, raise_alert
from qafila.alerts.models import Letter, Level, MailChoice, Notice
from qafila.businesses.actions import add_member
from qafila.businesses.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_mail_server(settings: Any) -> None:
    """One that keeps what it is given."""
    settings.ENV = settings.ENV.model_copy(
        update={"email_host": "mail.example", "public_url": "https://wa.example.com"}
    )
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def owner(owner_actor: Any) -> User:
    """The person behind the actor."""
    return User.objects.get(public_id=owner_actor.id)


def trouble(
    business: Any, now: Any, level: Level = Level.CRITICAL, subject: str = "s-1", code: str = "sender_stopped"
) -> Any:
    return raise_alert(
        code,
        business_id=business.pk if business else None,
        level=level,
        params={"sender": "Shop", "reason": "cloud_api.190"},
        subject=("sender", subject),
        now=now,
    )


def post(now: Any) -> list[Any]:
    """A minute's round; what went out in it."""
    before = len(mail.outbox)
    letters.write_due(now=now)
    letters.send_due(now=now)
    return mail.outbox[before:]


def test_an_urgent_alert_comes_once_with_what_to_do(business, owner, now) -> None:
    trouble(business, now)
    (letter,) = post(now)
    assert letter.to == [owner.email]
    assert "Caravan & Sons" in letter.subject
    assert "Urgent" in letter.body
    assert "What to do:" in letter.body
    assert "https://wa.example.com/alerts/" in letter.body
    assert post(now + timedelta(minutes=1)) == []
    trouble(business, now + timedelta(hours=5))
    assert post(now + timedelta(hours=6)) == []


def test_a_storm_is_one_line(business, owner, now) -> None:
    for second in range(500):
        trouble(business, now + timedelta(seconds=second))
    (letter,) = post(now + timedelta(minutes=10))
    assert letter.body.count("Urgent") == 1
    assert "×500" in letter.body


def test_it_comes_again_when_it_grows_worse_and_after_it_was_over(business, owner_actor, owner, now) -> None:
    letters.choose(least="warning", hourly=False, actor=owner_actor, now=now)
    trouble(business, now, Level.WARNING)
    assert len(post(now)) == 1
    trouble(business, now + timedelta(minutes=5), Level.WARNING)
    assert post(now + timedelta(minutes=6)) == []
    trouble(business, now + timedelta(minutes=10), Level.CRITICAL)
    assert len(post(now + timedelta(minutes=11))) == 1
    close_alert(
        "sender_stopped", business_id=business.pk, subject=("sender", "s-1"), now=now + timedelta(hours=1)
    )
    trouble(business, now + timedelta(hours=2), Level.WARNING)
    assert len(post(now + timedelta(hours=2))) == 1


def test_a_person_gets_what_they_chose(business, owner_actor, owner, now) -> None:
    agent = add_member(
        business=business, email="agent@example.com", role="agent", name="Bo", actor=owner_actor, now=now
    ).user
    trouble(business, now, Level.WARNING, "s-1")
    trouble(business, now, Level.CRITICAL, "s-2")
    (letter,) = post(now)
    assert letter.to == [owner.email], "an agent gets nothing unless they choose to"
    assert "Warning" not in letter.body
    letters.choose(least="none", hourly=False, actor=owner_actor, now=now)
    trouble(business, now, Level.CRITICAL, "s-3")
    assert post(now + timedelta(minutes=1)) == []
    assert not Notice.objects.filter(user=agent).exists()


def test_a_digest_comes_once_an_hour_with_all_that_is_new(business, owner_actor, owner, now) -> None:
    letters.choose(least="info", hourly=True, actor=owner_actor, now=now)
    trouble(business, now, Level.INFO, "s-0")
    assert len(post(now)) == 1
    for minute in range(1, 59):
        trouble(business, now + timedelta(minutes=minute), Level.WARNING, f"s-{minute % 3 + 1}")
        assert post(now + timedelta(minutes=minute)) == []
    (letter,) = post(now + timedelta(hours=1))
    assert letter.body.count("Warning") == 3
    assert "3 alerts" in letter.subject


def test_muted_and_read_alerts_are_not_sent(business, owner_actor, owner, now) -> None:
    muting.mute(
        public_id=trouble(business, now, subject="s-1").public_id,
        until=now + timedelta(hours=8),
        actor=owner_actor,
        now=now,
    )
    mark_read(public_id=trouble(business, now, subject="s-2").public_id, actor=owner_actor, now=now)
    assert post(now) == []
    assert len(post(now + timedelta(hours=9))) == 1, "the muting is over, and its trouble is not"


def test_it_is_in_the_person_s_language(business, owner, now) -> None:
    User.objects.filter(pk=owner.pk).update(language="ru")
    trouble(business, now)
    (letter,) = post(now)
    assert any("а" <= character <= "я" for character in letter.body.casefold())


def test_a_line_break_in_a_name_adds_no_header(business, owner, now) -> None:
    type(business).objects.filter(pk=business.pk).update(name="Shop\r\nBcc: victim@example.com")
    trouble(business, now)
    (letter,) = post(now)
    assert "\n" not in letter.subject
    assert "\nBcc: victim" not in letter.message().as_string().replace("\r", "")


def test_a_mail_server_that_is_away_is_tried_again_until_a_day_is_over(
    business, owner, now, settings, monkeypatch
) -> None:
    away = True
    tries: list[Any] = []

    class Server:
        def send_messages(self, messages: Any) -> int:
            tries.append(messages)
            if away:
                raise smtplib.SMTPServerDisconnected("away")
            return len(messages)

    import django.core.mail.message as message_module

    monkeypatch.setattr(
        message_module.EmailMessage,
        "get_connection",
        lambda self, fail_silently=False: Server(),
        raising=False,
    )
    trouble(business, now)
    post(now)
    letter = Letter.objects.get()
    assert (letter.sent_at, letter.trouble, letter.due_at) == (
        None,
        "SMTPServerDisconnected",
        now + timedelta(minutes=1),
    )
    at = now
    for _ in range(6):
        at += timedelta(minutes=30)
        letters.send_due(now=at)
    away = False
    letters.send_due(now=at + timedelta(hours=1))
    letter.refresh_from_db()
    assert letter.sent_at is not None
    away = True
    trouble(business, at, subject="s-2")
    letters.write_due(now=at)
    for hour in range(30):
        letters.send_due(now=at + timedelta(hours=hour))
    last = Letter.objects.order_by("-pk")[0]
    assert last.given_up_at is not None
    assert last.due_at is None
    assert Letter.objects.count() == 2


def test_what_is_over_before_it_was_sent_is_not_sent(business, owner, now) -> None:
    trouble(business, now)
    letters.write_due(now=now)
    close_alert("sender_stopped", business_id=business.pk, subject=("sender", "s-1"), now=now)
    letters.send_due(now=now)
    assert mail.outbox == []
    assert Letter.objects.get().due_at is None


def test_the_installation_s_trouble_goes_to_owners_and_admins_only(business, owner_actor, owner, now) -> None:
    for role in ("admin", "agent", "read_only"):
        made = add_member(
            business=business, email=f"{role}@example.com", role=role, name="Ad", actor=owner_actor, now=now
        )
        MailChoice.objects.create(business=business, user=made.user, least="info")
    trouble(None, now, code="no_worker_running")
    assert sorted(letter.to[0] for letter in post(now)) == ["admin@example.com", owner.email]


def test_without_a_mail_server_nothing_is_written(business, owner, now, settings) -> None:
    settings.ENV = settings.ENV.model_copy(update={"email_host": ""})
    trouble(business, now)
    assert post(now) == []
    assert not Letter.objects.exists()


def test_two_workers_write_one_letter(business, owner, now) -> None:
    trouble(business, now)
    assert letters.write_due(now=now) == 1
    assert letters.write_due(now=now) == 0
    assert letters.send_due(now=now) == 1
    assert letters.send_due(now=now) == 0
