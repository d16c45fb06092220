"""What Meta takes at most, and refusing what it would not take before it is asked. Source: Meta's pages of message types, 2026.

A refusal names the part and the limit; it quotes nothing of the message.
"""

from __future__ import annotations

from collections.abc import Iterable, Sized
from urllib.parse import urlsplit

from qafila.providers.failures import Failure, ProviderError

TEXT = 4096
CAPTION = 1024
INTERACTIVE_BODY = 1024
LIST_BODY = 4096
HEADER = 60
FOOTER = 60
BUTTON_TITLE = 20
BUTTON_ID = 256
BUTTONS = 3
SECTIONS = 10
SECTION_TITLE = 24
ROWS = 10
ROW_TITLE = 24
ROW_ID = 200
ROW_DESCRIPTION = 72
LINK = 2048
FILENAME = 240
PRODUCTS = 30
CATALOG_ID = 100
PRODUCT_ID = 100
PLACE = 1000
ADDRESS_FIELD = 1000
SAVED_ADDRESSES = 100
EMOJI = 32
CARDS = 257
TEMPLATE_NAME = 512
PARAMETER = 32_768
COUPON = 20
CAROUSEL_CARDS = 10
CALLBACK_DATA = 512

EMPTY = "content_empty"
TOO_LONG = "content_too_long"
TOO_MANY = "content_too_many"
TWICE = "content_twice"
MALFORMED = "content_malformed"
CODES = (EMPTY, TOO_LONG, TOO_MANY, TWICE, MALFORMED)
"""Codes of refusals that Meta was never asked about; ``text_not_encodable`` is one more."""


def refuse(code: str, detail: str) -> ProviderError:
    """A content fault found before the call."""
    return ProviderError(Failure.CONTENT, code, detail)


def text(value: str, what: str, limit: int, *, must: bool = True) -> str:
    """``value`` if it is there and not too long. Raises :class:`ProviderError`."""
    if must and not value.strip():
        raise refuse(EMPTY, f"The {what} is empty.")
    if len(value) > limit:
        raise refuse(TOO_LONG, f"The {what} has {len(value)} characters; {limit} are possible.")
    return value


def count(values: Sized, what: str, most: int) -> None:
    """From one to ``most``. Raises :class:`ProviderError`."""
    if not len(values):
        raise refuse(EMPTY, f"There are no {what}.")
    if len(values) > most:
        raise refuse(TOO_MANY, f"There are {len(values)} {what}; {most} are possible.")


def distinct(values: Iterable[str], what: str) -> None:
    """Each once. Raises :class:`ProviderError`."""
    listed = list(values)
    if len(set(listed)) < len(listed):
        raise refuse(TWICE, f"Two {what} are the same.")


def link(value: str, what: str) -> str:
    """An address that Meta or a phone can open. Raises :class:`ProviderError`."""
    text(value, what, LINK)
    try:
        parts = urlsplit(value)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and not any(map(str.isspace, value))
    except ValueError:
        good = False
    if not good:
        raise refuse(MALFORMED, f"The {what} is no address that begins with https:// or http://.")
    return value
