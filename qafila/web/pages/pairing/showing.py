"""What both pages show of an attempt."""

from __future__ import annotations

from typing import Any

from qafila.senders.linking import Sight
from qafila.senders.models import LinkState
from qafila.senders.rules.link_patience import (
    CODE_SECONDS,
    FIRST_CODE_SECONDS,
    TYPED_CODE_SECONDS,
    was_seen,
)
from qafila.web.pages.pairing.drawing import picture
from qafila.web.shell.saying import said_of
from qafila.wording import is_known


class Unlogged:
    """Something that links a phone, for a template. A template engine writes what it was given into its log when a name is
    missing anywhere on the page; of this it writes nothing."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __str__(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "[hidden]"


def _unlogged(value: str | None) -> Unlogged | None:
    return Unlogged(value) if value else None


def _why(reason: str) -> str:
    """Why an attempt is over; a gateway's own word that nobody here knows is said in general."""
    return said_of(reason if is_known(reason) else "link_failed")


def seen(sight: Sight) -> dict[str, Any]:
    """For the template ``web/pairing/part.html``; nothing that it asks for may be missing: a missing name is logged by the
    template engine together with everything else that there is."""
    shown, link = sight.shown, sight.link
    whole = TYPED_CODE_SECONDS if shown.state == "code" else FIRST_CODE_SECONDS
    if shown.state == "qr" and link is not None and link.codes > 1:
        whole = CODE_SECONDS
    ended = link is not None and link.state == LinkState.ENDED
    codes = link.codes if link is not None else 0
    phone_seen = was_seen(said=shown.state, codes=codes, phone_seen=shown.phone_seen)
    return {
        "tries_left": sight.tries_left,
        "token": "",
        "is_running": sight.is_running,
        "is_linked": link is not None and link.state == LinkState.LINKED,
        "picture": _unlogged(picture(shown)) if sight.is_running and shown.state == "qr" else None,
        "code": _unlogged(shown.code) if sight.is_running else None,
        "code_is_over": shown.state == "code" and not shown.code and codes > 0,
        "phone_seen": phone_seen and not sight.trouble,
        "seconds_left": sight.seconds_left,
        "ring": min(100, round(100 * sight.seconds_left / whole)),
        "ended_because": _why(link.reason) if link is not None and ended else "",
        "trouble": said_of(sight.trouble) if sight.trouble else "",
    }
