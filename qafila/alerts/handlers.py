"""What becomes an alert without anybody above asking for it."""

from __future__ import annotations

from qafila.alerts.actions import close_alerts, close_all_about, raise_alert
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


@on("webhook.endpoint_disabled", "alerts.webhooks")
def endpoint_off(event: EventValue) -> None:
    """A customer's address hears of nothing any more until a person acts."""
    raise_alert(
        "webhook_endpoint_off",
        business_id=event.business_id,
        level=Level.WARNING,
        params={"host": event.data["host"]},
        subject=(event.subject_kind, event.subject_id),
        now=event.at,
    )


@on("webhook.endpoint_enabled", "alerts.webhooks")
def endpoint_on(event: EventValue) -> None:
    """It is on again, or gone with its trouble."""
    close_alerts(
        ("webhook_endpoint_off",),
        business_id=event.business_id,
        subject=(event.subject_kind, event.subject_id),
        raised_before=event.at,
        now=event.at,
    )


@on("sender.state_changed", "alerts.over")
def sender_works(event: EventValue) -> None:
    """A number is ready again: what was raised before that about its state is over. Of one that was deleted all is."""
    if event.data["to"] == "deleted":
        close_all_about((event.subject_kind, event.subject_id), business_id=event.business_id, now=event.at)
    if event.data["to"] in ("stopped", "not_connected"):
        # That says more than a session that does not come up.
        close_alerts(
            ("link_away",),
            business_id=event.business_id,
            subject=(event.subject_kind, event.subject_id),
            raised_before=event.at,
            now=event.at,
        )
    if event.data["to"] == "ready":
        close_alerts(
            ("sender_stopped", "sender_resting"),
            business_id=event.business_id,
            subject=(event.subject_kind, event.subject_id),
            raised_before=event.at,
            now=event.at,
        )


@on("account.state_changed", "alerts.over")
def account_works(event: EventValue) -> None:
    """The same for a provider account."""
    if event.data["to"] == "ok":
        close_alerts(
            ("account_stopped",),
            business_id=event.business_id,
            subject=(event.subject_kind, event.subject_id),
            raised_before=event.at,
            now=event.at,
        )
