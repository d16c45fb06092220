"""What the inbox hears of."""

from __future__ import annotations

from qafila.events.registry import EventValue, on
from qafila.inbox.actions import receive


@on("message.received", "inbox.tickets")
def heard(event: EventValue) -> None:
    """People wrote to one of the numbers, whatever they wrote: a text, a picture, a reaction, STOP. Each message gets its ticket."""
    if event.business_id is not None:
        receive(business_id=event.business_id, message_ids=event.data["message_ids"], now=event.at)
