"""From cleaned digits to E.164: in which reading are they a valid number?"""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from qafila.kit.phones import plan
from qafila.kit.phones.cleaning import Digits, Reason, clean


@dataclass(frozen=True, slots=True)
class Phone:
    """A valid number.

    :ivar e164: ``+79991234567``.
    :ivar region: ISO code of the region it belongs to (``RU``), ``001`` for international services. Not always the
        region somebody expects: ``+44 7911 123456`` is Guernsey's. Never compare it with a default region.
    """

    e164: str
    region: str

    @property
    def digits(self) -> str:
        """The number without ``+``, as WhatsApp ids carry it."""
        return self.e164[1:]


@dataclass(frozen=True, slots=True)
class BadPhone:
    """Not taken as a number.

    :ivar code: a :class:`Reason`.
    :ivar candidate: for ``possible_only``: the E.164 it would be. Its length fits, its range is not in use: kept out
        unless a person insists.
    """

    code: Reason
    candidate: str = ""

    @property
    def wording(self) -> str:
        """The code under which ``wording/`` explains it (``phone.too_short``)."""
        return f"phone.{self.code.value}"


_LENGTHS = {
    ValidationResult.TOO_SHORT: Reason.TOO_SHORT,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: Reason.TOO_SHORT,
    ValidationResult.TOO_LONG: Reason.TOO_LONG,
    ValidationResult.INVALID_LENGTH: Reason.INVALID_NUMBER,
    ValidationResult.INVALID_COUNTRY_CODE: Reason.UNKNOWN_COUNTRY_CODE,
}
_PARSE_FAILURES = {
    NumberParseException.INVALID_COUNTRY_CODE: Reason.UNKNOWN_COUNTRY_CODE,
    NumberParseException.TOO_SHORT_AFTER_IDD: Reason.TOO_SHORT,
    NumberParseException.TOO_SHORT_NSN: Reason.TOO_SHORT,
    NumberParseException.TOO_LONG: Reason.TOO_LONG,
}


def normalise(
    raw: str, default_region: str | None = None, *, international_first: bool = True
) -> Phone | BadPhone:
    """Reads one phone number as people write it. Never raises on content, never guesses.

    ``+…`` and ``00…`` are international. Other digits are tried in two readings, and the first *valid* one counts:

    * ``international_first`` (contracts, files, the API): international digits without ``+``, then the default region.
    * otherwise (a form that a person fills at home): the default region, then international.

    :param raw: any text; digits of any script.
    :param default_region: ISO code (``EG``) for national formats; None or an unknown code: national formats are refused
        with ``country_missing``.
    """
    cleaned = clean(raw)
    if isinstance(cleaned, Reason):
        return BadPhone(cleaned)
    home = plan.region(default_region.upper()) if default_region else None
    if cleaned.international:
        return _international(cleaned.digits)
    return _bare(cleaned, home, international_first=international_first)


def _bare(cleaned: Digits, home: plan.Region | None, *, international_first: bool) -> Phone | BadPhone:
    digits = cleaned.digits
    if home is None:
        found = _international(digits)
        if isinstance(found, BadPhone) and digits.startswith("0"):
            return BadPhone(Reason.COUNTRY_MISSING)
        return found
    if international_first and (valid := _valid_international(digits)) is not None:
        return valid
    at_home = _national(digits, home)
    if isinstance(at_home, Phone):
        return at_home
    abroad = _international(digits)
    if isinstance(abroad, Phone):
        return abroad
    # Neither is valid: the national reading gives the better reason, unless only the other one is possible at all.
    if abroad.code is Reason.POSSIBLE_ONLY and at_home.code is not Reason.POSSIBLE_ONLY:
        return abroad
    return at_home


def parse_e164(text: str) -> Phone | None:
    """The number if the text is exactly a valid E.164 number (``+`` and digits), else None."""
    if not (text.startswith("+") and text[1:].isascii() and text[1:].isdigit()):
        return None
    found = _international(text[1:])
    return found if isinstance(found, Phone) and found.e164 == text else None


def _valid_international(digits: str) -> Phone | None:
    region = plan.international(digits)
    if isinstance(region, str):
        return Phone(f"+{digits}", region)
    if region is None:
        return None
    found = _ask_library(f"+{digits}", None)
    return found if isinstance(found, Phone) else None


def _international(digits: str) -> Phone | BadPhone:
    region = plan.international(digits)
    if isinstance(region, str):
        return Phone(f"+{digits}", region)
    if plan.country_code_of(digits) is None:
        return BadPhone(Reason.UNKNOWN_COUNTRY_CODE)
    return _ask_library(f"+{digits}", None)


def _national(digits: str, home: plan.Region) -> Phone | BadPhone:
    found = plan.national(digits, home)
    if isinstance(found, tuple):
        return Phone(*found)
    return _ask_library(digits, home.code)


def _ask_library(text: str, region: str | None) -> Phone | BadPhone:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as refusal:
        return BadPhone(_PARSE_FAILURES.get(refusal.error_type, Reason.NOT_A_NUMBER))
    if phonenumbers.is_valid_number(number):
        e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        return Phone(e164, phonenumbers.region_code_for_number(number) or "")
    verdict = phonenumbers.is_possible_number_with_reason(number)
    if verdict == ValidationResult.IS_POSSIBLE:
        return BadPhone(Reason.POSSIBLE_ONLY, phonenumbers.format_number(number, PhoneNumberFormat.E164))
    return BadPhone(_LENGTHS.get(verdict, Reason.INVALID_NUMBER))
