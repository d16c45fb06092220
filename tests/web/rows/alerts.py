"""Alerts."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from qafila.alerts.actions import raise_alert
from qafila.alerts.models import Level
from qafila.alerts.muting import mute
from tests.web.pages import Row
from tests.web.world import Place, World

_READ = "that an alert was seen decides nothing; only deleting one is written down"
_NONE = "00000000-0000-0000-0000-000000000000"


def _raised(world: World) -> None:
    """One about its number, in each business."""
    for place in (world.here, world.there):
        place.more["alert"] = raise_alert(
            "sender_stopped",
            business_id=place.business.pk,
            level=Level.CRITICAL,
            params={"sender": place.sender.name, "reason": "cloud_api.190"},
            subject=("sender", str(place.sender.public_id)),
            now=timezone.now(),
        ).public_id


def _alert(place: Place) -> dict[str, Any]:
    return {"alert_id": place.more.get("alert", _NONE)}


def _delete(place: Place) -> dict[str, Any]:
    return {"action": "delete", "id": [str(_alert(place)["alert_id"])], "expected": "1"}


def _muted(world: World) -> None:
    _raised(world)
    for place in (world.here, world.there):
        made = mute(public_id=place.more["alert"], until=None, actor=place.actor, now=timezone.now())
        place.more["mute"] = made.public_id


ROWS = {
    "alerts:channels": Row(
        post=lambda _: {"least": "warning", "hourly": "1"},
        no_audit="what a person gets by e-mail is their own",
    ),
    "alerts:go": Row(_alert, answers=(302,), before=_raised),
    "alerts:mute": Row(_alert, post=lambda _: {"span": "8"}, audit="alert.muted", before=_raised),
    "alerts:unmute": Row(
        lambda place: {"mute_id": place.more.get("mute", _NONE)},
        post=lambda _: {},
        audit="alert.unmuted",
        before=_muted,
    ),
    "alerts:list": Row(post=_delete, audit="alert.deleted", before=_raised),
    "alerts:read_all": Row(post=lambda _: {}, no_audit=_READ, before=_raised),
    "alerts:read": Row(_alert, post=lambda _: {}, no_audit=_READ, before=_raised),
    "alerts:delete": Row(_alert, post=lambda _: {}, audit="alert.deleted", before=_raised),
}
