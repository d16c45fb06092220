"""The process: flags, logging, the socket, uvicorn.

Exit codes: 0 stopped in order, 2 wrong flags or configuration, 3 the port is in use, 4 the ledger file is.
"""

import argparse
import gc
import ipaddress
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson
import uvicorn

from wa_sandbox.app import build
from wa_sandbox.checked import BadInput
from wa_sandbox.connection import FaultyProtocol
from wa_sandbox.ledger.journal import LedgerInUse
from wa_sandbox.settings import Settings, check_settings, from_file

log = logging.getLogger("wa_sandbox")

EXIT_FLAGS, EXIT_PORT, EXIT_LEDGER = 2, 3, 4
BACKLOG = 2048
DOORS = 16
"""Times that the one listening socket is watched: the loop (libuv) takes one new connection a turn from each. With a single one, who
comes new to a busy server waits for seconds behind those who are connected; and what a killed client had sent arrives after it."""
GRACE_SECONDS = 1


def main(argv: Sequence[str]) -> int:
    """Run a sandbox until it is told to stop (SIGTERM, SIGINT). Returns the exit code."""
    flags = _parser().parse_args(argv)
    logging.basicConfig(
        stream=sys.stderr,
        level=flags.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    try:
        settings = _settings(flags)
        listener = _listen(flags.host, flags.port)
        app = build(settings)
    except BadInput as bad:
        return _say(str(bad), EXIT_FLAGS)
    except LedgerInUse as used:
        return _say(str(used), EXIT_LEDGER)
    except OSError as failure:
        return _say(
            f"Port {flags.port} on {flags.host} cannot be used ({failure.strerror}): choose another.",
            EXIT_PORT,
        )
    host, port = listener.getsockname()[:2]
    config = uvicorn.Config(
        app,
        http=FaultyProtocol,
        loop="uvloop",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    # A million accepted messages are live objects: the default makes the collector walk them far too often.
    gc.set_threshold(50_000, 20, 100)
    # uvicorn raises the signal that stopped it once more when it is done; here that is not a failure.
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGINT, lambda *_: None)
    _Server(config, ready_file=flags.ready_file, host=host, port=port).run(
        sockets=[listener, *(listener.dup() for _ in range(DOORS - 1))]
    )
    return 0


class _Server(uvicorn.Server):
    """uvicorn, which says where it listens once it does."""

    def __init__(self, config: uvicorn.Config, *, ready_file: Path | None, host: str, port: int) -> None:
        super().__init__(config)
        self.ready_file = ready_file
        self.address = (host, port)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        host, port = self.address
        shown = f"[{host}]" if ":" in host else host
        log.info("the sandbox listens at http://%s:%d/", shown, port)
        if self.ready_file is not None:
            ready = {"host": host, "port": port, "pid": os.getpid(), "url": f"http://{shown}:{port}"}
            part = self.ready_file.with_name(self.ready_file.name + ".part")
            part.write_bytes(orjson.dumps(ready))
            part.replace(self.ready_file)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="wa_sandbox", description="A WhatsApp Cloud API on this machine.")
    parser.add_argument("--port", type=int, default=8686, help="port; 0 picks a free one (default 8686)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--allow-remote", action="store_true", help="allow an address other than loopback")
    parser.add_argument("--seed", type=int, help="decides people's delays and the faults (default 1)")
    parser.add_argument(
        "--ledger", type=Path, help="the append-only file; without it nothing outlives the process"
    )
    parser.add_argument("--config", type=Path, help="JSON file: world, people, limits, webhooks")
    parser.add_argument("--webhook-url", help="where webhooks go")
    parser.add_argument("--webhook-batch", type=int, help="changes in one POST, at most (default 1)")
    parser.add_argument("--webhook-concurrency", type=int, help="POSTs at the same time (default 16)")
    parser.add_argument("--app-secret", help="signs webhooks; or SANDBOX_APP_SECRET")
    parser.add_argument("--verify-token", help="sent when a callback is verified; or SANDBOX_VERIFY_TOKEN")
    parser.add_argument("--admin-token", help="asks for this token at /admin; or SANDBOX_ADMIN_TOKEN")
    parser.add_argument("--speed", type=float, help="people react so many times as fast (default 1)")
    parser.add_argument("--ready-file", type=Path, help="written when it listens: JSON with port, pid, url")
    parser.add_argument("--log-level", default="info", choices=["debug", "info", "warning", "error"])
    return parser


def _settings(flags: argparse.Namespace) -> Settings:
    settings = from_file(flags.config) if flags.config else Settings()
    if not _is_loopback(flags.host) and not flags.allow_remote:
        raise BadInput(
            f"{flags.host} can be reached from other machines: use 127.0.0.1, or --allow-remote if that is meant."
        )
    settings.allow_remote = flags.allow_remote
    settings.ledger = flags.ledger
    settings.seed = settings.seed if flags.seed is None else flags.seed
    settings.speed = settings.speed if flags.speed is None else flags.speed
    settings.webhooks.batch = flags.webhook_batch or settings.webhooks.batch
    settings.webhooks.concurrency = flags.webhook_concurrency or settings.webhooks.concurrency
    given = {
        "webhook_url": flags.webhook_url,
        "secret": flags.app_secret or os.environ.get("SANDBOX_APP_SECRET"),
        "verify_token": flags.verify_token or os.environ.get("SANDBOX_VERIFY_TOKEN"),
    }
    settings.app_flags = {name: value for name, value in given.items() if value}
    settings.admin_token = flags.admin_token or os.environ.get("SANDBOX_ADMIN_TOKEN") or settings.admin_token
    check_settings(settings)
    return settings


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.listen(BACKLOG)
    listener.set_inheritable(False)
    return listener


def _say(sentence: str, code: int) -> int:
    log.error("%s", sentence)
    return code
