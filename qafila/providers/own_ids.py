"""Our id of an attempt in the shape of a WhatsApp message id, so that the receipts of a phone-linked number carry it.

Web clients name their messages ``3EB0`` and hexadecimal digits. Ours continue with a mark, what the attempt's id holds,
and a checksum, so that a message somebody wrote on the phone is not taken for ours.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

_PREFIX: Final = "3EB0"
_MARK: Final = "51"
_ATTEMPT = re.compile(r"q\.([0-9a-f]{10})\.([1-9a-z][0-9a-z]{0,12})\.([1-9][0-9]{0,2})", re.ASCII)
_OURS = re.compile(
    rf"{_PREFIX}{_MARK}([0-9A-F]{{10}})([0-9A-F]{{2}})([0-9A-F]{{1,16}})([0-9A-F]{{4}})", re.ASCII
)
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def message_id(attempt_id: str) -> str:
    """The id under which this attempt goes out: the same each time.

    An attempt's id that does not fit becomes one that :func:`attempt_id` does not read.
    """
    found = _ATTEMPT.fullmatch(attempt_id)
    message = int(found[2], 36) if found else 0
    if found is None or int(found[3]) > 255 or message >= 1 << 63:
        return _PREFIX + "00" + hashlib.sha256(attempt_id.encode()).hexdigest()[:24].upper()
    body = f"{_PREFIX}{_MARK}{found[1].upper()}{int(found[3]):02X}{message:X}"
    return body + _checksum(body)


def attempt_id(message_id: str) -> str | None:
    """The attempt that :func:`message_id` named so, or None."""
    found = _OURS.fullmatch(message_id)
    if found is None or found[4] != _checksum(message_id[:-4]):
        return None
    rest, digits = int(found[3], 16), ""
    while rest:
        rest, digit = divmod(rest, 36)
        digits = _DIGITS[digit] + digits
    number = int(found[2], 16)
    return f"q.{found[1].lower()}.{digits}.{number}" if digits and number else None


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:4].upper()
