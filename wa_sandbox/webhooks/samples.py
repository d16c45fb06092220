"""One example of every webhook about accounts, numbers and templates that Meta's reference lists, to be sent on demand.

Each is made for the first account, number and template there is, so that a client finds its own ids in it. Shapes:
provider facts A8 and Meta's webhook reference (2026). `account_alerts` is put together from clients' code (UNVERIFIED).
"""

from collections.abc import Callable
from typing import Any, Final

from wa_sandbox.graph.errors import webhook_error
from wa_sandbox.webhooks.changes import account_event, capability, restriction
from wa_sandbox.webhooks.payloads import Event
from wa_sandbox.world.records import BUSINESS_INITIATED, CUSTOMER_INITIATED, Template
from wa_sandbox.world.registry import World

FIELDS: Final = (
    "messages",
    "smb_message_echoes",
    "account_update",
    "account_alerts",
    "account_review_update",
    "phone_number_quality_update",
    "phone_number_name_update",
    "business_capability_update",
    "message_template_status_update",
    "message_template_quality_update",
    "message_template_components_update",
    "template_category_update",
    "user_preferences",
    "security",
)
DAY_SECONDS = 86_400

Value = Callable[[World, str, float], dict[str, Any]]


def _fixed(**value: Any) -> Value:
    return lambda world, waba_id, now: dict(value)


def _ban(state: str) -> Value:
    return _fixed(
        event="DISABLED_UPDATE", ban_info={"waba_ban_state": state, "waba_ban_date": "November 21, 2026"}
    )


def _restriction(*kinds: str) -> Value:
    def value(world: World, waba_id: str, now: float) -> dict[str, Any]:
        return restriction(dict.fromkeys(kinds, int(now) + 7 * DAY_SECONDS))

    return value


def _partner(event: str) -> Value:
    def value(world: World, waba_id: str, now: float) -> dict[str, Any]:
        owner = world.wabas[waba_id].portfolio_id
        return {"event": event, "waba_info": {"waba_id": waba_id, "owner_business_id": owner}}

    return value


def _ad_account(world: World, waba_id: str, now: float) -> dict[str, Any]:
    owner = world.wabas[waba_id].portfolio_id
    info = {"waba_id": waba_id, "owner_business_id": owner, "ad_account_linked": "1410410867548573"}
    return {"event": "AD_ACCOUNT_LINKED", "waba_info": info}


def _tier(world: World, waba_id: str, now: float) -> dict[str, Any]:
    info = {
        "tier_update_time": int(now),
        "pricing_category": "UTILITY",
        "tier": "25000001:50000000",
        "effective_month": "2026-11",
        "region": "India",
    }
    return {"event": "VOLUME_BASED_PRICING_TIER_UPDATE", "volume_tier_info": info}


def _alert(kind: str, severity: str, words: str) -> Value:
    def value(world: World, waba_id: str, now: float) -> dict[str, Any]:
        info = {
            "alert_severity": severity,
            "alert_status": "NONE" if severity == "INFORMATIONAL" else "ACTIVE",
            "alert_type": kind,
            "alert_description": words,
        }
        return {"entity_type": "WABA", "entity_id": waba_id, "alert_info": info}

    return value


def _of_number(**value: Any) -> Value:
    def make(world: World, waba_id: str, now: float) -> dict[str, Any]:
        digits = next((n.digits for n in world.phone_numbers.values() if n.waba_id == waba_id), "15550000000")
        return {"display_phone_number": digits, **value}

    return make


def _errors(world: World, waba_id: str, now: float) -> dict[str, Any]:
    number = next(number for number in world.phone_numbers.values() if number.waba_id == waba_id)
    return {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": number.digits, "phone_number_id": number.id},
        "errors": [webhook_error(130429)],
    }


def _capability(world: World, waba_id: str, now: float) -> dict[str, Any]:
    return capability(world.portfolio_of(waba_id))


def _of_template(**value: Any) -> Value:
    def make(world: World, waba_id: str, now: float) -> dict[str, Any]:
        mine = (template for template in world.templates.values() if template.waba_id == waba_id)
        found = next(mine, Template("900100000000001", waba_id, "a_template", "en", []))
        return {
            **{key: int(now) if part == "NOW" else part for key, part in value.items()},
            "message_template_id": int(found.id) if found.id.isdecimal() else found.id,
            "message_template_name": found.name,
            "message_template_language": found.language,
        }

    return make


def _template_status(event: str, **more: Any) -> Value:
    return _of_template(event=event, message_template_category="UTILITY", **({"reason": "NONE"} | more))


