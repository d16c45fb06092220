"""What webhooks of customers say of a campaign: its id, its kind and its counts, never its texts or its name."""

from __future__ import annotations

from dataclasses import asdict

from qafila.campaigns.models import Campaign
from qafila.events.registry import EventValue
from qafila.events.webhooks.facts import Facts, facts
from qafila.kit.ids import parse_uuid
from qafila.ledger import queries as ledger


def of_batch(event: EventValue) -> Facts:
    """The campaign that owns the batch; of a batch without one (single messages) only what the event itself says."""
    batch_id = parse_uuid(event.subject_id)
    if batch_id is None or event.business_id is None:
        return Facts()
    campaign = Campaign.objects.filter(business_id=event.business_id, batch__public_id=batch_id).first()
    if campaign is None:
        return Facts()
    counts = asdict(ledger.counts(campaign.batch_id))
    return Facts(("campaign", campaign.public_id), {"kind": campaign.kind, "counts": counts})


for _kind in (
    "batch.started",
    "batch.paused",
    "batch.cancelled",
    "batch.finished",
    "batch.held",
    "messages.uncertain",
):
    facts(_kind)(of_batch)
