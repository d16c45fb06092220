"""A template message against its template: name, language, status, counts, names and types of the parameters.

Known refusals: 131008 a button without its parameter, 132000 counts, 132001 no such template, 132005 text too long,
132012 wrong kind of parameter or a header without its file, 132015 paused, 132016 disabled, 132018 forbidden white space.
Newlines, tabs and more than four spaces in a row inside a parameter are refused by Meta (seen as 132018 in 2026; older
records show 100).
"""

import re
from functools import lru_cache
from typing import Any, Final

from wa_sandbox.graph.errors import Refusal
from wa_sandbox.graph.media_content import MediaUse, media_use
from wa_sandbox.graph.place_content import read_location
from wa_sandbox.graph.template_parts import counts, read_buttons, read_carousel, read_offer
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


def render(template: Template, payload: dict[str, Any]) -> tuple[str, dict[str, Any] | None, list[MediaUse]]:
    """The text the person sees, what the phone shows beyond it (None: nothing), and the media. Raises Refusal."""
    shown, media = _fill_all(template, template.components, _components(payload))
    text = "\n".join(part for part in (_header_words(shown), shown["text"], shown.get("footer", "")) if part)
    alone = len(template.components) == 1
    if len(text) > (BODY_ALONE_AT_MOST if alone else WITH_OTHERS_AT_MOST):
        raise Refusal(132005, details="Translated text too long")
    return text, None if len(shown) == 1 else {"type": "template", "name": template.name, **shown}, media


def _header_words(shown: dict[str, Any]) -> str:
    header = shown.get("header")
    if header is None:
        return ""
    return str(header.get("text") or f"[{header['type']}]")


def _components(payload: dict[str, Any]) -> list[dict[str, Any]]:
    components = payload.get("components") or []
    if not isinstance(components, list) or not all(isinstance(component, dict) for component in components):
        raise Refusal(100, title="Param template['components'] must be an array.", plain=True)
    return components


def _fill_all(
    template: Template, components: list[dict[str, Any]], given: list[dict[str, Any]]
) -> tuple[dict[str, Any], list[MediaUse]]:
    """Fill the components of a template, or of one card of its carousel. `shown` always has `text`."""
    parameters = _parameters(given)
    buttons = [part for part in given if str(part.get("type", "")).upper() in ("BUTTON", "BUTTONS")]
    shown: dict[str, Any] = {"text": ""}
    media: list[MediaUse] = []
    known = {"TAP_TARGET_CONFIGURATION"}
    for component in components:
        kind = str(component.get("type", "")).upper()
        known.add(kind)
        if kind == "BODY":
            shown["text"] = _fill(template, "BODY", component, parameters.get("BODY", []))
        elif kind == "HEADER":
            shown["header"] = _header(template, component, parameters.get("HEADER", []), media)
        elif kind == "FOOTER":
            shown["footer"] = str(component.get("text", ""))
        elif kind == "BUTTONS":
            shown["buttons"] = read_buttons(component, buttons)
        elif kind == "LIMITED_TIME_OFFER":
            shown["offer"] = read_offer(component, parameters.get(kind, []))
        elif kind == "CAROUSEL":
            chosen = next((part for part in given if str(part.get("type", "")).upper() == kind), {})
            shown["cards"], used = read_carousel(
                component, chosen, lambda own, asked: _fill_all(template, own, asked)
            )
            media += used
    for kind, values in parameters.items():
        if kind not in known and (values or kind not in ("BODY", "HEADER")):
            raise Refusal(132000, details=counts(kind.lower(), len(values), 0))
    return shown, media


def _parameters(given: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Parameters by the kind of their component, those of buttons and carousels left out."""
    found: dict[str, list[dict[str, Any]]] = {}
    for component in given:
        kind = str(component.get("type", "")).upper()
        if kind in ("BUTTON", "BUTTONS", "CAROUSEL"):
            continue
        parameters = component.get("parameters") or []
        if not isinstance(parameters, list) or not all(isinstance(part, dict) for part in parameters):
            raise Refusal(
                100, title="Param template['components'][0]['parameters'] must be an array.", plain=True
            )
        found.setdefault(kind, []).extend(parameters)
    return found


def _header(
    template: Template, component: dict[str, Any], parameters: list[dict[str, Any]], media: list[MediaUse]
) -> dict[str, Any]:
    kind = str(component.get("format", "TEXT")).upper()
    if kind == "TEXT":
        filled = _fill(template, "HEADER", component, parameters)
        if len(filled) > HEADER_AT_MOST:
            raise Refusal(132005, details="header: Translated text too long")
        return {"type": "text", "text": filled}
    if len(parameters) > 1:
        raise Refusal(132000, details=counts("header", len(parameters), 1))
    parameter = parameters[0] if parameters else {}
    given = str(parameter.get("type", "")).upper()
    if given != kind:
        raise Refusal(
            132012, details=f"header: Format mismatch, expected {kind}, received {given or 'UNKNOWN'}"
        )
    name = kind.lower()
    value = parameter.get(name)
    if not isinstance(value, dict):
        raise Refusal(100, details=f"Parameter '{name}' is mandatory for component parameter type '{name}'")
    if kind == "LOCATION":
        return {"type": name, "location": read_location(value, "header['location']")[1]["location"]}
    if kind == "PRODUCT":
        return {"type": name, "product": str(value.get("product_retailer_id", ""))}
    use = media_use(value, name, f"template['components'][0]['parameters'][0]['{name}']")
    media.append(use)
    return {"type": name, "media": {"kind": name, "id": use.media_id, "link": use.link}}


def _fill(template: Template, kind: str, component: dict[str, Any], parameters: list[dict[str, Any]]) -> str:
    where = kind.lower()
    text = str(component.get("text", ""))
    names = _names_in(text)
    if len(names) != len(parameters):
        raise Refusal(132000, details=counts(where, len(parameters), len(names)))
    if not names:
        return text
    values = [_value(where, parameter) for parameter in parameters]
    if template.parameter_format == "NAMED":
        by_name = dict(zip((_name(where, p) for p in parameters), values, strict=True))
        for name in names:
            if name not in by_name:
                raise Refusal(132012, details=f"{where}: parameter {name} is missing")
    else:
        if any("parameter_name" in parameter for parameter in parameters):
            raise Refusal(
                132012, details=f"{where}: the template has positional parameters, names were given"
            )
        by_name = {str(position): value for position, value in enumerate(values, start=1)}
        if set(names) - set(by_name):
            by_name = dict(zip(names, values, strict=True))
    return _VARIABLE.sub(lambda match: by_name[match.group(1)], text)


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
