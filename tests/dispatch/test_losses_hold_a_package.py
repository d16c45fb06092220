"""Two numbers of a package lost to bans or spam limits within a day hold its campaigns; a person resumes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qafila.alerts.models import Alert
from qafila.businesses.actor import system_actor
from qafila.businesses.models import Business
from qafila.dispatch import actions as dispatch
from qafila.dispatch import consequences, losses
from qafila.dispatch.rules import losses as rules
from qafila.events.actions import emit
from qafila.events.jobs import run_due
from qafila.events.models import Event
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState, Target
from qafila.providers.notices import AccountNotice, LinkNotice, Weight
from qafila.senders.actions import packages as actions
from qafila.senders.actions.link_news import heed_link
from qafila.senders.actions.news import heed
from qafila.senders.models import Package, ProviderAccount, Sender

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC)


@pytest.fixture
def pool(business: Business, number: Callable[..., Sender]) -> tuple[Package, list[Sender]]:
    actor = system_actor(business)
    made = actions.create_package(business=business, name="Clinics", actor=actor, now=NOW)
    senders = [number() for _ in range(3)]
    for one in senders:
        actions.add_member(package=made, sender=one, actor=actor, now=NOW)
    return made, senders


@pytest.fixture
def on_one_account(
    business: Business, number: Callable[..., Sender], contract: Callable[..., Batch]
) -> tuple[ProviderAccount, Batch]:
    """A provider account, and what flows over a package of two of its numbers."""
    first = number()
    account = first.provider_account
    assert account is not None
    actor = system_actor(business)
    made = actions.create_package(business=business, name="One account", actor=actor, now=NOW)
    for one in (first, number(account=account)):
        actions.add_member(package=made, sender=one, actor=actor, now=NOW)
    return account, contract((Target.PACKAGE, made.pk), 3)


def stop(sender: Sender, code: str, at: datetime) -> None:
    consequences.stop_sender(business_id=sender.business_id, sender_id=sender.pk, code=code, now=at)
    run_due(limit=100, now=datetime.now(UTC) + timedelta(days=3))


def state_of(batch: Batch) -> tuple[BatchState, str]:
    batch.refresh_from_db()
    return BatchState(batch.state), batch.hold_code


def test_the_second_loss_holds_what_flows_and_tells_once(pool: Any, contract: Callable[..., Batch]) -> None:
    made, (first, second, third) = pool
    batch, other = contract((Target.PACKAGE, made.pk), 3), contract((Target.SENDER, third.pk), 3)
    at = datetime.now(UTC)
    stop(first, "cloud_api.131031", at)
    assert state_of(batch) == (BatchState.FLOWING, "")
    consequences.rest_sender(
        business_id=second.business_id,
        sender_id=second.pk,
        until=at + timedelta(hours=2),
        code="cloud_api.131048",
        now=at + timedelta(hours=1),
    )
    run_due(limit=100, now=at + timedelta(days=2))
    assert state_of(batch) == (BatchState.PAUSED, losses.HELD)
    assert state_of(other) == (BatchState.FLOWING, "")
    alert = Alert.objects.get(code=losses.HELD)
    assert (alert.level, alert.subject_id) == ("critical", str(made.public_id))
    assert (alert.params["count"], alert.params["numbers"]) == (1, 2)


@pytest.mark.parametrize("turned", [False, True])
def test_a_locked_account_counts_for_its_numbers_also_a_day_later(
    pool: Any, contract: Callable[..., Batch], turned: bool
) -> None:
    """A locked account and a spam limit at another account are two losses, in either order and whatever the clocks say."""
    made, (first, second, _) = pool
    batch = contract((Target.PACKAGE, made.pk), 3)
    at = datetime.now(UTC)

    def lock() -> None:
        consequences.stop_account(
            business_id=first.business_id,
            account_id=first.provider_account_id,
            code="cloud_api.131031",
            now=at + timedelta(seconds=5 if turned else 0),
        )
        run_due(limit=100, now=at + timedelta(days=3))

    steps = [lock, lambda: stop(second, "cloud_api.131048", at + timedelta(seconds=0 if turned else 5))]
    steps[turned]()
    assert state_of(batch) == (BatchState.FLOWING, "")
    steps[not turned]()
    assert state_of(batch) == (BatchState.PAUSED, losses.HELD)


def test_what_a_person_resumed_stays_resumed_however_often_the_handler_runs(
    pool: Any, contract: Callable[..., Batch]
) -> None:
    made, (first, second, third) = pool
    batch = contract((Target.PACKAGE, made.pk), 3)
    at = datetime.now(UTC)
    stop(first, "banned", at)
    stop(second, "banned", at)
    assert state_of(batch)[1] == losses.HELD
    dispatch.start_batch(batch_id=batch.pk, business_id=batch.business_id, now=at + timedelta(minutes=1))
    assert losses.end_hold(made, now=at + timedelta(minutes=1))
    Event.objects.filter(kind="sender.state_changed").update(due_at=at)
    run_due(limit=100, now=at + timedelta(days=2))
    assert state_of(batch) == (BatchState.FLOWING, "")
    assert Alert.objects.get(code=losses.HELD).closed_at is not None
    stop(third, "banned", at + timedelta(minutes=5))  # another loss does hold it again
    assert state_of(batch)[1] == losses.HELD


@pytest.mark.parametrize(
    ("reason", "hours", "held"),
    [
        ("banned", 23, True),
        ("banned", 25, False),
        ("cloud_api.133010", 1, False),
        ("rested_by_person", 1, False),
    ],
)
def test_only_bans_and_spam_limits_of_the_last_day_count(
    pool: Any, contract: Callable[..., Batch], reason: str, hours: int, held: bool
) -> None:
    made, (first, second, _) = pool
    at = datetime.now(UTC)
    stop(first, reason, at - timedelta(hours=hours))
    batch = contract((Target.PACKAGE, made.pk), 3)
    stop(second, "banned", at + timedelta(seconds=5))
    assert (state_of(batch)[1] == losses.HELD) is held


def test_a_receipt_that_tells_of_a_spam_limit_counts_too(pool: Any, contract: Callable[..., Batch]) -> None:
    from django.db import transaction

    made, (first, second, _) = pool
    batch = contract((Target.PACKAGE, made.pk), 3)
    at = datetime.now(UTC)
    for sender in (first, second):
        with transaction.atomic():
            emit(
                "sender.trouble",
                business_id=sender.business_id,
                subject=("sender", str(sender.public_id)),
                data={"failure": "resting", "code": "131048", "sender_id": sender.pk},
                now=at,
            )
    run_due(limit=100, now=at + timedelta(minutes=1))
    assert state_of(batch)[1] == losses.HELD


def test_a_blocked_provider_account_is_the_loss_of_all_its_numbers(
    business: Business, on_one_account: tuple[ProviderAccount, Batch]
) -> None:
    account, batch = on_one_account
    at = datetime.now(UTC)
    consequences.stop_account(business_id=business.pk, account_id=account.pk, code="cloud_api.190", now=at)
    run_due(limit=100, now=at + timedelta(minutes=1))
    assert state_of(batch)[1] == ""  # a token is no ban
    account.refresh_from_db()
    type(account).objects.filter(pk=account.pk).update(state="ok")
    consequences.stop_account(business_id=business.pk, account_id=account.pk, code="cloud_api.368", now=at)
    run_due(limit=100, now=at + timedelta(minutes=1))
    assert state_of(batch)[1] == losses.HELD


@pytest.mark.parametrize("code", ["banned", "time_locked", "capped"])
def test_what_a_gateway_tells_by_itself_counts_too(
    pool: Any, contract: Callable[..., Batch], code: str
) -> None:
    """No call was answered with it: the gateway's notice alone says what happened to two of them."""
    made, (first, second, _) = pool
    batch = contract((Target.PACKAGE, made.pk), 3)
    at = datetime.now(UTC)
    for place, sender in enumerate((first, second)):
        assert state_of(batch) == (BatchState.FLOWING, "")
        notice = LinkNotice(code=code, ref=sender.ref)
        heed_link(account_id=sender.provider_account_id, notice=notice, at=at, now=at)
        run_due(limit=100, now=at + timedelta(minutes=place + 1))
    assert state_of(batch) == (BatchState.PAUSED, losses.HELD)


