"""The shapes every table reader gives, whatever the file format: rows, refused rows, limits, one error."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class RowReason(enum.StrEnum):
    """Why a row could not be read. Stable; worded by ``wording/`` under the same code."""

    RAGGED_ROW = "ragged_row"
    CELL_TOO_LONG = "cell_too_long"
    ROW_TOO_LONG = "row_too_long"
    NUL_BYTE = "nul_byte"
    BAD_ENCODING = "bad_encoding"
    BAD_QUOTES = "bad_quotes"
    HIDDEN_ROW = "hidden_row"


class TableCode(enum.StrEnum):
    """Why a file as a whole could not be read. Stable; worded under the same code."""

    FILE_UNREADABLE = "file_unreadable"
    FILE_EMPTY = "file_empty"
    FILE_TOO_LARGE = "file_too_large"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_COLUMNS = "too_many_columns"
    FILE_HAS_NO_PHONE_COLUMN = "file_has_no_phone_column"
    COLUMN_NOT_FOUND = "column_not_found"
    FILE_UNSAFE = "file_unsafe"
    FILE_ENCRYPTED = "file_encrypted"
    FILE_OLD_FORMAT = "file_old_format"
    SHEET_NOT_FOUND = "sheet_not_found"


class TableError(Exception):
    """The file cannot be read, or not any further.

    :ivar code: a :class:`TableCode`.
    :ivar params: values for its wording (``limit``, ``column``, ``row``).
    """

    def __init__(self, code: TableCode, sentence: str, **params: Any) -> None:
        super().__init__(sentence)
        self.code = code
        self.params = params


class Row(NamedTuple):
    """One row as it stands in the file.

    :ivar number: as a spreadsheet counts: 1 is the first row, the header counts, and so do blank rows.
    :ivar values: all cells as text, as many as the table has columns.
    """

    number: int
    values: list[str]


class BadRow(NamedTuple):
    """A row that was not read, and why.

    :ivar params: values for the wording: ``expected`` and ``found`` columns, ``column``, ``limit``, ``lines``.
    :ivar values: its cells where they could be told apart, so that a person can put them right.
    """

    number: int
    reason: RowReason
    params: Mapping[str, Any]
    values: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may be. Characters are counted after decoding."""

    max_bytes: int = 500_000_000
    max_rows: int = 2_000_000
    max_columns: int = 200
    max_cell: int = 32_767
    max_line: int = field(default=1_000_000, repr=False)
