"""Which account the server runs as. PostgreSQL refuses root; a normal user just starts it.

As root there are two ways. A user namespace (`unshare --user`) makes the server believe that it is `nobody` while its
files stay root's: nothing changes owner and a private home is no obstacle. Where the system forbids that (some
containers), the server drops to an unprivileged account, which then owns the data and needs programs it can reach.
"""

import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from qafila.kit.postgres import binaries
from qafila.kit.postgres.errors import PostgresError

Way = Literal["auto", "namespace", "account"]

_ACCOUNTS: Final = ("qafila", "nobody")
_NAMESPACE: Final = ("unshare", "--user", "--map-user=65534", "--map-group=65534", "--")
_PROBE_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class RunAs:
    """How to start a program of the server: words put before it, the account it runs as, the folder it lies in.

    `uid` and `gid` own the data folder. `switch` tells that the program changes to them (otherwise they are ours).
    """

    prefix: tuple[str, ...]
    uid: int
    gid: int
    switch: bool
    bin_folder: Path

    @property
    def user(self) -> int | None:
        """The `user` for `subprocess`."""
        return self.uid if self.switch else None

    @property
    def group(self) -> int | None:
        """The `group` for `subprocess`."""
        return self.gid if self.switch else None

    @property
    def extra_groups(self) -> list[int] | None:
        """The `extra_groups` for `subprocess`: none of root's go along."""
        return [] if self.switch else None

    def own(self, path: Path) -> None:
        """Give one file or folder to the account."""
        if self.switch:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def own_all(self, folder: Path) -> None:
        """Give a folder and all in it to the account, without following links."""
        if os.geteuid() == 0:
            for root, _, files in os.walk(folder):
                for name in ("", *files):
                    os.chown(os.path.join(root, name), self.uid, self.gid, follow_symlinks=False)


def choose(data_dir: Path, bin_folder: Path, way: Way = "auto") -> RunAs:
    """Decide for an existing `data_dir`; makes it writable for the account decided on.

    Raises `PostgresError`: `data_folder_other_owner`, `data_folder_unreachable`, `no_unprivileged_account`.
    """
    refuse_other_owner(data_dir)
    owner = data_dir.stat().st_uid
    if os.geteuid() != 0:
        return RunAs(prefix=(), uid=owner, gid=os.getegid(), switch=False, bin_folder=bin_folder)
    # What an account already owns stays with it: in a namespace, root could not even read it.
    stays = _entry(owner) if owner != 0 and any(data_dir.iterdir()) else None
    if stays is None and way != "account":
        in_namespace = RunAs(prefix=_NAMESPACE, uid=0, gid=0, switch=False, bin_folder=bin_folder)
        if owner != 0:
            in_namespace.own_all(data_dir)
        if _namespace_works(data_dir, bin_folder):
            return in_namespace
    return _as_account(data_dir, bin_folder, stays or _unprivileged())


def refuse_other_owner(data_dir: Path) -> None:
    """See that a normal user does not meet another user's folder, which could not even be read.

    Raises `PostgresError`: `data_folder_other_owner`, or `data_folder_not_writable` when the way to it is closed.
    """
    try:
        owner, user = data_dir.stat().st_uid, os.geteuid()
    except FileNotFoundError:
        return
    except OSError as exc:
        raise PostgresError("data_folder_not_writable", path=data_dir, reason=exc.strerror) from exc
    if user not in {0, owner}:
        raise PostgresError("data_folder_other_owner", path=data_dir, owner=_name(owner), user=_name(user))


def _namespace_works(data_dir: Path, bin_folder: Path) -> bool:
    """Whether a namespace is allowed, and both the programs and the data can be reached in it without root's powers."""
    if sys.platform != "linux" or shutil.which(_NAMESPACE[0]) is None:
        return False
    script = '"$1" --version >/dev/null && test -w "$2" && test -x "$2"'
    probe = [*_NAMESPACE, "/bin/sh", "-c", script, "sh", str(bin_folder / "postgres"), str(data_dir)]
    try:
        return subprocess.run(probe, capture_output=True, timeout=_PROBE_SECONDS, check=False).returncode == 0  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False


def _as_account(data_dir: Path, bin_folder: Path, account: pwd.struct_passwd) -> RunAs:
    if not _may_run(account, str(bin_folder / "postgres"), "--version"):
        # The programs lie in a private home: a copy beside the data, which has to be reachable anyway.
        bin_folder = binaries.copy_to(data_dir.parent / f".postgresql-{binaries.version()}", bin_folder)
    chosen = RunAs(prefix=(), uid=account.pw_uid, gid=account.pw_gid, switch=True, bin_folder=bin_folder)
    if data_dir.stat().st_uid != account.pw_uid:
        chosen.own_all(data_dir)
    reachable = _may_run(account, "/bin/sh", "-c", 'test -w "$1" && test -x "$1"', "sh", str(data_dir))
    if not reachable or not _may_run(account, str(bin_folder / "postgres"), "--version"):
        raise PostgresError("data_folder_unreachable", path=data_dir, account=account.pw_name)
    return chosen


def _may_run(account: pwd.struct_passwd, *argv: str) -> bool:
    try:
        done = subprocess.run(  # noqa: S603
            argv,
            cwd="/",
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            capture_output=True,
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _unprivileged() -> pwd.struct_passwd:
    for name in _ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresError("no_unprivileged_account", accounts=", ".join(_ACCOUNTS))


def _entry(uid: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def _name(uid: int) -> str:
    entry = _entry(uid)
    return entry.pw_name if entry else str(uid)
