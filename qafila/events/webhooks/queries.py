"""Reads: endpoints with how they do, deliveries, tries."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet

from qafila.events.webhooks.models import (
    DeliveryState,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from qafila.kit.ids import parse_uuid

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an endpoint does.

    :ivar tries: of the last 24 hours. :ivar good: of them delivered.
    :ivar waiting: deliveries that go on by themselves. :ivar next_at: when the next is due.
    :ivar lost: deliveries that failed for good or were missed, and are still kept.
    """

    tries: int = 0
    good: int = 0
    waiting: int = 0
    next_at: datetime | None = None
    lost: int = 0

    @property
    def percent(self) -> int | None:
        """Share of good tries, rounded down; None without a try."""
        return self.good * 100 // self.tries if self.tries else None


def endpoints(business_id: int) -> list[WebhookEndpoint]:
    """All of a business, newest first."""
    return list(WebhookEndpoint.objects.filter(business_id=business_id).order_by("-pk"))


def endpoint(business_id: int, public_id: uuid.UUID | str) -> WebhookEndpoint | None:
    """The endpoint with that id in a business; None also for another business's, and for a text that is no id."""
    parsed = parse_uuid(public_id)
    if parsed is None:
        return None
    return WebhookEndpoint.objects.filter(business_id=business_id, public_id=parsed).first()


def standings(found: Iterable[WebhookEndpoint], *, now: datetime) -> dict[int, Standing]:
    """Row id to standing, in three statements."""
    ids = [one.pk for one in found]
    tried = {
        row["delivery__endpoint"]: row
        for row in WebhookAttempt.objects.filter(delivery__endpoint__in=ids, at__gte=now - DAY)
        .values("delivery__endpoint")
        .annotate(tries=Count("pk"), good=Count("pk", filter=Q(code="")))
    }
    waits = {
        row["endpoint"]: row
        for row in WebhookDelivery.objects.filter(endpoint__in=ids, next_at__isnull=False)
        .values("endpoint")
        .annotate(waiting=Count("pk"), next=Min("next_at"))
    }
    lost = dict(
        WebhookDelivery.objects.filter(
            endpoint__in=ids, state__in=[DeliveryState.FAILED, DeliveryState.MISSED]
        )
        .values_list("endpoint")
        .annotate(count=Count("pk"))
    )
    return {
        pk: Standing(
            tries=tried[pk]["tries"] if pk in tried else 0,
            good=tried[pk]["good"] if pk in tried else 0,
            waiting=waits[pk]["waiting"] if pk in waits else 0,
            next_at=waits[pk]["next"] if pk in waits else None,
            lost=lost.get(pk, 0),
        )
        for pk in ids
    }


def deliveries(endpoint_id: int) -> QuerySet[WebhookDelivery]:
    """Of one endpoint, newest first, with their messages."""
    found = WebhookDelivery.objects.filter(endpoint_id=endpoint_id)
    return found.select_related("message", "endpoint").order_by("-pk")


def delivery(
    business_id: int, endpoint_id: uuid.UUID | str, public_id: uuid.UUID | str
) -> WebhookDelivery | None:
    """One delivery of an endpoint of a business; None where there is none."""
    parsed, its = parse_uuid(public_id), parse_uuid(endpoint_id)
    if parsed is None or its is None:
        return None
    found = WebhookDelivery.objects.filter(
        public_id=parsed,
        endpoint__public_id=its,
        endpoint__business_id=business_id,
        endpoint__deleted_at=None,
    )
    return found.select_related("message", "endpoint").first()


def attempts(delivery_id: int) -> list[WebhookAttempt]:
    """Every try of a delivery, newest first."""
    return list(WebhookAttempt.objects.filter(delivery_id=delivery_id).order_by("-pk"))
