"""The rate of a number and the cap of a portfolio: what the provider says, and what a person set.

What counts of a portfolio is the smaller of both: a person's own cap is never overwritten by the provider's.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F

from qafila.alerts import actions as alerts
from qafila.alerts.models import Level
from qafila.alerts.queries import of_business
from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.refusals import Refused
from qafila.events.actions import emit
from qafila.senders.actions.states import tell
from qafila.senders.models import AccountHealth, Portfolio, ProviderAccount, Sender, SenderHealth
from qafila.senders.rules import following

MOST_PEOPLE = 2_000_000_000
SHARED: Final = "portfolio_shared"
"""Wording code of the alert about two businesses on one portfolio of Meta's."""


def follow_rate(sender: Sender, health: SenderHealth, *, level: str, now: datetime) -> None:
    """Messages a second as the provider allows them, in the caller's transaction; a person's own figure stays.

    The lane hears of it and is taken anew on these terms. ``health`` is changed, the caller saves it.
    """
    if not level:
        return
    health.throughput_level = level
    rate = following.rate_after(current=sender.throughput, followed=health.followed_throughput, level=level)
    if rate is None:
        return
    if Sender.objects.filter(pk=sender.pk, throughput=sender.throughput).update(
        throughput=rate.value, updated_at=now
    ):
        health.followed_throughput = sender.throughput = rate.value
        tell(sender, before=sender.state, after=sender.state, reason="throughput", now=now)


def follow_limit(*, account_id: int, people: int | None, now: datetime) -> bool:
    """The cap of the account's portfolio; ``people`` None: without limit. False: it was so already.

    An account without a portfolio gets its owner's, or one of its own until the owner is known.
    """
    with transaction.atomic():
        account = ProviderAccount.objects.select_for_update(no_key=True).get(pk=account_id)
        if account.portfolio_id is None:
            if people is None:
                return False
            health = getattr(account, "health", None)
            ref = following.owners_reference(health.owner_ref if health else "", account.ref)
            _attach(account, ref, people, now)
            return True
        portfolio = Portfolio.objects.select_for_update(no_key=True).get(pk=account.portfolio_id)
        before, cap = portfolio.cap, following.smaller(portfolio.own_cap, people)
        if (portfolio.provider_cap, before) == (people, cap):
            return False
        Portfolio.objects.filter(pk=portfolio.pk).update(provider_cap=people, cap=cap)
        if before == cap:
            return False
        _new_terms(portfolio.pk)
        _tell_all(portfolio, now)
        if cap is not None and before is not None and cap < before:
            alerts.raise_alert(
                "limit_lowered",
                business_id=portfolio.business_id,
                level=Level.WARNING,
                params={"people": cap},
                subject=("provider_account", str(account.public_id)),
                now=now,
            )
    return True


def name_portfolio(account: ProviderAccount, *, owner_ref: str, now: datetime) -> None:
    """The real portfolio of an account is known now, in the caller's transaction; what an owner entered stays."""
    portfolio = account.portfolio
    if portfolio is not None and following.is_makeshift(portfolio.ref):
        _attach(account, owner_ref, portfolio.provider_cap, now)
    _warn_of_sharing(owner_ref, now)


