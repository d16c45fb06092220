"""What customers may hear of: the public types, and which parts of an event they carry. Nothing else leaves the house."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

TEST: Final = "webhook.test"
"""What the button "send a test" sends; no event stands behind it."""


@dataclass(frozen=True, slots=True)
class PublicType:
    """One type.

    :ivar kind: the event behind it (``events.kinds``).
    :ivar says: for the documentation.
    :ivar fields: names in the event's data to names in the payload's ``data``; whatever is not named stays here.
    """

    name: str
    kind: str
    says: str
    fields: Mapping[str, str]


_STATE: Final = {"from": "from", "to": "to", "reason": "reason"}
_ALERT: Final = {
    **{name: name for name in ("id", "code", "level", "count", "muted", "sentence", "step", "url")},
    "opened_at": "openedAt",
}

_ALL: Final = (
    PublicType("campaign.started", "batch.started", "A contract began, or went on after a pause.", {}),
    PublicType("campaign.paused", "batch.paused", "A person paused a contract.", {}),
    PublicType("campaign.cancelled", "batch.cancelled", "A person cancelled a contract.", {}),
    PublicType("campaign.held", "batch.held", "A contract is held until a person acts.", {"code": "code"}),
    PublicType("campaign.finished", "batch.finished", "Nothing of a contract is left to do.", {}),
    PublicType(
        "campaign.uncertain",
        "messages.uncertain",
        "Nobody knows whether some messages went out; a person decides.",
        {"count": "count"},
    ),
    PublicType(
        "import.finished",
        "import.finished",
        "An uploaded list was read.",
        {"rows": "rows", "skipped": "skipped"},
    ),
    PublicType("import.failed", "import.failed", "An uploaded list could not be read.", {"code": "code"}),
    PublicType(
        "sender.state_changed", "sender.state_changed", "A number may send again, or no more.", _STATE
    ),
    PublicType(
        "account.state_changed",
        "account.state_changed",
        "A provider account works again, or no more.",
        _STATE,
    ),
    PublicType(
        "template.changed",
        "template.changed",
        "The provider changed the state of a template.",
        {"name": "name", "language": "language", "state": "state", "can_send": "canSend"},
    ),
    PublicType(
        "message.received",
        "message.received",
        "People wrote to one of the numbers; one event may hold several messages.",
        {"message_ids": "messageIds"},
    ),
    PublicType(
        "ticket.opened",
        "ticket.opened",
        "People wrote, and tickets were opened for it; one event may hold several.",
        {"ticket_ids": "ticketIds"},
    ),
    PublicType(
        "ticket.closed", "ticket.closed", "A ticket was closed.", {"as": "closedAs", "into": "mergedInto"}
    ),
    PublicType(
        "contact.opted_out",
        "contact.opted_out",
        "A person does not want to be written to.",
        {"source": "source"},
    ),
    PublicType(
        "contact.opted_in", "contact.opted_in", "A person wants to be written to again.", {"source": "source"}
    ),
    PublicType("alert.raised", "alert.raised", "Something needs a person, or has grown worse.", _ALERT),
    PublicType(
        "alert.closed", "alert.closed", "It is over, or a person deleted it.", {**_ALERT, "how": "how"}
    ),
)

TYPES: Final[Mapping[str, PublicType]] = {one.name: one for one in _ALL}
"""Name to type, in the order they are listed in."""
BY_KIND: Final[Mapping[str, PublicType]] = {one.kind: one for one in _ALL}


def unknown(names: list[str]) -> list[str]:
    """Names that are no types, sorted."""
    return sorted(set(names) - set(TYPES))
