"""Meta restricts an account for a while: its numbers rest, people hear of it once, and all of it ends by itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from qafila import wording
from qafila.alerts.models import Alert, Level
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.dispatch import consequences
from qafila.dispatch.rules.losses import is_loss
from qafila.events.jobs import run_due
from qafila.events.models import Event
from qafila.providers.notices import AccountNotice, LimitNotice, Restricts, Weight
from qafila.senders.actions import create_sender, news, pause_sender, resume_sender, stop_sender
from qafila.senders.actions.restrictions import end_due
from qafila.senders.models import AccountState, ProviderAccount, Sender, SenderState
from qafila.senders.rules.restrictions import ALERTS, NO_MESSAGES, NO_NEW_CHATS, RESTS

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def told(
    sender: Sender, restricts: Restricts, until: datetime | None, at: datetime, *, now: datetime | None = None
) -> None:
    notice = AccountNotice(
        "restricted", Weight.CRITICAL, detail="RESTRICTED", until=until, restricts=restricts
    )
    heed(sender, notice, at, now)


def heed(
    sender: Sender, notice: AccountNotice | LimitNotice, at: datetime, now: datetime | None = None
) -> None:
    assert sender.provider_account_id is not None
    news.heed(account_id=sender.provider_account_id, notice=notice, at=at, now=now or at)


def state(sender: Sender) -> tuple[str, str, datetime | None]:
    sender.refresh_from_db()
    return sender.state, sender.state_reason, sender.rest_until


def rest_ends(sender: Sender, now: datetime) -> None:
    """As its lane does, once it is due."""
    consequences.end_rest(business_id=sender.business_id, sender_id=sender.pk, now=now)


def open_alerts() -> set[str]:
    return set(Alert.objects.filter(closed_at=None).values_list("code", flat=True))


@pytest.mark.parametrize(
    ("restricts", "reason"), [(Restricts.CHATS, NO_NEW_CHATS), (Restricts.ANSWERS, NO_MESSAGES)]
)
def test_the_numbers_rest_until_its_end_and_an_alert_says_until_when(
    sender: Sender, now: datetime, restricts: Restricts, reason: str
) -> None:
    until = now + 3 * DAY
    told(sender, restricts, until, now)
    assert state(sender) == (SenderState.RESTING, reason, until)
    alert = Alert.objects.get()
    assert (alert.code, alert.level) == (ALERTS[restricts], Level.CRITICAL)
    assert (alert.subject_kind, alert.params["detail"]) == ("provider_account", "RESTRICTED")
    at_home = until.astimezone(ZoneInfo(Business.objects.get().timezone))
    assert f"{at_home:%Y-%m-%d %H:%M}" in wording.say(alert.code, **alert.params).sentence
    assert Event.objects.filter(kind="account.trouble").count() == 1
    assert ProviderAccount.objects.get().state == AccountState.OK
    assert end_due(now=until - HOUR) == 0
    rest_ends(sender, until - HOUR)
    assert state(sender)[0] == SenderState.RESTING
    rest_ends(sender, until)
    assert state(sender) == (SenderState.READY, "", None)
    assert end_due(now=until) == 1
    assert open_alerts() == set()
    assert end_due(now=until) == 0


def test_what_forbids_no_messages_is_only_told(sender: Sender, now: datetime) -> None:
    for restricts in (Restricts.NUMBERS, Restricts.OTHER):
        told(sender, restricts, now + DAY, now)
    assert state(sender) == (SenderState.READY, "", None)
    assert open_alerts() == {"account_restricted_numbers", "account_restricted"}
    assert end_due(now=now + DAY) == 2
    assert open_alerts() == set()


def test_where_answers_are_forbidden_nothing_goes_out_and_then_what_is_left_counts(
    sender: Sender, now: datetime
) -> None:
    for restricts, days in ((Restricts.CHATS, 5), (Restricts.ANSWERS, 3), (Restricts.NUMBERS, 9)):
        told(sender, restricts, now + days * DAY, now)
    assert state(sender) == (SenderState.RESTING, NO_MESSAGES, now + 3 * DAY)
    assert len(open_alerts()) == 3
    rest_ends(sender, now + 3 * DAY)
    assert state(sender) == (SenderState.RESTING, NO_NEW_CHATS, now + 5 * DAY)
    rest_ends(sender, now + 5 * DAY)
    assert state(sender)[0] == SenderState.READY


@pytest.mark.parametrize("code", ["reinstated", "unrestricted"])
def test_it_ends_when_it_is_lifted_and_what_was_told_before_that_revives_nothing(
    sender: Sender, now: datetime, code: str
) -> None:
    told(sender, Restricts.CHATS, now + 3 * DAY, now)
    told(sender, Restricts.NUMBERS, now + 3 * DAY, now)
    heed(sender, AccountNotice(code, Weight.INFO, ends=True), now + HOUR)
    assert state(sender) == (SenderState.READY, "", None)
    assert open_alerts() == set()
    told(sender, Restricts.CHATS, now + 3 * DAY, now + HOUR / 2, now=now + 2 * HOUR)
    assert state(sender)[0] == SenderState.READY, "it was told before it was lifted, and came late"
    told(sender, Restricts.CHATS, now + 5 * DAY, now + 3 * HOUR)
    assert state(sender)[2] == now + 5 * DAY


def test_the_newest_word_counts_whatever_else_was_told(sender: Sender, now: datetime) -> None:
    heed(sender, LimitNotice(1000), now + HOUR)
    told(sender, Restricts.CHATS, now + 3 * DAY, now, now=now + HOUR)
    assert state(sender)[2] == now + 3 * DAY, "younger news of something else do not hide it"
    told(sender, Restricts.CHATS, now + DAY, now + 2 * HOUR)
    assert state(sender)[2] == now + DAY, "it was made shorter"
    told(sender, Restricts.CHATS, now + 3 * DAY, now, now=now + 3 * HOUR)
    assert state(sender)[2] == now + DAY, "an old word again"
    told(sender, Restricts.CHATS, now + 4 * HOUR, now + 4 * HOUR, now=now + 5 * HOUR)
    assert state(sender)[0] == SenderState.READY, "its end is over"
    assert open_alerts() == set()


def test_without_an_end_it_counts_for_a_day(sender: Sender, now: datetime) -> None:
    told(sender, Restricts.CHATS, None, now)
    assert state(sender) == (SenderState.RESTING, NO_NEW_CHATS, now + DAY)


def test_a_pause_stays_and_leads_back_to_the_rest(sender: Sender, owner_actor: Actor, now: datetime) -> None:
    pause_sender(sender=sender, by="person", reason="paused_by_person", actor=owner_actor, now=now)
    told(sender, Restricts.CHATS, now + DAY, now)
    assert state(sender) == (SenderState.PAUSED, "paused_by_person", now + DAY)
    resume_sender(sender=sender, actor=owner_actor, now=now + HOUR)
    assert state(sender) == (SenderState.RESTING, NO_NEW_CHATS, now + DAY)
    pause_sender(sender=sender, by="person", reason="paused_by_person", actor=owner_actor, now=now + HOUR)
    heed(sender, AccountNotice("reinstated", Weight.INFO, ends=True), now + 2 * HOUR)
    assert state(sender) == (SenderState.PAUSED, "paused_by_person", None)


def test_a_longer_rest_stays_and_a_shorter_one_goes_over_into_it(sender: Sender, now: datetime) -> None:
    consequences.rest_sender(
        business_id=sender.business_id,
        sender_id=sender.pk,
        until=now + 2 * DAY,
        code="cloud_api.131048",
        now=now,
    )
    told(sender, Restricts.CHATS, now + DAY, now)
    assert state(sender) == (SenderState.RESTING, "cloud_api.131048", now + 2 * DAY)
    told(sender, Restricts.CHATS, now + 3 * DAY, now + HOUR)
    assert state(sender) == (SenderState.RESTING, NO_NEW_CHATS, now + 3 * DAY)


def test_a_number_that_comes_to_a_restricted_account_or_could_not_send_rests_too(
    sender: Sender, business: Business, owner_actor: Actor, now: datetime
) -> None:
    stop_sender(sender_id=sender.pk, reason="cloud_api.133010", now=now)
    told(sender, Restricts.CHATS, now + DAY, now)
    assert state(sender)[0] == SenderState.STOPPED
    new = create_sender(
        business=business, name="New", phone="+201000000009", provider_account=sender.provider_account,
        ref="9", actor=owner_actor, now=now,
    )  # fmt: skip
    resume_sender(sender=sender, actor=owner_actor, now=now)
    run_due(now=now)
    assert state(new) == state(sender) == (SenderState.RESTING, NO_NEW_CHATS, now + DAY)


def test_who_is_resumed_by_a_person_goes_on_until_a_call_is_refused(
    sender: Sender, owner_actor: Actor, now: datetime
) -> None:
    run_due(now=now)
    told(sender, Restricts.CHATS, now + DAY, now)
    resume_sender(sender=sender, actor=owner_actor, now=now + HOUR)
    run_due(now=now + HOUR)
    assert state(sender)[0] == SenderState.READY
    account_id = sender.provider_account_id
    assert account_id is not None
    refused = {"business_id": sender.business_id, "account_id": account_id}
    consequences.stop_account(**refused, code="cloud_api.368", now=now + 2 * HOUR)
    assert state(sender) == (SenderState.RESTING, NO_NEW_CHATS, now + DAY)
    assert ProviderAccount.objects.get().state == AccountState.OK, "it ends by itself: nobody has to act"
    consequences.stop_account(**refused, code="cloud_api.131042", now=now + 2 * HOUR)
    assert ProviderAccount.objects.get().state == AccountState.STOPPED, "payment is another matter"


def test_what_calls_in_the_air_were_refused_with_before_it_was_told_stops_nothing_for_good(
    sender: Sender, now: datetime
) -> None:
    account_id = sender.provider_account_id
    assert account_id is not None
    refused = {"business_id": sender.business_id, "account_id": account_id}
    consequences.stop_account(**refused, code="cloud_api.368", now=now)
    assert open_alerts() == {"account_stopped"}
    told(sender, Restricts.NUMBERS, now + DAY, now)
    assert ProviderAccount.objects.get().state == AccountState.STOPPED, "that does not explain it"
    told(sender, Restricts.CHATS, now + DAY, now + HOUR)
    assert ProviderAccount.objects.get().state == AccountState.OK
    assert state(sender) == (SenderState.RESTING, NO_NEW_CHATS, now + DAY)
    run_due(now=now + HOUR)
    assert open_alerts() == {"account_restricted_numbers", "account_restricted_chats"}


def test_every_reason_and_alert_is_said_and_counts_as_a_loss() -> None:
    assert all(wording.is_known(code) for code in {*RESTS, *ALERTS.values()})
    assert all(is_loss(reason) for reason in RESTS)


def test_where_nothing_is_over_nobody_waits(
    sender: Sender, now: datetime, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    """What is kept of a lifting stays for good: it must not lock the account every minute."""
    told(sender, Restricts.CHATS, now + DAY, now)
    with django_assert_num_queries(1):
        assert end_due(now=now + HOUR) == 0
