"""The copied link: signed, good for ten minutes, and only for the attempt it was made for. It shows, and changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.core import signing

from qafila.senders.models import LinkState, PhoneLink, Sender

GOOD_FOR: Final = timedelta(minutes=10)
_SALT: Final = "qafila.pairing"
LONGEST: Final = 300


def make(link: PhoneLink) -> str:
    """The end of the address."""
    return signing.dumps({"sender": str(link.sender.public_id), "nonce": link.nonce}, salt=_SALT)


def read(token: str) -> Sender | None:
    """The number whose attempt it was made for; None when it is forged, too old, or that attempt was begun anew."""
    if len(token) > LONGEST:
        return None
    try:
        found = signing.loads(token, salt=_SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        return None
    link = (
        PhoneLink.objects.select_related("sender__provider_account", "sender__business")
        .filter(sender__public_id=found["sender"], nonce=found["nonce"])
        .first()
    )
    return link.sender if link is not None and link.state in (LinkState.RUNNING, LinkState.LINKED) else None
