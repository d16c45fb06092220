"""A template message against its template: name, language, status, counts, names and types of the parameters.

Known refusals: 132000 counts, 132001 no such template, 132005 text too long, 132012 wrong kind of parameter,
132015 paused, 132016 disabled, 132018 forbidden white space. Newlines, tabs and more than four spaces in a row inside
a parameter are refused by Meta (seen as 132018 in 2026; older records show 100).
"""

import re
from functools import lru_cache
from typing import Any, Final

from wa_sandbox.graph.errors import Refusal
from wa_sandbox.world.records import Template
from wa_sandbox.world.registry import World

WITH_OTHERS_AT_MOST: Final = 1024
BODY_ALONE_AT_MOST: Final = 32_768
HEADER_AT_MOST: Final = 60

_VARIABLE: Final = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
_BAD_SPACE: Final = re.compile(r"[\n\r\t]| {5,}")
_SPACE_WORDS: Final = "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
_TEXT_KINDS: Final = {
    "text": ("text", None),
    "currency": ("currency", "fallback_value"),
    "date_time": ("date_time", "fallback_value"),
}


def find(world: World, waba_id: str, payload: dict[str, Any]) -> Template:
    """The approved template a message names. Raises Refusal."""
    name = payload.get("name")
    if not isinstance(name, str) or not name:
        raise Refusal(100, title="The parameter template['name'] is required.", plain=True)
    language = payload.get("language")
    if not isinstance(language, dict):
        raise Refusal(100, title="The parameter template['language'] is required.", plain=True)
    code = language.get("code")
    if not isinstance(code, str) or not code:
        raise Refusal(100, title="The parameter template['language']['code'] is required.", plain=True)
    template = world.template(waba_id, name, code)
    if template is not None and template.status == "PAUSED":
        raise Refusal(132015)
    if template is not None and template.status == "DISABLED":
        raise Refusal(132016)
    if template is None or template.status != "APPROVED":
        raise Refusal(132001, details=f"template name ({name}) does not exist in {code}")
    return template


def render(template: Template, payload: dict[str, Any]) -> str:
    """The text the person sees: header, body and footer with the parameters filled in. Raises Refusal."""
    given = _given(payload)
    parts = []
    for component in template.components:
        kind = str(component.get("type", "")).upper()
        if kind in ("HEADER", "BODY"):
            parts.append(_fill(template, kind, component, given.get(kind, [])))
        elif kind == "FOOTER":
            parts.append(str(component.get("text", "")))
        elif kind == "BUTTONS":
            _check_buttons(component, given.get("BUTTONS", []))
    for kind in given:
        if kind not in ("BODY", "HEADER", "BUTTONS") or (given[kind] and template.component(kind) is None):
            raise Refusal(132000, details=_counts(kind.lower(), len(given[kind]), 0))
    text = "\n".join(part for part in parts if part)
    alone = len(template.components) == 1
    if len(text) > (BODY_ALONE_AT_MOST if alone else WITH_OTHERS_AT_MOST):
        raise Refusal(132005, details="Translated text too long")
    return text