def set_own_limit(*, account: ProviderAccount, people: int | None, actor: Actor, now: datetime) -> int | None:
    """How many people a person lets the account's portfolio begin with in 24 hours; the provider's limit stays beside it.

    :param people: None: no limit of one's own.
    :returns: the cap that counts now; None: unlimited.
    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    :raises Refused: ``limit_invalid``.
    """
    actor.must("accounts:write", business_id=account.business_id, what="account")
    if people is not None and not 1 <= people <= MOST_PEOPLE:
        raise Refused("limit_invalid", "A limit is at least one person. Leave it out for none of your own.")
    with transaction.atomic():
        locked = ProviderAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
        if locked.portfolio_id is None:
            health = getattr(locked, "health", None)
            ref = following.owners_reference(health.owner_ref if health else "", locked.ref)
            _attach(locked, ref, None, now)
        portfolio = Portfolio.objects.select_for_update(no_key=True).get(provider_accounts=locked)
        cap = following.smaller(people, portfolio.provider_cap)
        if (portfolio.own_cap, portfolio.cap) != (people, cap):
            Portfolio.objects.filter(pk=portfolio.pk).update(own_cap=people, cap=cap)
            _new_terms(portfolio.pk)
            _tell_all(portfolio, now)
            if people is not None:
                _end_sharing(portfolio, now)
            record_audit(
                actor=actor,
                action="provider_account.own_limit",
                subject_kind="provider_account",
                subject_id=str(account.public_id),
                detail={"people": people},
                now=now,
            )
    account.refresh_from_db(fields=["portfolio", "version"])
    return cap


def _attach(account: ProviderAccount, ref: str, people: int | None, now: datetime) -> None:
    own = account.portfolio.own_cap if account.portfolio else None
    portfolio, _ = Portfolio.objects.get_or_create(
        business_id=account.business_id, ref=ref, defaults={"own_cap": own}
    )
    cap = following.smaller(portfolio.own_cap, people)
    Portfolio.objects.filter(pk=portfolio.pk).update(provider_cap=people, cap=cap)
    portfolio.provider_cap, portfolio.cap = people, cap
    ProviderAccount.objects.filter(pk=account.pk).update(portfolio=portfolio)
    account.portfolio = portfolio
    _new_terms(portfolio.pk)
    _tell_all(portfolio, now)


def _warn_of_sharing(owner_ref: str, now: datetime) -> None:
    """Two businesses whose accounts belong to one portfolio at Meta, as Meta itself said of both: each counts only its own
    people, so both together may pass the cap. Each hears of it once, nothing of the other, unless it has set a cap of its own.

    A portfolio that somebody only typed in counts for nothing: who types must not find out whose it is.
    """
    read = AccountHealth.objects.filter(owner_ref=owner_ref).exclude(owner_ref="")
    rows = read.order_by("pk").select_related("provider_account__portfolio")
    accounts = [row.provider_account for row in rows]
    if len({account.business_id for account in accounts}) < 2:
        return
    first: dict[int, ProviderAccount] = {}
    for account in accounts:
        first.setdefault(account.business_id, account)
    for account in first.values():
        subject = ("provider_account", str(account.public_id))
        has_own = account.portfolio is not None and account.portfolio.own_cap is not None
        if has_own or _is_open(SHARED, account.business_id, subject):
            continue
        alerts.raise_alert(
            SHARED,
            business_id=account.business_id,
            level=Level.WARNING,
            params={"account": account.name},
            subject=subject,
            now=now,
        )


def _end_sharing(portfolio: Portfolio, now: datetime) -> None:
    for public_id in ProviderAccount.objects.filter(portfolio=portfolio).values_list("public_id", flat=True):
        subject = ("provider_account", str(public_id))
        alerts.close_alert(SHARED, business_id=portfolio.business_id, subject=subject, now=now)


def _is_open(code: str, business_id: int, subject: tuple[str, str]) -> bool:
    """Whether that was said and is not over, also where somebody deleted it: it is read from Meta again and again."""
    said = of_business(business_id).filter(code=code, subject_kind=subject[0], subject_id=subject[1])
    return said.filter(closed_at=None).exists()


def _new_terms(portfolio_id: int) -> None:
    """Running lanes of these accounts are let go and taken anew."""
    ProviderAccount.objects.filter(portfolio_id=portfolio_id).update(version=F("version") + 1)


def _tell_all(portfolio: Portfolio, now: datetime) -> None:
    for public_id in ProviderAccount.objects.filter(portfolio=portfolio).values_list("public_id", flat=True):
        emit(
            "account.limits_changed",
            business_id=portfolio.business_id,
            subject=("provider_account", str(public_id)),
            data={},
            now=now,
        )
