"""Hostile and broken files: every row that is not read is reported by its number, and memory stays flat."""

import io
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qafila.kit.tables import BadRow, Limits, Row, RowReason, TableCode, TableError, open_csv

HEADER = b"phone,name,message\n"


def read(content, **options):
    with open_csv(io.BytesIO(content), **options) as table:
        return list(table)


def reasons(found):
    return [(row.number, row.reason) for row in found if isinstance(row, BadRow)]


def good(found):
    return [row.number for row in found if isinstance(row, Row)]


def test_ragged_rows_are_reported_and_blank_ones_are_not_rows():
    found = read(HEADER + b"1,a,b\n2,a\n\n,,\n3,a,b,c\n4,a,b,,\n5,a,b\n")
    assert reasons(found) == [(3, RowReason.RAGGED_ROW), (6, RowReason.RAGGED_ROW)]
    assert good(found) == [2, 7, 8]
    assert found[1].params == {"expected": 3, "found": 2, "lines": 1}
    assert found[3] == Row(7, ["4", "a", "b"])


def test_a_quote_that_is_never_closed_does_not_swallow_the_rows_below_in_silence():
    """Otherwise the first person would be sent the numbers and messages of all the others."""
    found = read(HEADER + b'1,a,"Hello\n2,b,Hi\n3,c,Hey\n')
    assert reasons(found) == [(2, RowReason.BAD_QUOTES)]
    assert found[0].params["lines"] == 3
    assert good(found) == []


def test_reading_goes_on_after_a_broken_quote():
    found = read(HEADER + b'1,a,"Hello\n2,b,"Hi"\n3,c,Hey\n4,d,"x" y\n5,e,f\n')
    assert reasons(found) == [(2, RowReason.BAD_QUOTES), (4, RowReason.BAD_QUOTES)]
    assert [row.values[0] for row in found if isinstance(row, Row)] == ["3", "5"]


def test_nul_bytes():
    found = read(HEADER + b"1,a,b\n2,a\x00,b\n3,a,b\n")
    assert reasons(found) == [(3, RowReason.NUL_BYTE)]
    assert found[1].params["column"] == 2
    assert good(found) == [2, 4]


def test_bytes_that_are_no_text_of_the_encoding():
    mixed = HEADER + "1,Анна,Привет\n".encode() + b"2,\xff\xfe,x\n" + "3,Иван,Пока\n".encode()
    found = read(mixed, encoding="utf-8")
    assert reasons(found) == [(3, RowReason.BAD_ENCODING)]
    assert good(found) == [2, 4]
    marked = read(b"\xef\xbb\xbf" + mixed)
    assert reasons(marked) == [(3, RowReason.BAD_ENCODING)]


def test_long_cells_and_long_rows():
    limits = Limits(max_cell=100, max_line=1000)
    content = HEADER + b"1,a,b\n2,a," + b"x" * 101 + b"\n3,a," + b"y" * 5000 + b"\n4,a," + b"z" * 100 + b"\n"
    found = read(content, limits=limits)
    assert reasons(found) == [(3, RowReason.CELL_TOO_LONG), (4, RowReason.ROW_TOO_LONG)]
    assert found[1].params == {"column": 3, "limit": 100, "lines": 1}
    assert good(found) == [2, 5]


def test_a_cell_longer_than_the_parser_takes():
    found = read(HEADER + b"1,a," + b"x" * 140_000 + b"\n2,a,b\n")
    assert reasons(found) == [(2, RowReason.CELL_TOO_LONG)]
    assert good(found) == [3]


def test_one_endless_line_needs_no_memory():
    content = HEADER + b"1,a," + b"x" * 30_000_000
    tracemalloc.start()
    found = read(content, limits=Limits(max_line=100_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert reasons(found) == [(2, RowReason.ROW_TOO_LONG)]
    assert peak < 12_000_000


def test_memory_does_not_grow_with_the_file():
    content = HEADER + "79991234567,Анна,Ваш заказ готов\n".encode() * 100_000
    tracemalloc.start()
    with open_csv(io.BytesIO(content)) as table:
        assert sum(1 for _ in table) == 100_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


@pytest.mark.parametrize(
    ("content", "options", "code"),
    [
        (b"", {}, TableCode.FILE_EMPTY),
        (b"\n\n  \n,,\n", {}, TableCode.FILE_EMPTY),
        (b"\xef\xbb\xbf", {}, TableCode.FILE_EMPTY),
        (HEADER * 50, {"limits": Limits(max_bytes=200)}, TableCode.FILE_TOO_LARGE),
        (b"," * 5000, {}, TableCode.FILE_EMPTY),
        (b"a," * 5000, {}, TableCode.TOO_MANY_COLUMNS),
        (b'"phone', {}, TableCode.FILE_UNREADABLE),
        (HEADER, {"encoding": "no-such-codec"}, TableCode.FILE_UNREADABLE),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content, options, code):
    with pytest.raises(TableError) as caught:
        read(content, **options)
    assert caught.value.code is code


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(content):
    try:
        for row in read(content):
            assert isinstance(row, Row | BadRow)
    except TableError as refusal:
        assert refusal.code
