"""The bodies of webhooks, in the shapes of Meta's reference (provider facts A5 to A8)."""

import hashlib
from typing import Any

import orjson

from wa_sandbox.graph.errors import webhook_error
from wa_sandbox.ledger.message import Inbound, Message
from wa_sandbox.people.identity import name_of, user_id_of
from wa_sandbox.world.records import PhoneNumber


class Event:
    """One thing to tell the client. `kind`: "statuses" and "messages" can share a change; any other is a whole value.

    `ack`: [wamid, what], written to the ledger when the client has answered 200; None: nothing to note.
    """

    __slots__ = ("ack", "contact", "entry", "field", "kind", "number", "waba_id")

    def __init__(
        self,
        *,
        waba_id: str,
        kind: str,
        entry: dict[str, Any],
        number: PhoneNumber | None = None,
        contact: dict[str, Any] | None = None,
        field: str = "messages",
        ack: list[str] | None = None,
    ) -> None:
        self.waba_id = waba_id
        self.kind = kind
        self.entry = entry
        self.number = number
        self.contact = contact
        self.field = field
        self.ack = ack


def status_event(
    message: Message,
    what: str,
    at: float,
    *,
    number: PhoneNumber,
    portfolio_id: str,
    code: int,
    free_in_window: list[str],
) -> Event:
    """The event of a receipt. `what` is sent, delivered, read or failed; `code` the reason of a failure."""
    user_id = user_id_of(portfolio_id, message.wa_id)
    entry: dict[str, Any] = {
        "id": message.wamid,
        "status": what,
        "timestamp": str(int(at)),
        "recipient_id": message.wa_id,
        "recipient_user_id": user_id,
    }
    if message.biz is not None:
        entry["biz_opaque_callback_data"] = message.biz
    if what == "failed":
        entry["errors"] = [webhook_error(code)]
    else:
        entry["conversation"] = _conversation(message, at if what == "sent" else None)
        entry["pricing"] = _pricing(message, free_in_window)
    contact = {"profile": {"name": name_of(message.wa_id)}, "wa_id": message.wa_id, "user_id": user_id}
    return Event(
        waba_id=number.waba_id,
        kind="statuses",
        entry=entry,
        number=number,
        contact=contact,
        ack=[message.wamid, what],
    )


def inbound_event(inbound: Inbound, *, number: PhoneNumber, portfolio_id: str) -> Event:
    """The event of a message a person sent."""
    user_id = user_id_of(portfolio_id, inbound.wa_id)
    return Event(
        waba_id=number.waba_id,
        kind="messages",
        entry={**inbound.body, "from_user_id": user_id},
        number=number,
        contact={"profile": {"name": inbound.name}, "wa_id": inbound.wa_id, "user_id": user_id},
        ack=[inbound.wamid, "inbound"],
    )


def envelope(events: list[Event]) -> bytes:
    """The exact bytes to post: events of one number and kind share a change, in the order given."""
    entries: dict[str, list[dict[str, Any]]] = {}
    shared: dict[tuple[str, str, str], dict[str, Any]] = {}
    for event in events:
        changes = entries.setdefault(event.waba_id, [])
        if event.number is None:
            changes.append({"value": event.entry, "field": event.field})
            continue
        key = (event.waba_id, event.number.id, event.kind)
        value = shared.get(key)
        if value is None:
            value = shared[key] = {
                "messaging_product": "whatsapp",
                "metadata": {
                    "display_phone_number": event.number.digits,
                    "phone_number_id": event.number.id,
                },
                "contacts": [],
                event.kind: [],
            }
            changes.append({"value": value, "field": event.field})
        if event.contact is not None and event.contact not in value["contacts"]:
            value["contacts"].append(event.contact)
        value[event.kind].append(event.entry)
    return orjson.dumps(
        {
            "object": "whatsapp_business_account",
            "entry": [{"id": waba_id, "changes": changes} for waba_id, changes in entries.items()],
        }
    )


def _conversation(message: Message, sent_at: float | None) -> dict[str, Any]:
    name = f"{message.number_id}:{message.wa_id}:{message.category}:{int(message.at // 86_400)}"
    conversation: dict[str, Any] = {"id": hashlib.blake2b(name.encode(), digest_size=16).hexdigest()}
    if sent_at is not None:
        conversation["expiration_timestamp"] = str(int(sent_at) + 86_400)
    conversation["origin"] = {"type": message.category}
    return conversation


def _pricing(message: Message, free_in_window: list[str]) -> dict[str, Any]:
    free = message.in_window and message.category in free_in_window
    return {
        "billable": not free,
        "pricing_model": "PMP",
        "type": "free_customer_service" if free else "regular",
        "category": message.category,
    }
