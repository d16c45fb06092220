"""How much a direction has to do: what waits in its campaigns, and what went out in the last day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from qafila.campaigns.models import Campaign
from qafila.ledger import queries as ledger
from qafila.ledger.models import Sample
from qafila.ledger.states import BatchState

DAY = timedelta(hours=24)
_OVER = (BatchState.FINISHED, BatchState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Load:
    """:ivar queued: messages that wait in its campaigns, started or not. :ivar sent: what went out in the last 24 hours."""

    queued: int = 0
    sent: int = 0


def loads(business_id: int, direction_ids: Collection[int], *, now: datetime) -> dict[int, Load]:
    """Row id of a direction to its load; three statements however many. One without a campaign of late is not there."""
    lately = ~Q(batch__state__in=_OVER) | Q(batch__finished_at__gt=now - DAY)
    lately |= Q(batch__state=BatchState.CANCELLED, batch__started_at__gt=now - DAY)
    found = Campaign.objects.filter(
        lately, business_id=business_id, direction_id__in=direction_ids, deleted_at=None
    )
    rows = list(found.values_list("direction_id", "batch_id", "batch__state", "batch__started_at"))
    if not rows:
        return {}
    counts = ledger.counts_many([batch_id for _, batch_id, _, _ in rows])
    before = _sent_before(business_id, [batch_id for _, batch_id, _, _ in rows], now - DAY)
    queued: dict[int, int] = defaultdict(int)
    sent: dict[int, int] = defaultdict(int)
    for direction_id, batch_id, state, started_at in rows:
        count = counts.get(batch_id)
        if count is None:
            continue
        if state not in _OVER:
            queued[direction_id] += count.queued
        if started_at is not None:
            out = count.success
            # One that began within that time sent everything in it; its first sample came later.
            sent[direction_id] += out if started_at > now - DAY else max(0, out - before.get(batch_id, out))
    return {one: Load(queued[one], sent[one]) for one in {row[0] for row in rows}}


def _sent_before(business_id: int, batch_ids: Collection[int], since: datetime) -> dict[int, int]:
    """What had gone out of each batch at the first minute that was noted since then; none: nothing was, so nothing moved."""
    found = Sample.objects.filter(business_id=business_id, batch_id__in=batch_ids, at__gte=since)
    return dict(found.order_by("batch_id", "at").distinct("batch_id").values_list("batch_id", "sent"))
