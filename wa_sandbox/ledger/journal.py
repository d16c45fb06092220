"""The append-only JSONL file: one line, one fact, written with one system call.

A line handed to `write_now` is with the kernel when the call returns, so killing the sandbox (kill -9) loses nothing
that was answered. Lines of lesser weight (`write_soon`) are gathered for a few milliseconds.
"""

import asyncio
import fcntl
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

log = logging.getLogger("wa_sandbox.ledger")

SOON_SECONDS = 0.005


class LedgerInUse(RuntimeError):
    """Another process has the ledger file open."""


class Journal:
    """The file, open for appending and locked. `path` None: nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.fd = -1
        self.torn = False
        self.soon: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        if path is not None:
            self._open(path)

    def _open(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as failure:
            os.close(self.fd)
            raise LedgerInUse(
                f"The ledger {path} is in use by another sandbox: stop that one or name another file."
            ) from failure
        size = os.fstat(self.fd).st_size
        self.torn = size > 0 and os.pread(self.fd, 1, size - 1) != b"\n"

    def read(self) -> Iterator[dict[str, Any]]:
        """Every fact in the file, oldest first. A torn line (the process was killed in it) is skipped and logged."""
        if self.path is None:
            return
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    fact = orjson.loads(line)
                except orjson.JSONDecodeError:
                    log.warning("line %d of the ledger is not whole and was skipped", number)
                    continue
                if isinstance(fact, dict):
                    yield fact

    def write_now(self, fact: dict[str, Any]) -> None:
        """Write a fact before returning. Raises OSError when the disk refuses it."""
        if self.fd >= 0:
            self._write(orjson.dumps(fact, option=orjson.OPT_APPEND_NEWLINE))

    def write_soon(self, fact: dict[str, Any]) -> None:
        """Write a fact within a few milliseconds, together with others. Needs a running event loop."""
        if self.fd < 0:
            return
        self.soon.append(orjson.dumps(fact, option=orjson.OPT_APPEND_NEWLINE))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SOON_SECONDS, self.flush)

    def flush(self) -> None:
        """Write what was gathered. A full disk keeps the lines for the next time and is logged."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self.soon:
            return
        lines, self.soon = self.soon, []
        try:
            self._write(b"".join(lines))
        except OSError as failure:
            log.error("receipts could not be written to the ledger: %s", failure.strerror)
            self.soon = lines + self.soon

    def _write(self, data: bytes) -> None:
        if self.torn:
            data = b"\n" + data
        self.torn = True
        view = memoryview(data)
        while view:
            view = view[os.write(self.fd, view) :]
        self.torn = False

    def close(self) -> None:
        """Write what is left and close the file."""
        self.flush()
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
