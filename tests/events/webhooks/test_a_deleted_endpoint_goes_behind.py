"""Deleting an endpoint is a matter of a moment, however much was sent to it; what is left of it goes in chunks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import NotFound
from qafila.events.webhooks import queries
from qafila.events.webhooks.actions import MOST_ENDPOINTS, delete_endpoint, rotate_encryption
from qafila.events.webhooks.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookMessage,
)
from qafila.worker import retention

pytestmark = pytest.mark.django_db(transaction=True)
KEPT = retention.Kept(events=timedelta(days=30))


def _tried(endpoint: WebhookEndpoint, count: int, now: datetime) -> None:
    """So many deliveries were tried twice, and one more waits."""
    for delivery in WebhookDelivery.objects.filter(endpoint=endpoint).order_by("pk")[:count]:
        WebhookDelivery.objects.filter(pk=delivery.pk).update(state="failed", next_at=None, tries=2)
        for _ in range(2):
            WebhookAttempt.objects.create(delivery=delivery, at=now, ms=5, status=500, code="http_500")


def _statements(endpoint: WebhookEndpoint, actor: Actor, now: datetime) -> int:
    with CaptureQueriesContext(connection) as seen:
        delete_endpoint(endpoint=endpoint, actor=actor, now=now)
    return len(seen)


def test_it_takes_no_more_statements_for_more_deliveries_and_nothing_is_left(
    add: Callable[..., Any], happen: Callable[..., int], owner_actor: Actor, now: datetime
) -> None:
    kept, _ = add()
    fresh, _ = add("http://127.0.0.1:8099/fresh")
    busy, _ = add("http://127.0.0.1:8099/busy")
    happen(12)
    WebhookDelivery.objects.filter(endpoint=fresh).delete()
    _tried(busy, 11, now)
    assert WebhookDelivery.objects.filter(endpoint=busy).count() == 12

    assert _statements(busy, owner_actor, now) == _statements(fresh, owner_actor, now)
    later = now + timedelta(hours=1)
    removed = retention.clean(now=later, kept=KEPT, chunk=5)
    assert removed["webhook_endpoints"] == 12 + 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM events_webhookendpoint")
        assert cursor.fetchall() == [(kept.pk,)]
    assert set(WebhookDelivery.objects.values_list("endpoint_id", flat=True)) == {kept.pk}
    assert not WebhookAttempt.objects.exists()
    assert WebhookMessage.objects.count() == 12, "they belong to the endpoint that stays, too"
    assert not retention.clean(now=later, kept=KEPT)["webhook_endpoints"]


def test_from_that_moment_it_is_nowhere(
    add: Callable[..., Any],
    happen: Callable[..., int],
    business: Business,
    owner_actor: Actor,
    now: datetime,
) -> None:
    endpoint, _ = add()
    happen(1)
    delivery = WebhookDelivery.objects.get()
    assert queries.delivery(business.pk, endpoint.public_id, delivery.public_id) == delivery
    delete_endpoint(endpoint=endpoint, actor=owner_actor, now=now)
    assert queries.endpoints(business.pk) == []
    assert queries.endpoint(business.pk, endpoint.public_id) is None
    assert queries.delivery(business.pk, endpoint.public_id, delivery.public_id) is None
    happen(1)
    assert WebhookDelivery.objects.count() == 1, "what happens later is not kept for it"
    with connection.cursor() as cursor:
        cursor.execute("SELECT url, secrets, state FROM events_webhookendpoint")
        assert cursor.fetchall() == [("", "", "disabled")], "address and secret are gone at once"
    assert rotate_encryption(now=now) == 0
    with pytest.raises(NotFound):
        delete_endpoint(endpoint=endpoint, actor=owner_actor, now=now)
    for number in range(MOST_ENDPOINTS):
        add(f"http://127.0.0.1:8099/{number}")


def test_what_may_still_be_in_the_air_is_not_taken_away_under_it(
    add: Callable[..., Any], happen: Callable[..., int], owner_actor: Actor, now: datetime
) -> None:
    endpoint, _ = add()
    happen(1)
    delete_endpoint(endpoint=endpoint, actor=owner_actor, now=now)
    retention.clean(now=now + timedelta(minutes=2), kept=KEPT)
    assert WebhookDelivery.objects.count() == 1
    retention.clean(now=now + timedelta(minutes=11), kept=KEPT)
    assert not WebhookDelivery.objects.exists()
