"""Making databases, and the look at a server that `qafila doctor` reports."""

import time
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from qafila.kit.postgres import (
    Address,
    EmbeddedPostgres,
    Finding,
    PostgresError,
    check,
    create_database,
    drop_database,
    tuning,
)

MB = 1024 * 1024
NAPTIME = "autovacuum_naptime"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("server") / "postgres", durable=False) as address:
        yield address


def execute(address: Address, statement: str) -> None:
    with psycopg.connect(address.dsn, autocommit=True) as connection:
        connection.execute(sql.SQL(statement))


def set_for_all(address: Address, setting: str = "") -> None:
    """A setting of the whole server, counting at once; without one, none but ours."""
    execute(address, f"ALTER SYSTEM SET {setting}" if setting else "ALTER SYSTEM RESET ALL")
    execute(address, "SELECT pg_reload_conf()")
    wanted = (
        setting.partition(" = ")[2].strip("'") or tuning.settings(durable=False, memory_bytes=MB)[NAPTIME]
    )
    deadline = time.monotonic() + 30
    with psycopg.connect(address.dsn, autocommit=True) as connection:
        while connection.execute("SHOW autovacuum_naptime").fetchone() != (wanted,):
            assert time.monotonic() < deadline, "the server has not read its settings anew"


def test_the_embedded_server_has_nothing_to_put_right(address: Address) -> None:
    assert check(address.dsn) == []


def test_the_look_leaves_nothing_behind(address: Address) -> None:
    check(address.dsn)
    with psycopg.connect(address.dsn) as connection:
        assert connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'").fetchone() is None


def test_an_installed_extension_is_found_in_whatever_schema(address: Address) -> None:
    other = create_database(address, "schemas")
    execute(other, "CREATE SCHEMA extras; CREATE EXTENSION pg_trgm SCHEMA extras")
    assert check(other.dsn) == []


def test_a_character_type_that_makes_search_blind_is_found(address: Address) -> None:
    execute(
        address,
        "CREATE DATABASE blind TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'",
    )
    found = check(address.for_database("blind").dsn)
    assert found == [Finding("trigrams_blind", fatal=True, params={"locale": "C"})]


def test_another_encoding_is_found(address: Address) -> None:
    execute(
        address,
        "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'",
    )
    found = check(address.for_database("latin").dsn)
    assert found == [Finding("encoding_not_utf8", fatal=True, params={"found": "LATIN1"})]


def test_a_user_who_may_not_install_the_search_is_found(address: Address) -> None:
    execute(address, "CREATE ROLE guest LOGIN")
    found = check(Address(address.socket_folder, user="guest", database="qafila").dsn)
    assert [finding.code for finding in found] == ["trigrams_not_allowed"]


def test_a_read_only_server_is_found(address: Address) -> None:
    found = check(f"{address.dsn}&options=-c%20default_transaction_read_only%3Don")
    assert "server_read_only" in {finding.code for finding in found}


def test_a_server_that_clears_dead_rows_seldom_is_noted(address: Address) -> None:
    try:
        set_for_all(address, "autovacuum_naptime = '1min'")
        slow = Finding("autovacuum_slow", fatal=False, params={"found": 60, "wanted": 15})
        assert check(address.dsn) == [slow]
        set_for_all(address, "autovacuum_naptime = '15s'")
        assert check(address.dsn) == []
    finally:
        set_for_all(address)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("log_min_error_statement = error", "log_min_error_statement = error"),
        ("log_error_verbosity = 'default'", "log_error_verbosity = default"),
        ("log_statement = mod", "log_statement = mod"),
        ("log_min_duration_statement = '1s'", "log_min_duration_statement = 1000"),
    ],
)
def test_a_server_that_writes_texts_into_its_log_is_noted(address: Address, setting: str, said: str) -> None:
    other = create_database(address, "loud")
    execute(address, f"ALTER DATABASE loud SET {setting}")
    try:
        assert check(other.dsn) == [Finding("texts_in_server_log", fatal=False, params={"settings": said})]
    finally:
        drop_database(address, "loud")


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    (found,) = check("postgresql://me:hunter2@127.0.0.1:1/x", connect_timeout_seconds=2)
    assert found.code == "server_unreachable"
    assert "hunter2" not in str(found.params)


def test_a_database_is_made_copied_and_dropped(address: Address) -> None:
    first = create_database(address, "first 'one'")
    execute(first, "CREATE TABLE kept (a int)")
    copy = create_database(address, "copy", template="first 'one'")
    connection = psycopg.connect(copy.dsn)
    assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    # With somebody connected, too.
    assert drop_database(address, "copy") is True
    connection.close()
    assert drop_database(address, "copy") is False
    assert drop_database(address, "first 'one'") is True


def test_a_database_that_is_there_is_named(address: Address) -> None:
    with pytest.raises(PostgresError, match="already a database named 'qafila'") as raised:
        create_database(address, "qafila")
    assert raised.value.code == "database_exists"


@pytest.mark.parametrize("name", ["", "ا" * 32, "nul\0"])
def test_a_name_the_server_would_cut_or_refuse_is_refused(address: Address, name: str) -> None:
    with pytest.raises(PostgresError) as raised:
        create_database(address, name)
    assert raised.value.code == "database_name_invalid"


@pytest.mark.parametrize(("memory_mb", "buffers"), [(512, "128MB"), (4096, "512MB"), (65536, "1024MB")])
def test_memory_for_the_server_follows_the_machine_within_bounds(memory_mb: int, buffers: str) -> None:
    assert tuning.settings(durable=True, memory_bytes=memory_mb * MB)["shared_buffers"] == buffers


def test_only_throw_away_data_is_written_unsafely() -> None:
    assert "fsync" not in tuning.settings(durable=True, memory_bytes=MB)
    assert tuning.settings(durable=False, memory_bytes=MB)["fsync"] == "off"
