"""Reading JSON from outside: it may hold anything, and nothing in it may stop the rest from being read."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import orjson

MAX_TIMESTAMP = 1 << 33
"""Seconds; the year 2242. Beyond it a number is no time in seconds."""

# Read from the left, an escaped backslash or a whole surrogate pair is consumed as one and stays; what is left is half
# a pair, which no encoder can write, or NUL, which PostgreSQL stores in neither text nor jsonb.
_ESCAPES = re.compile(
    rb"(?:\\\\)+|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\u0000)"
)
_SUSPECT = re.compile(rb"\\u(?:[dD][89a-fA-F]|0000)")
_REPLACEMENT = rb"\ufffd"


class Unreadable(ValueError):
    """A part of a webhook is not what it should be. ``reason``: a short stable code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def load(body: bytes) -> Any:
    """JSON from bytes. Raises :class:`Unreadable`.

    Bad UTF-8, halves of surrogate pairs and NUL are replaced by U+FFFD, so that one broken character does not cost a
    batch of a thousand. Nesting deeper than about 1,000 and numbers beyond a double are refused.
    """
    if b"\\u0000" in body:
        body = repair(body)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        repaired = repair(body)
        if repaired == body:
            raise Unreadable("not_json") from None
    try:
        return orjson.loads(repaired)
    except orjson.JSONDecodeError as exc:
        raise Unreadable("not_json") from exc


def repair(body: bytes) -> bytes:
    """Replaces what cannot be decoded or stored by U+FFFD."""
    if not body.isascii():
        body = body.decode("utf-8", "replace").encode()
    if not _SUSPECT.search(body):
        return body
    return _ESCAPES.sub(lambda match: _REPLACEMENT if match.group(1) else match.group(0), body)


def excerpt(body: bytes, limit: int = 2000) -> str:
    """The beginning of a body that could not be read, as text that can be stored."""
    return body[:limit].decode("utf-8", "replace").replace("\x00", "\ufffd")


def mapping(value: Any, reason: str) -> dict[str, Any]:
    """``value`` if it is an object; raises :class:`Unreadable` otherwise."""
    if isinstance(value, dict):
        return value
    raise Unreadable(reason)


def items(value: Any, reason: str) -> list[Any]:
    """``value`` if it is a list; an empty one for None; raises :class:`Unreadable` otherwise."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise Unreadable(reason)


def identifier(value: Any, reason: str, limit: int = 512) -> str:
    """``value`` if it is a text of 1 to ``limit`` characters; raises :class:`Unreadable` otherwise."""
    if isinstance(value, str) and 0 < len(value) <= limit:
        return value
    raise Unreadable(reason)


def words(value: Any) -> str:
    """``value`` if it is text, else nothing: for what may be missing."""
    return value if isinstance(value, str) else ""


def is_number(text: str) -> bool:
    """Whether a text is a phone number as vendors write it: ASCII digits only, without ``+``."""
    return text.isascii() and text.isdigit()


def member(value: Any, *path: str) -> Any:
    """What lies at ``path`` inside nested objects, or None."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def moment(value: Any) -> datetime:
    """A time in seconds since 1970, as digits or a number; raises :class:`Unreadable`."""
    if isinstance(value, str) and is_number(value) and len(value) <= 12:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < MAX_TIMESTAMP:
        return datetime.fromtimestamp(value, UTC)
    raise Unreadable("bad_timestamp")
