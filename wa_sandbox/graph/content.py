"""Reading the body of `POST /{phone_number_id}/messages`: checks in Meta's order, in Meta's words where known.

The wording of the (#100) refusals follows what clients have recorded; where nothing was found it is an assumption
(README.md, "How true it is").
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from wa_sandbox.graph.errors import Refusal
from wa_sandbox.graph.forms import nested
from wa_sandbox.graph.interactive_content import read_interactive
from wa_sandbox.graph.media_content import MEDIA_KINDS, MediaUse, read_media
from wa_sandbox.graph.place_content import read_contacts, read_location, read_reaction
from wa_sandbox.graph.words import invalid, missing, not_one_of, wrong

TEXT_AT_MOST: Final = 4096
BIZ_AT_MOST: Final = 512
META_TYPES: Final = tuple(
    "AUDIO,CONTACTS,DOCUMENT,IMAGE,INTERACTIVE,LOCATION,REACTION,STICKER,TEMPLATE,TEXT,VIDEO".split(",")  # noqa: SIM905
)

_NOT_DIGITS: Final = re.compile(r"[\s\-().\u200e\u200f\u202a-\u202e\u2066-\u2069\u00a0]")
_NUMBER: Final = re.compile(r"[1-9][0-9]{5,14}")


@dataclass(slots=True)
class Draft:
    """A message that was read and is well formed. `to` is as sent; `wa_id` digits, or None when `user_id` is given.

    `text`: its words; `shown`: what a phone shows beyond plain text; `media`: uploads and links it uses. Templates get
    these three once their template is known. `context_id`: the message it answers; `key_hash`: the identity expected.
    """

    to: str
    wa_id: str | None
    user_id: str | None
    kind: str
    payload: Any
    biz: str | None
    context_id: str | None
    key_hash: str | None
    text: str = ""
    shown: dict[str, Any] | None = None
    media: list[MediaUse] = field(default_factory=list)


@dataclass(slots=True)
class ReadMark:
    """A request to mark an inbound message as read, perhaps with a typing indicator."""

    message_id: str
    typing: bool


def read(body: Any) -> Draft | ReadMark:
    """The message in a request body. Raises Refusal."""
    if not isinstance(body, dict):
        raise missing("messaging_product")
    _check_product(body)
    if "status" in body:
        return _read_mark(body)
    _one_of(body, "recipient_type", ("INDIVIDUAL", "GROUP"))
    to, wa_id, user_id = _recipient(body)
    kind = body.get("type", "text")
    if not isinstance(kind, str) or kind.upper() not in META_TYPES:
        raise not_one_of("type", META_TYPES, kind)
    kind = kind.lower()
    payload = nested(body.get(kind))
    if payload is None:
        raise missing(kind)
    if not isinstance(payload, list if kind == "contacts" else dict):
        raise wrong(kind, "must be a JSON array" if kind == "contacts" else "must be a JSON object")
    draft = Draft(
        to=to,
        wa_id=wa_id,
        user_id=user_id,
        kind=kind,
        payload=payload,
        biz=_biz(body),
        context_id=_context(body) if "context" in body else None,
        key_hash=_key_hash(body) if "recipient_identity_key_hash" in body else None,
    )
    _read_payload(draft)
    return draft


def _read_payload(draft: Draft) -> None:
    kind, payload = draft.kind, draft.payload
    if kind == "text":
        _check_text(payload)
        draft.text = payload["body"]
    elif kind == "interactive":
        draft.text, draft.shown, draft.media = read_interactive(payload)
    elif kind in MEDIA_KINDS:
        draft.text, draft.shown, draft.media = read_media(kind, payload)
    elif kind == "location":
        draft.text, draft.shown = read_location(payload)
    elif kind == "contacts":
        draft.text, draft.shown = read_contacts(payload)
    elif kind == "reaction":
        draft.text, draft.shown = read_reaction(payload)


def digits_of(to: str) -> str | None:
    """A recipient as WhatsApp writes it (digits only), or None if it is no international number."""
    bare = _NOT_DIGITS.sub("", to).removeprefix("+")
    return bare if _NUMBER.fullmatch(bare) else None


def _check_product(body: dict[str, Any]) -> None:
    product = body.get("messaging_product")
    if product is None:
        raise missing("messaging_product")
    if not isinstance(product, str) or product.lower() != "whatsapp":
        raise not_one_of("messaging_product", ("WHATSAPP",), product)


def _read_mark(body: dict[str, Any]) -> ReadMark:
    if body["status"] != "read":
        raise not_one_of("status", ("READ",), body["status"])
    message_id = body.get("message_id")
    if not isinstance(message_id, str) or not message_id:
        raise missing("message_id")
    typing = nested(body.get("typing_indicator"))
    if typing is not None and (not isinstance(typing, dict) or typing.get("type") != "text"):
        got = typing.get("type") if isinstance(typing, dict) else typing
        raise not_one_of("typing_indicator['type']", ("TEXT",), got)
    return ReadMark(message_id, typing is not None)


def _recipient(body: dict[str, Any]) -> tuple[str, str | None, str | None]:
    to = body.get("to")
    user_id = body.get("recipient")
    if to is None and isinstance(user_id, str) and user_id:
        return user_id, None, user_id
    if isinstance(to, int) and not isinstance(to, bool):
        to = str(to)
    if not isinstance(to, str) or not to.strip():
        raise missing("to")
    wa_id = digits_of(to)
    if wa_id is None:
        raise Refusal(100, details="Recipient phone number is not valid: give country code and number.")
    return to, wa_id, None


def _check_text(payload: dict[str, Any]) -> None:
    text = payload.get("body")
    if text is None or text == "":
        raise missing("text['body']")
    if not isinstance(text, str):
        raise wrong("text['body']", "must be a string")
    if len(text) > TEXT_AT_MOST:
        raise wrong("text['body']", f"must be at most {TEXT_AT_MOST} characters long")
    if not isinstance(payload.get("preview_url", False), bool | str):
        raise wrong("text['preview_url']", "must be a boolean")


def _biz(body: dict[str, Any]) -> str | None:
    biz = body.get("biz_opaque_callback_data")
    if biz is None:
        return None
    if not isinstance(biz, str) or len(biz) > BIZ_AT_MOST:
        raise wrong("biz_opaque_callback_data", f"must be a string of at most {BIZ_AT_MOST} characters")
    return biz


def _context(body: dict[str, Any]) -> str | None:
    context = nested(body["context"])
    if context is None:
        return None
    if not isinstance(context, dict):
        raise wrong("context", "must be a JSON object")
    message_id = context.get("message_id")
    if message_id is None or message_id == "":
        raise missing("context['message_id']")
    if not isinstance(message_id, str) or not message_id.startswith("wamid."):
        raise invalid("Param context['message_id'] is not a message id.")
    return message_id


def _key_hash(body: dict[str, Any]) -> str | None:
    value = body["recipient_identity_key_hash"]
    if value is not None and not isinstance(value, str):
        raise wrong("recipient_identity_key_hash", "must be a string")
    return value


def _one_of(body: dict[str, Any], name: str, allowed: tuple[str, ...]) -> None:
    value = body.get(name, allowed[0])
    if not isinstance(value, str) or value.upper() not in allowed:
        raise not_one_of(name, allowed, value)
    if value.upper() == "GROUP":
        raise Refusal(131051, details="The sandbox does not carry group messages.")
