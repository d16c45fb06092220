"""Stopping every number of a business at once, and letting them go on."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.senders.actions.states import tell
from qafila.senders.models import Sender, SenderState
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
    return _change_all(
        business,
        {"state__in": sorted(transitions.FROM[transitions.PAUSED])},
        state=SenderState.PAUSED,
        paused_by=transitions.PERSON,
        state_reason=PAUSED_ALL,
        actor=actor,
        now=now,
        audit=("sending.paused", {"reason": reason.strip()[:LONGEST_REASON]}),
    )


def resume_all(*, business: Business, actor: Actor, now: datetime) -> int:
    """Lets the numbers that :func:`pause_all` stopped send again; each begins slowly. Returns how many.

    :raises NotFound: another business. :raises NotAllowed: ``contracts:write`` is missing.
    """
    return _change_all(
        business,
        {"state": SenderState.PAUSED, "paused_by": transitions.PERSON, "state_reason": PAUSED_ALL},
        state=SenderState.READY,
        paused_by="",
        state_reason="",
        actor=actor,
        now=now,
        audit=("sending.resumed", {}),
    )


def _change_all(
    business: Business,
    those: dict[str, object],
    *,
    state: SenderState,
    paused_by: str,
    state_reason: str,
    actor: Actor,
    now: datetime,
    audit: tuple[str, dict[str, object]],
) -> int:
    actor.must("contracts:write", business_id=business.pk)
    with transaction.atomic():
        rows = list(
            Sender.objects.select_for_update(no_key=True).filter(business=business, **those).order_by("pk")
        )
        if not rows:
            return 0
        Sender.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=state, paused_by=paused_by, state_reason=state_reason, rest_until=None, updated_at=now
        )
        for row in rows:
            tell(row, before=row.state, after=state, reason=state_reason, now=now)
        action, detail = audit
        record_audit(
            actor=actor,
            action=action,
            subject_kind="business",
            subject_id=str(business.public_id),
            detail={**detail, "numbers": len(rows)},
            now=now,
        )
    return len(rows)
