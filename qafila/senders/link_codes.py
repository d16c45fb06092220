"""The code of letters that a gateway gave: sealed, for this attempt only, and no longer than it may be typed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from qafila.businesses.keyring import keyring
from qafila.kit.crypto import CryptoError
from qafila.senders.link_models import PhoneLink

NO_CODE: Final[dict[str, Any]] = {"code_sealed": "", "code_until": None, "code_wanted": False}
"""What a row is set to when its code is over."""


def seal_code(link: PhoneLink, code: str) -> str:
    """Encrypts a code for this attempt of this number."""
    return keyring().encrypt(code, _place(link))


def code_of(link: PhoneLink, *, now: datetime) -> str:
    """The code that may be typed now; "" when there is none, it is over, or it cannot be opened any more."""
    if not link.code_sealed or link.code_until is None or now >= link.code_until:
        return ""
    try:
        return keyring().decrypt(link.code_sealed, _place(link))
    except CryptoError:
        return ""


def _place(link: PhoneLink) -> str:
    return f"business:{link.sender.business_id}/senders.PhoneLink/{link.sender_id}/{link.nonce}/code"
