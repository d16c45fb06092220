"""Django's cache in PostgreSQL, so that all web processes count tries at signing in together.

Small and rarely used: for counts and codes, not for pages. Values are JSON, nothing is unpickled. The database's clock
decides what has expired.
"""

from __future__ import annotations

import json
import random
from typing import Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection

_ADD: Final = """
INSERT INTO web_kept AS kept (key, value, expires_at) VALUES (%s, %s::jsonb, clock_timestamp() + %s * interval '1 second')
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
         WHERE kept.expires_at <= clock_timestamp()"""
_SET: Final = """
INSERT INTO web_kept (key, value, expires_at) VALUES (%s, %s::jsonb, clock_timestamp() + %s * interval '1 second')
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at"""
_GET: Final = "SELECT value::text FROM web_kept WHERE key = %s AND expires_at > clock_timestamp()"
_TOUCH: Final = """
UPDATE web_kept SET expires_at = clock_timestamp() + %s * interval '1 second'
 WHERE key = %s AND expires_at > clock_timestamp()"""
_SWEEP: Final = """
DELETE FROM web_kept WHERE key IN (
    SELECT key FROM web_kept WHERE expires_at <= clock_timestamp() ORDER BY expires_at LIMIT 200 FOR UPDATE SKIP LOCKED)"""

LONGEST_SECONDS: Final = 30 * 86_400
"""Nothing is kept longer, whatever was asked."""
_SWEEP_EVERY: Final = 20
"""One write in so many takes away what has expired."""


class KeptInPostgres(BaseCache):
    """The backend for ``CACHES``."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        del location
        super().__init__(params)

    def add(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Keeps it unless something is kept under that key. Of several at once one succeeds."""
        return self._write(_ADD, key, value, timeout, version) == 1

    def set(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        """Keeps it, whatever was there."""
        self._write(_SET, key, value, timeout, version)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """What is kept, or the default."""
        with connection.cursor() as cursor:
            cursor.execute(_GET, [self._key(key, version)])
            row = cursor.fetchone()
        return default if row is None else json.loads(row[0])

    def touch(self, key: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keeps it for longer. Whether it was there."""
        with connection.cursor() as cursor:
            cursor.execute(_TOUCH, [self._seconds(timeout), self._key(key, version)])
            return cursor.rowcount == 1

    def delete(self, key: Any, version: int | None = None) -> bool:
        """Forgets it. Whether it was there."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM web_kept WHERE key = %s", [self._key(key, version)])
            return cursor.rowcount == 1

    def clear(self) -> None:
        """Forgets everything."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM web_kept")

    def _write(self, sql: str, key: Any, value: Any, timeout: float | None, version: int | None) -> int:
        with connection.cursor() as cursor:
            cursor.execute(sql, [self._key(key, version), json.dumps(value), self._seconds(timeout)])
            written: int = cursor.rowcount
            if random.randrange(_SWEEP_EVERY) == 0:
                cursor.execute(_SWEEP)
        return written

    def _key(self, key: Any, version: int | None) -> str:
        made: str = self.make_and_validate_key(key, version=version)
        return made

    def _seconds(self, timeout: float | None) -> float:
        given = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return LONGEST_SECONDS if given is None else min(float(given), LONGEST_SECONDS)
