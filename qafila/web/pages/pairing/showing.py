"""What both pages show of an attempt."""

from __future__ import annotations

from typing import Any

from qafila.senders.linking import Sight
from qafila.senders.models import LinkState
from qafila.senders.rules.link_patience import CODE_SECONDS, FIRST_CODE_SECONDS, TYPED_CODE_SECONDS
from qafila.web.pages.pairing.drawing import picture
from qafila.web.shell.saying import said_of
from qafila.wording import is_known


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
    return {
        "tries_left": sight.tries_left,
        "token": "",
        "is_running": sight.is_running,
        "is_linked": link is not None and link.state == LinkState.LINKED,
        "picture": picture(shown) if sight.is_running and shown.state == "qr" else None,
        "code": shown.code if sight.is_running else "",
        "seconds_left": sight.seconds_left,
        "ring": min(100, round(100 * sight.seconds_left / whole)),
        "ended_because": _why(link.reason) if link is not None and ended else "",
        "trouble": said_of(sight.trouble) if sight.trouble else "",
    }
