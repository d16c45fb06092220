"""Promise 51 for CSV: nothing that a spreadsheet would evaluate, and every text comes back as it was."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qafila.kit import phones
from qafila.kit.tables import Row, csv_chunks, open_csv, safe_cell, unsafe_cell

FORMULAS = [
    "=1+1",
    "+79991234567",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    " =1",
    "'=1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x")',
    "\x00=1",
]


@pytest.mark.parametrize("cell", FORMULAS)
def test_no_cell_begins_like_a_formula(cell):
    written = safe_cell(cell)
    assert written.startswith("'")
    assert "\x00" not in written
    assert unsafe_cell(written) == cell.replace("\x00", "")


@pytest.mark.parametrize("cell", ["hello", "", "don't", "'quoted'", "7=7", "a+b", "№1", 5, None])
def test_other_cells_stay(cell):
    assert safe_cell(cell) == ("" if cell is None else str(cell))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30))
def test_every_text_comes_back(text):
    text = text.replace("\x00", "")
    assert unsafe_cell(safe_cell(text)) == text


def test_a_file_comes_back_through_our_own_reader():
    rows = [["+79991234567", formula.replace("\x00", ""), "שלום, مرحبا; Привет"] for formula in FORMULAS]
    content = b"".join(csv_chunks(["phone", "name", "message"], rows))
    assert content.startswith(b"\xef\xbb\xbf")
    with open_csv(io.BytesIO(content)) as table:
        found = list(table)
    assert found == [Row(number, row) for number, row in enumerate(rows, start=2)]
    assert phones.normalise(found[0].values[0]).e164 == "+79991234567"


def test_the_raw_file_has_no_live_formula():
    content = b"".join(csv_chunks(FORMULAS, [FORMULAS, FORMULAS], delimiter=";", mark=False)).decode()
    for record in csv.reader(io.StringIO(content, newline=""), delimiter=";"):
        assert all(cell.startswith("'") for cell in record)


def test_a_long_file_comes_in_pieces():
    pieces = list(csv_chunks(["phone"], ([str(number)] for number in range(50_000))))
    assert len(pieces) > 5
    assert max(map(len, pieces)) < 100_000
    assert b"".join(pieces).count(b"\r\n") == 50_001
