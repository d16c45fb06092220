"""`qafila up`."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from qafila.cli import given, household, logs, ports, screen
from qafila.cli.baileys_process import BaileysProcess
from qafila.cli.commands.gateways import WORDS, gateway_of
from qafila.cli.given import DataOption
from qafila.cli.household import Household, Plan
from qafila.cli.sandbox_process import PORT as SANDBOX_PORT
from qafila.cli.sandbox_process import SandboxProcess
from qafila.project.env import Env


def up(
    *,
    data: DataOption = None,
    port: Annotated[
        list[int] | None,
        typer.Option(
            "--port",
            metavar="PORT",
            help="Default: PORT, or 5001. May be given several times.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=0, max=64, metavar="N", help="Default: 1.", show_default=False),
    ] = None,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Also run a WhatsApp sandbox, with an account on it.")
    ] = False,
    sandbox_port: Annotated[
        int | None,
        typer.Option("--sandbox-port", metavar="PORT", help=f"Default: {SANDBOX_PORT}.", show_default=False),
    ] = None,
    baileys: Annotated[
        bool,
        typer.Option("--baileys", help="Start the Baileys gateway although no account needs it yet."),
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Of the sandbox: decides how its people behave.")] = 1,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show all log lines, not only warnings.")
    ] = False,
) -> None:
    """Run everything in one: database, pages, API and workers, until Ctrl-C or SIGTERM.

    Without DATABASE_URL the database is an embedded PostgreSQL in the data folder. The schema is brought up first.

    \b
    qafila up
    qafila up --data /var/lib/qafila --port 8000 --workers 2
    qafila up --sandbox --seed 7
    """
    env = given.settings(data)
    given.fit_to_serve(env)
    # A terminal shows what matters; files, and the logs of a container, show all.
    shown = None if verbose or not screen.is_terminal() else "WARNING"
    with household.interruptible(), household.only_one(env, "up", (port or env.port)[0]):
        folder = logs.begin(env, "up", console_level=shown)
        plan = Plan(
            env,
            ports.choose_all(env, port),
            env.workers if workers is None else workers,
            _sandbox(env, sandbox_port, seed) if sandbox else None,
            shown,
            tell=lambda line: screen.say(f"  {line}"),
            gateway=_gateway(env, at_once=baileys),
            gateway_at_once=baileys,
        )
        try:
            with Household(plan) as house:
                house.open()
                # From here on Ctrl-C is the ordinary end, also while this is still being written.
                with contextlib.suppress(KeyboardInterrupt):
                    _ready(plan, house, folder)
                    house.run_until_signal(household.GRACE_SECONDS)
                screen.say("Stopping.")
        except KeyboardInterrupt:
            raise SystemExit(130) from None
    screen.say("Stopped.")


def _sandbox(env: Env, port: int | None, seed: int) -> SandboxProcess:
    wanted, folder = port or SANDBOX_PORT, env.data / "run"
    taken = ports.choose("127.0.0.1", wanted, chosen=port is not None, run_folder=folder, what="sandbox")
    return SandboxProcess(env.data / "sandbox", taken, seed=seed)


def _gateway(env: Env, *, at_once: bool) -> BaileysProcess | None:
    """Our gateway, if it is installed here; it is started when an account needs it, or at once."""
    gateway = gateway_of(env)
    fault = gateway.fault()
    if not fault:
        return gateway
    if at_once:
        raise screen.Refusal(fault, f"The Baileys gateway cannot be started: {WORDS[fault]}.")
    if fault == "modules_outdated":
        screen.say(f"  The Baileys gateway is not started: {WORDS[fault]}", "yellow")
    return None


def _ready(plan: Plan, house: Household, logs_folder: Path) -> None:
    screen.say(f"  {plan.workers} worker{'' if plan.workers == 1 else 's'}, logs in {logs_folder}")
    key = house.prepared.get("first_key")
    if key:
        screen.say()
        screen.say("Your API key (shown once; `qafila keys create` makes more):")
        screen.say(f"  {key}", "bold")
    link = house.prepared.get("setup_link")
    if link:
        screen.say()
        screen.say("Nobody owns this installation yet. Make your account here (works once, within 24 hours):")
        screen.say(f"  {link}", "bold")
    screen.say()
    others = "".join(f", also port {port}" for port in plan.ports[1:])
    screen.say(f"Ready at {plan.url}/{others} · API docs at {plan.url}/api/docs · Ctrl-C stops", "bold green")
