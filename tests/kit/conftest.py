"""What several tests of `kit` share: a fresh database folder, and waiting for a condition."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qafila.kit.postgres import EmbeddedPostgres


def folder_in_memory() -> str | None:
    """Where files never reach a disk, when it has room for some databases; otherwise the usual temporary folder."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 1 << 30
    return str(memory) if roomy else None


@pytest.fixture(scope="session")
def made_cluster() -> Iterator[Path]:
    """A stopped database folder, to be copied."""
    with tempfile.TemporaryDirectory(prefix="qafila-tests-", dir=folder_in_memory()) as folder:
        data_dir = Path(folder) / "made"
        with EmbeddedPostgres(data_dir, durable=False):
            pass
        yield data_dir


@pytest.fixture
def cluster(made_cluster: Path) -> Iterator[Path]:
    """A database folder of the test's own, not running, in a place every account may enter."""
    with tempfile.TemporaryDirectory(prefix="qafila-tests-", dir=folder_in_memory()) as folder:
        Path(folder).chmod(0o755)
        data_dir = Path(folder) / "postgres"
        # cp keeps the owner, and copies 40 MB faster than Python does.
        subprocess.run(["cp", "-a", made_cluster, data_dir], check=True)
        shutil.rmtree(data_dir / "log")
        yield data_dir


@pytest.fixture
def wait_until() -> Callable[[Callable[[], object]], None]:
    """Wait until a condition holds; the test fails when it does not within 20 seconds."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, "waited 20 seconds in vain"
            time.sleep(0.01)

    return wait
