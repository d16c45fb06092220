"""Reading the body of `POST /{phone_number_id}/messages`: checks in Meta's order, in Meta's words where known.

The wording of the (#100) refusals follows what clients have recorded; where nothing was found it is an assumption
(README.md, "How true it is").
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from wa_sandbox.graph.errors import Refusal

TEXT_AT_MOST: Final = 4096
BIZ_AT_MOST: Final = 512
META_TYPES: Final = tuple(
    "AUDIO,CONTACTS,DOCUMENT,IMAGE,INTERACTIVE,LOCATION,REACTION,STICKER,TEMPLATE,TEXT,VIDEO".split(",")  # noqa: SIM905
)
CARRIED: Final = frozenset(("text", "template"))

_NOT_DIGITS: Final = re.compile(r"[\s\-().\u200e\u200f\u202a-\u202e\u2066-\u2069\u00a0]")
_NUMBER: Final = re.compile(r"[1-9][0-9]{5,14}")


@dataclass(slots=True)
class Draft:
    """A message that was read and is well formed. `to` is as sent; `wa_id` digits, or None when `user_id` is given."""

    to: str
    wa_id: str | None
    user_id: str | None
    kind: str
    payload: dict[str, Any]
    biz: str | None


@dataclass(slots=True)
class ReadMark:
    """A request to mark an inbound message as read, perhaps with a typing indicator."""

    message_id: str
    typing: bool


def read(body: Any) -> Draft | ReadMark:
    """The message in a request body. Raises Refusal."""
    if not isinstance(body, dict):
        raise Refusal(100, title="The parameter messaging_product is required.", plain=True)
    _check_product(body)
    if "status" in body:
        return _read_mark(body)
    _one_of(body, "recipient_type", ("INDIVIDUAL", "GROUP"))
    to, wa_id, user_id = _recipient(body)
    kind = body.get("type", "text")
    if not isinstance(kind, str) or kind.upper() not in META_TYPES:
        raise Refusal(
            100,
            title=f"Param type must be one of {{{', '.join(META_TYPES)}}} - got {_quoted(kind)}.",
            plain=True,
        )
    kind = kind.lower()
    if kind not in CARRIED:
        raise Refusal(131051, details=f"The sandbox does not carry messages of type {kind} yet.")
    payload = body.get(kind)
    if payload is None:
        raise Refusal(100, title=f"The parameter {kind} is required.", plain=True)
    if not isinstance(payload, dict):
        raise Refusal(100, title=f"Param {kind} must be a JSON object.", plain=True)
    if kind == "text":
        _check_text(payload)
    return Draft(to=to, wa_id=wa_id, user_id=user_id, kind=kind, payload=payload, biz=_biz(body))


def digits_of(to: str) -> str | None:
    """A recipient as WhatsApp writes it (digits only), or None if it is no international number."""
    bare = _NOT_DIGITS.sub("", to).removeprefix("+")
    return bare if _NUMBER.fullmatch(bare) else None


def _check_product(body: dict[str, Any]) -> None:
    product = body.get("messaging_product")
    if product is None:
        raise Refusal(100, title="The parameter messaging_product is required.", plain=True)
    if not isinstance(product, str) or product.lower() != "whatsapp":
        raise Refusal(
            100,
            title=f"Param messaging_product must be one of {{WHATSAPP}} - got {_quoted(product)}.",
            plain=True,
        )


def _read_mark(body: dict[str, Any]) -> ReadMark:
    if body["status"] != "read":
        raise Refusal(
            100, title=f"Param status must be one of {{READ}} - got {_quoted(body['status'])}.", plain=True
        )
    message_id = body.get("message_id")
    if not isinstance(message_id, str) or not message_id:
        raise Refusal(100, title="The parameter message_id is required.", plain=True)
    typing = body.get("typing_indicator")
    if typing is not None and (not isinstance(typing, dict) or typing.get("type") != "text"):
        got = typing.get("type") if isinstance(typing, dict) else typing
        raise Refusal(
            100,
            title=f"Param typing_indicator['type'] must be one of {{TEXT}} - got {_quoted(got)}.",
            plain=True,
        )
    return ReadMark(message_id, typing is not None)


def _recipient(body: dict[str, Any]) -> tuple[str, str | None, str | None]:
    to = body.get("to")
    user_id = body.get("recipient")
    if to is None and isinstance(user_id, str) and user_id:
        return user_id, None, user_id
    if isinstance(to, int) and not isinstance(to, bool):
        to = str(to)
    if not isinstance(to, str) or not to.strip():
        raise Refusal(100, title="The parameter to is required.", plain=True)
    wa_id = digits_of(to)
    if wa_id is None:
        raise Refusal(100, details="Recipient phone number is not valid: give country code and number.")
    return to, wa_id, None


def _check_text(payload: dict[str, Any]) -> None:
    text = payload.get("body")
    if text is None or text == "":
        raise Refusal(100, title="The parameter text['body'] is required.", plain=True)
    if not isinstance(text, str):
        raise Refusal(100, title="Param text['body'] must be a string.", plain=True)
    if len(text) > TEXT_AT_MOST:
        raise Refusal(
            100, title=f"Param text['body'] must be at most {TEXT_AT_MOST} characters long.", plain=True
        )
    if not isinstance(payload.get("preview_url", False), bool | str):
        raise Refusal(100, title="Param text['preview_url'] must be a boolean.", plain=True)


def _biz(body: dict[str, Any]) -> str | None:
    biz = body.get("biz_opaque_callback_data")
    if biz is None:
        return None
    if not isinstance(biz, str) or len(biz) > BIZ_AT_MOST:
        raise Refusal(
            100,
            title=f"Param biz_opaque_callback_data must be a string of at most {BIZ_AT_MOST} characters.",
            plain=True,
        )
    return biz


def _one_of(body: dict[str, Any], name: str, allowed: tuple[str, ...]) -> None:
    value = body.get(name, allowed[0])
    if not isinstance(value, str) or value.upper() not in allowed:
        raise Refusal(
            100,
            title=f"Param {name} must be one of {{{', '.join(allowed)}}} - got {_quoted(value)}.",
            plain=True,
        )
    if value.upper() == "GROUP":
        raise Refusal(131051, details="The sandbox does not carry group messages yet.")


def _quoted(value: Any) -> str:
    return '"' + str(value)[:60] + '"'
