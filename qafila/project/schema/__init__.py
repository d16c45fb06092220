"""The database's schema: its levels, and how a process brings it to the level it needs.

Every process that serves calls :func:`migrate` and then :func:`require_current` before it does anything else.
"""

from qafila.project.schema.errors import (
    MigrationFailed,
    ProgramOlderThanDatabase,
    SchemaBehind,
    SchemaProblem,
    UnknownLevel,
)
from qafila.project.schema.levels import LATEST, LEVELS, Levels
from qafila.project.schema.loss import Loss
from qafila.project.schema.migrate import Done, expected_loss, migrate
from qafila.project.schema.status import Status, require_current, status

__all__ = [
    "LATEST",
    "LEVELS",
    "Done",
    "Levels",
    "Loss",
    "MigrationFailed",
    "ProgramOlderThanDatabase",
    "SchemaBehind",
    "SchemaProblem",
    "Status",
    "UnknownLevel",
    "expected_loss",
    "migrate",
    "require_current",
    "status",
]
