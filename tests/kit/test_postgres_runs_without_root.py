"""Which account the server runs as: root's two ways, and a normal user."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

import qafila
from qafila.kit.postgres import EmbeddedPostgres, PostgresError, binaries, run_as

PROJECT = Path(qafila.__file__).parents[1]
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to be more than one user")

# Imports come first: the user it becomes may not be able to read the place where Python lies.
NORMAL_USER = """
import json, os, pwd, sys
from pathlib import Path
import psycopg
from qafila.kit.postgres import EmbeddedPostgres, PostgresError, running_at
data_dir, bin_folder, name = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
account = pwd.getpwnam(name)
os.setgroups([])
os.setgid(account.pw_gid)
os.setuid(account.pw_uid)
answer = {}
try:
    for _ in range(2):
        server = EmbeddedPostgres(data_dir, durable=False, bin_folder=bin_folder)
        with server as address:
            assert running_at(data_dir) == address
            answer["pid"] = server.pid
            answer["uid"] = os.stat(f"/proc/{server.pid}").st_uid
            with psycopg.connect(address.dsn) as connection:
                answer["one"] = connection.execute("SELECT 1").fetchone()[0]
except PostgresError as exc:
    answer = {"code": exc.code, "sentence": str(exc)}
print(json.dumps(answer))
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="qafila-tests-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def as_normal_user(data_dir: Path, bin_folder: Path) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", NORMAL_USER, str(data_dir), str(bin_folder), "nobody"],
        env={**os.environ, "PYTHONPATH": str(PROJECT), "XDG_RUNTIME_DIR": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_a_normal_user_starts_it_twice(open_folder: Path) -> None:
    home = open_folder / "home"
    home.mkdir()
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    bin_folder = binaries.copy_to(open_folder / "programs", binaries.locate())
    answer = as_normal_user(home / "data" / "postgres", bin_folder)
    assert answer.get("one") == 1, answer
    assert answer["uid"] == nobody.pw_uid


def test_a_normal_user_is_told_whose_folder_it_is(cluster: Path) -> None:
    answer = as_normal_user(cluster, binaries.locate())
    assert answer["code"] == "data_folder_other_owner"
    assert "belongs to root" in str(answer["sentence"])


def test_a_normal_user_is_told_that_a_folder_cannot_be_written(open_folder: Path) -> None:
    answer = as_normal_user(open_folder / "postgres", binaries.locate())
    assert answer["code"] == "data_folder_not_writable"
    assert "Permission denied" in str(answer["sentence"])


def test_root_starts_it_in_a_namespace_with_the_files_still_its_own(cluster: Path) -> None:
    chosen = run_as.choose(cluster, binaries.locate())
    if not chosen.prefix:
        pytest.skip("this system allows no user namespaces")
    with EmbeddedPostgres(cluster, durable=False) as address, psycopg.connect(address.dsn) as connection:
        connection.execute("CREATE TABLE t (a int)")
    assert {path.stat().st_uid for path in cluster.rglob("*")} == {0}


def test_a_private_home_is_no_obstacle_in_a_namespace(cluster: Path) -> None:
    if not run_as.choose(cluster, binaries.locate()).prefix:
        pytest.skip("this system allows no user namespaces")
    cluster.parent.chmod(0o700)
    with EmbeddedPostgres(cluster, durable=False):
        pass
    assert cluster.parent.stat().st_mode & 0o777 == 0o700


def test_root_falls_back_to_an_account_which_then_keeps_the_folder(cluster: Path) -> None:
    server = EmbeddedPostgres(cluster, durable=False, way="account")
    with server as address:
        assert psutil.Process(server.pid).username() in {"qafila", "nobody"}
        assert psutil.Process(server.pid).gids().effective != 0
        with psycopg.connect(address.dsn) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    owners = {path.stat().st_uid for path in cluster.rglob("*")}
    assert 0 not in owners
    # Where namespaces work again, the folder stays with its account.
    with EmbeddedPostgres(cluster, durable=False) as address, psycopg.connect(address.dsn) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    assert {path.stat().st_uid for path in cluster.rglob("*")} == owners


def test_programs_in_a_private_home_are_copied_to_where_the_account_can_reach_them(open_folder: Path) -> None:
    private = open_folder / "home"
    bin_folder = binaries.copy_to(private / "venv" / "programs", binaries.locate())
    private.chmod(0o700)
    data_dir = open_folder / "data" / "postgres"
    server = EmbeddedPostgres(data_dir, durable=False, way="account", bin_folder=bin_folder)
    with server:
        running = Path(psutil.Process(server.pid).exe())
        assert running == data_dir.parent / f".postgresql-{binaries.version()}" / running.relative_to(
            running.parents[3]
        )
    assert private.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(private)
    with EmbeddedPostgres(data_dir, durable=False, way="account"):
        pass


def test_a_private_data_folder_is_named_when_only_an_account_could_use_it(cluster: Path) -> None:
    cluster.parent.chmod(0o700)
    with pytest.raises(PostgresError, match="cannot reach") as raised:
        EmbeddedPostgres(cluster, durable=False, way="account").start()
    assert raised.value.code == "data_folder_unreachable"
