"""Reading and registering phone numbers and accounts."""

from typing import Any

from wa_sandbox.graph import health
from wa_sandbox.graph.errors import Refusal
from wa_sandbox.graph.listing import chosen, page
from wa_sandbox.graph.request import GraphRequest
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import PhoneNumber, Waba

PHONE_DEFAULT = (
    "verified_name",
    "code_verification_status",
    "display_phone_number",
    "quality_rating",
    "platform_type",
    "throughput",
    "webhook_configuration",
    "last_onboarded_time",
    "id",
)
WABA_DEFAULT = ("id", "name", "timezone_id", "message_template_namespace")
TIERS = ((250, "TIER_250"), (2_000, "TIER_2K"), (10_000, "TIER_10K"), (100_000, "TIER_100K"))


def tier(limit: int | None) -> str:
    """The name of a portfolio's messaging limit."""
    if limit is None:
        return "TIER_UNLIMITED"
    if limit <= 50:
        return "TIER_50"
    return next((name for top, name in TIERS if limit <= top), "TIER_UNLIMITED")


def get_phone_number(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`GET /{phone_number_id}?fields=`."""
    return chosen(request.fields, _phone_values(box, number), PHONE_DEFAULT)


def list_phone_numbers(box: Sandbox, request: GraphRequest, waba: Waba) -> dict[str, Any]:
    """`GET /{waba_id}/phone_numbers`."""
    numbers = [number for number in box.world.phone_numbers.values() if number.waba_id == waba.id]
    return page(
        request, [chosen(request.fields, _phone_values(box, number), PHONE_DEFAULT) for number in numbers]
    )


def get_waba(box: Sandbox, request: GraphRequest, waba: Waba) -> dict[str, Any]:
    """`GET /{waba_id}?fields=`."""
    portfolio = box.world.portfolio_of(waba.id)
    values = {
        "id": waba.id,
        "name": waba.name,
        "currency": waba.currency,
        "timezone_id": waba.timezone_id,
        "message_template_namespace": f"sandbox_{waba.id}",
        "account_review_status": "APPROVED",
        "business_verification_status": "verified",
        "country": "US",
        "ownership_type": "SELF",
        "owner_business_info": {"id": portfolio.id, "name": portfolio.name},
        "status": "ACTIVE" if waba.state == "ok" else "RESTRICTED",
        "health_status": health.of_waba(box, waba) if "health_status" in request.fields else None,
        "whatsapp_business_manager_messaging_limit": tier(portfolio.limit),
    }
    return chosen(request.fields, values, WABA_DEFAULT)


def register(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`POST /{phone_number_id}/register`."""
    body = request.body if isinstance(request.body, dict) else {}
    pin = str(body.get("pin", ""))
    if len(pin) != 6 or not pin.isdigit():
        raise Refusal(100, title="The parameter pin is required.", plain=True)
    box.change("put", kind="phone_numbers", record={"id": number.id, "status": "CONNECTED"})
    return {"success": True}


def deregister(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`POST /{phone_number_id}/deregister`: sending then answers 133010."""
    box.change("put", kind="phone_numbers", record={"id": number.id, "status": "DISCONNECTED"})
    return {"success": True}


def get_profile(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`GET /{phone_number_id}/whatsapp_business_profile?fields=`: every field that is asked for."""
    values: dict[str, Any] = {
        "about": "A business in a sandbox",
        "address": "1 Sandbox Street",
        "description": number.verified_name,
        "email": "shop@example.com",
        "profile_picture_url": "",
        "websites": ["https://example.com/"],
        "vertical": "RETAIL",
        "messaging_product": "whatsapp",
    }
    asked = [name for name in request.fields if name in values] or ["messaging_product"]
    return {"data": [{name: values[name] for name in dict.fromkeys([*asked, "messaging_product"])}]}


def _phone_values(box: Sandbox, number: PhoneNumber) -> dict[str, Any]:
    rating = box.quality_of(number, box.clock.now())
    portfolio = box.world.portfolio_of(number.waba_id)
    waba = box.world.wabas[number.waba_id]
    return {
        "id": number.id,
        "display_phone_number": number.display_phone_number,
        "verified_name": number.verified_name,
        "quality_rating": rating,
        "quality_score": {"score": rating},
        "status": number.status,
        "code_verification_status": number.code_verification_status,
        "name_status": number.name_status,
        "new_name_status": "NONE",
        "account_mode": number.account_mode,
        "platform_type": "CLOUD_API",
        "throughput": {"level": number.throughput_level},
        "is_official_business_account": number.is_official_business_account,
        "is_pin_enabled": True,
        "is_on_biz_app": False,
        "certificate": "",
        "country_code": number.digits[:1],
        "last_onboarded_time": "2026-01-01T00:00:00+0000",
        "messaging_limit_tier": tier(portfolio.limit),
        "whatsapp_business_manager_messaging_limit": tier(portfolio.limit),
        "health_status": health.of_phone_number(box, number),
        "webhook_configuration": _webhook_configuration(box, number, waba),
    }


def _webhook_configuration(box: Sandbox, number: PhoneNumber, waba: Waba) -> dict[str, str] | None:
    urls = {
        "phone_number": number.override_callback_uri,
        "whatsapp_business_account": waba.override_callback_uri,
        "application": box.world.app.webhook_url,
    }
    return {name: url for name, url in urls.items() if url} or None
