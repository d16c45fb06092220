"""The archive: what was put away and is over."""

from __future__ import annotations

from django.db.models import Q

from qafila.campaigns.models import Campaign, ImportState
from qafila.campaigns.rules.archiving import OVER
from qafila.campaigns.rules.statuses import IMPORTING
from qafila.events.registry import EventValue, on
from qafila.kit.ids import parse_uuid

IN_ARCHIVE = Q(archived_at__isnull=False) & (
    Q(import_state=ImportState.FAILED)
    | (Q(batch__state__in=[int(state) for state in OVER]) & ~Q(import_state__in=IMPORTING))
)
"""The condition on rows of contracts. As ``rules.archiving``: what sends again, since somebody retried its failures or a
provider said that a message never went out, is in sight from that moment on."""


@on("batch.started", "campaigns.archive")
def goes_on(event: EventValue) -> None:
    """What sends again after it was put away is put away no longer: it stays in the lists when it is done, too."""
    batch_id = parse_uuid(event.subject_id)
    if batch_id is not None and event.business_id is not None:
        put_away = Campaign.objects.filter(business_id=event.business_id, archived_at__lte=event.at)
        put_away.filter(batch__public_id=batch_id).update(archived_at=None)
