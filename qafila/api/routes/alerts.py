"""Alerts: read, marked as read, deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from ninja import Body, Query, Router

from qafila.alerts import actions, muting, queries
from qafila.alerts.effects import effects_of, link_of
from qafila.alerts.saying import says
from qafila.api.auth import needs
from qafila.api.call import actor_of, call_of
from qafila.api.refusals import ApiRefusal
from qafila.api.shapes import alerts as shapes
from qafila.api.shapes.faults import REFUSALS, Refusal
from qafila.kit.stamps import stamp

router = Router(tags=["alerts"])
MOST_ALERTS = 1_000
STATES = {str(view): view for view in queries.View}


@router.get(
    "",
    response={200: shapes.AlertList, REFUSALS: Refusal},
    auth=needs("events:read"),
    summary="List alerts",
)
def list_alerts(
    request: HttpRequest,
    state: str = Query(
        "unread", description="`unread` (open, nobody has read them), `open`, `muted`, or `all`."
    ),
    limit: int = Query(100, ge=1, le=MOST_ALERTS),
    after: str | None = Query(None, description="`nextAfter` of the page before."),
) -> dict[str, Any]:
    """What a person should look at, newest first. What was read leaves the default view; what was deleted leaves all."""
    business, language = actor_of(request).business, call_of(request).language
    if state not in STATES:
        params = {"value": state[:40], "allowed": ", ".join(STATES)}
        raise ApiRefusal(422, "unknown_status", params=params, field="state")
    begin = queries.by_public_id(business.pk, after) if after is not None else None
    if after is not None and begin is None:
        raise ApiRefusal(422, "invalid_cursor", field="after")
    rows = list(queries.viewed(business.pk, STATES[state], after=begin)[:limit])
    effects = effects_of(rows, business_id=business.pk, language=language)
    return {
        "alerts": [_answer(row, effects.get(row.pk), language) for row in rows],
        "unread": sum(queries.unread(business.pk).values()),
        "nextAfter": str(rows[-1].public_id) if len(rows) == limit else None,
    }


@router.post(
    "/read-all",
    response={200: shapes.AllMarked, REFUSALS: Refusal},
    auth=needs("events:write"),
    summary="Mark all alerts as read",
)
def read_all_alerts(request: HttpRequest) -> dict[str, int]:
    """All of the business. They stay open until their trouble is over."""
    return {"marked": actions.mark_all_read(actor=actor_of(request), now=call_of(request).now)}


@router.post(
    "/{alert_id}/read",
    response={200: shapes.AlertMarked, REFUSALS: Refusal},
    auth=needs("events:write"),
    summary="Mark an alert as read",
)
def read_alert(request: HttpRequest, alert_id: str) -> dict[str, Any]:
    """It leaves the default view. It shows again when its trouble comes back after an hour of silence, or grows worse."""
    changed = actions.mark_read(public_id=alert_id, actor=actor_of(request), now=call_of(request).now)
    return {"id": alert_id, "changed": changed}


@router.post(
    "/{alert_id}/mute",
    response={200: shapes.AlertMuted, REFUSALS: Refusal},
    auth=needs("events:write"),
    summary="Mute an alert",
)
def mute_alert(
    request: HttpRequest,
    alert_id: str,
    body: shapes.MuteOrder | None = Body(None),  # noqa: B008 - how the framework marks a body
) -> dict[str, Any]:
    """For everybody in the business it leaves the first views, the badge and the e-mails. It goes on being counted, and
    webhooks say `muted`. Muting it again changes the end."""
    now = call_of(request).now
    until = now + timedelta(minutes=body.minutes) if body and body.minutes else None
    whole_code = bool(body and body.wholeCode)
    made = muting.mute(
        public_id=alert_id, whole_code=whole_code, until=until, actor=actor_of(request), now=now
    )
    return {
        "id": alert_id,
        "muted": True,
        "until": stamp(made.until),
        "wholeCode": made.whole_code,
    }


@router.post(
    "/{alert_id}/unmute",
    response={200: shapes.AlertMarked, REFUSALS: Refusal},
    auth=needs("events:write"),
    summary="End the muting of an alert",
)
def unmute_alert(request: HttpRequest, alert_id: str) -> dict[str, Any]:
    """Also one of every alert with its code."""
    changed = muting.unmute_alert(public_id=alert_id, actor=actor_of(request), now=call_of(request).now)
    return {"id": alert_id, "changed": changed}


@router.delete(
    "/{alert_id}",
    response={200: shapes.AlertMarked, REFUSALS: Refusal},
    auth=needs("events:write"),
    summary="Delete an alert",
)
def delete_alert(request: HttpRequest, alert_id: str) -> dict[str, Any]:
    """It leaves all views. When its trouble comes again, there is a new one."""
    changed = actions.delete(public_id=alert_id, actor=actor_of(request), now=call_of(request).now)
    return {"id": alert_id, "changed": changed}


def _answer(alert: Any, effect: str | None, language: str) -> dict[str, Any]:
    """:param alert: an :class:`Alert` with ``muted``, which its type does not know."""
    said = says(alert, language)
    subject = {"kind": alert.subject_kind, "id": alert.subject_id} if alert.subject_kind else None
    return {
        "id": str(alert.public_id),
        "level": alert.level,
        "code": alert.code,
        "message": said.sentence,
        "cause": said.cause or None,
        "step": said.step or None,
        "effect": effect,
        "link": link_of(alert),
        "subject": subject,
        "count": alert.count,
        "muted": alert.muted,
        "openedAt": stamp(alert.opened_at),
        "lastAt": stamp(alert.last_at),
        "readAt": stamp(alert.read_at),
        "closedAt": stamp(alert.closed_at),
    }
