"""Checks on a template that is created or edited, with Meta's subcodes where they are known.

Sources: provider facts A4 (2388040 too long, 2388047 header or body, 2388073 footer, 2388293 too many variables for
the words, 2388299 variable at the edge). Other subcodes are UNVERIFIED.
"""

import re
from itertools import pairwise
from typing import Any, Final

from wa_sandbox.graph.errors import Refusal
from wa_sandbox.graph.words import missing, not_one_of, wrong

BODY_AT_MOST: Final = 1024
SHORT_AT_MOST: Final = 60
BUTTON_AT_MOST: Final = 25
BUTTONS_AT_MOST: Final = 10
CARDS_AT_MOST: Final = 10
CATEGORIES: Final = ("AUTHENTICATION", "MARKETING", "UTILITY")
KINDS: Final = (
    "HEADER",
    "BODY",
    "FOOTER",
    "BUTTONS",
    "CAROUSEL",
    "LIMITED_TIME_OFFER",
    "CALL_PERMISSION_REQUEST",
)
FORMATS: Final = ("TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION", "PRODUCT", "GIF")
BUTTONS: Final = (
    "QUICK_REPLY",
    "URL",
    "PHONE_NUMBER",
    "OTP",
    "COPY_CODE",
    "FLOW",
    "CATALOG",
    "MPM",
    "SPM",
    "VOICE_CALL",
    "ORDER_DETAILS",
    "REQUEST_CONTACT_INFO",
    "CALL_PERMISSION_REQUEST",
)

_TEXT_OPTIONAL: Final = ("COPY_CODE", "OTP", "VOICE_CALL", "REQUEST_CONTACT_INFO", "CALL_PERMISSION_REQUEST")
_VARIABLE: Final = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
_AT_EDGE: Final = re.compile(r"^\s*\{\{[^}]*\}\}|\{\{[^}]*\}\}\s*[.!?]?\s*$")


def refused(subcode: int, title: str, message: str) -> Refusal:
    """`(#100) Invalid parameter` with a subcode and the words shown to users."""
    return Refusal(
        100, subcode=subcode, plain=True, user_title=title, user_message=message, title="Invalid parameter"
    )


def check_components(components: Any, *, category: str, named: bool) -> list[dict[str, Any]]:
    """The components of a template, checked, with their types as Meta gives them back: in capitals. Raises Refusal."""
    if components is None:
        raise missing("components")
    if not isinstance(components, list) or not all(isinstance(part, dict) for part in components):
        raise wrong("components", "must be an array of JSON objects")
    kinds = [str(part.get("type", "")).upper() for part in components]
    for kind in kinds:
        if kind not in KINDS:
            raise not_one_of("components['type']", KINDS, kind)
        if kinds.count(kind) > 1:
            raise refused(2388043, "Component given twice", f"There can be only one {kind} component.")
    if "BODY" not in kinds:
        raise refused(2388043, "Body is missing", "A template needs a component of type BODY.")
    for kind, component in zip(kinds, components, strict=True):
        _check(kind, component, category=category, named=named)
    return [_in_capitals(component) for component in components]


def _in_capitals(part: dict[str, Any]) -> dict[str, Any]:
    """A component, a button or a card with its own type and format, and those of what it holds, in capitals."""
    found = dict(part)
    for key in ("type", "format", "otp_type"):
        if isinstance(found.get(key), str):
            found[key] = found[key].upper()
    for key in ("buttons", "cards", "components"):
        if isinstance(found.get(key), list):
            found[key] = [_in_capitals(one) for one in found[key]]
    return found


def _check(kind: str, component: dict[str, Any], *, category: str, named: bool) -> None:
    if kind == "BODY" and category != "AUTHENTICATION":
        _check_text(component, "Body", BODY_AT_MOST, named=named)
    elif kind == "HEADER":
        _check_header(component, named=named)
    elif kind == "FOOTER" and category != "AUTHENTICATION":
        text = component.get("text")
        if not isinstance(text, str) or not text or _VARIABLE.search(text):
            raise refused(2388073, "Footer is not valid", "A footer is a text without variables.")
        _not_longer(text, SHORT_AT_MOST, "Footer")
    elif kind == "BUTTONS":
        _check_buttons(component)
    elif kind == "CAROUSEL":
        _check_cards(component, category=category, named=named)
    elif kind == "LIMITED_TIME_OFFER":
        offer = component.get("limited_time_offer")
        if not isinstance(offer, dict) or not isinstance(offer.get("text"), str):
            raise missing("limited_time_offer['text']")
        _not_longer(offer["text"], 16, "Offer text")


def _check_header(component: dict[str, Any], *, named: bool) -> None:
    form = str(component.get("format", "TEXT")).upper()
    if form not in FORMATS:
        raise not_one_of("components['format']", FORMATS, form)
    if form == "TEXT":
        _check_text(component, "Header", SHORT_AT_MOST, named=named)
        if len(set(_VARIABLE.findall(str(component["text"])))) > 1:
            raise refused(2388047, "Header is not valid", "A header can have one variable only.")
    elif form in ("IMAGE", "VIDEO", "DOCUMENT", "GIF"):
        example = component.get("example")
        handles = example.get("header_handle") if isinstance(example, dict) else None
        if not isinstance(handles, list) or not handles:
            raise refused(
                2388273, "Sample is missing", f"A header of format {form} needs example.header_handle."
            )


