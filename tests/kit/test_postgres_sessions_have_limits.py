"""A process that stands still in a transaction does not hold the others up for ever."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from qafila.kit.postgres.sessions import limited

NAME = "idle_in_transaction_session_timeout"


def test_our_limits_are_added_and_the_owners_stay() -> None:
    given = make_conninfo("postgresql://a@h/d", keepalives_idle="7", options=f"-c {NAME}=5s -c work_mem=8MB")
    found = conninfo_to_dict(limited(given))
    assert found["keepalives_idle"] == "7"
    assert str(found["options"]).startswith(f"-c {NAME}=5s -c work_mem=8MB -c tcp_keepalives_idle=30")
    assert str(found["options"]).count(NAME) == 1
    assert (found["host"], found["dbname"], found["user"]) == ("h", "d", "a")


def test_the_settings_ask_for_them() -> None:
    from qafila.project.settings import _database

    options = _database("postgresql://a@h/d")["OPTIONS"]
    assert f"-c {NAME}=60s" in options["options"]
    assert options["keepalives_idle"] == "30"


def test_the_lock_of_a_frozen_transaction_comes_free(postgres_url: str) -> None:
    """With a second instead of a minute."""
    dsn = limited(make_conninfo(postgres_url, options=f"-c {NAME}=1s"))
    with psycopg.connect(dsn, autocommit=True) as frozen, psycopg.connect(dsn, autocommit=True) as other:
        frozen.execute("BEGIN")
        frozen.execute("SELECT pg_advisory_xact_lock(4711)")
        other.execute("SELECT pg_advisory_lock(4711)")  # waits until the server has ended the other one
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            frozen.execute("SELECT 1")
        assert frozen.broken