def _given(payload: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Parameters by component; buttons are kept as whole components, in the order given."""
    components = payload.get("components") or []
    if not isinstance(components, list) or not all(isinstance(component, dict) for component in components):
        raise Refusal(100, title="Param template['components'] must be an array.", plain=True)
    given: dict[str, list[dict[str, Any]]] = {}
    for component in components:
        kind = str(component.get("type", "")).upper()
        if kind in ("BUTTON", "BUTTONS"):
            given.setdefault("BUTTONS", []).append(component)
            continue
        parameters = component.get("parameters") or []
        if not isinstance(parameters, list) or not all(
            isinstance(parameter, dict) for parameter in parameters
        ):
            raise Refusal(
                100, title="Param template['components'][0]['parameters'] must be an array.", plain=True
            )
        given.setdefault(kind, []).extend(parameters)
    return given


def _fill(template: Template, kind: str, component: dict[str, Any], parameters: list[dict[str, Any]]) -> str:
    media = str(component.get("format", "TEXT")).upper() if kind == "HEADER" else "TEXT"
    if media != "TEXT":
        _check_media(media, parameters)
        return f"[{media.lower()}]"
    text = str(component.get("text", ""))
    names = _names_in(text)
    if len(names) != len(parameters):
        raise Refusal(132000, details=_counts(kind.lower(), len(parameters), len(names)))
    values = [_value(kind.lower(), parameter) for parameter in parameters]
    if template.parameter_format == "NAMED":
        by_name = dict(zip((_name(kind.lower(), p) for p in parameters), values, strict=True))
        for name in names:
            if name not in by_name:
                raise Refusal(132012, details=f"{kind.lower()}: parameter {name} is missing")
    else:
        if any("parameter_name" in parameter for parameter in parameters):
            raise Refusal(
                132012, details=f"{kind.lower()}: the template has positional parameters, names were given"
            )
        by_name = {str(position): value for position, value in enumerate(values, start=1)}
        if set(names) - set(by_name):
            by_name = dict(zip(names, values, strict=True))
    filled = _VARIABLE.sub(lambda match: by_name[match.group(1)], text)
    if kind == "HEADER" and len(filled) > HEADER_AT_MOST:
        raise Refusal(132005, details="header: Translated text too long")
    return filled


@lru_cache(maxsize=1024)
def _names_in(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_VARIABLE.findall(text)))


def _name(where: str, parameter: dict[str, Any]) -> str:
    name = parameter.get("parameter_name")
    if not isinstance(name, str) or not name:
        raise Refusal(132012, details=f"{where}: Parameter name is missing or empty")
    return name


def _value(where: str, parameter: dict[str, Any]) -> str:
    kind = str(parameter.get("type", "")).lower()
    if kind not in _TEXT_KINDS:
        raise Refusal(132012, details=f"{where}: parameter of type text expected, {kind or 'none'} given")
    key, inner = _TEXT_KINDS[kind]
    value = parameter.get(key)
    if inner is not None:
        value = value.get(inner) if isinstance(value, dict) else None
    if not isinstance(value, str) or not value:
        raise Refusal(100, details=f"Parameter '{key}' is mandatory for component parameter type '{kind}'")
    if _BAD_SPACE.search(value):
        raise Refusal(132018, details=_SPACE_WORDS)
    return value


def _check_media(media: str, parameters: list[dict[str, Any]]) -> None:
    if len(parameters) != 1:
        raise Refusal(132000, details=_counts("header", len(parameters), 1))
    kind = str(parameters[0].get("type", "")).upper()
    if kind != media:
        raise Refusal(
            132012, details=f"header: Format mismatch, expected {media}, received {kind or 'UNKNOWN'}"
        )
    value = parameters[0].get(media.lower())
    if not isinstance(value, dict) or (media != "LOCATION" and not (value.get("id") or value.get("link"))):
        raise Refusal(100, details=f"Parameter '{media.lower()}' needs an id or a link")


def _check_buttons(component: dict[str, Any], given: list[dict[str, Any]]) -> None:
    buttons = component.get("buttons") or []
    by_index: dict[int, dict[str, Any]] = {}
    for button in given:
        given_index = str(button.get("index", ""))
        if not given_index.isdecimal() or int(given_index) >= len(buttons):
            raise Refusal(
                132012, details=f"buttons: there is no button with index {given_index[:9] or '(none)'}"
            )
        by_index[int(given_index)] = button
    for index, button in enumerate(buttons):
        needed = len(_VARIABLE.findall(str(button.get("url", ""))))
        chosen = by_index.get(index) or {}
        parameters = chosen.get("parameters") or []
        if needed and len(parameters) != needed:
            raise Refusal(132000, details=_counts(f"buttons[{index}]", len(parameters), needed))


def _counts(where: str, given: int, expected: int) -> str:
    return f"{where}: number of localizable_params ({given}) does not match the expected number of params ({expected})"
