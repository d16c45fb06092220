"""One live line while a contract runs: a bar for a person, plain lines for a file."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from qafila.cli import screen

EVERY_SECONDS = 0.25
PLAIN_EVERY_SECONDS = 2.0
SETTLE_SECONDS = 90.0


class Line:
    """The progress of one contract. Rate over the last seconds, finish time by what is left."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self._seen: list[tuple[float, int]] = []
        self._told = 0.0
        self._bar: Progress | None = None
        self._task: Any = None

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Shows the bar while the block runs; without a terminal :meth:`update` prints lines now and then."""
        if not screen.is_terminal():
            yield
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]}"),
        )
        with Progress(*columns, console=screen.out, expand=True) as self._bar:
            self._task = self._bar.add_task("sending", total=self.total, pace="")
            yield

    def update(self, done: int, word: str = "sending") -> None:
        """So many are decided now."""
        now = time.monotonic()
        self.done = done
        self._seen = [(at, n) for at, n in self._seen if now - at < 5.0] + [(now, done)]
        if self._bar is not None:
            self._bar.update(self._task, completed=done, description=word, pace=self._pace())
        elif now - self._told >= PLAIN_EVERY_SECONDS or done == self.total:
            self._told = now
            screen.say(f"  {word}: {done:,} of {self.total:,} {self._pace()}")

    def _pace(self) -> str:
        (began, first), (now, last) = self._seen[0], self._seen[-1]
        if now - began < 0.5 or last <= first or self.done >= self.total:
            return ""
        rate = (last - first) / (now - began)
        # The wall clock of whoever watches, not a business's.
        finish = datetime.now().astimezone() + timedelta(seconds=(self.total - self.done) / rate)
        return f"{rate:,.0f}/s, done at {finish:%H:%M:%S}"


def until_decided(
    look: Callable[[], dict[str, Any]],
    line: Line,
    tend: Callable[[], None],
    seen: Callable[[dict[str, Any]], None] = lambda contract: None,
) -> dict[str, Any]:
    """Returns the contract's answer once nothing of it is queued or being sent.

    :param look: ``GET /api/contracts/:id``. :param tend: called in between (restarts what ended).
    :param seen: told of each answer on the way.
    """
    while True:
        contract = look()
        seen(contract)
        states = contract["states"]
        line.update(contract["totalCount"] - states["queued"] - states["sending"])
        if not states["queued"] and not states["sending"]:
            return contract
        tend()
        time.sleep(EVERY_SECONDS)


def until_settled(
    idle: Callable[[], bool], look: Callable[[], dict[str, Any]], tend: Callable[[], None]
) -> None:
    """Returns when the sandbox has no receipt left to give and our books have stopped moving (or after a while)."""
    deadline, last = time.monotonic() + SETTLE_SECONDS, None
    while time.monotonic() < deadline:
        states = look()["states"]
        if idle() and states == last:
            return
        last = states
        tend()
        time.sleep(2 * EVERY_SECONDS)
