"""Linking a phone: what is written down of it. The calls to the gateway are in ``senders.linking``."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.providers.management import PairingState
from qafila.senders.actions.link_news import linked
from qafila.senders.models import LinkState, PhoneLink, Sender
from qafila.senders.rules.link_patience import verdict


def begin_link(*, sender: Sender, actor: Actor, now: datetime) -> PhoneLink:
    """A new attempt; one under way goes on under a new copied link.

    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    """
    actor.must("accounts:write", business_id=sender.business_id, what="sender")
    with transaction.atomic():
        row, _ = PhoneLink.objects.update_or_create(
            sender=sender,
            defaults={
                "state": LinkState.RUNNING,
                "reason": "",
                "started_at": now,
                "started_by": actor.name[:200],
                "codes": 0,
                "code_mark": "",
                "code_at": None,
                "nonce": secrets.token_urlsafe(12),
                "ended_at": None,
            },
        )
        record_audit(
            actor=actor,
            action="sender.link_begun",
            subject_kind="sender",
            subject_id=str(sender.public_id),
            now=now,
        )
    return row


def note_link(*, sender_id: int, state: PairingState, now: datetime) -> PhoneLink | None:
    """What the gateway said just now. The row afterwards; None when nothing was begun.

    A code that is new counts as one more try; a link that came about puts the number to work.
    """
    with transaction.atomic():
        row = PhoneLink.objects.select_for_update().filter(sender_id=sender_id).first()
        if row is None or row.state != LinkState.RUNNING:
            return row
        shown = state.qr or state.code
        mark = hashlib.sha256(shown.encode()).hexdigest()[:16] if shown else ""
        if state.qr_png and not shown:
            mark = hashlib.sha256(state.qr_png).hexdigest()[:16]
        if mark and mark != row.code_mark:
            row.codes, row.code_mark, row.code_at = row.codes + 1, mark, now
        if state.state == "connected":
            row.save(update_fields=["codes", "code_mark", "code_at"])
            linked(sender_id=sender_id, now=now)
            row.refresh_from_db()
            return row
        reason = verdict(
            said=state.state,
            reason=state.reason,
            codes=row.codes,
            waited=(now - row.started_at).total_seconds(),
            code_shown=(now - row.code_at).total_seconds() if row.code_at else None,
        )
        if reason:
            row.state, row.reason, row.code_mark, row.ended_at = LinkState.ENDED, reason[:64], "", now
        row.save()
    return row


def end_link(*, sender: Sender, reason: str, actor: Actor, now: datetime) -> bool:
    """A person ends the attempt. False when none was under way.

    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    """
    actor.must("accounts:write", business_id=sender.business_id, what="sender")
    with transaction.atomic():
        rows = PhoneLink.objects.filter(sender=sender, state=LinkState.RUNNING)
        changed = bool(rows.update(state=LinkState.ENDED, reason=reason, code_mark="", ended_at=now))
        if changed:
            record_audit(
                actor=actor,
                action="sender.link_ended",
                subject_kind="sender",
                subject_id=str(sender.public_id),
                now=now,
            )
    return changed
