"""Event types and outcomes in the words of people."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qafila import wording
from qafila.events.webhooks.types import TEST, TYPES
from qafila.wording import Wording

TYPE_WORDS: Final[dict[str, Promise]] = {
    "campaign.started": _("A contract began or went on"),
    "campaign.paused": _("A contract was paused"),
    "campaign.cancelled": _("A contract was cancelled"),
    "campaign.held": _("A contract is on hold"),
    "campaign.finished": _("A contract is finished"),
    "campaign.uncertain": _("Messages of a contract are uncertain"),
    "import.finished": _("A list was read"),
    "import.failed": _("A list could not be read"),
    "sender.state_changed": _("The state of a sender changed"),
    "account.state_changed": _("The state of a provider account changed"),
    "template.changed": _("A template changed"),
    "message.received": _("A message came in"),
    "ticket.opened": _("A ticket was opened"),
    "ticket.closed": _("A ticket was closed"),
    "contact.opted_out": _("A person opted out"),
    "contact.opted_in": _("A person opted in again"),
    "alert.raised": _("An alert was raised"),
    "alert.closed": _("An alert is over"),
    TEST: _("A test"),
}
REASONS: Final[dict[str, Promise]] = {
    "person": _("Somebody switched it off."),
    "failing": _("It answered nothing but failures for five days, so it was switched off."),
    "gone": _("It said that it is gone (410), so it was switched off."),
}
_UNREADABLE: Final = frozenset(
    {"response_truncated", "response_garbled", "client_closed", "body_length_wrong"}
)
_NOT_CALLED: Final = frozenset(
    {"bad_request", "url_unreadable", "url_scheme", "url_userinfo", "port_forbidden"}
)


def type_choices() -> list[tuple[str, str | Promise]]:
    """Every type that can be chosen, with its words."""
    return [(name, TYPE_WORDS.get(name, name)) for name in TYPES]


def type_word(name: str) -> str:
    """A type in words; its own name where it has none."""
    return str(TYPE_WORDS.get(name, name))


def outcome(code: str) -> Wording | None:
    """Why a try does not count as delivered, in the reader's language; None for one that does."""
    if not code:
        return None
    if code in _UNREADABLE:
        code = "response_lost"
    elif code in _NOT_CALLED:
        code = "url_forbidden"
    return wording.say(f"webhook_try.{code}", get_language() or "en")
