"""`qafila web`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from qafila.cli import database, given, logs, ports, screen
from qafila.cli.given import DataOption
from qafila.kit.processes import runfile
from qafila.project.env import Env


def web(
    data: DataOption = None,
    port: Annotated[
        list[int] | None,
        typer.Option("--port", metavar="PORT", help="May be given several times.", show_default=False),
    ] = None,
    console_level: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Serve pages, API and webhooks, until Ctrl-C or SIGTERM. Sends nothing by itself: that is `qafila worker`.

    \b
    qafila web --port 5001
    QAFILA_BIND=0.0.0.0 qafila web --port 5001 --port 8000
    """
    env = given.settings(data)
    given.fit_to_serve(env)
    logs.begin(env, "web", console_level=console_level)
    run_folder = env.data / "run"
    taken = ports.choose_all(env, port)
    given.use_ports(taken)
    (env.data / "static").mkdir(parents=True, exist_ok=True)
    with database.rooms(env, serves=True):
        from qafila.cli.serving import serve

        if not os.environ.get(runfile.MARKER):  # a child of `up` finds all this done
            _first_steps(env)
        with _recorded(run_folder, taken[0]):
            if not os.environ.get(runfile.MARKER):
                screen.say("Serving " + " and ".join(f"http://{env.bind}:{each}" for each in taken))
            serve(env.bind, taken)


def _first_steps(env: Env) -> None:
    """Without a first business API_SECRET_KEY would open nothing."""
    from qafila.cli import first_steps

    first_steps.note_redis(env)
    first_steps.first_business(now=datetime.now(UTC))


@contextlib.contextmanager
def _recorded(folder: Path, port: int) -> Iterator[None]:
    """`send` and others find a running web process by its record. A child of `up` is recorded by its parent."""
    if os.environ.get(runfile.MARKER):
        yield
        return
    runfile.clean(folder)
    runfile.write(folder, pid=os.getpid(), role="web", now=datetime.now(UTC), port=port)
    try:
        yield
    finally:
        runfile.remove(folder, pid=os.getpid())
