"""Promise 49: more than 5,000 phone cells, as people and spreadsheets write them, in CSV and XLSX, with no wrong number.

What is expected is made beside the cell, from the numbering plan's own example numbers: by the library, not by our reader.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import phonenumbers
import pytest
import xlsxwriter
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from qafila.kit import phones
from qafila.kit.tables import Row, open_table

HOME = "IL"
REGIONS = (
    *(
        "IL",
        "EG",
        "AE",
        "SA",
        "JO",
        "PS",
        "LB",
        "IQ",
        "KW",
        "QA",
        "BH",
        "OM",
        "YE",
        "SY",
        "LY",
        "TN",
        "DZ",
        "MA",
        "SD",
    ),
    *(
        "RU",
        "BY",
        "KZ",
        "UZ",
        "AM",
        "GE",
        "AZ",
        "MD",
        "KG",
        "TJ",
        "TM",
        "US",
        "GB",
        "DE",
        "FR",
        "ES",
        "PT",
        "NL",
        "BE",
    ),
    *(
        "CH",
        "AT",
        "PL",
        "CZ",
        "SE",
        "NO",
        "DK",
        "FI",
        "GR",
        "TR",
        "IN",
        "PK",
        "BD",
        "ID",
        "MY",
        "TH",
        "PH",
        "JP",
        "KR",
    ),
    *("CN", "BR", "MX", "CO", "CL", "PE", "ZA", "NG", "KE", "ET", "GH", "AU", "NZ"),
)
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
WIDE = str.maketrans("0123456789+", "０１２３４５６７８９＋")
DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")
REFUSED = ""

Case = tuple[str, str | int | float, str]
"""What it shows, the cell, and the E.164 digits that must come out of it (or :data:`REFUSED`)."""


def library_reads(digits: str) -> str:
    """The house rule for bare digits, asked of the library: an international number if they are a valid one, else one of
    the home country, else none."""
    for text, region in ((f"+{digits}", None), (digits, HOME)):
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:]
    return REFUSED


def numbers() -> Iterator[tuple[str, phonenumbers.PhoneNumber]]:
    for region in REGIONS:
        for kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE):
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                yield region, number


def texts_of(region: str, number: phonenumbers.PhoneNumber) -> Iterator[Case]:
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    spaced = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    digits = e164[1:]
    yield "plain", e164, digits
    yield "spaced", spaced, digits
    yield "dashed", spaced.replace(" ", "-"), digits
    yield "dotted", spaced.replace(" ", "."), digits
    yield "no-break", spaced.replace(" ", "\u00a0"), digits
    yield "long dashes", spaced.replace(" ", "–").replace("-", "–"), digits
    yield "brackets", f"({e164})", digits
    yield "double zero", f"00{digits}", digits
    yield "double zero spaced", f"00 {spaced[1:]}", digits
    yield "embedded marks", f"\u202a{e164}\u202c", digits
    yield "isolates", f"\u2066{spaced}\u2069", digits
    yield "right-to-left mark", f"\u200f{e164}\u200e", digits
    yield "byte order mark", f"\ufeff{e164}", digits
    yield "Arabic-Indic", e164.translate(ARABIC), digits
    yield "Persian", e164.translate(PERSIAN), digits
    yield "Devanagari", e164.translate(DEVANAGARI), digits
    yield "full width", e164.translate(WIDE), digits
    yield "link", f"tel:{e164}", digits
    yield "wa.me", f"https://wa.me/{digits}", digits
    yield "label", f"WhatsApp: {e164}", digits
    yield "label ru", f"тел. {e164}", digits
    yield "quotes", f"'{e164}'", digits
    yield "float tail", f"{e164}.0", digits
    yield "apostrophe", f"'{e164}", digits
    yield "bare", digits, library_reads(digits)
    yield "bare Arabic", digits.translate(ARABIC), library_reads(digits)
    yield "bare float tail", f"{digits}.0", library_reads(digits)
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    if region == HOME:
        yield "national", national, library_reads("".join(filter(str.isdigit, national)))
        yield "zero lost", str(number.national_number), library_reads(str(number.national_number))
    yield "exponent", f"{float(digits):.5E}", REFUSED
    yield "short exponent", f"{float(digits):.2e}".replace(".", ","), REFUSED
    yield "grouped", f"{int(digits):,}", REFUSED
    yield "a fraction", f"{digits}.5", REFUSED
    yield "hashes", "########", REFUSED
    yield "sheet error", "#REF!", REFUSED
    yield "two of them", f"{e164} / {e164}", REFUSED
    yield "extension", f"{e164} ext. 12", REFUSED
    yield "a letter", f"{e164[:6]}O{e164[7:]}", REFUSED
    yield "a word", f"{e164} Anna", REFUSED
    yield "twice as long", f"{e164}{digits}", REFUSED
    yield "two digits", digits[:2], REFUSED


def sheet_numbers_of(number: phonenumbers.PhoneNumber) -> Iterator[tuple[str, int | float, str, str]]:
    """Name, number, number format, expected."""
    digits = phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:]
    expected = library_reads(digits)
    for code in ("General", "0", "0.00E+00", "#,##0", "@", "0.00", "0" * len(digits)):
        yield f"number as {code}", int(digits), code, expected
    yield "number with a fraction", int(digits) + 0.5, "0", REFUSED
    yield "number past its precision", int(digits.ljust(17, "7")), "0", REFUSED
    if number.country_code == phonenumbers.country_code_for_region(HOME):
        national = str(number.national_number)
        yield "zeros shown", int(national), "0" * (len(national) + 1), library_reads("0" + national)
        yield "zeros lost", int(national), "General", library_reads(national)


def read(content: bytes) -> list[str]:
    with open_table(io.BytesIO(content), columns={"phone": "phone"}) as table:
        cells = [row.values[0] for row in table if isinstance(row, Row)]
    found = [phones.normalise(cell, HOME) for cell in cells]
    return [one.digits if isinstance(one, phones.Phone) else REFUSED for one in found]


def compare(cases: list[Case], found: list[str]) -> None:
    assert len(found) == len(cases)
    wrong = [
        (name, cell, want, got) for (name, cell, want), got in zip(cases, found, strict=True) if got != want
    ]
    assert wrong == []


CASES: list[Case] = [case for region, number in numbers() for case in texts_of(region, number)]
IN_SHEETS = [case for _, number in numbers() for case in sheet_numbers_of(number)]


def test_there_are_more_than_five_thousand() -> None:
    distinct = {(name, str(cell)) for name, cell, _ in CASES} | {
        (name, str(cell)) for name, cell, _, _ in IN_SHEETS
    }
    assert len(CASES) + len(IN_SHEETS) >= 5_000
    assert len(distinct) >= 5_000
    answers = Counter(bool(expected) for _, _, expected in CASES)
    assert min(answers.values()) > 1_000  # both kinds of answer are put to the test


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_in_a_csv_file(codec: str, delimiter: str) -> None:
    lines = [f"phone{delimiter}n"]
    for place, (_, cell, _) in enumerate(CASES):
        quoted = str(cell).replace('"', '""')
        lines.append(f'"{quoted}"{delimiter}{place}')
    compare(CASES, read("\r\n".join(lines).encode(codec)))


def test_as_texts_of_a_workbook() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, cell in enumerate(["phone", *(str(cell) for _, cell, _ in CASES)]):
            sheet.write_string(place, 0, cell)
    compare(CASES, read(out.getvalue()))


def test_as_numbers_of_a_workbook() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, "phone")
        for place, (_, number, code, _) in enumerate(IN_SHEETS, start=1):
            sheet.write_number(place, 0, number, book.add_format({"num_format": code}))
    compare([(name, cell, expected) for name, cell, _, expected in IN_SHEETS], read(out.getvalue()))


def test_the_same_cell_is_read_the_same_wherever_it_stands() -> None:
    cells = [str(cell) for _, cell, _ in CASES[:40]] * 2
    found = read(("phone,n\n" + "\n".join(f'"{cell}",1' for cell in cells)).encode())
    assert found[:40] == found[40:]
    assert any(first != second for first, second in pairwise(found))
