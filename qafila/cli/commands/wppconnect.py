"""`qafila wppconnect`."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import time
import urllib.error
import urllib.request
from typing import Annotated

import typer

from qafila.cli import given, ports, screen
from qafila.cli.given import DataOption
from qafila.cli.wppconnect_process import ROLE, WppConnectProcess
from qafila.kit.processes import ports as holders
from qafila.kit.processes import runfile
from qafila.kit.processes.children import Family
from qafila.kit.processes.identity import is_alive
from qafila.kit.processes.runfile import Record
from qafila.project.env import Env

app = typer.Typer(
    help="A WPPConnect server that you have installed: start it, watch it, stop it.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

START_SECONDS = 60.0
_ASK_SECONDS = 5.0
_LOOK_AGAIN_SECONDS = 0.1


@app.callback()
def wppconnect(context: typer.Context, data: DataOption = None) -> None:
    """Start and watch a WPPConnect server that you have installed yourself (WPPCONNECT_DIR, WPPCONNECT_PORT).

    It links phones through WhatsApp Web in a Chrome browser. WhatsApp's terms forbid that for programs, and numbers are
    banned for it: the Cloud API is the safe way.

    \b
    qafila wppconnect              does it run, and who holds its port
    qafila wppconnect start        run it until Ctrl-C; it is started again when it ends by itself
    qafila wppconnect stop
    """
    context.obj = data
    if context.invoked_subcommand is None:
        status(data)


@app.command("start")
def start(
    context: typer.Context,
    data: DataOption = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Default: WPPCONNECT_PORT.", show_default=False)
    ] = None,
) -> None:
    """Run the server on this machine only, and start it again when it ends by itself; Ctrl-C stops it.

    A port that is in use: a leftover of ours is ended, another program never; then it says who holds it, and which port is
    free.
    """
    env = given.settings(data or context.obj)
    server = server_of(env, port)
    running = _running(env)
    if any(not _is_leftover(record) for record in running):
        raise screen.Refusal("wppconnect_runs", "A WPPConnect server of ours runs already.", server.url)
    for record in running:
        _end(record, env)
    ports.choose("127.0.0.1", server.port, chosen=True, run_folder=env.data / "run", what="WPPConnect server")
    with Family(run_folder=env.data / "run") as family:
        family.start(server.child())
        screen.say(f"Starting the WPPConnect server in {server.installed} on {server.url}")
        if _wait_until_it_answers(server, family):
            screen.say(f"It answers. Accounts on it need the key in {server.key_file}. Ctrl-C stops it.")
        else:
            screen.say(
                f"It does not answer within {START_SECONDS:g} s; it is being watched all the same.", "yellow"
            )
        family.run_until_signal()
    screen.say("Stopped.")


@app.command("status")
def status(data: DataOption = None) -> None:
    """Say whether it is installed, runs and answers, and who holds its port."""
    env = given.settings(data)
    server = server_of(env, None)
    running = _running(env)
    rows = screen.table("", "")
    rows.show_header = False
    rows.add_row("folder", str(server.installed) if env.wppconnect_dir else "not set: WPPCONNECT_DIR")
    rows.add_row("address", server.url)
    rows.add_row("started by us", f"yes, process {running[0].process.pid}" if running else "no")
    rows.add_row("answers", "yes" if answers(server) else "no")
    holder = holders.holder_of(server.port, env.data / "run")
    rows.add_row("its port is held by", str(holder) if holder is not None else "nobody")
    rows.add_row(
        "key for accounts", str(server.key_file) if server.key_file.exists() else "made at the first start"
    )
    screen.out.print(rows)


@app.command("stop")
def stop(
    context: typer.Context,
    data: DataOption = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait for it.")] = 20.0,
) -> None:
    """Stop the server that `qafila wppconnect start` runs on this data folder. Another's is left alone."""
    env = given.settings(data or context.obj)
    running = _running(env)
    if not running:
        raise screen.Refusal("not_running", "No WPPConnect server of ours runs on this data folder.")
    for record in running:
        # Who watches it would start it again: that one is told, and ends it in order.
        watching = record.parent if record.parent is not None and is_alive(record.parent) else record.process
        with contextlib.suppress(ProcessLookupError):
            os.kill(watching.pid, signal.SIGTERM)
    deadline = time.monotonic() + wait
    while any(is_alive(record.process) for record in running):
        if time.monotonic() > deadline:
            raise screen.Refusal(
                "still_stopping", f"It did not stop within {wait:g} seconds. It was told to; look again."
            )
        time.sleep(_LOOK_AGAIN_SECONDS)
    screen.say("Stopped.")


def server_of(env: Env, port: int | None) -> WppConnectProcess:
    """The server of the settings."""
    return WppConnectProcess(
        env.wppconnect_dir.expanduser() if env.wppconnect_dir else env.data / "wppconnect" / "server",
        env.data / "wppconnect",
        port or env.wppconnect_port,
    )


def answers(server: WppConnectProcess) -> bool:
    """Whether it says that it is well. Asked without a Content-Type: with one this route never answers."""
    try:
        with urllib.request.urlopen(f"{server.url}/healthz", timeout=_ASK_SECONDS) as answer:  # noqa: S310
            return bool(answer.status == http.client.OK)
    except (OSError, urllib.error.URLError, http.client.HTTPException):
        return False


def _running(env: Env) -> list[Record]:
    return [record for record in runfile.live(env.data / "run") if record.role == ROLE]


def _is_leftover(record: Record) -> bool:
    """Whether what watched over it is gone: killed, on a system where a child does not end with its parent."""
    return record.parent is not None and not is_alive(record.parent)


def _end(record: Record, env: Env) -> None:
    """Two would share the same phones, also on two ports."""
    left = holders.Holder(record.port or 0, record.process.pid, ROLE, "", ours=True, stale=True)
    screen.say(f"A leftover of ours runs, {left}: ending it.")
    with contextlib.suppress(holders.NotStaleError):  # it has just ended by itself
        holders.end_stale(left, env.data / "run")


def _wait_until_it_answers(server: WppConnectProcess, family: Family) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and family.pids:
        if answers(server):
            return True
        time.sleep(_LOOK_AGAIN_SECONDS)
    return False
