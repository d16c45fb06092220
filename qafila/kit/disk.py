"""How much room a disk has."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Disk:
    """The file system that a folder is on.

    :ivar id: the same for every folder and every process on it. :ivar free: bytes that an ordinary user may still write.
    :ivar total: bytes.
    """

    id: str
    free: int
    total: int


def disk_of(folder: Path) -> Disk | None:
    """The disk of a folder; None where it cannot be asked (no such folder here, or no right to look at it)."""
    try:
        usage = shutil.disk_usage(folder)
        # Its own id is the same in every container that mounts it; a device's number is not.
        number = os.statvfs(folder).f_fsid if hasattr(os, "statvfs") else 0
        number = number or folder.stat().st_dev
    except OSError:
        return None
    return Disk(f"{number:x}", usage.free, usage.total)
