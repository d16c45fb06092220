"""Making and dropping databases on a server, and whether a server answers."""

from pathlib import Path

import psycopg
from psycopg import errors, sql

from qafila.kit.postgres.address import Address
from qafila.kit.postgres.errors import PostgresError

_MAINTENANCE = "postgres"
_CONNECT_SECONDS = 10


def connect(address: Address) -> psycopg.Connection:
    """An autocommit connection, for statements about the server itself."""
    return psycopg.connect(address.dsn, autocommit=True, connect_timeout=_CONNECT_SECONDS)


def data_directory(address: Address) -> Path:
    """The data folder of the server that answers there. Raises `psycopg.OperationalError` when none does."""
    with connect(address.for_database(_MAINTENANCE)) as connection:
        row = connection.execute("SELECT current_setting('data_directory')").fetchone()
    return Path(row[0]) if row else Path()


def has_database(address: Address, name: str) -> bool:
    """Whether the server has a database of that name."""
    with connect(address.for_database(_MAINTENANCE)) as connection:
        return (
            connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None
        )


def create_database(address: Address, name: str, *, template: str = "template1") -> Address:
    """Create a database on the server of `address` (about 0.1 s) and give its address.

    `template`: the database it is a copy of; nobody may be connected to that one. Raises `PostgresError`:
    `database_exists`, `database_name_invalid`.
    """
    if not 0 < len(name.encode()) <= 63 or "\0" in name:
        raise PostgresError("database_name_invalid", name=name)
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    with connect(address.for_database(_MAINTENANCE)) as connection:
        try:
            connection.execute(statement)
        except errors.DuplicateDatabase as exc:
            raise PostgresError("database_exists", name=name) from exc
    return address.for_database(name)


def drop_database(address: Address, name: str) -> bool:
    """Drop a database with all in it, ending its connections. Whether there was one."""
    with connect(address.for_database(_MAINTENANCE)) as connection:
        there = (
            connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None
        )
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    return there
