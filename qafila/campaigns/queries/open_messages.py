"""Open messages as they stand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from qafila.campaigns.models import Campaign, Kind
from qafila.campaigns.rules.open_status import OpenStatus, status_of
from qafila.dispatch.queries import WhyNotYet
from qafila.dispatch.waiting import why_batch_waits
from qafila.kit.ids import is_public_id
from qafila.ledger import queries as ledger
from qafila.ledger.queries import Counts, MessageRow
from qafila.ledger.states import BatchState

SHOWN_RECIPIENTS = 100


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """One open message.

    :ivar campaign: with its batch and what it goes out over.
    :ivar counts: the true states of its messages.
    :ivar waits: why the next of its messages has not gone out; None where none waits.
    """

    campaign: Campaign
    status: OpenStatus
    counts: Counts
    waits: WhyNotYet | None = None


def open_message(business_id: int, public_id: str, *, now: datetime) -> OpenMessage | None:
    """One open message; None also for another business's."""
    if not is_public_id(public_id, Kind.OPEN.value):
        return None
    campaign = _rows(business_id).filter(public_id=public_id).first()
    if campaign is None:
        return None
    counts = ledger.counts(campaign.batch_id)
    waits = why_batch_waits(campaign.batch, now=now) if counts.queued else None
    return _standing(campaign, counts, waits)


def open_messages(
    business_id: int,
    *,
    package_id: int | None = None,
    only_running: bool = False,
    only_paused: bool = False,
    after: Campaign | None = None,
    limit: int,
) -> list[OpenMessage]:
    """A page of open messages, newest first.

    :param package_id: only those over this package. :param only_running: only those that go out now; ``only_paused``: only those
    that a person or the engine holds.
    :param after: the last one of the page before.
    """
    rows = _rows(business_id).order_by("-created_at", "-pk")
    if package_id is not None:
        rows = rows.filter(package_id=package_id)
    if only_running:
        rows = rows.filter(batch__state=BatchState.FLOWING)
    if only_paused:
        rows = rows.filter(batch__state=BatchState.PAUSED)
    if after is not None:
        rows = rows.filter(created_at__lte=after.created_at).exclude(
            created_at=after.created_at, pk__gte=after.pk
        )
    found = list(rows[:limit])
    counts = ledger.counts_many([one.batch_id for one in found]) if found else {}
    return [_standing(one, counts.get(one.batch_id, Counts()), None) for one in found]


def recipients_of(campaign: Campaign, *, limit: int = SHOWN_RECIPIENTS) -> Sequence[MessageRow]:
    """Its first recipients, in the order in which they were given."""
    return list(ledger.messages(campaign.batch_id, limit=limit))


def unfinished_of_packages(package_ids: Collection[int]) -> dict[int, int]:
    """Package row id to how many campaigns of any kind over it are neither finished nor deleted nor cancelled; one statement."""
    over = (BatchState.FINISHED, BatchState.CANCELLED)
    rows = Campaign.objects.filter(package_id__in=package_ids, deleted_at=None).exclude(batch__state__in=over)
    found = dict(rows.order_by().values_list("package_id").annotate(number=Count("pk")))
    return {pk: found.get(pk, 0) for pk in package_ids}


def unfinished_of_package(package_id: int) -> int:
    """The same of one package."""
    return unfinished_of_packages([package_id])[package_id]


def _rows(business_id: int) -> QuerySet[Campaign]:
    return Campaign.objects.filter(business_id=business_id, kind=Kind.OPEN, deleted_at=None).select_related(
        "batch", "sender", "package", "direction"
    )


def _standing(campaign: Campaign, counts: Counts, waits: WhyNotYet | None) -> OpenMessage:
    return OpenMessage(campaign, status_of(BatchState(campaign.batch.state), counts), counts, waits)
