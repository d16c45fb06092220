"""Hot SQL as named files, one verb a file, read once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import LiteralString


@cache
def statement(package: str, name: str) -> LiteralString:
    """The text of ``<package>/sql/<name>.sql``.

    :param package: dotted name of the room, e.g. ``qafila.ledger``.
    :returns: SQL with psycopg's named parameters (``%(now)s``), safe to prepare.
    :raises FileNotFoundError: when there is no such file.
    """
    return (files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
