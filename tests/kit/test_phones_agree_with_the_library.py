"""The fast paths answer what ``phonenumbers`` answers, for every country and for damaged neighbours of its examples."""

import random

import phonenumbers
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from qafila.kit.phones import Phone, normalise, plan

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
TYPES = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE, PhoneNumberType.VOIP)


def by_library(text, region):
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return Phone(e164, phonenumbers.region_code_for_number(number))


def assert_agrees(digits, region):
    abroad = plan.international(digits)
    if abroad is not plan.UNSURE:
        expected = by_library("+" + digits, None)
        assert (Phone("+" + digits, abroad) if abroad else None) == expected, digits
    home = plan.region(region)
    at_home = plan.national(digits, home)
    if at_home is not plan.UNSURE:
        assert Phone(*at_home) == by_library(digits, region), (digits, region)


def test_every_country_and_its_neighbourhood():
    rng = random.Random(2026)
    decided = 0
    for region in REGIONS:
        for kind in TYPES:
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            abroad = phonenumbers.format_number(example, PhoneNumberFormat.E164)[1:]
            at_home = phonenumbers.normalize_digits_only(
                phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL)
            )
            for shape in (abroad, at_home):
                digits = shape
                for _ in range(3):
                    assert_agrees(digits, region)
                    decided += plan.international(digits) is not plan.UNSURE
                    place = rng.randrange(len(digits))
                    digits = f"{digits[:place]}{rng.randrange(10)}{digits[place + 1 :]}"
    assert decided > 1000


@settings(max_examples=300, deadline=None)
@given(st.text("0123456789", min_size=5, max_size=15), st.sampled_from(REGIONS))
def test_any_digits(digits, region):
    assert_agrees(digits, region)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40), st.sampled_from([None, "RU", "EG", "IL", "US", "AR", "nonsense"]))
def test_nothing_raises_and_what_is_accepted_is_valid(raw, region):
    found = normalise(raw, region)
    if isinstance(found, Phone):
        assert by_library(found.e164, None) == found
