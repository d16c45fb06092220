"""The settings as this command was given them: environment, ``.env``, then its own options."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from qafila.cli.screen import EXIT_SETTINGS, Refusal
from qafila.cli.words import worded
from qafila.kit.processes import runfile
from qafila.project import env as environment
from qafila.project.env import BadSettings, Env, weaknesses

DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="The data folder (database, keys, logs). Default: QAFILA_DATA, or ./data.",
        show_default=False,
    ),
]

_RANDOM = 'python3 -c "import secrets; print(secrets.token_urlsafe(32))"'


def settings(data: Path | None = None) -> Env:
    """The settings, with ``--data`` on top.

    :raises Refusal: ``bad_settings``, with a line for each that cannot be used.
    """
    if data is not None:
        use(QAFILA_DATA=str(data.expanduser().resolve()))
    try:
        return environment.read()
    except BadSettings as exc:
        lines = str(exc).splitlines()
        head = "A setting cannot be used." if len(lines) == 1 else f"{len(lines)} settings cannot be used."
        fix = "Put it right in the environment or in .env, then start again."
        raise Refusal(exc.code, head, *lines, fix, exit_code=EXIT_SETTINGS) from exc


def fit_to_serve(env: Env) -> None:
    """Refuses to start with settings that would put people's data at risk.

    :raises Refusal: with the code of the first weakness and the sentences of all.
    """
    found = weaknesses(env)
    if found:
        sentences = [worded(code, command=_RANDOM) for code in found]
        head = "The program does not start with these settings:"
        raise Refusal(found[0], head, *sentences, exit_code=EXIT_SETTINGS)


def use(**variables: str) -> None:
    """Sets variables for this process and its children, and forgets the settings that were read before."""
    os.environ.update(variables)
    environment.read.cache_clear()


def use_ports(ports: Sequence[int]) -> None:
    """The ports that are served, for this process and its children: addresses that others are told are built with the first."""
    use(PORT=",".join(str(port) for port in ports))


def use_port_of_the_pages(env: Env) -> None:
    """Where a process of ours serves the pages of this data folder, its port counts: gateways that this command tells our
    address report to that process. A child of ``up`` was given the port already."""
    if os.environ.get(runfile.MARKER):
        return
    served = [one.port for one in runfile.live(env.data / "run") if one.role == "web" and one.port]
    if served:
        use_ports(served[:1])


def reach_this_machine_directly() -> None:
    """A proxy of the system (HTTP_PROXY) is for the world outside: never for calls to this machine, ours or a child's."""
    for name in ("NO_PROXY", "no_proxy"):
        listed = [part for part in os.environ.get(name, "").split(",") if part]
        own = [host for host in ("127.0.0.1", "localhost") if host not in listed]
        if own and "*" not in listed:
            os.environ[name] = ",".join([*listed, *own])


def port_was_chosen(env: Env) -> bool:
    """Whether somebody set PORT; otherwise the next free port is as good."""
    return "port" in env.model_fields_set
