"""What `kill -9` leaves: of the program that started a server, of the server, and files from before."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

import qafila
from qafila.kit.postgres import EmbeddedPostgres, pid_file, running_at

PROJECT = Path(qafila.__file__).parents[1]
RECOVERY = "was not properly shut down"
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent")

OWNER = """
import sys
from pathlib import Path
from qafila.kit.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), way=sys.argv[2])
server.start()
print(server.pid, flush=True)
sys.stdin.read()
server.stop()
"""


def owner(data_dir: Path, way: str = "auto") -> tuple[subprocess.Popen[str], int]:
    """A program that owns a running server, and the server's process id."""
    program = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(data_dir), way],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert program.stdout is not None
    return program, int(program.stdout.readline())


def log_of(data_dir: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted((data_dir / "log").iterdir()))


@LINUX
@pytest.mark.parametrize(
    "way",
    [
        "auto",
        pytest.param("account", marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root can switch")),
    ],
)
def test_a_server_whose_owner_is_killed_shuts_down_cleanly(
    cluster: Path, way: str, wait_until: Callable[[Callable[[], object]], None]
) -> None:
    program, server_pid = owner(cluster, way)
    program.kill()
    program.communicate()
    wait_until(lambda: not pid_file.is_server_of(server_pid, cluster))
    # Its last line may still be on its way through the pipe.
    wait_until(lambda: "database system is shut down" in log_of(cluster))
    with EmbeddedPostgres(cluster):
        assert RECOVERY not in log_of(cluster)


def test_a_new_owner_may_start_while_the_server_of_a_killed_one_is_still_ending(cluster: Path) -> None:
    program, server_pid = owner(cluster)
    program.kill()
    server = EmbeddedPostgres(cluster)
    # Either the old one is caught while it still answers, or a new one starts; never a failure.
    server.start()
    program.communicate()
    assert server.pid != server_pid
    server.stop()


def test_a_killed_server_is_not_believed_to_run_and_comes_back_with_its_data(cluster: Path) -> None:
    server = EmbeddedPostgres(cluster)
    address = server.start()
    with psycopg.connect(address.dsn) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    assert server.pid is not None
    killed = server.pid
    os.kill(killed, signal.SIGKILL)
    assert not server.alive() or os.waitpid(killed, 0)
    left = pid_file.read(cluster)
    assert left is not None
    assert left.ready  # the trap: the file still says so
    assert running_at(cluster) is None
    again = server.start()
    assert server.pid != killed
    with psycopg.connect(again.dsn) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    server.stop()
    assert RECOVERY in log_of(cluster)


def test_a_leftover_file_that_names_a_process_of_somebody_else_does_not_hinder_the_start(
    cluster: Path,
) -> None:
    # After a restart of the machine or container the number belongs to whoever came first: here, to this sleeper.
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        (cluster / pid_file.NAME).write_text(
            f"{sleeper.pid}\n{cluster}\n1700000000\n5432\n/tmp/nowhere\n\n  5432001         0\nready   \n",
            encoding="utf-8",
        )
        assert running_at(cluster) is None
        with EmbeddedPostgres(cluster, durable=False) as address, psycopg.connect(address.dsn) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        sleeper.kill()


def test_a_leftover_file_that_names_the_server_of_another_folder_does_not_hinder_the_start(
    cluster: Path,
) -> None:
    other = cluster.with_name("other")
    subprocess.run(["cp", "-a", cluster, other], check=True)
    with EmbeddedPostgres(other, durable=False) as elsewhere:
        shutil.copy(other / pid_file.NAME, cluster / pid_file.NAME)
        assert running_at(cluster) is None
        with EmbeddedPostgres(cluster, durable=False) as address:
            assert address.socket_folder != elsewhere.socket_folder
        assert running_at(other) == elsewhere


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(cluster: Path) -> None:
    program, server_pid = owner(cluster)
    assert os.getsid(server_pid) != os.getsid(program.pid)
    assert os.getpgid(server_pid) == server_pid
    program.communicate("")


@LINUX
def test_a_server_started_from_another_thread_is_refused(cluster: Path) -> None:
    # The kernel would end the server with that thread.
    script = """
import sys, threading
from pathlib import Path
from qafila.kit.postgres import EmbeddedPostgres, PostgresError
def start():
    try:
        EmbeddedPostgres(Path(sys.argv[1])).start()
    except PostgresError as exc:
        print(exc.code)
thread = threading.Thread(target=start)
thread.start()
thread.join()
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(cluster)],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "started_off_main_thread"


def test_a_stop_does_not_wait_for_those_who_are_connected(cluster: Path) -> None:
    server = EmbeddedPostgres(cluster)
    address = server.start()
    with psycopg.connect(address.dsn) as connection:
        connection.execute("SELECT 1")
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 10
        connection.close()
    with EmbeddedPostgres(cluster):
        assert RECOVERY not in log_of(cluster)
