"""Of an event one outgoing message, and a delivery for each endpoint that wants its type."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from qafila.businesses.models import Business
from qafila.events.live import notify_now
from qafila.events.registry import EventValue, on
from qafila.events.webhooks.facts import facts_of
from qafila.events.webhooks.models import (
    DeliveryState,
    EndpointState,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookMessage,
)
from qafila.events.webhooks.types import BY_KIND, PublicType
from qafila.kit.ids import new_public_id
from qafila.kit.stamps import stamp

TOPIC: Final = "webhooks"
"""What open pages hear of (``events.live``)."""


def publish(event: EventValue) -> None:
    """The handler of every public kind. Idempotent: an event has one message, an endpoint one delivery of it."""
    public, business_id = BY_KIND[event.kind], event.business_id
    if business_id is None:
        return
    endpoints = [
        endpoint
        for endpoint in WebhookEndpoint.objects.filter(business_id=business_id).order_by("pk")
        if not endpoint.event_types or public.name in endpoint.event_types
    ]
    if not endpoints:
        return
    message = WebhookMessage.objects.filter(event_id=event.id, type=public.name).first()
    if message is None:
        message = _message(event, public, Business.objects.get(pk=business_id))
    deliver(message, endpoints, now=event.at)


def deliver(message: WebhookMessage, endpoints: Iterable[WebhookEndpoint], *, now: datetime) -> None:
    """One delivery for each, due at once; for an endpoint that is switched off it is noted as missed."""
    WebhookDelivery.objects.bulk_create(
        [
            WebhookDelivery(
                message=message,
                endpoint=endpoint,
                state=DeliveryState.PENDING if is_on else DeliveryState.MISSED,
                next_at=now if is_on else None,
            )
            for endpoint in endpoints
            for is_on in (endpoint.state == EndpointState.ENABLED,)
        ],
        ignore_conflicts=True,
    )
    notify_now(message.business_id, TOPIC)


def payload_of(
    name: str,
    *,
    business: Business,
    at: datetime,
    sequence: int,
    subject: tuple[str, str],
    data: Mapping[str, Any],
) -> str:
    """The body, byte for byte as it will be signed."""
    kind, public_id = subject
    return json.dumps(
        {
            "type": name,
            "timestamp": stamp(at),
            "businessId": str(business.public_id),
            "sequence": sequence,
            "object": {"kind": kind, "id": public_id} if kind else None,
            "data": dict(data),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _message(event: EventValue, public: PublicType, business: Business) -> WebhookMessage:
    added = facts_of(event)
    subject = added.subject or (event.subject_kind, event.subject_id)
    own = {shown: _plain(event.data[name]) for name, shown in public.fields.items() if name in event.data}
    return WebhookMessage.objects.create(
        public_id=new_public_id("msg"),
        business=business,
        event_id=event.id,
        type=public.name,
        object_kind=subject[0],
        object_id=subject[1],
        payload=payload_of(
            public.name,
            business=business,
            at=event.at,
            sequence=event.id,
            subject=subject,
            data={**own, **added.data},
        ),
        at=event.at,
    )


def _plain(value: Any) -> Any:
    """Row ids of messages are text outside, as in the API."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [str(one) for one in value]
    return value


for _kind in BY_KIND:
    on(_kind, "events.webhooks")(publish)
