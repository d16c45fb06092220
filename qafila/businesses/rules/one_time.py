"""Secrets in links: what is given out, and what is kept."""

from __future__ import annotations

import hashlib


def hash_of(secret: str) -> bytes:
    """What is kept of a secret: 32 bytes. It is random (256 bits), so that no slow hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
