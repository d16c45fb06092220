"""Locations, contacts and reactions in messages. Raises Refusal in Meta's words."""

from typing import Any, Final

from wa_sandbox.graph.words import invalid, missing, number_in, object_in, text_in, wrong

NAME_AT_MOST: Final = 1000
CONTACTS_AT_MOST: Final = 257
EMOJI_AT_MOST: Final = 20

Read = tuple[str, dict[str, Any]]


def read_location(payload: dict[str, Any], where: str = "location") -> Read:
    """A place: latitude and longitude, perhaps with a name and an address."""
    place: dict[str, Any] = {
        "latitude": number_in(payload, "latitude", f"{where}['latitude']", low=-90, high=90),
        "longitude": number_in(payload, "longitude", f"{where}['longitude']", low=-180, high=180),
    }
    for name in ("name", "address"):
        value = text_in(payload, name, f"{where}['{name}']", at_most=NAME_AT_MOST, required=False)
        if value:
            place[name] = value
    words = place.get("name") or place.get("address") or f"{place['latitude']}, {place['longitude']}"
    return f"[location] {words}", {"type": "location", "location": place, "text": ""}


def read_contacts(payload: list[Any]) -> Read:
    """Cards: each with a formatted name and at least one more part of the name."""
    if not payload:
        raise missing("contacts")
    if len(payload) > CONTACTS_AT_MOST:
        raise wrong("contacts", f"must be at most {CONTACTS_AT_MOST} items long")
    cards = []
    for index, card in enumerate(payload):
        where = f"contacts[{index}]"
        if not isinstance(card, dict):
            raise wrong(where, "must be a JSON object")
        name = object_in(card, "name", f"{where}['name']")
        shown = text_in(name, "formatted_name", f"{where}['name']['formatted_name']", at_most=NAME_AT_MOST)
        if not any(
            isinstance(value, str) and value for key, value in name.items() if key != "formatted_name"
        ):
            raise invalid(
                f"{where}['name'] needs one more of first_name, last_name, middle_name, suffix or prefix."
            )
        phones = card.get("phones") or []
        if not isinstance(phones, list) or not all(isinstance(phone, dict) for phone in phones):
            raise wrong(f"{where}['phones']", "must be an array of JSON objects")
        numbers = [str(phone.get("phone") or phone.get("wa_id") or "") for phone in phones]
        cards.append({"name": shown, "phones": numbers})
    return f"[contacts] {cards[0]['name']}", {"type": "contacts", "contacts": cards, "text": ""}


def read_reaction(payload: dict[str, Any]) -> Read:
    """A reaction: the message it is on and an emoji; "" or none takes it away."""
    message_id = text_in(payload, "message_id", "reaction['message_id']", at_most=500)
    emoji = payload.get("emoji")
    if emoji is not None and (not isinstance(emoji, str) or len(emoji) > EMOJI_AT_MOST):
        raise wrong("reaction['emoji']", "must be one emoji")
    return emoji or "", {"type": "reaction", "message_id": message_id, "emoji": emoji or "", "text": ""}
