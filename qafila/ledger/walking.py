"""How lists of messages are read from the tables: along batches by their counters, from partial indexes, by ids.

The statements are put together from fixed pieces of SQL; every value is a parameter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from qafila.kit.statements import statement
from qafila.ledger.queries import ROW_COLUMNS, MessageRow, message_row
from qafila.ledger.states import State

SPARSE = 3_000
"""So many rows of a batch are rather read from a partial index and sorted than searched along the primary key."""

_ORDER = (
    State.QUEUED,
    State.SENDING,
    State.UNCERTAIN,
    State.SENT,
    State.FAILED,
    State.DELIVERED,
    State.READ,
    State.SKIPPED,
    State.CANCELLED,
)
_NOT_CANCELLED = (
    "m.failed_at IS NOT NULL AND (m.reason < 'cancelled' OR m.reason > 'cancelled' OR m.reason IS NULL)"
)
_INDEXED: Mapping[State, str] = {
    State.QUEUED: "m.due_at IS NOT NULL",
    State.SENDING: "m.claimed_by IS NOT NULL",
    State.UNCERTAIN: "m.uncertain_at IS NOT NULL",
    State.FAILED: _NOT_CANCELLED,
    State.SKIPPED: _NOT_CANCELLED,
    State.CANCELLED: "m.failed_at IS NOT NULL",
}
"""The partial index that holds every row of a state (``ledger.models.Message``)."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A batch: the range of its rows, and how many stand in each state."""

    id: int
    first: int
    last: int
    created_at: datetime
    finished_at: datetime | None
    counts: tuple[int, ...]

    def of(self, states: Sequence[State]) -> int:
        """How many of its messages are in one of these states."""
        return sum(self.counts[_ORDER.index(state)] for state in states if state in _ORDER)

    def by_state(self) -> dict[State, int]:
        """Its counters."""
        return dict(zip(_ORDER, self.counts, strict=True))


@dataclass(frozen=True, slots=True)
class Conditions:
    """SQL about a message ``m`` made of fixed pieces, and its parameters."""

    text: str
    parameters: Mapping[str, Any]


def figures(business_id: int, *, batch_id: int | None = None, sender_id: int | None = None) -> list[Figures]:
    """The batches of a business that hold outgoing messages, newest first.

    :param sender_id: of batches for this sender all; of others what this sender took.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.ledger", "batch_figures"),
            {"business": business_id, "batch": batch_id, "sender": sender_id},
        )
        return [
            Figures(row[0], row[1], row[2], row[3], row[4], tuple(int(n) for n in row[5:]))
            for row in cursor.fetchall()
        ]


def sized(found: Sequence[Figures], conditions: Conditions) -> list[tuple[Figures, int]]:
    """Of rows that ended without success: how many of each batch fulfil the conditions, without the empty ones."""
    sql = (
        "SELECT w.place, (SELECT count(*) FROM ledger_message m WHERE m.batch_id = w.batch"  # noqa: S608
        f" AND m.failed_at IS NOT NULL AND {conditions.text})"
        " FROM unnest(%(batches)s::bigint[]) WITH ORDINALITY AS w (batch, place) ORDER BY w.place"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, {**conditions.parameters, "batches": [f.id for f in found]})
        return [(found[place - 1], count) for place, count in cursor.fetchall() if count]


def page(
    found: Sequence[tuple[Figures, int]],
    conditions: Conditions,
    *,
    states: Sequence[State],
    offset: int,
    limit: int,
    oldest_first: bool,
) -> list[MessageRow]:
    """A page along batches whose numbers of matching rows are known, in the order given."""
    chosen: list[tuple[Figures, int]] = []
    skip, missing = offset, limit
    for one, count in found:
        if not chosen and skip >= count:
            skip -= count
            continue
        chosen.append((one, count))
        missing -= count - (skip if len(chosen) == 1 else 0)
        if missing <= 0:
            break
    indexed = sorted({_INDEXED.get(state, "") for state in states})
    rare = bool(indexed) and "" not in indexed and all(count <= SPARSE for _, count in chosen)
    return _page_of(
        [one for one, _ in chosen],
        conditions,
        indexed=" OR ".join(indexed) if rare else "",
        skip=skip,
        limit=limit,
        oldest_first=oldest_first,
    )


def page_searched(
    found: Sequence[Figures], conditions: Conditions, *, offset: int, limit: int, oldest_first: bool
) -> list[MessageRow]:
    """A page along batches of which nobody knows how many rows match: searched in growing groups, newest first."""
    rows: list[MessageRow] = []
    for group in _groups(found):
        rows += _page_of(
            group,
            conditions,
            indexed="",
            skip=0,
            limit=offset + limit - len(rows),
            oldest_first=oldest_first,
        )
        if len(rows) >= offset + limit:
            break
    return rows[offset : offset + limit]


def count_capped(found: Sequence[Figures], conditions: Conditions, *, most: int) -> int:
    """How many rows match, counted no further than ``most``."""
    count = 0
    sql = (
        "SELECT count(*) FROM (SELECT 1 FROM unnest(%(batches)s::bigint[], %(firsts)s::bigint[], %(lasts)s::bigint[])"  # noqa: S608
        " AS w (batch, first, last) JOIN ledger_message m ON m.batch_id = w.batch AND m.id BETWEEN w.first AND w.last"
        f" WHERE {conditions.text} LIMIT %(most)s) few"
    )
    for group in _groups(found):
        parameters = {
            **conditions.parameters,
            "batches": [one.id for one in group],
            "firsts": [one.first for one in group],
            "lasts": [one.last for one in group],
            "most": most - count,
        }
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            count += int(cursor.fetchone()[0])
        if count >= most:
            break
    return count


def by_index(
    source: str, conditions: Conditions, *, offset: int, limit: int, oldest_first: bool
) -> list[MessageRow]:
    """A page of what an index gives in whole."""
    direction = "ASC" if oldest_first else "DESC"
    return _read(
        f"SELECT {ROW_COLUMNS} FROM ledger_message m WHERE {source} AND {conditions.text}"  # noqa: S608
        f" ORDER BY m.id {direction} OFFSET %(skip)s LIMIT %(limit)s",
        {**conditions.parameters, "skip": offset, "limit": limit},
    )


def all_by_index(source: str, conditions: Conditions, *, chunk: int) -> Iterator[MessageRow]:
    """All of it, in the order of the ids."""
    after = 0
    while True:
        rows = _read(
            f"SELECT {ROW_COLUMNS} FROM ledger_message m WHERE {source} AND {conditions.text} AND m.id > %(after)s"  # noqa: S608
            " ORDER BY m.id LIMIT %(limit)s",
            {**conditions.parameters, "after": after, "limit": chunk},
        )
        yield from rows
        if len(rows) < chunk:
            return
        after = rows[-1].id


def count_by_index(source: str, conditions: Conditions) -> int:
    """How many an index gives."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM ledger_message m WHERE {source} AND {conditions.text}",  # noqa: S608
            conditions.parameters,
        )
        return int(cursor.fetchone()[0])


