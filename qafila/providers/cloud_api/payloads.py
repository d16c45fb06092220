"""Bodies of requests to the Cloud API."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from qafila.providers.cloud_api import bodies, limits
from qafila.providers.contents import Template
from qafila.providers.interface import Failure, Outgoing, ProviderError
from qafila.providers.reading import is_number

_STRUCTURE = frozenset({"type", "sub_type", "index", "code"})
"""Keys whose values are Meta's words, not anybody's."""


def message(outgoing: Outgoing) -> bytes:
    """The body that sends a message.

    Raises :class:`ProviderError` (CONTENT) for what Meta would not take, and for text that cannot be written as UTF-8.
    """
    body: dict[str, Any] = {"messaging_product": "whatsapp", "recipient_type": "individual"}
    # Digits are a phone number; anything else is a business-scoped user id ("US.1349…"), which has a field of its own.
    body["to" if is_number(outgoing.to.removeprefix("+")) else "recipient"] = outgoing.to
    kind, shaped = bodies.shape(outgoing.content)
    body["type"] = kind
    body[kind] = shaped
    if outgoing.reply_to and kind != "reaction":
        body["context"] = {"message_id": outgoing.reply_to}
    body["biz_opaque_callback_data"] = limits.text(outgoing.attempt_id, "attempt id", limits.CALLBACK_DATA)
    return encode(body)


def encode(body: Mapping[str, Any]) -> bytes:
    """JSON. Raises :class:`ProviderError` (CONTENT) for half characters and values that JSON has not."""
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError as exc:
        detail = "The text holds half a character (a lone surrogate) and cannot be sent."
        raise ProviderError(Failure.CONTENT, "text_not_encodable", detail) from exc


def read(provider_id: str, *, typing: bool = False) -> bytes:
    """The body that marks a message of a person as read and, with ``typing``, shows "typing…" to them."""
    body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": provider_id}
    if typing:
        body["typing_indicator"] = {"type": "text"}
    return orjson.dumps(body)


def quotable(outgoing: Outgoing) -> list[str]:
    """What an error of Meta's might quote from a message and nobody should find in a record of errors."""
    content = outgoing.content
    if isinstance(content, Template):
        return [outgoing.to, *_texts(content.body), *_texts(content.components)]
    return [outgoing.to, *_texts(content)]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, enum.Enum):
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            if key not in _STRUCTURE:
                yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
    elif dataclasses.is_dataclass(value):
        for part in dataclasses.fields(value):
            yield from _texts(getattr(value, part.name))
