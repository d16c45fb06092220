"""The database of a command: the server of DATABASE_URL, or the embedded one of the data folder."""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qafila.cli import given, logs
from qafila.cli.screen import Refusal
from qafila.cli.words import worded
from qafila.kit.postgres import EmbeddedPostgres, Finding, check
from qafila.project.env import Env

logger = logging.getLogger(__name__)

_SERVER_COMES_UP_SECONDS = 60.0
_LOOK_AGAIN_SECONDS = 0.1
_OTHERS_END_SECONDS = 15.0


def folder(env: Env) -> Path:
    """Where the embedded database lies."""
    return env.data / "postgres"


@contextmanager
def opened(env: Env) -> Iterator[str]:
    """A database for as long as the block runs, as a connection string; DATABASE_URL names it afterwards.

    An embedded server that another process of this data folder runs is used; else it is started for the block, and kept a
    while longer for other commands that found it running.

    :raises Refusal: the server of DATABASE_URL cannot be used.
    :raises PostgresError: the embedded one cannot be started.
    """
    if env.database_url:
        usable(env.database_url)
        yield env.database_url
        return
    postgres = EmbeddedPostgres(folder(env))
    with _one_of_its_users(env) as users:
        address = postgres.start()
        given.use(DATABASE_URL=address.dsn)
        try:
            yield address.dsn
        finally:
            if postgres.pid is not None:
                _last_one_out(users)
            postgres.stop()


@contextmanager
def _one_of_its_users(env: Env) -> Iterator[int]:
    """Counts as a user of the embedded server for as long as the block runs. Gives the lock's file."""
    env.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder(env).with_name("postgres.users"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield lock
    finally:
        os.close(lock)


def _last_one_out(lock: int) -> None:
    """Returns when no other command uses the server, at the latest after a while. Who comes now starts one of its own."""
    deadline = time.monotonic() + _OTHERS_END_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return
            time.sleep(_LOOK_AGAIN_SECONDS)
        else:
            return


@contextmanager
def rooms(env: Env, *, serves: bool = False) -> Iterator[None]:
    """The database open, the schema current, and Django ready: for commands that look into the rooms.

    ``serves``: this process serves the pages itself, so it knows their port.

    What happens is logged: into the files of the process, or into those of short commands where it began none.

    :raises SchemaProblem: the schema cannot be brought up. :raises Refusal: the logs cannot be written.
    """
    logs.begin_command(env)
    with opened(env):
        if not serves:
            given.use_port_of_the_pages(env)
        start_django()
        from qafila.project import schema

        schema.migrate()
        schema.require_current()
        try:
            yield
        finally:
            from django.db import connections

            connections.close_all()


def start_django() -> None:
    """Loads the rooms. DATABASE_URL and QAFILA_DATA must be set before."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qafila.project.settings")
    django.setup()


def usable(dsn: str, *, patience_seconds: float = _SERVER_COMES_UP_SECONDS) -> list[Finding]:
    """Sees that an external server has what is needed, waiting for one that is just starting; what could be better.

    :raises Refusal: with the code of what is wrong.
    """
    deadline = time.monotonic() + patience_seconds
    told = False
    while True:
        findings = check(dsn)
        fatal = [finding for finding in findings if finding.fatal]
        unreachable = bool(fatal) and fatal[0].code == "server_unreachable"
        if not (unreachable and time.monotonic() < deadline):
            break
        if not told:
            logger.warning("The database server does not answer yet; trying for %.0f s.", patience_seconds)
            told = True
        time.sleep(_LOOK_AGAIN_SECONDS)
    if fatal:
        raise Refusal(fatal[0].code, *[worded(finding.code, **finding.params) for finding in fatal])
    return findings
