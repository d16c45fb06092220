"""One example of every message a person can send, in the shapes of Meta's reference (provider facts A6)."""

from collections.abc import Callable
from typing import Any, Final

import orjson

from wa_sandbox.checked import BadInput
from wa_sandbox.identifiers import wamid as make_wamid
from wa_sandbox.ledger.message import Inbound
from wa_sandbox.media.people_pictures import sample as sample_file
from wa_sandbox.people import acting
from wa_sandbox.people.identity import identity_hash_of, name_of
from wa_sandbox.people.replies import PLACE, contact_card
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import PhoneNumber

Body = dict[str, Any]
FILES: Final = ("image", "video", "audio", "voice", "document", "sticker")

_REFERRAL: Final[Body] = {
    "source_url": "https://fb.me/3cr4Wqqkv",
    "source_id": "120226305854810726",
    "source_type": "ad",
    "headline": "Chat with us",
    "body": "Summer is here",
    "media_type": "image",
    "image_url": "https://example.com/ad.jpg",
    "ctwa_clid": "Aff-n8ZTODiE79d22KtAwQKj9e",
    "welcome_message": {"text": "Hi! How can we help?"},
}


def _fixed(**body: Any) -> Callable[[str, str, float], Body]:
    return lambda wa_id, target, now: dict(body)


def _text(words: str, **more: Any) -> Callable[[str, str, float], Body]:
    return _fixed(type="text", text={"body": words}, **more)


def _interactive(kind: str, **reply: Any) -> Callable[[str, str, float], Body]:
    def make(wa_id: str, target: str, now: float) -> Body:
        return {
            "context": {"from": "", "id": target},
            "type": "interactive",
            "interactive": {"type": kind, kind: dict(reply)},
        }

    return make


def _button(wa_id: str, target: str, now: float) -> Body:
    button = {"payload": "STOP", "text": "Stop promotions"}
    return {"context": {"from": "", "id": target}, "type": "button", "button": button}


def _contact(wa_id: str, target: str, now: float) -> Body:
    return {"type": "contacts", "contacts": [contact_card(wa_id)]}


def _new_number(wa_id: str, target: str, now: float) -> Body:
    new = wa_id[:-4] + f"{(int(wa_id[-4:]) + 1111) % 10_000:04d}"
    body = f"User {name_of(wa_id)} changed from {wa_id} to {new}"
    return {"type": "system", "system": {"body": body, "wa_id": new, "type": "user_changed_number"}}


def _identity(wa_id: str, target: str, now: float) -> Body:
    identity = {"acknowledged": True, "created_timestamp": str(int(now)), "hash": identity_hash_of(wa_id)}
    system = {"body": f"{name_of(wa_id)} has a new security code", "type": "customer_identity_changed"}
    return {"type": "system", "system": system, "identity": identity}


def _on(kind: str, key: str, **more: Any) -> Callable[[str, str, float], Body]:
    return lambda wa_id, target, now: {"type": kind, kind: {key: target, **more}}


_UNSUPPORTED: Final = {
    "code": 131051,
    "title": "Message type unknown",
    "message": "Message type unknown",
    "error_data": {"details": "Message type is currently not supported."},
}
_ORDER: Final = {
    "catalog_id": "194836987003835",
    "text": "Please deliver tomorrow",
    "product_items": [
        {"product_retailer_id": "di9ozbzfi4", "quantity": 2, "item_price": 30, "currency": "USD"},
        {"product_retailer_id": "nqryix03ez", "quantity": 1, "item_price": 25.5, "currency": "USD"},
    ],
}

# name → body, of (who sends, the message it refers to, now)
SAMPLES: Final[dict[str, Callable[[str, str, float], Body]]] = {
    "text": _text("Hello, is this still available?"),
    "text/forwarded": _text("Look at this", context={"forwarded": True}),
    "text/frequently_forwarded": _text("Look at this", context={"frequently_forwarded": True}),
    "text/referral": _text("I saw your ad", referral=_REFERRAL),
    "text/product_enquiry": _text(
        "Is this available?",
        context={
            "from": "",
            "id": "wamid.product",
            "referred_product": {"catalog_id": "194836987003835", "product_retailer_id": "di9ozbzfi4"},
        },
    ),
    "location": _fixed(type="location", location={"latitude": 31.7683, "longitude": 35.2137}),
    "location/named": _fixed(type="location", location=PLACE),
    "contacts": _contact,
    "reaction": _on("reaction", "message_id", emoji="👍"),
    "reaction/removed": _on("reaction", "message_id", emoji=""),
    "button": _button,
    "interactive/button_reply": _interactive("button_reply", id="yes", title="Yes"),
    "interactive/list_reply": _interactive(
        "list_reply", id="row-1", title="First", description="The first row"
    ),
    "interactive/nfm_reply": _interactive(
        "nfm_reply",
        name="flow",
        body="Sent",
        response_json=orjson.dumps({"flow_token": "unused", "answer": "yes"}).decode(),
    ),
    "order": _fixed(type="order", order=_ORDER),
    "system/user_changed_number": _new_number,
    "system/customer_identity_changed": _identity,
    "unsupported": _fixed(type="unsupported", errors=[_UNSUPPORTED], unsupported={"type": "poll_creation"}),
    "request_welcome": _fixed(type="request_welcome"),
    "edit": _on("edit", "original_message_id", message={"type": "text", "text": {"body": "I meant this"}}),
    "revoke": _on("revoke", "original_message_id"),
}


def names() -> list[str]:
    """Every sample there is, files included."""
    return [*SAMPLES, *FILES]


def send_sample(
    box: Sandbox, number: PhoneNumber, wa_id: str, name: str, wamid: str | None = None
) -> Inbound:
    """A person sends a sample. `wamid`: the message it refers to; the latest of the conversation by default."""
    if name in FILES:
        mime, content, filename = sample_file(name)
        kind = "audio" if name == "voice" else name
        return acting.send_file(
            box,
            number,
            wa_id,
            kind=kind,
            mime=mime,
            content=content,
            filename=filename,
            voice=name == "voice",
        )
    make = SAMPLES.get(name)
    if make is None:
        raise BadInput(f"There is no sample {name!r}. There are: {', '.join(names())}.")
    body = make(
        wa_id, wamid or _target(box, number, wa_id, mine=name not in ("edit", "revoke")), box.clock.now()
    )
    if (body.get("context") or {}).get("from") == "":
        body["context"] = {**body["context"], "from": number.digits}
    return acting.send(box, number, wa_id, body)


def _target(box: Sandbox, number: PhoneNumber, wa_id: str, *, mine: bool) -> str:
    thread = box.books.threads.get(number.id, wa_id)
    if thread is not None:
        for bubble in reversed(thread.bubbles):
            if bubble.mine is mine:
                return bubble.wamid
    return make_wamid("before", 0, wa_id, inbound=not mine)
