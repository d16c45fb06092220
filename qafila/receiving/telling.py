"""Events for the rooms above and beside, written in the receiver's own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import AsyncConnection

from qafila.events.sql import EMIT
from qafila.receiving.values import Account, Number, as_json


@dataclass(frozen=True, slots=True)
class Told:
    """One event. ``data`` is JSON as text, so that equal ones are one."""

    kind: str
    business_id: int
    subject_kind: str
    subject_id: str
    data: str


class Trouble(NamedTuple):
    """What a receipt says of a number (or its account) that is limited or locked.

    :ivar failure: a value of ``providers.interface.Failure``. :ivar code: the wording code (``cloud_api.131048``).
    """

    sender_id: int
    failure: str
    code: str
    scope: str


def sender_trouble(account: Account, trouble: Trouble, message_ids: Sequence[int]) -> Told:
    """One event for all of a batch of webhooks that say the same.

    :param message_ids: the messages that failed for it.
    """
    sender_id = trouble.sender_id
    public_id = next((one.public_id for one in account.numbers.values() if one.sender_id == sender_id), "")
    data = {**trouble._asdict(), "message_ids": list(dict.fromkeys(message_ids))}
    return Told("sender.trouble", account.business_id, "sender", public_id, as_json(data))


def received(account: Account, number: Number, message_ids: Sequence[int]) -> Told:
    """New messages of people to one sender: one event for all of a batch of webhooks."""
    data = {"sender_id": number.sender_id, "message_ids": list(message_ids)}
    return Told("message.received", account.business_id, "sender", number.public_id, as_json(data))


def echoed(account: Account, number: Number, message_ids: Sequence[int]) -> Told:
    """New messages that the business sent from its phone app over one number."""
    data = {"sender_id": number.sender_id, "message_ids": list(message_ids)}
    return Told("message.echoed", account.business_id, "sender", number.public_id, as_json(data))


async def tell(connection: AsyncConnection[Any], told: Sequence[Told], *, now: datetime) -> None:
    """Writes the events in the caller's transaction."""
    for one in told:
        await connection.execute(
            EMIT,
            {
                "kind": one.kind,
                "business_id": one.business_id,
                "subject_kind": one.subject_kind,
                "subject_id": one.subject_id,
                "data": one.data,
                "now": now,
            },
        )
