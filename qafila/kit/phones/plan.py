"""The numbering plan of ``phonenumbers``, compiled for speed: is a whole international number valid, and where?

Answers exactly what the library answers, some twenty times faster, for the plain cases; for anything else it says
:data:`UNSURE` and the caller asks the library. ``tests/kit/test_phones_agree_with_the_library.py`` holds the two together.
"""

from __future__ import annotations

import enum
import functools
import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers.phonemetadata import PhoneMetadata, PhoneNumberDesc

_NON_GEOGRAPHIC = "001"
_TYPES = (
    "mobile",
    "fixed_line",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)


class Unsure(enum.Enum):
    """The plan cannot tell without the library's full parser."""

    UNSURE = enum.auto()


UNSURE = Unsure.UNSURE

_Desc = tuple[re.Pattern[str], frozenset[int]]


@dataclass(frozen=True, slots=True)
class Region:
    """One region of the plan. Patterns and lengths are the library's own, compiled once."""

    code: str
    country_code: int
    leading: re.Pattern[str] | None
    general: _Desc
    types: tuple[_Desc, ...]
    national_prefix: str
    strip: re.Pattern[str] | None
    strip_is_plain: bool
    dial_out: re.Pattern[str] | None

    def is_valid(self, national: str) -> bool:
        size = len(national)
        pattern, sizes = self.general
        if (sizes and size not in sizes) or pattern.fullmatch(national) is None:
            return False
        for pattern, sizes in self.types:
            if (not sizes or size in sizes) and pattern.fullmatch(national) is not None:
                return True
        return False


def _desc(desc: PhoneNumberDesc | None) -> _Desc | None:
    if desc is None or not desc.national_number_pattern:
        return None
    return re.compile(desc.national_number_pattern), frozenset(desc.possible_length)


@functools.cache
def region(code: str) -> Region | None:
    """The compiled plan of an ISO region; None if the library has none."""
    metadata = PhoneMetadata.metadata_for_region(code, None)
    if metadata is None:
        return None
    general = _desc(metadata.general_desc)
    if general is None:
        return None
    strip = re.compile(metadata.national_prefix_for_parsing) if metadata.national_prefix_for_parsing else None
    return Region(
        code=code,
        country_code=metadata.country_code or 0,
        leading=re.compile(metadata.leading_digits) if metadata.leading_digits else None,
        general=general,
        types=tuple(desc for name in _TYPES if (desc := _desc(getattr(metadata, name))) is not None),
        national_prefix=metadata.national_prefix or "",
        strip=strip,
        strip_is_plain=strip is not None
        and strip.groups == 0
        and not metadata.national_prefix_transform_rule,
        dial_out=re.compile(metadata.international_prefix) if metadata.international_prefix else None,
    )


@functools.cache
def _regions(country_code: int) -> tuple[Region, ...]:
    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(country_code, ())
    return tuple(found for code in codes if (found := region(code)) is not None)


_COUNTRY_CODES = frozenset(str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
_UNGEOGRAPHIC_CODES = frozenset(
    str(code)
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()
    if _NON_GEOGRAPHIC in regions
)


def country_code_of(digits: str) -> str | None:
    """The country calling code that international digits begin with (the codes are prefix-free); None if unknown."""
    for size in (1, 2, 3):
        if digits[:size] in _COUNTRY_CODES:
            return digits[:size]
    return None


def _region_of(country_code: int, national: str) -> str | None:
    regions = _regions(country_code)
    if len(regions) == 1:
        return regions[0].code if regions[0].is_valid(national) else None
    for candidate in regions:
        if candidate.leading is not None:
            if candidate.leading.match(national):
                return candidate.code if candidate.is_valid(national) else None
        elif candidate.is_valid(national):
            return candidate.code
    return None


def international(digits: str) -> str | Unsure | None:
    """The region of valid international digits (without ``+``); None if they are not valid; or :data:`UNSURE`."""
    prefix = country_code_of(digits)
    if prefix is None:
        return None
    if prefix in _UNGEOGRAPHIC_CODES:
        return UNSURE
    national = digits[len(prefix) :]
    main = _regions(int(prefix))[0]
    if national[:1] in ("", "0") or (main.strip is not None and main.strip.match(national)):
        return UNSURE
    return _region_of(int(prefix), national)


def national(digits: str, home: Region) -> tuple[str, str] | Unsure:
    """(E.164, region) of digits in a region's own format, with its trunk prefix (``050…``, ``8 999…``) or with that prefix
    lost; :data:`UNSURE` for anything less plain, and for what is not valid."""
    if home.strip is None or digits.startswith(str(home.country_code)):
        return UNSURE
    if home.dial_out is not None and home.dial_out.match(digits):
        return UNSURE
    rest = digits
    found = home.strip.match(digits)
    if found is not None:
        plain = home.strip_is_plain and found.group() == home.national_prefix != ""
        if not plain or home.general[0].fullmatch(digits):
            return UNSURE
        rest = digits[found.end() :]
    if rest.startswith("0"):
        return UNSURE
    code = _region_of(home.country_code, rest)
    return UNSURE if code is None else (f"+{home.country_code}{rest}", code)
