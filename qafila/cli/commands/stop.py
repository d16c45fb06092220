"""`qafila stop`."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import Annotated

import typer

from qafila.cli import given, screen
from qafila.cli.given import DataOption
from qafila.kit.processes import runfile
from qafila.kit.processes.identity import is_alive

_LOOK_AGAIN_SECONDS = 0.05


def stop(
    data: DataOption = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait for it.")] = 60.0,
) -> None:
    """Stop what `qafila up` (or `web`) runs on this data folder, in order; messages in the air land first."""
    env = given.settings(data)
    running = [
        r for r in runfile.live(env.data / "run") if r.role in {"up", "demo", "web"} and r.parent is None
    ]
    if not running:
        raise screen.Refusal("not_running", f"Nothing runs on the data folder {env.data}.")
    for record in running:
        with contextlib.suppress(ProcessLookupError):
            os.kill(record.process.pid, signal.SIGTERM)
    deadline = time.monotonic() + wait
    while any(is_alive(record.process) for record in running):
        if time.monotonic() > deadline:
            raise screen.Refusal(
                "still_stopping", f"It did not stop within {wait:g} seconds. It was told to; look again."
            )
        time.sleep(_LOOK_AGAIN_SECONDS)
    screen.say("Stopped.")
