"""Folders a database cannot live in, and those where it must although they look odd."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from qafila.kit.postgres import EmbeddedPostgres, PostgresError, diagnosis, errors

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def refusal(data_dir: Path) -> PostgresError:
    with pytest.raises(PostgresError) as raised:
        EmbeddedPostgres(data_dir, durable=False, start_timeout_seconds=20).start()
    return raised.value


def test_a_deep_folder_with_a_name_in_other_scripts_works(cluster: Path) -> None:
    deep = cluster.parent / ("данные قافلة 'с кавычкой' " + "x" * 60) / ("שלום" * 10) / "postgres"
    deep.parent.mkdir(parents=True)
    cluster.rename(deep)
    assert len(os.fsencode(deep)) > 200
    with EmbeddedPostgres(deep, durable=False) as address, psycopg.connect(address.dsn) as connection:
        assert connection.execute("SELECT current_setting('data_directory')").fetchone() == (str(deep),)


def test_a_long_temporary_folder_is_passed_over_for_the_socket(
    cluster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = cluster.parent / ("t" * 90)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    with EmbeddedPostgres(cluster, durable=False) as address:
        assert len(os.fsencode(address.socket_folder)) < 90


def test_a_name_taken_by_another_user_in_the_temporary_folder_is_passed_over(cluster: Path) -> None:
    server = EmbeddedPostgres(cluster, durable=False)
    usual = server.start().socket_folder
    server.stop()
    usual.symlink_to(cluster.parent)
    try:
        taken = server.start().socket_folder
        assert taken != usual
        assert taken.stat().st_mode & 0o777 == 0o700
    finally:
        server.stop()
        usual.unlink()


def test_a_folder_under_a_file_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    exc = refusal(tmp_path / "file" / "postgres")
    assert exc.code == "data_folder_not_writable"
    assert str(tmp_path / "file" / "postgres") in str(exc)


def test_a_folder_with_other_files_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear")
    exc = refusal(tmp_path)
    assert exc.code == "data_folder_foreign_files"
    assert "letters.txt" in str(exc)
    assert (tmp_path / "letters.txt").read_text() == "dear"


def test_a_database_of_another_major_version_is_named(cluster: Path) -> None:
    (cluster / "PG_VERSION").write_text("16\n")
    exc = refusal(cluster)
    assert exc.code == "data_folder_other_version"
    assert exc.params["found"] == "16"
    assert "pg_dump" in str(exc)


def test_a_damaged_database_is_not_made_anew(cluster: Path) -> None:
    (cluster / "global" / "pg_control").unlink()
    exc = refusal(cluster)
    assert exc.code == "data_folder_damaged"
    assert (cluster / "base").is_dir()


def test_a_broken_settings_file_is_told_in_postgresqls_words(
    cluster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = Path(tempfile.mkdtemp(prefix="qafila-tests-"))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    with (cluster / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")
    exc = refusal(cluster)
    assert exc.code == "start_failed"
    assert "configuration" in str(exc)
    temporary.rmdir()  # no socket folder was left in it


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "none", tmp_path], check=False).returncode:
        pytest.skip("no right to mount a small disk")
    yield tmp_path
    subprocess.run(["umount", tmp_path], check=True)


@ROOT
def test_a_full_disk_is_named(small_disk: Path) -> None:
    exc = refusal(small_disk / "postgres")
    assert exc.code == "disk_full"
    assert "Free some space" in str(exc)


@ROOT
def test_a_disk_that_is_read_only_is_named(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    exc = refusal(small_disk / "postgres")
    assert exc.code == "data_folder_not_writable"
    assert "Read-only" in str(exc)


def test_troubles_of_former_days_in_the_log_are_not_taken_for_the_cause(cluster: Path) -> None:
    (cluster / "log").mkdir()
    (cluster / "log" / "postgresql-Mon.log").write_text("PANIC:  could not write: No space left on device\n")
    with (cluster / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")
    assert refusal(cluster).code == "start_failed"


def test_a_platform_without_binaries_is_sent_to_a_server_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qafila.kit.postgres.binaries._WHEEL", "no_such_wheel")
    exc = refusal(tmp_path / "postgres")
    assert exc.code == "binaries_missing"
    assert "DATABASE_URL" in str(exc)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('FATAL:  could not write to file "pg_wal/xlogtemp.9": No space left on device', "disk_full"),
        ("FATAL:  could not map anonymous shared memory: Cannot allocate memory", "memory_refused"),
        ("FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use", "data_folder_held"),
        ("PANIC:  could not locate a valid checkpoint record at 0/1", "data_folder_damaged"),
        ('initdb: error: could not access directory "/x": Permission denied', "data_folder_not_writable"),
        ("", "start_failed"),
    ],
)
def test_postgresqls_last_words_become_a_cause(said: str, code: str) -> None:
    assert diagnosis.explain("start_failed", Path("/x"), said).code == code


def test_every_sentence_can_be_filled_and_never_says_error() -> None:
    names: tuple[str, ...] = ("account", "accounts", "detail", "found", "name", "names", "needed", "owner")
    names += ("path", "pid", "platform", "reason", "seconds", "user")
    for code in errors.SENTENCES:
        sentence = str(PostgresError(code, **dict.fromkeys(names, "value")))
        assert "error" not in sentence.lower()
        assert "{" not in sentence
