"""A short, private folder for a server's socket.

A socket's whole path may have 107 bytes (103 on macOS), so it cannot lie in the data folder, which may be deep. The name
is a hash of the data folder; a running server's own `postmaster.pid` says which folder it really uses.
"""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_LONGEST_PATH: Final = 103
_SOCKET: Final = "/.s.PGSQL.5432"
_BREAKS_THE_SETTING: Final = frozenset(',"')
"""unix_socket_directories is a list with commas and quotes of its own."""


def make(data_dir: Path, *, uid: int, gid: int, switches_user: bool) -> Path:
    """Create the folder (mode 0700, owned by `uid`) and give its path.

    `switches_user`: the server runs as another account than this process, so this process's own run-time folder is
    out of its reach. Raises `OSError` when not even the temporary folder can be written.
    """
    name = f"qafila-{hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]}"
    refused: OSError | None = None
    for parent in _parents(switches_user=switches_user):
        folder = parent / name
        if len(os.fsencode(folder)) + len(_SOCKET) > _LONGEST_PATH or _BREAKS_THE_SETTING & set(str(folder)):
            continue
        try:
            return _private(folder, uid, gid)
        except OSError as exc:
            refused = exc
    raise refused or OSError("no folder with a path short enough for a socket")


def _parents(*, switches_user: bool) -> Iterator[Path]:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    # `sudo -E` keeps the variable of another user.
    if (
        runtime
        and not switches_user
        and Path(runtime).is_dir()
        and Path(runtime).stat().st_uid == os.geteuid()
    ):
        yield Path(runtime)
    yield Path(tempfile.gettempdir())
    yield Path("/tmp")  # noqa: S108 - only a folder of mode 0700 is made in it


def _private(folder: Path, uid: int, gid: int) -> Path:
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {uid, os.geteuid()}:
            # Somebody else took the name in a folder open to all; the pid file will tell the other one.
            folder = Path(tempfile.mkdtemp(prefix="qafila-", dir=folder.parent))
    folder.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(folder, uid, gid)
    return folder
