"""A portfolio's people limit: what a person set and what the provider allows stand side by side; the smaller counts."""

from __future__ import annotations

from datetime import datetime

import pytest

from qafila.businesses.actor import Actor
from qafila.businesses.refusals import NotAllowed, Refused
from qafila.senders.actions.limits import follow_limit, set_own_limit
from qafila.senders.models import Portfolio, ProviderAccount

pytestmark = pytest.mark.django_db


def caps() -> tuple[int | None, int | None, int | None]:
    found = Portfolio.objects.get()
    return found.own_cap, found.provider_cap, found.cap


def test_the_providers_tier_does_not_overwrite_a_persons(
    provider_account: ProviderAccount, owner_actor: Actor, now: datetime
) -> None:
    follow_limit(account_id=provider_account.pk, people=2000, now=now)
    assert caps() == (None, 2000, 2000)
    assert set_own_limit(account=provider_account, people=500, actor=owner_actor, now=now) == 500
    assert caps() == (500, 2000, 500)
    assert not follow_limit(account_id=provider_account.pk, people=10_000, now=now)
    assert caps() == (500, 10_000, 500)
    assert follow_limit(account_id=provider_account.pk, people=250, now=now)
    assert caps() == (500, 250, 250)
    assert follow_limit(account_id=provider_account.pk, people=None, now=now)
    assert caps() == (500, None, 500)
    assert set_own_limit(account=provider_account, people=None, actor=owner_actor, now=now) is None
    assert caps() == (None, None, None)


def test_a_limit_is_at_least_one_person(
    provider_account: ProviderAccount, owner_actor: Actor, now: datetime
) -> None:
    with pytest.raises(Refused, match="at least one person"):
        set_own_limit(account=provider_account, people=0, actor=owner_actor, now=now)


def test_not_everybody_may_set_it(
    provider_account: ProviderAccount, owner_actor: Actor, now: datetime
) -> None:
    nobody = Actor("user", "x", owner_actor.business, frozenset(), "en")
    with pytest.raises(NotAllowed):
        set_own_limit(account=provider_account, people=5, actor=nobody, now=now)
