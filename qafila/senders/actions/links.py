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
from qafila.senders.link_codes import NO_CODE, seal_code
from qafila.senders.models import LinkState, PhoneLink, Sender
from qafila.senders.rules.link_patience import typed_until, verdict


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
                **NO_CODE,
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


def note_link(
    *, asked: PhoneLink, state: PairingState, now: datetime, code_wanted: bool = False
) -> PhoneLink | None:
    """What the gateway said just now. The row afterwards; None when there is none.

    A code that is new counts as one more try; a link that came about puts the number to work. An answer that a code of
    letters or another attempt has overtaken changes nothing.

    :param asked: the row as it was when the gateway was asked.
    :param code_wanted: a code of letters was asked for: while the gateway starts, it is to be asked for again.
    """
    with transaction.atomic():
        row = PhoneLink.objects.select_for_update(no_key=True).filter(pk=asked.pk).first()
        if row is None or row.state != LinkState.RUNNING:
            return row
        if (row.nonce, row.code_sealed) != (asked.nonce, asked.code_sealed):
            return row
        _take_code(row, state, now)
        row.code_wanted = state.state == "starting" and (row.code_wanted or code_wanted)
        if state.state == "connected":
            row.save()
            linked(sender_id=row.pk, now=now)
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
            _forget_code(row)
        row.save()
    return row


def take_wish(*, asked: PhoneLink) -> bool:
    """The gateway is ready now: whether a code of letters is still to be asked for. True once."""
    rows = PhoneLink.objects.filter(pk=asked.pk, nonce=asked.nonce, code_wanted=True)
    return bool(rows.update(code_wanted=False))


def drop_code(*, link: PhoneLink) -> None:
    """An attempt that is over keeps no code, whoever ended it."""
    PhoneLink.objects.exclude(state=LinkState.RUNNING).filter(pk=link.pk).update(**NO_CODE)


def end_link(*, sender: Sender, reason: str, actor: Actor, now: datetime) -> bool:
    """A person ends the attempt. False when none was under way.

    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    """
    actor.must("accounts:write", business_id=sender.business_id, what="sender")
    with transaction.atomic():
        rows = PhoneLink.objects.filter(sender=sender, state=LinkState.RUNNING)
        changed = bool(
            rows.update(state=LinkState.ENDED, reason=reason, code_mark="", ended_at=now, **NO_CODE)
        )
        if changed:
            record_audit(
                actor=actor,
                action="sender.link_ended",
                subject_kind="sender",
                subject_id=str(sender.public_id),
                now=now,
            )
    return changed


def _take_code(row: PhoneLink, state: PairingState, now: datetime) -> None:
    """Counts a code that is new, and keeps one of letters; what took its place or its time ends that."""
    shown = state.qr or state.code
    mark = hashlib.sha256(shown.encode()).hexdigest()[:16] if shown else ""
    if state.qr_png and not shown:
        mark = hashlib.sha256(state.qr_png).hexdigest()[:16]
    if state.state in ("qr", "connected") or (row.code_until is not None and now >= row.code_until):
        _forget_code(row)
    if mark and mark != row.code_mark:
        row.codes, row.code_mark, row.code_at = row.codes + 1, mark, now
        if state.code:
            row.code_sealed = seal_code(row, state.code)
            row.code_until = typed_until(now=now, said=state.expires_at)


def _forget_code(row: PhoneLink) -> None:
    for name, value in NO_CODE.items():
        setattr(row, name, value)
