"""Who sent how much of a campaign: the counters that the ledger keeps for each number, two statements however many messages."""

from __future__ import annotations

from dataclasses import dataclass

from qafila.campaigns.models import Campaign
from qafila.ledger.models import BatchSender
from qafila.senders.models import Sender


@dataclass(frozen=True, slots=True)
class Share:
    """What one number did of a campaign.

    :ivar sender: None where the number was deleted since.
    :ivar sent: came at least so far, as ``delivered`` and ``read``: sent ≥ delivered ≥ read.
    """

    sender: Sender | None
    sent: int
    delivered: int
    read: int
    failed: int
    uncertain: int


def shares(campaign: Campaign) -> list[Share]:
    """The numbers that took something of a campaign, who sent most first. Empty where only its own one number can have sent,
    and before anything went out: then the figures of the whole say the same.

    A number of a campaign that was given to others since is among them: what it sent stays its own.
    """
    kept = BatchSender.objects.filter(batch_id=campaign.batch_id, sender_id__gt=0)
    rows = [row for row in kept if row.sent + row.delivered + row.read + row.failed + row.uncertain > 0]
    is_shared = campaign.package_id is not None or campaign.direction_id is not None
    if not rows or not (is_shared or any(row.sender_id != campaign.sender_id for row in rows)):
        return []
    numbers = Sender.objects.filter(business_id=campaign.business_id).in_bulk([row.sender_id for row in rows])
    found = [
        Share(
            sender=numbers.get(row.sender_id),
            sent=row.sent + row.delivered + row.read,
            delivered=row.delivered + row.read,
            read=row.read,
            failed=row.failed,
            uncertain=row.uncertain,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (-one.sent, one.sender.name if one.sender else "", -one.failed))
