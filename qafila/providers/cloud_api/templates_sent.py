"""A template as it is sent: name, language and the values of all its components."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from qafila.providers.cloud_api import limits
from qafila.providers.contents import Template

_BREAKS = re.compile(r"[ \t]*[\r\n\t\u2028\u2029]+[ \t]*| {5,}")
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE = re.compile(r"[a-z]{2,3}([_-][A-Za-z]{2,4})?")
_FILES = ("image", "video", "document", "gif")
_SUB_TYPES = frozenset(
    {"quick_reply", "url", "copy_code", "flow", "catalog", "mpm", "spm", "order_details", "voice_call", "otp"}
)
_COMPONENTS = frozenset({"header", "body", "button", "carousel", "limited_time_offer", "order_status"})
BUTTONS = 10


def template(content: Template) -> dict[str, Any]:
    """Meta's ``template`` object. Raises :class:`ProviderError` (CONTENT)."""
    _check_name(content.name, content.language)
    shaped: dict[str, Any] = {"name": content.name, "language": {"code": content.language}}
    components = _components(content.components) if content.components else []
    values = _body(content.body)
    if values:
        if any(one["type"] == "body" for one in components):
            raise limits.refuse(limits.TWICE, "The values of the body are given twice.")
        components.append({"type": "body", "parameters": values})
    if components:
        shaped["components"] = components
    return shaped


@lru_cache(maxsize=1024)
def _check_name(name: str, language: str) -> None:
    """Remembered: a campaign asks for the same one with every message."""
    if not _NAME.fullmatch(name):
        raise limits.refuse(
            limits.MALFORMED, "The name of a template has small letters, digits and underscores only."
        )
    if not _LANGUAGE.fullmatch(language):
        raise limits.refuse(limits.MALFORMED, "The language of a template looks like en or en_US.")


