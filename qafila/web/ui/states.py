"""How a state looks: its word, its icon, its tone. The word is always there: colour alone says nothing to some readers."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True, slots=True)
class Look:
    """One state as people see it.

    :ivar word: in the reader's language, once it is shown.
    :ivar icon: a name of the sprite.
    :ivar tone: ``calm``, ``busy``, ``good``, ``warn`` or ``bad``: a class of ``shell.css``.
    """

    word: str | Promise
    icon: str
    tone: str


LOOKS: Final[Mapping[str, Look]] = {
    # messages
    "queued": Look(pgettext_lazy("a message", "Queued"), "clock", "calm"),
    "sending": Look(pgettext_lazy("a message", "Sending"), "send", "busy"),
    "uncertain": Look(pgettext_lazy("a message", "Uncertain"), "help-circle", "warn"),
    "sent": Look(pgettext_lazy("a message", "Sent"), "check", "good"),
    "failed": Look(pgettext_lazy("a message", "Failed"), "alert-circle", "bad"),
    "delivered": Look(pgettext_lazy("a message", "Delivered"), "checks", "good"),
    "read": Look(pgettext_lazy("a message", "Read"), "eye", "good"),
    "skipped": Look(pgettext_lazy("a message", "Skipped"), "player-skip-forward", "calm"),
    "cancelled": Look(pgettext_lazy("a message", "Cancelled"), "ban", "calm"),
    "received": Look(pgettext_lazy("a message", "Received"), "inbox", "busy"),
    "scheduled": Look(pgettext_lazy("a message", "Scheduled"), "calendar", "calm"),
    # contracts and their batches
    "draft": Look(pgettext_lazy("a contract", "Draft"), "edit", "calm"),
    "beginning": Look(pgettext_lazy("a contract", "Begins"), "hourglass", "busy"),
    "planned": Look(pgettext_lazy("a contract", "Planned"), "calendar", "calm"),
    "pending": Look(pgettext_lazy("a contract", "Not started"), "hourglass", "calm"),
    "in_progress": Look(pgettext_lazy("a contract", "Running"), "player-play", "busy"),
    "flowing": Look(pgettext_lazy("a contract", "Running"), "player-play", "busy"),
    "open": Look(pgettext_lazy("a contract", "Open"), "circle-dot", "busy"),
    "paused": Look(pgettext_lazy("a contract or a number", "Paused"), "player-pause", "warn"),
    "held": Look(pgettext_lazy("a contract", "On hold"), "player-pause", "bad"),
    "completed": Look(pgettext_lazy("a contract", "Finished"), "circle-check", "good"),
    "finished": Look(pgettext_lazy("a file", "Ready"), "circle-check", "good"),
    "contract_failed": Look(pgettext_lazy("a contract", "Failed"), "alert-circle", "bad"),
    "file_failed": Look(pgettext_lazy("a file", "Not written"), "alert-circle", "bad"),
    "waiting": Look(pgettext_lazy("a contract or a file", "Waiting"), "hourglass", "calm"),
    "running": Look(pgettext_lazy("a contract or a file", "Running"), "player-play", "busy"),
    # senders and provider accounts
    "ready": Look(pgettext_lazy("a number", "Ready"), "circle-check", "good"),
    "ok": Look(_("Connected"), "circle-check", "good"),
    "resting": Look(pgettext_lazy("a number", "Resting"), "zzz", "warn"),
    "stopped": Look(pgettext_lazy("a number", "Stopped"), "player-stop", "bad"),
    "not_connected": Look(pgettext_lazy("a number", "Not connected"), "plug-off", "calm"),
    # quality of a number, as the provider rates it
    "green": Look(_("High quality"), "circle-check", "good"),
    "yellow": Look(_("Medium quality"), "alert-triangle", "warn"),
    "red": Look(_("Low quality"), "alert-octagon", "bad"),
    "unknown": Look(_("Unknown"), "circle-dashed", "calm"),
    # alerts
    "info": Look(_("Notice"), "info-circle", "busy"),
    "warning": Look(_("Warning"), "alert-triangle", "warn"),
    "critical": Look(_("Urgent"), "alert-octagon", "bad"),
    # webhooks out
    "missed": Look(_("Missed"), "player-skip-forward", "warn"),
    # invitations, keys, people
    "active": Look(_("Active"), "circle-check", "good"),
    "expired": Look(_("Expired"), "hourglass", "warn"),
    "revoked": Look(_("Revoked"), "ban", "calm"),
    "owner": Look(_("Owner"), "star", "good"),
    "admin": Look(_("Admin"), "shield", "busy"),
    "agent": Look(_("Agent"), "user", "calm"),
    "read_only": Look(_("Read only"), "eye", "calm"),
}
"""Word of a state to its look. A paused contract and a paused number look alike; where languages bend a word by what it is
said of, the thing is named beside it for the translator."""


def look_of(state: object) -> Look:
    """The look of a state: a member of one of our enumerations, or its word in any case.

    A word that nobody gave a look is shown as it is, so that a page never breaks over a new state.
    """
    if isinstance(state, enum.Enum):
        word = str(state.value) if isinstance(state.value, str) and state.value else state.name
    else:
        word = str(state or "unknown")
    found = LOOKS.get(word.lower())
    return found or Look(word.replace("_", " ").capitalize(), "circle-dashed", "calm")
