"""A new contract with the rows of an old one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Clash
from qafila.campaigns.actions.opening import audit, check_opening, open_campaign
from qafila.campaigns.actions.running import locked
from qafila.campaigns.models import COPY_OF, Campaign, ImportState
from qafila.campaigns.queries.adding import is_adding, last_addition
from qafila.campaigns.rules.statuses import IMPORTING


def copy_contract(*, business: Business, public_id: str, name: str, actor: Actor, now: datetime) -> Campaign:
    """Puts a contract into the books that has the same number, texts and recipients; nothing is sent before it is started.

    Every row comes along: what was sent, failed or cancelled before is queued here, what was refused at the posting stays
    refused. The rows follow in the background. Copied within 24 hours, it needs a confirmed start.

    :raises NotFound: no such contract here. :raises NotAllowed: ``contracts:write`` is missing.
    :raises Refused: ``empty``, ``too_long``. :raises Clash: ``not_complete``: its own rows are not all read.
    """
    actor.must("contracts:write", business_id=business.pk)
    with transaction.atomic():
        source = locked(business, public_id)
        if source.import_state in (*IMPORTING, ImportState.FAILED) or is_adding(last_addition(source)):
            raise Clash("not_complete", "Its rows are not all in the books. Wait until its file is read.")
        kept = check_opening(business=business, over=source.target, name=name, actor=actor)
        campaign, _ = open_campaign(
            business=business,
            over=source.target,
            name=kept,
            content=source.batch.content,
            total=source.total_count,
            content_hash=bytes(source.content_hash or b""),
            sealed=False,
            actor=actor,
            now=now,
            import_state=ImportState.WAITING,
            import_options={COPY_OF: source.public_id},
        )
        from qafila.campaigns import jobs

        jobs.defer_import(campaign)
        audit(
            campaign,
            "created",
            actor=actor,
            now=now,
            detail={"rows": source.total_count, "copy_of": source.public_id},
        )
    return campaign
