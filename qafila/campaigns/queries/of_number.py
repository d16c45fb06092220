"""What a number was used for: its campaigns, and what it did in all of them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from qafila.campaigns.models import Campaign
from qafila.campaigns.rules.statuses import Status, status_of
from qafila.kit.ids import parse_public_id
from qafila.kit.looks import Looks
from qafila.kit.statements import statement
from qafila.ledger.states import BatchState
from qafila.senders.models import Sender

MOST = 1_000
_replies: Looks[tuple[str, int], int] = Looks()


@dataclass(frozen=True, slots=True)
class Done:
    """What one number did.

    :ivar sent: accepted by the provider, whatever came after; :attr:`delivered` and :attr:`read` are parts of it.
    :ivar open: in the air, or nobody knows whether they went out.
    """

    sent: int
    delivered: int
    read: int
    failed: int
    open: int


@dataclass(frozen=True, slots=True)
class Used:
    """A campaign in which the number was used; :attr:`done` counts only what this number did."""

    public_id: str
    name: str
    kind: str
    status: Status
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    done: Done
    routing: Sequence[Sequence[object]]
    """Why this number, where a direction chose it."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A number over all its campaigns, deleted ones too.

    :ivar replied: how many people to whom it wrote have written back to it; up to 20 seconds old.
    """

    campaigns: int
    done: Done
    replied: int


def campaigns_of_number(sender: Sender, *, after: Campaign | None = None, limit: int = MOST) -> list[Used]:
    """The campaigns that used a number, newest first, without deleted ones.

    :param after: the last one of the page before.
    """
    given = {
        "business": sender.business_id,
        "sender": sender.pk,
        "after": after.pk if after else None,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.campaigns", "campaigns_of_number"), given)
        rows = cursor.fetchall()
    return [
        Used(
            public_id=row[0],
            name=row[1],
            kind=row[2],
            status=status_of(BatchState(row[3]), row[4]),
            created_at=row[5],
            started_at=row[6],
            finished_at=row[7],
            done=Done(*row[8:13]),
            routing=json.loads(row[13]),
        )
        for row in rows
    ]


def campaign_page_after(business_id: int, public_id: str) -> Campaign | None:
    """Where a page of the history begins; None for an id that the business has not."""
    if parse_public_id(public_id) is None:
        return None
    return Campaign.objects.filter(business_id=business_id, public_id=public_id).first()


def figures_of_number(sender: Sender, *, clock: Callable[[], float] = time.monotonic) -> Figures:
    """Its statistics. Who wrote back is looked for among all who ever wrote to it, so that look is kept for a moment.

    :param clock: seconds that only go forward, for the age of what is kept.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.campaigns", "figures_of_number"),
            {"business": sender.business_id, "sender": sender.pk},
        )
        campaigns, sent, delivered, read, failed, still_open = cursor.fetchone()
    done = Done(int(sent), int(delivered), int(read), int(failed), int(still_open))
    # With the address of the database: its numbers mean nothing in another one.
    key = (str(connection.settings_dict["NAME"]), sender.pk)
    return Figures(int(campaigns), done, _replies.at(key, lambda: _replied(sender.pk), clock=clock))


def _replied(sender_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.campaigns", "replied_to_number"), {"sender": sender_id})
        return int(cursor.fetchone()[0])
