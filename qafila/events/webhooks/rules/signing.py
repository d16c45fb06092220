"""The signature of Standard Webhooks: secrets ``whsec_…``, HMAC-SHA256 over id, time and body, scheme ``v1``."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from qafila.kit.crypto import hmac_sha256

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32


def new_secret() -> str:
    """A fresh random secret as the receiver enters it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, *, message_id: str, at: datetime, body: bytes) -> str:
    """``v1,<base64>`` over ``<id>.<seconds>.<body>``.

    :raises ValueError: the text is no secret.
    """
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as exc:
        raise ValueError("This is no webhook secret.") from exc
    signed = f"{message_id}.{int(at.timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac_sha256(key, signed)).decode()


def headers(given: Iterable[str], *, message_id: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """The headers of one try, signed with every secret in use: two while a secret is being replaced."""
    signed = (signature(secret, message_id=message_id, at=at, body=body) for secret in given)
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signed),
    }
