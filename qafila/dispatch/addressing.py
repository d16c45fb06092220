"""Which number of a package a message is addressed to beforehand: the one that the person knows, where there is one.

Everything else is nobody's: lanes pull it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from qafila.dispatch.rules import gates, shares
from qafila.kit.statements import statement
from qafila.ledger.models import Batch
from qafila.ledger.states import Target
from qafila.providers.contents_json import is_free_form
from qafila.senders import package_queries as packages
from qafila.senders.models import SenderState
from qafila.senders.queries import effective

RELEASE_AFTER = timedelta(minutes=10)
"""What is addressed to a number of a package waits for it so long; a number that is gone, paused or stopped is not waited
for at all."""
SPREAD_ROWS = 1_000
"""Messages to strangers are handed out beforehand up to so many: more divide themselves among the lanes."""


def known_numbers(batch: Batch, contacts: Sequence[int], *, now: datetime) -> Mapping[int, int]:
    """Contact to the number of the batch's package that last wrote with that person, as far as it may send now or soon.

    Empty for batches that no package shares. One statement.
    """
    if batch.target_kind != Target.PACKAGE or not contacts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.dispatch", "known_numbers"),
            {
                "package": batch.target_id,
                "contacts": list(contacts),
                "windows": needs_windows(batch),
                "since": window_since(now),
                "soon": now + RELEASE_AFTER,
            },
        )
        return dict(cursor.fetchall())


def spread(package_id: int, contacts: Sequence[int]) -> Mapping[int, int]:
    """Contact to a number of the package, by weight, for few messages to people whom none of its numbers knows: otherwise
    the quickest lane would take them all. Empty for many, and where no number may send now."""
    if len(contacts) > SPREAD_ROWS:
        return {}
    members = packages.members(package_id)
    able = [
        (member.sender_id, shares.effective_weight(member.weight, packages.score_of(member.sender)))
        for member in members
        if effective(member.sender).state == SenderState.READY
    ]
    return {person: shares.chosen(person, able) for person in contacts} if able else {}


def address_windows(batch: Batch, *, now: datetime) -> int:
    """At the start of free text over official numbers: to whom who may write. Returns how many rows were addressed."""
    if batch.target_kind != Target.PACKAGE or not needs_windows(batch):
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.dispatch", "address_windows"),
            {"batch": batch.pk, "package": batch.target_id, "since": window_since(now)},
        )
        return int(cursor.rowcount)


def needs_windows(batch: Batch) -> bool:
    """Whether a package's batch is free text over official numbers: only a number with an open window may send it."""
    return is_free_form(batch.content) and packages.is_official(batch.target_id) is True


def window_since(now: datetime) -> datetime:
    """A window is open whose person wrote after this."""
    return now - timedelta(seconds=gates.WINDOW_SECONDS - gates.WINDOW_MARGIN)