# name → field, value. Names of one field begin with it.
SAMPLES: Final[dict[str, tuple[str, Value]]] = {
    "messages/errors": ("messages", _errors),
    "account_update/ACCOUNT_VIOLATION": (
        "account_update",
        _fixed(event="ACCOUNT_VIOLATION", violation_info={"violation_type": "ADULT"}),
    ),
    "account_update/ACCOUNT_RESTRICTION": (
        "account_update",
        _restriction(BUSINESS_INITIATED, "RESTRICTED_ADD_PHONE_NUMBER_ACTION"),
    ),
    "account_update/ACCOUNT_RESTRICTION_OF_ANSWERS": (
        "account_update",
        _restriction(BUSINESS_INITIATED, CUSTOMER_INITIATED, "RESTRICTED_ADD_PHONE_NUMBER_ACTION"),
    ),
    "account_update/SCHEDULE_FOR_DISABLE": ("account_update", _ban("SCHEDULE_FOR_DISABLE")),
    "account_update/DISABLE": ("account_update", _ban("DISABLE")),
    "account_update/REINSTATE": ("account_update", _ban("REINSTATE")),
    "account_update/ACCOUNT_DELETED": ("account_update", _fixed(event="ACCOUNT_DELETED")),
    "account_update/ACCOUNT_OFFBOARDED": ("account_update", _fixed(event="ACCOUNT_OFFBOARDED")),
    "account_update/ACCOUNT_RECONNECTED": ("account_update", _fixed(event="ACCOUNT_RECONNECTED")),
    "account_update/AD_ACCOUNT_LINKED": ("account_update", _ad_account),
    "account_update/PARTNER_ADDED": ("account_update", _partner("PARTNER_ADDED")),
    "account_update/PARTNER_REMOVED": ("account_update", _partner("PARTNER_REMOVED")),
    "account_update/VOLUME_BASED_PRICING_TIER_UPDATE": ("account_update", _tier),
    "account_alerts/OBA_APPROVED": (
        "account_alerts",
        _alert("OBA_APPROVED", "INFORMATIONAL", "The official business account was approved."),
    ),
    "account_alerts/PAYMENT_METHOD_ISSUE": (
        "account_alerts",
        _alert("PAYMENT_METHOD_ISSUE", "CRITICAL", "Add a valid payment method."),
    ),
    "account_review_update/APPROVED": ("account_review_update", _fixed(decision="APPROVED")),
    "account_review_update/REJECTED": ("account_review_update", _fixed(decision="REJECTED")),
    "phone_number_quality_update/THROUGHPUT_UPGRADE": (
        "phone_number_quality_update",
        _of_number(
            event="THROUGHPUT_UPGRADE",
            current_limit="TIER_UNLIMITED",
            max_daily_conversations_per_business="TIER_UNLIMITED",
        ),
    ),
    "phone_number_quality_update/ONBOARDING": (
        "phone_number_quality_update",
        _of_number(
            event="ONBOARDING", current_limit="TIER_250", max_daily_conversations_per_business="TIER_250"
        ),
    ),
    "phone_number_name_update/APPROVED": (
        "phone_number_name_update",
        _of_number(decision="APPROVED", requested_verified_name="Sandbox Shop", rejection_reason="NONE"),
    ),
    "phone_number_name_update/REJECTED": (
        "phone_number_name_update",
        _of_number(
            decision="REJECTED", requested_verified_name="Best Shop", rejection_reason="NAME_NOT_CONSISTENT"
        ),
    ),
    "business_capability_update": ("business_capability_update", _capability),
    "message_template_status_update/APPROVED": (
        "message_template_status_update",
        _template_status("APPROVED"),
    ),
    "message_template_status_update/REJECTED": (
        "message_template_status_update",
        _template_status(
            "REJECTED",
            reason="INVALID_FORMAT",
            rejection_info={
                "reason": "The format is not valid.",
                "recommendation": "Check the placeholders.",
            },
        ),
    ),
    "message_template_status_update/PAUSED": (
        "message_template_status_update",
        _template_status("PAUSED", other_info={"title": "FIRST_PAUSE", "description": "Paused for 3 hours."}),
    ),
    "message_template_status_update/DISABLED": (
        "message_template_status_update",
        _template_status("DISABLED", disable_info={"disable_date": 1_795_219_200}),
    ),
    "message_template_status_update/FLAGGED": ("message_template_status_update", _template_status("FLAGGED")),
    "message_template_status_update/PENDING_DELETION": (
        "message_template_status_update",
        _template_status("PENDING_DELETION"),
    ),
    "message_template_quality_update": (
        "message_template_quality_update",
        _of_template(previous_quality_score="GREEN", new_quality_score="YELLOW"),
    ),
    "message_template_components_update": (
        "message_template_components_update",
        _of_template(message_template_element="Dear {{1}}, your order is ready."),
    ),
    "template_category_update": (
        "template_category_update",
        _of_template(previous_category="UTILITY", new_category="MARKETING"),
    ),
    "template_category_update/CORRECT": (
        "template_category_update",
        _of_template(correct_category="MARKETING", new_category="UTILITY", category_update_timestamp="NOW"),
    ),
    "security/PIN_CHANGED": ("security", _of_number(event="PIN_CHANGED", requester="61555822107539")),
    "security/PIN_RESET_REQUEST": (
        "security",
        _of_number(event="PIN_RESET_REQUEST", requester="61555822107539"),
    ),
    "security/PIN_RESET_SUCCESS": ("security", _of_number(event="PIN_RESET_SUCCESS")),
}


def sample_event(world: World, name: str, waba_id: str, now: float) -> Event:
    """The event of a sample for an account. Partner events come under the portfolio's id, as Meta's examples do."""
    field, value = SAMPLES[name]
    entry_id = world.wabas[waba_id].portfolio_id if "/PARTNER_" in name else None
    at = 0.0 if field == "messages" else now
    return account_event(waba_id, field, value(world, waba_id, now), at, entry_id)
