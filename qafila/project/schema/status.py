"""Where a database stands, compared with what this program needs."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from qafila.project.schema.errors import SchemaBehind
from qafila.project.schema.levels import LEVELS, LIBRARIES, Levels

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Status:
    """``level``: the highest whose migrations are all there. ``missing`` and ``unknown``: migrations as ``room.name``.

    ``unknown`` are migrations of our rooms that a newer program made: this program may run beside them, because
    migrations only add.
    """

    level: int
    latest: int
    missing: list[str]
    unknown: list[str]

    @property
    def behind(self) -> bool:
        return bool(self.missing)

    @property
    def ahead(self) -> bool:
        return bool(self.unknown)


def status(*, database: str = "default", levels: Levels = LEVELS) -> Status:
    """Read which migrations are applied. Changes nothing, not even on an empty database."""
    connection = connections[database]
    applied = set(MigrationRecorder(connection).applied_migrations())
    loader = MigrationLoader(connection)
    missing = [key for key in _needed(loader, levels, len(levels) - 1) if key not in applied]
    level = len(levels) - 1
    while level > 0 and any(key not in applied for key in _needed(loader, levels, level)):
        level -= 1
    rooms = set().union(*levels) - set(LIBRARIES)
    unknown = sorted(key for key in applied if key[0] in rooms and key not in loader.disk_migrations)
    return Status(level, len(levels) - 1, _names(missing), _names(unknown))


def require_current(*, database: str = "default", levels: Levels = LEVELS) -> Status:
    """Refuse to serve on a schema that lacks what this program needs; warn on a newer one.

    :raises SchemaBehind: (code ``schema_behind``) when a migration is missing.
    """
    found = status(database=database, levels=levels)
    if found.behind:
        raise SchemaBehind(level=found.level, needed=found.latest, missing=found.missing)
    if found.ahead:
        logger.warning(
            "The database is newer than this program (%s): it runs, because migrations only add. Update this program.",
            ", ".join(found.unknown),
        )
    return found


def is_ours(app_label: str) -> bool:
    """Whether the app is a room of this house (a library's tables are left alone when going back)."""
    return app_label not in LIBRARIES


def _needed(loader: MigrationLoader, levels: Levels, level: int) -> list[tuple[str, str]]:
    keys: dict[tuple[str, str], None] = {}
    for target in levels[level].items():
        keys |= dict.fromkeys(loader.graph.forwards_plan(target))
    return list(keys)


def _names(keys: list[tuple[str, str]]) -> list[str]:
    return [f"{app}.{name}" for app, name in keys]
