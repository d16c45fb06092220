"""Putting a number back to work, whatever held it: itself, or its provider account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.refusals import Refused
from qafila.senders.actions.accounts import resume_account
from qafila.senders.actions.states import rest_sender, resume_sender
from qafila.senders.models import AccountState, Sender

RESTED_BY_PERSON = "rested_by_person"
"""Wording code of a rest that a person gave."""
LONGEST_REST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Resumed:
    """What went back to work.

    :ivar sender: the number itself rested, was paused or could not send.
    :ivar account: its provider account was stopped; its other numbers may send again too.
    """

    sender: bool
    account: bool


def resume_work(*, sender: Sender, actor: Actor, now: datetime) -> Resumed:
    """A person says that the number may send: it is ready afterwards, and so is its provider account if that was stopped.

    Both False: nothing held it, or it is not connected.

    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    """
    actor.must("accounts:write", business_id=sender.business_id, what="sender")
    with transaction.atomic():
        account = sender.provider_account
        account_changed = False
        if account is not None and account.state != AccountState.OK:
            account_changed = resume_account(account=account, actor=actor, now=now)
            account.refresh_from_db(fields=["state", "state_reason", "version"])
        sender_changed = resume_sender(sender=sender, actor=actor, now=now)
    return Resumed(sender_changed, account_changed)


def rest_by_hand(*, sender: Sender, until: datetime, actor: Actor, now: datetime) -> bool:
    """A person lets a number rest; it comes back by itself. A rest it is in only grows longer.

    False when nothing changed: it rests longer already, is paused, cannot send, or is not connected.

    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    :raises Refused: ``rest_invalid``: not in the future, or longer than :data:`LONGEST_REST`.
    """
    actor.must("accounts:write", business_id=sender.business_id, what="sender")
    if not now < until <= now + LONGEST_REST:
        raise Refused(
            "rest_invalid", "A rest ends in the future, at most 7 days from now. Pause the number for longer."
        )
    with transaction.atomic():
        changed = rest_sender(sender_id=sender.pk, until=until, reason=RESTED_BY_PERSON, now=now)
        if changed:
            record_audit(
                actor=actor,
                action="sender.rested",
                subject_kind="sender",
                subject_id=str(sender.public_id),
                detail={"until": until.isoformat()},
                now=now,
            )
            sender.refresh_from_db(fields=["state", "state_reason", "rest_until", "updated_at"])
    return changed
