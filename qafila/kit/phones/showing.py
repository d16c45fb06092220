"""Numbers for eyes: whole for those who may see them, shortened for logs."""

from __future__ import annotations

import functools
import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

_DOTS = "•••"
_LONG_ENOUGH_FOR_FOUR = 11
# First what only looks like one and may stay: UUIDs, ISO times, IPv4 addresses, seconds since 1970, long fractions.
_MAY_STAY = (
    r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
    r"|(?:19|20)\d\d-[01]\d-[0-3]\d(?:[T ][\d:.]+)?"
    r"|\d{1,3}(?:\.\d{1,3}){3}(?!\d)(?::\d{1,5})?"
    r"|(?:0|1\d{9})\.\d+"
)
# Then a run of digits as long as a phone number, with the punctuation of one inside. Separators stand between groups of
# two digits or more, so that a list of small figures is not taken for one.
_PHONE = r"(?:%2[Bb]|\+)?\(?\d{1,5}\)?(?:[ \u00a0.()-]{0,2}\d{2,}){1,7}"
_LOOKS_LIKE_A_PHONE = re.compile(
    rf"(?<![0-9A-Za-z.])(?P<stay>{_MAY_STAY})(?![0-9A-Za-z])|(?<![0-9A-Za-z])(?P<phone>{_PHONE})(?![0-9A-Za-z])"
)
_FEWEST_DIGITS = 8
_MOST_DIGITS = 17


def mask(phone: str) -> str:
    """``+7999•••4567``: enough for a person who knows the number, too little for anybody else.

    The start keeps at most four digits, the end four (two of a short number), and three or more in between are hidden.
    """
    digits = "".join(character for character in phone if character.isdecimal())
    plus = "+" if phone.lstrip().startswith("+") else ""
    tail = 4 if len(digits) >= _LONG_ENOUGH_FOR_FOUR else 2
    head = min(4, len(digits) - tail - 3)
    if head <= 0:
        return f"{plus}{_DOTS}"
    return f"{plus}{digits[:head]}{_DOTS}{digits[-tail:]}"


def mask_in_text(text: str) -> str:
    """The text with everything in it that looks like a full phone number shortened as by :func:`mask`."""
    return _LOOKS_LIKE_A_PHONE.sub(_mask_match, text)


def _mask_match(match: re.Match[str]) -> str:
    found = match.group()
    digits = sum(character.isdecimal() for character in found.removeprefix("%2B").removeprefix("%2b"))
    if match.group("stay") or not _FEWEST_DIGITS <= digits <= _MOST_DIGITS:
        return found
    if found[:3].lower() == "%2b":
        return mask("+" + found[3:])
    return mask(found)


@functools.lru_cache(maxsize=20_000)
def display(e164: str, home_region: str | None = None) -> str:
    """The number grouped for reading: ``+7 999 123-45-67``, or in national format where its region is ``home_region``.

    Texts that are not E.164 come back unchanged. On a right-to-left page the caller isolates it (``<bdi dir="ltr">``).
    """
    try:
        number = phonenumbers.parse(e164, None)
    except NumberParseException:
        return e164
    at_home = home_region is not None and phonenumbers.region_code_for_number(number) == home_region.upper()
    style = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)
