"""Our Baileys gateway and a mock of WhatsApp's server (crabline) as processes: the real library, nobody's phone.

Both come from ``gateways/baileys/node_modules``, which ``make test-gateway`` fills.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from qafila.cli import node
from qafila.kit.processes.parent_death import end_with_parent

HERE = Path(__file__).resolve().parents[1] / "gateways" / "baileys"
CRABLINE = HERE / "node_modules" / "@openclaw" / "crabline" / "dist" / "src" / "bin" / "crabline.js"
PHONE = 15550001111
TOKEN = "token-of-the-gateway-in-trials"
PEOPLE_OF_A_MOCK = 1_000
"""crabline keeps keys of 1,024 people as long as it runs, and refuses whoever comes after them."""
PATIENCE_SECONDS = 30.0
_LOOK_AGAIN_SECONDS = 0.02


def why_not() -> str:
    """What is missing to run the gateway here; "" when nothing is."""
    if node.find() is None:
        return f"Node.js {node.OLDEST} or later is missing"
    return "" if CRABLINE.exists() else "the gateway's modules are missing: make test-gateway fetches them"


class GatewayHouse:
    """A mock and a gateway with linked sessions, on a folder. The gateway may be killed and started again; the mock stays.

    :ivar port: the gateway's; the same after each start.
    """

    def __init__(self, folder: Path, *, sessions: Sequence[str] = ("main",), ack_seconds: int = 5) -> None:
        found = node.find()
        if found is None or why_not():
            raise RuntimeError(why_not())
        self._node = str(found.program)
        self._data = folder / "gateway"
        self._mock_folder = folder / "mock"
        self._sessions = sessions
        self._ack_seconds = ack_seconds
        self._mock: subprocess.Popen[bytes] | None = None
        self._gateway: subprocess.Popen[bytes] | None = None
        self.port = 0
        self.facts: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._mock_folder.mkdir(parents=True)
        for place, session in enumerate(self._sessions):
            preset = [self._node, str(HERE / "tests" / "preset.js"), str(self._data), session]
            subprocess.run([*preset, str(PHONE + place)], check=True, stdin=subprocess.DEVNULL)
        ready = self._mock_folder / "ready.json"
        argv = [self._node, str(CRABLINE), "--json", "serve", "whatsapp", "--ready-file", str(ready)]
        argv += ["--recorder", str(self._recorder)]
        self._mock = self._launch(argv, {})
        self.facts = _appearing(ready)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        for process in (self._gateway, self._mock):
            _kill(process)

    @property
    def url(self) -> str:
        """Where the gateway answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def alive(self) -> bool:
        """Whether the gateway runs."""
        return self._gateway is not None and self._gateway.poll() is None

    @property
    def _recorder(self) -> Path:
        return self._mock_folder / "recorded.jsonl"

    def start(self) -> None:
        """Starts the gateway and returns when it answers."""
        ready = self._data / "ready.json"
        ready.unlink(missing_ok=True)
        self._gateway = self._launch(
            [self._node, str(HERE / "src" / "main.js")],
            {
                "BAILEYS_DATA": str(self._data),
                "BAILEYS_PORT": str(self.port),
                "BAILEYS_TOKEN": TOKEN,
                "BAILEYS_WA_URL": self.facts["endpoints"]["baileysWebSocketUrl"],
                "BAILEYS_READY_FILE": str(ready),
                "BAILEYS_ACK_SECONDS": str(self._ack_seconds),
                "BAILEYS_CHECK_BEFORE_SEND": "false",  # the mock closes the connection when it is asked
                "LOG_LEVEL": "warn",
            },
        )
        self.port = int(_appearing(ready)["port"])

    def kill(self) -> None:
        """As ``kill -9``."""
        _kill(self._gateway)

    def sent(self) -> Counter[str]:
        """How often a message under each of WhatsApp's ids reached the mock."""
        return Counter(one["id"] for one in self._messages())

    def people(self) -> Counter[str]:
        """How often a message to each number reached the mock, whatever its id was."""
        return Counter(one.get("to", "").partition("@")[0].partition(":")[0] for one in self._messages())

    def _messages(self) -> Iterator[dict[str, str]]:
        """The attributes of every message that reached the mock."""
        for line in self.recorded().splitlines():
            with contextlib.suppress(ValueError):  # the last one is being written
                body = json.loads(line).get("body", {})
                if body.get("tag") == "message":
                    yield body["attrs"]

    def recorded(self) -> str:
        """Every stanza that reached the mock, as JSON lines."""
        return self._recorder.read_text()

    def say(self, text: str, *, phone: str) -> None:
        """A person writes to our number."""
        import urllib.request

        jid = f"{phone}@s.whatsapp.net"
        body = {"chatJid": jid, "senderJid": jid, "pushName": "Amira", "text": text}
        request = urllib.request.Request(  # noqa: S310 - the mock on this machine
            self.facts["endpoints"]["adminInboundUrl"],
            json.dumps(body).encode(),
            {"content-type": "application/json", "x-crabline-admin-token": self.facts["adminToken"]},
        )
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310

    def _launch(self, argv: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            argv,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if str(CRABLINE) in argv else None,
            start_new_session=True,
            preexec_fn=end_with_parent(signal.SIGKILL),  # noqa: PLW1509 - see parent_death
        )


def _kill(process: subprocess.Popen[bytes] | None) -> None:
    if process is not None and process.poll() is None:
        process.kill()
        process.wait()


def _appearing(path: Path) -> dict[str, Any]:
    """A file of JSON that appears, whole."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError, ValueError):
            found: dict[str, Any] = json.loads(path.read_text())
            return found
        time.sleep(_LOOK_AGAIN_SECONDS)
    raise TimeoutError(f"{path.name} did not appear")
