"""Stopping every number of a business at once, and letting them go on."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.senders.actions.states import pause_those, resume_those
from qafila.senders.models import SenderState
from qafila.senders.rules import transitions

PAUSED_ALL = "paused_all"
"""The wording code that marks a number as paused together with all others."""
LONGEST_REASON = 200


def pause_all(*, business: Business, reason: str, actor: Actor, now: datetime) -> int:
    """Pauses every number that may send, whatever runs over it: contracts, also those started later, and answers.

    What is in the air lands. Numbers that are paused or stopped already stay as they are, so that :func:`resume_all`
    brings back only what this stopped.

    :param reason: a person's words, for the audit log.
    :returns: how many numbers.
    :raises NotFound: another business. :raises NotAllowed: ``contracts:write`` is missing.
    """
    those = Q(state__in=transitions.FROM[transitions.PAUSED])
    actor.must("contracts:write", business_id=business.pk)
    with transaction.atomic():
        paused = pause_those(those & Q(business=business), by=transitions.PERSON, reason=PAUSED_ALL, now=now)
        if paused:
            detail = {"reason": reason.strip()[:LONGEST_REASON], "numbers": paused}
            _audit(business, "sending.paused", actor, now, detail)
    return paused


def resume_all(*, business: Business, actor: Actor, now: datetime) -> int:
    """Lets the numbers that :func:`pause_all` stopped send again, as before: slowly only where it was unwell. One goes
    on with the rest it was in. What somebody switched off meanwhile stays as it is. Returns how many.

    :raises NotFound: another business. :raises NotAllowed: ``contracts:write`` is missing.
    """
    those = Q(state=SenderState.PAUSED, paused_by=transitions.PERSON, state_reason=PAUSED_ALL, is_active=True)
    actor.must("contracts:write", business_id=business.pk)
    with transaction.atomic():
        resumed = resume_those(those & Q(business=business), now=now)
        if resumed:
            _audit(business, "sending.resumed", actor, now, {"numbers": resumed})
    return resumed


def _audit(business: Business, action: str, actor: Actor, now: datetime, detail: dict[str, object]) -> None:
    record_audit(
        actor=actor,
        action=action,
        subject_kind="business",
        subject_id=str(business.public_id),
        detail=detail,
        now=now,
    )
