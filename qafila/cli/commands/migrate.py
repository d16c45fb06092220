"""`qafila migrate`."""

from __future__ import annotations

from typing import Annotated

import typer

from qafila.cli import database, given, logs, screen
from qafila.cli.given import DataOption
from qafila.kit.processes import runfile
from qafila.project.env import Env


def migrate(
    data: DataOption = None,
    to: Annotated[
        int | None,
        typer.Option("--to", metavar="N", help="Go to schema level N, also backwards.", show_default=False),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before dropping data.")] = False,
) -> None:
    """Bring the database to the latest schema. Every start does this by itself; running it twice is harmless.

    Going back (--to) first counts what it would drop, and asks. It is refused while anything runs.

    \b
    qafila migrate             to the latest level, saying each step
    qafila migrate --to 1      back to level 1, after asking
    """
    env = given.settings(data)
    logs.begin(env, "migrate")
    with database.opened(env):
        database.start_django()
        from qafila.project import schema

        if to is not None:
            losses, said = schema.expected_loss(to=to)
            goes_back = bool(losses or said) or to < schema.status().level
            if goes_back:
                _nobody_works(env)
            if losses or said:
                _warn(to, [str(loss) for loss in losses], said)
                if not yes and not typer.confirm("Drop this data for good?", default=False, err=True):
                    raise screen.Refusal("not_confirmed", "Nothing was changed.")
                _nobody_works(env)  # somebody may have started it while the question stood there
        done = schema.migrate(to=to)
        if done.applied:
            screen.say(
                f"Schema level {done.level}: {len(done.applied)} migrations applied in {done.seconds:.1f} s."
            )
        elif done.reversed:
            screen.say(
                f"Schema level {done.level}: {len(done.reversed)} migrations reversed in {done.seconds:.1f} s."
            )
        else:
            screen.say(f"Schema level {done.level}: nothing to do.")


def _nobody_works(env: Env) -> None:
    """What runs now needs the tables that would go.

    :raises Refusal: ``still_running``, with every process of this folder and every worker on the database.
    """
    from qafila.dispatch.queries import connected_workers

    here = [f"{one.role} (process {one.process.pid})" for one in runfile.live(env.data / "run")]
    pids = {one.process.pid for one in runfile.live(env.data / "run")}
    workers = [f"worker (process {pid} on {host})" for host, pid in connected_workers() if pid not in pids]
    if here or workers:
        raise screen.Refusal(
            "still_running",
            f"The schema cannot go back while something works with it: {', '.join([*here, *workers])}.",
            "Stop it first: `qafila stop` ends what `qafila up` or `qafila web` started, Ctrl-C or SIGTERM a worker.",
            "Web processes on other machines cannot be seen from here: stop those too. Nothing was changed.",
        )


def _warn(to: int, losses: list[str], said: list[str]) -> None:
    screen.err.print(f"Going back to schema level {to} drops:", style="bold yellow", markup=False)
    for line in [*losses, *said]:
        screen.err.print(f"  {line}", markup=False)
