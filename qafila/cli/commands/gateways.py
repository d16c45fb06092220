"""`qafila gateways`."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import typer

from qafila.cli import baileys_process, given, node, screen
from qafila.cli.baileys_process import BaileysProcess
from qafila.cli.given import DataOption
from qafila.project.env import Env

app = typer.Typer(
    help="The gateway that links phones to WhatsApp (Baileys): install it, and see what it does.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

WORDS = {
    "node_missing": "Node.js is missing",
    "not_installed": "not installed: qafila gateways install",
    "modules_outdated": "its modules are of another version: qafila gateways install",
    "": "installed",
}
_SECONDS = 5.0


@app.callback()
def gateways(context: typer.Context, data: DataOption = None) -> None:
    """Install our Baileys gateway, and see what it does.

    It links a phone as WhatsApp Web does. WhatsApp's terms forbid that for programs, and numbers are banned for it: the
    Cloud API is the safe way. See docs/baileys.md.

    \b
    qafila gateways                is it there, does it run, which phones are linked
    qafila gateways install        fetch its modules with npm into the data folder
    """
    context.obj = data
    if context.invoked_subcommand is None:
        status(data)


@app.command("status")
def status(data: DataOption = None) -> None:
    """Say whether the gateway is installed and runs, and how each of its sessions is."""
    env = given.settings(data)
    gateway = gateway_of(env)
    found = node.find()
    rows = screen.table("", "")
    rows.show_header = False
    rows.add_row("Node.js", f"{found.version} ({found.program})" if found else "missing")
    rows.add_row("gateway", WORDS[gateway.fault()])
    rows.add_row("folder", str(gateway.folder))
    rows.add_row("address", gateway.url)
    sessions = _sessions(gateway)
    rows.add_row("runs", "no" if sessions is None else "yes")
    screen.out.print(rows)
    if found is None:
        screen.say(baileys_process.missing_node(), "yellow")
    for one in sessions or []:
        reason = f" ({one['reason']})" if one.get("reason") else ""
        screen.say(f"  {one.get('session')}: {one.get('state')}{reason}")


@app.command("install")
def install(data: DataOption = None) -> None:
    """Fetch the gateway's modules with npm into the data folder. Again: brings them to the versions of this program.

    Done with `npm install --ignore-scripts --omit=dev` from the gateway's own package.json, whose versions are exact. About
    100 packages, a minute. One of them, libsignal, is under the GPL-3.0; the others are under the MIT licence and alike.
    """
    env = given.settings(data)
    gateway = gateway_of(env)
    found = node.find()
    if found is None:
        raise screen.Refusal("node_missing", baileys_process.missing_node())
    screen.say(f"Fetching the gateway's modules with npm into {gateway.app} (about a minute)")
    screen.say("libsignal among them is under the GPL-3.0.")
    gateway.install(found)
    screen.say(
        "Installed. `qafila up` starts it once there is an account of the kind Baileys; `qafila up --baileys` at once."
    )


def gateway_of(env: Env) -> BaileysProcess:
    """The gateway of a data folder."""
    return BaileysProcess(env.data / "gateways" / baileys_process.KIND, env.baileys_port)


def _sessions(gateway: BaileysProcess) -> list[dict[str, Any]] | None:
    """What the running gateway says of its sessions; None: it does not answer."""
    try:
        token = (gateway.folder / "token").read_text(encoding="utf-8").strip()
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{gateway.url}/sessions", headers={"authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            return list(json.load(answer)["sessions"])
    except (OSError, ValueError, KeyError, urllib.error.URLError):
        return None
