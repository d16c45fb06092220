"""Running the handlers of due events, and letting old events go. Called by the worker, by any number of them."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, connection, transaction

from qafila.events.actions import emit
from qafila.events.models import Event
from qafila.events.registry import EventValue, TryAgainLater, handlers_of
from qafila.events.rules.backing_off import LEASE_SECONDS, wait_after
from qafila.kit.statements import statement

log = logging.getLogger(__name__)

KEEP_FOR = timedelta(days=30)
GIVEN_UP = "event.given_up"

# A mistake in one handler must not end the worker that sends messages beside it; it is logged whole and tried again.
HANDLER_FAULTS = (
    TryAgainLater,
    DatabaseError,
    ObjectDoesNotExist,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    OSError,
)


def run_due(limit: int = 100, *, now: datetime) -> int:
    """Takes due events one by one, oldest first, and runs their handlers. How many were taken.

    Each event is leased before its handlers run, so that two workers never run the same one, and a worker that dies with
    it (or a fault of no known kind, which goes up to the caller) only delays that one. After a known fault an event waits
    2, 4, 8 … seconds; after the eighth try it is given up, which is an event of its own (``event.given_up``).
    """
    done = 0
    while done < limit and (event := _take(now)) is not None:
        done += 1
        _run(event, now)
    return done


def remove_old(*, now: datetime, keep_for: timedelta = KEEP_FOR, limit: int = 10_000) -> int:
    """Deletes events whose handlers have all run and that are older than ``keep_for``; at most ``limit`` at once."""
    old = Event.objects.filter(due_at=None, at__lt=now - keep_for).order_by("pk").values("pk")[:limit]
    return Event.objects.filter(pk__in=old).delete()[0]


def _take(now: datetime) -> EventValue | None:
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.events", "take"), {"now": now, "lease": LEASE_SECONDS})
        row: tuple[Any, ...] | None = cursor.fetchone()
    if row is None:
        return None
    event_id, kind, business_id, subject_kind, subject_id, data, at, attempt = row
    return EventValue(
        id=event_id,
        kind=kind,
        business_id=business_id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        data=json.loads(data),
        at=at,
        attempt=attempt,
    )


def _run(event: EventValue, now: datetime) -> None:
    for name, handler in handlers_of(event.kind):
        try:
            with transaction.atomic():
                handler(event)
        except HANDLER_FAULTS as exc:
            _note_fault(event, name, exc, now)
            return
    # Only if nobody took it after our lease had run out.
    Event.objects.filter(pk=event.id, attempts=event.attempt).update(due_at=None, trouble="")


def _note_fault(event: EventValue, name: str, exc: Exception, now: datetime) -> None:
    expected = isinstance(exc, TryAgainLater)
    # Other exceptions may quote what they choked on, which does not belong in a table that is kept and shown.
    trouble = f"{name}: {exc}" if expected else f"{name}: {type(exc).__name__}"
    wait = wait_after(event.attempt)
    with transaction.atomic():
        changed = Event.objects.filter(pk=event.id, attempts=event.attempt).update(
            due_at=now + wait if wait else None, trouble=trouble[:300]
        )
        if changed and wait is None and event.kind != GIVEN_UP:
            emit(
                GIVEN_UP,
                business_id=event.business_id,
                subject=("event", str(event.id)),
                data={"kind": event.kind, "handler": name, "trouble": trouble[:300]},
                now=now,
            )
    extra = {"event": event.id, "kind": event.kind, "handler": name, "attempt": event.attempt}
    if wait is None:
        log.error("an event was given up", extra=extra, exc_info=None if expected else exc)
    else:
        log.warning("an event's handler will be tried again", extra=extra, exc_info=None if expected else exc)
