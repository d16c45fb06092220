"""Signatures of webhooks: HMAC-SHA-256 over the bytes as they arrived, or a secret in the address."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence

PREFIX = "sha256="
PATH_SECRET = ":path-secret"  # noqa: S105 - a name
"""Name under which the end of a webhook's address comes among its headers. No header of HTTP can have this name."""

_DIGITS = re.compile(r"[0-9a-f]*")


def header(headers: Mapping[str, str], name: str) -> str:
    """A header's value whatever the case of its name; empty if it is missing."""
    found = headers.get(name) or headers.get(name.lower())
    if found:
        return found
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")


def is_of_form(signature: str, *, prefix: str = PREFIX, digits: int = 64) -> bool:
    """Whether it looks as an HMAC in hexadecimal does, as :func:`matches` compares it: the prefix, then so many digits."""
    return (
        len(signature) == len(prefix) + digits
        and signature.startswith(prefix)
        and _DIGITS.fullmatch(signature, len(prefix)) is not None
    )


def matches(*, body: bytes, signature: str, secrets: Sequence[str]) -> bool:
    """Whether ``signature`` (``sha256=<hex>``) was made of ``body`` with one of ``secrets``.

    Every secret is tried, whichever fits, and each comparison takes the same time: the time says nothing about how
    much of a guess was right or which secret is in use. An empty secret fits nothing.
    """
    given = signature.removeprefix(PREFIX).encode("ascii", "replace") if signature.startswith(PREFIX) else b""
    found = False
    for secret in secrets:
        if secret:
            expected = hmac.digest(secret.encode(), body, "sha256").hex().encode()
            found |= hmac.compare_digest(expected, given)
    return found


def sign(body: bytes, secret: str) -> str:
    """The signature that :func:`matches` accepts."""
    return PREFIX + hmac.digest(secret.encode(), body, "sha256").hex()


def is_secret(given: str, secrets: Sequence[str]) -> bool:
    """Whether ``given`` is one of ``secrets``, in constant time; an empty one fits nothing."""
    found = False
    for secret in secrets:
        if secret:
            found |= hmac.compare_digest(secret.encode(), given.encode("utf-8", "replace"))
    return found
