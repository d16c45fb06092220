"""What did not go out: tried again, or cleared from the lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.campaigns.actions.opening import audit
from qafila.campaigns.actions.running import locked
from qafila.campaigns.models import Campaign
from qafila.campaigns.rules.statuses import Status, status_of
from qafila.dispatch import actions as dispatch
from qafila.kit.statements import statement
from qafila.ledger import actions as ledger
from qafila.ledger.states import BatchState


def retry_failed(
    *,
    business: Business,
    public_id: str,
    reasons: Sequence[str] | None = None,
    cleared_too: bool = False,
    actor: Actor,
    now: datetime,
) -> tuple[int, Status]:
    """Queues the failed messages again with fresh tries; a finished contract flows on. Skipped ones stay skipped.

    :param reasons: only those that failed for one of these wording codes; None: all.
    :param cleared_too: also those that :func:`clear_failed` took out of the lists: for a person who sees them and their
        number. Who does not would send what somebody had put aside.
    :returns: how many, and the status afterwards.
    :raises NotFound: no such contract here. :raises NotAllowed: ``contracts:write`` is missing.
    """
    actor.must("contracts:write", business_id=business.pk)
    with transaction.atomic():
        campaign = locked(business, public_id)
        count = ledger.retry_failed(
            business_id=business.pk,
            batch_id=campaign.batch_id,
            reasons=reasons,
            failed_after=None if cleared_too else campaign.failed_cleared_at,
            now=now,
        )
        if count:
            dispatch.resume_flow(batch_id=campaign.batch_id, now=now)
        campaign.batch.refresh_from_db()
        if count:
            audit(campaign, "failed_retried", actor=actor, now=now, detail={"messages": count})
    return count, status_of(BatchState(campaign.batch.state), campaign.import_state)


def clear_failed(*, business: Business, public_id: str, actor: Actor, now: datetime) -> int:
    """Hides the failed, skipped and cancelled messages of until now from the lists; the books stay. Returns how many.

    :raises NotFound: no such contract here. :raises NotAllowed: ``contracts:write`` is missing.
    """
    actor.must("contracts:write", business_id=business.pk)
    with transaction.atomic():
        campaign = locked(business, public_id)
        with connection.cursor() as cursor:
            cursor.execute(
                statement("qafila.campaigns", "count_failed"),
                {"batch": campaign.batch_id, "since": campaign.failed_cleared_at, "until": now},
            )
            count = int(cursor.fetchone()[0])
        if count:
            Campaign.objects.filter(pk=campaign.pk).update(failed_cleared_at=now)
            audit(campaign, "failed_cleared", actor=actor, now=now, detail={"messages": count})
    return count
