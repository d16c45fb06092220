"""CSV of any origin, read in bounded memory: encoding, separator and header are found, damage is reported by row.

The clean path is the standard library's C parser; everything that costs time is asked only of rows that look unusual.
"""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from qafila.kit.tables import dialect
from qafila.kit.tables.csv_writer import unsafe_cell
from qafila.kit.tables.rows import BadRow, Limits, Row, RowReason, TableCode, TableError
from qafila.kit.tables.shape import fit, require, shape_of
from qafila.kit.tables.source import UNDECODED, LineSource

_PARSER_CELL_LIMIT = 131_072
"""What the standard parser takes in one cell (``csv.field_size_limit``): an unclosed quote swallows no more than that."""


def open_csv(
    source: Path | BinaryIO,
    *,
    limits: Limits | None = None,
    columns: Mapping[str, str | int] | None = None,
    default_region: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> CsvTable:
    """Opens a CSV file and finds out what it is; use as a context manager.

    :param source: a path, or a binary stream. A seekable one is looked through once to be sure of its encoding; of any
        other the first 256 kB decide, and rows that then do not decode are refused.
    :param columns: field to header (or 0-based column) where a person has said so: ``{"phone": "Кому", "message": 3}``.
    :param default_region: helps to recognise a first row that is no header because it holds a phone number.
    :param encoding: a codec that a person chose; otherwise found.
    :param delimiter: a separator that a person chose; otherwise found.
    :raises TableError: ``file_unreadable``, ``file_empty``, ``file_too_large``, ``too_many_columns``, ``column_not_found``.
    """
    limits = limits or Limits()
    try:
        stream = source.open("rb") if isinstance(source, Path) else source
        return CsvTable(
            stream,
            limits=limits,
            columns=columns or {},
            default_region=default_region,
            encoding=encoding,
            delimiter=delimiter,
            owns_stream=isinstance(source, Path),
        )
    except (OSError, LookupError) as refusal:
        raise _unreadable(refusal) from refusal


def _unreadable(refusal: Exception) -> TableError:
    return TableError(TableCode.FILE_UNREADABLE, f"The file cannot be read: {type(refusal).__name__}.")


class CsvTable:
    """An open CSV file. Iterate once; each step gives a :class:`Row` or a :class:`BadRow`.

    :ivar kind: ``csv``.
    :ivar encoding: the codec, and whether it was guessed.
    :ivar delimiter: the separator.
    :ivar header: the cells of the header row; empty if the file has none.
    :ivar columns: field (``phone``, ``message``, ``name``, or a field of the caller's) to 0-based column.
    :ivar columns_guessed: True if there was no header and the columns were told by their content and place.
    :ivar width: how many columns every row must have.
    """

    kind: Final = "csv"

    def __init__(
        self,
        stream: BinaryIO,
        *,
        limits: Limits,
        columns: Mapping[str, str | int],
        default_region: str | None,
        encoding: str | None,
        delimiter: str | None,
        owns_stream: bool,
    ) -> None:
        self._stream = stream
        self._owns_stream = owns_stream
        self._limits = limits
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(self.close)
            self._source = LineSource(stream, limits, encoding)
            self.encoding = self._source.encoding
            found = dialect.detect(self._source.sample, is_whole_file=self._source.sample_is_all)
            self.delimiter = delimiter or found.delimiter
            # Strict: a quote that is never closed must not make one person's message out of the rows below it.
            self._reader = csv.reader(self._source, delimiter=self.delimiter, strict=True)
            self._number = 0
            self._begin(columns, default_region, skip_first=found.has_sep_line)
            on_failure.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file if it was opened here by path."""
        if self._owns_stream:
            self._stream.close()

    @property
    def share(self) -> float:
        """How much of the file was read so far, 0 to 1; 0 where that cannot be told."""
        return self._source.share

    def require(self, *fields: str) -> None:
        """Raises :class:`TableError` (``file_has_no_phone_column``, ``column_not_found``) unless the fields have columns."""
        require(self.columns, fields)

    def __iter__(self) -> Iterator[Row | BadRow]:
        """The rows after the header. Raises :class:`TableError`: ``too_many_rows``, ``file_too_large``."""
        source, reader, width = self._source, self._reader, self.width
        last = self._number + self._limits.max_rows
        if self._first is not None:
            yield from self._judge(self._number, self._first, lines=1)
            last -= 1
        number, line = self._number, reader.line_num
        while True:
            try:
                for record in reader:
                    number += 1
                    if number > last:
                        limit = self._limits.max_rows
                        raise TableError(
                            TableCode.TOO_MANY_ROWS, f"The file has more than {limit} rows.", limit=limit
                        )
                    lines, line = reader.line_num - line, reader.line_num
                    if (
                        lines == 1
                        and len(record) == width
                        and not source.unusual
                        and (record[0] or any(record))
                    ):
                        yield Row(number, record)
                    else:
                        yield from self._judge(number, record, lines=lines)
                return
            except csv.Error as refusal:
                number += 1
                source.unusual = source.too_long = False
                lines, line = reader.line_num - line, reader.line_num
                is_long = "limit" in str(refusal) and lines == 1
                reason = RowReason.CELL_TOO_LONG if is_long else RowReason.BAD_QUOTES
                yield BadRow(number, reason, {"lines": lines, "limit": _PARSER_CELL_LIMIT})
            except OSError as refusal:
                raise _unreadable(refusal) from refusal

    def _judge(self, number: int, record: list[str], *, lines: int) -> Iterator[Row | BadRow]:
        """The slow look at a row that is unusual in any way."""
        source = self._source
        unusual, too_long = source.unusual, source.too_long
        source.unusual = source.too_long = False
        if too_long:
            yield BadRow(number, RowReason.ROW_TOO_LONG, {"limit": self._limits.max_line})
            return
        if not any(cell and not cell.isspace() for cell in record):
            return
        record = fit(record, self.width)
        if len(record) != self.width:
            yield BadRow(
                number,
                RowReason.RAGGED_ROW,
                {"expected": self.width, "found": len(record), "lines": lines},
                record,
            )
            return
        if unusual or lines > 1:
            for column, cell in enumerate(record, start=1):
                if reason := self._damage(cell):
                    yield BadRow(
                        number, reason, {"column": column, "limit": self._limits.max_cell, "lines": lines}
                    )
                    return
            record = [unsafe_cell(cell) for cell in record]
        yield Row(number, record)

    def _damage(self, cell: str) -> RowReason | None:
        if len(cell) > self._limits.max_cell:
            return RowReason.CELL_TOO_LONG
        if "\x00" in cell:
            return RowReason.NUL_BYTE
        if not self.encoding.proven and UNDECODED.search(cell):
            return RowReason.BAD_ENCODING
        return None

    def _begin(
        self, columns: Mapping[str, str | int], default_region: str | None, *, skip_first: bool
    ) -> None:
        """Reads the first row and decides whether it is a header."""
        record = self._first_record(skip_first=skip_first)
        shape = shape_of(record, chosen=columns, default_region=default_region, limits=self._limits)
        self._first = record if shape.columns_guessed else None
        self.header, self.columns, self.width = shape.header, shape.columns, shape.width
        self.columns_guessed = shape.columns_guessed

    def _first_record(self, *, skip_first: bool) -> list[str]:
        try:
            for record in self._reader:
                self._number += 1
                if skip_first:
                    skip_first = False
                    continue
                if any(cell and not cell.isspace() for cell in record):
                    self._source.unusual = self._source.too_long = False
                    return record
        except csv.Error as refusal:
            raise TableError(
                TableCode.FILE_UNREADABLE, "The first row of the file cannot be read."
            ) from refusal
        raise TableError(TableCode.FILE_EMPTY, "The file is empty.")
