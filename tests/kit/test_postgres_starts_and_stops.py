"""An embedded server: the first start, the next ones, and several who want the same folder."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

import qafila
from qafila.kit.postgres import EmbeddedPostgres, PostgresError, running_at

PROJECT = Path(qafila.__file__).parents[1]

STARTER = """
import json, sys
from pathlib import Path
from qafila.kit.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
address = server.start()
print(json.dumps({"pid": server.pid, "dsn": address.dsn}), flush=True)
sys.stdin.read()
server.stop()
"""


def starter(data_dir: Path) -> subprocess.Popen[str]:
    """A program that starts the server, says so, and stops it when its input closes."""
    return subprocess.Popen(
        [sys.executable, "-c", STARTER, str(data_dir)],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def said(program: subprocess.Popen[str]) -> dict[str, str | int | None]:
    assert program.stdout is not None
    answer: dict[str, str | int | None] = json.loads(program.stdout.readline())
    return answer


def value(dsn: str, statement: bytes) -> object:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(statement).fetchone()
    assert row is not None
    return row[0]


def test_the_first_start_makes_a_durable_database_and_the_next_one_finds_its_data(tmp_path: Path) -> None:
    data_dir = tmp_path / "postgres"
    with EmbeddedPostgres(data_dir) as address:
        with psycopg.connect(address.dsn) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'قافلة' AS name")
        assert value(address.dsn, b"SELECT current_setting('fsync')") == "on"
        assert value(address.dsn, b"SELECT current_setting('server_version_num')::integer / 10000") == 18
        assert value(address.dsn, b"SELECT current_database()") == "qafila"
        assert data_dir.stat().st_mode & 0o777 == 0o700
        assert address.socket_folder.stat().st_mode & 0o777 == 0o700
    assert running_at(data_dir) is None
    assert not address.socket_folder.exists()
    with EmbeddedPostgres(data_dir) as again:
        assert value(again.dsn, b"SELECT name FROM kept") == "قافلة"


def test_text_of_every_script_is_found_and_folded(cluster: Path) -> None:
    with EmbeddedPostgres(cluster, durable=False) as address, psycopg.connect(address.dsn) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        for word in ("Привет", "مرحبا", "שלום"):
            (trigrams,) = connection.execute("SELECT show_trgm(%s)", [word]).fetchone() or ((),)
            assert trigrams, word
        assert connection.execute("SELECT lower('ПРИВЕТ'), upper('straße')").fetchone() == (
            "привет",
            "STRASSE",
        )


def test_no_text_or_number_of_a_failed_statement_reaches_the_log(cluster: Path) -> None:
    with EmbeddedPostgres(cluster, durable=False) as address, psycopg.connect(address.dsn) as connection:
        connection.execute("CREATE TABLE people (phone text UNIQUE)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO people VALUES ('+79991234567'), ('+79991234567')")
    log = "".join(path.read_text(encoding="utf-8") for path in (cluster / "log").iterdir())
    assert "duplicate key" in log
    assert "9991234567" not in log


def test_nothing_listens_on_the_network_and_secrets_stay_out_of_the_servers_environment(
    cluster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_SECRET_KEY", "s3cret")
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=1MB")
    server = EmbeddedPostgres(cluster, durable=False)
    with server as address:
        monkeypatch.delenv("PGOPTIONS")
        assert value(address.dsn, b"SELECT current_setting('listen_addresses')") == ""
        assert b"s3cret" not in Path(f"/proc/{server.pid}/environ").read_bytes()


def test_a_second_process_uses_the_running_server_and_leaves_it_running(cluster: Path) -> None:
    server = EmbeddedPostgres(cluster, durable=False)
    with server as address:
        second = starter(cluster)
        answer = said(second)
        assert answer == {"pid": None, "dsn": address.dsn}
        second.communicate("")
        assert second.returncode == 0
        assert server.alive()
        assert value(address.dsn, b"SELECT 1") == 1


def test_of_two_first_starts_at_once_one_starts_and_the_other_uses_it(tmp_path: Path) -> None:
    data_dir = tmp_path / "postgres"
    programs = [starter(data_dir), starter(data_dir)]
    answers = [said(program) for program in programs]
    assert sorted(answer["pid"] is None for answer in answers) == [False, True]
    assert answers[0]["dsn"] == answers[1]["dsn"]
    assert value(str(answers[0]["dsn"]), b"SELECT 1") == 1
    for program in programs:
        program.communicate("")
        assert program.returncode == 0
    assert running_at(data_dir) is None


def test_an_interrupted_first_start_is_begun_again(cluster: Path) -> None:
    # As a kill leaves it while the files are being moved up: the version file, which goes last, is still inside.
    unfinished = cluster / "first-start"
    unfinished.mkdir()
    (cluster / "PG_VERSION").rename(unfinished / "PG_VERSION")
    (cluster / "global" / "pg_control").unlink()
    with EmbeddedPostgres(cluster, durable=False) as address:
        assert value(address.dsn, b"SELECT 1") == 1
    assert not unfinished.exists()


def test_own_settings_survive_a_start(cluster: Path) -> None:
    with EmbeddedPostgres(cluster, durable=False) as address:
        with psycopg.connect(address.dsn, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET work_mem = '13MB'")
    with EmbeddedPostgres(cluster, durable=False) as address:
        assert value(address.dsn, b"SELECT current_setting('work_mem')") == "13MB"
        assert value(address.dsn, b"SELECT current_setting('autovacuum_naptime')") == "5s"


def test_a_server_that_does_not_let_us_in_is_named(cluster: Path) -> None:
    with (cluster / "pg_hba.conf").open("w", encoding="utf-8") as rules:
        rules.write("local all all reject\n")
    with pytest.raises(PostgresError, match="does not let this program in") as raised:
        EmbeddedPostgres(cluster, durable=False).start()
    assert raised.value.code == "running_server_refuses"
    assert running_at(cluster) is None


def test_a_folder_held_from_another_container_is_left_alone(cluster: Path) -> None:
    # There the server's process id means nothing here; the lock its processes hold does.
    with (cluster / "qafila.alive").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(PostgresError, match="Another program holds") as raised:
            EmbeddedPostgres(cluster, durable=False, start_timeout_seconds=0.2).start()
    assert raised.value.code == "data_folder_held"
