"""Databases of their own for tests of the schema, reached under the Django alias they give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import django
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

django.setup()


@pytest.fixture
def empty_database(postgres_url: str) -> Iterator[str]:
    """The connection string of a new, empty database."""
    name = f"qafila_schema_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield make_conninfo(postgres_url, dbname=name)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def fresh(empty_database: str, django_db_blocker: Any) -> Iterator[str]:
    """A Django database alias for :func:`empty_database`."""
    from django.db import connections

    alias = f"fresh_{uuid4().hex[:8]}"
    parts = conninfo_to_dict(empty_database)
    known = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    settings: dict[str, Any] = {ours: str(parts.pop(theirs, "") or "") for ours, theirs in known.items()}
    given = {"ENGINE": "django.db.backends.postgresql", "OPTIONS": parts, "ATOMIC_REQUESTS": False}
    connections.databases[alias] = {**connections.databases["default"], **given, **settings}
    with django_db_blocker.unblock():
        yield alias
        connections[alias].close()
    del connections[alias]
    del connections.databases[alias]
