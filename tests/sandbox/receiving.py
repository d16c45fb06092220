"""A webhook endpoint that keeps what it was sent."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any

from tests.sandbox.running import PATIENCE_SECONDS

SECRET = "sandbox-app-secret"


@dataclass
class Receiver:
    """A webhook endpoint. `status` is what it answers; `posts` are (headers, raw body) of those it took."""

    url: str
    server: ThreadingHTTPServer
    status: int = 200
    verify_token: str = "sandbox-verify-token"
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    refused: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def values(self, kind: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Every entry of `kind` (statuses, messages) with the value it came in."""
        found = []
        for _, raw in list(self.posts):
            for entry in json.loads(raw)["entry"]:
                for change in entry["changes"]:
                    found += [(item, change["value"]) for item in change["value"].get(kind, [])]
        return found

    def wait(self, happened: Callable[[], Any]) -> Any:
        """Wait for posts until it holds."""
        end = time.monotonic() + PATIENCE_SECONDS
        with self.changed:
            while True:
                value = happened()
                if value:
                    return value
                left = end - time.monotonic()
                assert left > 0, "the webhook did not come in time"
                self.changed.wait(left)

    def statuses(self, wamid: str) -> list[str]:
        return [item["status"] for item, _ in self.values("statuses") if item["id"] == wamid]

    def wait_status(self, wamid: str, status: str) -> dict[str, Any]:
        def find() -> Any:
            return [i for i, _ in self.values("statuses") if i["id"] == wamid and i["status"] == status]

        return self.wait(find)[0]


def signature(raw: bytes) -> str:
    return "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
