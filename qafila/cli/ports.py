"""Which port to take, and what to say when it is taken."""

from __future__ import annotations

from pathlib import Path

from qafila.cli import given
from qafila.cli.screen import Refusal, say
from qafila.kit.processes import ports
from qafila.project.env import Env


def choose(host: str, port: int, *, chosen: bool, run_folder: Path, what: str = "web") -> int:
    """A free port: ``port`` itself, or, where nobody chose it, the next free one, which is said.

    A leftover of ours that holds it (its ``up`` is gone) is ended; anybody else's process never.

    :raises Refusal: ``port_in_use`` and the other codes of ``kit.processes.ports``, with who holds it and another port.
    """
    try:
        return _choose(host, port, chosen=chosen, run_folder=run_folder, what=what)
    except ports.PortError as exc:
        raise Refusal(exc.code, str(exc)) from exc


def choose_all(env: Env, given_ports: list[int] | None) -> list[int]:
    """The ports of the web process: those of the command line, else of the settings.

    :raises Refusal: as :func:`choose`.
    """
    chosen = bool(given_ports) or given.port_was_chosen(env)
    return [
        choose(env.bind, port, chosen=chosen, run_folder=env.data / "run") for port in given_ports or env.port
    ]


def _choose(host: str, port: int, *, chosen: bool, run_folder: Path, what: str) -> int:
    if ports.is_free(host, port):
        return port
    holder = ports.holder_of(port, run_folder)
    if holder is not None and holder.stale:
        say(f"Port {port} is held by a leftover of ours, {holder}: ending it.")
        if ports.end_stale(holder, run_folder) and ports.is_free(host, port):
            return port
    if chosen:
        ports.require_free(host, port, run_folder)
        return port
    free = ports.next_free(host, port + 1, tries=200)
    if free is None:
        ports.require_free(host, port, run_folder)
        return port
    who = holder if holder is not None else "another program"
    say(f"Port {port} is in use by {who}; taking {free} for the {what} instead.", "yellow")
    return free
