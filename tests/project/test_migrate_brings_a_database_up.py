"""Up by itself, twice, by two processes at once; an error rolls back; behind is refused and ahead is served."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from typing import Any

import psycopg
import pytest
from django.db import connections

from qafila.project.schema import (
    LATEST,
    LEVELS,
    MigrationFailed,
    SchemaBehind,
    UnknownLevel,
    migrate,
    require_current,
    status,
)

MORE = "tests.project.more"
WITH_SHELF = ({}, {"web": "0001_shelf"})
WITH_COLOUR = (*WITH_SHELF, {"web": "0002_colour"})

IN_A_PROCESS = """
import logging, sys, django
logging.basicConfig(level="INFO", format="%(message)s", stream=sys.stdout)
django.setup()
from qafila.project.schema import migrate
sys.stdin.readline()
print("applied", len(migrate().applied))
"""


def tables(alias: str) -> set[str]:
    with connections[alias].cursor() as cursor:
        return set(connections[alias].introspection.table_names(cursor))


def test_two_processes_that_start_at_once_do_not_collide(empty_database: str) -> None:
    environment = {**os.environ, "DATABASE_URL": empty_database}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", IN_A_PROCESS],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    with psycopg.connect(empty_database, autocommit=True) as holder:
        # Both reach the lock before either gets it.
        holder.execute("SELECT pg_advisory_lock(%s)", [0x716166696C61])
        for process in started:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while holder.execute(waiting).fetchone() != (2,):
            assert all(process.poll() is None for process in started)
    said = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    assert sorted("applied 0" in text for text in said) == [False, True]
    assert all("Another process is migrating" in text for text in said)


def test_migrating_twice_is_harmless_and_every_step_is_logged(
    fresh: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "qafila.project.schema")
    with pytest.raises(SchemaBehind) as refused:
        require_current(database=fresh)
    assert refused.value.code == "schema_behind"
    assert "django_migrations" not in tables(fresh)  # looking changes nothing

    done = migrate(database=fresh)

    assert done.level == LATEST
    assert "ledger.0001_initial" in done.applied
    for name in done.applied:
        assert f"Migrated {name} " in caplog.text
    assert {"ledger_message", "procrastinate_jobs", "auth_permission"} <= tables(fresh)
    assert require_current(database=fresh).missing == []
    caplog.clear()
    assert migrate(database=fresh).applied == []
    assert f"The schema is at level {LATEST}: nothing to migrate." in caplog.text


def test_an_error_rolls_its_migration_back_whole(fresh: str, settings: Any) -> None:
    settings.MIGRATION_MODULES = {"web": "tests.project.trouble"}
    levels = ({}, {"web": "0002_broken"})

    with pytest.raises(MigrationFailed) as failed:
        migrate(database=fresh, levels=levels)

    assert failed.value.code == "migration_failed"
    assert failed.value.migration == "web.0002_broken"
    assert "division by zero" in str(failed.value)
    with connections[fresh].cursor() as cursor:
        cursor.execute("SELECT * FROM shelf")
        assert cursor.fetchall() == []
        assert [column.name for column in cursor.description] == ["id"]
        cursor.execute("SELECT name FROM django_migrations WHERE app = 'web'")
        assert cursor.fetchall() == [("0001_shelf",)]
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert cursor.fetchone() == (0,)
    with pytest.raises(SchemaBehind):
        require_current(database=fresh, levels=levels)


def test_a_program_behind_the_database_runs_and_says_so(
    fresh: str, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.MIGRATION_MODULES = {"web": MORE}
    migrate(database=fresh, levels=WITH_COLOUR)
    with connections[fresh].cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('web', '0003_from_the_future', now())"
        )

    found = require_current(database=fresh, levels=WITH_COLOUR)

    assert found.ahead
    assert found.unknown == ["web.0003_from_the_future"]
    assert "The database is newer than this program (web.0003_from_the_future)" in caplog.text
    assert migrate(database=fresh, levels=WITH_COLOUR).applied == []


def test_a_program_with_one_more_migration_is_behind_until_it_migrates(fresh: str, settings: Any) -> None:
    settings.MIGRATION_MODULES = {"web": MORE}
    migrate(database=fresh, levels=WITH_SHELF)
    assert status(database=fresh, levels=WITH_COLOUR).missing == ["web.0002_colour"]
    assert status(database=fresh, levels=WITH_COLOUR).level == 1
    assert migrate(database=fresh, levels=WITH_COLOUR).applied == ["web.0002_colour"]
    assert require_current(database=fresh, levels=WITH_COLOUR).level == 2


def test_there_is_no_level_beyond_the_last(fresh: str) -> None:
    with pytest.raises(UnknownLevel, match=f"There is no schema level {len(LEVELS)}"):
        migrate(to=len(LEVELS), database=fresh)
