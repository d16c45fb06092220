"""Contracts with their status and figures; a page of them costs three statements, however large they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from qafila.campaigns.archive import IN_ARCHIVE
from qafila.campaigns.models import Campaign, Draft, ImportState, Kind
from qafila.campaigns.rules.archiving import may_put_away
from qafila.campaigns.rules.results import Totals, totals_of
from qafila.campaigns.rules.statuses import (
    IMPORTING,
    UNCERTAIN_COUNTS_AS_FAILED_AFTER,
    Status,
    batch_states_of,
    status_of,
)
from qafila.kit.ids import is_public_id
from qafila.kit.statements import statement
from qafila.ledger import queries as ledger
from qafila.ledger.queries import Counts
from qafila.ledger.states import BatchState


@dataclass(frozen=True, slots=True)
class Beginning:
    """A contract that was started on a page and can still be taken back.

    :ivar draft_id: public id of the draft that it becomes again then.
    :ivar at: when it begins; a worker may be a moment late.
    """

    draft_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract as it stands.

    :ivar campaign: with its batch, sender and earlier twin read along.
    :ivar counts: the true states of its messages.
    :ivar totals: the figures as the contracts API counts them.
    :ivar beginning: set in the seconds between its start on a page and its beginning.
    """

    campaign: Campaign
    status: Status
    counts: Counts
    totals: Totals
    beginning: Beginning | None = None

    @property
    def hold_reason(self) -> str:
        """Wording code of why the engine holds it, or why its import did not succeed; "" for neither."""
        return self.campaign.batch.hold_code or self.campaign.import_reason

    @property
    def may_put_away(self) -> bool:
        """Whether it is over, so that it may stand in the archive."""
        return may_put_away(BatchState(self.campaign.batch.state), self.campaign.import_state)

    @property
    def archived_at(self) -> datetime | None:
        """Since when it stands in the archive; None: it does not."""
        return self.campaign.archived_at if self.may_put_away else None


def contract(business_id: int, public_id: str, *, now: datetime) -> Contract | None:
    """One contract; None also for another business's and a deleted one."""
    if not is_public_id(public_id, "contract"):
        return None
    found = _read(contract_rows(business_id).filter(public_id=public_id), now)
    return found[0] if found else None


def contracts(
    business_id: int,
    *,
    sender_id: int | None = None,
    package_id: int | None = None,
    status: Status | None = None,
    archived: bool | None = None,
    after: Campaign | None = None,
    limit: int,
    now: datetime,
) -> list[Contract]:
    """A page of contracts, newest first. New ones do not move the pages behind.

    :param archived: only those of the archive, or only the others; None: both.
    :param after: the last one of the page before (:func:`contracts_page_after`).
    """
    rows = contract_rows(business_id).order_by("-created_at", "-pk")
    if sender_id is not None:
        rows = rows.filter(sender_id=sender_id)
    if package_id is not None:
        rows = rows.filter(package_id=package_id)
    if status is not None:
        rows = rows.filter(has_status(status))
    if archived is not None:
        rows = rows.filter(IN_ARCHIVE if archived else ~IN_ARCHIVE)
    if after is not None:
        older = Q(created_at__lt=after.created_at)
        rows = rows.filter(older | Q(created_at=after.created_at, pk__lt=after.pk))
    return _read(rows[:limit], now)


def contracts_page_after(business_id: int, public_id: str) -> Campaign | None:
    """Where a page begins: the contract that ended the page before, deleted meanwhile or not."""
    if not is_public_id(public_id, "contract"):
        return None
    return Campaign.objects.filter(business_id=business_id, public_id=public_id).first()


def status_counts(business_id: int) -> dict[Status, int]:
    """How many contracts stand in each status."""
    counts = dict.fromkeys(Status, 0)
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.campaigns", "status_counts"), {"business": business_id})
        for batch_state, import_state, count in cursor.fetchall():
            counts[status_of(BatchState(batch_state), import_state)] += count
    return counts


def contract_rows(business_id: int) -> QuerySet[Campaign]:
    """The contracts of a business, without deleted ones; batch, sender and earlier twin are read along."""
    return Campaign.objects.filter(
        business_id=business_id, kind=Kind.CONTRACT, deleted_at=None
    ).select_related("batch", "sender", "package", "direction", "possible_duplicate_of")


def has_status(status: Status) -> Q:
    """The condition of a status."""
    failed, importing = Q(import_state=ImportState.FAILED), Q(import_state__in=IMPORTING)
    if status is Status.FAILED:
        return failed
    in_state = Q(batch__state__in=[int(state) for state in batch_states_of(status)])
    if status is Status.PENDING:
        return (in_state | importing) & ~failed
    return in_state & ~failed & ~importing


def _read(rows: QuerySet[Campaign], now: datetime) -> list[Contract]:
    return standing(list(rows), now=now)


def standing(campaigns: Sequence[Campaign], *, now: datetime) -> list[Contract]:
    """Each of these with its status and figures, in their order."""
    batches = [campaign.batch_id for campaign in campaigns]
    counts = ledger.counts_many(batches) if batches else {}
    long = _long_uncertain([b for b, c in counts.items() if c.uncertain], now)
    beginning = _beginning([one.pk for one in campaigns if one.import_state == ImportState.WAITING])
    found = []
    for campaign in campaigns:
        count = counts.get(campaign.batch_id, Counts())
        status = status_of(BatchState(campaign.batch.state), campaign.import_state)
        totals = totals_of(count, long_uncertain=long.get(campaign.batch_id, 0))
        if campaign.import_state in IMPORTING:
            totals = Totals(campaign.total_count, totals.success, totals.failed)
        found.append(Contract(campaign, status, count, totals, beginning.get(campaign.pk)))
    return found


def _beginning(campaign_ids: Sequence[int]) -> dict[int, Beginning]:
    if not campaign_ids:
        return {}
    rows = Draft.objects.filter(campaign_id__in=campaign_ids, start_at__isnull=False)
    found = rows.values_list("campaign_id", "public_id", "start_at")
    return {campaign: Beginning(draft, at) for campaign, draft, at in found if at is not None}


def _long_uncertain(batch_ids: Sequence[int], now: datetime) -> dict[int, int]:
    if not batch_ids:
        return {}
    before = now - UNCERTAIN_COUNTS_AS_FAILED_AFTER
    with connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.campaigns", "long_uncertain"), {"batches": list(batch_ids), "before": before}
        )
        return dict(cursor.fetchall())


def contract_id_of_batch(business_id: int, batch_id: int) -> str | None:
    """The public id of the contract that a batch belongs to; None where it belongs to none (replies, open messages), also for
    another business's."""
    rows = Campaign.objects.filter(business_id=business_id, batch_id=batch_id, kind=Kind.CONTRACT)
    return rows.values_list("public_id", flat=True).first()
