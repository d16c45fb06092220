"""What a number says about where its owner is: the likely language and time zone, or honestly nothing."""

from __future__ import annotations

import functools

import phonenumbers
from phonenumbers import NumberParseException


def _codes(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_ARABIC = _codes("AE BH DJ DZ EG EH IQ JO KM KW LB LY MA MR OM PS QA SA SD SO SY TD TN YE")
_RUSSIAN = _codes("RU BY KZ KG")
_ENGLISH = _codes(
    "AG AI AS AU BB BM BS BW BZ CA CK CX DM FJ FK FM GB GD GG GH GI GM GU GY IE IM JE JM KE KI KN KY LC LR LS MH MP MS MT "
    "MU MW NA NF NG NR NU NZ PG PW SB SC SG SH SL SS SX SZ TC TO TT TV TZ UG US VC VG VI VU WS ZA ZM ZW"
)
_LANGUAGES = {
    "IL": "he",
    **dict.fromkeys(_ARABIC, "ar"),
    **dict.fromkeys(_RUSSIAN, "ru"),
    **dict.fromkeys(_ENGLISH, "en"),
}
_UNKNOWN_ZONE = "Etc/Unknown"


def is_region(code: str) -> bool:
    """Whether this is an ISO region code that numbers can belong to (``EG``; case does not matter)."""
    return code.upper() in phonenumbers.SUPPORTED_REGIONS


@functools.cache
def regions(language: str) -> tuple[tuple[str, str, int], ...]:
    """All regions that numbers can belong to, in the order of their names.

    :param language: one of ours. :return: ISO code, name in that language, country calling code.
    """
    # Imported at the first call only: it takes a third of a second, and few processes have such a list to show.
    from babel import Locale

    names = Locale.parse(language, sep="-").territories
    found = [
        (code, names.get(code, code), phonenumbers.country_code_for_region(code))
        for code in phonenumbers.SUPPORTED_REGIONS
    ]
    return tuple(sorted(found, key=lambda each: each[1].casefold()))


def language_of_region(region: str) -> str | None:
    """The one of our languages (``en``, ``ar``, ``he``, ``ru``) most people of a region read; None where we have none."""
    return _LANGUAGES.get(region.upper())


@functools.lru_cache(maxsize=50_000)
def time_zones(e164: str) -> tuple[str, ...]:
    """IANA names of the zones a number may be in; empty if nothing is known. Russian mobiles answer more than a dozen."""
    # Loaded at the first call only: the tables take 50 ms and several megabytes that most processes never need.
    from phonenumbers import timezone

    try:
        number = phonenumbers.parse(e164, None)
    except NumberParseException:
        return ()
    return tuple(zone for zone in timezone.time_zones_for_number(number) if zone != _UNKNOWN_ZONE)


def time_zone(e164: str) -> str | None:
    """The zone of a number when there is exactly one; None (unknown) otherwise. Never guess among several."""
    zones = time_zones(e164)
    return zones[0] if len(zones) == 1 else None
