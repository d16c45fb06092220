"""The line that a demo and a sending command show while a contract runs, as a terminal gets it and as a file gets it."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from rich.console import Console

from qafila.cli import screen
from qafila.cli.demonstration import watching
from qafila.cli.demonstration.watching import Line


class Watch:
    """Seconds of a monotonic clock that the test moves on."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch()
    monkeypatch.setattr(watching, "time", SimpleNamespace(monotonic=made.monotonic))
    return made


def shown_on(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> io.StringIO:
    """What is written from now on."""
    file = io.StringIO()
    monkeypatch.setattr(
        screen, "out", Console(file=file, force_terminal=terminal, highlight=False, soft_wrap=True, width=120)
    )
    return file


def last_line(file: io.StringIO) -> str:
    """Of the bar, as it stood at the end, without the terminal's own signs."""
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", file.getvalue()).splitlines()
    return [line for line in lines if line.startswith("sending")][-1]


def moments(before: datetime, seconds: float) -> set[str]:
    """The clock's words for so many seconds after any moment from ``before`` until now."""
    first, last = (
        before + timedelta(seconds=seconds),
        datetime.now().astimezone() + timedelta(seconds=seconds),
    )
    return {
        f"{first + timedelta(seconds=n):%H:%M:%S}" for n in range(int((last - first).total_seconds()) + 2)
    }


def test_a_terminal_sees_the_rate_and_when_it_is_done(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    file, before, line = shown_on(monkeypatch, terminal=True), datetime.now().astimezone(), Line(1_000)
    with line.shown():
        line.update(0)
        watch.seconds += 1.0
        line.update(100)
    last = last_line(file)
    said = re.search(r"100/1000.* 100/s, done at (\d\d:\d\d:\d\d)", last)
    assert said is not None, last
    assert said[1] in moments(before, 9.0), "900 are left, at 100 a second"


def test_the_rate_is_that_of_the_last_seconds(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    file, line = shown_on(monkeypatch, terminal=True), Line(10_000)
    with line.shown():
        line.update(0)
        for done in (1_000, 2_000):
            watch.seconds += 10.0
            line.update(done - 20)
            watch.seconds += 1.0
            line.update(done)
    assert " 20/s, done at " in last_line(file)


def test_a_terminal_sees_no_moment_once_it_is_done(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    file, line = shown_on(monkeypatch, terminal=True), Line(1_000)
    with line.shown():
        line.update(0)
        watch.seconds += 1.0
        line.update(1_000)
    last = last_line(file)
    assert "1000/1000" in last
    assert "done at" not in last


def test_a_file_gets_a_line_now_and_then(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    file, before, line = shown_on(monkeypatch, terminal=False), datetime.now().astimezone(), Line(1_000)
    with line.shown():
        line.update(0)
        for done in (50, 100, 150, 200):
            watch.seconds += 1.0
            line.update(done)
    first, second, third = file.getvalue().splitlines()
    assert first.strip() == "sending: 0 of 1,000"
    assert second.startswith("  sending: 100 of 1,000 50/s, done at ")
    assert third.startswith("  sending: 200 of 1,000 50/s, done at ")
    assert third.rsplit(" ", 1)[1] in moments(before, 16.0)
