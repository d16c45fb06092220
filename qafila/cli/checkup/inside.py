"""The database: its server, its clock, its schema. What is in it, :mod:`qafila.cli.checkup.rooms` looks at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg

from qafila.cli import database as databases
from qafila.cli import logs
from qafila.cli.checkup.finding import Finding, bad, good, note
from qafila.cli.screen import Refusal
from qafila.cli.words import worded
from qafila.kit.postgres import Finding as ServerFinding
from qafila.kit.postgres import PostgresError, check
from qafila.project.env import Env

if TYPE_CHECKING:
    from qafila.project.schema import Status

_CLOCKS_AGREE_SECONDS = 2.0


def database(env: Env) -> Iterator[Finding]:
    """The server and, where it answers, everything inside. An embedded one is started for the look if it does not run."""
    kind = "server of DATABASE_URL" if env.database_url else "embedded PostgreSQL"
    if not env.database_url and not (databases.folder(env) / "PG_VERSION").exists():
        yield good("database", "none yet: made at the first start")
        return
    if env.database_url:
        findings = check(env.database_url)
        yield from _server(kind, findings)
        if any(finding.fatal for finding in findings):
            return
    try:
        logs.begin_command(env)
    except Refusal as exc:
        yield bad("logs", *exc.sentences)
        return
    if env.database_url:
        yield from _within(env, env.database_url)
        return
    try:
        with databases.opened(env) as dsn:
            findings = check(dsn)
            yield from _server(kind, findings)
            yield from _within(env, dsn)
    except PostgresError as exc:
        yield bad("database", str(exc))


def _server(kind: str, found: list[ServerFinding]) -> Iterator[Finding]:
    for finding in found:
        yield (bad if finding.fatal else note)("database", worded(finding.code, **finding.params))
    if not any(finding.fatal for finding in found):
        yield good("database", kind)


def _within(env: Env, dsn: str) -> Iterator[Finding]:
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        row = connection.execute("SELECT clock_timestamp(), current_setting('server_version')").fetchone()
    if row is not None:
        apart = abs((datetime.now(UTC) - row[0]).total_seconds())
        if apart > _CLOCKS_AGREE_SECONDS:
            yield bad(
                "clock",
                f"this machine and the database are {apart:.0f} s apart",
                "Set both by NTP: pacing needs one time.",
            )
        else:
            yield good("clock", f"agrees with the database (PostgreSQL {row[1]})")
    databases.start_django()
    from django.db import connections

    from qafila.cli.checkup import rooms
    from qafila.project import schema

    found = schema.status()
    yield from level(found)
    if not found.behind:
        yield from rooms.everything(env)
    connections.close_all()


def level(found: Status) -> Iterator[Finding]:
    """Whether the schema is the one that this program needs."""
    if found.behind:
        yield bad(
            "schema",
            f"level {found.level}, this program needs {found.latest}",
            "Run: qafila migrate (every start does)",
        )
        return
    yield good("schema", f"level {found.level}")
    if found.ahead:
        yield note("schema", f"newer than this program ({', '.join(found.unknown)})", "Update this program.")
