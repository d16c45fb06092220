"""What becomes an alert without anybody above asking for it."""

from __future__ import annotations

from qafila.alerts.actions import raise_alert
from qafila.alerts.models import Level
from qafila.events.registry import EventValue, on


@on("event.given_up", "alerts.given_up")
def given_up(event: EventValue) -> None:
    """A consequence of something that happened was not drawn, in eight tries: one alert for each kind and handler."""
    raise_alert(
        "event_given_up",
        business_id=event.business_id,
        level=Level.CRITICAL,
        params={
            "kind": event.data["kind"],
            "handler": event.data["handler"],
            "trouble": event.data["trouble"],
        },
        subject=("handler", str(event.data["handler"])[:64]),
        now=event.at,
    )
