"""`qafila prepare`: what ``up`` does before it serves. Hidden: nobody needs to call it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from qafila.cli import given, logs, screen
from qafila.cli.given import DataOption


def prepare(
    result: Annotated[Path, typer.Option("--result", help="Where to write what was done, as JSON.")],
    data: DataOption = None,
    sandbox: Annotated[
        Path | None, typer.Option("--sandbox", help="The sandbox's folder: make an account of it.")
    ] = None,
    web: Annotated[str, typer.Option("--web", help="Where the sandbox reaches the web process.")] = "",
    console_level: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Bring the schema up, make the first business and its key, connect the sandbox."""
    env = given.settings(data)
    logs.begin(env, "prepare", console_level=console_level)
    from qafila.cli import database

    with database.opened(env):
        database.start_django()
        import orjson

        from qafila.cli import first_steps
        from qafila.project import schema

        done = schema.migrate()
        schema.require_current()
        now = datetime.now(UTC)
        first_steps.note_redis(env)
        business = first_steps.first_business(now=now)
        found: dict[str, Any] = {"level": done.level, "applied": len(done.applied)}
        if screen.is_terminal() and not env.api_secret_key.get_secret_value():
            found["first_key"] = first_steps.first_key(business, now=now)
        if first_steps.nobody_owns_this():
            found["setup_link"] = first_steps.entrance_link(env.public_url or web, now=now)
        if sandbox is not None:
            found |= first_steps.connect_sandbox(business, folder=sandbox, web=web, now=now)
        result.touch(mode=0o600)
        result.write_bytes(orjson.dumps(found))
