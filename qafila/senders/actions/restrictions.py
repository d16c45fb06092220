"""A provider restricts an account for a while: its numbers rest, people hear of it, and both end by themselves or when it is
lifted. Safe to do twice.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from qafila.alerts import actions as alerts
from qafila.alerts.models import Level
from qafila.businesses.queries import local_time
from qafila.providers.notices import AccountNotice, Restricts
from qafila.senders.actions.accounts import end_stop
from qafila.senders.actions.health import account_health_of
from qafila.senders.actions.states import tell
from qafila.senders.models import AccountHealth, ProviderAccount, Sender, SenderState
from qafila.senders.rules import restrictions as rules


def restrict(*, account: ProviderAccount, notice: AccountNotice, at: datetime, now: datetime) -> bool:
    """One restriction was told: its numbers rest as long as it forbids what they do, and an alert says so.

    What was told before of the same kind is replaced, so that one may also become shorter. In the caller's transaction.

    :param at: when the provider said it. :returns: whether it holds now; False also for one that is over, or that something
        younger is known of.
    """
    health = account_health_of(account)
    kept = rules.heard(health.restrictions, notice.restricts, until=notice.until, at=at)
    if kept is None:
        return False
    _keep(account, health, kept, now)
    until = rules.in_force(kept, now=now).get(notice.restricts)
    if until is not None:
        alerts.raise_alert(
            rules.ALERTS[notice.restricts],
            business_id=account.business_id,
            level=Level(notice.weight.value),
            params={
                "account": account.name,
                "detail": notice.detail or notice.code,
                "until": local_time(account.business_id, until),
            },
            subject=_subject(account),
            now=now,
        )
    return until is not None


def lift(*, account: ProviderAccount, at: datetime, now: datetime) -> None:
    """The provider takes all restrictions back: what rested for them goes on at once. In the caller's transaction."""
    health = account_health_of(account)
    _keep(account, health, rules.lifted(health.restrictions, at=at), now)


def heed_restrictions(*, sender_id: int, now: datetime) -> bool:
    """A number came back from a rest or a stop by itself, or came to an account: it rests on while its account is restricted.

    :returns: whether it rests now for that.
    """
    with transaction.atomic():
        wanted = rules.rest(_known(Q(provider_account__senders=sender_id)), now=now)
        return wanted is not None and _rest(Q(pk=sender_id), wanted, now) > 0


def heed_refusal(*, account_id: int, code: str, now: datetime) -> bool:
    """A call was refused with this code. If that is so because the account is restricted, until an end that is known, its
    numbers rest (again: a person may have resumed one). Whether it is.

    :param code: a wording code.
    """
    with transaction.atomic():
        kept = _known(Q(pk=account_id))
        wanted = rules.rest(kept, now=now)
        if wanted is None or not rules.explains(kept, code, now=now):
            return False
        _rest(Q(provider_account=account_id), wanted, now)
    return True


def end_due(*, now: datetime) -> int:
    """Forgets restrictions that are over by now and closes their alerts; the numbers' rests end by themselves. How many."""
    ended = 0
    known = AccountHealth.objects.exclude(restrictions={}).values_list("pk", "restrictions")
    # What a lifting was told of is kept for good: only where something is over anybody has to wait for us.
    ids = [account_id for account_id, kept in known if rules.over(kept, now=now)[1]]
    for account in ProviderAccount.objects.filter(pk__in=ids).order_by("pk"):
        with transaction.atomic():
            health = account_health_of(account)
            over = len(rules.over(health.restrictions, now=now)[1])
            if over:
                _keep(account, health, health.restrictions, now)
                ended += over
    return ended


def _known(account: Q) -> dict[str, object]:
    """What is restricted of the one account whose health this finds."""
    return AccountHealth.objects.filter(account).values_list("restrictions", flat=True).first() or {}


def _keep(account: ProviderAccount, health: AccountHealth, kept: dict[str, object], now: datetime) -> None:
    """Writes down what is restricted, without what is over, and lets numbers and alerts follow."""
    health.restrictions = rules.over(kept, now=now)[0]
    health.save(update_fields=["restrictions"])
    forbidden = rules.in_force(health.restrictions, now=now)
    for restricts in Restricts:
        if restricts not in forbidden:
            code = rules.ALERTS[restricts]
            alerts.close_alert(code, business_id=account.business_id, subject=_subject(account), now=now)
    wanted = rules.rest(health.restrictions, now=now)
    numbers = Q(provider_account=account)
    if wanted is None:
        _end_rest(numbers, now)
        return
    _rest(numbers, wanted, now)
    if rules.explains(health.restrictions, account.state_reason, now=now):
        # The calls in the air were refused before this was told. What stopped for that rests now, and comes back by itself.
        end_stop(account_id=account.pk, reason=account.state_reason, now=now)


def _rest(numbers: Q, wanted: rules.Rest, now: datetime) -> int:
    """Puts numbers to that rest. One that rests longer for something else stays so; one that is paused goes there when its
    pause ends; one that cannot send, when it can (:func:`heed_restrictions`). Returns how many rest now that did not so before."""
    rows = Sender.objects.select_for_update(no_key=True, of=("self",)).filter(numbers).order_by("pk")
    changed = 0
    for row in rows.filter(state__in=(SenderState.READY, SenderState.RESTING, SenderState.PAUSED)):
        paused = row.state == SenderState.PAUSED
        reason = row.rest_reason if paused else row.state_reason
        longer = row.rest_until is not None and row.rest_until >= wanted.until
        if (reason, row.rest_until) == wanted or (longer and reason not in rules.RESTS):
            continue
        mine = Sender.objects.filter(pk=row.pk)
        if paused:
            mine.update(rest_until=wanted.until, rest_reason=wanted.reason, updated_at=now)
            continue
        mine.update(
            state=SenderState.RESTING, state_reason=wanted.reason, rest_until=wanted.until, updated_at=now
        )
        tell(row, before=row.state, after=SenderState.RESTING, reason=wanted.reason, now=now)
        changed += 1
    return changed


def _end_rest(numbers: Q, now: datetime) -> None:
    """Numbers that rest for a restriction are ready; a pause over such a rest stays, and leads back to no rest."""
    resting = numbers & Q(state=SenderState.RESTING, state_reason__in=rules.RESTS)
    for row in Sender.objects.select_for_update(no_key=True, of=("self",)).filter(resting).order_by("pk"):
        Sender.objects.filter(pk=row.pk).update(
            state=SenderState.READY, state_reason="", rest_until=None, updated_at=now
        )
        tell(row, before=row.state, after=SenderState.READY, reason="", now=now)
    paused = Sender.objects.filter(numbers, state=SenderState.PAUSED, rest_reason__in=rules.RESTS)
    paused.update(rest_until=None, rest_reason="", updated_at=now)


def _subject(account: ProviderAccount) -> tuple[str, str]:
    return "provider_account", str(account.public_id)
