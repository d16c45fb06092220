"""Parts of a template message beyond header, body and footer: buttons, limited-time offers, carousels.

Refusals: 131008 a link or a code to copy without its parameter, 132000 counts, 132012 wrong kind or place, 100 a value that is missing.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from wa_sandbox.graph.errors import Refusal
from wa_sandbox.graph.media_content import MediaUse

COUPON_AT_MOST: Final = 20
PAYLOAD_AT_MOST: Final = 128

_VARIABLE: Final = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
_SUB_TYPES: Final = {
    "QUICK_REPLY": ("quick_reply",),
    "URL": ("url",),
    "OTP": ("url", "otp"),
    "COPY_CODE": ("copy_code",),
    "FLOW": ("flow",),
    "CATALOG": ("catalog",),
    "MPM": ("mpm",),
    "SPM": ("spm",),
    "VOICE_CALL": ("voice_call",),
    "ORDER_DETAILS": ("order_details",),
    "PHONE_NUMBER": (),
}

Card = Callable[[list[dict[str, Any]], list[dict[str, Any]]], tuple[dict[str, Any], list[MediaUse]]]


def counts(where: str, given: int, expected: int) -> str:
    """Meta's words for a wrong number of parameters."""
    return f"{where}: number of localizable_params ({given}) does not match the expected number of params ({expected})"


def read_buttons(component: dict[str, Any], given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The buttons a phone shows: those of the template, filled with the button components of a message."""
    buttons = component.get("buttons") or []
    by_index: dict[int, dict[str, Any]] = {}
    for button in given:
        index = str(button.get("index", ""))
        if not index.isdecimal() or len(index) > 9 or int(index) >= len(buttons):
            raise Refusal(132012, details=f"buttons: there is no button with index {index[:9] or '(none)'}")
        by_index[int(index)] = button
    return [_button(index, button, by_index.get(index) or {}) for index, button in enumerate(buttons)]


def _button(index: int, button: dict[str, Any], chosen: dict[str, Any]) -> dict[str, Any]:
    kind = str(button.get("type", "")).upper()
    where = f"buttons[{index}]"
    given = str(chosen.get("sub_type", "")).lower()
    allowed = _SUB_TYPES.get(kind)
    if chosen and given and allowed is not None and given not in allowed:
        raise Refusal(132012, details=f"{where}: sub_type {given[:20]} does not match a {kind} button")
    parameters = chosen.get("parameters") or []
    if not isinstance(parameters, list) or not all(isinstance(part, dict) for part in parameters):
        raise Refusal(132012, details=f"{where}: parameters must be an array")
    first = parameters[0] if parameters else {}
    shown: dict[str, Any] = {"kind": kind.lower(), "text": str(button.get("text", ""))}
    if kind == "QUICK_REPLY":
        shown["payload"] = _quick_reply(where, first) or shown["text"]
    elif kind in ("URL", "OTP"):
        shown["url"] = _url(index, str(button.get("url", "")), parameters)
    elif kind == "COPY_CODE":
        shown["text"] = shown["text"] or "Copy offer code"
        shown["code"] = _coupon(index, first)
    elif kind == "PHONE_NUMBER":
        shown["phone_number"] = str(button.get("phone_number", ""))
    elif kind == "FLOW":
        action = first.get("action")
        shown["flow_token"] = str((action if isinstance(action, dict) else {}).get("flow_token") or "unused")
    elif kind == "MPM" and not isinstance(first.get("action"), dict):
        raise Refusal(132012, details=f"{where}: an action with the products is needed")
    return shown


def _quick_reply(where: str, parameter: dict[str, Any]) -> str | None:
    if not parameter:
        return None
    payload = parameter.get("payload")
    if parameter.get("type") != "payload" or not isinstance(payload, str):
        raise Refusal(132012, details=f"{where}: a parameter of type payload is expected")
    if len(payload) > PAYLOAD_AT_MOST:
        raise Refusal(132005, details=f"{where}: payload of more than {PAYLOAD_AT_MOST} characters")
    return payload


def _url(index: int, url: str, parameters: list[dict[str, Any]]) -> str:
    where, needed = f"buttons[{index}]", len(_VARIABLE.findall(url))
    if needed and not parameters:
        raise Refusal(131008, details=f"buttons: Button at index {index} of type Url requires a parameter")
    if len(parameters) != needed:
        raise Refusal(132000, details=counts(where, len(parameters), needed))
    if not needed:
        return url
    value = parameters[0].get("text", parameters[0].get("payload"))
    if not isinstance(value, str) or not value:
        raise Refusal(
            100, details=f"{where}: Parameter 'text' is mandatory for component parameter type 'text'"
        )
    return _VARIABLE.sub(lambda _: value, url)


def _coupon(index: int, parameter: dict[str, Any]) -> str:
    code = parameter.get("coupon_code", parameter.get("text"))
    if not isinstance(code, str) or not code:
        words = f"Button at index {index} of type copy_code requires a non-empty parameter coupon_code"
        raise Refusal(131008, details=f"buttons: {words}")
    if len(code) > COUPON_AT_MOST:
        raise Refusal(
            132005, details=f"buttons[{index}]: coupon_code of more than {COUPON_AT_MOST} characters"
        )
    return code


def read_offer(component: dict[str, Any], parameters: list[dict[str, Any]]) -> dict[str, Any]:
    """A limited-time offer: its words, and when it ends if it does."""
    offer = component.get("limited_time_offer") or {}
    shown: dict[str, Any] = {"text": str(offer.get("text", ""))}
    if not offer.get("has_expiration", True):
        return shown
    if len(parameters) != 1:
        raise Refusal(132000, details=counts("limited_time_offer", len(parameters), 1))
    given = parameters[0].get("limited_time_offer")
    ends = given.get("expiration_time_ms") if isinstance(given, dict) else None
    if isinstance(ends, str) and ends.isdecimal() and len(ends) < 16:
        ends = int(ends)
    if not isinstance(ends, int) or isinstance(ends, bool):
        raise Refusal(132012, details="limited_time_offer: expiration_time_ms is missing")
    return {**shown, "expires_at": ends / 1000}


def read_carousel(
    component: dict[str, Any], given: dict[str, Any], read_card: Card
) -> tuple[list[dict[str, Any]], list[MediaUse]]:
    """The cards a phone shows. `read_card` fills one card's components. Raises Refusal."""
    expected = component.get("cards") or []
    cards = given.get("cards")
    if not isinstance(cards, list) or not all(isinstance(card, dict) for card in cards):
        raise Refusal(132012, details="carousel: cards must be an array")
    if len(cards) != len(expected):
        raise Refusal(132000, details=counts("carousel", len(cards), len(expected)))
    by_index: dict[int, list[dict[str, Any]]] = {}
    for place, card in enumerate(cards):
        index = str(card.get("card_index", place))
        components = card.get("components") or []
        known = index.isdecimal() and len(index) <= 9 and int(index) < len(expected)
        if not known or int(index) in by_index:
            raise Refusal(
                132012, details=f"carousel: card_index {index[:9]} is not one of the template's cards"
            )
        if not isinstance(components, list) or not all(isinstance(part, dict) for part in components):
            raise Refusal(132012, details="carousel: components must be an array")
        by_index[int(index)] = components
    shown, media = [], []
    for place, card in enumerate(expected):
        one, used = read_card(card.get("components") or [], by_index[place])
        shown.append(one)
        media += used
    return shown, media
