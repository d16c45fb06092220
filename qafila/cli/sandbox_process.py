"""The sandbox as a child of ``up`` and ``demo``: with keys of its own for this data folder, and a ledger that is kept."""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qafila.cli.screen import Refusal
from qafila.kit.processes.children import Child

PORT = 8686
READY_SECONDS = 30.0
_LOOK_AGAIN_SECONDS = 0.02

WABA_ID = "102290129340398"
PHONE_NUMBER_ID = "106540352242922"
PORTFOLIO_ID = "100100100100100"
PORTFOLIO_CAP = 100_000
PHONE = "+12015550123"
TEMPLATE = {"name": "qafila_message", "language": "en", "variable": None}
"""Of the world a fresh sandbox starts with (``wa_sandbox/README.md``): they do not change."""


@dataclass(frozen=True, slots=True)
class SandboxProcess:
    """A sandbox in ``folder`` on ``port``. ``speed``: people react so many times as fast as in life."""

    folder: Path
    port: int
    seed: int = 1
    speed: float = 1.0

    @property
    def url(self) -> str:
        """Its address; the page is at its root."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ledger(self) -> Path:
        """Its append-only file."""
        return self.folder / "ledger.jsonl"

    def child(self) -> Child:
        """The program to run. Keys are made at the first start: the sandbox has no default password here either."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._ready_file.unlink(missing_ok=True)
        keys(self.folder)
        argv = [sys.executable, "-m", "wa_sandbox", "--port", str(self.port), "--seed", str(self.seed)]
        argv += ["--config", str(self.folder / "config.json"), "--ledger", str(self.ledger)]
        argv += [
            "--ready-file",
            str(self._ready_file),
            "--speed",
            f"{self.speed:g}",
            "--log-level",
            "warning",
        ]
        return Child("sandbox", argv, port=self.port)

    def wait_until_ready(self, tend: Callable[[], None]) -> None:
        """Returns when it listens.

        :raises Refusal: ``sandbox_not_ready``.
        """
        deadline = time.monotonic() + READY_SECONDS
        while not self._ready_file.exists():
            if time.monotonic() > deadline:
                raise Refusal(
                    "sandbox_not_ready", f"The sandbox was not ready within {READY_SECONDS:.0f} seconds."
                )
            tend()
            time.sleep(_LOOK_AGAIN_SECONDS)

    @property
    def _ready_file(self) -> Path:
        return self.folder / "ready.json"


def keys(folder: Path) -> dict[str, Any]:
    """The keys of the sandbox in this folder: ``token``, ``app_secret``, ``verify_token``; made if there are none."""
    path = folder / "config.json"
    if not path.exists():
        config = {
            "app": {"secret": secrets.token_hex(16), "verify_token": secrets.token_urlsafe(18)},
            "tokens": [{"id": f"EAAS{secrets.token_urlsafe(32)}"}],
            "phone_numbers": [{"id": PHONE_NUMBER_ID, "waba_id": WABA_ID, "display_phone_number": PHONE}],
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(config))
    config = json.loads(path.read_text())
    return {
        "token": config["tokens"][0]["id"],
        "app_secret": config["app"]["secret"],
        "verify_token": config["app"]["verify_token"],
    }
