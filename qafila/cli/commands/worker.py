"""`qafila worker`."""

from __future__ import annotations

from typing import Annotated

import typer

from qafila.cli import database, given, logs
from qafila.cli.given import DataOption


def worker(
    data: DataOption = None,
    console_level: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run one worker: it sends, reads what providers say, and runs background jobs, until Ctrl-C or SIGTERM.

    Start as many as there are cores to spare, on any machine that reaches the database; they share the work.

    \b
    qafila worker
    DATABASE_URL=postgresql://… qafila worker
    """
    env = given.settings(data)
    given.fit_to_serve(env)
    logs.begin(env, "worker", console_level=console_level)
    with database.rooms(env):
        from qafila.worker.main import main

        main()
