"""What state a sender is in. Each change is one conditional statement whose row count decides, and is told as an event."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.db.models import Q

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.events.actions import emit
from qafila.senders.models import Sender, SenderState
from qafila.senders.rules import transitions


def pause_sender(
    *, sender: Sender, by: Literal["person", "auto"], reason: str = "", actor: Actor, now: datetime
) -> bool:
    """Takes a sender out of work until it is resumed. A person's pause also replaces an automatic one.

    False when nothing changed: it is paused already, cannot send, or is not connected.

    :param reason: a wording code; ``pause_reason`` of the user's profiles.
    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    """
    actor.must("accounts:write", business_id=sender.business_id, what="sender")
    allowed = Q(state__in=transitions.FROM[transitions.PAUSED])
    if by == transitions.PERSON:
        allowed |= Q(state=SenderState.PAUSED, paused_by=transitions.AUTO)
    with transaction.atomic():
        changed = _change(
            sender.pk,
            allowed,
            now,
            state=SenderState.PAUSED,
            paused_by=by,
            state_reason=reason,
            rest_until=None,
        )
        if changed:
            _audit(sender, "sender.paused", actor, now, {"by": by, "reason": reason})
    return _refreshed(sender, changed)


def resume_sender(
    *, sender: Sender, only_paused_by: Literal["person", "auto"] | None = None, actor: Actor, now: datetime
) -> bool:
    """Puts a sender that rests, is paused or could not send back to work; it begins slowly.

    :param only_paused_by: change it only if it is still paused, and by this one (the repair of automatic pauses).
    :returns: False when nothing changed: it was ready, or not connected.
    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    """
    actor.must("accounts:write", business_id=sender.business_id, what="sender")
    if only_paused_by is None:
        allowed = Q(state__in=transitions.FROM[transitions.READY])
    else:
        allowed = Q(state=SenderState.PAUSED, paused_by=only_paused_by)
    with transaction.atomic():
        # Who is put to work is also in the list again (see actions.listing).
        changed = _change(
            sender.pk,
            allowed,
            now,
            state=SenderState.READY,
            paused_by="",
            state_reason="",
            rest_until=None,
            is_active=True,
        )
        if changed:
            _audit(sender, "sender.resumed", actor, now, {})
    return _refreshed(sender, changed)


def rest_sender(*, sender_id: int, until: datetime, reason: str, now: datetime) -> bool:
    """The provider's temporary limit: the sender comes back by itself. A rest it is in only grows longer.

    False when nothing changed: it rests longer already, is paused, cannot send, or is not connected.
    """
    allowed = Q(state=SenderState.READY) | Q(state=SenderState.RESTING, rest_until__lt=until)
    with transaction.atomic():
        return _change(
            sender_id, allowed, now, state=SenderState.RESTING, state_reason=reason, rest_until=until
        )


def end_rest(*, sender_id: int, now: datetime) -> bool:
    """Ready again once the rest is over. False when it does not rest, or not yet long enough."""
    over = Q(state=SenderState.RESTING) & (Q(rest_until=None) | Q(rest_until__lte=now))
    with transaction.atomic():
        return _change(sender_id, over, now, state=SenderState.READY, state_reason="", rest_until=None)


def stop_sender(*, sender_id: int, reason: str, now: datetime) -> bool:
    """It cannot send (logged out, banned, not registered) until a person acts. False when that was known, or nothing to stop.

    :param reason: a wording code.
    """
    allowed = Q(state__in=transitions.FROM[transitions.STOPPED])
    with transaction.atomic():
        return _change(
            sender_id, allowed, now, state=SenderState.STOPPED, state_reason=reason, rest_until=None
        )


def tell(sender: Sender, *, before: str, after: str, reason: str, now: datetime) -> None:
    """Emits ``sender.state_changed`` in the caller's transaction."""
    emit(
        "sender.state_changed",
        business_id=sender.business_id,
        subject=("sender", str(sender.public_id)),
        data={"from": str(before), "to": str(after), "reason": reason},
        now=now,
    )


def _change(sender_id: int, allowed: Q, now: datetime, **values: Any) -> bool:
    """One conditional change; the row is locked first, so that the event can say what it was before."""
    row = Sender.objects.select_for_update().filter(allowed, pk=sender_id).first()
    if row is None or Sender.objects.filter(allowed, pk=sender_id).update(**values, updated_at=now) != 1:
        return False
    if row.state != values["state"]:
        tell(row, before=row.state, after=values["state"], reason=values["state_reason"], now=now)
    return True


def _refreshed(sender: Sender, changed: bool) -> bool:
    if changed:
        sender.refresh_from_db(fields=["state", "state_reason", "paused_by", "rest_until", "updated_at"])
    return changed


def _audit(sender: Sender, action: str, actor: Actor, now: datetime, detail: dict[str, object]) -> None:
    record_audit(
        actor=actor,
        action=action,
        subject_kind="sender",
        subject_id=str(sender.public_id),
        detail=detail,
        now=now,
    )
