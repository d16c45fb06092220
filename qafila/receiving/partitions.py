"""The days of the raw webhooks: made ahead, dropped when they are old and every webhook of them is handled."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from psycopg import AsyncConnection, errors, sql

from qafila.kit.logs import get_logger

log = get_logger(__name__)

Connection = AsyncConnection[Any]
DAYS_AHEAD = 2
LOCK_WAIT = "1s"
"""Nobody who stores or reads webhooks waits longer for housekeeping; it comes again within the hour."""

_TABLE = "receiving_rawwebhook"
_DEFAULT = f"{_TABLE}_default"
_NAME = re.compile(rf"{_TABLE}_(\d{{8}})\Z")
_ONE_AT_A_TIME = "SELECT pg_try_advisory_xact_lock(hashtextextended('receiving.partitions', 0))"
_DAYS = """SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'receiving_rawwebhook'::regclass"""


@dataclass(slots=True)
class Tended:
    """What was done: days made and days dropped."""

    made: list[date] = field(default_factory=list)
    dropped: list[date] = field(default_factory=list)


async def tend(connection: Connection, *, now: datetime, keep_days: int) -> Tended:
    """Makes the days from yesterday to the day after tomorrow, drops whole handled days older than ``keep_days``.

    Any number of workers may call it at the same time: one does it, the others leave. A day whose lock is not to be had
    within a second is left for the next time. Days are UTC.
    """
    done = Tended()
    today = now.astimezone(UTC).date()
    for offset in range(-1, DAYS_AHEAD + 1):
        day = today + timedelta(days=offset)
        if await _in_turn(connection, _make, day):
            done.made.append(day)
    oldest_kept = today - timedelta(days=keep_days)
    for day in await _days(connection):
        if day < oldest_kept and await _in_turn(connection, _drop, day):
            done.dropped.append(day)
    await _empty_default(connection, oldest_kept)
    if done.made or done.dropped:
        log.info("Days of raw webhooks", made=len(done.made), dropped=len(done.dropped))
    return done


async def _in_turn(connection: Connection, step: Any, day: date) -> bool:
    """Runs one step in a transaction of its own, unless another worker is at it or the lock is not to be had."""
    try:
        async with connection.transaction():
            await connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(LOCK_WAIT))
            cursor = await connection.execute(_ONE_AT_A_TIME)
            row = await cursor.fetchone()
            return bool(row and row[0]) and bool(await step(connection, day))
    except (errors.LockNotAvailable, errors.DeadlockDetected):
        log.info("A day of raw webhooks is in use; it is left for the next time", day=day.isoformat())
        return False


async def _days(connection: Connection) -> list[date]:
    cursor = await connection.execute(_DAYS)
    matches = [_NAME.match(name) for (name,) in await cursor.fetchall()]
    return sorted(
        datetime.strptime(found[1], "%Y%m%d").replace(tzinfo=UTC).date() for found in matches if found
    )


async def _make(connection: Connection, day: date) -> bool:
    """A day beside the table first, then attached: that locks the table only as far as nobody notices.

    What the default partition holds of that day moves along.
    """
    if day in await _days(connection):
        return False
    name, begin, end = sql.Identifier(_name(day)), *_bounds(day)
    table, default = sql.Identifier(_TABLE), sql.Identifier(_DEFAULT)
    await connection.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(name, table))
    await connection.execute(
        sql.SQL(
            "ALTER TABLE {} SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05)"
        ).format(name)
    )
    await connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(default))
    await connection.execute(
        sql.SQL(
            "WITH moved AS (DELETE FROM {default} WHERE received_at >= {begin} AND received_at < {end} RETURNING *) "
            "INSERT INTO {name} SELECT * FROM moved"
        ).format(default=default, name=name, begin=begin, end=end)
    )
    await connection.execute(
        sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
            table, name, begin, end
        )
    )
    return True


async def _drop(connection: Connection, day: date) -> bool:
    """Only a whole handled day goes. Nothing can arrive on it any more: webhooks come in at the present."""
    name = sql.Identifier(_name(day))
    await connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.Identifier(_TABLE)))
    cursor = await connection.execute(
        sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE handled_at IS NULL)").format(name)
    )
    row = await cursor.fetchone()
    if row and row[0]:
        log.warning(
            "An old day of raw webhooks stays: not every webhook of it is handled", day=day.isoformat()
        )
        return False
    await connection.execute(sql.SQL("DROP TABLE {}").format(name))
    return True


async def _empty_default(connection: Connection, oldest_kept: date) -> None:
    """Handled webhooks that never got a day of their own go when they are old."""
    begin, _ = _bounds(oldest_kept)
    await connection.execute(
        sql.SQL("DELETE FROM {} WHERE received_at < {} AND handled_at IS NOT NULL").format(
            sql.Identifier(_DEFAULT), begin
        )
    )


def _name(day: date) -> str:
    return f"{_TABLE}_{day:%Y%m%d}"


def _bounds(day: date) -> tuple[sql.Literal, sql.Literal]:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return sql.Literal(begin.isoformat()), sql.Literal((begin + timedelta(days=1)).isoformat())
