"""Sends webhooks over a few kept connections at once, and notes what came back."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

CONNECTIONS = 8


@dataclass
class Shot:
    """One request of an attack."""

    body: bytes
    signature: str
    path: str
    content_type: str = "application/json"


@dataclass
class Answers:
    """What came back. ``broken``: the connection ended without an answer. Times in seconds."""

    statuses: Counter[int] = field(default_factory=Counter)
    broken: int = 0
    times: list[float] = field(default_factory=list)

    def at(self, share: float) -> float:
        """The time within which this share of the requests was answered, in milliseconds."""
        ordered = sorted(self.times)
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 1) if ordered else 0.0

    @property
    def faults(self) -> int:
        """Answers of 5xx ("come again" is one, too), and none at all."""
        return self.broken + sum(n for status, n in self.statuses.items() if status >= 500)


def fire(port: int, shots: Iterable[Shot], connections: int = CONNECTIONS) -> Answers:
    """Sends all of them, a few at once."""
    answers, lock = Answers(), threading.Lock()
    waiting = iter(shots)

    def work() -> None:
        talk = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                shot = next(waiting, None)
            if shot is None:
                return
            begun = time.perf_counter()
            try:
                headers = {"X-Hub-Signature-256": shot.signature, "Content-Type": shot.content_type}
                talk.request("POST", shot.path, shot.body, headers)
                reply = talk.getresponse()
                reply.read()
                status = reply.status
            except (OSError, http.client.HTTPException):
                talk.close()
                status = 0
            with lock:
                answers.times.append(time.perf_counter() - begun)
                answers.statuses[status] += 1
                answers.broken += status == 0

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
