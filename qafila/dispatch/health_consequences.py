"""What follows from a number's health: alerts, automatic pauses where a package asks for them, shadows where none does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from qafila.alerts import actions as alerts
from qafila.alerts.models import Level
from qafila.businesses.queries import local_time
from qafila.dispatch.flowing import flowing_over
from qafila.dispatch.health_facts import at_of
from qafila.dispatch.reckoning import Reckoned
from qafila.dispatch.rules.block_detection import BLOCKS, CANNOT_SEND, Kind
from qafila.dispatch.rules.health import AILING
from qafila.senders.actions.auto_pause import auto_pause, end_shadow, would_pause
from qafila.senders.models import PackageMember, ProviderAccount, Sender, SenderState
from qafila.senders.queries import effective

WELL_AGAIN = 60
"""From this score on the alert of an unwell number is closed; it is raised below ``AILING``."""
UNWELL = "number_unwell"
DEGRADED = "provider_degraded"
ALERTS = {Kind.BLACK_HOLE: "number_black_hole", Kind.FAILING: "number_failing"}
"""The other verdicts have an alert already: the engine rests or stops the number as soon as the provider says so."""


def follow(found: Sequence[Reckoned], *, now: datetime) -> None:
    """Everything that follows from a round. Safe to do again: a storm is one line, a pause is one pause."""
    senders = _senders([one for one in found if one.verdict.kind in BLOCKS or _changed(one)])
    pausing = _where_auto_pause_is_on(senders)
    for one in found:
        sender = senders.get(one.number.id)
        if sender is None:
            continue
        with transaction.atomic():
            _follow_verdict(one, sender, auto=sender.pk in pausing, now=now)
            _follow_score(one, sender, now=now)
    _follow_accounts(found, now)


def _changed(one: Reckoned) -> bool:
    before, score = one.number.score, one.health.score
    crossed = (before < AILING) != (score < AILING) or (before < WELL_AGAIN) != (score < WELL_AGAIN)
    return crossed or one.number.kind != one.verdict.kind


def _senders(found: Collection[Reckoned]) -> dict[int, Sender]:
    ids = [one.number.id for one in found]
    return Sender.objects.select_related("business", "provider_account").in_bulk(ids) if ids else {}


def _where_auto_pause_is_on(sender_ids: Collection[int]) -> set[int]:
    if not sender_ids:
        return set()
    members = PackageMember.objects.filter(
        sender_id__in=list(sender_ids), package__auto_pause_on_failures=True, package__deleted_at=None
    )
    return set(members.values_list("sender_id", flat=True))


def _follow_verdict(one: Reckoned, sender: Sender, *, auto: bool, now: datetime) -> None:
    kind, before = one.verdict.kind, one.number.kind
    subject = ("sender", str(sender.public_id))
    if before != kind and before in ALERTS:
        alerts.close_alert(ALERTS[Kind(before)], business_id=sender.business_id, subject=subject, now=now)
    if kind not in BLOCKS:
        end_shadow(sender_id=sender.pk, now=now)
        return
    if before != kind and kind in ALERTS:
        _raise(one, sender, subject, now)
    if not one.fresh or sender.state == SenderState.PAUSED:
        return
    if auto:
        auto_pause(sender=sender, reason=f"health_{kind}", now=now)
    elif kind in CANNOT_SEND:
        end_shadow(sender_id=sender.pk, now=now)  # it stopped, with or without the switch
    else:
        would_pause(sender_id=sender.pk, kind=kind, code=one.verdict.code, now=now)


def _raise(one: Reckoned, sender: Sender, subject: tuple[str, str], now: datetime) -> None:
    verdict = one.verdict
    since = at_of(verdict.since) if verdict.since else now
    alerts.raise_alert(
        ALERTS[verdict.kind],
        business_id=sender.business_id,
        level=Level.CRITICAL,
        params={
            "sender": sender.name,
            "since": local_time(sender.business_id, since),
            "missing": verdict.count,
            "failures": verdict.count,
            "waiting": flowing_over({sender.pk: (sender.pk,)})[sender.pk],
        },
        subject=subject,
        now=now,
    )


def _follow_score(one: Reckoned, sender: Sender, *, now: datetime) -> None:
    """Low without a verdict: a person hears of it once; what has an alert of its own needs no second one."""
    subject = ("sender", str(sender.public_id))
    weighty = [reason for reason in one.health.reasons if reason.weight]
    # A stopped account stops all its numbers: it has an alert of its own, and "send less" would be wrong.
    sends = effective(sender).state == SenderState.READY
    if one.health.score < AILING and one.verdict.kind is Kind.NONE and sends:
        alerts.raise_alert(
            UNWELL,
            business_id=sender.business_id,
            level=Level.WARNING,
            params={
                **(dict(weighty[0].params) | {"reason": weighty[0].code} if weighty else {}),
                "sender": sender.name,
                "score": one.health.score,
            },
            subject=subject,
            now=now,
        )
    elif one.health.score >= WELL_AGAIN or one.verdict.kind is not Kind.NONE:
        alerts.close_alert(UNWELL, business_id=sender.business_id, subject=subject, now=now)


def _follow_accounts(found: Sequence[Reckoned], now: datetime) -> None:
    """The provider's own trouble: one alert an account, over when no number of it shows it any more."""
    ill = {one.number.account_id: one for one in found if one.verdict.kind is Kind.DEGRADED}
    were = {one.number.account_id for one in found if one.number.kind == Kind.DEGRADED}
    accounts = ProviderAccount.objects.in_bulk(list(ill.keys() | were))
    for account in accounts.values():
        subject = ("provider_account", str(account.public_id))
        one = ill.get(account.pk)
        if one is None:
            alerts.close_alert(DEGRADED, business_id=account.business_id, subject=subject, now=now)
        elif account.pk not in were:
            since = at_of(one.verdict.since) if one.verdict.since else now
            alerts.raise_alert(
                DEGRADED,
                business_id=account.business_id,
                level=Level.WARNING,
                params={"account": account.name, "since": local_time(account.business_id, since)},
                subject=subject,
                now=now,
            )
