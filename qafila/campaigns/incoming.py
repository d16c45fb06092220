"""A file on its way in: written to storage piece by piece, never as a whole in memory, its hash taken in passing."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage

from qafila.businesses.refusals import Refused
from qafila.campaigns.rules import fields
from qafila.campaigns.rules.row_reader import RowReader
from qafila.kit import tables
from qafila.kit.ids import new_public_id
from qafila.kit.tables import Limits, Table, TableCode, TableError

FOLDER = "imports"
LIMITS = Limits()
"""What an uploaded file may be: 500 MB, 2,000,000 rows."""


ENCODINGS = frozenset(
    codecs.lookup(name).name
    for name in (
        *(
            "utf-8",
            "utf-8-sig",
            "utf-16",
            "utf-16-le",
            "utf-16-be",
            "ascii",
            "latin-1",
            "cp1252",
            "iso8859-15",
        ),
        *("cp1251", "koi8-r", "koi8-u", "cp866", "iso8859-5", "mac-cyrillic"),
        *("cp1255", "iso8859-8", "cp1256", "iso8859-6"),
    )
)
"""What a person may choose; other codecs of Python's are no encodings of tables."""
DELIMITERS = frozenset(",;\t|:")


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is safely in storage.

    :ivar name: its name there.
    :ivar sha256: of its bytes.
    """

    name: str
    sha256: bytes


class _Pieces(File):
    """What the storage reads from: pieces as they come from the network."""

    def __init__(self, pieces: Iterable[bytes], most: int) -> None:
        super().__init__(None)
        self._pieces = pieces
        self._most = most
        self.digest = hashlib.sha256()
        self.length = 0

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        del chunk_size
        for piece in self._pieces:
            self.length += len(piece)
            if self.length > self._most:
                raise Refused(
                    "file_too_large",
                    "The file is too large. Split it into several parts.",
                    limit=f"{self._most // 1_000_000} MB",
                )
            self.digest.update(piece)
            yield piece


def store(pieces: Iterable[bytes], *, most: int = LIMITS.max_bytes) -> Stored:
    """Writes a file to storage.

    :raises Refused: ``file_too_large``, ``file_empty``; nothing is left behind then.
    """
    content = _Pieces(pieces, most)
    wanted = f"{FOLDER}/{new_public_id('file')}.csv"
    try:
        name = default_storage.save(wanted, content)
    except Refused:
        default_storage.delete(wanted)
        raise
    if not content.length:
        default_storage.delete(name)
        raise Refused("file_empty", "The file is empty. Choose another one.")
    return Stored(name, content.digest.digest())


def forget(name: str) -> None:
    """Takes a file out of storage; nothing happens if it is not there."""
    default_storage.delete(name)


def open_table(file: Any, options: dict[str, Any], *, region: str | None) -> Table:
    """Opens a stored file as a table, as the upload said it is to be read.

    :raises TableError: it is no table, or a column is missing.
    """
    if (encoding := options.get("encoding")) and _codec(encoding) not in ENCODINGS:
        raise TableError(TableCode.FILE_UNREADABLE, "This encoding is not known.")
    if (delimiter := options.get("delimiter")) and delimiter not in DELIMITERS:
        raise TableError(TableCode.FILE_UNREADABLE, "This separator is not known.")
    params = {f"param:{header}": header for header in options.get("params", ())}
    table = tables.open_table(
        file,
        limits=LIMITS,
        columns={**options.get("columns", {}), **params},
        default_region=region,
        encoding=encoding or None,
        delimiter=delimiter or None,
        sheet=options.get("sheet") or None,
    )
    table.require("phone")
    if not params and not {"text", "values"} & options.keys():
        table.require("message")
    return table


def reader_of(table: Table, options: Mapping[str, Any], *, region: str | None, templated: bool) -> RowReader:
    """How the rows of an opened table become recipients.

    :param options: as kept with a contract (``Campaign.import_options``).
    """
    values = options.get("values")
    return RowReader(
        columns=table.columns,
        header=table.header,
        region=region,
        templated=templated,
        params=options.get("params") or (),
        text=fields.parse(options["text"]) if "text" in options else None,
        values=_parsed(values) if values is not None else None,
        more={key: fields.parse(text) for key, text in (options.get("more") or {}).items()},
        mended={int(row): {int(at): cell for at, cell in cells.items()} for row, cells in _mended(options)},
    )


def _parsed(values: Any) -> list[fields.Parts] | dict[str, fields.Parts]:
    if isinstance(values, dict):
        return {name: fields.parse(text) for name, text in values.items()}
    return [fields.parse(text) for text in values]


def _mended(options: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, str]]]:
    return (options.get("mended") or {}).items()


def _codec(name: str) -> str:
    """Python's name of a codec; "" for none."""
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""


def count_rows(name: str, options: dict[str, Any], *, region: str | None) -> int:
    """How many data rows a stored file has, good and bad.

    :raises TableError: it is no table, has too many rows, or a column is missing. ``file_empty``: a header and no row.
    """
    with default_storage.open(name, "rb") as file, open_table(file, options, region=region) as table:
        rows = sum(1 for _ in table)
    if not rows:
        raise TableError(TableCode.FILE_EMPTY, "The file has no rows.")
    return rows
