"""Quality, limits and throughput are kept as the provider says them; pace and cap follow, people hear of trouble."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from qafila.alerts.models import Alert, Level
from qafila.alerts.saying import says
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.events.models import Event
from qafila.providers.management import AccountInfo, Health, HealthEntity, NumberInfo
from qafila.providers.notices import AccountNotice, LimitNotice, NumberNotice, Weight
from qafila.senders import template_queries
from qafila.senders.actions import create_provider_account, health, news
from qafila.senders.models import AccountState, Portfolio, ProviderAccount, Sender, SenderHealth
from qafila.senders.rules.following import Rate, rate_after
from qafila.wording.languages import LANGUAGES

pytestmark = pytest.mark.django_db

REF = "200000000000001"


def info(**more: Any) -> NumberInfo:
    return NumberInfo(
        **{"ref": REF, "status": "CONNECTED", "quality": "GREEN", "throughput": "STANDARD", **more}
    )


def tell(sender: Sender, notice: Any, at: datetime, **more: Any) -> None:
    assert sender.provider_account_id is not None
    news.heed(account_id=sender.provider_account_id, notice=notice, at=at, now=more.pop("now", at), **more)


def cap(sender: Sender) -> int | None:
    account = ProviderAccount.objects.select_related("portfolio").get(pk=sender.provider_account_id)
    assert account.portfolio is not None
    return account.portfolio.cap


def test_what_was_read_is_kept(sender: Sender, now: datetime) -> None:
    entity = HealthEntity("WABA", "1", "LIMITED", ["In review."])
    read = info(
        verified_name="Shop", limit_tier="TIER_2K", name_status="APPROVED", health=Health("LIMITED", [entity])
    )
    assert health.record_number(sender_id=sender.pk, info=read, now=now)
    kept = template_queries.health_of(sender)
    assert kept is not None
    assert (kept.quality, kept.limit_tier, kept.throughput_level) == ("GREEN", "TIER_2K", "STANDARD")
    assert (kept.verified_name, kept.name_status, kept.can_send) == ("Shop", "APPROVED", "LIMITED")
    assert kept.entities == [{"kind": "WABA", "ref": "1", "can_send": "LIMITED", "reasons": ["In review."]}]
    assert (kept.checked_at, kept.due_at) == (now, now + health.READ_EVERY)
    assert not Alert.objects.exists()
    assert not health.record_number(sender_id=sender.pk + 999, info=read, now=now)


@pytest.mark.parametrize(
    ("current", "followed", "level", "expected"),
    [
        (None, None, "HIGH", Rate(1000)),
        (None, None, "STANDARD", None),
        (1000, 1000, "STANDARD", Rate(None)),
        (20, None, "HIGH", None),
        (20, 1000, "STANDARD", None),
        (1000, None, "STANDARD", None),
        (None, 1000, "HIGH", Rate(1000)),
        (None, None, "OF_TOMORROW", None),
    ],
)
def test_a_persons_own_rate_stays(current: Any, followed: Any, level: str, expected: Any) -> None:
    assert rate_after(current=current, followed=followed, level=level) == expected


def test_the_rate_follows_up_and_down_and_the_lane_hears_of_it(sender: Sender, now: datetime) -> None:
    Event.objects.all().delete()
    for level, rate in (("HIGH", 1000), ("HIGH", 1000), ("STANDARD", None)):
        health.record_number(sender_id=sender.pk, info=info(throughput=level), now=now)
        sender.refresh_from_db()
        assert sender.throughput == rate
    told = Event.objects.filter(kind="sender.state_changed")
    assert [one.data["reason"] for one in told] == ["throughput", "throughput"]
    Sender.objects.filter(pk=sender.pk).update(throughput=20)
    health.record_number(sender_id=sender.pk, info=info(throughput="HIGH"), now=now)
    sender.refresh_from_db()
    assert sender.throughput == 20


def test_a_webhook_of_an_upgrade_is_believed_and_read_back_soon(sender: Sender, now: datetime) -> None:
    health.record_number(sender_id=sender.pk, info=info(), now=now)
    later = now + timedelta(minutes=1)
    tell(sender, NumberNotice(phone=sender.phone.lstrip("+"), throughput="HIGH"), later)
    sender.refresh_from_db()
    assert sender.throughput == 1000
    assert SenderHealth.objects.get().due_at == later
    assert template_queries.numbers_due(kinds=["cloud_api"], now=later, limit=9) == [sender.pk]


def test_news_that_is_older_than_what_is_known_changes_nothing(sender: Sender, now: datetime) -> None:
    tell(sender, NumberNotice(ref=REF, quality="GREEN"), now)
    tell(sender, NumberNotice(ref=REF, quality="RED"), now - timedelta(hours=1), now=now)
    assert SenderHealth.objects.get().quality == "GREEN"
    assert not Alert.objects.exists()


def test_low_quality_is_an_alert_that_a_good_one_closes(sender: Sender, now: datetime) -> None:
    for quality, level in (("YELLOW", Level.WARNING), ("RED", Level.CRITICAL)):
        health.record_number(sender_id=sender.pk, info=info(quality=quality), now=now)
        alert = Alert.objects.get(code="quality_low", closed_at=None)
        assert (alert.level, alert.params["quality"]) == (level, quality)
        assert says(alert, "en").sentence.endswith({"YELLOW": " as medium.", "RED": " as low."}[quality])
        for language in LANGUAGES:
            assert quality not in str(says(alert, language))
    health.record_number(sender_id=sender.pk, info=info(quality="UNKNOWN"), now=now)
    assert Alert.objects.filter(code="quality_low", closed_at=None).exists()
    health.record_number(sender_id=sender.pk, info=info(quality="GREEN"), now=now)
    assert not Alert.objects.filter(closed_at=None).exists()


def test_a_blocked_number_is_said_before_a_message_fails(sender: Sender, now: datetime) -> None:
    entity = HealthEntity("WABA", "1", "BLOCKED", ["141006 No payment method."])
    health.record_number(sender_id=sender.pk, info=info(health=Health("BLOCKED", [entity])), now=now)
    alert = Alert.objects.get()
    assert (alert.code, alert.level, alert.params["why"]) == (
        "number_blocked",
        Level.CRITICAL,
        "141006 No payment method.",
    )
    health.record_number(sender_id=sender.pk, info=info(health=Health("AVAILABLE")), now=now)
    assert not Alert.objects.filter(closed_at=None).exists()


def test_the_cap_follows_and_every_lane_of_the_portfolio_is_taken_anew(
    sender: Sender, business: Business, owner_actor: Actor, now: datetime
) -> None:
    account = sender.provider_account
    assert account is not None
    health.record_account(account_id=account.pk, info=AccountInfo(ref="1", owner_ref="owner-9"), now=now)
    read = info(limit_tier="TIER_2K", limit=2000, limit_known=True)
    health.record_number(sender_id=sender.pk, info=read, now=now)
    account.refresh_from_db()
    assert account.portfolio is not None
    assert (account.portfolio.ref, account.portfolio.cap) == ("owner-9", 2000)
    other = create_provider_account(
        business=business, kind="cloud_api", name="Second", base_url="https://x.org/v23.0", ref="2", token="t",
        app_secret="", verify_token="", portfolio_ref="owner-9", actor=owner_actor, now=now,
    )  # fmt: skip
    Event.objects.all().delete()
    versions = dict(ProviderAccount.objects.values_list("pk", "version"))
    tell(sender, LimitNotice(10_000), now + timedelta(minutes=1))
    assert cap(sender) == 10_000
    changed = dict(ProviderAccount.objects.values_list("pk", "version"))
    assert changed == {pk: version + 1 for pk, version in versions.items()}
    told = Event.objects.filter(kind="account.limits_changed").values_list("subject_id", flat=True)
    assert sorted(told) == sorted([str(account.public_id), str(other.public_id)])
    tell(sender, LimitNotice(10_000), now + timedelta(minutes=2))
    assert dict(ProviderAccount.objects.values_list("pk", "version")) == changed, (
        "the same again is nothing new"
    )
    assert not Alert.objects.exists()
    tell(sender, LimitNotice(250), now + timedelta(minutes=3))
    alert = Alert.objects.get()
    assert (alert.code, alert.params) == ("limit_lowered", {"people": 250})
    tell(sender, LimitNotice(None), now + timedelta(minutes=4))
    assert cap(sender) is None


def test_an_account_without_a_known_owner_has_a_cap_of_its_own_until_it_is_known(
    sender: Sender, now: datetime
) -> None:
    account = sender.provider_account
    assert account is not None
    tell(sender, LimitNotice(None), now)
    account.refresh_from_db()
    assert account.portfolio is None
    tell(sender, LimitNotice(250), now + timedelta(minutes=1))
    account.refresh_from_db()
    assert account.portfolio is not None
    assert account.portfolio.ref == f"account:{account.ref}"
    health.record_account(
        account_id=account.pk, info=AccountInfo(ref="1", owner_ref="owner-9"), now=now + timedelta(minutes=2)
    )
    account.refresh_from_db()
    assert account.portfolio is not None
    assert (account.portfolio.ref, account.portfolio.cap) == ("owner-9", 250)


def test_the_portfolio_that_an_owner_entered_stays(sender: Sender, business: Business, now: datetime) -> None:
    portfolio = Portfolio.objects.create(business=business, ref="entered", cap=1000)
    ProviderAccount.objects.filter(pk=sender.provider_account_id).update(portfolio=portfolio)
    account = ProviderAccount.objects.get(pk=sender.provider_account_id)
    health.record_account(account_id=account.pk, info=AccountInfo(ref="1", owner_ref="owner-9"), now=now)
    account.refresh_from_db()
    assert account.portfolio == portfolio
    tell(sender, LimitNotice(2000), now)
    portfolio.refresh_from_db()
    assert portfolio.cap == 2000


def test_a_restriction_is_an_alert_until_it_is_over(sender: Sender, now: datetime) -> None:
    notice = AccountNotice("restricted", Weight.CRITICAL, detail="R", until=now + timedelta(days=1))
    tell(sender, notice, now)
    tell(sender, notice, now)
    alert = Alert.objects.get()
    assert (alert.code, alert.level, alert.params["detail"]) == ("account_restricted", Level.CRITICAL, "R")
    assert ProviderAccount.objects.get(pk=sender.provider_account_id).state == AccountState.OK
    tell(sender, AccountNotice("reinstated", Weight.INFO, ends=True), now + timedelta(hours=1))
    assert not Alert.objects.filter(closed_at=None).exists()
    late = now + timedelta(days=2)
    tell(sender, notice, late - timedelta(hours=1), now=late)
    assert not Alert.objects.filter(closed_at=None).exists(), "it was over before it came"


@pytest.mark.parametrize("code", ["disabled", "deleted", "disconnected"])
def test_an_account_that_is_switched_off_stops(sender: Sender, now: datetime, code: str) -> None:
    tell(sender, AccountNotice(code, Weight.CRITICAL, stops=True), now)
    account = ProviderAccount.objects.get(pk=sender.provider_account_id)
    assert (account.state, account.state_reason) == (AccountState.STOPPED, f"account_{code}")
    assert Alert.objects.get().code == f"account_{code}"
    assert Event.objects.filter(kind="account.trouble").count() == 1


def test_names_and_pins(sender: Sender, now: datetime) -> None:
    tell(sender, NumberNotice(phone=sender.phone, name_status="DECLINED", name="Best Shop"), now)
    assert Alert.objects.get(code="name_declined").params["name"] == "Best Shop"
    tell(sender, NumberNotice(phone=sender.phone, name_status="APPROVED", name="Shop"), now + timedelta(1))
    assert not Alert.objects.filter(code="name_declined", closed_at=None).exists()
    assert SenderHealth.objects.get().verified_name == "Shop"
    tell(sender, AccountNotice("pin_changed", Weight.WARNING), now + timedelta(2))
    assert Alert.objects.filter(code="account_pin_changed").exists()


def test_numbers_that_nobody_has_and_accounts_that_are_gone_harm_nobody(
    sender: Sender, now: datetime
) -> None:
    tell(sender, NumberNotice(phone="15550000000", quality="RED"), now)
    tell(sender, NumberNotice(), now)
    for notice in (LimitNotice(1), NumberNotice(phone="1"), AccountNotice("alert", Weight.INFO)):
        news.heed(account_id=999_999, notice=notice, at=now, now=now)
    assert not Alert.objects.exists()


def test_every_alert_of_the_news_has_a_wording() -> None:
    from qafila import wording

    assert all(wording.is_known(code) for code in set(news.ACCOUNT_ALERTS.values()))
