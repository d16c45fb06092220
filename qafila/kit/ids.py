"""Public ids: UUIDs for things, prefixed random ids (``contract_…``) where the user's clients expect them.

Nothing here raises on nonsense from outside: a parser answers None, a test answers False.
"""

from __future__ import annotations

import re
import secrets
import uuid

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PUBLIC_ID_LENGTH = 22
"""Characters after the prefix: 62**22 is a little more than 2**130."""

_PREFIX = re.compile(r"[a-z][a-z0-9]{0,19}\Z")
_TAIL = re.compile(r"[0-9A-Za-z]{22}\Z")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z")
_UUID_HEX = re.compile(r"[0-9a-fA-F]{32}\Z")


def new_uuid() -> uuid.UUID:
    """A random UUID (version 4): 122 random bits."""
    return uuid.uuid4()


def parse_uuid(text: object) -> uuid.UUID | None:
    """Reads a UUID, with or without hyphens. None for anything else: braces, ``urn:``, other types, nonsense."""
    if isinstance(text, uuid.UUID):
        return text
    if isinstance(text, str) and (_UUID.match(text) or _UUID_HEX.match(text)):
        return uuid.UUID(text)
    return None


def random_base62(length: int) -> str:
    """Random characters that are safe in URLs and file names, about 5.95 bits each."""
    return "".join(secrets.choice(BASE62) for _ in range(length))


def new_public_id(prefix: str) -> str:
    """A new id such as ``contract_3fK…`` with at least 128 random bits.

    :param prefix: lower-case letters and digits, a letter first; raises ``ValueError`` otherwise.
    """
    if not _PREFIX.match(prefix):
        raise ValueError("The prefix of a public id is lower-case letters and digits, a letter first.")
    return f"{prefix}_{random_base62(PUBLIC_ID_LENGTH)}"


def is_public_id(text: object, prefix: str) -> bool:
    """Whether this could be an id made by :func:`new_public_id` with that prefix."""
    if not isinstance(text, str):
        return False
    head, separator, tail = text.partition("_")
    return bool(separator) and head == prefix and _TAIL.match(tail) is not None


def parse_public_id(text: object) -> tuple[str, str] | None:
    """Splits an id into prefix and random part; None if it is not one of ours."""
    if not isinstance(text, str):
        return None
    head, _, tail = text.partition("_")
    if _PREFIX.match(head) and _TAIL.match(tail):
        return head, tail
    return None
