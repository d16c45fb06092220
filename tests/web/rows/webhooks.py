"""Webhooks out."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from qafila.events.webhooks import actions
from qafila.events.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from tests.web.pages import Row
from tests.web.world import Place, World

_NONE = "00000000-0000-0000-0000-000000000000"
NEW = {"url": "https://hooks.example.com/in", "description": "Shop", "event_types": ["campaign.finished"]}


def _made(world: World) -> None:
    """An endpoint with a failed delivery in each business."""
    for place in (world.here, world.there):
        row, _ = actions.create_endpoint(
            business=place.business,
            url="https://93.184.216.34/hook",
            description=f"{place.business.name} hook",
            actor=place.actor,
            now=timezone.now(),
        )
        sent = actions.send_test(endpoint=row, actor=place.actor, now=timezone.now())
        WebhookDelivery.objects.filter(pk=sent.pk).update(state=DeliveryState.FAILED, next_at=None)
        place.more |= {"endpoint": row.public_id, "delivery": sent.public_id}


def _off(world: World) -> None:
    _made(world)
    WebhookEndpoint.objects.update(state="disabled", disabled_reason="failing")


def _endpoint(place: Place) -> dict[str, Any]:
    return {"endpoint_id": place.more.get("endpoint", _NONE)}


def _delivery(place: Place) -> dict[str, Any]:
    return {**_endpoint(place), "delivery_id": place.more.get("delivery", _NONE)}


def _again(place: Place) -> dict[str, Any]:
    return {"action": "again", "id": [str(place.more.get("delivery", _NONE))], "expected": "1"}


ROWS = {
    "webhooks:list": Row(before=_made),
    "webhooks:create": Row(post=lambda _: NEW, audit="webhook.created"),
    "webhooks:detail": Row(_endpoint, post=_again, audit="webhook.sent_again", before=_made),
    "webhooks:standing": Row(_endpoint, before=_made),
    "webhooks:change": Row(_endpoint, post=lambda _: NEW, audit="webhook.changed", before=_made),
    "webhooks:switch": Row(_endpoint, post=lambda _: {"on": "1"}, audit="webhook.switched_on", before=_off),
    "webhooks:test": Row(_endpoint, post=lambda _: {}, audit="webhook.tested", before=_made),
    "webhooks:secret": Row(_endpoint, post=lambda _: {}, audit="webhook.secret_replaced", before=_made),
    "webhooks:again": Row(_endpoint, post=lambda _: {"span": "24"}, audit="webhook.sent_again", before=_made),
    "webhooks:delete": Row(_endpoint, post=lambda _: {}, audit="webhook.deleted", before=_made),
    "webhooks:delivery": Row(_delivery, before=_made),
    "webhooks:one_again": Row(_delivery, post=lambda _: {}, audit="webhook.sent_again", before=_made),
}
