"""Templates of an account: as read in whole, and as webhooks tell of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from qafila.alerts import actions as alerts
from qafila.alerts.models import Level
from qafila.events.actions import emit
from qafila.kit.ids import new_uuid
from qafila.providers.management import TemplateInfo
from qafila.providers.notices import TemplateNotice
from qafila.senders.actions.health import READ_EVERY, account_health_of
from qafila.senders.models import MessageTemplate, ProviderAccount
from qafila.senders.rules import template_states

_WRITTEN = (
    "ref",
    "category",
    "status",
    "can_send",
    "quality",
    "parameter_format",
    "components",
    "reason",
    "synced_at",
)
TOLD = ("template_paused", "template_disabled", "template_rejected")
"""Codes of alerts about a template. One that waits for its review alarms nobody."""


def store_templates(
    *, account_id: int, found: Sequence[TemplateInfo], asked_at: datetime, now: datetime
) -> bool:
    """The whole list of an account. What it no longer holds is kept as deleted. False: there is no such account.

    :param asked_at: when the reading began: what a webhook told after that is newer than the list and stays.
    """
    with transaction.atomic():
        account = ProviderAccount.objects.filter(pk=account_id).first()
        if account is None:
            return False
        health = account_health_of(account)
        before = {
            (row.name, row.language): row for row in MessageTemplate.objects.filter(provider_account=account)
        }
        listed = {
            (one.name, one.language): one for one in found if len(one.name) <= 512 and len(one.language) <= 16
        }
        newer = {key for key, row in before.items() if row.told_at is not None and row.told_at > asked_at}
        rows = [_row(account, one, before.get(key), now) for key, one in listed.items() if key not in newer]
        MessageTemplate.objects.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["provider_account", "name", "language"],
            update_fields=_WRITTEN,
        )
        may_before = {key: row.can_send for key, row in before.items()}
        gone = [row for key, row in before.items() if key not in listed and key not in newer]
        for row in gone:
            row.status, row.can_send, row.synced_at = template_states.DELETED, False, now
        MessageTemplate.objects.bulk_update(gone, ["status", "can_send", "synced_at"], batch_size=500)
        for row in (*rows, *gone):
            _changed(account, row, may_before=may_before.get((row.name, row.language)), now=now)
        health.templates_trouble, health.templates_synced_at = "", now
        health.templates_due_at = now + READ_EVERY
        health.save(update_fields=["templates_trouble", "templates_synced_at", "templates_due_at"])
    return True


def heed_template(*, account_id: int, notice: TemplateNotice, at: datetime, now: datetime) -> bool:
    """A webhook about one template. False when it is older than what is known. The whole list is read anew soon."""
    with transaction.atomic():
        account = ProviderAccount.objects.filter(pk=account_id).first()
        if account is None:
            return False
        health = account_health_of(account)
        row, made = MessageTemplate.objects.get_or_create(
            provider_account=account,
            name=notice.name,
            language=notice.language,
            defaults={"status": "PENDING", "can_send": False, "ref": notice.ref},
        )
        if not made and row.told_at is not None and row.told_at > at:
            return False
        may_before = None if made else row.can_send
        if notice.status:
            row.status = template_states.normal(notice.status)
            row.can_send = template_states.may_send(notice.status)
            row.reason = notice.reason
        row.quality = notice.quality or row.quality
        row.category = notice.category or row.category
        row.ref = notice.ref or row.ref
        row.told_at = at
        if made and not notice.status:
            # Something about a template that was not known: the list will say whether it may be used.
            row.can_send, row.status = True, "UNKNOWN"
        row.save()
        health.templates_due_at = now
        health.save(update_fields=["templates_due_at"])
        _changed(account, row, may_before=may_before, now=now)
    return True


def sync_soon(*, account: ProviderAccount, now: datetime) -> None:
    """Has the list of templates read by the next job."""
    with transaction.atomic():
        health = account_health_of(account)
        health.templates_due_at = now
        health.save(update_fields=["templates_due_at"])


def _row(
    account: ProviderAccount, one: TemplateInfo, old: MessageTemplate | None, now: datetime
) -> MessageTemplate:
    return MessageTemplate(
        public_id=old.public_id if old else new_uuid(),
        provider_account=account,
        name=one.name,
        language=one.language,
        ref=one.ref[:64],
        category=one.category[:32],
        status=template_states.normal(one.status)[:32],
        can_send=template_states.may_send(one.status),
        quality=one.quality[:16],
        parameter_format=one.parameter_format[:16],
        components=list(one.components),
        reason=one.reason[:200],
        synced_at=now,
    )


def _changed(
    account: ProviderAccount, row: MessageTemplate, *, may_before: bool | None, now: datetime
) -> None:
    """Tells of a template that may be used now, or no more; a person hears of one that was refused or paused.

    :param may_before: None: it was not known.
    """
    subject = ("template", str(row.public_id))
    code = template_states.code_of(row.status)
    if row.can_send and may_before is False:
        for over in TOLD:
            alerts.close_alert(over, business_id=account.business_id, subject=subject, now=now)
    elif not row.can_send and may_before is not False and (may_before or row.told_at) and code in TOLD:
        alerts.raise_alert(
            code,
            business_id=account.business_id,
            level=Level.WARNING,
            params={"template": str(row), **({"why": row.reason} if row.reason else {})},
            subject=subject,
            now=now,
        )
    if may_before is not None and may_before != row.can_send:
        emit(
            "template.changed",
            business_id=account.business_id,
            subject=subject,
            data={
                "account": account.pk,
                "name": row.name,
                "language": row.language,
                "state": row.status,
                "can_send": row.can_send,
            },
            now=now,
        )
