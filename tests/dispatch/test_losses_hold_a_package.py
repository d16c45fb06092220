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


def lost_two(pool: tuple[Package, list[Sender]]) -> tuple[Package, datetime]:
    """Two numbers of the package were banned just now. Returns it, and when."""
    made, (first, second, _) = pool
    at = datetime.now(UTC)
    stop(first, "banned", at)
    stop(second, "banned", at)
    return made, at


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
    losses.resumed(made, now=at + timedelta(minutes=1))
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


def test_what_begins_after_the_losses_waits_until_a_person_lets_something_go_on(
    pool: Any, contract: Callable[..., Batch]
) -> None:
    """Nothing flowed when they were lost; the next text must not burn the third one all the same."""
    made, at = lost_two(pool)
    assert not Alert.objects.filter(code=losses.HELD).exists()  # nothing waits yet
    one, two, three = (contract((Target.PACKAGE, made.pk), 2) for _ in range(3))
    other = contract((Target.SENDER, pool[1][1].pk), 2)
    assert [state_of(batch) for batch in (one, two, three)] == [(BatchState.PAUSED, losses.HELD)] * 3
    assert state_of(other) == (BatchState.FLOWING, "")
    later = at + timedelta(minutes=1)
    run_due(limit=100, now=later)
    alert = Alert.objects.get(code=losses.HELD, closed_at=None)
    assert (alert.level, alert.params["count"], alert.params["numbers"]) == ("critical", 3, 2)

    dispatch.pause_batch(batch_id=three.pk, business_id=three.business_id, now=later)
    assert start(one, later) is BatchState.FLOWING  # whoever starts it once more was told
    losses.resumed(made, now=later)
    run_due(limit=100, now=later)
    assert state_of(two) == (BatchState.FLOWING, "")
    assert state_of(three) == (BatchState.PAUSED, "")  # a person paused that one
    alert.refresh_from_db()
    assert alert.closed_at is not None
    assert state_of(contract((Target.PACKAGE, made.pk), 2)) == (BatchState.FLOWING, "")


def start(batch: Batch, now: datetime) -> BatchState:
    return dispatch.start_batch(batch_id=batch.pk, business_id=batch.business_id, now=now)


def test_a_hold_with_nothing_in_it_is_over_after_a_day(pool: Any, contract: Callable[..., Batch]) -> None:
    made, at = lost_two(pool)
    batch = contract((Target.PACKAGE, made.pk), 2, start=False)
    assert start(batch, at + timedelta(hours=25)) is BatchState.FLOWING


def test_a_hold_that_ran_out_does_not_let_a_later_one_go_as_a_whole(
    pool: Any, contract: Callable[..., Batch]
) -> None:
    made, (first, second, _) = pool
    long_ago = datetime.now(UTC) - timedelta(days=9)
    losses.hold(made, lost=2, reason="banned", at=long_ago)
    one, two = (contract((Target.PACKAGE, made.pk), 2) for _ in range(2))
    at = datetime.now(UTC)
    stop(first, "banned", at)
    stop(second, "banned", at)
    later = at + timedelta(minutes=1)
    assert start(one, later) is BatchState.FLOWING
    losses.resumed(made, now=later)
    run_due(limit=100, now=later)
    assert state_of(two) == (BatchState.PAUSED, losses.HELD)


def test_with_the_last_one_that_a_person_pauses_the_alert_is_over(
    pool: Any, contract: Callable[..., Batch]
) -> None:
    made, at = lost_two(pool)
    later = at + timedelta(minutes=1)
    batch = contract((Target.PACKAGE, made.pk), 2, start=False)
    assert start(batch, later) is BatchState.PAUSED
    run_due(limit=100, now=later)
    alert = Alert.objects.filter(code=losses.HELD, closed_at=None)
    assert alert.exists()
    dispatch.pause_batch(batch_id=batch.pk, business_id=batch.business_id, now=later)
    assert state_of(batch) == (BatchState.PAUSED, "")
    assert not alert.exists()


def test_what_is_given_to_others_leaves_its_hold_behind(pool: Any, contract: Callable[..., Batch]) -> None:
    """Else a start over another package that is held would count as one of somebody who was told."""
    from django.db import transaction

    from qafila.dispatch.packages import give_batch_to

    made, (first, second, third) = pool
    batch = contract((Target.PACKAGE, made.pk), 2)
    at = datetime.now(UTC)
    stop(first, "banned", at)
    stop(second, "banned", at)
    assert state_of(batch) == (BatchState.PAUSED, losses.HELD)
    with transaction.atomic():
        alone = (Target.SENDER, third.pk)
        give_batch_to(batch_id=batch.pk, business_id=batch.business_id, target=alone, now=at)
    assert state_of(batch) == (BatchState.PAUSED, "")


def test_what_flowed_at_the_loss_is_resumed_one_by_one(pool: Any, contract: Callable[..., Batch]) -> None:
    """Each has a text of its own, and one of them may be what burnt the numbers."""
    made, (first, second, _) = pool
    one, two = (contract((Target.PACKAGE, made.pk), 2) for _ in range(2))
    at = datetime.now(UTC)
    stop(first, "banned", at)
    stop(second, "banned", at)
    later = at + timedelta(minutes=1)
    assert start(one, later) is BatchState.FLOWING
    losses.resumed(made, now=later)
    run_due(limit=100, now=later)
    assert state_of(two) == (BatchState.PAUSED, losses.HELD)
    assert Alert.objects.filter(code=losses.HELD, closed_at=None).exists()
    assert state_of(contract((Target.PACKAGE, made.pk), 2)) == (BatchState.FLOWING, "")


