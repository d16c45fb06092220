"""Two businesses on one Meta portfolio would each spend its whole limit: each is warned, and hears nothing of the other."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from qafila.alerts.models import Alert
from qafila.businesses.actor import Actor, system_actor
from qafila.businesses.models import Business
from qafila.providers.management import AccountInfo
from qafila.senders.actions import create_provider_account
from qafila.senders.actions.health import record_account
from qafila.senders.actions.limits import SHARED, follow_limit, set_own_limit
from qafila.senders.models import Portfolio, ProviderAccount

pytestmark = pytest.mark.django_db


@pytest.fixture
def foreign(other_business: Business, now: datetime) -> ProviderAccount:
    """An account of another business."""
    return create_provider_account(
        business=other_business,
        kind="cloud_api",
        name="Secret name",
        base_url="https://graph.example.com",
        ref="77",
        token="token",
        app_secret="secret",
        verify_token="verify",
        actor=system_actor(other_business),
        now=now,
    )


def read(account: ProviderAccount, owner: str, now: datetime) -> None:
    """What Meta says of an account."""
    record_account(account_id=account.pk, info=AccountInfo(ref=account.ref, owner_ref=owner), now=now)


def open_ones() -> list[Alert]:
    return list(Alert.objects.filter(code=SHARED, closed_at=None).order_by("pk"))


def test_both_are_warned_once_and_hear_nothing_of_the_other(
    provider_account: ProviderAccount, foreign: ProviderAccount, now: datetime
) -> None:
    read(provider_account, "portfolio-1", now)
    assert open_ones() == []
    read(foreign, "portfolio-1", now)
    told = open_ones()
    assert {one.business_id for one in told} == {provider_account.business_id, foreign.business_id}
    for one, account in zip(told, (provider_account, foreign), strict=True):
        assert (one.level, one.subject_id, one.params) == (
            "warning",
            str(account.public_id),
            {"account": account.name},
        )
    for hour in range(6, 48, 6):
        read(provider_account, "portfolio-1", now + timedelta(hours=hour))
    assert [one.count for one in open_ones()] == [1, 1]


def test_what_somebody_only_typed_in_finds_nothing_out(
    provider_account: ProviderAccount, foreign: ProviderAccount, now: datetime
) -> None:
    read(provider_account, "portfolio-1", now)
    foreign.portfolio = Portfolio.objects.create(business=foreign.business, ref="portfolio-1")
    foreign.save()
    read(foreign, "portfolio-2", now)
    read(provider_account, "portfolio-1", now)
    assert open_ones() == []


def test_two_accounts_of_one_business_share_one_cap_anyway(
    provider_account: ProviderAccount, business: Business, owner_actor: Actor, now: datetime
) -> None:
    second = create_provider_account(
        business=business,
        kind="cloud_api",
        name="Second",
        base_url="https://graph.example.com",
        ref="78",
        token="token",
        app_secret="secret",
        verify_token="verify",
        actor=owner_actor,
        now=now,
    )
    read(provider_account, "portfolio-1", now)
    read(second, "portfolio-1", now)
    assert open_ones() == []


def test_a_limit_of_ones_own_ends_it(
    provider_account: ProviderAccount, foreign: ProviderAccount, owner_actor: Actor, now: datetime
) -> None:
    for account in (provider_account, foreign):
        follow_limit(account_id=account.pk, people=2_000, now=now)
        read(account, "portfolio-1", now)
    assert len(open_ones()) == 2
    provider_account.refresh_from_db()
    set_own_limit(account=provider_account, people=1_000, actor=owner_actor, now=now)
    (left,) = open_ones()
    assert left.business_id == foreign.business_id
    read(provider_account, "portfolio-1", now + timedelta(hours=6))
    assert open_ones() == [left]
