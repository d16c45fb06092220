"""CSV of any origin, read in bounded memory: encoding, separator and header are found, damage is reported by row.

The clean path is the standard library's C parser; everything that costs time is asked only of rows that look unusual.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from qafila.kit import phones
from qafila.kit.tables import dialect, encodings
from qafila.kit.tables.csv_writer import unsafe_cell
from qafila.kit.tables.headers import MESSAGE, NAME, PHONE, map_headers
from qafila.kit.tables.rows import BadRow, Limits, Row, RowReason, TableCode, TableError

_SAMPLE_BYTES = 256 * 1024
_CHUNK_BYTES = 1024 * 1024
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
        raise TableError(
            TableCode.FILE_UNREADABLE, f"The file cannot be read: {type(refusal).__name__}."
        ) from refusal


class _Bounded(io.RawIOBase):
    """A raw stream that gives its first bytes back, and refuses to go on past a limit."""

    def __init__(self, stream: BinaryIO, head: bytes, limit: int) -> None:
        self._stream = stream
        self._head = head
        self._left = limit
        self._limit = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._head[: len(buffer)] if self._head else self._stream.read(len(buffer))
        self._head = self._head[len(piece) :]
        self._left -= len(piece)
        if self._left < 0:
            raise TableError(
                TableCode.FILE_TOO_LARGE, f"The file is larger than {self._limit} bytes.", limit=self._limit
            )
        buffer[: len(piece)] = piece
        return len(piece)


class CsvTable:
    """An open CSV file. Iterate once; each step gives a :class:`Row` or a :class:`BadRow`.

    :ivar encoding: the codec, and whether it was guessed.
    :ivar delimiter: the separator.
    :ivar header: the cells of the header row; empty if the file has none.
    :ivar columns: field (``phone``, ``message``, ``name``, or a field of the caller's) to 0-based column.
    :ivar columns_guessed: True if there was no header and the columns were told by their content and place.
    :ivar width: how many columns every row must have.
    """

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
        self._unusual = False
        self._too_long_line = False
        self.columns_guessed = False
        try:
            head = self._find_encoding(encoding)
            sample = head.decode(self.encoding.codec, "replace")
            found = dialect.detect(sample, is_whole_file=len(head) < _SAMPLE_BYTES)
            self.delimiter = delimiter or found.delimiter
            self._text = io.TextIOWrapper(
                io.BufferedReader(_Bounded(stream, head, limits.max_bytes), _CHUNK_BYTES),
                encoding=self.encoding.codec,
                errors="surrogateescape" if self.encoding.codec.startswith(("utf-8", "cp")) else "replace",
                newline="",
            )
            self._reader = csv.reader(self._lines(), delimiter=self.delimiter)
            self._number = 0
            self._begin(columns, default_region, skip_first=found.has_sep_line)
        except BaseException:
            self.close()
            raise

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

    def require(self, *fields: str) -> None:
        """Raises :class:`TableError` (``file_has_no_phone_column``, ``column_not_found``) unless the fields have columns."""
        for field in fields:
            if field not in self.columns:
                code = TableCode.FILE_HAS_NO_PHONE_COLUMN if field == PHONE else TableCode.COLUMN_NOT_FOUND
                raise TableError(code, f"The file has no column for {field}.", column=field)

    def __iter__(self) -> Iterator[Row | BadRow]:
        """The rows after the header. Raises :class:`TableError`: ``too_many_rows``, ``file_too_large``."""
        if self._first is not None:
            yield from self._judge(self._number, self._first, lines=1)
        reader, width, max_rows = self._reader, self.width, self._limits.max_rows
        while True:
            line = reader.line_num
            try:
                for record in reader:
                    self._number += 1
                    if self._number > max_rows:
                        raise TableError(
                            TableCode.TOO_MANY_ROWS,
                            f"The file has more than {max_rows} rows.",
                            limit=max_rows,
                        )
                    lines, line = reader.line_num - line, reader.line_num
                    if len(record) == width and lines == 1 and not self._unusual and width > 1:
                        yield Row(self._number, record)
                    else:
                        yield from self._judge(self._number, record, lines=lines)
                return
            except csv.Error:
                self._number += 1
                self._unusual = False
                lines = reader.line_num - line
                reason = RowReason.QUOTE_UNCLOSED if lines > 1 else RowReason.CELL_TOO_LONG
                yield BadRow(self._number, reason, {"lines": lines, "limit": _PARSER_CELL_LIMIT})

    def _judge(self, number: int, record: list[str], *, lines: int) -> Iterator[Row | BadRow]:
        """The slow look at a row that is unusual in any way."""
        unusual, self._unusual = self._unusual, False
        too_long_line, self._too_long_line = self._too_long_line, False
        if too_long_line:
            yield BadRow(number, RowReason.ROW_TOO_LONG, {"limit": self._limits.max_line})
            return
        if not any(cell and not cell.isspace() for cell in record):
            return
        record = _fit(record, self.width)
        if len(record) != self.width:
            yield BadRow(
                number, RowReason.RAGGED_ROW, {"expected": self.width, "found": len(record), "lines": lines}
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
        if not cell.isascii() and any(
            "\ud800" <= character <= "\udfff" or character == "\ufffd" for character in cell
        ):
            return RowReason.BAD_ENCODING
        return None

    def _lines(self) -> Iterator[str]:
        """Lines for the parser. Anything the fast path must not see marks its row as unusual."""
        readline, limit = self._text.readline, self._limits.max_line
        max_cell, proven = self._limits.max_cell, self._proven
        while line := readline(limit):
            size = len(line)
            if size > max_cell or "'" in line or "\x00" in line or not (proven or line.isascii()):
                self._unusual = True
                if size >= limit and line[-1] not in "\r\n":
                    self._too_long_line = True
                    while line and line[-1] not in "\r\n":
                        line = readline(limit)
                    line = "\n"
            yield line

    def _find_encoding(self, chosen: str | None) -> bytes:
        """Sets the encoding; returns the bytes read that cannot be read again."""
        stream = self._stream
        self._proven = False
        if not stream.seekable():
            head = _read_up_to(stream, _SAMPLE_BYTES)
            self._set_encoding(chosen, [head], complete=len(head) < _SAMPLE_BYTES)
            return head
        start = stream.tell()
        self._set_encoding(chosen, self._pieces(), complete=True)
        self._proven = not chosen and self.encoding.codec.startswith("utf-8")
        stream.seek(start)
        return _read_up_to(stream, _SAMPLE_BYTES)

    def _pieces(self) -> Iterator[bytes]:
        left = self._limits.max_bytes + _CHUNK_BYTES
        while left > 0 and (piece := self._stream.read(_CHUNK_BYTES)):
            left -= len(piece)
            yield piece

    def _set_encoding(
        self, chosen: str | None, pieces: Iterator[bytes] | list[bytes], *, complete: bool
    ) -> None:
        if chosen:
            "".encode(chosen)
            self.encoding = encodings.Encoding(chosen)
        else:
            self.encoding = encodings.of_chunks(pieces, complete=complete)

    def _begin(
        self, columns: Mapping[str, str | int], default_region: str | None, *, skip_first: bool
    ) -> None:
        """Reads the first row and decides whether it is a header."""
        self._first: list[str] | None = None
        record = self._first_record(skip_first=skip_first)
        if len(record) > self._limits.max_columns:
            raise TableError(
                TableCode.TOO_MANY_COLUMNS,
                f"The file has {len(record)} columns; {self._limits.max_columns} are allowed.",
                limit=self._limits.max_columns,
                found=len(record),
            )
        cells = [cell.strip(" \t\u200e\u200f\ufeff\u00a0") for cell in record]
        self.header: list[str] = []
        self.columns = map_headers(cells)
        if not self.columns and not _names_a_header(cells, columns):
            self._guess_columns(record, default_region)
        if self._first is None:
            while len(cells) > 1 and not cells[-1]:
                cells.pop()
            self.header = cells
        self.width = len(cells)
        self.columns.update(self._chosen(columns))

    def _first_record(self, *, skip_first: bool) -> list[str]:
        try:
            for record in self._reader:
                self._number += 1
                if skip_first:
                    skip_first = False
                    continue
                if any(cell and not cell.isspace() for cell in record):
                    self._unusual = self._too_long_line = False
                    return record
        except csv.Error as refusal:
            raise TableError(
                TableCode.FILE_UNREADABLE, "The first row of the file cannot be read."
            ) from refusal
        raise TableError(TableCode.FILE_EMPTY, "The file is empty.")

    def _guess_columns(self, record: list[str], default_region: str | None) -> None:
        """No known header word: is there a phone number in the first row? Then the row is data, not a header."""
        for place, cell in enumerate(record):
            found = phones.normalise(cell, default_region)
            if isinstance(found, phones.Phone) or found.code is phones.Reason.POSSIBLE_ONLY:
                self._first = record
                self.columns_guessed = True
                self.columns[PHONE] = place
                others = [other for other in range(len(record)) if other != place]
                self.columns.update(
                    zip([NAME, MESSAGE][-len(others) :] if others else [], others, strict=False)
                )
                return

    def _chosen(self, columns: Mapping[str, str | int]) -> dict[str, int]:
        chosen: dict[str, int] = {}
        for field, wanted in columns.items():
            if isinstance(wanted, int) and 0 <= wanted < self.width:
                chosen[field] = wanted
            elif isinstance(wanted, str) and wanted.strip() in self.header:
                chosen[field] = self.header.index(wanted.strip())
            else:
                raise TableError(
                    TableCode.COLUMN_NOT_FOUND, f"The file has no column {wanted!r}.", column=str(wanted)
                )
        return chosen


def _names_a_header(cells: list[str], columns: Mapping[str, str | int]) -> bool:
    return any(isinstance(wanted, str) and wanted.strip() in cells for wanted in columns.values())


def _fit(record: list[str], width: int) -> list[str]:
    """Empty cells past the last column are an editor's habit, not data."""
    while len(record) > width and not record[-1].strip():
        record = record[:-1]
    return record


def _read_up_to(stream: BinaryIO, size: int) -> bytes:
    pieces: list[bytes] = []
    while size > 0 and (piece := stream.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
