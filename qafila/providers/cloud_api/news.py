"""Webhooks about numbers, accounts and templates, as notices in the house's own words.

A value that Meta adds tomorrow makes no notice, and the event is kept all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from qafila.providers.cloud_api.numbers import LIMITS
from qafila.providers.notices import (
    AccountNotice,
    LimitNotice,
    Notice,
    NumberNotice,
    Restricts,
    TemplateNotice,
    Weight,
)
from qafila.providers.reading import Unreadable, member, moment, words

_THROUGHPUT = {"THROUGHPUT_UPGRADE": "HIGH"}
_NAME_STATUS = {
    "APPROVED": "APPROVED",
    "DECLINED": "DECLINED",
    "REJECTED": "DECLINED",
    "DEFERRED": "PENDING_REVIEW",
}
_BANS = {
    "DISABLE": ("disabled", Weight.CRITICAL, True, False),
    "SCHEDULE_FOR_DISABLE": ("disabling", Weight.CRITICAL, False, False),
    "REINSTATE": ("reinstated", Weight.INFO, False, True),
}
_RESTRICTIONS = {
    "RESTRICTED_BIZ_INITIATED_MESSAGING": (Restricts.CHATS, Weight.CRITICAL),
    "RESTRICTED_CUSTOMER_INITIATED_MESSAGING": (Restricts.ANSWERS, Weight.CRITICAL),
    "RESTRICTED_ADD_PHONE_NUMBER_ACTION": (Restricts.NUMBERS, Weight.WARNING),
    # Calls, and templates for purposes of their own: nothing that is sent here waits for them.
    "RESTRICTED_BIZ_INITIATED_AND_USER_INITIATED_CALLING": (Restricts.OTHER, Weight.WARNING),
    "RESTRICTED_BUSINESS_INITIATED_CALLING": (Restricts.OTHER, Weight.WARNING),
    "RESTRICTED_USER_INITIATED_CALLING": (Restricts.OTHER, Weight.WARNING),
    "RESTRICTED_USER_INITIATED_CALLING_CALL_BUTTON_HIDDEN": (Restricts.OTHER, Weight.WARNING),
    "RESTRICTED_DIRECT_SEND_UTILITY_TEMPLATES": (Restricts.OTHER, Weight.WARNING),
    "RESTRICTED_UTILITY_TEMPLATES": (Restricts.OTHER, Weight.WARNING),
}
"""Meta's reference of ``account_update``, 2026."""
_SEVERITIES = {
    "INFORMATIONAL": Weight.INFO,
    "INFO": Weight.INFO,
    "WARNING": Weight.WARNING,
    "CRITICAL": Weight.CRITICAL,
}
_ACCOUNT_EVENTS: dict[str, tuple[str, Weight, bool, bool]] = {
    "ACCOUNT_DELETED": ("deleted", Weight.CRITICAL, True, False),
    "ACCOUNT_OFFBOARDED": ("disconnected", Weight.CRITICAL, True, False),
    "PARTNER_REMOVED": ("partner_removed", Weight.WARNING, False, False),
    "ACCOUNT_RECONNECTED": ("reconnected", Weight.INFO, False, True),
}
"""Event to our code, its weight, whether it stops sending, whether it ends that."""


def notices(field: str, value: Mapping[str, Any]) -> tuple[Notice, ...]:
    """What a webhook's value means; nothing where it says nothing that changes anything."""
    reader = _READERS.get(field)
    return tuple(reader(value)) if reader else ()


def _quality(value: Mapping[str, Any]) -> list[Notice]:
    """``phone_number_quality_update``: throughput and limit. Older ones say FLAGGED (quality low) and UNFLAGGED."""
    event, phone = words(value.get("event")), words(value.get("display_phone_number"))
    found: list[Notice] = []
    if event in _THROUGHPUT:
        found.append(NumberNotice(phone=phone, throughput=_THROUGHPUT[event]))
    if event in ("FLAGGED", "UNFLAGGED"):
        found.append(NumberNotice(phone=phone, quality="RED" if event == "FLAGGED" else "GREEN"))
    # The portfolio's limit is what counts; current_limit is the number's, which Meta takes away.
    tier = words(value.get("max_daily_conversations_per_business"))
    if tier in LIMITS:
        found.append(LimitNotice(LIMITS[tier]))
    return found or [NumberNotice(phone=phone)]


def _capability(value: Mapping[str, Any]) -> list[Notice]:
    """``business_capability_update``: -1 is without limit."""
    people = value.get("max_daily_conversations_per_business", value.get("max_daily_conversation_per_phone"))
    if isinstance(people, str) and people in LIMITS:
        return [LimitNotice(LIMITS[people])]
    if not isinstance(people, int) or isinstance(people, bool) or people == 0 or people < -1:
        return []
    return [LimitNotice(None if people == -1 else people)]


