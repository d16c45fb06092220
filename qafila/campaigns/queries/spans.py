"""Over which time contracts send: from their start to their end, or to the end that is forecast. For a calendar and the lists
it links to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Case, DateTimeField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Greatest

from qafila.campaigns.models import Campaign
from qafila.campaigns.queries import board
from qafila.campaigns.rules.statuses import Status
from qafila.dispatch.finishing import finish_estimates
from qafila.kit.looks import Looks
from qafila.ledger.models import Sample
from qafila.ledger.states import BatchState

MOST_FORECAST: Final = 100
"""So many running contracts, the newest, are asked when they will be done; the others are shown until today."""
_BEGUN: Final = Q(batch__started_at__isnull=False)
_PLANNED: Final = Q(begins_at__isnull=False)
_forecasts: Looks[tuple[str, int], Mapping[int, datetime]] = Looks()


@dataclass(frozen=True, slots=True)
class Span:
    """A contract, and over which time it sends; of one that is to begin by itself only when.

    :ivar ends: when it ended; of a running one when it will be about done (now, where that is not known); of one that stands
        still about when it last ran.
    :ivar is_forecast: the end is yet to come.
    """

    campaign: Campaign
    begins: datetime
    ends: datetime
    is_forecast: bool


def during(
    rows: QuerySet[Campaign], business_id: int, start: datetime | None, end: datetime | None, *, now: datetime
) -> QuerySet[Campaign]:
    """Those of these contracts that send, or are to begin, at some moment from ``start`` on and before ``end``; None is open.

    :param rows: contracts of this business.
    """
    rows = rows.filter(_BEGUN | _PLANNED).annotate(runs_until=_runs_until(now))
    if end is not None:
        # What begins before it was made is none: the limit lets the index by time leave newer ones out.
        rows = rows.filter(Q(batch__started_at__lt=end) | Q(begins_at__lt=end), created_at__lt=end)
    if start is None:
        return rows
    reaches = Q(runs_until__gte=start)
    if start > now:
        late = [pk for pk, ends in forecasts(business_id, now=now).items() if ends >= start]
        reaches |= Q(batch__state=BatchState.FLOWING, pk__in=late)
    return rows.filter(reaches)


def spans(rows: Iterable[Campaign], business_id: int, *, until: datetime, now: datetime) -> list[Span]:
    """When each of these begins and ends, in their order.

    :param rows: as :func:`during` gives them. :param until: ends behind it are of no interest.
    """
    found = list(rows)
    is_running = any(row.batch.state == BatchState.FLOWING for row in found)
    ahead = forecasts(business_id, now=now) if is_running and until > now else {}
    return [
        _span(row, begins, ahead.get(row.pk, now), now)
        for row in found
        if (begins := row.batch.started_at or row.begins_at) is not None
    ]


def forecasts(business_id: int, *, now: datetime) -> Mapping[int, datetime]:
    """Row id of each running contract to when it will be about done, as far as that is known. It is reckoned message by
    message, so the look is kept for a moment: a list of a day is as long as the calendar said."""
    # With the address of the database: its numbers mean nothing in another one.
    key = (str(connection.settings_dict["NAME"]), business_id)
    return _forecasts.at(key, lambda: _forecasts_now(business_id, now))


def _forecasts_now(business_id: int, now: datetime) -> Mapping[int, datetime]:
    running = board.found(business_id, status=Status.IN_PROGRESS).order_by("-created_at", "-pk")
    by_batch = dict(running.values_list("batch_id", "pk")[:MOST_FORECAST])
    estimates = finish_estimates(list(by_batch), now=now)
    return {by_batch[batch]: one.finish_at for batch, one in estimates.items() if one.finish_at is not None}


def _runs_until(now: datetime) -> Case:
    """Its end; now while it runs; of one that is to begin by itself its moment; else the last minute (after a day: hour) that noted it running."""
    noted = Sample.objects.filter(business_id=OuterRef("business_id"), batch_id=OuterRef("batch_id"))
    return Case(
        When(begins_at__isnull=False, then=F("begins_at")),
        When(batch__finished_at__isnull=False, then=F("batch__finished_at")),
        When(batch__state=BatchState.FLOWING, then=Value(now)),
        default=Greatest(Subquery(noted.order_by("-at").values("at")[:1]), F("batch__started_at")),
        output_field=DateTimeField(),
    )


def _span(row: Campaign, begins: datetime, ahead: datetime, now: datetime) -> Span:
    is_forecast = row.batch.state == BatchState.FLOWING and ahead > now
    known: datetime = row.runs_until  # type: ignore[attr-defined]  # what during() adds
    return Span(row, begins, max(begins, ahead if is_forecast else known), is_forecast)
