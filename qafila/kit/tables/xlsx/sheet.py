"""The cells of one sheet, row by row, as the text that a person sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from qafila.kit.tables.rows import Limits, RowReason
from qafila.kit.tables.xlsx.archive import Archive, unreadable, unsafe
from qafila.kit.tables.xlsx.numbers import as_iso_date, digits, general, shown
from qafila.kit.tables.xlsx.parsing import Parser, unescape
from qafila.kit.tables.xlsx.strings import TOO_LONG
from qafila.kit.tables.xlsx.workbook import Workbook

_LAST_ROW = 1_048_576
_LAST_COLUMN = 16_384
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


NOT_COMPUTED = "#FORMULA!"
"""Stands in a cell whose formula has no value in the file: it was written by a program and never opened in a spreadsheet."""


class Texts(Protocol):
    """Shared texts by number."""

    def __getitem__(self, number: int, /) -> str: ...


class SheetRow(NamedTuple):
    """A row with at least one cell that is not empty.

    :ivar cells: text by 0-based column.
    :ivar fault: what keeps the row from being read, with the 1-based column, or None.
    """

    number: int
    cells: dict[int, str]
    fault: tuple[RowReason, int] | None


class SheetReader:
    """Reads one sheet as a stream.

    :ivar phone_column: 0-based column whose numbers are wanted digit by digit; may be set while reading.
    """

    def __init__(self, workbook: Workbook, texts: Texts | None, limits: Limits) -> None:
        self._workbook, self._texts, self._limits = workbook, texts, limits
        self.phone_column: int | None = None
        self._parser = Parser(self._on_start, self._on_end, longest_text=limits.max_cell)
        self._rows: list[SheetRow] = []
        self._columns: dict[str, int] = {}
        self._number = 0
        self._hidden = False
        self._cells: dict[int, str] = {}
        self._characters = 0
        self._fault: tuple[RowReason, int] | None = None
        self._column = -1
        self._begun = 0
        self._type = ""
        self._style = ""
        self._has_formula = self._phonetic = False

    @property
    def fed(self) -> int:
        """Bytes of the sheet that were parsed."""
        return self._parser.fed

    def rows(self, archive: Archive, part: str) -> Iterator[SheetRow]:
        """The rows of a part of the archive."""
        for piece in archive.pieces(part):
            self._parser.feed(piece)
            if self._rows:
                rows, self._rows = self._rows, []
                yield from rows
        self._parser.feed(b"", final=True)
        yield from self._rows

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._begin_cell(attributes)
        elif name in {"v", "t"}:
            if not self._phonetic:
                self._parser.collect()
        elif name == "row":
            self._begin_row(attributes)
        elif name == "f":
            self._has_formula = True
        elif name == "rPh":
            self._phonetic = True

    def _on_end(self, name: str) -> None:
        if name == "c":
            self._end_cell()
        elif name in {"v", "t"}:
            self._parser.leave()
        elif name == "row":
            self._end_row()
        elif name == "rPh":
            self._phonetic = False

    def _begin_row(self, attributes: dict[str, str]) -> None:
        given = attributes.get("r")
        number = self._number + 1
        if given is not None:
            if not (given.isdecimal() and len(given) < 9):
                raise unreadable("a row has no number")
            number = int(given)
        if not self._number < number <= _LAST_ROW:
            raise unsafe("its rows are not in order")
        self._number = number
        self._hidden = attributes.get("hidden") in ("1", "true") or attributes.get("ht") == "0"
        self._cells = {}
        self._characters = 0
        self._fault = (RowReason.HIDDEN_ROW, 0) if self._hidden else None
        self._column = -1
        self._begun = 0

    def _end_row(self) -> None:
        if self._cells:
            self._rows.append(SheetRow(self._number, self._cells, self._fault))
            self._cells = {}

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._begun += 1
        if self._begun > _LAST_COLUMN:
            raise unsafe("a row has more cells than a sheet has columns")
        reference = attributes.get("r")
        if reference is None:
            self._column += 1
        else:
            letters = reference.rstrip("0123456789")
            column = self._columns.get(letters)
            if column is None:
                column = self._columns[letters] = _column_of(letters)
            self._column = column
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._has_formula = False
        self._parser.text, self._parser.too_long = "", False

    def _end_cell(self) -> None:
        column, parser = self._column, self._parser
        raw = parser.text
        if parser.too_long:
            raw = TOO_LONG
            self._mark(RowReason.CELL_TOO_LONG, column)
        elif not raw:
            if not self._has_formula or self._type == "str":
                return
            raw, self._type = NOT_COMPUTED, "e"
        text = self._text(raw, column)
        if text == TOO_LONG:
            self._mark(RowReason.CELL_TOO_LONG, column)
            text = ""
        column = min(column, self._limits.max_columns)
        self._characters += len(text)
        if self._characters > self._limits.max_line:
            self._mark(RowReason.ROW_TOO_LONG, column)
            text = ""
        if text or column in self._cells:
            self._cells[column] = text
        elif self._fault is not None:
            self._cells.setdefault(column, "")

    def _mark(self, reason: RowReason, column: int) -> None:
        if self._fault is None:
            self._fault = (reason, column + 1)

    def _text(self, raw: str, column: int) -> str:
        kind = self._type
        if raw is TOO_LONG:
            return raw
        if kind == "s":
            if self._texts is None or not raw.strip().isdecimal() or len(raw) > 12:
                raise unreadable("a cell names a text that is not there")
            return self._texts[int(raw)]
        if kind == "n":
            return self._number_text(raw, column)
        if kind == "b":
            return "TRUE" if raw.strip() in ("1", "true") else "FALSE"
        if kind == "d":
            return as_iso_date(raw)
        return raw.strip() if kind == "e" else unescape(raw)

    def _number_text(self, raw: str, column: int) -> str:
        style, formats = self._style, self._workbook.formats
        shape = None
        if style and style.isdecimal() and len(style) < 7 and int(style) < len(formats):
            shape = formats[int(style)]
        if shape is None or (shape.kind in ("general", "text") and column != self.phone_column):
            return general(raw)
        if column == self.phone_column and shape.kind != "date":
            return digits(raw, shape)
        return shown(raw, shape, from_1904=self._workbook.from_1904)


def _column_of(letters: str) -> int:
    if not 1 <= len(letters) <= 3:
        raise unreadable("a cell has no place")
    column = 0
    for letter in letters.upper():
        place = _LETTERS.find(letter)
        if place < 0:
            raise unreadable("a cell has no place")
        column = column * 26 + place + 1
    if column > _LAST_COLUMN:
        raise unreadable("a cell has no place")
    return column - 1
