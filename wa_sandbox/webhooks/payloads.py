"""The bodies of webhooks, in the shapes of Meta's reference (provider facts A5 to A8)."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from wa_sandbox.graph.errors import webhook_error
from wa_sandbox.ledger.message import Inbound, Message
from wa_sandbox.people.identity import NOBODY_SPECIAL, Profile, name_of, parent_user_id_of, user_id_of
from wa_sandbox.webhooks.escaping import escaped
from wa_sandbox.world.records import PhoneNumber, Portfolio


class Event:
    """One thing to tell the client. `kind`: entries of a number ("statuses", "messages", …) can share a change; without
    a number `entry` is the whole value and `at` its time. `entry_id`: in place of the account's id.

    `ack`: [wamid, what], written to the ledger when the client has answered 200; None: nothing to note.
    """

    __slots__ = ("ack", "at", "contact", "entry", "entry_id", "field", "kind", "number", "waba_id")

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
        at: float = 0.0,
        entry_id: str | None = None,
    ) -> None:
        self.waba_id = waba_id
        self.at = at
        self.entry_id = entry_id or waba_id
        self.kind = kind
        self.entry = entry
        self.number = number
        self.contact = contact
        self.field = field
        self.ack = ack

    def as_fact(self) -> dict[str, Any]:
        """An event as the ledger keeps it, to be told after a restart if nobody heard it."""
        fact: dict[str, Any] = {
            "waba_id": self.waba_id,
            "field": self.field,
            "value": self.entry,
            "at": self.at,
            "entry_id": self.entry_id,
        }
        if self.number is not None:
            fact |= {"kind": self.kind, "phone_number_id": self.number.id, "contact": self.contact}
        return fact

    @classmethod
    def from_fact(cls, fact: dict[str, Any], numbers: Mapping[str, PhoneNumber]) -> "Event | None":
        """What :meth:`as_fact` wrote, with the id under which it is waited for. None: its number is gone."""
        number_id = fact.get("phone_number_id")
        number = numbers.get(number_id) if number_id is not None else None
        if number_id is not None and number is None:
            return None
        return cls(
            waba_id=fact["waba_id"],
            kind=fact.get("kind", "value"),
            field=fact["field"],
            entry=fact["value"],
            number=number,
            contact=fact.get("contact"),
            at=fact["at"],
            entry_id=fact["entry_id"],
            ack=[fact["id"], "told"],
        )


def status_event(
    message: Message,
    what: str,
    at: float,
    *,
    number: PhoneNumber,
    portfolio: Portfolio,
    profile: Profile,
    code: int,
    free_in_window: list[str],
) -> Event:
    """The event of a receipt. `what` is sent, delivered, read, played or failed; `code` the reason of a failure."""
    who = contact(portfolio, message.wa_id, profile)
    entry: dict[str, Any] = {
        "id": message.wamid,
        "status": what,
        "timestamp": str(int(at)),
        "recipient_id": message.wa_id,
        "recipient_user_id": who["user_id"],
    }
    if "parent_user_id" in who:
        entry["recipient_parent_user_id"] = who["parent_user_id"]
    if profile.hides_number:
        del entry["recipient_id"]
    if message.biz is not None:
        entry["biz_opaque_callback_data"] = message.biz
    if what == "failed":
        entry["errors"] = [webhook_error(code)]
    else:
        entry["conversation"] = _conversation(message, at if what == "sent" else None)
        entry["pricing"] = _pricing(message, free_in_window)
    return Event(
        waba_id=number.waba_id,
        kind="statuses",
        entry=entry,
        number=number,
        contact=who,
        ack=[message.wamid, what],
    )


def contact(portfolio: Portfolio, wa_id: str, profile: Profile, name: str | None = None) -> dict[str, Any]:
    """The entry of `contacts` for a person: name, number unless it is hidden, ids within the portfolio."""
    shown: dict[str, Any] = {"profile": {"name": profile.name or name or name_of(wa_id)}}
    if profile.username is not None:
        shown["profile"]["username"] = profile.username
    if not profile.hides_number:
        shown["wa_id"] = wa_id
    shown["user_id"] = user_id_of(portfolio.id, wa_id)
    if portfolio.parent_user_ids:
        shown["parent_user_id"] = parent_user_id_of(portfolio.id, wa_id)
    return shown


def inbound_event(inbound: Inbound, *, number: PhoneNumber, portfolio: Portfolio, profile: Profile) -> Event:
    """The event of a message a person sent. System messages about a number carry no contacts."""
    who = contact(portfolio, inbound.wa_id, profile, inbound.name)
    entry = {**inbound.body, "from_user_id": who["user_id"]}
    if "parent_user_id" in who:
        entry["from_parent_user_id"] = who["parent_user_id"]
    if profile.hides_number:
        del entry["from"]
    about_number = entry.get("type") == "system" and "identity" not in entry
    return Event(
        waba_id=number.waba_id,
        kind="messages",
        entry=entry,
        number=number,
        contact=None if about_number else who,
        ack=[inbound.wamid, "inbound"],
    )


def echo_event(entry: dict[str, Any], wa_id: str, *, number: PhoneNumber, portfolio: Portfolio) -> Event:
    """The event of a message the business sent with the app on its phone (`smb_message_echoes`)."""
    who = contact(portfolio, wa_id, NOBODY_SPECIAL)
    return Event(
        waba_id=number.waba_id,
        kind="message_echoes",
        entry={**entry, "to_user_id": who["user_id"]},
        number=number,
        contact=who,
        field="smb_message_echoes",
    )


def preference_event(
    value: str, wa_id: str, at: float, *, number: PhoneNumber, portfolio: Portfolio, profile: Profile
) -> Event:
    """The event of a person stopping or resuming marketing messages with WhatsApp's own switch."""
    who = contact(portfolio, wa_id, profile)
    entry: dict[str, Any] = {"wa_id": wa_id, "user_id": who["user_id"]}
    if profile.hides_number:
        del entry["wa_id"]
    entry |= {
        "detail": f"User requested to {value} marketing messages",
        "category": "marketing_messages",
        "value": value,
        "timestamp": int(at),
    }
    return Event(
        waba_id=number.waba_id,
        kind="user_preferences",
        entry=entry,
        number=number,
        contact=who,
        field="user_preferences",
    )


