"""`postmaster.pid`: what a running server says about itself, and whether to believe it."""

from dataclasses import dataclass
from pathlib import Path

import psutil

NAME = "postmaster.pid"
_READY = frozenset({"ready", "standby"})


@dataclass(frozen=True, slots=True)
class PidFile:
    """Lines 1, 5 and 8 of the file: process id, socket folder, and state (`starting`, `ready`, `stopping`).

    After `kill -9` of the server the file stays behind and still says `ready`: ask `is_server_of` too.
    """

    pid: int
    socket_folder: Path
    state: str

    @property
    def ready(self) -> bool:
        """Whether the server said that it takes connections."""
        return self.state in _READY


def read(data_dir: Path) -> PidFile | None:
    """Read the file in `data_dir`; None when there is none, or it is not yet complete."""
    try:
        lines = (data_dir / NAME).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        return PidFile(pid=int(lines[0]), socket_folder=Path(lines[4]), state=lines[7].strip())
    except (FileNotFoundError, NotADirectoryError, IndexError, ValueError):
        return None


def read_pid(data_dir: Path) -> int | None:
    """The process id alone, from a file that may be incomplete; None when there is none."""
    try:
        return int((data_dir / NAME).read_text(encoding="utf-8", errors="surrogateescape").split("\n", 1)[0])
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None


def is_server_of(pid: int, data_dir: Path) -> bool:
    """Whether `pid` is alive and a PostgreSQL server working in `data_dir`, not a later process with the same id.

    A server of another user hides where it works; its name alone then has to do.
    """
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE or not process.name().startswith("postgres"):
            return False
        try:
            return Path(process.cwd()) == data_dir
        except psutil.AccessDenied:
            return True
    except psutil.NoSuchProcess:
        return False
