"""Telling a process from a later one that was given the same number."""

import contextlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_START_TICKS_AFTER_NAME: Final = 19


@dataclass(frozen=True, slots=True)
class Identity:
    """A process id and a mark of its birth, which no other process with that id has.

    On Linux the mark is the boot's id and the start in clock ticks since boot: unlike a time of day it does not move
    when the clock is set. Elsewhere it is the creation time in seconds.
    """

    pid: int
    birth: str


def identify(pid: int) -> Identity | None:
    """The identity of a live process; None when there is none, or it has ended and only waits to be collected."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        if sys.platform == "linux":
            # The name stands in brackets and may hold anything, so count from the last bracket.
            fields = (
                Path(f"/proc/{pid}/stat")
                .read_text(encoding="utf-8", errors="replace")
                .rpartition(")")[2]
                .split()
            )
            boot = _BOOT_ID.read_text(encoding="utf-8").strip()
            return Identity(pid, f"{boot}:{fields[_START_TICKS_AFTER_NAME]}")
        return Identity(pid, f"{process.create_time():.2f}")
    except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
        return None


def is_alive(identity: Identity) -> bool:
    """Whether exactly this process still runs."""
    return identify(identity.pid) == identity


def created_at_seconds(pid: int) -> float:
    """When the process was created, in seconds since 1970, for people to read; 0 when it has ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).create_time()
    return 0.0