def envelope(events: list[Event]) -> bytes:
    """The exact bytes to post, escaped as Meta does: events of one number and kind share a change, in the order given."""
    entries: dict[tuple[str, int], list[dict[str, Any]]] = {}
    shared: dict[tuple[str, str, str], dict[str, Any]] = {}
    for event in events:
        if event.number is None:
            changes = entries.setdefault((event.entry_id, int(event.at)), [])
            changes.append({"value": event.entry, "field": event.field})
            continue
        changes = entries.setdefault((event.waba_id, 0), [])
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
    for value in shared.values():
        if not value["contacts"]:
            del value["contacts"]
    told = {
        "object": "whatsapp_business_account",
        "entry": [
            {"id": entry_id, "time": at, "changes": changes} if at else {"id": entry_id, "changes": changes}
            for (entry_id, at), changes in entries.items()
        ],
    }
    return escaped(orjson.dumps(told))


def _conversation(message: Message, sent_at: float | None) -> dict[str, Any]:
    name = f"{message.number_id}:{message.wa_id}:{message.category}:{int(message.at // 86_400)}"
    conversation: dict[str, Any] = {"id": hashlib.blake2b(name.encode(), digest_size=16).hexdigest()}
    if sent_at is not None:
        conversation["expiration_timestamp"] = str(int(sent_at) + 86_400)
    conversation["origin"] = {"type": "referral_conversion" if message.free_entry else message.category}
    return conversation


def _pricing(message: Message, free_in_window: list[str]) -> dict[str, Any]:
    kind = "regular"
    if message.free_entry:
        kind = "free_entry_point"
    elif message.in_window and message.category in free_in_window:
        kind = "free_customer_service"
    return {
        "billable": kind == "regular",
        "pricing_model": "PMP",
        "type": kind,
        "category": "referral_conversion" if message.free_entry else message.category,
    }
