"""Webhooks about templates, numbers, accounts and portfolios: what changed, in the shapes of Meta's reference.

Each event follows from comparing a record before and after, so every way of changing it (Graph, review, admin call)
tells the client the same.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from wa_sandbox.rules.tiers import tier
from wa_sandbox.webhooks.payloads import Event
from wa_sandbox.world.records import BUSINESS_INITIATED, PhoneNumber, Portfolio, Template, Waba
from wa_sandbox.world.registry import World

RESTRICTION_SECONDS = 7 * 86_400
_PAUSES = {
    1: ("FIRST_PAUSE", "The template was paused for 3 hours because people gave negative feedback."),
    2: ("SECOND_PAUSE", "The template was paused for 6 hours because people gave negative feedback."),
}
_WHY = {
    "INVALID_FORMAT": (
        "The format of the template is not valid.",
        "Check placeholders and links, then edit the template.",
    ),
    "ABUSIVE_CONTENT": (
        "The template asks for sensitive information.",
        "Remove that part, then edit the template.",
    ),
}


def account_event(
    waba_id: str, field: str, value: dict[str, Any], now: float, entry_id: str | None = None
) -> Event:
    """An event that concerns an account as a whole: its value, with the time in the entry."""
    return Event(waba_id=waba_id, kind="value", field=field, entry=value, at=now, entry_id=entry_id)


def told_changes(world: World, before: Any, data: Mapping[str, Any], *, op: str, now: float) -> list[Event]:
    """The events of a change. `before`: the record as it was, None when it is new."""
    if before is None:
        return []
    if op == "remove":
        if isinstance(before, Template) and data.get("at") is not None:
            return [_template_status(before, "DELETED", now)]
        return []
    after = getattr(world, data["kind"]).get(before.id)
    if isinstance(after, Template):
        return _template(before, after, now)
    if isinstance(after, PhoneNumber):
        return _number(before, after, world.portfolio_of(after.waba_id), now)
    if isinstance(after, Waba):
        return _waba(before, after, now)
    if isinstance(after, Portfolio) and after.limit != before.limit:
        return [
            account_event(waba.id, "business_capability_update", capability(after), now)
            for waba in world.wabas.values()
            if waba.portfolio_id == after.id
        ]
    return []


def capability(portfolio: Portfolio) -> dict[str, Any]:
    """The value of `business_capability_update`; -1 stands for no limit."""
    limit = -1 if portfolio.limit is None else portfolio.limit
    small = portfolio.limit is not None and portfolio.limit <= 250
    return {
        "max_daily_conversations_per_business": limit,
        "max_phone_numbers_per_business" if small else "max_phone_numbers_per_waba": 2 if small else 25,
    }


def _template(before: Template, after: Template, now: float) -> list[Event]:
    events = []
    names = _names(after)
    if after.status != before.status:
        events.append(_template_status(after, after.status, now))
    if after.category != before.category:
        value = {**names, "previous_category": before.category, "new_category": after.category}
        events.append(account_event(after.waba_id, "template_category_update", value, now))
    if after.quality != before.quality:
        value = {"previous_quality_score": before.quality, "new_quality_score": after.quality, **names}
        events.append(account_event(after.waba_id, "message_template_quality_update", value, now))
    if after.components != before.components:
        value = {**names, **_elements(after)}
        events.append(account_event(after.waba_id, "message_template_components_update", value, now))
    return events


def _names(template: Template) -> dict[str, Any]:
    numeric = int(template.id) if template.id.isdecimal() else template.id
    return {
        "message_template_id": numeric,
        "message_template_name": template.name,
        "message_template_language": template.language,
    }


def _template_status(template: Template, status: str, now: float) -> Event:
    value: dict[str, Any] = {
        "event": status,
        **_names(template),
        "message_template_category": template.category,
        "reason": template.rejected_reason if status == "REJECTED" else "NONE",
    }
    if status == "REJECTED":
        reason, step = _WHY.get(
            template.rejected_reason, ("The template does not follow the policy.", "Edit the template.")
        )
        value["rejection_info"] = {"reason": reason, "recommendation": step}
    elif status == "PAUSED":
        title, words = _PAUSES.get(template.pauses, ("RATE_LIMITING_PAUSE", "The template was paused."))
        value["other_info"] = {"title": title, "description": words}
    elif status == "DISABLED":
        value["disable_info"] = {"disable_date": int(now)}
    return account_event(template.waba_id, "message_template_status_update", value, now)


def _elements(template: Template) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind, name in (("BODY", "element"), ("HEADER", "title"), ("FOOTER", "footer")):
        component = template.component(kind)
        if component is not None and component.get("text"):
            found[f"message_template_{name}"] = component["text"]
    buttons = template.component("BUTTONS")
    if buttons is not None:
        found["message_template_buttons"] = [
            {
                "message_template_button_type": str(button.get("type", "")).upper(),
                "message_template_button_text": str(button.get("text", "")),
                **({"message_template_button_url": button["url"]} if button.get("url") else {}),
                **(
                    {"message_template_button_phone_number": button["phone_number"]}
                    if button.get("phone_number")
                    else {}
                ),
            }
            for button in buttons.get("buttons") or []
        ]
    return found


def _number(before: PhoneNumber, after: PhoneNumber, portfolio: Portfolio, now: float) -> list[Event]:
    events = []
    shown = {"display_phone_number": after.digits}
    if before.throughput_level == "STANDARD" and after.throughput_level == "HIGH":
        value = {
            **shown,
            "event": "THROUGHPUT_UPGRADE",
            "max_daily_conversations_per_business": tier(portfolio.limit),
        }
        events.append(account_event(after.waba_id, "phone_number_quality_update", value, now))
    decided = after.new_name_status if after.new_name_status != before.new_name_status else after.name_status
    changed = (after.new_name_status, after.name_status) != (before.new_name_status, before.name_status)
    if changed and decided in ("APPROVED", "DECLINED", "DEFERRED"):
        value = {
            **shown,
            "decision": "REJECTED" if decided == "DECLINED" else decided,
            "requested_verified_name": before.requested_name or after.verified_name,
            "rejection_reason": "NAME_NOT_CONSISTENT" if decided == "DECLINED" else "NONE",
        }
        events.append(account_event(after.waba_id, "phone_number_name_update", value, now))
    if after.pin is not None and after.pin != before.pin:
        value = {**shown, "event": "PIN_CHANGED", "requester": "61555822107539"}
        events.append(account_event(after.waba_id, "security", value, now))
    return events


def _waba(before: Waba, after: Waba, now: float) -> list[Event]:
    """A ban is told, and its end. No webhook is known for the end of a restriction or of trouble with paying."""
    events = []
    if after.review != before.review:
        value: dict[str, Any] = {"decision": after.review}
        events.append(account_event(after.id, "account_review_update", value, now))
    if after.restrictions and after.restrictions != before.restrictions:
        value = restriction(after.restrictions)
        events.append(account_event(after.id, "account_update", value, now))
    if after.state == before.state:
        return events
    if before.state == "locked":
        events.append(account_event(after.id, "account_update", _ban("REINSTATE", now), now))
    if after.state == "locked":
        events.append(account_event(after.id, "account_update", _ban("DISABLE", now), now))
    elif after.state == "policy":
        ends = int(now) + RESTRICTION_SECONDS
        value = restriction({BUSINESS_INITIATED: ends, "RESTRICTED_ADD_PHONE_NUMBER_ACTION": ends})
        events.append(account_event(after.id, "account_update", value, now))
    elif after.state == "payment":
        alert = {
            "alert_severity": "CRITICAL",
            "alert_status": "ACTIVE",
            "alert_type": "PAYMENT_METHOD_ISSUE",
            "alert_description": "Messages are not sent until a valid payment method is added.",
        }
        value = {"entity_type": "WABA", "entity_id": after.id, "alert_info": alert}
        events.append(account_event(after.id, "account_alerts", value, now))
    return events


def restriction(ends: Mapping[str, int]) -> dict[str, Any]:
    """The value of `account_update` for what is forbidden: each type with its end."""
    return {
        "event": "ACCOUNT_RESTRICTION",
        "restriction_info": [{"restriction_type": kind, "expiration": until} for kind, until in ends.items()],
    }


def _ban(state: str, now: float) -> dict[str, Any]:
    date = datetime.fromtimestamp(now, tz=UTC).strftime("%B %d, %Y")
    return {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": state, "waba_ban_date": date}}