@pytest.mark.parametrize("how", ["finished", "given"])
def test_what_comes_back_or_is_given_to_a_held_package_is_held_too(
    pool: Any, contract: Callable[..., Batch], how: str
) -> None:
    from django.db import transaction

    from qafila.dispatch.packages import give_batch_to

    made, (first, second, third) = pool
    package, alone = (Target.PACKAGE, made.pk), (Target.SENDER, third.pk)
    batch = contract(package if how == "finished" else alone, 2)
    if how == "finished":
        Batch.objects.filter(pk=batch.pk).update(state=BatchState.FINISHED)
    at = datetime.now(UTC)
    stop(first, "banned", at)
    stop(second, "banned", at)
    later = at + timedelta(minutes=1)
    if how == "finished":
        dispatch.resume_flow(batch_id=batch.pk, now=later)
    else:
        with transaction.atomic():
            give_batch_to(batch_id=batch.pk, business_id=batch.business_id, target=package, now=later)
    assert state_of(batch) == (BatchState.PAUSED, losses.HELD)


@pytest.mark.parametrize("first_out", [True, False])
def test_a_number_that_was_taken_out_is_lost_all_the_same(
    pool: Any,
    business: Business,
    number: Callable[..., Sender],
    contract: Callable[..., Batch],
    first_out: bool,
) -> None:
    """Taken out and replaced by a fresh one, before or after the provider said that it is banned."""
    made, (first, second, _) = pool
    batch = contract((Target.PACKAGE, made.pk), 3)
    at, actor = datetime.now(UTC), system_actor(business)
    if not first_out:
        stop(first, "banned", at)
    actions.remove_member(package=made, sender=first, actor=actor, now=at)
    actions.add_member(package=made, sender=number(), actor=actor, now=at)
    if first_out:
        stop(first, "banned", at + timedelta(minutes=1))
    assert state_of(batch) == (BatchState.FLOWING, "")
    stop(second, "banned", at + timedelta(hours=1))
    assert state_of(batch) == (BatchState.PAUSED, losses.HELD)


@pytest.mark.parametrize(("hours", "held"), [(23, True), (25, False)])
def test_who_left_long_ago_counts_no_more(
    pool: Any, business: Business, contract: Callable[..., Batch], hours: int, held: bool
) -> None:
    made, (first, second, _) = pool
    at = datetime.now(UTC)
    actions.remove_member(
        package=made, sender=first, actor=system_actor(business), now=at - timedelta(hours=hours)
    )
    batch = contract((Target.PACKAGE, made.pk), 3)
    stop(first, "banned", at)
    stop(second, "banned", at)
    assert (state_of(batch)[1] == losses.HELD) is held


def test_a_late_word_on_a_known_loss_holds_nothing_again(pool: Any, contract: Callable[..., Batch]) -> None:
    from django.db import transaction

    made, (first, second, _) = pool
    batch = contract((Target.PACKAGE, made.pk), 3)
    at = datetime.now(UTC)
    stop(first, "banned", at)
    stop(second, "cloud_api.131048", at)
    later = at + timedelta(minutes=5)
    start(batch, later)
    losses.resumed(made, now=later)
    with transaction.atomic():
        emit(
            "sender.trouble",
            business_id=second.business_id,
            subject=("sender", str(second.public_id)),
            data={"failure": "resting", "code": "131048", "sender_id": second.pk},
            now=later + timedelta(minutes=1),
        )
    run_due(limit=100, now=later + timedelta(minutes=2))
    assert state_of(batch) == (BatchState.FLOWING, "")


@pytest.mark.parametrize("said", ["baileys.temporarily_banned", "baileys.logged_out", "evolution.http_500"])
@pytest.mark.parametrize("answer_first", [True, False])
def test_a_ban_is_one_loss_whether_a_call_or_the_webhook_says_it_first(
    pool: Any, contract: Callable[..., Batch], said: str, answer_first: bool
) -> None:
    """A call is often answered with less than the webhook says: a session that does not work."""
    made, (first, second, _) = pool
    batch = contract((Target.PACKAGE, made.pk), 3)
    at = datetime.now(UTC)

    def webhook() -> None:
        notice = LinkNotice(code="banned", ref=second.ref)
        heed_link(account_id=second.provider_account_id or 0, notice=notice, at=at, now=at)
        run_due(limit=100, now=at + timedelta(minutes=1))

    steps = [lambda: stop(second, said, at), webhook]
    for step in steps if answer_first else reversed(steps):
        step()
    assert state_of(batch) == (BatchState.FLOWING, "")  # one number, however often it is said
    stop(first, "banned", at + timedelta(minutes=2))
    assert state_of(batch) == (BatchState.PAUSED, losses.HELD)
    second.refresh_from_db()
    assert rules.is_loss(second.state_reason)  # linking it anew does not put it to work


@pytest.mark.parametrize("webhook_first", [True, False])
def test_an_account_that_is_disabled_counts_where_a_token_was_refused_before(
    on_one_account: tuple[ProviderAccount, Batch], webhook_first: bool
) -> None:
    account, batch = on_one_account
    at = datetime.now(UTC)

    def stopped() -> None:
        consequences.stop_account(
            business_id=account.business_id, account_id=account.pk, code="cloud_api.190", now=at
        )

    def told() -> None:
        notice = AccountNotice("disabled", Weight.CRITICAL, stops=True)
        heed(account_id=account.pk, notice=notice, at=at, now=at)

    steps = [stopped, told]
    for step in reversed(steps) if webhook_first else steps:
        step()
    run_due(limit=100, now=at + timedelta(minutes=1))
    assert state_of(batch) == (BatchState.PAUSED, losses.HELD)


def test_one_number_lost_twice_is_one_loss() -> None:
    assert not rules.too_many(["a", "a"])
    assert rules.too_many(["a", "b", "a"])
    assert rules.is_loss("baileys.463")
    assert not rules.is_loss("")
