"""Calls over HTTP to our own API and to the sandbox, as anybody's program would make them."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from qafila.cli.screen import Refusal

SECONDS = 120.0
PATIENCE_SECONDS = 30.0
"""A server that somebody killed comes back within a few seconds."""
_LOOK_AGAIN_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Api:
    """A server and the key to it (none for the sandbox).

    :ivar meanwhile: called while a server that does not answer is waited for (restarts what ended).
    """

    url: str
    key: str = ""
    meanwhile: Callable[[], None] = field(default=lambda: None)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """JSON in, JSON out. A look (GET) that finds nobody is tried again for a while; nothing else is.

        :raises Refusal: the server's own code and sentence, or ``server_gone``.
        """
        headers = {"Content-Type": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        request = urllib.request.Request(  # noqa: S310 - our own server on loopback
            self.url + path,
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers=headers,
        )
        deadline = time.monotonic() + (PATIENCE_SECONDS if method == "GET" else 0.0)
        while True:
            try:
                with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
                    return json.load(answer)
            except urllib.error.HTTPError as exc:
                # 503: the web process is there and its database just comes back.
                if exc.code != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
                    raise _refusal(exc) from exc
            except (OSError, http.client.HTTPException, ValueError) as exc:
                if time.monotonic() > deadline:
                    raise Refusal("server_gone", f"{self.url} does not answer any more ({exc}).") from exc
            self.meanwhile()
            time.sleep(_LOOK_AGAIN_SECONDS)

    def lines(self, path: str) -> Iterator[Any]:
        """Newline-delimited JSON, one value after the other."""
        with urllib.request.urlopen(self.url + path, timeout=SECONDS) as answer:  # noqa: S310 - our own sandbox
            for line in answer:
                yield json.loads(line)


def _refusal(exc: urllib.error.HTTPError) -> Refusal:
    try:
        error = json.load(exc)["error"]
        return Refusal(str(error["code"]), str(error["message"]), str(error.get("step") or ""))
    except (ValueError, KeyError, TypeError):
        return Refusal(f"http_{exc.code}", f"The server answered with HTTP {exc.code}.")
