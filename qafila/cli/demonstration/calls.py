"""Calls over HTTP to our own API and to the sandbox, as anybody's program would make them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from qafila.cli.screen import Refusal

SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Api:
    """A server and the key to it (none for the sandbox)."""

    url: str
    key: str = ""

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """JSON in, JSON out.

        :raises Refusal: the server's own code and sentence.
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
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as exc:
            raise _refusal(exc) from exc

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