def test_a_phone_that_logged_itself_out_is_no_ban(pool: Any, contract: Callable[..., Batch]) -> None:
    made, (first, second, _) = pool
    batch = contract((Target.PACKAGE, made.pk), 3)
    at = datetime.now(UTC)
    for sender in (first, second):
        notice = LinkNotice(code="logged_out", ref=sender.ref)
        heed_link(account_id=sender.provider_account_id, notice=notice, at=at, now=at)
    run_due(limit=100, now=at + timedelta(minutes=1))
    assert state_of(batch) == (BatchState.FLOWING, "")


def test_an_account_that_meta_disables_is_the_loss_of_all_its_numbers(
    on_one_account: tuple[ProviderAccount, Batch],
) -> None:
    account, batch = on_one_account
    at = datetime.now(UTC)
    heed(
        account_id=account.pk,
        notice=AccountNotice("disabled", Weight.CRITICAL, stops=True),
        at=at,
        now=at,
    )
    run_due(limit=100, now=at + timedelta(minutes=1))
    assert state_of(batch) == (BatchState.PAUSED, losses.HELD)


def test_one_number_lost_twice_is_one_loss() -> None:
    assert not rules.too_many(["a", "a"])
    assert rules.too_many(["a", "b", "a"])
    assert rules.is_loss("baileys.463")
    assert not rules.is_loss("")
