"""PostgreSQL: a server of our own in a folder (`EmbeddedPostgres`), and a look at a server of somebody else (`check`)."""

from qafila.kit.postgres.address import Address
from qafila.kit.postgres.checkup import Finding, check
from qafila.kit.postgres.databases import create_database, drop_database
from qafila.kit.postgres.errors import PostgresError
from qafila.kit.postgres.server import EmbeddedPostgres, running_at

__all__ = [
    "Address",
    "EmbeddedPostgres",
    "Finding",
    "PostgresError",
    "check",
    "create_database",
    "drop_database",
    "running_at",
]
