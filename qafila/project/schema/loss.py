"""What data a way back would drop: tables, columns and rows, counted before anything is done."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration, RunSQL
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

_DROPPED_BY_HAND = re.compile(
    r"\b(?:DROP\s+TABLE(?:\s+IF\s+EXISTS)?|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?)\s+\"?(\w+)\"?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Loss:
    """``column`` empty: the whole table goes. ``rows``: rows of the table, or rows with a value in that column."""

    table: str
    column: str
    rows: int

    def __str__(self) -> str:
        what = f"column {self.table}.{self.column}" if self.column else f"table {self.table}"
        return f"{what}: {self.rows:,} row{'' if self.rows == 1 else 's'}"


def of_plan(executor: MigrationExecutor, plan: Sequence[tuple[Migration, bool]]) -> list[Loss]:
    """The losses of unapplying the migrations of ``plan``; tables and columns without rows are listed too."""
    connection = executor.connection
    goes = {(migration.app_label, migration.name) for migration, backwards in plan if backwards}
    before = _columns(_state(executor, without=set()))
    after = _columns(_state(executor, without=goes))
    with connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
    tables = {table: None for table, _ in before if table not in {t for t, _ in after}}
    tables |= dict.fromkeys(_dropped_by_sql(plan))
    losses = [Loss(t, "", _rows(connection, t, "")) for t in sorted(tables) if t in existing]
    columns = sorted(pair for pair in before - after if pair[0] not in tables and pair[0] in existing)
    return losses + [Loss(table, column, _rows(connection, table, column)) for table, column in columns]


def said_by(plan: Sequence[tuple[Migration, bool]]) -> list[str]:
    """What each migration's own text says about its reverse: the sentences that begin with "Reversing"."""
    found = []
    for migration, _ in plan:
        text = " ".join((inspect.getdoc(inspect.getmodule(type(migration))) or "").split())
        found += [
            f"{migration.app_label}.{migration.name}: {part}"
            for part in re.findall(r"Reversing[^.]*\.", text)
        ]
    return found


def _state(executor: MigrationExecutor, *, without: set[tuple[str, str]]) -> ProjectState:
    graph = executor.loader.graph
    nodes = [key for key in executor.loader.applied_migrations if key in graph.nodes and key not in without]
    return graph.make_state(nodes=nodes, at_end=True, real_apps=executor.loader.unmigrated_apps)


def _columns(state: ProjectState) -> set[tuple[str, str]]:
    models = state.apps.get_models(include_auto_created=True)
    return {
        (model._meta.db_table, field.column)
        for model in models
        if model._meta.managed and not model._meta.proxy
        for field in model._meta.local_concrete_fields
        if field.column  # a composite key has none
    }


def _dropped_by_sql(plan: Iterable[tuple[Migration, bool]]) -> list[str]:
    tables: list[str] = []
    for migration, _ in plan:
        for operation in migration.operations:
            if isinstance(operation, RunSQL) and operation.reverse_sql:
                given = operation.reverse_sql
                statements = [given] if isinstance(given, str) else given
                for statement in statements:
                    sql = statement if isinstance(statement, str) else statement[0]
                    tables += _DROPPED_BY_HAND.findall(sql)
    return tables


def _rows(connection: BaseDatabaseWrapper, table: str, column: str) -> int:
    quoted = connection.ops.quote_name
    counted = quoted(column) if column else "*"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count({counted}) FROM {quoted(table)}")  # noqa: S608 - names from our own migrations
        return int(cursor.fetchone()[0])
