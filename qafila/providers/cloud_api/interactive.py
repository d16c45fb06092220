"""Messages with something to press."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from qafila.providers.cloud_api import catalogs, limits
from qafila.providers.cloud_api.frames import framed
from qafila.providers.contents import (
    AddressRequest,
    Buttons,
    CallRequest,
    CatalogMessage,
    Choice,
    Form,
    Frame,
    LinkButton,
    LocationRequest,
    Media,
    Menu,
    Product,
    ProductList,
)

Interactive = (
    Buttons | Menu | LinkButton | Form | LocationRequest | catalogs.OfCatalog | CallRequest | AddressRequest
)
FLOW_VERSION = "3"
_COUNTRY: Final = re.compile("[A-Z]{2}")


def shape(content: Interactive) -> dict[str, Any]:
    """Meta's ``interactive`` object. Raises :class:`ProviderError` (CONTENT)."""
    match content:
        case Buttons():
            return framed("button", content.body, content.frame, _buttons(content))
        case Menu():
            if isinstance(content.frame.header, Media):
                raise limits.refuse(limits.MALFORMED, "The header of a list can only be text.")
            return framed("list", content.body, content.frame, _list(content), limit=limits.LIST_BODY)
        case LinkButton():
            action = {
                "name": "cta_url",
                "parameters": {
                    "display_text": limits.text(content.title, "title of the button", limits.BUTTON_TITLE),
                    "url": limits.link(content.url, "address of the button"),
                },
            }
            return framed("cta_url", content.body, content.frame, action)
        case Form():
            return framed("flow", content.body, content.frame, _form(content))
        case LocationRequest():
            return framed("location_request_message", content.body, Frame(), {"name": "send_location"})
        case Product() | ProductList() | CatalogMessage():
            return catalogs.shape(content)
        case CallRequest():
            name = "call_permission_request"
            return framed(name, content.body, Frame(), {"name": name}, must=False)
        case AddressRequest():
            action = {"name": "address_message", "parameters": _address(content)}
            return framed("address_message", content.body, content.frame, action)


def _buttons(content: Buttons) -> dict[str, Any]:
    limits.count(content.buttons, "buttons", limits.BUTTONS)
    limits.distinct((one.id for one in content.buttons), "ids of buttons")
    limits.distinct((one.title for one in content.buttons), "titles of buttons")
    return {
        "buttons": [
            {
                "type": "reply",
                "reply": {
                    "id": limits.text(one.id, "id of a button", limits.BUTTON_ID),
                    "title": limits.text(one.title, "title of a button", limits.BUTTON_TITLE),
                },
            }
            for one in content.buttons
        ]
    }


def _list(content: Menu) -> dict[str, Any]:
    limits.count(content.sections, "sections", limits.SECTIONS)
    rows = [row for section in content.sections for row in section.choices]
    limits.count(rows, "rows", limits.ROWS)
    limits.distinct((row.id for row in rows), "ids of rows")
    several = len(content.sections) > 1
    sections = []
    for section in content.sections:
        limits.count(section.choices, "rows in a section", limits.ROWS)
        title = limits.text(section.title, "title of a section", limits.SECTION_TITLE, must=several)
        shaped: dict[str, Any] = {"rows": [_row(row) for row in section.choices]}
        sections.append({"title": title, **shaped} if title else shaped)
    return {
        "button": limits.text(content.button, "title of the list's button", limits.BUTTON_TITLE),
        "sections": sections,
    }


def _row(row: Choice) -> dict[str, str]:
    shaped = {
        "id": limits.text(row.id, "id of a row", limits.ROW_ID),
        "title": limits.text(row.title, "title of a row", limits.ROW_TITLE),
    }
    if row.description:
        shaped["description"] = limits.text(row.description, "description of a row", limits.ROW_DESCRIPTION)
    return shaped


def _form(content: Form) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "flow_message_version": FLOW_VERSION,
        "flow_name" if content.by_name else "flow_id": limits.text(content.flow, "form", 512),
        "flow_cta": limits.text(content.title, "title of the button", limits.BUTTON_TITLE),
        "flow_action": "navigate" if content.screen else "data_exchange",
    }
    if content.token:
        parameters["flow_token"] = content.token
    if content.draft:
        parameters["mode"] = "draft"
    if content.screen:
        payload: dict[str, Any] = {"screen": content.screen}
        if content.data:
            payload["data"] = dict(content.data)
        parameters["flow_action_payload"] = payload
    elif content.data:
        raise limits.refuse(limits.MALFORMED, "A form gets data only together with its first screen.")
    return {"name": "flow", "parameters": parameters}


def _address(content: AddressRequest) -> dict[str, Any]:
    if not _COUNTRY.fullmatch(content.country):
        raise limits.refuse(limits.MALFORMED, "The country of an address is its two letters, as in IN.")
    parameters: dict[str, Any] = {"country": content.country}
    for name, fields in (("values", content.values), ("validation_errors", content.errors)):
        if fields:
            parameters[name] = _fields(fields)
    if content.saved:
        limits.count(content.saved, "saved addresses", limits.SAVED_ADDRESSES)
        limits.distinct((one["id"] for one in content.saved), "ids of saved addresses")
        parameters["saved_addresses"] = [
            {
                "id": limits.text(one["id"], "id of a saved address", limits.BUTTON_ID),
                "value": _fields(one["value"]),
            }
            for one in content.saved
        ]
    return parameters


def _fields(fields: Mapping[str, str]) -> dict[str, str]:
    return {
        name: limits.text(value, "field of an address", limits.ADDRESS_FIELD, must=False)
        for name, value in fields.items()
    }
