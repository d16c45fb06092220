"""From a cell as people fill it to bare digits: marks, punctuation, labels and foreign digits go; damage is named.

Nothing is guessed here: where digits may have been lost or there is more than one number, the cell is refused.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from typing import NamedTuple

MAX_RAW_LENGTH = 200


class Reason(enum.StrEnum):
    """Why a text is not taken as a phone number. Stable: stored with rejected rows, worded as ``phone.<reason>``."""

    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    HAS_LETTERS = "has_letters"
    HAS_EXTENSION = "has_extension"
    SEVERAL_NUMBERS = "several_numbers"
    SPREADSHEET_DAMAGE = "spreadsheet_damage"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    UNKNOWN_COUNTRY_CODE = "unknown_country_code"
    COUNTRY_MISSING = "country_missing"
    INVALID_NUMBER = "invalid_number"
    POSSIBLE_ONLY = "possible_only"


class Digits(NamedTuple):
    """ASCII digits, and whether the writer said that they are international (``+`` or ``00``)."""

    digits: str
    international: bool


_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+\Z")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3}){2,}(?:\.0+)?\Z")
_FRACTION = re.compile(r"(?<=\d{7})\.(?!0+\Z)\d{1,2}\Z")
_FLOAT_TAIL = re.compile(r"(?<=\d)\.0{1,2}\Z")
_SHEET_ERRORS = ("#REF!", "#N/A", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#DIV/0!", "#FORMULA!")
_URI = re.compile(
    r"(?:(?:tel|whatsapp|sms|callto):(?://)?|(?:https?://)?(?:wa\.me|api\.whatsapp\.com/send/?\?phone=)/?)",
    re.I,
)
_JID = re.compile(r"@(?:s\.whatsapp\.net|c\.us)\Z", re.I)
_LABEL = re.compile(
    r"(?:tel(?:ephone)?|phone|mobile|mob|cell|whats\s?app|wa|тел(?:ефон)?|моб(?:ильный)?|т|"
    r"هاتف|جوال|الجوال|موبايل|تليفون|واتساب|رقم|טל|טלפון|נייד|פלאפון|וואטסאפ)['׳]?\s*[.:]*\s*(?=[+(\d])",
    re.I,
)
_EXTENSION = re.compile(
    r"(?<=\d)[\s,;]*(?:;?ext(?:n|ension)?\.?\s*=?|x|#|доб(?:авочный)?\.?|вн\.?|تحويلة|שלוחה)\s*[.:]?\s*\d{1,7}\Z",
    re.I,
)
_SEVERAL = re.compile(r"[/,;|\n&]|\b(?:or|and|или|и|او|أو|או)\b", re.I)
_PUNCTUATION = str.maketrans("", "", " -.()/[]~\t\r\n")
_JUNK = " \t\r\n\"'`,;:.*_=<>"
_LONG_ENOUGH_ALONE = 7
_AT_LEAST = 5


def clean(raw: str) -> Digits | Reason:
    """Digits of one phone number, or the reason why there is none."""
    if raw.isascii():
        if raw.isdigit():
            return _finish(raw, plus=False)
        text = raw
    else:
        text = _to_ascii_digits(raw)
    text = text.strip(_JUNK)
    if not text:
        return Reason.EMPTY
    if len(text) > MAX_RAW_LENGTH:
        return Reason.NOT_A_NUMBER
    bare = text.translate(_PUNCTUATION)
    plus = bare.startswith("+")
    if (
        _FLOAT_TAIL.search(text) is None
        and _FRACTION.search(text) is None
        and bare.lstrip("+").isdecimal()
        and not _is_several(text)
    ):
        return _finish(bare.lstrip("+"), plus=plus)
    return _clean_unusual(text)


def _clean_unusual(text: str) -> Digits | Reason:
    if (
        _SCIENTIFIC.match(text)
        or _FRACTION.search(text)
        or _GROUPED.match(text)
        or text.upper() in _SHEET_ERRORS
        or not text.strip("#")
    ):
        return Reason.SPREADSHEET_DAMAGE
    text = _JID.sub("", _LABEL.sub("", _URI.sub("", text, count=1), count=1))
    if _EXTENSION.search(text):
        return Reason.HAS_EXTENSION
    if _is_several(text):
        return Reason.SEVERAL_NUMBERS
    # A plus at the end is where a right-to-left editor puts it; the digits are read by the ordinary rule then.
    text = _FLOAT_TAIL.sub("", text).strip(_JUNK)
    plus = text.translate(_PUNCTUATION).startswith("+")
    bare = text.translate(_PUNCTUATION).strip("+")
    if any(character.isalpha() for character in bare):
        return Reason.HAS_LETTERS
    if not bare.isdecimal():
        return Reason.NOT_A_NUMBER if bare or plus else Reason.EMPTY
    return _finish(bare, plus=plus)


def _finish(digits: str, *, plus: bool) -> Digits | Reason:
    if not plus and digits.startswith("00"):
        digits, plus = digits[2:], True
    if len(digits) < _AT_LEAST:
        return Reason.TOO_SHORT
    if len(digits) > 20:
        return Reason.TOO_LONG
    return Digits(digits, plus)


def _is_several(text: str) -> bool:
    if text.count("+") > 1 and "++" not in text:
        return True
    if not _SEVERAL.search(text):
        return False
    long_parts: int = sum(
        sum(character.isdecimal() for character in part) >= _LONG_ENOUGH_ALONE
        for part in _SEVERAL.split(text)
    )
    return long_parts > 1


def _to_ascii_digits(raw: str) -> str:
    """Every script's digits as ASCII, every dash as ``-``, every blank as a space; invisible marks dropped."""
    out: list[str] = []
    for character in raw[: MAX_RAW_LENGTH * 2]:
        decimal = unicodedata.decimal(character, None)
        if decimal is not None:
            out.append(str(decimal))
            continue
        category = unicodedata.category(character)
        if category == "Cf":
            continue
        if category == "Pd" or character == "−":
            out.append("-")
        elif category.startswith("Z"):
            out.append(" ")
        else:
            out.append(unicodedata.normalize("NFKC", character))
    return "".join(out)
