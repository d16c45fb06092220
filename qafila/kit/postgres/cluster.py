"""The files of a database: made once, in one step, with the encoding and rules of order that the product needs."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Final

from qafila.kit.postgres import binaries, diagnosis, tuning
from qafila.kit.postgres.address import OWNER
from qafila.kit.postgres.errors import PostgresError
from qafila.kit.postgres.run_as import RunAs
from qafila.kit.processes.parent_death import end_with_parent

_UNFINISHED: Final = "first-start"
_KEPT_VARIABLES: Final = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_VERSION_FILE: Final = "PG_VERSION"
_NOT_DATA: Final = frozenset({_UNFINISHED, "lost+found", "qafila.alive"})
# With LC_CTYPE=C trigram search finds nothing in Cyrillic, Arabic or Hebrew, in silence. Not every system has C.UTF-8.
_CHARACTER_TYPES: Final = ("C.UTF-8", "en_US.UTF-8", "UTF-8")


def environment() -> dict[str, str]:
    """What the server's programs see of ours: no secrets, and no variables that would change what they do."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def prepare_folder(data_dir: Path) -> None:
    """Make `data_dir` (mode 0700) and see that it is ours to use.

    Raises `PostgresError`: `data_folder_not_writable`, `data_folder_other_version`, `data_folder_foreign_files`.
    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = {path.name for path in data_dir.iterdir()}
    except OSError as exc:
        raise PostgresError("data_folder_not_writable", path=data_dir, reason=exc.strerror) from exc
    if is_made(data_dir):
        found = (data_dir / _VERSION_FILE).read_text(encoding="utf-8").strip()
        needed = binaries.version().split(".", 1)[0]
        if found != needed:
            raise PostgresError("data_folder_other_version", path=data_dir, found=found, needed=needed)
    elif _UNFINISHED not in names and (foreign := names - _NOT_DATA):
        shown = ", ".join(sorted(foreign)[:3])
        raise PostgresError("data_folder_foreign_files", path=data_dir, names=shown)


def is_made(data_dir: Path) -> bool:
    """Whether a complete database lies in `data_dir`."""
    return (data_dir / _VERSION_FILE).is_file() and not (data_dir / _UNFINISHED).exists()


def make(data_dir: Path, run_as: RunAs, lock: int, *, durable: bool) -> None:
    """Create the database files in the prepared, empty `data_dir`.

    They are made in a folder inside and moved up, `PG_VERSION` last: whatever ends this half way, the next call begins
    again. No user's data can be in what it clears, since no server has run on it. `lock` is the life lock: what is still
    at work after a killed parent keeps the next start waiting.
    """
    _clear(data_dir)
    unfinished = data_dir / _UNFINISHED
    unfinished.mkdir(mode=0o700)
    run_as.own(unfinished)
    _initdb(data_dir, unfinished, run_as, lock, durable=durable)
    with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as settings:
        settings.write(f"\ninclude_if_exists = '{tuning.FILE_NAME}'\n")
    for path in unfinished.iterdir():
        if path.name != _VERSION_FILE:
            path.rename(data_dir / path.name)
    (unfinished / _VERSION_FILE).rename(data_dir / _VERSION_FILE)
    unfinished.rmdir()


def _clear(data_dir: Path) -> None:
    for path in data_dir.iterdir():
        # The marker goes last, so that an interrupted clearing is not taken for a database.
        if path.name not in _NOT_DATA:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    shutil.rmtree(data_dir / _UNFINISHED, ignore_errors=True)


def _initdb(data_dir: Path, target: Path, run_as: RunAs, lock: int, *, durable: bool) -> None:
    said = ""
    for character_type in _CHARACTER_TYPES:
        done = subprocess.run(  # noqa: S603
            [
                *run_as.prefix,
                str(run_as.bin_folder / "initdb"),
                *("-D", str(target), "-U", OWNER, "-E", "UTF8"),
                *("--auth-local=trust", "--auth-host=reject", "--locale=C", f"--lc-ctype={character_type}"),
                *("--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST", "--no-instructions"),
                *(() if durable else ("--no-sync",)),
            ],
            cwd="/",
            env=environment(),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            start_new_session=True,
            pass_fds=(lock,),
            user=run_as.user,
            group=run_as.group,
            extra_groups=run_as.extra_groups,
            preexec_fn=end_with_parent(signal.SIGTERM),
        )
        if done.returncode == 0:
            return
        said = f"{done.stdout}\n{done.stderr}"
        if "invalid locale name" not in said:
            break
    raise diagnosis.explain("init_failed", data_dir, said)
