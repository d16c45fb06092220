"""A stored file on its way into the books, in chunks: opened, read on from where the last reader stopped, closed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, Self

from django.core.files.storage import default_storage

from qafila.campaigns import incoming
from qafila.campaigns.models import Campaign
from qafila.campaigns.rules.content import is_template
from qafila.campaigns.rules.recipients import Recipient
from qafila.campaigns.rules.row_reader import RowReader
from qafila.kit.tables import BadRow, Row, Table, TableError

CHUNK: Final = 9_000
"""Rows a transaction: below the 10,000 from which the ledger analyses its table after a call; here that is done once."""


class Reading:
    """One pass over a file. A context manager, which closes what :meth:`open` opened.

    :ivar done: rows of the file that are in the books; whoever writes a chunk counts it up.
    """

    def __init__(self) -> None:
        self.done = 0
        self._rows: Iterator[Row | BadRow] = iter(())
        self._table: Table | None = None
        self._reader: RowReader
        self._file: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._table is not None:
            self._table.close()
        if self._file is not None:
            self._file.close()

    def open(self, name: str, options: dict[str, Any], campaign: Campaign, *, done: int) -> None:
        """Opens a stored file and goes behind the rows that are done.

        :param options: how it is read, as kept with a contract. :param campaign: whose rows they become, with its business.
        :raises TableError, OSError: it cannot be read.
        """
        region = options.get("country") or campaign.business.default_country or None
        self._file = default_storage.open(name, "rb")
        self._table = incoming.open_table(self._file, options, region=region)
        self._reader = incoming.reader_of(
            self._table, options, region=region, templated=is_template(campaign.batch.content)
        )
        self._rows = iter(self._table)
        self.done = sum(1 for _ in islice(self._rows, done))

    def chunk(self) -> list[Recipient]:
        """The next rows, at most :data:`CHUNK`; none at the end of the file.

        :raises TableError, OSError: it cannot be read any further.
        """
        return [self._reader.read(row).recipient for row in islice(self._rows, CHUNK)]


def code_of(refusal: TableError | OSError) -> str:
    """The wording code of why a file cannot be read."""
    return refusal.code.value if isinstance(refusal, TableError) else "file_unreadable"
