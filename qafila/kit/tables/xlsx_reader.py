"""XLSX behind the same interface as CSV: rows of text, and refused rows with their reason, in bounded memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from qafila.kit.tables.headers import PHONE
from qafila.kit.tables.rows import BadRow, Limits, Row, RowReason, TableCode, TableError
from qafila.kit.tables.shape import fit, require, shape_of
from qafila.kit.tables.xlsx.archive import Archive, unreadable
from qafila.kit.tables.xlsx.sheet import SheetReader, SheetRow
from qafila.kit.tables.xlsx.strings import SharedStrings
from qafila.kit.tables.xlsx.workbook import Sheet, Workbook

_SMALLEST_CELL = 14
"""Bytes of ``<c><v>0</v></c>``, nearly: how many cells a sheet can have at most is told by its size."""
_TEXTS_ALWAYS = 2_000


def open_xlsx(
    source: Path | BinaryIO,
    *,
    limits: Limits | None = None,
    columns: Mapping[str, str | int] | None = None,
    default_region: str | None = None,
    sheet: str | None = None,
) -> XlsxTable:
    """Opens an XLSX file; use as a context manager. The stream must be seekable.

    :param sheet: the name of a sheet; None: the first visible one that has a row.
    :raises TableError: ``file_unsafe``, ``file_unreadable``, ``file_encrypted``, ``file_too_large``, ``file_empty``,
        ``sheet_not_found``, ``too_many_columns``, ``column_not_found``.
    """
    try:
        stream = source.open("rb") if isinstance(source, Path) else source
        return XlsxTable(
            stream,
            limits=limits or Limits(),
            columns=columns or {},
            default_region=default_region,
            sheet=sheet,
            owns_stream=isinstance(source, Path),
        )
    except OSError as refusal:
        raise unreadable(type(refusal).__name__) from refusal


class XlsxTable:
    """An open sheet of an XLSX file. Each step of an iteration gives a :class:`Row` or a :class:`BadRow`.

    Numbers, dates and formulas come as the text that is seen in the cell; a number in the phone column comes with all its
    digits, or in a damaged form that no phone number has. Rows that are hidden in the sheet are refused, not read.

    :ivar kind: ``xlsx``.
    :ivar sheets: the names of the sheets, in order; hidden ones too.
    :ivar sheet: the name of the one that is read.
    :ivar header: the cells of the header row; empty if the sheet has none.
    :ivar columns: field to 0-based column.
    :ivar columns_guessed: True if there was no header and the columns were told by their content and place.
    :ivar width: how many columns every row has.
    """

    kind: Final = "xlsx"

    def __init__(
        self,
        stream: BinaryIO,
        *,
        limits: Limits,
        columns: Mapping[str, str | int],
        default_region: str | None,
        sheet: str | None,
        owns_stream: bool,
    ) -> None:
        self._stream, self._owns_stream, self._limits = stream, owns_stream, limits
        self._texts: SharedStrings | None = None
        self._reader: SheetReader | None = None
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(self.close)
            self._archive = Archive(stream, max_bytes=limits.max_bytes)
            self._workbook = Workbook(self._archive)
            self._read_texts()
            self.sheets = [found.name for found in self._workbook.sheets]
            self._sheet, first = self._choose(sheet)
            self.sheet = self._sheet.name
            self._first_number = first.number
            shape = shape_of(
                _dense(first.cells), chosen=columns, default_region=default_region, limits=limits
            )
            self.header, self.columns, self.width = shape.header, shape.columns, shape.width
            self.columns_guessed = shape.columns_guessed
            on_failure.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file if it was opened here by path, and forgets its texts."""
        if self._texts is not None:
            self._texts.close()
        if self._owns_stream:
            self._stream.close()

    @property
    def share(self) -> float:
        """How much of the sheet was read so far, 0 to 1."""
        size = self._archive.size(self._sheet.part)
        return min(1.0, self._reader.fed / size) if self._reader and size else 0.0

    def require(self, *fields: str) -> None:
        """Raises :class:`TableError` (``file_has_no_phone_column``, ``column_not_found``) unless the fields have columns."""
        require(self.columns, fields)

    def __iter__(self) -> Iterator[Row | BadRow]:
        """The rows after the header. Raises :class:`TableError`: ``too_many_rows``, ``file_unsafe``, ``file_unreadable``."""
        count, most = 0, self._limits.max_rows
        for row in self._rows(self._sheet, self.columns.get(PHONE)):
            if row.number == self._first_number and not self.columns_guessed:
                continue
            judged = self._judge(row)
            if judged is None:
                continue
            count += 1
            if count > most:
                raise TableError(TableCode.TOO_MANY_ROWS, f"The file has more than {most} rows.", limit=most)
            yield judged

    def _judge(self, row: SheetRow) -> Row | BadRow | None:
        number, cells, fault = row
        if fault is not None:
            reason, column = fault
            limit = self._limits.max_line if reason is RowReason.ROW_TOO_LONG else self._limits.max_cell
            kept = _dense(cells) if reason is RowReason.HIDDEN_ROW else ()
            return BadRow(number, reason, {"column": column, "limit": limit, "lines": 1}, kept)
        width = self.width
        values = [cells.get(column, "") for column in range(width)]
        if len(cells) > width or max(cells) >= width:
            found = len(fit(_dense(cells), width))
            if found > width:
                params = {"expected": width, "found": found, "lines": 1}
                return BadRow(number, RowReason.RAGGED_ROW, params, _dense(cells))
        if not any(value and not value.isspace() for value in values):
            return None
        for column, value in enumerate(values, start=1):
            if "\x00" in value:
                return BadRow(number, RowReason.NUL_BYTE, {"column": column, "limit": 0, "lines": 1})
        return Row(number, values)

    def _rows(self, sheet: Sheet, phone_column: int | None) -> Iterator[SheetRow]:
        self._reader = reader = SheetReader(self._workbook, self._texts, self._limits)
        reader.phone_column = phone_column
        return reader.rows(self._archive, sheet.part)

    def _read_texts(self) -> None:
        part = self._workbook.strings
        if not part:
            return
        room = sum(self._archive.size(sheet.part) for sheet in self._workbook.sheets) // _SMALLEST_CELL
        self._texts = SharedStrings(
            self._archive.pieces(part), most=room + _TEXTS_ALWAYS, max_cell=self._limits.max_cell
        )

    def _choose(self, wanted: str | None) -> tuple[Sheet, SheetRow]:
        sheets: Sequence[Sheet] = self._workbook.sheets
        if wanted is not None:
            sheets = [sheet for sheet in sheets if sheet.name == wanted]
            if not sheets:
                raise TableError(
                    TableCode.SHEET_NOT_FOUND, f"The file has no sheet {wanted!r}.", sheet=wanted[:100]
                )
        else:
            sheets = [sheet for sheet in sheets if not sheet.hidden] or sheets
        for sheet in sheets:
            for first in islice(self._seen(sheet), 1):
                return sheet, first
        raise TableError(TableCode.FILE_EMPTY, "The file is empty.")

    def _seen(self, sheet: Sheet) -> Iterator[SheetRow]:
        return (row for row in self._rows(sheet, None) if any(text.strip() for text in row.cells.values()))


def _dense(cells: Mapping[int, str]) -> list[str]:
    return [cells.get(column, "") for column in range(max(cells) + 1)]
