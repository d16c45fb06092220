"""`qafila numbers`, `qafila directions` and `qafila import-legacy` as a person runs them."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run


@pytest.mark.slow  # a dozen commands, each a process; what they call is tested in its room
def test_numbers_are_listed_added_made_the_default_and_removed(migrated: None, qafila: Run) -> None:
    assert qafila("keys", "create", "makes the first business").end() == 0
    for number in ("+12025550123", "+12025550124"):
        made = qafila("numbers", "add", number, "--label", f"Desk {number[-1]}")
        assert made.end() == 0, made.said
    wrong = qafila("numbers", "add", "12345")
    assert wrong.end() == 1
    assert "(phone." in wrong.said or "(number_not_international)" in wrong.said
    assert qafila("numbers", "default", "Desk 4").end() == 0
    assert qafila("numbers", "remove", "+12025550123").end() == 0
    listed = qafila("numbers", "list")
    assert listed.end() == 0
    assert [line.split()[1:5] for line in listed.said.splitlines()[1:]] == [
        ["Desk", "4", "+12025550124", "default"]
    ]
    nothing = qafila("directions")
    assert nothing.end() == 0
    assert "No direction yet" in nothing.said
    missing = qafila("directions", "resolve", "Implants")
    assert missing.end() == 1
    assert "(direction_not_found)" in missing.said


def test_that_a_broadcast_is_not_resumed_yet_is_said_before_anything_is_copied(qafila: Run) -> None:
    command = qafila("import-legacy", "--help")
    assert command.end() == 0
    assert "A paused broadcast cannot be resumed yet" in " ".join(command.said.replace("│", " ").split())


def test_a_source_that_cannot_be_read_is_said(qafila: Run) -> None:
    command = qafila("import-legacy", "--from", "postgresql://127.0.0.1:9/old")
    assert command.end() == 1
    assert "(source_unreadable)" in command.said
