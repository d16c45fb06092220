"""From PostgreSQL's own words to a `PostgresError` a person can act on."""

import re
from pathlib import Path
from typing import Final

from qafila.kit.postgres.errors import PostgresError

START_LOG: Final = "start.log"
"""What a server says before its log file is open; written anew at each start."""

_TAIL_BYTES: Final = 8192
_TELLING: Final = re.compile(r"(FATAL|PANIC|initdb: error|could not [^\n]*|error while loading)")
_CAUSES: Final = (
    (re.compile(r"No space left on device|Disk quota exceeded"), "disk_full"),
    (re.compile(r"pre-existing shared memory block|lock file \"[^\"]*\" already exists"), "data_folder_held"),
    (re.compile(r"could not (map anonymous|create) shared memory|Cannot allocate memory"), "memory_refused"),
    (
        re.compile(
            r"could not find the database system|could not locate a valid checkpoint record|invalid checkpoint record|could not locate required"
            r"|could not open file \"(global|base)/[^\"]*\": No such|database files are incompatible"
            r"|is not a valid data directory|incorrect checksum in control file"
        ),
        "data_folder_damaged",
    ),
    (
        re.compile(r"Permission denied|Read-only file system|Operation not permitted"),
        "data_folder_not_writable",
    ),
)


def log_sizes(data_dir: Path) -> dict[Path, int]:
    """How long the server's log files are before a start, so that old troubles in them are not taken for new."""
    return {path: path.stat().st_size for path in (data_dir / "log").glob("*.log")}


def last_words(data_dir: Path, sizes_before: dict[Path, int]) -> str:
    """The end of what the server in `data_dir` said since `sizes_before`: its start log, then its log files."""
    before = {data_dir / START_LOG: 0, **dict.fromkeys((data_dir / "log").glob("*.log"), 0), **sizes_before}
    return "\n".join(_tail(path, already) for path, already in before.items())


def explain(code: str, path: Path, said: str, *, pid: int | None = None) -> PostgresError:
    """Name the cause that stands in `said`; `code` (`init_failed` or `start_failed`) when it is none of the known."""
    telling = [line.strip() for line in said.splitlines() if _TELLING.search(line)]
    detail = telling[-1] if telling else " ".join(said.split())[-300:] or "it said nothing"
    for pattern, cause in _CAUSES:
        found = next((line for line in said.splitlines() if pattern.search(line)), None)
        if found is not None:
            return PostgresError(
                cause, path=path, pid=pid or "unknown", detail=found.strip(), reason=found.strip()
            )
    return PostgresError(code, path=path, detail=detail)


def _tail(path: Path, already: int) -> str:
    try:
        with path.open("rb") as log:
            size = path.stat().st_size
            # A file that has become shorter was begun anew.
            log.seek(max(already if already <= size else 0, size - _TAIL_BYTES))
            return log.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
