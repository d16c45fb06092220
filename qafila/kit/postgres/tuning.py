"""Settings of an embedded server: a ledger that inserts and updates all day, on a machine it shares."""

from pathlib import Path
from typing import Final

import psutil

_MB: Final = 1024 * 1024
_CGROUP_LIMITS: Final = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)

FILE_NAME: Final = "qafila.conf"
"""Written anew at each start. To change a setting for good use `ALTER SYSTEM`, which is read after it."""

_ALWAYS: Final = {
    "max_connections": "200",
    "huge_pages": "off",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    # Messages are updated a handful of times each: dead rows come faster than the default minute.
    "autovacuum_naptime": "5s",
    "autovacuum_vacuum_cost_delay": "1ms",
    "checkpoint_timeout": "10min",
    "max_wal_size": "2GB",
    "min_wal_size": "128MB",
    "wal_compression": "on",
    # One file a weekday, each overwritten a week later.
    "logging_collector": "on",
    "log_destination": "'stderr'",
    "log_directory": "'log'",
    "log_filename": "'postgresql-%a.log'",
    "log_file_mode": "0600",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_line_prefix": "'%m [%p] '",
    "log_checkpoints": "off",
    "log_lock_waits": "on",
    # Statements and the details of a clash carry people's numbers and texts: neither goes to a log.
    "log_statement": "'none'",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_error_verbosity": "terse",
}

_THROW_AWAY: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "1GB",
    "shared_buffers": "128MB",
}


def settings(*, durable: bool, memory_bytes: int) -> dict[str, str]:
    """All settings as they stand in the file, for a machine with `memory_bytes`; not `durable` is for tests only."""
    eighth = memory_bytes // 8 // _MB
    buffers = {
        "shared_buffers": f"{min(1024, max(128, eighth))}MB",
        "effective_cache_size": f"{max(256, eighth * 4)}MB",
    }
    return {**_ALWAYS, **buffers, **({} if durable else _THROW_AWAY)}


def write(data_dir: Path, *, durable: bool) -> Path:
    """Write the settings into `data_dir` and give the file's path."""
    chosen = settings(durable=durable, memory_bytes=memory_bytes())
    lines = ["# Written by Qafila at each start. Use ALTER SYSTEM for settings of your own."]
    lines += [f"{name} = {value}" for name, value in chosen.items()]
    path = data_dir / FILE_NAME
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def memory_bytes() -> int:
    """The memory this process may use: the machine's, or its container's where that is less."""
    limit: int = psutil.virtual_memory().total
    for path in _CGROUP_LIMITS:
        try:
            limit = min(limit, int(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):  # no such file here, or the word "max"
            continue
    return limit
