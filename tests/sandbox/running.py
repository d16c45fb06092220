"""A sandbox process as tests see it: its address, calls to Graph and admin, waiting for what must happen."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyreqwest.client import SyncClient

PHONE = "106540352242922"
WABA = "102290129340398"
TOKEN = "SANDBOX-ACCESS-TOKEN"
PATIENCE_SECONDS = 15.0


@dataclass
class Reply:
    """Status, headers and parsed body of an answer."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def code(self) -> int | None:
        return self.body["error"]["code"] if isinstance(self.body, dict) and "error" in self.body else None

    @property
    def wamid(self) -> str:
        return self.body["messages"][0]["id"]


@dataclass
class Running:
    """A sandbox process, and calls to it."""

    process: subprocess.Popen[bytes]
    url: str
    client: SyncClient
    first: dict[str, Any] | None = None

    def call(self, method: str, path: str, data: Any = None, token: str | None = TOKEN) -> Reply:
        request = self.client.request(method, self.url + path)
        headers = {"content-type": "application/json"} if data is not None else {}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        request = request.headers(headers)
        if data is not None:
            raw = data if isinstance(data, bytes) else json.dumps(data).encode()
            request = request.body_bytes(raw)
        response = request.build().send()
        text = response.text()
        named = {name.lower(): value for name, value in response.headers.items()}
        is_json = "json" in named.get("content-type", "") and "ndjson" not in named["content-type"]
        return Reply(response.status, named, json.loads(text) if is_json else text)

    def admin(self, method: str, path: str, data: Any = None) -> Any:
        reply = self.call(method, "/admin" + path, data)
        assert reply.status < 300, reply.body
        return reply.body

    def send(self, body: dict[str, Any], phone: str = PHONE, token: str | None = TOKEN) -> Reply:
        return self.call("POST", f"/v25.0/{phone}/messages", {"messaging_product": "whatsapp"} | body, token)

    def text(self, to: str, text: str = "hello", biz: str | None = None, phone: str = PHONE) -> Reply:
        return self.send(with_biz({"to": to, "type": "text", "text": {"body": text}}, biz), phone)

    def template(
        self, to: str, value: str = "hello", biz: str | None = None, phone: str = PHONE, language: str = "en"
    ) -> Reply:
        parameters = [{"type": "text", "text": value}]
        template = {
            "name": "qafila_message",
            "language": {"code": language},
            "components": [{"type": "body", "parameters": parameters}],
        }
        return self.send(with_biz({"to": to, "type": "template", "template": template}, biz), phone)

    def rows(self) -> list[dict[str, Any]]:
        reply = self.call("GET", "/admin/ledger/messages")
        return [json.loads(line) for line in reply.body.splitlines()]

    def until(self, happened: Callable[[], Any]) -> Any:
        """Ask again until it holds; the answer is the first true value."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            value = happened()
            if value:
                return value
            threading.Event().wait(0.02)
        raise AssertionError("it did not happen in time")

    def remember(self) -> "Running":
        """Note how it is now: what :meth:`fresh` goes back to. Asked for before anything is changed."""
        self.first = self.admin("GET", "/state")
        return self

    def fresh(self) -> "Running":
        """Put a shared sandbox back to how it started: world, limits, people, faults; empty books."""
        state, first = self.admin("GET", "/state"), self.first
        assert first is not None, "nobody noted how it started"
        self.admin("PUT", "/webhook", {"url": None, "fields": None})
        self.admin("DELETE", "/faults")
        self.admin("PATCH", "/limits", first["limits"])
        self.admin("PUT", "/people", {"slots": first["people"]["slots"]})
        for wa_id in state["people"]["overrides"]:
            self.admin("DELETE", f"/people/{wa_id}")
        for kind in ("portfolios", "wabas", "phone_numbers"):
            for row in first[kind]:
                if row not in state[kind]:
                    self.admin("PUT", f"/{kind}/{row['id']}", row)
        self.admin("DELETE", "/ledger")
        return self

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(10)


def with_biz(body: dict[str, Any], biz: str | None) -> dict[str, Any]:
    return body if biz is None else {**body, "biz_opaque_callback_data": biz}


Start = Callable[..., Running]


def numbers(count: int, throughput: int | None = None) -> list[dict[str, Any]]:
    """The default number and more, without a limit of throughput unless one is given."""
    rows = [
        {"id": PHONE, "waba_id": WABA, "display_phone_number": "+1 555-078-3881", "throughput": throughput}
    ]
    for extra in range(1, count):
        rows.append(
            {**rows[0], "id": f"20654035224292{extra}", "display_phone_number": f"+1 555-078-390{extra}"}
        )
    return rows


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
