"""The table of stack.md §9, requirements §1 and promise 49: what people type, and what it is or why not."""

import pytest

from qafila.kit.phones import BadPhone, Phone, normalise, parse_e164

READ = [
    ("79991234567", None, "+79991234567"),
    ("79991234567", "RU", "+79991234567"),
    ("79991234567", "IL", "+79991234567"),
    ("89991234567", "RU", "+79991234567"),
    ("9991234567", "RU", "+79991234567"),
    ("8 (999) 123-45-67", "RU", "+79991234567"),
    ("+7 (999) 123-45-67", None, "+79991234567"),
    ("+7.999.123.45.67", "EG", "+79991234567"),
    ("8\u00a0999\u00a0123\u201145\u201167", "RU", "+79991234567"),
    ("201012345678", "EG", "+201012345678"),
    ("01012345678", "EG", "+201012345678"),
    ("1012345678", "EG", "+201012345678"),
    ("002 01012345678", None, "+201012345678"),
    ("050-2345678", "IL", "+972502345678"),
    ("502345678", "IL", "+972502345678"),
    ("972502345678", None, "+972502345678"),
    ("+972 (0)50 234 5678", None, "+972502345678"),
    ("00972 50-234-5678", None, "+972502345678"),
    ("00972 50-234-5678", "RU", "+972502345678"),
    ("٠٥٠١٢٣٤٥٦٧", "SA", "+966501234567"),
    ("+٩٦٦٥٠١٢٣٤٥٦٧", None, "+966501234567"),
    ("۰۹۱۲۳۴۵۶۷۸۹", "IR", "+989123456789"),
    ("0501234567", "AE", "+971501234567"),
    ("\u200f+972 50 234 5678\u200e", None, "+972502345678"),
    ("\u2066+972502345678\u2069", None, "+972502345678"),
    ("\ufeff972502345678", None, "+972502345678"),
    ("972502345678+", None, "+972502345678"),
    ("＋７９９９１２３４５６７", None, "+79991234567"),
    ("447911123456", None, "+447911123456"),
    ("020 7946 0958", "GB", "+442079460958"),
    ("2013334444", "US", "+12013334444"),
    ("1 (201) 333-4444", "US", "+12013334444"),
    ("011 7 999 123 45 67", "US", "+79991234567"),
    ("8107 999 123 45 67", "RU", "+79991234567"),
    ("011 15-2345-6789", "AR", "+5491123456789"),
    ("+39 06 698 1234", None, "+39066981234"),
    ("'+79991234567", None, "+79991234567"),
    ('="79991234567"', None, "+79991234567"),
    ("79991234567.0", None, "+79991234567"),
    (" +79991234567 ,", None, "+79991234567"),
    ("tel:+79991234567", None, "+79991234567"),
    ("Тел.: 8 (999) 123-45-67", "RU", "+79991234567"),
    ("هاتف: ٠١٠١٢٣٤٥٦٧٨", "EG", "+201012345678"),
    ("נייד 050-2345678", "IL", "+972502345678"),
    ("https://wa.me/79991234567", None, "+79991234567"),
    ("79991234567@s.whatsapp.net", None, "+79991234567"),
    ("++79991234567", None, "+79991234567"),
]

REFUSED = [
    ("", "RU", "empty"),
    ("  \u200e ", "RU", "empty"),
    ('""', None, "empty"),
    ("-", "RU", "empty"),
    ("abc", "RU", "has_letters"),
    ("+1-800-FLOWERS", None, "has_letters"),
    ("79991234567 Иван", None, "has_letters"),
    ("7999I234567", None, "has_letters"),
    ("999 ٪ 123", "RU", "not_a_number"),
    ("+", None, "not_a_number"),
    ("7+9991234567", None, "not_a_number"),
    ("1" * 5000, None, "too_long"),
    ("x" * 5000, None, "not_a_number"),
    ("12", "RU", "too_short"),
    ("+7999", None, "too_short"),
    ("0123456", "SA", "too_short"),
    ("+2010123456789", None, "too_long"),
    ("+7999123456789", None, "invalid_number"),
    ("+9999999999", None, "unknown_country_code"),
    ("0501234567", None, "country_missing"),
    ("0501234567", "XX", "country_missing"),
    ("0501234567", "", "country_missing"),
    ("050-1234567", "IL", "possible_only"),
    ("+44 7700 900123", None, "possible_only"),
    ("9.72E+11", "IL", "spreadsheet_damage"),
    ("9,72502E+11", "IL", "spreadsheet_damage"),
    ("7.9991234567e10", None, "spreadsheet_damage"),
    ("79,991,234,567", None, "spreadsheet_damage"),
    ("########", None, "spreadsheet_damage"),
    ("#N/A", None, "spreadsheet_damage"),
    ("+7 495 123 45 67 доб. 12", None, "has_extension"),
    ("+1 201 333 4444 ext. 5", None, "has_extension"),
    ("+79991234567, +79991234568", None, "several_numbers"),
    ("+79991234567+79991234568", None, "several_numbers"),
    ("050-2345678 / 052-2345678", "IL", "several_numbers"),
    ("0502345678 או 0522345678", "IL", "several_numbers"),
]


@pytest.mark.parametrize(("raw", "region", "e164"), READ)
def test_a_number_is_read(raw, region, e164):
    found = normalise(raw, region)
    assert isinstance(found, Phone), found
    assert found.e164 == e164
    assert found.digits == e164[1:]


@pytest.mark.parametrize(("raw", "region", "code"), REFUSED)
def test_a_number_is_refused_with_its_reason(raw, region, code):
    found = normalise(raw, region)
    assert isinstance(found, BadPhone), found
    assert found.code == code
    assert found.wording == f"phone.{code}"


def test_what_is_only_possible_names_the_number_it_would_be():
    assert normalise("050-1234567", "IL").candidate == "+972501234567"


def test_digits_that_parse_as_international_are_never_national():
    """The same digits are a land line in Egypt and a number in New Jersey: the contract rule decides."""
    assert normalise("2015102734", "US").e164 == "+2015102734"
    assert normalise("2015102734", "US", international_first=False).e164 == "+12015102734"
    assert normalise("79991234567", "US", international_first=False).e164 == "+79991234567"


def test_a_british_number_may_belong_to_guernsey():
    assert normalise("447911123456").region == "GG"


def test_e164_is_taken_only_as_it_is():
    assert parse_e164("+79991234567") == Phone("+79991234567", "RU")
    for text in ("79991234567", "+7 999 123 45 67", "+7999", "", "+", "+٧٩٩٩١٢٣٤٥٦٧", "+4407911123456"):
        assert parse_e164(text) is None
