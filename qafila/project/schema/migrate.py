"""Bringing a database to a level, forwards at every start, backwards only by hand.

Two processes that start at once do not collide: the whole run is under a session advisory lock. Each migration is one
transaction together with its own record, so that neither an error nor ``kill -9`` leaves half of one.
"""

from __future__ import annotations

import inspect
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import Error, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from qafila.project.schema import loss
from qafila.project.schema.errors import MigrationFailed, ProgramOlderThanDatabase, UnknownLevel
from qafila.project.schema.levels import LEVELS, Levels
from qafila.project.schema.status import is_ours, status

logger = logging.getLogger(__name__)

LOCK = 0x7161_6669_6C61  # "qafila" in ASCII
"""The advisory lock of everybody who changes the schema."""

Plan = Sequence[tuple[Migration, bool]]


@dataclass(frozen=True, slots=True)
class Done:
    """``applied`` and ``reversed`` as ``room.name`` in the order they ran; ``level`` is where the database stands now."""

    level: int
    applied: list[str]
    reversed: list[str]
    seconds: float


class _Executor(MigrationExecutor):
    """Django's executor, with each migration and its record in one transaction (Django may record after the commit)."""

    def apply_migration(self, state: Any, migration: Migration, *args: Any, **kwargs: Any) -> Any:
        began = time.monotonic()
        with _one_transaction(self.connection, migration):
            state = super().apply_migration(state, migration, *args, **kwargs)
        logger.info("Migrated %s (%.2f s): %s", migration, time.monotonic() - began, _subject(migration))
        return state

    def unapply_migration(self, state: Any, migration: Migration, *args: Any, **kwargs: Any) -> Any:
        began = time.monotonic()
        with _one_transaction(self.connection, migration):
            state = super().unapply_migration(state, migration, *args, **kwargs)
        logger.info("Reversed %s (%.2f s): %s", migration, time.monotonic() - began, _subject(migration))
        return state


def migrate(*, to: int | None = None, database: str = "default", levels: Levels = LEVELS) -> Done:
    """Bring the schema to level ``to`` (None: the latest, never backwards), logging every step.

    May be called any number of times and by several processes at once. Going back drops what the migrations added: show
    :func:`expected_loss` to a person first.

    :raises MigrationFailed: (``migration_failed``) a migration was refused by the database and rolled back.
    :raises ProgramOlderThanDatabase: (``program_older_than_database``) going back, but a newer program was here.
    :raises UnknownLevel: (``unknown_schema_level``) there is no level ``to``.
    """
    began = time.monotonic()
    connection = connections[database]
    with _only_one(connection):
        MigrationRecorder(connection).ensure_schema()
        executor = _Executor(connection)
        plan = _plan(executor, to, levels, database)
        names = [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
        if not plan:
            level = status(database=database, levels=levels).level
            logger.info("The schema is at level %d: nothing to migrate.", level)
            return Done(level, [], [], time.monotonic() - began)
        backwards = plan[0][1]
        logger.info(
            "The schema goes %s to level %d: %d migration%s.",
            "back" if backwards else "up",
            len(levels) - 1 if to is None else to,
            len(plan),
            "" if len(plan) == 1 else "s",
        )
        if not backwards:
            emit_pre_migrate_signal(0, False, connection.alias)
        state = executor.migrate([], plan=plan)
        if not backwards:
            _after(connection, state)
        level = status(database=database, levels=levels).level
        seconds = time.monotonic() - began
        logger.info("The schema is at level %d (%.1f s).", level, seconds)
        return Done(level, [] if backwards else names, names if backwards else [], seconds)


def expected_loss(
    *, to: int, database: str = "default", levels: Levels = LEVELS
) -> tuple[list[loss.Loss], list[str]]:
    """What going to level ``to`` would drop, and what the migrations themselves say about their reverse.

    Both are empty when ``to`` is not behind where the database stands.

    :raises ProgramOlderThanDatabase: as :func:`migrate`.
    :raises UnknownLevel: as :func:`migrate`.
    """
    executor = MigrationExecutor(connections[database])
    plan = [step for step in _plan(executor, to, levels, database) if step[1]]
    return (loss.of_plan(executor, plan), loss.said_by(plan)) if plan else ([], [])


def _plan(executor: MigrationExecutor, to: int | None, levels: Levels, database: str) -> Plan:
    if to is not None and not 0 <= to < len(levels):
        raise UnknownLevel(to, len(levels) - 1)
    wanted = dict(levels[-1] if to is None else levels[to])
    forwards = [step for step in executor.migration_plan(list(wanted.items())) if not step[1]]
    if to is None:
        return forwards
    rooms = {app for app in levels[-1] if is_ours(app)}
    targets = [(app, wanted.get(app)) for app in sorted(rooms) if app in executor.loader.migrated_apps]
    applied = executor.loader.applied_migrations
    reached = [(app, name) for app, name in targets if name is None or (app, name) in applied]
    back = [step for step in executor.migration_plan(reached) if step[1]]
    unknown = status(database=database, levels=levels).unknown
    if back and unknown:
        raise ProgramOlderThanDatabase(unknown)
    return back or forwards


@contextmanager
def _only_one(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            logger.info("Another process is migrating this database: waiting for it.")
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


@contextmanager
def _one_transaction(connection: BaseDatabaseWrapper, migration: Migration) -> Iterator[None]:
    try:
        with transaction.atomic(using=connection.alias):
            yield
    except (Error, IrreversibleError) as exc:
        logger.error("the migration %s was rolled back: %s", migration, exc)
        raise MigrationFailed(migration=str(migration), reason=str(exc)) from exc


def _after(connection: BaseDatabaseWrapper, state: Any) -> None:
    """Content types and permissions as Django's own command makes them; then the planner's statistics."""
    state.clear_delayed_apps_cache()
    emit_post_migrate_signal(0, False, connection.alias, apps=state.apps)
    began = time.monotonic()
    tables = [
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if is_ours(model._meta.app_label)
    ]
    with connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
        named = ", ".join(connection.ops.quote_name(table) for table in tables if table in existing)
        if named:
            cursor.execute(f"ANALYZE {named}")
    logger.info("Analyzed the tables for the planner (%.1f s).", time.monotonic() - began)


def _subject(migration: Migration) -> str:
    """The first sentence of the migration's text, or what its operations say they do."""
    text = " ".join((inspect.getdoc(inspect.getmodule(type(migration))) or "").split())
    if text:
        return text.split(". ")[0].rstrip(".")
    said = [operation.describe() for operation in migration.operations]
    return "; ".join(said[:3]) + (f"; and {len(said) - 3} more" if len(said) > 3 else "")
