"""What must never reach a log: secrets, message texts, full phone numbers (promise 59).

A processor for structlog that also serves foreign loggers. It works on values, not on the finished line, so that it holds
for console and JSON alike.
"""

from __future__ import annotations

import re
import threading
import urllib.parse
from collections.abc import Mapping, MutableMapping
from typing import Any

from qafila.kit.phones.showing import mask_in_text

REDACTED = "[redacted]"
DROPPED_KEYS = frozenset({"text", "body", "message_text", "message_body", "caption", "raw_body"})
"""Keys that carry what people write to each other: removed with their values, at every depth."""

_SECRET_NAME = re.compile(
    r"(?:^|[_\-.\s])(?:token|secret|password|passwd|pwd|authorization|cookie|api_?-?key|apikey|session_?id|csrf\w*|"
    r"credentials?|signature|private_?key|pin|otp)s?$",
    re.I,
)
_NAMED_SECRET = re.compile(
    r"(?P<name>[\w.\-]*(?:token|secret|password|passwd|authorization|api[_-]?key|apikey|cookie|signature))"
    r"(?P<between>[\"']?\s*(?:=>|[:=]|%3[Dd])\s*[\"']?)(?P<scheme>(?:Bearer|Basic|Token|Digest)\s+)?(?P<value>[^\s\"'&,;)}\]]+)",
    re.I,
)
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=\-]{6,}", re.I), r"\1 " + REDACTED),
    (re.compile(r"\b(qf_[0-9A-Za-z]{8})_[0-9A-Za-z]{43}\b"), r"\1_" + REDACTED),
    (re.compile(r"\bEAA[0-9A-Za-z]{20,}"), REDACTED),
    (re.compile(r"\bq1\.[A-Za-z0-9]{4,32}\.[\w\-]{20,}"), REDACTED),
    (re.compile(r"(?<=://)([^\s:/@]*):[^\s@/]+(?=@)"), r"\1:" + REDACTED),
    # PostgreSQL shows whole rows and COPY lines in the details of its errors: message texts among them.
    (re.compile(r"(Failing row contains )\(.*\)", re.S), r"\1" + REDACTED),
    (re.compile(r"(COPY \w+, line \d+(?:, column \w+)?): \".*\"", re.S), r"\1: " + REDACTED),
)
_SHORTEST_REGISTERED = 6
_DEEPEST = 6
_MOST_CHARACTERS = 8_000

_lock = threading.Lock()
_registered: tuple[str, ...] = ()


def register_secret(*values: str) -> None:
    """Makes exact values unprintable from now on, in this process: the few secrets of the settings.

    Values shorter than six characters are left out, since they would blot out ordinary words. Tokens of senders need no
    registration: they are recognised by their names and shapes, and repr of their holders shows none.
    """
    global _registered  # noqa: PLW0603 - one tuple, replaced as a whole, read without a lock
    with _lock:
        known = set(_registered)
        for value in values:
            if len(value) >= _SHORTEST_REGISTERED:
                known.update(
                    (value, urllib.parse.quote(value, safe=""), value.encode("unicode_escape").decode())
                )
        _registered = tuple(sorted(known, key=len, reverse=True))


def scrub(text: str) -> str:
    """A text without secrets and with phone numbers masked; at most 8,000 characters of it."""
    if len(text) > _MOST_CHARACTERS:
        text = f"{text[:_MOST_CHARACTERS]}… ({len(text)} characters)"
    for secret in _registered:
        if secret in text:
            text = text.replace(secret, REDACTED)
    text = _NAMED_SECRET.sub(rf"\g<name>\g<between>{REDACTED}", text)
    for shape, replacement in _SHAPES:
        text = shape.sub(replacement, text)
    return mask_in_text(text)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor: put it last before the renderer, after exceptions have become text."""
    return {key: _value(key, value, 0) for key, value in event.items() if not _is_dropped(key)}


def _is_dropped(key: object) -> bool:
    return isinstance(key, str) and key.lower() in DROPPED_KEYS


def _value(key: object, value: Any, depth: int) -> Any:
    if isinstance(key, str) and _SECRET_NAME.search(key) and value not in (None, "", True, False):
        return REDACTED
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        # Counts and ports are never as long as a phone number; a number typed into a spreadsheet is.
        return mask_in_text(str(value)) if 10**10 <= abs(value) < 10**15 else value
    if isinstance(value, bytes | bytearray | memoryview):
        return f"({len(value)} bytes)"
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return _collection(value, depth + 1) if depth < _DEEPEST else REDACTED
    return scrub(value if isinstance(value, str) else str(value))


def _collection(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        return {
            scrub(str(inner)): _value(inner, content, depth)
            for inner, content in value.items()
            if not _is_dropped(inner)
        }
    return [_value(None, content, depth) for content in value]
