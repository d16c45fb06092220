"""Every migration has a way back, and what it would drop is said before."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections

from qafila.project.schema import (
    LATEST,
    LEVELS,
    Loss,
    ProgramOlderThanDatabase,
    expected_loss,
    migrate,
    status,
)
from tests.project.test_migrate_brings_a_database_up import MORE, WITH_COLOUR, tables


def _columns(alias: str) -> set[tuple[str, str, str]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
        )
        return set(cursor.fetchall())


def test_every_level_can_be_left_and_entered_again(fresh: str) -> None:
    migrate(database=fresh)
    shape = _columns(fresh)
    for level in reversed(range(LATEST)):
        done = migrate(to=level, database=fresh)
        assert done.level == level
        assert done.reversed
        assert status(database=fresh).level == level
    libraries = tables(fresh)
    assert "ledger_message" not in libraries
    assert "procrastinate_jobs" in libraries
    assert migrate(database=fresh).level == LATEST
    assert _columns(fresh) == shape
    assert len(LEVELS) == LATEST + 1


def test_what_goes_is_counted_before(fresh: str, settings: Any) -> None:
    settings.MIGRATION_MODULES = {"web": MORE}
    migrate(database=fresh, levels=WITH_COLOUR)
    with connections[fresh].cursor() as cursor:
        cursor.execute("INSERT INTO web_book (title, colour) VALUES ('a', 'red'), ('b', NULL), ('c', NULL)")

    losses, said = expected_loss(to=1, database=fresh, levels=WITH_COLOUR)
    assert losses == [Loss("web_book", "colour", 1)]
    assert str(losses[0]) == "column web_book.colour: 1 row"
    losses, said = expected_loss(to=0, database=fresh, levels=WITH_COLOUR)
    assert losses == [Loss("web_book", "", 3)]
    assert said == ["web.0001_shelf: Reversing forgets where the books stand."]
    assert expected_loss(to=2, database=fresh, levels=WITH_COLOUR) == ([], [])

    assert migrate(to=1, database=fresh, levels=WITH_COLOUR).reversed == ["web.0002_colour"]
    assert migrate(to=0, database=fresh, levels=WITH_COLOUR).reversed == ["web.0001_shelf"]
    assert "web_book" not in tables(fresh)


def test_tables_that_plain_sql_drops_are_counted_too(fresh: str, settings: Any) -> None:
    settings.MIGRATION_MODULES = {"web": "tests.project.trouble"}
    levels = ({}, {"web": "0001_shelf"})
    migrate(database=fresh, levels=levels)
    with connections[fresh].cursor() as cursor:
        cursor.execute("INSERT INTO shelf VALUES (1), (2)")
    losses, _ = expected_loss(to=0, database=fresh, levels=levels)
    assert losses == [Loss("shelf", "", 2)]


def test_an_older_program_leaves_a_newer_schema_alone(fresh: str, settings: Any) -> None:
    settings.MIGRATION_MODULES = {"web": MORE}
    migrate(database=fresh, levels=WITH_COLOUR)
    with connections[fresh].cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('web', '0003_from_the_future', now())"
        )
    with pytest.raises(ProgramOlderThanDatabase, match="0003_from_the_future"):
        migrate(to=1, database=fresh, levels=WITH_COLOUR)
    assert "web_book" in tables(fresh)
