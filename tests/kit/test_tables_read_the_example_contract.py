"""``examples/contract.csv``: what its maker makes, 1,000 rows, and exactly the intended ones are wrong."""

import runpy
from collections import Counter
from pathlib import Path

import pytest

from qafila.kit import phones
from qafila.kit.tables import Row, open_csv

EXAMPLES = Path(__file__).parents[2] / "examples"
FIRST = 2


@pytest.fixture(scope="module")
def table():
    with open_csv(EXAMPLES / "contract.csv") as opened:
        assert opened.columns == {"phone": 0, "name": 1, "message": 2}
        assert opened.encoding.codec == "utf-8"
        return list(opened)


@pytest.fixture(scope="module")
def read(table):
    return {row.number - FIRST: phones.normalise(row.values[0]) for row in table}


def test_every_row_can_be_read(table):
    assert len(table) == 1000
    assert all(isinstance(row, Row) for row in table)


def test_only_the_intended_numbers_are_refused(read):
    refused = {place: found.code.value for place, found in read.items() if isinstance(found, phones.BadPhone)}
    assert refused == {
        36: "too_short",
        118: "has_letters",
        203: "spreadsheet_damage",
        274: "several_numbers",
        351: "empty",
        498: "country_missing",
        566: "possible_only",
    }


def test_one_message_is_empty_and_none_is_too_long(table):
    assert [row.number - FIRST for row in table if not row.values[2]] == [412]
    assert max(len(row.values[2]) for row in table) < 4096


def test_one_pair_is_a_duplicate_and_one_number_gets_two_texts(table, read):
    pairs = Counter(
        (read[row.number - FIRST].e164, row.values[2])
        for row in table
        if isinstance(read[row.number - FIRST], phones.Phone)
    )
    assert [times for times in pairs.values() if times > 1] == [2]
    numbers = Counter(number for number, _ in pairs)
    assert [number for number, times in numbers.items() if times > 1] == ["+442079460958"]


def test_the_four_countries_are_there_and_british_numbers_are_for_drama_only(read):
    valid = [found for found in read.values() if isinstance(found, phones.Phone)]
    regions = Counter(found.region for found in valid)
    assert set(regions) == {"EG", "IL", "RU", "GB"}
    assert min(regions.values()) > 50
    drama = ("+442079460", "+441214960", "+441134960", "+441614960", "+441314960", "+441164960")
    assert all(found.e164.startswith(drama) for found in valid if found.region == "GB")


def test_numbers_stand_as_people_type_them(table):
    shapes = Counter()
    for row in table:
        phone = row.values[0]
        shapes["plus"] += phone.startswith("+")
        shapes["zeros"] += phone.startswith("00")
        shapes["bare"] += phone.isascii() and phone.isdigit() and not phone.startswith("00")
        shapes["arabic digits"] += not phone.isascii()
    assert all(shapes[shape] > 40 for shape in ("plus", "zeros", "bare", "arabic digits")), shapes


def test_the_file_is_what_its_maker_makes(table):
    made = runpy.run_path(str(EXAMPLES / "make_contract.py"))["rows"]()
    assert [tuple(row.values) for row in table] == [(phone, name, text) for phone, name, text in made]
