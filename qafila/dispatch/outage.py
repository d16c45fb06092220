"""What it looks like when the database is away for a while: connections refused or cut, or a standby that only reads."""

from __future__ import annotations

import django.db
import psycopg
from psycopg_pool import PoolTimeout

DATABASE_AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,  # this process was frozen in a transaction, and thawed
    PoolTimeout,
    django.db.OperationalError,
    django.db.InterfaceError,
)
"""To be waited for, not to end a worker; psycopg's come from the engine's own statements, Django's from actions."""
