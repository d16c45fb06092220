"""Writes the past of a number into the books: calls, how they ended, and what arrived."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from qafila.ledger.models import Attempt, Batch, Message
from qafila.ledger.states import BatchState, State, Target
from qafila.senders.models import Sender


@dataclass(frozen=True)
class Call:
    """One call. ``arrives``: seconds from the acceptance to the receipt; None: never."""

    at: datetime
    outcome: str = "accepted"
    code: str = ""
    arrives: float | None = None
    read: bool = False
    bounced: bool = False


def every(seconds: float, count: int, *, until: datetime, **fields: object) -> list[Call]:
    """So many calls, evenly, the last one just before a moment."""
    first = until - timedelta(seconds=seconds * count)
    return [Call(first + timedelta(seconds=seconds * n), **fields) for n in range(count)]  # type: ignore[arg-type]


def happened(sender: Sender, calls: Iterable[Call]) -> list[Message]:
    """Enters calls with their messages; receipts only as far as they had come by ``datetime.max``."""
    calls = list(calls)
    batch = Batch.objects.create(
        business_id=sender.business_id,
        state=BatchState.FLOWING,
        target_kind=Target.SENDER,
        target_id=sender.pk,
        content={"kind": "text"},
        total=len(calls),
        created_at=calls[0].at,
    )
    messages = Message.objects.bulk_create(
        Message(
            business_id=sender.business_id,
            batch_id=batch.pk,
            sender_id=sender.pk,
            pinned_to=sender.pk,
            state=_state(call),
            attempt=1,
            tries=1,
            address="201000000000",
            created_at=call.at,
            claimed_at=call.at,
            sent_at=call.at if call.outcome == "accepted" else None,
            delivered_at=_arrival(call),
            read_at=_arrival(call) if call.read else None,
        )
        for call in calls
    )
    Attempt.objects.bulk_create(
        Attempt(
            message_id=message.pk,
            number=1,
            sender_id=sender.pk,
            worker_id=1,
            epoch=1,
            began_at=call.at,
            ended_at=call.at + timedelta(milliseconds=200),
            outcome=call.outcome,
            code=call.code or None,
        )
        for message, call in zip(messages, calls, strict=True)
    )
    return messages


def _state(call: Call) -> State:
    if call.outcome != "accepted" or call.bounced:
        return State.FAILED
    if call.arrives is None:
        return State.SENT
    return State.READ if call.read else State.DELIVERED


def _arrival(call: Call) -> datetime | None:
    return call.at + timedelta(seconds=call.arrives) if call.arrives is not None else None
