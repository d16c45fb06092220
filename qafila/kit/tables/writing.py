"""Tables for people, streamed to a binary file as CSV or XLSX: no cell is ever a formula, and every text reads back.

CSV is guarded by an apostrophe (:mod:`.csv_writer`), which our reader takes away again. In XLSX each text is typed as
text, and one that looks like a formula also carries Excel's own mark for "this is text" (``quotePrefix``), so that it
stays text when somebody edits it or copies it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any, BinaryIO

import xlsxwriter

from qafila.kit.tables.csv_writer import csv_chunks, looks_like_formula

SHEET_ROWS = 1_048_576
"""Rows of a sheet, the header too; further rows go to a further sheet with the same header."""
LONGEST_CELL = 32_767
"""Characters that a spreadsheet keeps in one cell; a longer text is cut there."""
_COLUMN_WIDTH = 22
_EXACT_INTEGER = 10**15
_UNSTORABLE = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")
_LOOKS_RICH = re.compile(r"<r>.*</r>\Z", re.DOTALL)


def write_csv(header: Sequence[str], rows: Iterable[Sequence[object]], out: BinaryIO) -> int:
    """Writes a CSV file (UTF-8 with a byte order mark, commas, all cells quoted) as the rows come.

    :returns: how many rows, the header not counted.
    """
    count = 0

    def counted() -> Iterable[Sequence[object]]:
        nonlocal count
        for row in rows:
            count += 1
            yield [_plain(cell) for cell in row]

    for chunk in csv_chunks(header, counted()):
        out.write(chunk)
    return count


def write_xlsx(header: Sequence[str], rows: Iterable[Sequence[object]], out: BinaryIO, *, rtl: bool) -> int:
    """Writes an XLSX file in bounded memory as the rows come; the file is whole when this returns.

    Texts, phone numbers among them, are text cells; only ``int`` and ``float`` become numbers, and only where a
    spreadsheet keeps every digit. Dates are text in ISO form. None is an empty cell.

    :param rtl: the first column stands at the right (Arabic, Hebrew).
    :returns: how many rows, headers not counted.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    count = 0
    with xlsxwriter.Workbook(out, options) as book:
        styles = (book.add_format({"bold": True}), book.add_format({"quote_prefix": True}))
        sheet, place = _new_sheet(book, header, styles, rtl=rtl), 1
        for row in rows:
            if place == SHEET_ROWS:
                sheet, place = _new_sheet(book, header, styles, rtl=rtl), 1
            for column, cell in enumerate(row):
                _write_cell(sheet, place, column, cell, styles[1])
            place += 1
            count += 1
    return count


def _new_sheet(book: Any, header: Sequence[str], styles: tuple[Any, Any], *, rtl: bool) -> Any:
    sheet = book.add_worksheet()
    if rtl:
        sheet.right_to_left()
    sheet.set_column(0, max(0, len(header) - 1), _COLUMN_WIDTH)
    sheet.freeze_panes(1, 0)
    for column, cell in enumerate(header):
        sheet.write_string(0, column, _storable(cell), styles[0])
    return sheet


def _write_cell(sheet: Any, row: int, column: int, cell: object, quoted: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, int | float) and not isinstance(cell, bool) and _is_exact(cell):
        sheet.write_number(row, column, cell)
        return
    text = _storable(str(_plain(cell)))
    sheet.write_string(row, column, text, quoted if looks_like_formula(text) else None)


def _is_exact(number: int | float) -> bool:
    return math.isfinite(number) and abs(number) < _EXACT_INTEGER


def _plain(cell: object) -> object:
    """Dates and times as ISO text, everything else as it is."""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    return cell.isoformat() if isinstance(cell, date | time) else cell


def _storable(text: str) -> str:
    """What XML can carry: without NUL and halves of surrogate pairs, cut at a cell's length."""
    kept = _UNSTORABLE.sub(lambda found: "" if found.group() == "\x00" else "\ufffd", text)[:LONGEST_CELL]
    # The writer takes a text of this form for ready-made markup: a mark without width keeps it a text.
    return f"\u2060{kept}" if _LOOKS_RICH.match(kept) else kept
