"""How a state looks: its word, its icon, its tone. The word is always there: colour alone says nothing to some readers."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


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
    "queued": Look(_("Queued"), "clock", "calm"),
    "sending": Look(_("Sending"), "send", "busy"),
    "uncertain": Look(_("Uncertain"), "help-circle", "warn"),
    "sent": Look(_("Sent"), "check", "good"),
    "failed": Look(_("Failed"), "alert-circle", "bad"),
    "delivered": Look(_("Delivered"), "checks", "good"),
    "read": Look(_("Read"), "eye", "good"),
    "skipped": Look(_("Skipped"), "player-skip-forward", "calm"),
    "cancelled": Look(_("Cancelled"), "ban", "calm"),
    "received": Look(_("Received"), "inbox", "busy"),
    "scheduled": Look(_("Scheduled"), "calendar", "calm"),
    # contracts and their batches
    "draft": Look(_("Draft"), "edit", "calm"),
    "pending": Look(_("Not started"), "hourglass", "calm"),
    "in_progress": Look(_("Running"), "player-play", "busy"),
    "flowing": Look(_("Running"), "player-play", "busy"),
    "open": Look(_("Open"), "circle-dot", "busy"),
    "paused": Look(_("Paused"), "player-pause", "warn"),
    "held": Look(_("On hold"), "player-pause", "bad"),
    "completed": Look(_("Finished"), "circle-check", "good"),
    "finished": Look(_("Finished"), "circle-check", "good"),
    "waiting": Look(_("Waiting"), "hourglass", "calm"),
    "running": Look(_("Running"), "player-play", "busy"),
    # senders and provider accounts
    "ready": Look(_("Ready"), "circle-check", "good"),
    "ok": Look(_("Connected"), "circle-check", "good"),
    "resting": Look(_("Resting"), "zzz", "warn"),
    "stopped": Look(_("Stopped"), "player-stop", "bad"),
    "not_connected": Look(_("Not connected"), "plug-off", "calm"),
    # quality of a number, as the provider rates it
    "green": Look(_("High quality"), "circle-check", "good"),
    "yellow": Look(_("Medium quality"), "alert-triangle", "warn"),
    "red": Look(_("Low quality"), "alert-octagon", "bad"),
    "unknown": Look(_("Unknown"), "circle-dashed", "calm"),
    # alerts
    "info": Look(_("Notice"), "info-circle", "busy"),
    "warning": Look(_("Warning"), "alert-triangle", "warn"),
    "critical": Look(_("Urgent"), "alert-octagon", "bad"),
    # invitations, keys, people
    "active": Look(_("Active"), "circle-check", "good"),
    "expired": Look(_("Expired"), "hourglass", "warn"),
    "revoked": Look(_("Revoked"), "ban", "calm"),
    "owner": Look(_("Owner"), "star", "good"),
    "admin": Look(_("Admin"), "shield", "busy"),
    "agent": Look(_("Agent"), "user", "calm"),
    "read_only": Look(_("Read only"), "eye", "calm"),
}
"""Word of a state to its look. Rooms share words on purpose: a paused contract and a paused number look alike."""


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
