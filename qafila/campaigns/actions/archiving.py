"""Putting contracts away into the archive, and back. Only lists change by it: messages, figures and books stay."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Clash
from qafila.campaigns.actions.opening import audit
from qafila.campaigns.actions.running import locked
from qafila.campaigns.models import Campaign
from qafila.campaigns.rules.archiving import may_put_away
from qafila.ledger.states import BatchState


def archive_contract(*, business: Business, public_id: str, actor: Actor, now: datetime) -> Campaign:
    """Puts a contract away that is over. Again: no effect. Returns it, with its batch.

    :raises NotFound: no such contract here. :raises NotAllowed: ``contracts:write`` is missing.
    :raises Clash: ``contract_not_over``: it may still send.
    """
    actor.must("contracts:write", business_id=business.pk)
    with transaction.atomic():
        campaign = locked(business, public_id)
        if not may_put_away(BatchState(campaign.batch.state), campaign.import_state):
            raise Clash("contract_not_over", "A contract that may still send is not put away.")
        if campaign.archived_at is None:
            campaign.archived_at = now
            campaign.save(update_fields=["archived_at"])
            audit(campaign, "archived", actor=actor, now=now)
    return campaign


def unarchive_contract(*, business: Business, public_id: str, actor: Actor, now: datetime) -> Campaign:
    """Puts it back into the lists. Again: no effect. Returns it, with its batch.

    :raises NotFound: no such contract here. :raises NotAllowed: ``contracts:write`` is missing.
    """
    actor.must("contracts:write", business_id=business.pk)
    with transaction.atomic():
        campaign = locked(business, public_id)
        if campaign.archived_at is not None:
            campaign.archived_at = None
            campaign.save(update_fields=["archived_at"])
            audit(campaign, "unarchived", actor=actor, now=now)
    return campaign
