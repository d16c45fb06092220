"""Bodies of requests to the Cloud API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from qafila.providers.interface import Failure, Outgoing, ProviderError, Template, Text
from qafila.providers.reading import is_number

_BREAKS = re.compile(r"[ \t]*[\r\n\t\u2028\u2029]+[ \t]*| {5,}")

STATUS_FIELDS = (
    "id,display_phone_number,verified_name,quality_rating,status,code_verification_status,name_status,account_mode,"
    "platform_type,throughput,whatsapp_business_manager_messaging_limit,health_status"
)


def message(outgoing: Outgoing) -> bytes:
    """The body that sends a message.

    Raises :class:`ProviderError` (CONTENT) for text that cannot be written as UTF-8.
    """
    body: dict[str, Any] = {"messaging_product": "whatsapp", "recipient_type": "individual"}
    # Digits are a phone number; anything else is a business-scoped user id ("US.1349…"), which has a field of its own.
    body["to" if is_number(outgoing.to.removeprefix("+")) else "recipient"] = outgoing.to
    match outgoing.content:
        case Text(body=text):
            body["type"] = "text"
            body["text"] = {"body": text, "preview_url": False}
        case Template() as template:
            body["type"] = "template"
            body["template"] = _template(template)
    if outgoing.reply_to:
        body["context"] = {"message_id": outgoing.reply_to}
    body["biz_opaque_callback_data"] = outgoing.attempt_id
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError as exc:
        detail = "The text holds half a character (a lone surrogate) and cannot be sent."
        raise ProviderError(Failure.CONTENT, "text_not_encodable", detail) from exc


def _template(template: Template) -> dict[str, Any]:
    parameters: list[dict[str, str]]
    if isinstance(template.body, Mapping):
        parameters = [
            {"type": "text", "parameter_name": name, "text": _one_line(value)}
            for name, value in template.body.items()
        ]
    else:
        parameters = [{"type": "text", "text": _one_line(value)} for value in template.body]
    components: list[Mapping[str, Any]] = list(template.components)
    if parameters:
        components.append({"type": "body", "parameters": parameters})
    shaped: dict[str, Any] = {"name": template.name, "language": {"code": template.language}}
    if components:
        shaped["components"] = components
    return shaped


def _one_line(value: str) -> str:
    """Meta refuses a parameter with line breaks, tabs or more than four spaces in a row (132018; older: 100).

    The words stay; a break between them becomes a space, as the person who wrote a letter of several lines would wish.
    """
    if "\n" in value or "\t" in value or "\r" in value or "     " in value:
        return _BREAKS.sub(" ", value).strip()
    return value


def read(provider_id: str, *, typing: bool = False) -> bytes:
    """The body that marks a message of a person as read and, with ``typing``, shows "typing…" to them."""
    body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": provider_id}
    if typing:
        body["typing_indicator"] = {"type": "text"}
    return orjson.dumps(body)


def quotable(outgoing: Outgoing) -> list[str]:
    """What an error of Meta's might quote from a message and nobody should find in a record of errors."""
    match outgoing.content:
        case Text(body=text):
            words = [text]
        case Template(body=values):
            words = list(values.values() if isinstance(values, Mapping) else values)
    return [outgoing.to, *words]
