"""A database of the latest level, made once in a run of the tests by `qafila migrate`, and copied by whoever needs one.

Making one takes longer than most tests, and a run has several processes.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PREFIX = "qafila-run-"
"""Of the temporary folders of a run: followed by the process they go with."""
_ROOT = Path(__file__).resolve().parents[1]


def run_folder() -> Path:
    """The folder that all processes of this run share (``-n 4`` makes four); it ends with the first of them."""
    first = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    return Path(tempfile.gettempdir()) / f"{PREFIX}{first}-made"


def cluster() -> Path:
    """The folder of a cluster that nobody runs, to be copied. Whoever comes first makes it, the others wait."""
    folder = run_folder()
    folder.mkdir(mode=0o755, exist_ok=True)
    with (folder / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        data, done = folder / "data", folder / "done"
        if not done.exists():
            kept = {
                name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ
            }
            ended = subprocess.run(
                [sys.executable, "-m", "qafila.cli", "migrate"],
                cwd=folder,
                env={**kept, "QAFILA_DATA": str(data), "PYTHONPATH": str(_ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            assert ended.returncode == 0, ended.stdout
            done.touch()
    return data / "postgres"


def copy(made: Path, to: Path) -> None:
    """As root the server runs as another account: `cp` keeps whose the files are, `shutil` does not."""
    subprocess.run(["cp", "-Rp", str(made), str(to)], check=True)
