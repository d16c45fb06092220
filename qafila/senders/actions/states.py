"""What state a sender is in. Each change is one conditional statement whose row count decides, and is told as an event."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

from django.db import transaction
from django.db.models import Case, F, Q, Value, When

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.events.actions import emit
from qafila.senders.models import Package, Sender, SenderState
from qafila.senders.rules import transitions

SWITCHED_OFF: Final = "number_switched_off"
"""Wording code of why a number is paused while it is switched off."""
REPAIRED: Final = "repaired"
"""Told of a number that the repair of automatic pauses put back to work: it begins slowly, however well it looks."""
_NO_PAUSE: Final[dict[str, Any]] = {"paused_with": None, "rest_reason": ""}
"""What only a pause has."""
_TOLD: Final = (
    "state",
    "state_reason",
    "paused_by",
    "paused_with",
    "rest_until",
    "rest_reason",
    "updated_at",
)


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
        changed = bool(pause_those(allowed & Q(pk=sender.pk), by=by, reason=reason, now=now))
        if changed:
            _audit(sender, "sender.paused", actor, now, {"by": by, "reason": reason})
    return _refreshed(sender, changed)


def resume_sender(
    *,
    sender: Sender,
    only_paused_by: Literal["person", "auto"] | None = None,
    reason: str = "",
    actor: Actor,
    now: datetime,
) -> bool:
    """Puts a sender that rests, is paused or could not send back to work; it begins slowly unless a person had paused it in
    good health. One that was paused while it rested goes back to what is left of that rest; resumed once more it is ready.

    :param only_paused_by: change it only if it is still paused, by this one, and not switched off (the repair of automatic
        pauses). :param reason: told with the change; :data:`REPAIRED` or nothing.
    :returns: False when nothing changed: it was ready, or not connected.
    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    """
    actor.must("accounts:write", business_id=sender.business_id, what="sender")
    if only_paused_by is None:
        allowed = Q(state__in=transitions.FROM[transitions.READY])
    else:
        allowed = Q(state=SenderState.PAUSED, paused_by=only_paused_by, is_active=True)
    with transaction.atomic():
        # Who is put to work is also in the list again (see actions.listing).
        changed = bool(resume_those(allowed & Q(pk=sender.pk), reason=reason, now=now, is_active=True))
        if changed:
            _audit(sender, "sender.resumed", actor, now, {})
    return _refreshed(sender, changed)


def rest_sender(*, sender_id: int, until: datetime, reason: str, now: datetime) -> bool:
    """The provider's temporary limit: the sender comes back by itself. A rest it is in only grows longer.

    False when its state stays what it is: it rests longer already, is paused, cannot send, or is not connected. A paused one
    remembers the rest: the end of its pause leads there.
    """
    allowed = Q(state=SenderState.READY) | Q(state=SenderState.RESTING, rest_until__lt=until)
    behind_a_pause = Q(state=SenderState.PAUSED) & (Q(rest_until=None) | Q(rest_until__lt=until))
    with transaction.atomic():
        if _change(sender_id, allowed, now, state=SenderState.RESTING, state_reason=reason, rest_until=until):
            return True
        Sender.objects.filter(behind_a_pause, pk=sender_id).update(
            rest_until=until, rest_reason=reason, updated_at=now
        )
    return False


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


def stop_for_worse(*, sender_id: int, reason: str, now: datetime) -> bool:
    """It cannot send already, and now it is known to be for a worse reason (banned, where it only seemed to be logged out).
    Told as a change of its state, because more may follow from it. False when it is not stopped, or for this reason.
    """
    with transaction.atomic():
        stopped = Sender.objects.select_for_update(no_key=True).filter(
            pk=sender_id, state=SenderState.STOPPED
        )
        row = stopped.exclude(state_reason=reason).first()
        if row is None:
            return False
        Sender.objects.filter(pk=sender_id).update(state_reason=reason, updated_at=now)
        tell(row, before=row.state, after=row.state, reason=reason, now=now)
    return True


def pause_those(
    those: Q, *, by: Literal["person", "auto"], reason: str, package: Package | None = None, now: datetime
) -> int:
    """Pauses the senders that match, and keeps the rest that one is in. In the caller's transaction, who has looked at the
    rights. Returns how many.

    :param those: with the states they may be in. :param package: with which they are paused, and resumed.
    """
    rows = list(Sender.objects.select_for_update(no_key=True).filter(those).order_by("pk"))
    resting = When(state=SenderState.RESTING, then=F("state_reason"))
    never = When(state=SenderState.READY, then=Value(None))
    Sender.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=SenderState.PAUSED,
        paused_by=by,
        paused_with=package,
        state_reason=reason,
        rest_until=Case(never, default=F("rest_until")),
        rest_reason=Case(resting, default=F("rest_reason")),
        updated_at=now,
    )
    for row in rows:
        if row.state != SenderState.PAUSED:
            tell(row, before=row.state, after=SenderState.PAUSED, reason=reason, now=now)
    return len(rows)


def resume_those(those: Q, *, reason: str = "", now: datetime, **more: Any) -> int:
    """Puts the senders that match back to work, or to what is left of the rest behind their pause. In the caller's
    transaction, who has looked at the rights. Returns how many.

    :param those: with the states they may be in. :param reason: told with each. :param more: further columns to set.
    """
    rows = list(Sender.objects.select_for_update(no_key=True).filter(those).order_by("pk"))
    after = {row.pk: transitions.after_resume(row.state, row.rest_until, now) for row in rows}
    same = {"paused_by": "", **_NO_PAUSE, **more, "updated_at": now}
    Sender.objects.filter(pk__in=[pk for pk, state in after.items() if state == SenderState.READY]).update(
        state=SenderState.READY, state_reason="", rest_until=None, **same
    )
    Sender.objects.filter(pk__in=[pk for pk, state in after.items() if state == SenderState.RESTING]).update(
        state=SenderState.RESTING, state_reason=F("rest_reason"), **same
    )
    for row in rows:
        # Without the reason of the rest: that was told when it began, and one limit must not count as two.
        tell(row, before=row.state, after=after[row.pk], reason=reason, now=now)
    return len(rows)


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
    row = Sender.objects.select_for_update(no_key=True).filter(allowed, pk=sender_id).first()
    values = {**_NO_PAUSE, **values, "updated_at": now}
    if row is None or Sender.objects.filter(allowed, pk=sender_id).update(**values) != 1:
        return False
    if row.state != values["state"]:
        tell(row, before=row.state, after=values["state"], reason=values["state_reason"], now=now)
    return True


def _refreshed(sender: Sender, changed: bool) -> bool:
    if changed:
        sender.refresh_from_db(fields=_TOLD)
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