def by_ids(ids: Sequence[int], conditions: Conditions, *, oldest_first: bool = True) -> list[MessageRow]:
    """Those of these messages that (still) fulfil the conditions, in the order of their ids."""
    if not ids:
        return []
    direction = "ASC" if oldest_first else "DESC"
    return _read(
        f"SELECT {ROW_COLUMNS} FROM ledger_message m WHERE m.id = ANY (%(ids)s) AND {conditions.text}"  # noqa: S608
        f" ORDER BY m.id {direction}",
        {**conditions.parameters, "ids": list(ids)},
    )


def ids_among(ids: Sequence[int], conditions: Conditions) -> list[int]:
    """Those of these ids whose messages fulfil the conditions, ascending."""
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT m.id FROM ledger_message m WHERE m.id = ANY (%(ids)s) AND {conditions.text} ORDER BY m.id",  # noqa: S608
            {**conditions.parameters, "ids": list(ids)},
        )
        return [row[0] for row in cursor.fetchall()]


def all_of_batch(one: Figures, conditions: Conditions, *, chunk: int) -> Iterator[MessageRow]:
    """Every matching row of a batch in the order of its rows."""
    after = one.first - 1
    while True:
        rows = _read(
            f"SELECT {ROW_COLUMNS} FROM ledger_message m WHERE m.batch_id = %(batch)s AND m.id > %(after)s"  # noqa: S608
            f" AND m.id <= %(last)s AND {conditions.text} ORDER BY m.id LIMIT %(limit)s",
            {**conditions.parameters, "batch": one.id, "after": after, "last": one.last, "limit": chunk},
        )
        yield from rows
        if len(rows) < chunk:
            return
        after = rows[-1].id


def _groups(found: Sequence[Figures]) -> Iterator[Sequence[Figures]]:
    start, size = 0, 1
    while start < len(found):
        yield found[start : start + size]
        start, size = start + size, size * 4


def _page_of(
    chosen: Sequence[Figures],
    conditions: Conditions,
    *,
    indexed: str,
    skip: int,
    limit: int,
    oldest_first: bool,
) -> list[MessageRow]:
    if not chosen or limit <= 0:
        return []
    parameters = {
        **conditions.parameters,
        "batches": [one.id for one in chosen],
        "firsts": [one.first for one in chosen],
        "lasts": [one.last for one in chosen],
        "skip": skip,
        "limit": limit,
        "need": skip + limit,
    }
    sql = statement("qafila.ledger", "page_sparse" if indexed else "page_dense").format(
        columns=ROW_COLUMNS,
        wanted=conditions.text,
        indexed=f"({indexed})",
        direction="ASC" if oldest_first else "DESC",
    )
    return _read(sql, parameters)


def _read(sql: str, parameters: Mapping[str, Any]) -> list[MessageRow]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [message_row(row) for row in cursor.fetchall()]
