"""Tells open pages which campaigns moved. Beside the engine, so that sending pays nothing for being watched."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from qafila.events import live
from qafila.events.registry import EventValue, on
from qafila.kit.statements import statement

OF_EVERY_MOVE = ("queue", "dashboard", "senders")
"""Topics that change with any campaign of the business."""


class Watcher:
    """One a worker: compares what moves with how it was at the last look."""

    def __init__(self) -> None:
        self._seen: set[tuple[int, str, int]] = set()

    def look(self, *, now: datetime) -> int:
        """Touches ``batch:<campaign id>`` for every campaign that moved since the last look, was stopped or went on, and
        the topics of its business. The first look tells of all that move: what happened while no worker looked is not
        lost on an open page.

        :returns: how many campaigns moved.
        """
        with connection.cursor() as cursor:
            cursor.execute(statement("qafila.campaigns", "moving"), {"now": now})
            found = set(cursor.fetchall())
        before, self._seen = self._seen, found
        moved = {(business_id, public_id) for business_id, public_id, _ in found ^ before}
        for business_id, public_id in moved:
            live.touch(business_id, f"batch:{public_id}")
        for business_id in {business_id for business_id, _ in moved}:
            for topic in OF_EVERY_MOVE:
                live.touch(business_id, topic)
        return len(moved)


@on("sender.state_changed", "campaigns.watching")
def sender_changed(event: EventValue) -> None:
    """A number's card looks different now, and so does what waits for it."""
    if event.business_id is not None:
        live.touch(event.business_id, "senders")
        live.touch(event.business_id, "dashboard")


@on("account.state_changed", "campaigns.watching")
def account_changed(event: EventValue) -> None:
    """The same for all numbers of an account."""
    sender_changed(event)
