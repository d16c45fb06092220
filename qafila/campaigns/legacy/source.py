"""The database of a former system, read and never written: one read-only snapshot, rows in batches, whatever columns it has."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import psycopg
from psycopg import sql

Row: TypeAlias = Mapping[str, Any]
Fields: TypeAlias = Mapping[str, Sequence[str]]
"""Our word to the column names that it may have there, the first that exists counts."""

AT_ONCE: Final = 1_000
_CONNECT_SECONDS: Final = 20


class SourceUnreadable(Exception):
    """The source cannot be opened or read. ``str()`` says why."""

    code = "source_unreadable"


class Source:
    """An open source; see :func:`opened`."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection
        self._numbers = itertools.count()
        self._columns: dict[str, set[str]] = {}

    @property
    def name(self) -> str:
        """The name of its database: what was copied is remembered under it."""
        return self._connection.info.dbname[:64]

    def has(self, table: str) -> bool:
        """Whether there is such a table (or view) on its search path."""
        return bool(self.columns(table))

    def columns(self, table: str) -> set[str]:
        """The columns of a table; empty where it is not there."""
        if table not in self._columns:
            with _reading():
                found = self._connection.execute(
                    "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(quote_ident(%s)) AND attnum > 0"
                    " AND NOT attisdropped",
                    [table],
                ).fetchall()
            self._columns[table] = {name for (name,) in found}
        return self._columns[table]

    def rows(self, table: str, fields: Fields, *, where: Mapping[str, Any] | None = None) -> Iterator[Row]:
        """The rows of a table by its id, each with every field; what has no column there is None.

        :param where: field to value: only these.
        """
        columns = {field: self.column(table, names) for field, names in fields.items()}
        chosen = {field: column for field, column in columns.items() if column is not None}
        if not chosen:
            return
        query = sql.SQL("SELECT {} FROM {}").format(
            sql.SQL(", ").join(sql.Identifier(column) for column in chosen.values()), sql.Identifier(table)
        )
        given: list[Any] = []
        for field, value in (where or {}).items():
            if columns[field] is None:
                return
            query += sql.SQL(" WHERE {}::text = %s").format(sql.Identifier(str(columns[field])))
            given.append(value)
        if columns.get("id") is not None:
            query += sql.SQL(" ORDER BY {}").format(sql.Identifier(str(columns["id"])))
        missing = dict.fromkeys(fields)
        # What goes wrong with a row that was handed out does not come back in here: only the source's own faults do.
        with _reading(), self._connection.cursor(name=f"copy_{next(self._numbers)}") as cursor:
            cursor.itersize = AT_ONCE
            cursor.execute(query, given)
            for row in cursor:
                yield {**missing, **dict(zip(chosen, row, strict=True))}

    def distinct(self, table: str, names: Sequence[str]) -> set[str]:
        """The different values of a column, as text; without NULL."""
        column = self.column(table, names)
        if column is None:
            return set()
        query = sql.SQL("SELECT DISTINCT {0}::text FROM {1} WHERE {0} IS NOT NULL").format(
            sql.Identifier(column), sql.Identifier(table)
        )
        with _reading():
            return {value for (value,) in self._connection.execute(query).fetchall()}

    def column(self, table: str, names: Sequence[str]) -> str | None:
        """The first of these names that the table has."""
        return next((name for name in names if name in self.columns(table)), None)


@contextmanager
def opened(dsn: str) -> Iterator[Source]:
    """Opens a source in one read-only transaction that sees one moment.

    :raises SourceUnreadable: it cannot be reached, or broke off.
    """
    with _reading():
        connection = psycopg.connect(
            dsn,
            connect_timeout=_CONNECT_SECONDS,
            options="-c default_transaction_read_only=on",
            application_name="qafila import-legacy",
        )
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
    try:
        yield Source(connection)
    finally:
        connection.close()


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as exc:
        raise SourceUnreadable(
            f"The database of --from cannot be read: {' '.join(str(exc).split())}. Check the address, and that this machine"
            " may reach it."
        ) from exc


def moment(value: Any) -> datetime | None:
    """A time as it stands there; without a zone it is UTC."""
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def text(value: Any, longest: int = 200) -> str:
    """A text that can be kept: without NUL, cut."""
    return "" if value is None else str(value).replace("\0", "").strip()[:longest]
