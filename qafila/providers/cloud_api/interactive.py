"""Messages with something to press."""

from __future__ import annotations

from typing import Any

from qafila.providers.cloud_api import files_sent, limits
from qafila.providers.contents import (
    Buttons,
    Choice,
    Form,
    Frame,
    LinkButton,
    LocationRequest,
    Media,
    MediaKind,
    Menu,
)

Interactive = Buttons | Menu | LinkButton | Form | LocationRequest
FLOW_VERSION = "3"
_HEADERS = (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.DOCUMENT)


def shape(content: Interactive) -> dict[str, Any]:
    """Meta's ``interactive`` object. Raises :class:`ProviderError` (CONTENT)."""
    match content:
        case Buttons():
            return _framed("button", content.body, content.frame, _buttons(content))
        case Menu():
            if isinstance(content.frame.header, Media):
                raise limits.refuse(limits.MALFORMED, "The header of a list can only be text.")
            return _framed("list", content.body, content.frame, _list(content), limit=limits.LIST_BODY)
        case LinkButton():
            action = {
                "name": "cta_url",
                "parameters": {
                    "display_text": limits.text(content.title, "title of the button", limits.BUTTON_TITLE),
                    "url": limits.link(content.url, "address of the button"),
                },
            }
            return _framed("cta_url", content.body, content.frame, action)
        case Form():
            return _framed("flow", content.body, content.frame, _form(content))
        case LocationRequest():
            return _framed("location_request_message", content.body, Frame(), {"name": "send_location"})


def _framed(
    kind: str, body: str, frame: Frame, action: dict[str, Any], *, limit: int = limits.INTERACTIVE_BODY
) -> dict[str, Any]:
    shaped: dict[str, Any] = {
        "type": kind,
        "body": {"text": limits.text(body, "text", limit)},
        "action": action,
    }
    if frame.header is not None:
        shaped["header"] = _header(frame.header)
    if frame.footer:
        shaped["footer"] = {"text": limits.text(frame.footer, "footer", limits.FOOTER)}
    return shaped


def _header(header: str | Media) -> dict[str, Any]:
    if isinstance(header, str):
        return {"type": "text", "text": limits.text(header, "header", limits.HEADER)}
    if header.kind not in _HEADERS or header.caption:
        raise limits.refuse(
            limits.MALFORMED, "A header is a text, or an image, a video or a document without caption."
        )
    return {"type": header.kind.value, header.kind.value: files_sent.media(header)}


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
