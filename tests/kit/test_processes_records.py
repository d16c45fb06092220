"""Records of running processes: believed only while that very process lives."""

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qafila.kit.processes import runfile
from qafila.kit.processes.identity import Identity, identify, is_alive

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def test_a_record_is_read_back_as_it_was_written(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    path = runfile.write(tmp_path, pid=sleeper.pid, role="web", now=NOW, port=5001, parent=os.getpid())
    (record,) = runfile.live(tmp_path)
    assert record == runfile.Record(identify(sleeper.pid), "web", NOW, 5001, identify(os.getpid()))  # type: ignore[arg-type]
    fields = json.loads(path.read_text())
    assert fields["started_at"] == "2026-11-21T09:30:00+00:00"
    assert fields["create_time"] > 0
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_records_come_oldest_first(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    runfile.write(tmp_path, pid=sleeper.pid, role="a", now=NOW)
    runfile.write(tmp_path, pid=os.getpid(), role="b", now=NOW - timedelta(minutes=1))
    assert [record.role for record in runfile.live(tmp_path)] == ["b", "a"]


def test_a_record_whose_process_was_killed_is_cleaned_away(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    runfile.write(tmp_path, pid=sleeper.pid, role="web", now=NOW)
    kept = runfile.write(tmp_path, pid=os.getpid(), role="up", now=NOW)
    sleeper.kill()
    sleeper.wait()
    assert [record.role for record in runfile.live(tmp_path)] == ["up"]
    assert runfile.clean(tmp_path) == 1
    assert list(tmp_path.iterdir()) == [kept]


def test_a_later_process_with_the_same_number_is_not_taken_for_the_recorded_one(tmp_path: Path) -> None:
    path = runfile.write(tmp_path, pid=os.getpid(), role="web", now=NOW)
    fields = json.loads(path.read_text())
    fields["process"]["birth"] = "another boot:1"
    path.write_text(json.dumps(fields))
    assert runfile.live(tmp_path) == []
    assert runfile.clean(tmp_path) == 1


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"process": 5}', '{"process": {"pid": "x", "birth": 1}}', "\0"]
)
def test_a_file_that_a_power_cut_spoiled_is_cleaned_away(tmp_path: Path, content: str) -> None:
    (tmp_path / "web-1.json").write_text(content)
    assert runfile.live(tmp_path) == []
    assert runfile.clean(tmp_path) == 1


def test_nothing_is_recorded_for_a_process_that_has_ended(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)  # ended, not yet collected
    with pytest.raises(ProcessLookupError):
        runfile.write(tmp_path, pid=sleeper.pid, role="web", now=NOW)


def test_forgetting_one_process_leaves_those_with_similar_numbers(tmp_path: Path) -> None:
    (tmp_path / "web-12.json").touch()
    (tmp_path / "web-112.json").touch()
    runfile.remove(tmp_path, pid=12)
    assert [path.name for path in tmp_path.iterdir()] == ["web-112.json"]


def test_a_folder_that_is_not_there_holds_no_records(tmp_path: Path) -> None:
    assert runfile.live(tmp_path / "run") == []
    assert runfile.clean(tmp_path / "run") == 0


def test_an_identity_ends_with_its_process(sleeper: subprocess.Popen[bytes]) -> None:
    identity = identify(sleeper.pid)
    assert identity is not None
    assert is_alive(identity)
    assert not is_alive(Identity(sleeper.pid, identity.birth + "0"))
    sleeper.kill()
    sleeper.wait()
    assert not is_alive(identity)
    assert identify(sleeper.pid) is None
