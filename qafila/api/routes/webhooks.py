"""Webhooks out: endpoints, tests, secrets, deliveries, sending again."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from qafila.api.auth import needs
from qafila.api.call import actor_of, call_of
from qafila.api.refusals import ApiRefusal
from qafila.api.shapes import webhooks as shapes
from qafila.api.shapes.faults import REFUSALS, Refusal
from qafila.businesses.refusals import NotFound
from qafila.events.webhooks import actions, queries, resending
from qafila.events.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from qafila.events.webhooks.queries import Standing
from qafila.kit.stamps import stamp

router = Router(tags=["webhooks"])
MOST = 500
READ, WRITE = "webhooks:read", "webhooks:write"


@router.get(
    "", response={200: shapes.EndpointList, REFUSALS: Refusal}, auth=needs(READ), summary="List endpoints"
)
def list_endpoints(request: HttpRequest) -> dict[str, Any]:
    """Every address of the business that hears of events, newest first."""
    found = queries.endpoints(actor_of(request).business.pk)
    standings = queries.standings(found, now=call_of(request).now)
    return {"endpoints": [_answer(one, standings[one.pk]) for one in found]}


@router.post(
    "",
    response={201: shapes.EndpointWithSecret, REFUSALS: Refusal},
    auth=needs(WRITE),
    summary="Add an endpoint",
)
def add_endpoint(request: HttpRequest, body: shapes.NewEndpoint) -> Status[dict[str, Any]]:
    """The answer holds the secret, this once. Keep it where your program verifies signatures."""
    actor = actor_of(request)
    row, secret = actions.create_endpoint(
        business=actor.business,
        url=body.url,
        description=body.description,
        event_types=body.eventTypes,
        with_contents=body.withContents,
        actor=actor,
        now=call_of(request).now,
    )
    return Status(201, {**_answer(row, Standing()), "secret": secret})


@router.get(
    "/{endpoint_id}",
    response={200: shapes.EndpointAnswer, REFUSALS: Refusal},
    auth=needs(READ),
    summary="See an endpoint",
)
def see_endpoint(request: HttpRequest, endpoint_id: str) -> dict[str, Any]:
    """How it does, and why it is off where it is."""
    return _standing(request, _endpoint(request, endpoint_id))


@router.put(
    "/{endpoint_id}",
    response={200: shapes.EndpointAnswer, REFUSALS: Refusal},
    auth=needs(WRITE),
    summary="Change an endpoint",
)
def change_endpoint(request: HttpRequest, endpoint_id: str, body: shapes.ChangedEndpoint) -> dict[str, Any]:
    """What is not named stays as it is."""
    row = _endpoint(request, endpoint_id)
    names = {
        "url": "url",
        "description": "description",
        "eventTypes": "event_types",
        "withContents": "with_contents",
    }
    changes = {
        ours: getattr(body, theirs) for theirs, ours in names.items() if getattr(body, theirs) is not None
    }
    actions.change_endpoint(endpoint=row, actor=actor_of(request), now=call_of(request).now, **changes)
    return _standing(request, _endpoint(request, endpoint_id))


@router.delete(
    "/{endpoint_id}",
    response={200: shapes.Changed, REFUSALS: Refusal},
    auth=needs(WRITE),
    summary="Delete an endpoint",
)
def delete_endpoint(request: HttpRequest, endpoint_id: str) -> dict[str, Any]:
    """With everything that was sent to it or waits for it."""
    actions.delete_endpoint(
        endpoint=_endpoint(request, endpoint_id), actor=actor_of(request), now=call_of(request).now
    )
    return {"id": endpoint_id, "changed": True}


@router.post(
    "/{endpoint_id}/enable",
    response={200: shapes.Changed, REFUSALS: Refusal},
    auth=needs(WRITE),
    summary="Switch an endpoint on",
)
def enable_endpoint(request: HttpRequest, endpoint_id: str) -> dict[str, Any]:
    """What happens from now on is sent. What it missed is sent when you ask for it (`resend`)."""
    row = _endpoint(request, endpoint_id)
    changed = actions.switch_on(endpoint=row, actor=actor_of(request), now=call_of(request).now)
    return {"id": endpoint_id, "changed": changed}


@router.post(
    "/{endpoint_id}/disable",
    response={200: shapes.Changed, REFUSALS: Refusal},
    auth=needs(WRITE),
    summary="Switch an endpoint off",
)
def disable_endpoint(request: HttpRequest, endpoint_id: str) -> dict[str, Any]:
    """What happens meanwhile is noted as missed."""
    row = _endpoint(request, endpoint_id)
    changed = actions.switch_off(endpoint=row, actor=actor_of(request), now=call_of(request).now)
    return {"id": endpoint_id, "changed": changed}


@router.post(
    "/{endpoint_id}/rotate-secret",
    response={200: shapes.SecretAnswer, REFUSALS: Refusal},
    auth=needs(WRITE),
    summary="Replace the secret",
)
def rotate_secret(request: HttpRequest, endpoint_id: str) -> dict[str, Any]:
    """For 24 hours both sign, so that your program can change over without losing anything."""
    row = _endpoint(request, endpoint_id)
    secret = actions.rotate_secret(endpoint=row, actor=actor_of(request), now=call_of(request).now)
    return {"id": endpoint_id, "secret": secret}


@router.post(
    "/{endpoint_id}/test",
    response={200: shapes.DeliveryAnswer, REFUSALS: Refusal},
    auth=needs(WRITE),
    summary="Send a test",
)
def test_endpoint(request: HttpRequest, endpoint_id: str) -> dict[str, Any]:
    """A `webhook.test`, sent like everything else. See how it went under its `id` in the deliveries."""
    row = _endpoint(request, endpoint_id)
    return _delivery_answer(
        actions.send_test(endpoint=row, actor=actor_of(request), now=call_of(request).now)
    )


@router.get(
    "/{endpoint_id}/deliveries",
    response={200: shapes.DeliveryList, REFUSALS: Refusal},
    auth=needs(READ),
    summary="List deliveries",
)
def list_deliveries(
    request: HttpRequest,
    endpoint_id: str,
    state: str | None = Query(None, description="`pending`, `delivered`, `failed` or `missed`. None: all."),
    limit: int = Query(100, ge=1, le=MOST),
    after: str | None = Query(None, description="`nextAfter` of the page before."),
) -> dict[str, Any]:
    """What was or will be sent to it, newest first."""
    row = _endpoint(request, endpoint_id)
    found = queries.deliveries(row.pk)
    if state is not None:
        if state not in DeliveryState.values:
            params = {"value": state[:40], "allowed": ", ".join(DeliveryState.values)}
            raise ApiRefusal(422, "unknown_status", params=params, field="state")
        found = found.filter(state=state)
    if after is not None:
        last = queries.delivery(row.business_id, row.public_id, after)
        if last is None:
            raise ApiRefusal(422, "invalid_cursor", field="after")
        found = found.filter(pk__lt=last.pk)
    rows = list(found[:limit])
    return {
        "deliveries": [_delivery_answer(one) for one in rows],
        "nextAfter": str(rows[-1].public_id) if len(rows) == limit else None,
    }


@router.get(
    "/{endpoint_id}/deliveries/{delivery_id}",
    response={200: shapes.DeliveryWithTries, REFUSALS: Refusal},
    auth=needs(READ),
    summary="See a delivery",
)
def see_delivery(request: HttpRequest, endpoint_id: str, delivery_id: str) -> dict[str, Any]:
    """What was sent and how every try ended."""
    row = _delivery(request, endpoint_id, delivery_id)
    tries = [
        {
            "at": stamp(one.at),
            "status": one.status,
            "milliseconds": one.ms,
            "code": one.code or None,
            "answer": one.snippet,
        }
        for one in queries.attempts(row.pk)
    ]
    return {**_delivery_answer(row), "payload": json.loads(row.message.payload), "attempts": tries}


@router.post(
    "/{endpoint_id}/deliveries/{delivery_id}/resend",
    response={200: shapes.SentAgain, REFUSALS: Refusal},
    auth=needs(WRITE),
    summary="Send a delivery again",
)
def resend_delivery(request: HttpRequest, endpoint_id: str, delivery_id: str) -> dict[str, int]:
    """At once, with the same `webhook-id`."""
    row = _delivery(request, endpoint_id, delivery_id)
    resending.resend(delivery=row, actor=actor_of(request), now=call_of(request).now)
    return {"count": 1}


@router.post(
    "/{endpoint_id}/resend",
    response={200: shapes.SentAgain, REFUSALS: Refusal},
    auth=needs(WRITE),
    summary="Send a span again",
)
def resend_span(request: HttpRequest, endpoint_id: str, body: shapes.SendAgain) -> dict[str, int]:
    """What happened in that time and did not arrive, the oldest first, with the same ids."""
    count = resending.resend_since(
        endpoint=_endpoint(request, endpoint_id),
        since=body.since,
        until=body.until,
        also_delivered=body.alsoDelivered,
        actor=actor_of(request),
        now=call_of(request).now,
    )
    return {"count": count}


def _endpoint(request: HttpRequest, endpoint_id: str) -> WebhookEndpoint:
    found = queries.endpoint(actor_of(request).business.pk, endpoint_id)
    if found is None:
        raise NotFound("webhook_endpoint")
    return found


def _delivery(request: HttpRequest, endpoint_id: str, delivery_id: str) -> WebhookDelivery:
    found = queries.delivery(actor_of(request).business.pk, endpoint_id, delivery_id)
    if found is None:
        raise NotFound("webhook_delivery")
    return found


def _standing(request: HttpRequest, row: WebhookEndpoint) -> dict[str, Any]:
    return _answer(row, queries.standings([row], now=call_of(request).now)[row.pk])


def _answer(row: WebhookEndpoint, standing: Standing) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "url": row.url,
        "description": row.description,
        "eventTypes": row.event_types,
        "withContents": row.with_contents,
        "state": row.state,
        "disabledReason": row.disabled_reason or None,
        "disabledAt": stamp(row.disabled_at),
        "failingSince": stamp(row.failing_since),
        "triesLastDay": standing.tries,
        "successPercent": standing.percent,
        "waiting": standing.waiting,
        "nextAt": stamp(standing.next_at),
        "notDelivered": standing.lost,
        "createdAt": stamp(row.created_at),
    }


def _delivery_answer(row: WebhookDelivery) -> dict[str, Any]:
    message = row.message
    return {
        "id": str(row.public_id),
        "messageId": message.public_id,
        "type": message.type,
        "sequence": message.event_id,
        "object": {"kind": message.object_kind, "id": message.object_id} if message.object_kind else None,
        "state": row.state,
        "tries": row.tries,
        "lastStatus": row.last_status or None,
        "lastCode": row.last_code or None,
        "lastAt": stamp(row.last_at),
        "nextAt": stamp(row.next_at),
        "happenedAt": stamp(message.at),
    }
