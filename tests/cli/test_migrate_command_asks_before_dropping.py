"""`qafila migrate`: says its steps, and asks before it drops anything."""

from __future__ import annotations

from tests.cli.conftest import Run


def test_migrate_up_and_back(qafila: Run) -> None:
    first = qafila("migrate")
    assert first.end() == 0, first.said
    assert "Migrated ledger.0001_initial" in first.said
    assert "migrations applied" in first.said

    back = qafila("migrate", "--to", "0")  # nobody there to answer
    assert back.end() == 1
    assert "table ledger_message: 0 rows" in back.said

    forced = qafila("migrate", "--to", "0", "--yes")
    assert forced.end() == 0
    assert "Reversed ledger.0001_initial" in forced.said
