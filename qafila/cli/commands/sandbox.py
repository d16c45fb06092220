"""`qafila sandbox`."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer


def sandbox(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8686,
    seed: Annotated[
        int | None,
        typer.Option(help="Decides how people behave, and the faults (1).", show_default=False),
    ] = None,
    ledger: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Its append-only ledger; kept after a kill.", show_default=False),
    ] = None,
) -> None:
    """Run the WhatsApp sandbox alone: a WhatsApp Cloud API on this machine, with people who answer.

    Any other option goes to the sandbox itself; `python -m wa_sandbox --help` lists them.

    \b
    qafila sandbox --port 8686 --seed 7 --ledger sandbox.jsonl
    qafila sandbox --speed 10 --webhook-url http://127.0.0.1:5001/webhooks/…
    """
    options = ["--port", str(port)]
    # A flag wins over the configuration file: what was not given is not passed on.
    if seed is not None:
        options += ["--seed", str(seed)]
    if ledger is not None:
        options += ["--ledger", ledger]
    # It shares no import with this program: it becomes a process of its own.
    os.execv(sys.executable, [sys.executable, "-m", "wa_sandbox", *options, *context.args])  # noqa: S606
