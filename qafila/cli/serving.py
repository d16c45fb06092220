"""uvicorn on sockets of our own, so that one process can listen on several ports and a taken one is said in words."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Sequence
from types import FrameType

import uvicorn

from qafila.cli.screen import Refusal
from qafila.intake.connection import GuardedProtocol

APPLICATION = "qafila.project.asgi:application"
GRACE_SECONDS = 3
"""How long open connections (live pages) may keep a stopping server."""
BACKLOG = 2048
DOORS = 8
"""Times that each listening socket is watched: the loop (libuv) takes one new connection a turn from each. With a single one, who comes
new to a busy process waits for seconds behind those who are connected."""


def serve(host: str, ports: Sequence[int]) -> None:
    """Serves until SIGTERM or SIGINT.

    :raises Refusal: ``port_in_use`` when somebody took a port since it was looked at.
    """
    sockets = [_listen(host, port) for port in ports]
    sockets += [each.dup() for each in sockets for _ in range(DOORS - 1)]
    config = uvicorn.Config(
        APPLICATION,
        http=GuardedProtocol,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=75,
        # Who the caller is, is decided by TRUSTED_PROXIES alone; uvicorn would believe anybody on loopback.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
    )
    # uvicorn raises the signal that stopped it once more when it is done; here that is no failure.
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGINT, lambda *_: None)
    _Server(config).run(sockets=sockets)


class _Server(uvicorn.Server):
    """Watches over the installation beside the pages, and ends the streams of open pages at once when it is told to stop."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        from qafila.project.watching import Watch  # rooms: only after the application was loaded

        self._watch = Watch()
        self._watch.start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._watch.stop()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        streams = sys.modules.get("qafila.web.live.streams")  # not there yet: no page is open yet
        if streams is not None:
            streams.end_all()


def _listen(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as exc:
        listener.close()
        sentence = f"Port {port} at {host} cannot be used ({exc.strerror}). Choose another with --port."
        raise Refusal("port_in_use", sentence) from exc
    listener.listen(BACKLOG)
    listener.set_inheritable(True)
    return listener
