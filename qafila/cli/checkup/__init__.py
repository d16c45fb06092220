"""What ``qafila doctor`` looks at, one subject a file, from the ground up: a later look needs the earlier ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from qafila.cli import given
from qafila.cli.checkup import inside, machine
from qafila.cli.checkup.finding import Finding, Level, bad, good, note
from qafila.cli.screen import Refusal

__all__ = ["Finding", "Level", "bad", "examine", "good", "note"]


def examine(data: Path | None) -> Iterator[Finding]:
    """All findings, in order, as they are made. Stops early where nothing further can be looked at."""
    yield from machine.python()
    try:
        env = given.settings(data)
    except Refusal as exc:
        yield bad("settings", exc.sentences[0], *exc.sentences[1:])
        return
    yield from machine.settings(env)
    folder = list(machine.data_folder(env))
    yield from folder
    yield from machine.ports(env)
    if any(finding.level is Level.BAD for finding in folder):
        return
    yield from inside.database(env)