def _components(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    components = [_component(one) for one in given]
    for alone in ("header", "body", "carousel", "limited_time_offer"):
        if sum(one["type"] == alone for one in components) > 1:
            raise limits.refuse(limits.TWICE, f"A template has one {alone}.")
    places = [str(one.get("index")) for one in components if one["type"] == "button"]
    limits.distinct(places, "places of buttons")
    return components


def _body(values: Sequence[str] | Mapping[str, str]) -> list[dict[str, str]]:
    if isinstance(values, Mapping):
        return [{"type": "text", "parameter_name": name, "text": _value(one)} for name, one in values.items()]
    return [{"type": "text", "text": _value(one)} for one in values]


def _value(value: str) -> str:
    return limits.text(one_line(value), "value of a variable", limits.PARAMETER, must=False)


def one_line(value: str) -> str:
    """Meta refuses a parameter with line breaks, tabs or more than four spaces in a row (132018; older: 100).

    The words stay; a break between them becomes a space, as the person who wrote a letter of several lines would wish.
    """
    if "\n" in value or "\t" in value or "\r" in value or "     " in value:
        return _BREAKS.sub(" ", value).strip()
    return value


def _component(given: Mapping[str, Any]) -> dict[str, Any]:
    kind = given.get("type")
    if not isinstance(kind, str) or kind.lower() not in _COMPONENTS:
        raise limits.refuse(
            limits.MALFORMED, f"A component's type is one of {', '.join(sorted(_COMPONENTS))}."
        )
    shaped = {**given, "type": kind.lower()}
    if shaped["type"] == "carousel":
        shaped["cards"] = _cards(given.get("cards"))
        return shaped
    parameters = given.get("parameters", [])
    if not isinstance(parameters, list):
        raise limits.refuse(limits.MALFORMED, "The parameters of a component are a list.")
    if parameters or "parameters" in given:
        shaped["parameters"] = [_parameter(one) for one in parameters]
    if shaped["type"] == "button":
        _button(shaped)
    return shaped


def _button(shaped: dict[str, Any]) -> None:
    sub_type = shaped.get("sub_type")
    if not isinstance(sub_type, str) or sub_type.lower() not in _SUB_TYPES:
        raise limits.refuse(
            limits.MALFORMED, f"The sub_type of a button is one of {', '.join(sorted(_SUB_TYPES))}."
        )
    shaped["sub_type"] = sub_type.lower()
    index = shaped.get("index")
    if isinstance(index, bool) or not str(index).isdigit() or int(str(index)) >= BUTTONS:
        raise limits.refuse(limits.MALFORMED, "The index of a button is its place in the template, from 0.")
    shaped["index"] = str(index)


def _cards(given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(card, Mapping) for card in given):
        raise limits.refuse(limits.MALFORMED, "The cards of a carousel are a list.")
    limits.count(given, "cards", limits.CAROUSEL_CARDS)
    cards = []
    for place, card in enumerate(given):
        inner = card.get("components")
        if not isinstance(inner, list) or not all(isinstance(one, Mapping) for one in inner):
            raise limits.refuse(limits.MALFORMED, "The components of a card are a list.")
        cards.append(
            {"card_index": card.get("card_index", place), "components": [_component(one) for one in inner]}
        )
    return cards


def _parameter(given: Any) -> dict[str, Any]:
    kind = given.get("type") if isinstance(given, Mapping) else None
    if not isinstance(kind, str):
        raise limits.refuse(limits.MALFORMED, "Every parameter of a component is an object with a type.")
    shaped = {**given, "type": kind.lower()}
    kind = shaped["type"]
    check = _file if kind in _FILES else _PARAMETERS.get(kind)
    if check is None:
        known = ", ".join(sorted((*_FILES, *_PARAMETERS)))
        raise limits.refuse(limits.MALFORMED, f"The type of a parameter is one of {known}.")
    check(shaped, kind)
    return shaped


def _text(shaped: dict[str, Any], kind: str) -> None:
    value = shaped.get(kind)
    if not isinstance(value, str):
        raise limits.refuse(limits.MALFORMED, f"A parameter of the type {kind} has a text of that name.")
    shaped[kind] = _value(value) if kind == "text" else limits.text(value, kind, limits.PARAMETER, must=False)


def _coupon(shaped: dict[str, Any], kind: str) -> None:
    _text(shaped, kind)
    limits.text(shaped[kind], "coupon code", limits.COUPON)


def _object(shaped: dict[str, Any], kind: str) -> None:
    if not isinstance(shaped.get(kind), Mapping):
        raise limits.refuse(limits.MALFORMED, f"A parameter of the type {kind} has an object of that name.")


def _with_fallback(shaped: dict[str, Any], kind: str) -> None:
    _object(shaped, kind)
    if not isinstance(shaped[kind].get("fallback_value"), str):
        raise limits.refuse(limits.MALFORMED, f"A {kind} has a fallback_value, shown where it cannot be.")


def _file(shaped: dict[str, Any], kind: str) -> None:
    _object(shaped, kind)
    ref, link = shaped[kind].get("id"), shaped[kind].get("link")
    if bool(ref) == bool(link) or not isinstance(ref or link, str):
        raise limits.refuse(limits.MALFORMED, "A file is named either by its id or by its link.")
    if link:
        limits.link(link, "address of the file")


def _location(shaped: dict[str, Any], kind: str) -> None:
    _object(shaped, kind)
    place = shaped[kind]
    if not all(isinstance(place.get(key), int | float | str) for key in ("latitude", "longitude")):
        raise limits.refuse(limits.MALFORMED, "A location has a latitude and a longitude.")


_PARAMETERS: dict[str, Callable[[dict[str, Any], str], None]] = {
    "text": _text,
    "payload": _text,
    "coupon_code": _coupon,
    "currency": _with_fallback,
    "date_time": _with_fallback,
    "location": _location,
    "action": _object,
    "product": _object,
    "limited_time_offer": _object,
    "order_status": _object,
}
