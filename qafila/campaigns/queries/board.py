"""Contracts as a list shows them: filtered, counted by status, with pace and finish time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, QuerySet, Value, When

from qafila.businesses.history import names_of
from qafila.campaigns.archive import IN_ARCHIVE
from qafila.campaigns.models import Campaign
from qafila.campaigns.queries.overview import Contract, contract_rows, has_status, standing
from qafila.campaigns.rules.statuses import Status, status_of
from qafila.dispatch.finishing import Estimate, finish_estimates
from qafila.ledger import samples
from qafila.ledger.states import BatchState


@dataclass(frozen=True, slots=True)
class Line:
    """A contract in a list.

    :ivar rate: messages a minute now; None unless it runs.
    :ivar estimate: when it will be about done; None unless it runs.
    :ivar net_rate: messages a minute since it began, pauses and rests too; None unless it runs.
    :ivar creator: the name of who made it; "" where that is not known.
    """

    contract: Contract
    rate: float | None
    estimate: Estimate | None
    creator: str
    net_rate: float | None = None

    @property
    def public_id(self) -> str:
        """Of the contract."""
        return self.contract.campaign.public_id

    @property
    def planned(self) -> datetime | None:
        """When it begins by itself; None: it does not, or has begun."""
        return self.contract.campaign.begins_at


def found(
    business_id: int,
    *,
    status: Status | None = None,
    archived: bool | None = False,
    search: str = "",
    sender_id: int | None = None,
    package_id: int | None = None,
    direction_id: int | None = None,
    planned: bool | None = None,
) -> QuerySet[Campaign]:
    """The contracts of a business that fit, in no order yet.

    :param archived: those of the archive, or what is not put away; None: both.
    :param search: a part of the name, in any case.
    :param sender_id: that number sends them now. :param package_id: the numbers of that package share them now.
    :param direction_id: made for that direction.
    :param planned: only those that begin by themselves at a moment that was set, or only the others; None: both.
    """
    rows = contract_rows(business_id)
    if archived is not None:
        rows = rows.filter(IN_ARCHIVE if archived else ~IN_ARCHIVE)
    if sender_id is not None:
        rows = rows.filter(sender_id=sender_id)
    if package_id is not None:
        rows = rows.filter(package_id=package_id)
    if direction_id is not None:
        rows = rows.filter(direction_id=direction_id)
    if planned is not None:
        rows = rows.filter(begins_at__isnull=not planned)
    if search:
        rows = rows.filter(name__icontains=search)
    return rows.filter(has_status(status)) if status is not None else rows


def counted(rows: QuerySet[Campaign]) -> tuple[dict[Status, int], int]:
    """How many of them stand in each status and are not put away; and how many are in the archive. One statement.

    :param rows: both, as :func:`found` gives them.
    """
    counts, put_away = dict.fromkeys(Status, 0), 0
    is_away = Case(When(IN_ARCHIVE, then=Value(True)), default=Value(False))
    states = rows.order_by().annotate(is_away=is_away)
    groups = states.values_list("batch__state", "import_state", "is_away").annotate(n=Count("pk"))
    for batch_state, import_state, away, n in groups:
        if away:
            put_away += n
        else:
            counts[status_of(BatchState(batch_state), import_state)] += n
    return counts, put_away


def lines(campaigns: Sequence[Campaign], *, now: datetime) -> list[Line]:
    """What a list shows of these, in their order; a handful of statements however many they are."""
    if not campaigns:
        return []
    contracts = standing(campaigns, now=now)
    running = [c for c in contracts if c.status is Status.IN_PROGRESS]
    business_id = campaigns[0].business_id
    rates = samples.rates(
        business_id,
        {c.campaign.batch_id: (c.counts.success, c.campaign.batch.started_at) for c in running},
        now=now,
    )
    estimates = finish_estimates([c.campaign.batch_id for c in running], now=now)
    names = names_of(business_id, {c.campaign.created_by for c in contracts})
    return [
        Line(
            one,
            rates.get(one.campaign.batch_id),
            estimates.get(one.campaign.batch_id),
            names.get(one.campaign.created_by, ""),
            _net_rate(one, now) if one.status is Status.IN_PROGRESS else None,
        )
        for one in contracts
    ]


def _net_rate(contract: Contract, now: datetime) -> float | None:
    began = contract.campaign.batch.started_at
    minutes = (now - began).total_seconds() / 60 if began else 0
    return contract.counts.success / minutes if minutes >= 1 else None


def of_batches(business_id: int, batch_ids: Sequence[int]) -> dict[int, Campaign]:
    """Batch id to its contract, deleted ones too; those that belong to none are left out."""
    rows = Campaign.objects.filter(business_id=business_id, batch_id__in=list(batch_ids))
    return {row.batch_id: row for row in rows}
