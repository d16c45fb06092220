"""What a webhook says of a number, an account or a template, written down, and what follows. Safe to do twice.

What is told is believed at once, and the truth is read from the provider soon after: webhooks come late and in any order.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from qafila.alerts import actions as alerts
from qafila.alerts.models import Level
from qafila.events.actions import emit
from qafila.providers.notices import (
    AccountNotice,
    LimitNotice,
    LinkNotice,
    Notice,
    NumberNotice,
    TemplateNotice,
)
from qafila.senders.actions.accounts import stop_account, stop_account_for_worse
from qafila.senders.actions.health import account_health_of, health_of, tell_quality
from qafila.senders.actions.limits import follow_limit, follow_rate
from qafila.senders.actions.link_news import heed_link
from qafila.senders.actions.restrictions import lift, restrict
from qafila.senders.actions.templates import heed_template
from qafila.senders.models import ProviderAccount, Sender, SenderHealth
from qafila.senders.rules import restrictions

ACCOUNT_ALERTS = {
    "violation": "account_violation",
    "disabled": "account_disabled",
    "disabling": "account_disabling",
    "deleted": "account_deleted",
    "disconnected": "account_disconnected",
    "partner_removed": "account_partner_removed",
    "review_rejected": "account_review_rejected",
    "pin_changed": "account_pin_changed",
    "pin_reset_request": "account_pin_changed",
    "pin_reset": "account_pin_changed",
    "alert": "account_alert",
}
"""The vendor-neutral code of a notice to the code of its alert."""

_OVER = ("account_disabled", "account_disabling", "account_disconnected")
_LIFTS = ("reinstated", "unrestricted")
"""The notices that end every restriction before its time."""


def heed(*, account_id: int, notice: Notice, sender_ref: str = "", at: datetime, now: datetime) -> None:
    """Does what a notice asks for. Nothing for an account that is gone.

    :param sender_ref: the vendor's id of the number, where the webhook names it so.
    :param at: when the vendor said it; what is older than what is known changes nothing.
    """
    match notice:
        case TemplateNotice():
            heed_template(account_id=account_id, notice=notice, at=at, now=now)
        case LimitNotice(people=people):
            _heed_limit(account_id, people, at, now)
        case LinkNotice():
            heed_link(account_id=account_id, notice=notice, at=at, now=now)
        case NumberNotice():
            _heed_number(account_id, notice, sender_ref, at, now)
        case AccountNotice():
            _heed_account(account_id, notice, at, now)


def _heed_limit(account_id: int, people: int | None, at: datetime, now: datetime) -> None:
    with transaction.atomic():
        account = ProviderAccount.objects.filter(pk=account_id).first()
        if account is None:
            return
        health = account_health_of(account)
        if health.told_at is not None and health.told_at > at:
            return
        health.told_at = health.due_at = at
        health.save(update_fields=["told_at", "due_at"])
        _read_numbers_soon(account_id, now)
    follow_limit(account_id=account_id, people=people, now=now)


def _heed_number(account_id: int, notice: NumberNotice, sender_ref: str, at: datetime, now: datetime) -> None:
    with transaction.atomic():
        sender = _sender(account_id, notice.ref or sender_ref, notice.phone)
        if sender is None:
            return
        health = health_of(sender)
        if health.told_at is not None and health.told_at > at:
            return
        health.told_at, health.due_at = at, now
        if notice.quality:
            health.quality = notice.quality[:16]
            tell_quality(sender, notice.quality, now=now)
        if notice.name_status:
            health.name_status = notice.name_status[:32]
            _tell_name(sender, notice, now)
        if notice.name and notice.name_status == "APPROVED":
            health.verified_name = notice.name[:200]
        follow_rate(sender, health, level=notice.throughput[:16], now=now)
        health.save()


def _heed_account(account_id: int, notice: AccountNotice, at: datetime, now: datetime) -> None:
    with transaction.atomic():
        account = ProviderAccount.objects.filter(pk=account_id).first()
        if account is None:
            return
        health = account_health_of(account)
        stale = health.told_at is not None and health.told_at > at
        if not stale:
            health.told_at, health.due_at = at, now
            health.save(update_fields=["told_at", "due_at"])
            _read_numbers_soon(account_id, now)
        subject = ("provider_account", str(account.public_id))
        # Restrictions are told by themselves: other news, though younger, say nothing of them.
        if notice.code == "restricted":
            if restrict(account=account, notice=notice, at=at, now=now):
                _trouble(account, restrictions.ALERTS[notice.restricts], now)
            return
        if notice.code in _LIFTS:
            lift(account=account, at=at, now=now)
        if notice.ends:
            if not stale and notice.code != "unrestricted":
                for code in _OVER:
                    alerts.close_alert(code, business_id=account.business_id, subject=subject, now=now)
            return
        if stale:
            return
        code = ACCOUNT_ALERTS.get(notice.code, "account_alert")
        alerts.raise_alert(
            code,
            business_id=account.business_id,
            level=Level(notice.weight.value),
            params={"account": account.name, "detail": notice.detail or notice.code},
            subject=subject,
            now=now,
        )
        _trouble(account, code, now)
        known = notice.stops and not stop_account(account_id=account_id, reason=code, now=now)
        if known and code == ACCOUNT_ALERTS["disabled"]:
            stop_account_for_worse(account_id=account_id, reason=code, now=now)


def _trouble(account: ProviderAccount, code: str, now: datetime) -> None:
    subject = ("provider_account", str(account.public_id))
    emit("account.trouble", business_id=account.business_id, subject=subject, data={"code": code}, now=now)


def _tell_name(sender: Sender, notice: NumberNotice, now: datetime) -> None:
    subject = ("sender", str(sender.public_id))
    if notice.name_status == "DECLINED":
        alerts.raise_alert(
            "name_declined",
            business_id=sender.business_id,
            level=Level.WARNING,
            params={"sender": sender.name, "name": notice.name},
            subject=subject,
            now=now,
        )
    elif notice.name_status == "APPROVED":
        alerts.close_alert("name_declined", business_id=sender.business_id, subject=subject, now=now)


def _read_numbers_soon(account_id: int, now: datetime) -> None:
    SenderHealth.objects.filter(sender__provider_account_id=account_id).update(due_at=now)


def _sender(account_id: int, ref: str, phone: str) -> Sender | None:
    """The number that the webhook means: by its id, else by its digits."""
    digits = "".join(character for character in phone if character.isascii() and character.isdigit())
    numbers = Sender.objects.filter(provider_account_id=account_id)
    if ref and (found := numbers.filter(ref=ref).first()):
        return found
    return numbers.filter(phone=f"+{digits}").first() if digits else None
