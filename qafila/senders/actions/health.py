"""What the provider says of numbers and accounts, written down, and what follows: pace, limits, alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction

from qafila.alerts import actions as alerts
from qafila.alerts.models import Level
from qafila.providers.management import AccountInfo, HealthEntity, NumberInfo
from qafila.senders.actions.limits import follow_limit, follow_rate, name_portfolio
from qafila.senders.models import AccountHealth, ProviderAccount, Sender, SenderHealth

READ_EVERY = timedelta(hours=4)
AFTER_TROUBLE = timedelta(minutes=15)
LEASE = timedelta(minutes=10)
"""A reading that does not come to an end is tried again after so long."""

_QUALITY_LEVELS = {"YELLOW": Level.WARNING, "RED": Level.CRITICAL}


def record_number(*, sender_id: int, info: NumberInfo, now: datetime) -> bool:
    """Keeps what was read of a number. False: there is no such sender any more.

    The lane's rate and the portfolio's cap follow; a person hears of low quality and of a number that cannot send.
    """
    with transaction.atomic():
        sender = _sender(sender_id)
        if sender is None:
            return False
        health = health_of(sender)
        health.status = info.status[:32]
        health.quality = info.quality[:16]
        health.limit_tier = info.limit_tier[:32]
        health.verified_name = info.verified_name[:200]
        health.name_status = info.name_status[:32]
        health.can_send = info.health.can_send[:16]
        health.entities = entities(info.health.entities)
        health.details = {
            "account_mode": info.account_mode,
            "code_verification": info.code_verification,
            "platform": info.platform,
            "official": info.official,
            "pin_enabled": info.pin_enabled,
        }
        health.trouble, health.checked_at, health.due_at = "", now, now + READ_EVERY
        follow_rate(sender, health, level=info.throughput[:16], now=now)
        health.save()
        tell_quality(sender, info.quality, now=now)
        _tell_whether_it_sends(sender, info, now=now)
        _close_trouble(sender, now=now)
    if info.limit_known and sender.provider_account_id is not None:
        follow_limit(account_id=sender.provider_account_id, people=info.limit, now=now)
    return True


def record_account(*, account_id: int, info: AccountInfo, now: datetime) -> bool:
    """Keeps what was read of a provider account. False: there is none any more."""
    with transaction.atomic():
        account = ProviderAccount.objects.filter(pk=account_id).first()
        if account is None:
            return False
        health = account_health_of(account)
        health.name, health.status, health.review = info.name[:200], info.status[:32], info.review[:32]
        health.can_send, health.entities = info.health.can_send[:16], entities(info.health.entities)
        health.owner_ref = info.owner_ref[:64] or health.owner_ref
        health.trouble, health.checked_at, health.due_at = "", now, now + READ_EVERY
        health.save()
        if info.owner_ref:
            name_portfolio(account, owner_ref=info.owner_ref[:64], now=now)
        subject = ("provider_account", str(account.public_id))
        alerts.close_alert("health_unreadable", business_id=account.business_id, subject=subject, now=now)
    return True


def note_unreadable_number(*, sender_id: int, code: str, lasting: bool, now: datetime) -> None:
    """A number could not be read. What is known of it stays.

    :param code: a wording code. :param lasting: a person must act; else it is tried again soon, without an alert.
    """
    with transaction.atomic():
        sender = _sender(sender_id)
        if sender is None:
            return
        health = health_of(sender)
        health.trouble = code[:64]
        health.due_at = now + (READ_EVERY if lasting else AFTER_TROUBLE)
        health.save(update_fields=["trouble", "due_at"])
        if lasting:
            alerts.raise_alert(
                "health_unreadable",
                business_id=sender.business_id,
                level=Level.WARNING,
                params={"name": sender.name, "reason": code},
                subject=("sender", str(sender.public_id)),
                now=now,
            )


def note_unreadable_account(
    *, account_id: int, code: str, lasting: bool, templates: bool, now: datetime
) -> None:
    """The same for an account, or for its list of templates."""
    with transaction.atomic():
        account = ProviderAccount.objects.filter(pk=account_id).first()
        if account is None:
            return
        health = account_health_of(account)
        due = now + (READ_EVERY if lasting else AFTER_TROUBLE)
        if templates:
            health.templates_trouble, health.templates_due_at = code[:64], due
        else:
            health.trouble, health.due_at = code[:64], due
        health.save()
        if lasting:
            alerts.raise_alert(
                "health_unreadable",
                business_id=account.business_id,
                level=Level.WARNING,
                params={"name": account.name, "reason": code},
                subject=("provider_account", str(account.public_id)),
                now=now,
            )


def tell_quality(sender: Sender, quality: str, *, now: datetime) -> None:
    """An alert for low quality; a good one closes it."""
    subject = ("sender", str(sender.public_id))
    level = _QUALITY_LEVELS.get(quality)
    if level is not None:
        alerts.raise_alert(
            "quality_low",
            business_id=sender.business_id,
            level=level,
            params={"sender": sender.name, "quality": quality},
            subject=subject,
            now=now,
        )
    elif quality == "GREEN":
        alerts.close_alert("quality_low", business_id=sender.business_id, subject=subject, now=now)


def health_of(sender: Sender) -> SenderHealth:
    """The row of a sender, locked until the transaction ends; made where there is none."""
    SenderHealth.objects.get_or_create(sender=sender)
    return SenderHealth.objects.select_for_update(no_key=True).get(sender=sender)


def account_health_of(account: ProviderAccount) -> AccountHealth:
    """The row of an account, locked until the transaction ends; made where there is none."""
    AccountHealth.objects.get_or_create(provider_account=account)
    return AccountHealth.objects.select_for_update(no_key=True).get(provider_account=account)


def entities(found: Sequence[HealthEntity]) -> list[dict[str, object]]:
    """As they are kept: what lets messages through, and why not."""
    return [{**asdict(one), "reasons": list(one.reasons)} for one in found]


def _tell_whether_it_sends(sender: Sender, info: NumberInfo, *, now: datetime) -> None:
    """BLOCKED is said before the first message fails of it."""
    subject = ("sender", str(sender.public_id))
    if info.health.can_send == "BLOCKED":
        reasons = [
            reason for one in info.health.entities if one.can_send == "BLOCKED" for reason in one.reasons
        ]
        alerts.raise_alert(
            "number_blocked",
            business_id=sender.business_id,
            level=Level.CRITICAL,
            params={"sender": sender.name, "why": "; ".join(reasons)[:300] or info.status},
            subject=subject,
            now=now,
        )
    elif info.health.can_send:
        alerts.close_alert("number_blocked", business_id=sender.business_id, subject=subject, now=now)


def _close_trouble(sender: Sender, *, now: datetime) -> None:
    subject = ("sender", str(sender.public_id))
    alerts.close_alert("health_unreadable", business_id=sender.business_id, subject=subject, now=now)


def _sender(sender_id: int) -> Sender | None:
    return (
        Sender.objects.filter(pk=sender_id, provider_account__isnull=False)
        .select_related("provider_account")
        .first()
    )
