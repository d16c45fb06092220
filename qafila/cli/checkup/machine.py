"""What stands around the database: Python, settings, the data folder and its disk, ports."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from qafila.cli import given
from qafila.cli.checkup.finding import Finding, bad, good, note
from qafila.cli.words import worded
from qafila.kit.processes import ports as machine_ports
from qafila.kit.processes import runfile
from qafila.project.env import Env, weaknesses

_GB = 1 << 30
_LITTLE_SPACE = 2 * _GB
_NO_SPACE = _GB // 4


def python() -> Iterator[Finding]:
    """The interpreter."""
    yield good("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def settings(env: Env) -> Iterator[Finding]:
    """Whether they are fit to serve."""
    found = weaknesses(env)
    for code in found:
        yield bad(
            "settings", worded(code, command='python3 -c "import secrets; print(secrets.token_urlsafe(32))"')
        )
    if not found:
        yield good("settings", "fit to serve")
    if env.redis_host or env.redis_port or env.redis_password.get_secret_value():
        yield note("settings", worded("redis_ignored"))
    if env.legacy_keyless_from:
        networks = ", ".join(env.legacy_keyless_from)
        yield note(
            "settings",
            f"old clients in {networks} may call without a key",
            "Give them keys, then empty LEGACY_KEYLESS_FROM.",
        )


def data_folder(env: Env) -> Iterator[Finding]:
    """Whether it can be written, and has room."""
    folder = env.data
    nearest = next(parent for parent in (folder, *folder.resolve().parents) if parent.exists())
    if not nearest.is_dir():
        yield bad("data folder", f"{nearest} is not a folder", "Choose another with --data or QAFILA_DATA.")
        return
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as exc:
        yield bad(
            "data folder",
            f"{nearest} cannot be written ({exc.strerror})",
            "Give this user the right, or choose another with --data.",
        )
        return
    yield good("data folder", f"{folder}" if folder.exists() else f"{folder} (made at the first start)")
    free = shutil.disk_usage(nearest).free
    says = f"{free / _GB:.1f} GB free"
    if free < _NO_SPACE:
        yield bad("disk", says, "Free some space: the database stops when the disk is full.")
    elif free < _LITTLE_SPACE:
        yield note("disk", says, "A million messages need about 1 GB.")
    else:
        yield good("disk", says)
    yield from _secret_files(folder)


def _secret_files(folder: Path) -> Iterator[Finding]:
    for name in ("keys.json", "secret_key.json"):
        path = folder / name
        if path.exists() and os.name == "posix" and path.stat().st_mode & 0o077:
            yield bad("keys", f"other users can read {path}", f"chmod 600 {path}")


def ports(env: Env) -> Iterator[Finding]:
    """Whether the web process can listen, or does."""
    run_folder = env.data / "run"
    for port in env.port:
        try:
            free = machine_ports.is_free(env.bind, port)
        except machine_ports.PortError as exc:
            yield bad("port", str(exc))
            continue
        holder = None if free else machine_ports.holder_of(port, run_folder)
        if free:
            yield good("port", f"{port} is free")
        elif holder is not None and holder.ours and not holder.stale:
            yield good("port", f"{port} is served by this program (process {holder.pid})")
        elif holder is not None and holder.stale:
            yield note(
                "port", f"{port} is held by a leftover of ours, {holder}", "The next `qafila up` ends it."
            )
        else:
            other = machine_ports.next_free(env.bind, port + 1)
            who = holder if holder is not None else "a program that cannot be seen"
            # Where nobody chose the port, `up` takes the next free one; a chosen one it must have.
            told = bad if given.port_was_chosen(env) else note
            yield told("port", f"{port} is in use by {who}", f"Stop that program, or use --port {other}.")
    living = [f"{record.role} (process {record.process.pid})" for record in runfile.live(run_folder)]
    yield good("processes", ", ".join(living) if living else "nothing runs on this data folder now")
