"""``GET /health``: is this installation alive and ready? For load balancers and people; needs no key and tells no secret."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from qafila import __version__
from qafila.api.streams import as_json
from qafila.dispatch.queries import living_workers

SCHEMA_STAYS_GOOD_FOR = timedelta(seconds=30)


class Health:
    """The view. 200 when everything is well, 503 with what is not.

    :param missing_migrations: what the database lacks (the roof knows); asked at most every half a minute while all is well.
    """

    def __init__(self, missing_migrations: Callable[[], list[str]]) -> None:
        self._missing_migrations = missing_migrations
        self._schema_good_until = datetime.min.replace(tzinfo=UTC)
        self._lock = threading.Lock()

    def ready(self, request: HttpRequest) -> HttpResponse:
        """Database, schema, workers."""
        del request
        now = datetime.now(UTC)
        checks: dict[str, dict[str, Any]] = {}
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            checks["database"] = {"ok": True}
            checks["schema"] = self._schema(now)
            if checks["schema"]["ok"]:
                workers = living_workers(now=now)
                checks["workers"] = {"ok": workers > 0, "count": workers}
        except (OperationalError, InterfaceError):
            checks["database"] = {"ok": False}
        well = len(checks) == 3 and all(check["ok"] for check in checks.values())
        return _never_cached(
            as_json(
                {"status": "ok" if well else "unhealthy", "version": __version__, "checks": checks},
                status=200 if well else 503,
            )
        )

    def live(self, request: HttpRequest) -> HttpResponse:
        """This process answers; nothing else is asked."""
        del request
        return _never_cached(as_json({"status": "ok", "version": __version__}))

    def _schema(self, now: datetime) -> dict[str, Any]:
        with self._lock:
            if now < self._schema_good_until:
                return {"ok": True}
            missing = self._missing_migrations()
            if missing:
                return {"ok": False, "missing": len(missing)}
            self._schema_good_until = now + SCHEMA_STAYS_GOOD_FOR
            return {"ok": True}


def _never_cached(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


def views(missing_migrations: Callable[[], list[str]]) -> tuple[Any, Any]:
    """(``/health``, ``/health/live``)."""
    health = Health(missing_migrations)
    return require_safe(health.ready), require_safe(health.live)
