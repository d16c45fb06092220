"""Reading phone numbers, accounts and portfolios."""

import base64
from typing import Any

from wa_sandbox.graph import health, templates
from wa_sandbox.graph.asked_fields import asked_fields
from wa_sandbox.graph.listing import chosen, expanded, page
from wa_sandbox.graph.request import GraphRequest
from wa_sandbox.graph.row_choice import chosen_rows
from wa_sandbox.people.identity import dial_code_of, region_of
from wa_sandbox.rules.tiers import tier
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import PhoneNumber, Portfolio, Waba

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
PHONE_SORTABLE = (
    "id",
    "display_phone_number",
    "verified_name",
    "quality_rating",
    "status",
    "code_verification_status",
    "name_status",
    "new_name_status",
    "account_mode",
    "platform_type",
    "is_official_business_account",
    "is_pin_enabled",
    "is_on_biz_app",
    "country_code",
    "country_dial_code",
    "search_visibility",
    "username",
    "last_onboarded_time",
    "messaging_limit_tier",
    "whatsapp_business_manager_messaging_limit",
)
WABA_DEFAULT = ("id", "name", "timezone_id", "message_template_namespace")


def get_phone_number(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`GET /{phone_number_id}?fields=`."""
    return chosen(request.fields, _phone_values(box, number), PHONE_DEFAULT)


def list_phone_numbers(box: Sandbox, request: GraphRequest, waba: Waba) -> dict[str, Any]:
    """`GET /{waba_id}/phone_numbers?filtering=&sort=`, paged."""
    numbers = [number for number in box.world.phone_numbers.values() if number.waba_id == waba.id]
    rows = chosen_rows(request, [_phone_values(box, number) for number in numbers], PHONE_SORTABLE)
    return page(request, [chosen(request.fields, row, PHONE_DEFAULT) for row in rows])


def get_waba(box: Sandbox, request: GraphRequest, waba: Waba) -> dict[str, Any]:
    """`GET /{waba_id}?fields=`."""
    return chosen(request.fields, _waba_values(box, request, waba), WABA_DEFAULT)


def _waba_values(box: Sandbox, request: GraphRequest, waba: Waba) -> dict[str, Any]:
    portfolio = box.world.portfolio_of(waba.id)
    return {
        "id": waba.id,
        "name": waba.name,
        "currency": waba.currency,
        "timezone_id": waba.timezone_id,
        "message_template_namespace": f"sandbox_{waba.id}",
        "account_review_status": waba.review,
        "business_verification_status": "verified",
        "country": "US",
        "ownership_type": "SELF",
        "owner_business_info": {"id": portfolio.id, "name": portfolio.name},
        "status": "ACTIVE" if waba.state == "ok" else "RESTRICTED",
        "health_status": health.of_waba(box, waba) if "health_status" in request.fields else None,
        "whatsapp_business_manager_messaging_limit": tier(portfolio.limit),
        "is_enabled_for_insights": True,
        "marketing_messages_lite_api_status": "ONBOARDED",
        "primary_business_location": "US",
        "phone_numbers": lambda inner: expanded(
            [
                chosen(asked_fields(inner), _phone_values(box, number), PHONE_DEFAULT)
                for number in box.world.phone_numbers.values()
                if number.waba_id == waba.id
            ]
        ),
        "message_templates": lambda inner: expanded(templates.rows_of(box, waba, asked_fields(inner))),
    }


def get_portfolio(box: Sandbox, request: GraphRequest, portfolio: Portfolio) -> dict[str, Any]:
    """`GET /{business_portfolio_id}?fields=`."""
    values = {
        "id": portfolio.id,
        "name": portfolio.name,
        "verification_status": "verified",
        "whatsapp_business_manager_messaging_limit": tier(portfolio.limit),
        "timezone_id": "1",
        "health_status": health.of_portfolio(box, portfolio),
        "owned_whatsapp_business_accounts": lambda inner: expanded(
            _waba_rows(box, request, portfolio, asked_fields(inner))
        ),
    }
    return chosen(request.fields, values, ("id", "name"))


def list_wabas(box: Sandbox, request: GraphRequest, portfolio: Portfolio) -> dict[str, Any]:
    """`GET /{business_portfolio_id}/owned_whatsapp_business_accounts`."""
    return page(request, _waba_rows(box, request, portfolio, request.fields))


def _waba_rows(
    box: Sandbox, request: GraphRequest, portfolio: Portfolio, fields: dict[str, str]
) -> list[dict[str, Any]]:
    token = box.world.tokens.get(request.token or "")
    return [
        chosen(fields, _waba_values(box, request, waba), WABA_DEFAULT)
        for waba in box.world.wabas.values()
        if waba.portfolio_id == portfolio.id and (token is None or token.may_use(waba.id))
    ]


def list_client_wabas(box: Sandbox, request: GraphRequest, portfolio: Portfolio) -> dict[str, Any]:
    """`GET /{business_portfolio_id}/client_whatsapp_business_accounts`: nobody shares accounts here."""
    return page(request, [])


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
        "new_name_status": number.new_name_status,
        "account_mode": number.account_mode,
        "platform_type": "NOT_APPLICABLE" if number.status == "PENDING" else "CLOUD_API",
        "throughput": {"level": number.throughput_level},
        "is_official_business_account": number.is_official_business_account,
        "is_pin_enabled": number.pin is not None,
        "is_on_biz_app": number.is_on_biz_app,
        "is_preverified_number": False,
        "certificate": certificate_of(number.verified_name),
        "new_certificate": certificate_of(number.requested_name) if number.requested_name else None,
        "country_code": region_of(number.digits),
        "country_dial_code": dial_code_of(number.digits),
        "search_visibility": "NON_VISIBLE",
        "eligibility_for_api_business_global_search": "NON_ELIGIBLE",
        "host_platform": "CLOUD_API",
        "username": number.username,
        "conversational_automation": {**number.automation, "id": number.id} if number.automation else None,
        "last_onboarded_time": "2026-01-01T00:00:00+0000",
        "messaging_limit_tier": tier(portfolio.limit),
        "whatsapp_business_manager_messaging_limit": tier(portfolio.limit),
        "health_status": health.of_phone_number(box, number),
        "webhook_configuration": _webhook_configuration(box, number, waba),
    }


def certificate_of(name: str) -> str:
    """A stand-in for the certificate of a display name: opaque, and another for another name."""
    return base64.b64encode(f"sandbox certificate of {name}".encode()).decode()


def _webhook_configuration(box: Sandbox, number: PhoneNumber, waba: Waba) -> dict[str, str] | None:
    urls = {
        "phone_number": number.override_callback_uri,
        "whatsapp_business_account": waba.override_callback_uri,
        "application": box.world.app.webhook_url,
    }
    return {name: url for name, url in urls.items() if url} or None
