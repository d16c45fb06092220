"""The SQL checks of the systems before run in `qafila dbshell` as they are: the views lie on its search path."""

from __future__ import annotations

from qafila.cli.commands.dbshell import _environment
from tests.cli.conftest import Run


def test_the_shell_finds_the_views_by_their_old_names(migrated: None, qafila: Run) -> None:
    asked = qafila("dbshell", "-c", "SELECT count(*) FROM whatsapp_phone_numbers")
    assert asked.end() == 0, asked.said
    assert "count" in asked.said
    assert "(1 row)" in asked.said


def test_what_the_address_sets_for_the_session_stays() -> None:
    given = _environment("host=db.example.com user=shop dbname=shop options='-c work_mem=8MB'")
    assert given["PGOPTIONS"] == "-c work_mem=8MB -c search_path=public,legacy"
    assert (given["PGHOST"], given["PGDATABASE"]) == ("db.example.com", "shop")
