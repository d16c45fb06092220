import pytest

from qafila.kit import phones

FULL = [
    "+79991234567",
    "79991234567",
    "8 (999) 123-45-67",
    "+972-50-234-5678",
    "0501234567",
    "+1 201 333 4444",
]


@pytest.mark.parametrize(
    ("whole", "short"),
    [
        ("+79991234567", "+7999•••4567"),
        ("+972502345678", "+9725•••5678"),
        ("+290123", "+2•••23"),
        ("12", "•••"),
    ],
)
def test_mask_keeps_the_ends(whole, short):
    assert phones.mask(whole) == short


@pytest.mark.parametrize(
    "frame", ["sent to {}", "to:{}", '{{"to":"{}"}}', "{}@c.us", "/x/{}?a=1", "a_{}_b", "({})", "{}."]
)
@pytest.mark.parametrize("number", FULL)
def test_no_full_number_stays_in_a_text(frame, number):
    masked = phones.mask_in_text(frame.format(number))
    assert "•••" in masked
    digits = "".join(filter(str.isdigit, number))
    assert digits not in "".join(filter(str.isdigit, masked))


def test_a_number_in_a_url_query_is_masked():
    assert "79991234567" not in phones.mask_in_text("/x?phone=%2B79991234567&b=1")


@pytest.mark.parametrize(
    "text",
    [
        "id 5f3c1a2b-1234-4abc-8def-123456789012",
        "12345678-1234-4123-8123-123456789012",
        "2026-11-21T03:47:12.123456Z",
        "2026-11-21 03:47:12",
        "127.0.0.1:5001 and 192.168.100.200",
        "0.12345678901 s",
        "1732161234.123456",
        "9f86d081884c7d659a2feaa0c55ad015",
        "rows 1000000 in 12345 ms",
        "12 of 34, 56 of 78",
    ],
)
def test_what_is_no_number_stays_readable(text):
    assert phones.mask_in_text(text) == text


def test_display_groups_the_number():
    assert phones.display("+79991234567") == "+7 999 123-45-67"
    assert phones.display("+972502345678", "IL") == "050-234-5678"
    assert phones.display("+79991234567", "IL") == "+7 999 123-45-67"
    assert phones.display("nonsense") == "nonsense"


def test_languages_and_regions():
    assert [phones.language_of_region(code) for code in ("EG", "il", "RU", "GB", "BR")] == [
        "ar",
        "he",
        "ru",
        "en",
        None,
    ]
    assert phones.is_region("eg")
    assert not phones.is_region("XX")


def test_a_time_zone_is_told_only_when_there_is_one():
    assert phones.time_zone("+972502345678") == "Asia/Jerusalem"
    assert phones.time_zone("+201012345678") == "Africa/Cairo"
    assert phones.time_zone("+79991234567") is None
    assert len(phones.time_zones("+79991234567")) > 5
    assert phones.time_zone("nonsense") is None
    assert phones.time_zones("+99912345") == ()