def _account(value: Mapping[str, Any]) -> list[Notice]:
    """``account_update``: restrictions, violations, bans, and what becomes of the account."""
    event = words(value.get("event"))
    if event == "ACCOUNT_RESTRICTION":
        return _restrictions(value.get("restriction_info"))
    if event == "ACCOUNT_VIOLATION":
        kind = words(member(value, "violation_info", "violation_type"))
        return [AccountNotice("violation", Weight.CRITICAL, detail=kind[:200])]
    if event == "DISABLED_UPDATE":
        state = words(member(value, "ban_info", "waba_ban_state"))
        if state not in _BANS:
            return []
        code, weight, stops, ends = _BANS[state]
        date = words(member(value, "ban_info", "waba_ban_date"))
        return [AccountNotice(code, weight, detail=date[:200], stops=stops, ends=ends)]
    if event in _ACCOUNT_EVENTS:
        code, weight, stops, ends = _ACCOUNT_EVENTS[event]
        return [AccountNotice(code, weight, stops=stops, ends=ends)]
    return []


def _restrictions(listed: Any) -> list[Notice]:
    """One notice for each. An empty list says that nothing is restricted (any more)."""
    if listed == []:
        return [AccountNotice("unrestricted", Weight.INFO, ends=True)]
    found: list[Notice] = []
    for one in listed if isinstance(listed, list) else [listed]:
        kind = words(member(one, "restriction_type"))
        if not kind:
            continue
        try:
            until = moment(member(one, "expiration"))
        except Unreadable:
            until = None
        restricts, weight = _RESTRICTIONS.get(kind, (Restricts.OTHER, Weight.CRITICAL))
        detail = ": ".join(part for part in (kind, words(member(one, "remediation"))) if part)
        found.append(
            AccountNotice("restricted", weight, detail=detail[:200], until=until, restricts=restricts)
        )
    return found


def _alert(value: Mapping[str, Any]) -> list[Notice]:
    """``account_alerts``; its older shape has the alert in an object of its own."""
    info = value.get("alert_info")
    severity = words(value.get("alert_severity")) or words(member(info, "alert_severity"))
    kind = words(value.get("alert_type")) or words(member(info, "alert_type"))
    said = words(value.get("alert_description")) or words(member(info, "alert_description"))
    detail = ": ".join(part for part in (kind or words(value.get("entity_type")), said) if part)
    return [AccountNotice("alert", _SEVERITIES.get(severity, Weight.WARNING), detail=detail[:200])]


def _review(value: Mapping[str, Any]) -> list[Notice]:
    """``account_review_update``."""
    decision = words(value.get("decision"))
    if decision == "REJECTED":
        return [AccountNotice("review_rejected", Weight.CRITICAL)]
    return []


def _name(value: Mapping[str, Any]) -> list[Notice]:
    """``phone_number_name_update``."""
    status = _NAME_STATUS.get(words(value.get("decision")), "")
    return [
        NumberNotice(
            phone=words(value.get("display_phone_number")),
            name_status=status,
            name=words(value.get("requested_verified_name"))[:200],
        )
    ]


def _security(value: Mapping[str, Any]) -> list[Notice]:
    """``security``: the two-step PIN was changed or is to be reset. Nobody may do that behind the owner's back."""
    event, phone = words(value.get("event")), words(value.get("display_phone_number"))
    known = {
        "PIN_CHANGED": "pin_changed",
        "PIN_RESET_REQUEST": "pin_reset_request",
        "PIN_RESET_SUCCESS": "pin_reset",
    }
    return [AccountNotice(known[event], Weight.WARNING, phone=phone)] if event in known else []


def _template(value: Mapping[str, Any]) -> list[Notice]:
    """The four fields that speak of a template."""
    name, language = words(value.get("message_template_name")), words(value.get("message_template_language"))
    if not name or not language:
        return []
    ref = value.get("message_template_id")
    reason = words(value.get("reason"))
    explained = words(member(value, "rejection_info", "reason")) or words(
        member(value, "other_info", "title")
    )
    return [
        TemplateNotice(
            name=name[:512],
            language=language.replace("-", "_")[:16],
            ref=str(ref)[:64] if isinstance(ref, int | str) and not isinstance(ref, bool) else "",
            status=words(value.get("event"))[:32],
            quality=words(value.get("new_quality_score"))[:16],
            category=(words(value.get("new_category")) or words(value.get("message_template_category")))[:32],
            reason=(explained or ("" if reason == "NONE" else reason))[:200],
            changed="message_template_element" in value,
        )
    ]


_READERS: dict[str, Callable[[Mapping[str, Any]], list[Notice]]] = {
    "phone_number_quality_update": _quality,
    "business_capability_update": _capability,
    "account_update": _account,
    "account_alerts": _alert,
    "account_review_update": _review,
    "phone_number_name_update": _name,
    "security": _security,
    "message_template_status_update": _template,
    "message_template_quality_update": _template,
    "message_template_components_update": _template,
    "template_category_update": _template,
}
