"""Events for the rooms above and beside, written in the receiver's own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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


def sender_trouble(account: Account, *, sender_id: int, failure: str, code: str, scope: str) -> Told:
    """A receipt says that a number (or its account) is limited or locked.

    :param failure: a value of ``providers.interface.Failure``. :param code: the wording code (``cloud_api.131048``).
    """
    public_id = next((one.public_id for one in account.numbers.values() if one.sender_id == sender_id), "")
    data = {"sender_id": sender_id, "failure": failure, "code": code, "scope": scope}
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
