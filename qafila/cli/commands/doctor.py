"""`qafila doctor`."""

from __future__ import annotations

from qafila.cli import screen
from qafila.cli.checkup import Finding, Level, examine
from qafila.cli.given import DataOption

_MARKS = {Level.GOOD: ("ok", "green"), Level.NOTE: ("note", "yellow"), Level.BAD: ("BAD", "bold red")}


def doctor(data: DataOption = None) -> None:
    """Look at everything the program needs, say what is wrong and what to do. Changes nothing.

    Ends with 0 when it can work, with 1 when something must be put right first.
    """
    findings: list[Finding] = []
    for finding in examine(data):
        findings.append(finding)
        mark, style = _MARKS[finding.level]
        screen.out.print(f"[{style}]{mark:>5}[/]  ", end="")
        screen.say(f"{finding.subject}: {finding.says}")
        for line in finding.steps:
            screen.say(f"       → {line}")
    bad = sum(finding.level is Level.BAD for finding in findings)
    notes = sum(finding.level is Level.NOTE for finding in findings)
    screen.say()
    if bad:
        screen.say(f"{bad} to put right, {notes} to note.", "bold red")
        raise SystemExit(screen.EXIT_REFUSED)
    screen.say(f"It can work; {notes} to note." if notes else "All is well.", "bold green")
