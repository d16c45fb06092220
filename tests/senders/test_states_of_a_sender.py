"""From which state a sender comes into which; each change is told, and two at once do not both win."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from qafila.events.models import Event
from qafila.senders import actions, queries
from qafila.senders.models import AccountState, ProviderAccount, Sender
from qafila.senders.rules.transitions import FROM, may


@pytest.fixture
def put(sender, now):
    """Puts the sender into a state by hand, and forgets the events until then."""

    def to(state, **values):
        Sender.objects.filter(pk=sender.pk).update(state=state, **values)
        sender.refresh_from_db()
        Event.objects.all().delete()

    return to


def told():
    return [(e.data["from"], e.data["to"], e.data["reason"]) for e in Event.objects.order_by("pk")]


def test_a_rest_begins_only_grows_and_ends_when_it_is_over(sender, put, now):
    put("ready")
    hour, day = now + timedelta(hours=1), now + timedelta(days=1)
    assert actions.rest_sender(sender_id=sender.pk, until=hour, reason="131048", now=now)
    assert not actions.rest_sender(sender_id=sender.pk, until=hour, reason="131048", now=now)
    assert actions.rest_sender(sender_id=sender.pk, until=day, reason="131048", now=now)
    assert not actions.rest_sender(sender_id=sender.pk, until=hour, reason="131048", now=now)
    sender.refresh_from_db()
    assert (sender.state, sender.rest_until, sender.state_reason) == ("resting", day, "131048")
    assert not actions.end_rest(sender_id=sender.pk, now=hour)
    assert actions.end_rest(sender_id=sender.pk, now=day)
    assert not actions.end_rest(sender_id=sender.pk, now=day)
    sender.refresh_from_db()
    assert (sender.state, sender.rest_until, sender.state_reason) == ("ready", None, "")
    assert told() == [("ready", "resting", "131048"), ("resting", "ready", "")]


def test_a_person_pauses_and_resumes(sender, put, owner_actor, now):
    put("ready")
    assert actions.pause_sender(sender=sender, by="person", reason="holiday", actor=owner_actor, now=now)
    assert not actions.pause_sender(sender=sender, by="person", actor=owner_actor, now=now)
    assert (sender.state, sender.paused_by, sender.state_reason) == ("paused", "person", "holiday")
    assert actions.resume_sender(sender=sender, actor=owner_actor, now=now)
    assert not actions.resume_sender(sender=sender, actor=owner_actor, now=now)
    assert (sender.state, sender.paused_by, sender.state_reason) == ("ready", "", "")
    assert told() == [("ready", "paused", "holiday"), ("paused", "ready", "")]


def test_the_repair_resumes_only_what_was_paused_automatically(sender, put, owner_actor, business, now):
    put("ready")
    actions.pause_sender(sender=sender, by="auto", reason="blocked", actor=owner_actor, now=now)
    assert list(queries.paused_automatically(business.pk)) == [sender]
    assert queries.can_work(sender)
    assert actions.pause_sender(sender=sender, by="person", actor=owner_actor, now=now)
    assert list(queries.paused_automatically()) == []
    assert not actions.resume_sender(sender=sender, only_paused_by="auto", actor=owner_actor, now=now)
    assert not actions.pause_sender(sender=sender, by="auto", actor=owner_actor, now=now)
    assert sender.paused_by == "person"
    put("paused", paused_by="auto")
    assert actions.resume_sender(sender=sender, only_paused_by="auto", actor=owner_actor, now=now)
    assert sender.state == "ready"


def test_what_cannot_send_stays_so_and_remembers_its_pause(sender, put, owner_actor, now):
    put("paused", paused_by="auto")
    assert actions.stop_sender(sender_id=sender.pk, reason="logged_out", now=now)
    assert not actions.stop_sender(sender_id=sender.pk, reason="banned", now=now)
    sender = queries.paused_automatically().get()
    assert (sender.state, sender.state_reason, queries.can_work(sender)) == ("stopped", "logged_out", False)
    assert not actions.resume_sender(sender=sender, only_paused_by="auto", actor=owner_actor, now=now)
    assert not actions.pause_sender(sender=sender, by="person", actor=owner_actor, now=now)
    assert not actions.rest_sender(sender_id=sender.pk, until=now + timedelta(hours=1), reason="x", now=now)
    assert actions.resume_sender(sender=sender, actor=owner_actor, now=now)
    assert (sender.state, sender.paused_by) == ("ready", "")


@pytest.mark.parametrize("state", ["ready", "resting", "paused", "stopped", "not_connected"])
def test_every_change_keeps_to_the_table(state, sender, put, owner_actor, now):
    changes = {
        "resting": lambda: actions.rest_sender(
            sender_id=sender.pk, until=now + timedelta(hours=2), reason="x", now=now
        ),
        "paused": lambda: actions.pause_sender(sender=sender, by="auto", actor=owner_actor, now=now),
        "stopped": lambda: actions.stop_sender(sender_id=sender.pk, reason="x", now=now),
        "ready": lambda: actions.resume_sender(sender=sender, actor=owner_actor, now=now),
    }
    rest_until = now + timedelta(hours=1) if state == "resting" else None
    for target, change in changes.items():
        put(state, rest_until=rest_until, paused_by="person" if state == "paused" else "")
        assert change() == may(state, target), f"{state} to {target}"
        assert Sender.objects.get(pk=sender.pk).state == (target if may(state, target) else state)
        assert len(told()) == (may(state, target) and state != target)


def test_the_table_knows_every_state():
    states = {"ready", "resting", "paused", "stopped", "not_connected"}
    assert set(FROM) == states
    assert set().union(*FROM.values()) <= states


def test_an_account_stops_once_and_a_person_resumes_it(provider_account, owner_actor, now):
    Event.objects.all().delete()
    before = provider_account.version
    assert actions.stop_account(account_id=provider_account.pk, reason="190", now=now)
    assert not actions.stop_account(account_id=provider_account.pk, reason="190", now=now)
    provider_account.refresh_from_db()
    assert (provider_account.state, provider_account.state_reason) == (AccountState.STOPPED, "190")
    assert actions.resume_account(account=provider_account, actor=owner_actor, now=now)
    assert not actions.resume_account(account=provider_account, actor=owner_actor, now=now)
    provider_account.refresh_from_db()
    assert (provider_account.state, provider_account.state_reason) == (AccountState.OK, "")
    assert provider_account.version > before
    assert told() == [("ok", "stopped", "190"), ("stopped", "ok", "")]
    assert {e.kind for e in Event.objects.all()} == {"account.state_changed"}


def test_what_does_not_exist_does_not_change(db, now):
    assert not actions.stop_sender(sender_id=0, reason="x", now=now)
    assert not actions.end_rest(sender_id=0, now=now)
    assert not actions.rest_sender(sender_id=0, until=now, reason="x", now=now)
    assert not actions.stop_account(account_id=0, reason="x", now=now)
    assert not Event.objects.exists()
    assert not ProviderAccount.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_wins_and_one_is_told(sender, put, now):
    put("ready")
    together = threading.Barrier(6)
    answers: list[bool] = []

    def stop() -> None:
        try:
            together.wait()
            answers.append(actions.stop_sender(sender_id=sender.pk, reason="banned", now=now))
        finally:
            connection.close()

    threads = [threading.Thread(target=stop) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False] * 5 + [True]
    assert told() == [("ready", "stopped", "banned")]
