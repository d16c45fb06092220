"""Two locks that keep one server on one folder, over processes and containers of this machine.

The **start lock** (`<folder>.lock`) is held while somebody starts: of two starts at a time, one starts and the other
finds the running server. The **life lock** (`qafila.alive` in the folder) is handed to the server, whose processes hold
it until the last of them has ended. PostgreSQL's own guard is a process id, which means nothing in another container.
"""

import contextlib
import errno
import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from qafila.kit.postgres.errors import PostgresError
from qafila.kit.postgres.pid_file import read_pid

_log = logging.getLogger(__name__)
_LOOK_AGAIN_SECONDS: Final = 0.02
_NO_LOCKS_HERE: Final = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS})


@contextlib.contextmanager
def start_lock(data_dir: Path, deadline: float) -> Iterator[None]:
    """Be the only one who starts a server on `data_dir`; waits for the other until `deadline` (monotonic seconds).

    Raises `PostgresError`: `data_folder_not_writable`, `data_folder_held`.
    """
    path = data_dir.with_name(data_dir.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise PostgresError("data_folder_not_writable", path=data_dir, reason=exc.strerror) from exc
    try:
        _wait_for(handle, data_dir, deadline)
        yield
    finally:
        os.close(handle)


def life_lock(data_dir: Path, deadline: float, give_up: Callable[[], bool]) -> int | None:
    """Take the lock that the server will hold; the file descriptor, to be handed to the server and closed.

    While the former server is still ending, waits until `deadline` or until `give_up()`; then None.
    """
    handle = os.open(data_dir / "qafila.alive", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if _wait_for(handle, data_dir, deadline, give_up):
            taken, handle = handle, -1
            return taken
        return None
    finally:
        if handle >= 0:
            os.close(handle)


def _wait_for(
    handle: int, data_dir: Path, deadline: float, give_up: Callable[[], bool] | None = None
) -> bool:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if give_up is not None and give_up():
                return False
            if time.monotonic() > deadline:
                raise PostgresError(
                    "data_folder_held", path=data_dir, pid=read_pid(data_dir) or "unknown"
                ) from None
            time.sleep(_LOOK_AGAIN_SECONDS)
        except OSError as exc:
            if exc.errno not in _NO_LOCKS_HERE:
                raise
            _log.warning(
                "The disk of %s knows no locks: keep a second program away from this folder.", data_dir
            )
            return True