def _check_text(component: dict[str, Any], name: str, at_most: int, *, named: bool) -> None:
    text = component.get("text")
    if not isinstance(text, str) or not text.strip():
        raise refused(2388047, f"{name} is not valid", f"The {name.lower()} needs a text.")
    _not_longer(text, at_most, name)
    variables = list(dict.fromkeys(_VARIABLE.findall(text)))
    if not variables:
        return
    if named:
        if any(not re.fullmatch("[a-z_][a-z0-9_]*", variable) for variable in variables):
            raise refused(
                2388047, f"{name} is not valid", "Names of variables are small letters and underscores."
            )
    elif [str(place) for place in range(1, len(variables) + 1)] != variables:
        raise refused(2388047, f"{name} is not valid", "Variables must be {{1}}, {{2}}, … in order.")
    if name == "Body":
        if _AT_EDGE.search(text):
            raise refused(
                2388299, "Variables at the edge", "Variables can't be at the start or end of the template."
            )
        words = len(_VARIABLE.sub(" ", text).split())
        if words < 2 * len(variables) + 1:
            raise refused(
                2388293, "Too many variables", "This template has too many variables for its length."
            )
    _check_example(component, name, variables, named=named)


def _check_example(component: dict[str, Any], name: str, variables: list[str], *, named: bool) -> None:
    example = component.get("example")
    key = f"{name.lower()}_text" + ("_named_params" if named else "")
    values = example.get(key) if isinstance(example, dict) else None
    if named:
        given = {str(part.get("param_name")) for part in values or [] if isinstance(part, dict)}
        complete = given >= set(variables)
    else:
        row = values[0] if isinstance(values, list) and values and isinstance(values[0], list) else values
        complete = isinstance(row, list) and len(row) == len(variables)
    if not complete:
        message = f"Component of type {name.upper()} is missing expected field(s) (example)"
        raise refused(2388043, "Message template components param is missing expected field(s)", message)


def _check_buttons(component: dict[str, Any]) -> None:
    buttons = component.get("buttons")
    if not isinstance(buttons, list) or not buttons or not all(isinstance(part, dict) for part in buttons):
        raise missing("components['buttons']")
    if len(buttons) > BUTTONS_AT_MOST:
        raise refused(2388047, "Too many buttons", f"A template can have {BUTTONS_AT_MOST} buttons at most.")
    kinds = [str(button.get("type", "")).upper() for button in buttons]
    for kind, button in zip(kinds, buttons, strict=True):
        if kind not in BUTTONS:
            raise not_one_of("components['buttons']['type']", BUTTONS, kind)
        needs_text = kind not in _TEXT_OPTIONAL
        if needs_text and not isinstance(button.get("text"), str):
            raise missing("components['buttons']['text']")
        _not_longer(str(button.get("text") or ""), BUTTON_AT_MOST, "Button text")
        if kind == "URL":
            _check_url(button)
        elif kind == "PHONE_NUMBER" and not button.get("phone_number"):
            raise missing("components['buttons']['phone_number']")
        elif kind == "FLOW" and not any(button.get(key) for key in ("flow_id", "flow_name", "flow_json")):
            raise missing("components['buttons']['flow_id']")
    for kind, most in (("URL", 2), ("PHONE_NUMBER", 1), ("COPY_CODE", 1)):
        if kinds.count(kind) > most:
            raise refused(
                2388047, "Too many buttons", f"A template can have {most} buttons of type {kind} at most."
            )
    grouped = [kind == "QUICK_REPLY" for kind in kinds]
    if sum(one != other for one, other in pairwise(grouped)) > 1:
        raise refused(
            2388047, "Buttons are mixed", "Quick replies must stand together, before or after the others."
        )


def _check_url(button: dict[str, Any]) -> None:
    url = button.get("url")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise wrong("components['buttons']['url']", "must be a valid URI")
    _not_longer(url, 2000, "URL")
    if _VARIABLE.search(url) and not button.get("example"):
        raise refused(2388043, "Sample is missing", "A URL with a variable needs an example.")


def _check_cards(component: dict[str, Any], *, category: str, named: bool) -> None:
    cards = component.get("cards")
    if not isinstance(cards, list) or not 1 <= len(cards) <= CARDS_AT_MOST:
        raise refused(2388047, "Cards are not valid", f"A carousel has 1 to {CARDS_AT_MOST} cards.")
    shapes = set()
    for card in cards:
        parts = card.get("components") if isinstance(card, dict) else None
        if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
            raise missing("components['cards']['components']")
        for part in parts:
            _check(str(part.get("type", "")).upper(), part, category=category, named=named)
        shapes.add(tuple(str(part.get("type", "")).upper() for part in parts))
    if len(shapes) > 1:
        raise refused(2388047, "Cards differ", "All cards of a carousel must have the same components.")


def _not_longer(text: str, at_most: int, name: str) -> None:
    if len(text) > at_most:
        raise refused(2388040, "Too long", f"{name}: {len(text)} characters, {at_most} are allowed.")
