"""A provider that does nothing but check and record: the reference that the engine and the bare client both talk to.

``python bench/responder.py PORT_FILE [LATENCY_MS]`` listens on a free loopback port, writes it to PORT_FILE, answers every
POST like the Cloud API would, and keeps each attempt id it saw. ``GET /seen`` tells how many, and how many twice.
It speaks just enough HTTP/1.1 for keep-alive clients, so that its own limit lies far above any client's.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import uvloop

ANSWER_BODY = b'{"messaging_product":"whatsapp","contacts":[{"input":"%s","wa_id":"%s"}],"messages":[{"id":"wamid.%s"}]}'
MARK = b'"biz_opaque_callback_data":"'
TO = b'"to":"'

seen: dict[bytes, int] = {}


class Connection(asyncio.Protocol):
    latency = 0.0

    def __init__(self) -> None:
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer = self.buffer + data if self.buffer else data
        while True:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.buffer[:end]
            at = head.lower().find(b"content-length:")
            length = int(head[at + 15 : (head + b"\r\n").find(b"\r\n", at)]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            body = self.buffer[end + 4 : end + 4 + length]
            self.buffer = self.buffer[end + 4 + length :]
            answer = self.answer(head, body)
            if self.latency and not head.startswith(b"GET"):
                asyncio.get_running_loop().call_later(self.latency, self.send, answer)
            else:
                self.send(answer)

    def send(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)

    def answer(self, head: bytes, body: bytes) -> bytes:
        if head.startswith(b"GET"):
            content = json.dumps({"seen": len(seen), "twice": sum(n > 1 for n in seen.values())}).encode()
        else:
            begin = body.find(MARK) + len(MARK)
            attempt = body[begin : body.find(b'"', begin)]
            seen[attempt] = seen.get(attempt, 0) + 1
            begin = body.find(TO) + len(TO)
            to = body[begin : body.find(b'"', begin)]
            content = ANSWER_BODY % (to, to, attempt)
        return (
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(content)
            + content
        )


async def main() -> None:
    Connection.latency = float(sys.argv[2]) / 1000 if len(sys.argv) > 2 else 0.0
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=4096)
    ready = Path(sys.argv[1])
    fresh = ready.with_suffix(".part")
    fresh.write_text(str(server.sockets[0].getsockname()[1]))
    fresh.rename(ready)
    parent = os.getppid()
    while os.getppid() == parent:  # ends with whoever started it
        await asyncio.sleep(0.5)


if __name__ == "__main__":
    uvloop.run(main())
