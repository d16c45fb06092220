"""What the first row of a table says: is it a header, which column is which, how wide are the rows? The same for every
file format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qafila.kit import phones
from qafila.kit.tables.headers import MESSAGE, NAME, PHONE, map_headers
from qafila.kit.tables.rows import Limits, TableCode, TableError

_AROUND = " \t\u200e\u200f\ufeff\u00a0"


@dataclass(slots=True)
class Shape:
    """A table's columns.

    :ivar header: the cells of the header row; empty if the file has none.
    :ivar columns: field to 0-based column.
    :ivar columns_guessed: there was no header, and the columns were told by their content and place.
    :ivar width: how many columns every row must have.
    """

    width: int
    header: list[str] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)
    columns_guessed: bool = False


def shape_of(
    first: Sequence[str], *, chosen: Mapping[str, str | int], default_region: str | None, limits: Limits
) -> Shape:
    """The shape of a table whose first row this is.

    :param chosen: field to header or 0-based column, where a person has said so.
    :raises TableError: ``too_many_columns``, ``column_not_found``.
    """
    if len(first) > limits.max_columns:
        raise TableError(
            TableCode.TOO_MANY_COLUMNS,
            f"The file has {len(first)} columns; {limits.max_columns} are allowed.",
            limit=limits.max_columns,
            found=len(first),
        )
    cells = [cell.strip(_AROUND) for cell in first]
    shape = Shape(len(cells), columns=map_headers(cells))
    if not shape.columns and not _names_a_header(cells, chosen):
        _guess_columns(shape, first, default_region)
    if not shape.columns_guessed:
        while len(cells) > 1 and not cells[-1]:
            cells.pop()
        shape.header = cells
        shape.width = len(cells)
    shape.columns.update(_chosen(shape, chosen))
    return shape


def fit(record: list[str], width: int) -> list[str]:
    """A row without the empty cells past the last column, which are an editor's habit and not data."""
    while len(record) > width and not record[-1].strip():
        record = record[:-1]
    return record


def require(columns: Mapping[str, int], fields: Sequence[str]) -> None:
    """Raises :class:`TableError` (``file_has_no_phone_column``, ``column_not_found``) unless the fields have columns."""
    for name in fields:
        if name not in columns:
            code = TableCode.FILE_HAS_NO_PHONE_COLUMN if name == PHONE else TableCode.COLUMN_NOT_FOUND
            raise TableError(code, f"The file has no column for {name}.", column=name)


def _guess_columns(shape: Shape, record: Sequence[str], default_region: str | None) -> None:
    """No known header word: is there a phone number in the first row? Then the row is data, not a header."""
    for place, cell in enumerate(record):
        found = phones.normalise(cell, default_region)
        if isinstance(found, phones.Phone) or found.code is phones.Reason.POSSIBLE_ONLY:
            shape.columns_guessed = True
            shape.columns[PHONE] = place
            others = [other for other in range(len(record)) if other != place]
            shape.columns.update(zip([NAME, MESSAGE][-len(others) :] if others else [], others, strict=False))
            return


def _chosen(shape: Shape, wanted_columns: Mapping[str, str | int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, wanted in wanted_columns.items():
        if isinstance(wanted, int) and 0 <= wanted < shape.width:
            found[name] = wanted
        elif isinstance(wanted, str) and wanted.strip() in shape.header:
            found[name] = shape.header.index(wanted.strip())
        else:
            raise TableError(
                TableCode.COLUMN_NOT_FOUND, f"The file has no column {wanted!r}.", column=str(wanted)
            )
    return found


def _names_a_header(cells: Sequence[str], chosen: Mapping[str, str | int]) -> bool:
    return any(isinstance(wanted, str) and wanted.strip() in cells for wanted in chosen.values())
