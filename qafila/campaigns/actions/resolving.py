"""A person's word on messages of which nobody knows whether they went out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.campaigns.queries import batches_of_messages
from qafila.dispatch import actions as dispatch
from qafila.ledger import actions as ledger
from qafila.ledger.actions import Resolution


def resolve_messages(
    *,
    business: Business,
    as_: Resolution,
    message_ids: Sequence[int] | None = None,
    batch_id: int | None = None,
    older_than: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Settles uncertain messages: those named, or all of a batch. What is to be sent again flows at once.

    :param older_than: only those uncertain since before this moment.
    :returns: how many were uncertain and are not any more.
    :raises NotFound: another business. :raises NotAllowed: ``messages:write`` is missing.
    """
    actor.must("messages:write", business_id=business.pk)
    with transaction.atomic():
        count = ledger.resolve_uncertain(
            business_id=business.pk,
            as_=as_,
            message_ids=message_ids,
            batch_id=batch_id,
            older_than=older_than,
            now=now,
        )
        if count and as_ is Resolution.RESEND:
            found = batches_of_messages(business.pk, message_ids or ())
            for batch in sorted(set(found.values()) if batch_id is None else {batch_id}):
                dispatch.resume_flow(batch_id=batch, now=now)
        if count:
            record_audit(
                actor=actor,
                action="messages.resolved",
                subject_kind="message" if message_ids and len(message_ids) == 1 else "messages",
                subject_id=str(message_ids[0]) if message_ids and len(message_ids) == 1 else "",
                detail={"as": as_.value, "count": count},
                now=now,
            )
    return count
