"""The bearer token that Evolution API puts into its webhooks when a ``jwt_key`` is set: a JWT, HS256.

It says who sends and not what, so it is worth as much as a secret in the address. When it was made is not looked at: a
webhook that comes again is known by what is in it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence

from qafila.providers.reading import Unreadable, load, member

LONGEST = 4096


def is_made_with(header: str, secrets: Sequence[str]) -> bool:
    """Whether ``Bearer <token>`` carries a token that one of ``secrets`` signed; each is tried, in constant time."""
    token = header.removeprefix("Bearer ").strip() if header.startswith("Bearer ") else ""
    head, _, rest = token.partition(".")
    claims, _, signature = rest.partition(".")
    if not token.isascii() or len(token) > LONGEST or not (head and claims and signature):
        return False
    try:
        given = _decode(signature)
        algorithm = member(load(_decode(head)), "alg")
    except (binascii.Error, ValueError, Unreadable):
        return False
    signed = f"{head}.{claims}".encode()
    found = False
    for secret in secrets:
        if secret:
            found |= hmac.compare_digest(hmac.digest(secret.encode(), signed, "sha256"), given)
    return found and algorithm == "HS256"


def make(claims: bytes, secret: str) -> str:
    """A header that :func:`is_made_with` accepts. ``claims``: JSON."""
    signed = _signed(claims)
    return f"Bearer {signed}.{_encode(hmac.digest(secret.encode(), signed.encode(), 'sha256'))}"


def _signed(claims: bytes) -> str:
    return _encode(b'{"alg":"HS256","typ":"JWT"}') + "." + _encode(claims)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
