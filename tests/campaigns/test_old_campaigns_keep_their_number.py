"""A number, a profile and an account may have the same id in a former system: the column says which of them is meant."""

from __future__ import annotations

from typing import Any

import pytest

from qafila.businesses.models import Business
from qafila.campaigns.legacy import import_legacy
from qafila.campaigns.models import Campaign
from qafila.senders.direction_models import Direction
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
FIRST, DEFAULT, PROFILE, ALONE = "+79990000001", "+79990000002", "+79990000007", "+79990000008"

NUMBERS = f"""
CREATE TABLE whatsapp_phone_numbers (id int, phone_number text, is_default bool);
CREATE TABLE profiles (id int, name text, phone text);
INSERT INTO whatsapp_phone_numbers VALUES (1, '{FIRST}', false), (2, '{DEFAULT}', true), (3, 'nonsense', false),
    (5, '{PROFILE}', false);
INSERT INTO profiles VALUES (1, 'One', '{PROFILE}'), (3, 'Three', '{PROFILE}'), (4, 'Four', '{ALONE}'),
    (5, 'Five', '{PROFILE}');
"""


@pytest.mark.parametrize(
    ("column", "value", "phone"),
    [
        ("profile_id", 1, PROFILE),
        ("profile_id", 2, DEFAULT),
        ("profile_id", 4, ALONE),
        ("whatsapp_phone_number_id", 1, FIRST),
        ("whatsapp_phone_number_id", 4, DEFAULT),
        ("account_id", 4, ALONE),
        ("account_id", 5, PROFILE),
    ],
)
def test_the_column_says_whose_id_it_is(
    source: Any, business: Business, column: str, value: int, phone: str
) -> None:
    source(
        f"{NUMBERS} CREATE TABLE whatsapp_broadcasts (id int, name text, status text, {column} int);"
        f"INSERT INTO whatsapp_broadcasts VALUES (1, 'x', 'completed', {value})"
    )
    import_legacy(dsn=source.dsn, now=NOW)
    assert _sender_of_the_only_one() == phone


@pytest.mark.parametrize("value", [1, 3])
def test_an_account_that_may_be_two_different_numbers_is_none_of_them(
    source: Any, business: Business, value: int
) -> None:
    """1 is a number and a profile; 3 is a profile, and a number that could not be copied."""
    source(
        f'{NUMBERS} CREATE TABLE contracts (id int, name text, status text, "accountId" int, recipients jsonb);'
        f"""INSERT INTO contracts VALUES (1, 'x', 'COMPLETED', {value}, '["79991000001"]')"""
    )
    import_legacy(dsn=source.dsn, now=NOW)
    assert _sender_of_the_only_one() == DEFAULT


def test_a_direction_has_a_number_and_never_a_profile(source: Any, business: Business) -> None:
    source(
        f"{NUMBERS} CREATE TABLE account_directions (id int, name text, whatsapp_phone_number_id int);"
        "INSERT INTO account_directions VALUES (1, 'Implants', 1), (2, 'Crowns', 4)"
    )
    import_legacy(dsn=source.dsn, now=NOW)
    again = Direction.objects.get(name="Implants").sender
    assert again is not None
    assert again.phone == FIRST
    assert Direction.objects.get(name="Crowns").sender is None


def _sender_of_the_only_one() -> str:
    sender = Campaign.objects.select_related("sender").get().sender
    assert sender is not None
    return str(sender.phone)
