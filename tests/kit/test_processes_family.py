"""A family of children: restarted when they end, stopped together, and gone when the parent is killed."""

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

import qafila
from qafila.kit.processes import runfile
from qafila.kit.processes.children import Child, Family, restart_wait_seconds
from qafila.kit.processes.identity import identify
from qafila.kit.processes.parent_death import StartedOffMainThread

PROJECT = Path(qafila.__file__).parents[1]
Wait = Callable[[Callable[[], object]], None]

DEAF = """
import signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").close()
signal.pause()
"""

PARENT = """
import json, logging, sys
from pathlib import Path
from qafila.kit.processes.children import Child, Family
logging.basicConfig(format="%(levelname)s %(message)s")
family = Family(run_folder=Path(sys.argv[1]), restart_wait_seconds=lambda ends: 0.05)
for name, program in json.loads(sys.argv[2]).items():
    family.start(Child(name, program))
print(json.dumps(family.pids), flush=True)
came = family.run_until_signal(grace_seconds=float(sys.argv[3]))
print(came.name, flush=True)
"""


def sleeper(name: str = "sleeper") -> Child:
    return Child(name, ["sleep", "600"])


def note(path: Path) -> list[str]:
    """A program that writes its id into a file when it is told to end, and ends."""
    script = (
        "import os, signal, sys\n"
        "def end(*_):\n"
        f"    with open({str(path)!r}, 'a') as f: f.write(sys.argv[1] + '\\n')\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        f"open({str(path)!r} + sys.argv[1], 'w').close()\n"
        "while True: signal.pause()\n"
    )
    return [sys.executable, "-c", script]


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[str], dict[str, int]]]]:
    """Starts a program with a family of its own; ends it after the test."""
    programs = []

    def start(
        children: dict[str, list[str]], grace_seconds: float = 10
    ) -> tuple[subprocess.Popen[str], dict[str, int]]:
        program = subprocess.Popen(
            [sys.executable, "-c", PARENT, str(tmp_path / "run"), json.dumps(children), str(grace_seconds)],
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        programs.append(program)
        assert program.stdout is not None
        return program, json.loads(program.stdout.readline())

    yield start
    for program in programs:
        # A child that does not listen outlives it, and holds its output open.
        children = psutil.Process(program.pid).children() if program.poll() is None else []
        program.kill()
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        program.communicate()


def gone(pid: int) -> bool:
    return identify(pid) is None


def ended(pid: int) -> bool:
    """Whether it runs no more, reaped or not."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_waits_between_starts_grow_to_half_a_minute() -> None:
    assert [restart_wait_seconds(ends) for ends in range(1, 8)] == [1, 2, 4, 8, 16, 30, 30]


def test_a_child_that_is_killed_is_started_again_and_the_log_says_so(
    parent: Callable[..., tuple[subprocess.Popen[str], dict[str, int]]], tmp_path: Path, wait_until: Wait
) -> None:
    program, pids = parent({"web": ["sleep", "600"], "worker": ["sleep", "600"]})
    os.kill(pids["web"], signal.SIGKILL)

    def replaced() -> bool:
        roles = {record.role: record.process.pid for record in runfile.live(tmp_path / "run")}
        return roles.get("web", pids["web"]) != pids["web"] and roles.get("worker") == pids["worker"]

    wait_until(replaced)
    program.send_signal(signal.SIGTERM)
    out, log = program.communicate()
    assert out == "SIGTERM\n"
    assert "ERROR web ended by itself (killed by SIGKILL). Starting it again in 0.05 s." in log
    assert program.returncode == 0


def test_a_child_that_cannot_live_is_tried_later_each_time(
    caplog: pytest.LogCaptureFixture, tmp_path: Path, wait_until: Wait
) -> None:
    asked: list[int] = []

    def wait(ends: int) -> float:
        asked.append(ends)
        if len(asked) == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return 0.01

    family = Family(restart_wait_seconds=wait)
    family.start(Child("broken", [sys.executable, "-c", "raise SystemExit(3)"]))
    assert family.run_until_signal() is signal.SIGTERM
    assert asked == [1, 2, 3]
    assert "broken ended by itself (exit code 3)" in caplog.text


def test_a_program_that_disappeared_is_tried_again(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\nrm {program}\n")
    program.chmod(0o755)
    asked: list[int] = []

    def wait(ends: int) -> float:
        asked.append(ends)
        if len(asked) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return 0.01

    family = Family(restart_wait_seconds=wait)
    family.start(Child("vanishing", [str(program)]))
    assert family.run_until_signal() is signal.SIGINT
    assert "vanishing could not be started (No such file or directory)" in caplog.text


def test_all_are_told_to_stop_those_named_in_the_order_too(tmp_path: Path, wait_until: Wait) -> None:
    order = tmp_path / "order"
    family = Family()
    for name in ("web", "worker", "gateway"):
        family.start(Child(name, [*note(order), name]))
    wait_until(lambda: len(list(tmp_path.glob("order*"))) == 3)
    family.stop(order=["gateway"])
    assert sorted(order.read_text().split()) == ["gateway", "web", "worker"]
    assert family.pids == {}


def test_who_does_not_listen_is_ended_after_the_grace(
    caplog: pytest.LogCaptureFixture, tmp_path: Path, wait_until: Wait
) -> None:
    family = Family()
    ready = tmp_path / "ready"
    pid = family.start(Child("deaf", [sys.executable, "-c", DEAF, str(ready)]))
    wait_until(ready.exists)
    family.stop(grace_seconds=0.3)
    assert gone(pid)
    assert "deaf did not stop in time" in caplog.text


def test_a_second_ctrl_c_ends_them_at_once(
    parent: Callable[..., tuple[subprocess.Popen[str], dict[str, int]]], tmp_path: Path, wait_until: Wait
) -> None:
    ready = tmp_path / "ready"
    deaf = [sys.executable, "-c", DEAF, str(ready)]
    program, pids = parent({"deaf": deaf, "polite": ["sleep", "600"]}, grace_seconds=600)
    wait_until(ready.exists)
    program.send_signal(signal.SIGINT)
    wait_until(lambda: ended(pids["polite"]))
    assert program.poll() is None
    program.send_signal(signal.SIGINT)
    out, _ = program.communicate()
    assert out == "SIGINT\n"
    assert gone(pids["deaf"])


def test_nothing_is_left_when_the_parent_is_killed(
    parent: Callable[..., tuple[subprocess.Popen[str], dict[str, int]]], tmp_path: Path, wait_until: Wait
) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux ties a child to its parent")
    program, pids = parent({"web": ["sleep", "600"], "worker": ["sleep", "600"]})
    run = tmp_path / "run"
    assert len(list(run.glob("*.json"))) == 2
    program.kill()
    program.communicate()
    wait_until(lambda: all(gone(pid) for pid in pids.values()))
    assert runfile.live(run) == []
    with Family(run_folder=run) as family:
        assert list(run.glob("*.json")) == []
        family.start(sleeper("web"))


def test_what_a_child_left_behind_is_ended_with_it(tmp_path: Path, wait_until: Wait) -> None:
    grandchild = tmp_path / "pid"
    family = Family()
    script = f"sleep 600 & echo $! > {grandchild}.new; mv {grandchild}.new {grandchild}; wait"
    family.start(Child("shell", ["sh", "-c", script]))
    wait_until(grandchild.exists)
    family.stop()
    wait_until(lambda: gone(int(grandchild.read_text())))


def test_each_child_is_recorded_marked_and_in_a_session_of_its_own(tmp_path: Path) -> None:
    run = tmp_path / "run"
    with Family(run_folder=run) as family:
        pid = family.start(Child("web", ["sleep", "600"], env={"PORT": "5001"}, port=5001))
        (record,) = runfile.live(run)
        assert (record.role, record.port, record.process) == ("web", 5001, identify(pid))
        assert record.parent == identify(os.getpid())
        environment = psutil.Process(pid).environ()
        assert environment[runfile.MARKER] == str(run)
        assert environment["PORT"] == "5001"
        assert os.getsid(pid) == pid
    assert list(run.iterdir()) == []


def test_handlers_of_signals_are_put_back() -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)]

    def wait(_: int) -> float:
        os.kill(os.getpid(), signal.SIGTERM)
        return 1.0

    family = Family(restart_wait_seconds=wait)
    family.start(Child("short", ["true"]))
    family.run_until_signal()
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)] == before


def test_a_name_is_given_once() -> None:
    with Family() as family:
        family.start(sleeper())
        with pytest.raises(ValueError, match="named sleeper already"):
            family.start(sleeper())


def test_a_child_is_not_started_from_another_thread() -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux ties a child to the thread that started it")
    raised: list[StartedOffMainThread] = []

    def start() -> None:
        try:
            Family().start(sleeper())
        except StartedOffMainThread as exc:
            raised.append(exc)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert [exc.code for exc in raised] == ["started_off_main_thread"]


@pytest.fixture(autouse=True)
def _log_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
