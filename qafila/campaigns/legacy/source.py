"""The database of a former system, read and never written: one read-only snapshot, rows in batches, whatever columns it has."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final, TypeAlias

import psycopg
from psycopg import sql

Row: TypeAlias = Mapping[str, Any]
Fields: TypeAlias = Mapping[str, Sequence[str]]
"""Our word to the column names that it may have there, the first that exists counts."""

AT_ONCE: Final = 1_000
_CONNECT_SECONDS: Final = 20
_LONGEST_NAME: Final = 64
_DIGITS: Final = 16
# Within a family an index answers for a value of each type.
_FAMILIES: Final = {"int2": "integer", "int4": "integer", "int8": "integer", "varchar": "text"}
_OPTIONS: Final = (
    "-c default_transaction_read_only=on"
    # A cursor is planned as if only a tenth of it were read: then the order by the id would win over a better index.
    " -c cursor_tuple_fraction=1"
)


@dataclass(frozen=True, slots=True)
class Parent:
    """Whose rows are wanted.

    :ivar field: names it in them. :ivar id: its id as it came from its own table. :ivar kind: :meth:`Source.kind` of that.
    """

    field: str
    id: Any
    kind: str


class SourceUnreadable(Exception):
    """The source cannot be opened or read. ``str()`` says why."""

    code = "source_unreadable"


class Source:
    """An open source; see :func:`opened`."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection
        self._numbers = itertools.count()
        self._columns: dict[str, dict[str, str]] = {}

    @cached_property
    def name(self) -> str:
        """What was copied is remembered under it: the name of its database, and a hash that tells its server from others.

        The server is known by the identifier that it was made with, whatever address leads to it; where it does not say
        that, by host and port. At most 64 characters.
        """
        database = self._connection.info.dbname
        known = "\0".join((database, *self._server())).encode()
        digits = hashlib.sha256(known).hexdigest()[:_DIGITS]
        return f"{database[: _LONGEST_NAME - _DIGITS - 1]}-{digits}"

    def _server(self) -> tuple[str, ...]:
        with _reading():
            try:
                with self._connection.transaction():
                    row = self._connection.execute(
                        "SELECT system_identifier FROM pg_control_system()"
                    ).fetchone()
            except (psycopg.ProgrammingError, psycopg.NotSupportedError):
                row = None  # not allowed to this user, or not a PostgreSQL of its own making
        if row is not None and row[0] is not None:
            return (str(row[0]),)
        return (self._connection.info.host.lower(), str(self._connection.info.port))

    def has(self, table: str) -> bool:
        """Whether there is such a table (or view) on its search path."""
        return bool(self.columns(table))

    def columns(self, table: str) -> Mapping[str, str]:
        """The columns of a table, each with the name of its type; empty where it is not there."""
        if table not in self._columns:
            with _reading():
                found = self._connection.execute(
                    "SELECT attname, typname FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid"
                    " WHERE attrelid = to_regclass(quote_ident(%s)) AND attnum > 0 AND NOT attisdropped",
                    [table],
                ).fetchall()
            self._columns[table] = dict(found)
        return self._columns[table]

    def kind(self, table: str, names: Sequence[str]) -> str:
        """Of which kind the values of a column are; two of one kind are compared as they are. "" without the column."""
        column = self.column(table, names)
        found = self.columns(table)[column] if column is not None else ""
        return _FAMILIES.get(found, found)

    def rows(self, table: str, fields: Fields, *, below: Parent | None = None) -> Iterator[Row]:
        """The rows of a table by its id, each with every field; what has no column there is None.

        :param below: only the rows of this one.
        """
        columns = {field: self.column(table, names) for field, names in fields.items()}
        chosen = {field: column for field, column in columns.items() if column is not None}
        if not chosen:
            return
        query = sql.SQL("SELECT {} FROM {}").format(
            sql.SQL(", ").join(sql.Identifier(column) for column in chosen.values()), sql.Identifier(table)
        )
        given: list[Any] = []
        if below is not None:
            if columns[below.field] is None:
                return
            is_alike = self.kind(table, fields[below.field]) == below.kind
            # As text only where it must be: an index of the column does not answer for that.
            compared = " WHERE {} = %s" if is_alike else " WHERE {}::text = %s"
            query += sql.SQL(compared).format(sql.Identifier(str(columns[below.field])))
            given.append(below.id if is_alike else str(below.id))
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
            options=_OPTIONS,
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
