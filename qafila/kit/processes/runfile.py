"""Records of our running processes: one small file each in the folder `run` of the data folder.

After `kill -9` or a power cut a record stays behind. Nothing believes a record: it counts only while the very process
it names (number and birth, see `identity`) is alive.
"""

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from qafila.kit.processes.identity import Identity, created_at_seconds, identify, is_alive

_log = logging.getLogger(__name__)

MARKER: Final = "QAFILA_RUN_FOLDER"
"""Environment variable that a process of ours carries: the `run` folder of the data folder it works for."""


@dataclass(frozen=True, slots=True)
class Record:
    """One running process of ours.

    `role` is what it does (`web`, `worker`), `port` the port it listens on, `started_at` an aware time.
    `parent` watches over it and ends it; None for a process that was started by a person.
    """

    process: Identity
    role: str
    started_at: datetime
    port: int | None = None
    parent: Identity | None = None


def write(
    folder: Path, *, pid: int, role: str, now: datetime, port: int | None = None, parent: int | None = None
) -> Path:
    """Record a live process in `folder` and give the file's path; the file appears whole or not at all.

    Raises `ProcessLookupError` when there is no process `pid`, `OSError` when the folder cannot be written.
    """
    process = identify(pid)
    if process is None:
        raise ProcessLookupError(pid)
    record = Record(process, role, now, port, identify(parent) if parent is not None else None)
    fields = {
        **asdict(record),
        "started_at": now.isoformat(),
        "create_time": created_at_seconds(pid),
    }
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{role}-{pid}.json"
    unfinished = folder / f".{path.name}.{os.getpid()}"
    unfinished.write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(path)
    return path


def remove(folder: Path, *, pid: int) -> None:
    """Forget a process that has ended."""
    for path in folder.glob(f"*-{pid}.json"):
        path.unlink(missing_ok=True)


def live(folder: Path) -> list[Record]:
    """The records in `folder` whose process is alive, oldest first. Leaves the others where they are."""
    records = [record for _, record in _read_all(folder) if record is not None and is_alive(record.process)]
    return sorted(records, key=lambda record: record.started_at)


def clean(folder: Path) -> int:
    """Remove the records of processes that are gone, and files that hold none; how many were removed."""
    removed = 0
    for path, record in list(_read_all(folder)):
        if record is None or not is_alive(record.process):
            _log.info("Removing the record %s of a process that has ended.", path.name)
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _read_all(folder: Path) -> Iterator[tuple[Path, Record | None]]:
    for path in sorted(folder.glob("*.json")):
        try:
            yield path, _record(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:  # its process has just ended in good order
            continue
        except (ValueError, KeyError, TypeError):
            yield path, None


def _record(fields: dict[str, object]) -> Record:
    process, parent, port = _identity(fields["process"]), fields["parent"], fields["port"]
    return Record(
        process=process,
        role=str(fields["role"]),
        started_at=datetime.fromisoformat(str(fields["started_at"])),
        port=int(str(port)) if port is not None else None,
        parent=_identity(parent) if parent is not None else None,
    )


def _identity(fields: object) -> Identity:
    if not isinstance(fields, dict):
        raise TypeError("a process is recorded by its pid and birth")
    return Identity(pid=int(fields["pid"]), birth=str(fields["birth"]))
