"""`qafila dbshell`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from typing import Annotated

import typer
from psycopg.conninfo import conninfo_to_dict

from qafila.cli import database, given, logs, screen
from qafila.cli.given import DataOption
from qafila.kit.postgres import PostgresError
from qafila.kit.postgres.binaries import locate

SEARCH_PATH = "public,legacy"
"""Views with the tables and columns of the systems that came before lie in a schema of their own."""

_AS_ENVIRONMENT = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "options": "PGOPTIONS",
}


def dbshell(
    data: DataOption = None,
    command: Annotated[
        str | None,
        typer.Option("-c", "--command", metavar="SQL", help="Run this and end.", show_default=False),
    ] = None,
) -> None:
    """Open psql on the database (the running one, or the embedded one for as long as the shell is open).

    \b
    qafila dbshell
    qafila dbshell -c "SELECT count(*) FROM ledger_message"
    """
    env = given.settings(data)
    logs.begin(env, "dbshell", console_level="WARNING")
    program = _psql()
    with database.opened(env) as dsn:
        argv = [program, "-X", *(("-c", command) if command is not None else ())]
        # Ctrl-C is for psql: it cancels a statement there and must not take the database away.
        former = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            # In the environment, not the arguments: other users can read those.
            outcome = subprocess.run(argv, env=_environment(dsn), check=False)  # noqa: S603
        finally:
            signal.signal(signal.SIGINT, former)
    raise SystemExit(outcome.returncode)


def _psql() -> str:
    try:
        bundled = locate() / "psql"
    except PostgresError:
        bundled = None
    if bundled is not None and bundled.is_file():
        return str(bundled)
    found = shutil.which("psql")
    if found is None:
        raise screen.Refusal(
            "psql_missing",
            "There is no psql here. On Debian and Ubuntu: sudo apt-get install postgresql-client",
        )
    return found


def _environment(dsn: str) -> dict[str, str]:
    parts = {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value is not None}
    options = f"{parts.pop('options', '')} -c search_path={SEARCH_PATH}".strip()
    known = {_AS_ENVIRONMENT[name]: value for name, value in parts.items() if name in _AS_ENVIRONMENT}
    return {**os.environ, **known, "PGOPTIONS": options, "PGAPPNAME": "qafila dbshell"}
