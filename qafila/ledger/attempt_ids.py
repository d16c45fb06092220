"""Our id of an attempt, as it travels to a provider and comes back in its receipts: ``q.<installation>.<message>.<number>``.

The installation's key keeps receipts of another installation (or of another copy of this one) from touching our rows.
"""

from __future__ import annotations

import re
from functools import cache

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_KEY = re.compile(r"[0-9A-Za-z]{1,16}", re.ASCII)
_SHAPE = re.compile(r"q\.([0-9A-Za-z]{1,16})\.([1-9a-z][0-9a-z]{0,12})\.([1-9][0-9]{0,4})", re.ASCII)
_MOST_MESSAGE_ID = 2**63 - 1
_MOST_NUMBER = 2**15 - 1


def make(installation_key: str, message_id: int, number: int) -> str:
    """The id of one attempt: at most 38 characters, which fits every provider's limit of 64.

    :param installation_key: ``ledger.Installation.key``, at most 16 letters and digits.
    :param number: the attempt's number, from 1.
    """
    digits = ""
    rest = message_id
    while rest > 0:
        rest, digit = divmod(rest, 36)
        digits = _DIGITS[digit] + digits
    if not (0 < message_id <= _MOST_MESSAGE_ID and 0 < number <= _MOST_NUMBER and _is_key(installation_key)):
        raise ValueError(
            "An attempt id is made of a key of letters and digits, a message id and a number from 1."
        )
    return f"q.{installation_key}.{digits}.{number}"


@cache
def _is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None


def read(text: object, installation_key: str) -> tuple[int, int] | None:
    """Message id and attempt number, or None for anything that :func:`make` did not make for this installation."""
    match = _SHAPE.fullmatch(text) if isinstance(text, str) else None
    if match is None or match[1] != installation_key:
        return None
    message_id, number = int(match[2], 36), int(match[3])
    return (message_id, number) if message_id <= _MOST_MESSAGE_ID and number <= _MOST_NUMBER else None
