"""Which number of a package a message is addressed to beforehand: the one that the person knows, where there is one.

Everything else is nobody's: lanes pull it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from qafila.dispatch.rules import gates, shares
from qafila.kit.statements import statement
from qafila.ledger.models import Batch, Message
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


def free(batch_id: int) -> None:
    """Nothing of a batch is addressed to a number any more: it goes to somebody else. What is being sent lands."""
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.dispatch", "free_all_rows"), {"batch": batch_id})


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


def address_some(
    *, business_id: int, message_ids: Sequence[int], sender_id: int, now: datetime
) -> dict[int, int]:
    """Addresses those of these messages that are queued, and shared by a package with that number in it, to that number.
    Returns how many by batch. Their attempts and the counters stay as they are.

    A batch that is for one number stays with it; free text over official numbers moves only into an open window. What is
    addressed to a number that cannot send goes to the others again (``packages.tend``).
    Call ``dispatch.actions.resume_flow`` for each batch afterwards.
    """
    with transaction.atomic():
        batches = _held(business_id, message_ids, Target.PACKAGE)
        with connection.cursor() as cursor:
            cursor.execute(
                statement("qafila.dispatch", "address_some"),
                {
                    "business": business_id,
                    "ids": list(message_ids),
                    "sender": sender_id,
                    "batches": [batch.pk for batch in batches],
                    "windows": [batch.pk for batch in batches if needs_windows(batch)],
                    "since": window_since(now),
                },
            )
            return dict(cursor.fetchall())


def put_first(*, business_id: int, message_ids: Sequence[int]) -> int:
    """Lets those of these messages that are queued, and for one number, go out before the others of their batch. Returns how
    many. They stay queued, in their order, and wait for their batch, their number and their own moment like all others."""
    with transaction.atomic():
        batches = _held(business_id, message_ids, Target.SENDER)
        with connection.cursor() as cursor:
            cursor.execute(
                statement("qafila.dispatch", "put_first"),
                {
                    "business": business_id,
                    "ids": list(message_ids),
                    "batches": [batch.pk for batch in batches],
                },
            )
            return int(cursor.rowcount)


def _held(business_id: int, message_ids: Sequence[int], kind: Target) -> list[Batch]:
    """The batches of these messages that are for such a target, locked: none is given to another number or package while its
    rows are addressed within this one."""
    found = Message.objects.filter(pk__in=list(message_ids), business_id=business_id).values("batch_id")
    held = Batch.objects.select_for_update(no_key=True).filter(target_kind=kind).order_by("pk")
    return list(held.filter(pk__in=list({row["batch_id"] for row in found})))


def needs_windows(batch: Batch) -> bool:
    """Whether a package's batch is free text over official numbers: only a number with an open window may send it."""
    return is_free_form(batch.content) and packages.is_official(batch.target_id) is True


def window_since(now: datetime) -> datetime:
    """A window is open whose person wrote after this."""
    return now - timedelta(seconds=gates.WINDOW_SECONDS - gates.WINDOW_MARGIN)
